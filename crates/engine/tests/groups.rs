//! Groups and what they speak for, beyond the rows of docs/warnings.md.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod town;

use city::CauseKind::Silent;
use city::*;
use town::{Town, squares};

/// Five feeds fall silent, the first so early that it has a warning of its own, which the group then speaks for.
fn silence() -> Town {
    let mut site = squares(5);
    site.datastreams.iter_mut().for_each(|stream| stream.silent_after_s = 180);
    let mut town = Town::new(site);
    town.observe(60, "z0/camera", 10.0);
    (1..5).for_each(|ix| drop(town.observe(200, &format!("z{ix}/camera"), 10.0)));
    town.tick(500);
    town.check(&[
        "00:06:00 raised datastream/z0/camera silent caution #1 sounded 1",
        "00:08:20 raised site silent caution #2 sounded 1",
        "00:08:20 grouped datastream/z0/camera silent caution #1 sounded 1 in 2",
    ]);
    town
}

#[test]
fn a_silence_of_many_stays_while_one_of_its_feeds_is_silent() {
    let mut town = silence();
    town.hold((540, 1200), "z0/camera", 10.0);
    assert!(town.warning("datastream/z0/camera", Silent).is_none());
    assert_eq!(town.warning("site", Silent).unwrap().activity, Activity::Active);
}

#[test]
fn a_member_out_of_service_is_on_its_own_when_its_group_closes() {
    let mut town = silence();
    let warning = town.id("datastream/z0/camera", Silent);
    town.command(510, Command::Service { warning, service: Service::Out, why: "repair".to_owned() });
    for seconds in (540..=1200).step_by(60) {
        (0..5).for_each(|ix| drop(town.observe(seconds, &format!("z{ix}/camera"), 10.0)));
    }
    assert!(town.warning("site", Silent).is_none());
    assert_eq!(town.warning("datastream/z0/camera", Silent).unwrap().grouped_in, None);
}
