//! Laws that hold whatever happens: INV-01, INV-02, INV-03, INV-04, INV-10 and independence of batches and ticks.
//!
//! `Town` checks every invariant of one city after every entry.

#![allow(clippy::unwrap_used, clippy::float_cmp, reason = "a test fails by panicking, and means the exact number")]

#[path = "town/script.rs"]
mod script;
mod town;

use std::collections::BTreeMap;

use city::*;
use engine::{City, apply, invariants};
use proptest::prelude::*;
use script::{Dice, Happening, evening, play, site};
use town::{Town, at};

const HAPPENINGS: usize = 300;

/// An hour after the last happening.
fn end(script: &[(Time, Happening)]) -> Time {
    script.last().map_or(at(0), |(time, _)| *time).plus(Span::from_seconds(3600))
}

fn town_of(seed: u64) -> Town {
    let script = evening(seed, HAPPENINGS);
    play(&script, &mut Dice(seed ^ 1), end(&script))
}

/// People each stream added, from the events alone.
fn counted(events: &[Event], ix: u32) -> f64 {
    events
        .iter()
        .map(|event| match event {
            Event::Observed(row) | Event::Late(row) if row.datastream.0 == ix => row.result.unwrap_or(0.0),
            Event::Revised { observation, was } if observation.datastream.0 == ix => {
                observation.result.unwrap_or(0.0) - was.unwrap_or(0.0)
            }
            _ => 0.0,
        })
        .sum()
}

/// The last 30 happenings' rows come once more, in one batch: every one of them is known, or was refused already.
fn sent_again(seed: u64) -> Result<(), TestCaseError> {
    let script = evening(seed, HAPPENINGS);
    let last = script.last().unwrap().0;
    let mut town = play(&script, &mut Dice(seed), last);
    let again = script.iter().rev().take(30).filter_map(|(_, happening)| match happening {
        Happening::Row(row) => Some(*row),
        Happening::Other(_) => None,
    });
    let batch: ObservationBatch = again.collect();
    let before = town.city.clone();
    town.enter_at(last, Input::Fact(Fact::Observations(batch)));
    for zone in (0..6).map(ZoneIx) {
        prop_assert_eq!(before.ledger(zone), town.city.ledger(zone));
    }
    prop_assert_eq!(before.tally().taken, town.city.tally().taken);
    prop_assert_eq!(before.tally().revised, town.city.tally().revised);
    let warnings = |city: &City| city.warnings().cloned().collect::<Vec<_>>();
    prop_assert_eq!(warnings(&before), warnings(&town.city));
    Ok(())
}

#[test]
fn inv_02_holds_where_refused_rows_come_again() {
    sent_again(2_770_501_789_541_439_926).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn the_state_does_not_depend_on_how_rows_are_cut_or_ticks_are_spaced(seed: u64, one: u64, other: u64) {
        let script = evening(seed, HAPPENINGS);
        let end = end(&script);
        let one = play(&script, &mut Dice(one), end);
        let other = play(&script, &mut Dice(other), end);
        prop_assert_eq!(invariants::same_state(&one.city, &other.city), Ok(()));
        let warnings = |town: &Town| -> Vec<Event> {
            town.events.iter().filter(|event| matches!(event, Event::Warning { .. })).cloned().collect()
        };
        prop_assert_eq!(warnings(&one), warnings(&other));
    }

    #[test]
    fn inv_01_live_replay_and_snapshot_with_tail_give_one_state(seed: u64, cut: prop::sample::Index) {
        let town = town_of(seed);
        let mut replayed = City::default();
        let mut restored = City::default();
        let cut = cut.index(town.log.len());
        for (ix, entry) in town.log.iter().enumerate() {
            apply(&mut replayed, entry);
            if ix == cut {
                restored = City::from_snapshot(&replayed.snapshot()).unwrap();
            } else if ix > cut {
                apply(&mut restored, entry);
            }
        }
        prop_assert_eq!(invariants::same_state(&town.city, &replayed), Ok(()));
        prop_assert_eq!(invariants::same_state(&town.city, &restored), Ok(()));
        prop_assert_eq!(town.city.seq(), restored.seq());
    }

    #[test]
    fn inv_02_observations_sent_again_change_only_the_tallies(seed: u64) {
        sent_again(seed)?;
    }

    #[test]
    fn inv_03_people_are_conserved(seed: u64) {
        let town = town_of(seed);
        let streams: Vec<f64> = (0..4).map(|ix| counted(&town.events, ix)).collect();
        let corrected = |zone: u32| -> f64 {
            town.events.iter().map(|event| match event {
                Event::Corrected(correction) if correction.zone.0 == zone => correction.people,
                _ => 0.0,
            }).sum()
        };
        let (street, stair) = (town.city.ledger(ZoneIx(0)).unwrap(), town.city.ledger(ZoneIx(1)).unwrap());
        prop_assert_eq!(street.inflow - street.outflow, streams[0] - streams[1] - streams[2] + streams[3]);
        prop_assert_eq!(stair.inflow - stair.outflow, streams[2] - streams[3]);
        for zone in 0..6 {
            let ledger = town.city.ledger(ZoneIx(zone)).unwrap();
            prop_assert_eq!(ledger.corrections.to_bits(), corrected(zone).to_bits());
            prop_assert!(ledger.people() > -1e-6);
        }
    }

    #[test]
    fn inv_04_a_cause_has_one_open_warning_and_it_returns_after_its_quiet_time(seed: u64) {
        let town = town_of(seed);
        let mut open: BTreeMap<Cause, WarningId> = BTreeMap::new();
        for event in &town.events {
            let Event::Warning { change, warning, at } = event else { continue };
            match change {
                WarningChange::Raised => prop_assert_eq!(open.insert(warning.cause, warning.id), None),
                WarningChange::Closed => prop_assert_eq!(open.remove(&warning.cause), Some(warning.id)),
                _ => prop_assert_eq!(open.get(&warning.cause), Some(&warning.id)),
            }
            if *change == WarningChange::Returned && warning.cause.kind != CauseKind::Surge {
                prop_assert!(at.since(warning.level_at) >= Span::from_seconds(600));
            }
        }
    }

    #[test]
    fn inv_10_a_critical_reading_newer_than_the_others_is_warned_of_in_its_own_entry(seed: u64, people in 405_u32..5000) {
        let mut town = town_of(seed);
        let now = town.city.now();
        let ix = DatastreamIx(6);
        let row = Observation { datastream: ix, phenomenon_time: now, result_time: now, result: Some(f64::from(people)) };
        town.enter_at(now, Input::Fact(Fact::Observations([row].into_iter().collect())));
        let cause = Cause { place: Place::Zone(ZoneIx(2)), kind: CauseKind::Density };
        let warning = town.city.warnings().find(|warning| warning.cause == cause);
        prop_assert!(warning.is_some_and(|warning| warning.level == Level::Critical && warning.grouped_in.is_none()));
    }

    #[test]
    fn rows_that_all_count_at_the_entrys_time_keep_the_invariants(seed: u64, rows in 1_usize..40) {
        let mut town = Town::new(site());
        for part in evening(seed, HAPPENINGS).chunks(rows) {
            let (time, hour) = (part[part.len() - 1].0, Span::from_seconds(3600));
            let batch = part.iter().filter_map(|(at, happening)| match happening {
                Happening::Row(row) => Some(Observation { result_time: at.plus(hour), ..*row }),
                Happening::Other(_) => None,
            });
            town.enter_at(time, Input::Fact(Fact::Observations(batch.collect())));
        }
    }

    #[test]
    fn any_entry_is_survived(seed: u64, seconds in -5_000_000_000_i64..10_000_000_000, ix: u32, bits: u64) {
        let mut town = Town::new(site());
        let time = Time::from_seconds(seconds);
        let result = Some(f64::from_bits(bits));
        let row = Observation { datastream: DatastreamIx(ix % 12), phenomenon_time: time, result_time: time, result };
        town.enter(60 + (seed % 600) as i64, Input::Fact(Fact::Observations([row, row].into_iter().collect())));
        town.say(700, Place::Zone(ZoneIx(ix)), Saying::Count { people: f64::from_bits(bits) });
        town.command(701, Command::Shelve { warning: WarningId(seed), why: String::new(), until: time });
        town.command(702, Command::SetMeasure { measure: MeasureIx(ix), state: MeasureState::Ordered, why: String::new() });
        town.tick(100_000);
    }

    #[test]
    fn a_damaged_snapshot_is_refused(seed: u64, place: prop::sample::Index, flip in 1_u8..) {
        let mut bytes = town_of(seed).city.snapshot();
        let place = place.index(bytes.len());
        bytes[place] ^= flip;
        prop_assert!(City::from_snapshot(&bytes).is_err());
    }
}
