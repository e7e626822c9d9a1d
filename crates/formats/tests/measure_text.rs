//! Measures as written on a command line, read against the Bund's site.
//!
//! Not here: what a measure does.
//! Invariant: a wrong text says which word is wrong and what could stand there.

#![allow(clippy::unwrap_used, reason = "the helpers of these tests are tests too")]

use city::{MeasureKind, Place, Site};
use formats::{MAX_MEASURE_BYTES, MeasureTextError, OpenWay, measure_kinds, read_measure};

fn bund() -> Site {
    let reading = formats::site::read(formats::site::SiteTexts {
        toml: include_str!("../../../sites/bund/site.toml"),
        geojson: Some(include_str!("../../../sites/bund/site.geojson")),
        folder_name: "bund",
    });
    reading.site.unwrap()
}

fn refused(text: &str) -> String {
    read_measure(text, &bund()).unwrap_err().to_string()
}

#[test]
fn a_measure_names_its_kind_its_place_and_its_time() {
    let site = bund();
    let text = "meter gate/henan-nanjing-n from=2019-10-02T17:30:00+08:00 to=2019-10-02T18:30:00+08:00 per_min=120";
    let given = read_measure(text, &site).unwrap();
    assert_eq!(given.kind, MeasureKind::Meter);
    assert_eq!(given.targets, [site.place("gate/henan-nanjing-n").unwrap()]);
    assert_eq!(given.from.to_string(), "2019-10-02T09:30:00Z");
    assert_eq!(given.to.unwrap().to_string(), "2019-10-02T10:30:00Z");
    assert_eq!(given.per_min, Some(120.0));
}

#[test]
fn a_measure_of_the_playbook_brings_all_its_targets() {
    let site = bund();
    let given =
        read_measure("one-way measure/stairs-down-only from=2019-10-02T18:04:00+08:00 direction=backward", &site);
    let given = given.unwrap();
    assert_eq!(given.measure, site.measure_ix(&"stairs-down-only".into()));
    assert_eq!(given.targets.len(), 24);
    assert!(given.targets.iter().all(|place| matches!(place, Place::Link(_))));
    assert_eq!((given.to, given.direction), (None, Some(OpenWay::Backward)));
}

#[test]
fn several_places_stand_with_commas_between() {
    let site = bund();
    let text = "close gate/jinling-ferry,gate/shiliupu-pier from=2019-10-02T17:30:00+08:00 obeyed=0.9";
    let given = read_measure(text, &site).unwrap();
    assert_eq!((given.targets.len(), given.obeyed), (2, Some(0.9)));
    assert!(refused("close gate/jinling-ferry, from=2019-10-02T17:30:00+08:00").contains("target \'\'"));
}

#[test]
fn an_unknown_kind_is_named_with_all_kinds() {
    let said = refused("closed gate/sightseeing-tunnel from=2019-10-02T18:00:00+08:00");
    assert!(said.contains("'closed'") && said.contains("did you mean \"close\"?"), "{said}");
    assert!(measure_kinds().all(|kind| said.contains(kind)), "{said}");
}

#[test]
fn an_unknown_place_is_named_with_the_nearest_and_the_known_ones() {
    let said = refused("close gate/sightseeing-tunel from=2019-10-02T18:00:00+08:00");
    assert!(said.contains("gate/sightseeing-tunel") && said.contains("gate/sightseeing-tunnel"), "{said}");
    assert!(said.contains("gate/henan-nanjing-n") && said.contains("more"), "{said}");
}

#[test]
fn a_kind_refuses_places_it_cannot_act_on() {
    let said = refused("skip-stop zone/levee-4 from=2019-10-02T18:00:00+08:00");
    assert!(said.contains("zone/levee-4") && said.contains("gate/ID"), "{said}");
}

#[test]
fn wrong_words_are_named() {
    let cases = [
        ("close", "'close' is no measure"),
        ("close gate/sightseeing-tunnel", "needs from="),
        ("close gate/sightseeing-tunnel from=18:00", "from '18:00'"),
        ("close gate/sightseeing-tunnel from=2019-10-02T18:00:00+08:00 now", "'now' is not key=value"),
        ("close gate/sightseeing-tunnel from=2019-10-02T18:00:00+08:00 rate=3", "takes no 'rate'"),
        ("close gate/sightseeing-tunnel from=2019-10-02T18:00:00Z from=2019-10-02T18:00:00Z", "'from' twice"),
        ("close gate/sightseeing-tunnel from=2019-10-02T18:00:00Z to=2019-10-02T18:00:00Z", "later than from"),
        ("meter gate/henan-nanjing-n from=2019-10-02T18:00:00+08:00", "needs per_min="),
        ("meter gate/henan-nanjing-n from=2019-10-02T18:00:00+08:00 per_min=-3", "per_min '-3'"),
        ("meter gate/henan-nanjing-n from=2019-10-02T18:00:00+08:00 per_min=nan", "per_min 'nan'"),
        ("divert zone/levee-4 from=2019-10-02T18:00:00+08:00 obeyed=1.5", "from 0 to 1"),
        ("one-way link/stair-fuzhou-foot from=2019-10-02T18:00:00+08:00 direction=up", "forward or backward"),
    ];
    for (text, part) in cases {
        let said = refused(text);
        assert!(said.contains(part), "{text}: {said}");
    }
}

#[test]
fn an_endless_measure_is_refused_unread() {
    let text = "close ".repeat(MAX_MEASURE_BYTES);
    assert_eq!(read_measure(&text, &bund()), Err(MeasureTextError::TooLong));
}
