//! Laws that hold however a site is edited while things happen.
//!
//! `Town` checks every invariant of one city after every entry.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "town/edits.rs"]
mod edits;
#[path = "town/script.rs"]
mod script;
mod town;

use city::*;
use edits::with_zones;
use engine::{City, apply, invariants};
use proptest::prelude::*;
use script::{Dice, Happening, evening, play, site};
use town::{Town, at};

const HAPPENINGS: usize = 250;

/// Most of `0..count`, in some order; never none.
fn some_of(dice: &mut Dice, count: usize) -> Vec<usize> {
    let mut all: Vec<usize> = (0..count).collect();
    for ix in (1..count).rev() {
        all.swap(ix, dice.below(ix as u64 + 1) as usize);
    }
    let gone = dice.below(3).min(count as u64 - 1) as usize;
    all.truncate(count - gone);
    all
}

/// A few random edits of `site`: parts in another order, left out, renamed, with other numbers.
fn edited(site: &Site, dice: &mut Dice) -> Site {
    let mut site = site.clone();
    for _ in 0..=dice.below(3) {
        let any = dice.below(1000) as usize;
        let (zones, streams) = (site.zones.len(), site.datastreams.len());
        match dice.below(12) {
            0 | 1 => site = with_zones(&site, &some_of(dice, zones)),
            2 if streams > 0 => {
                let keep = some_of(dice, streams);
                site.datastreams = keep.iter().map(|ix| site.datastreams[*ix].clone()).collect();
            }
            3 => {
                let keep = some_of(dice, site.consoles.len());
                site.consoles = keep.iter().map(|ix| site.consoles[*ix].clone()).collect();
            }
            4 if streams > 0 => site.datastreams[any % streams].interval_s = 30 + any as u32 % 90,
            5 if streams > 0 => site.datastreams[any % streams].silent_after_s = any as u32 % 400,
            6 => {
                let zone = &mut site.zones[any % zones];
                let factor = 0.5 + any as f64 / 1000.0;
                zone.area_m2 = if any.is_multiple_of(5) { None } else { Some(Sourced::new(100.0 * factor, "test")) };
                let Ladder { caution, warning, critical } = zone.ladder.value;
                zone.ladder.value =
                    Ladder { caution: caution * factor, warning: warning * factor, critical: critical * factor };
            }
            7 => site.groups.clear(),
            8 => {
                site.rules.quiet_s = 60 + any as u32;
                site.rules.dwell_caution_s = any as u32 % 200;
                site.rules.commander_s = 60 + any as u32 % 200;
            }
            9 if streams > 0 => site.datastreams[any % streams].id = DatastreamId::new(format!("new/{any}")),
            10 if streams > 0 => {
                if let Some(levels) = &mut site.datastreams[any % streams].levels {
                    levels.purpose = if any.is_multiple_of(2) { LevelUse::Colour } else { LevelUse::Warn };
                    levels.caution -= 1.0;
                }
            }
            _ => {
                let mut zone = site.zones[any % zones].clone();
                zone.id = ZoneId::new(format!("zone-{any}"));
                site.zones.push(zone);
                let mut stream = site.datastreams.first().cloned().unwrap_or_else(|| town::stage("stage"));
                stream.id = DatastreamId::new(format!("zone-{any}/camera"));
                stream.role = Role::AreaCount { zone: ZoneIx(zones as u32) };
                stream.levels = None;
                site.datastreams.insert(any % (streams + 1), stream);
            }
        }
    }
    site
}

/// An evening in which the site is edited a few times.
fn restless(seed: u64) -> Vec<(Time, Happening)> {
    let mut script = evening(seed, HAPPENINGS);
    let mut dice = Dice(seed ^ 0x5eed);
    let mut site = site();
    let mut place = 0;
    while place < script.len() {
        place += dice.below(120) as usize;
        let Some((time, _)) = script.get(place) else { break };
        // Now and then it is what it was at first.
        site = if dice.below(4) == 0 { script::site() } else { edited(&site, &mut dice) };
        script.insert(place, (*time, Happening::Other(Input::Fact(Fact::Site(Box::new(site.clone()))))));
    }
    script
}

fn end(script: &[(Time, Happening)]) -> Time {
    script.last().map_or(at(0), |(time, _)| *time).plus(Span::from_seconds(3600))
}

fn town_of(seed: u64) -> Town {
    let script = restless(seed);
    play(&script, &mut Dice(seed ^ 1), end(&script))
}

/// What tells of a zone: each datastream with what its results mean, by ids.
fn told_by(site: &Site, zone: ZoneIx) -> Vec<String> {
    let name = |zone: ZoneIx| site.zones[zone.index()].id.to_string();
    let told = site.datastreams.iter().filter_map(|stream| {
        let (from, to, role) = match stream.role {
            Role::GateCount { gate, flow } => {
                let gate = &site.gates[gate.index()];
                (gate.zone, gate.zone, format!("{} {flow:?}", gate.id))
            }
            Role::LinkCount { link, flow } => {
                let link = &site.links[link.index()];
                (link.from, link.to, format!("{} {flow:?}", link.id))
            }
            Role::AreaCount { zone } => (zone, zone, String::new()),
            Role::GroupCount { .. } | Role::Indicator => return None,
        };
        let meaning = format!("{} {} {} {role} {} {}", stream.id, stream.unit, stream.interval_s, name(from), name(to));
        (from == zone || to == zone).then_some(meaning)
    });
    let mut told: Vec<String> = told.collect();
    told.sort();
    told
}

/// Zones of both sites of which the same is told the same way.
fn untouched(old: &Site, new: &Site) -> Vec<(ZoneIx, ZoneIx)> {
    let both = (0..old.zones.len()).map(ZoneIx::from).filter_map(|was| {
        let is = new.zone_ix(&old.zones[was.index()].id)?;
        Some((was, is))
    });
    both.filter(|(was, is)| {
        let told = told_by(old, *was);
        !told.is_empty() && told == told_by(new, *is)
    })
    .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_site_edited_in_any_way_keeps_the_invariants_and_its_snapshots(seed: u64) {
        let town = town_of(seed);
        let restored = City::from_snapshot(&town.city.snapshot()).unwrap();
        prop_assert_eq!(invariants::same_state(&town.city, &restored), Ok(()));
    }

    #[test]
    fn a_restless_evening_does_not_depend_on_how_it_is_cut(seed: u64, one: u64, other: u64) {
        let script = restless(seed);
        let end = end(&script);
        let one = play(&script, &mut Dice(one), end);
        let other = play(&script, &mut Dice(other), end);
        prop_assert_eq!(invariants::same_state(&one.city, &other.city), Ok(()));
    }

    #[test]
    fn inv_01_a_snapshot_between_two_sites_and_the_tail_give_one_state(seed: u64, cut: prop::sample::Index) {
        let town = town_of(seed);
        let cut = cut.index(town.log.len());
        let (mut replayed, mut restored) = (City::default(), City::default());
        for (ix, entry) in town.log.iter().enumerate() {
            apply(&mut replayed, entry);
            if ix == cut {
                restored = City::from_snapshot(&replayed.snapshot()).unwrap();
            } else if ix > cut {
                apply(&mut restored, entry);
            }
        }
        prop_assert_eq!(invariants::same_state(&replayed, &restored), Ok(()));
        prop_assert_eq!(invariants::same_state(&replayed, &town.city), Ok(()));
    }

    #[test]
    fn zones_that_an_edit_does_not_touch_keep_their_numbers(seed: u64) {
        let town = town_of(seed);
        let mut city = City::default();
        for entry in &town.log {
            let Input::Fact(Fact::Site(new)) = &entry.input else {
                apply(&mut city, entry);
                continue;
            };
            apply(&mut city, &Entry { input: Input::Tick, ..entry.clone() });
            let before = city.clone();
            apply(&mut city, entry);
            let Some(old) = before.site() else { continue };
            for (was, is) in untouched(old, new) {
                prop_assert_eq!(before.ledger(was), city.ledger(is));
                let people = |city: &City, zone: ZoneIx| city.zone(zone).unwrap().occupancy.map(|shown| shown.people);
                if let (Some(was), Some(is)) = (people(&before, was), people(&city, is)) {
                    prop_assert_eq!(was.to_bits(), is.to_bits());
                }
            }
        }
    }

    #[test]
    fn every_open_warning_of_the_old_site_is_open_or_closed_in_the_new_one(seed: u64) {
        let town = town_of(seed);
        let mut open = std::collections::BTreeSet::new();
        for event in &town.events {
            if let Event::Warning { change, warning, .. } = event {
                match change {
                    WarningChange::Raised => prop_assert!(open.insert(warning.id)),
                    WarningChange::Closed => prop_assert!(open.remove(&warning.id)),
                    _ => prop_assert!(open.contains(&warning.id)),
                }
            }
        }
        let left: std::collections::BTreeSet<WarningId> = town.city.warnings().map(|warning| warning.id).collect();
        prop_assert_eq!(open, left);
    }
}
