//! History over a change of the site: positions move, ids stay.
//!
//! Not here: what the engine carries over (engine).
//! Invariant: nothing recorded is ever read under another thing's name.

use super::*;

#[test]
fn events_around_an_adoption_go_to_the_series_of_their_own_site() {
    let dir = TempDir::new().unwrap();
    let (old, new) = (site(&["a", "b"], &["x", "y"]), site(&["b", "c", "a"], &["y"]));
    let sample = |zone, people| {
        Event::ZoneSample(ZoneSample { zone: ZoneIx(zone), at: time(0), people, p05: people, p95: people })
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
