//! History over a change of the site: positions move, ids stay.
//!
//! Not here: what the engine carries over (engine).
//! Invariant: nothing recorded is ever read under another thing's name.

use city::{IssuedWarning, Post, PostIx};

use super::*;

#[test]
fn events_around_an_adoption_go_to_the_series_of_their_own_site() {
    let dir = TempDir::new().unwrap();
    let (old, new) = (site(&["a", "b"], &["x", "y"]), site(&["b", "c", "a"], &["y"]));
    let sample = |zone, people| {
        Event::ZoneSample(ZoneSample {
            zone: ZoneIx(zone),
            at: time(0),
            people,
            p05: people,
            p25: people,
            p75: people,
            p95: people,
        })
    };
    let events = [
        Event::Observed(observation(0, 0, Some(1.0))),
        sample(1, 20.0),
        Event::SiteAdopted,
        Event::Observed(observation(0, 60, Some(2.0))),
        Event::Observed(observation(2, 120, Some(3.0))),
    ];
    let look = |history: &History| {
        let reader = history.reader();
        assert_eq!(everything(&reader, 0), [(60, Some(2.0))], "b");
        assert_eq!(everything(&reader, 1), [], "c");
        assert_eq!(everything(&reader, 2), [(0, Some(1.0)), (120, Some(3.0))], "a");
        let y = reader.raw(SeriesKey::Zone(ZoneIx(0)), Time::MIN, Time::MAX, 9).unwrap();
        assert_eq!(y.iter().map(|point| point.value).collect::<Vec<_>>(), [Some(20.0)]);
    };
    let mut history = open(dir.path(), &old);
    history.record_change(Seq(1), time(0), &events, Some(&new)).unwrap();
    look(&history);
    history.flush().unwrap();
    drop(history);

    // Re-applied from a snapshot of the old site: the points are known, the site is still taken.
    let mut history = open(dir.path(), &old);
    history.record_change(Seq(1), time(0), &events, Some(&new)).unwrap();
    look(&history);
}

/// A site with these zones, each with a post of its name, datastreams and consoles.
fn edited(zones: &[&str], streams: &[&str], consoles: &[&str]) -> Site {
    let post = |(ix, id): (usize, &&str)| Post {
        id: (*id).into(),
        name: city::Bilingual::same(id),
        zone: ix.into(),
        position: None,
    };
    let posts = zones.iter().enumerate().map(post).collect();
    Site { consoles: with_consoles(consoles).consoles, posts, ..site(streams, zones) }
}

/// A warning at zone 0 and console 1 that rests on datastreams 0 and 1, speaks for zones 0 and 2 and names post 2.
fn naming(id: u64) -> Warning {
    let place = |ix| Place::Zone(ZoneIx(ix));
    Warning {
        cause: Cause { place: place(0), kind: CauseKind::Density },
        console: ConsoleIx(1),
        members: vec![place(0), place(2)],
        evidence: Evidence {
            observations: vec![(DatastreamIx(0), time(1)), (DatastreamIx(1), time(2))],
            post: Some(PostIx(2)),
            ..Evidence::default()
        },
        ..warning(id, 100, None)
    }
}

fn raised(warning: Warning) -> Event {
    Event::Warning { change: WarningChange::Raised, warning: Box::new(warning), at: time(100) }
}

#[test]
fn a_warning_keeps_its_names_when_the_site_is_reordered_and_thinned() {
    let dir = TempDir::new().unwrap();
    let old = edited(&["x", "y", "z"], &["a", "b"], &["first", "second"]);
    // Zone x and datastream b are gone; everything else is elsewhere.
    let new = edited(&["z", "y"], &["c", "a"], &["second", "first"]);
    let nowhere = Place::Zone(ZoneIx(u32::MAX));
    let look = |history: &History| {
        let reader = history.reader();
        let listed = reader.warnings(time(0), time(1_000), 9).unwrap();
        assert_eq!(reader.warning(WarningId(1)).unwrap().as_ref(), listed.first());
        let IssuedWarning { warning, ids } = listed.into_iter().next().unwrap();
        assert_eq!(warning.cause.place, nowhere);
        assert_eq!(warning.members, [nowhere, Place::Zone(ZoneIx(0))]);
        assert_eq!(warning.console, ConsoleIx(0));
        let streams: Vec<u32> = warning.evidence.observations.iter().map(|(stream, _)| stream.0).collect();
        assert_eq!(streams, [1, u32::MAX]);
        assert_eq!(warning.evidence.post, Some(PostIx(0)));
        assert!(!new.has(warning.cause.place) && new.place_id(warning.cause.place).starts_with("zone/#"));
        let ids = ids.unwrap();
        assert_eq!((ids.place.as_str(), ids.console.as_str()), ("zone/x", "second"));
        assert_eq!(ids.members, ["zone/x", "zone/z"]);
        assert_eq!((ids.datastreams, ids.post.as_deref()), (vec!["a".to_owned(), "b".to_owned()], Some("z")));
    };
    let mut history = open(dir.path(), &old);
    // Issued by the entry that adopts the new site, before it does.
    history.record_change(Seq(1), time(100), &[raised(naming(1)), Event::SiteAdopted], Some(&new)).unwrap();
    look(&history);
    history.flush().unwrap();
    look(&history);
    drop(history);
    let history = open(dir.path(), &new);
    look(&history);
    drop(history);
    let reader = open(dir.path(), &old).reader();
    assert_eq!(listed(&reader, 0, 1_000, 9), [naming(1)], "the old site again");
}

#[test]
fn a_warning_written_without_ids_still_reads() {
    let dir = TempDir::new().unwrap();
    let site = edited(&["x", "y", "z"], &["a", "b"], &["first", "second"]);
    let mut history = open(dir.path(), &site);
    history.record(Seq(1), time(100), &[raised(naming(1))]).unwrap();
    history.flush().unwrap();
    let conn = rusqlite::Connection::open(dir.path().join(crate::HISTORY_FILE)).unwrap();
    for table in ["warning", "warning_change"] {
        let before = serde_json::to_string(&naming(1)).unwrap();
        conn.execute(&format!("UPDATE {table} SET json = ?1"), [before]).unwrap();
    }
    let expected = IssuedWarning { warning: naming(1), ids: None };
    assert_eq!(history.reader().warnings(time(0), time(1_000), 9).unwrap(), std::slice::from_ref(&expected));
    assert_eq!(history.reader().warning(WarningId(1)).unwrap(), Some(expected));
}
