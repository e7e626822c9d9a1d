//! The demand of a site that has no `demand.toml`: a day with one rise and one fall through all its gates.
//!
//! Not here: reading a `demand.toml` (`read`).
//! Invariant: every site with a gate and a zone has one; it depends on the site only.

use city::{Access, GateKind, Site, Time, ZoneIx, ZoneKind};

use super::{Attraction, CROWD_PER_M2, Demand, OBEYED_SHARE, Points, Purpose, STEP_S, Vary, Visit};

/// Where no schedule names a day: Monday 1 January 2024, 00:00 UTC.
const START: Time = Time::from_seconds(1_704_067_200);
/// Median and longest stay, minutes, where people stand, where they walk and in a network, where it is a ride.
const STAY_MIN: [(ZoneKind, f64, f64); 3] =
    [(ZoneKind::Standing, 25.0, 90.0), (ZoneKind::Moving, 10.0, 40.0), (ZoneKind::Network, 25.0, 80.0)];
/// Share of people who leave by the gate they came by: many on foot, hardly any who ride.
const RETURN_SHARE: [f64; 2] = [0.5, 0.05];
/// People per m² of an ordinary busy hour, for a site that does not say how many are there.
const BUSY_PER_M2: f64 = 0.08;
/// Mean time in the site, minutes, from which the arrivals of a busy hour follow.
const TIME_IN_SITE_MIN: f64 = 45.0;
/// Share of the busy hour's arrivals at each hour of the day (UTC): an assumption.
const HOURS: [f64; 24] = [
    0.08, 0.05, 0.04, 0.03, 0.04, 0.08, 0.2, 0.4, 0.6, 0.7, 0.75, 0.8, 0.85, 0.85, 0.85, 0.9, 0.95, 1.0, 1.0, 0.95,
    0.7, 0.45, 0.25, 0.15,
];

/// A day of 24 hours at `site`.
pub fn usual(site: &Site) -> Demand {
    let busy: f64 = site.zones.iter().map(|zone| people(site, zone)).sum::<f64>().clamp(50.0, 2_000_000.0);
    let hours = HOURS.iter().enumerate();
    let points = hours.map(|(hour, share)| (hour as f64 * 60.0, share * busy / TIME_IN_SITE_MIN)).collect();
    let rides = site.zones.iter().all(|zone| zone.kind == ZoneKind::Network);
    let mut attractions: Vec<Attraction> = Vec::new();
    for (kind, median, most) in STAY_MIN {
        let zones = places(site, kind);
        if !zones.is_empty() {
            attractions.push(Attraction {
                id: format!("{kind:?}").to_lowercase(),
                zones,
                stay_median_min: median,
                stay_spread: 0.6,
                stay_most_min: most,
                far_min: 15.0,
            });
        }
    }
    let visits = (0..attractions.len()).map(|to| Visit { to, chance: if rides { 1.0 } else { 0.8 } }).collect();
    Demand {
        start: START,
        minutes: 1440,
        step_s: STEP_S,
        obeyed_share: OBEYED_SHARE,
        crowd_per_m2: CROWD_PER_M2,
        vary: Vary::USUAL,
        arrivals_per_min: Points(points),
        gates: site.gates.iter().map(|gate| if gate.kind == GateKind::Metro { 2.0 } else { 1.0 }).collect(),
        return_share: RETURN_SHARE[usize::from(rides)],
        stay_on: Points(vec![(0.0, 1.0)]),
        attractions,
        purposes: vec![
            Purpose { id: "stay".to_owned(), share: 0.7, visits },
            Purpose { id: "through".to_owned(), share: if rides { 0.0 } else { 0.3 }, visits: Vec::new() },
        ],
        shows: None,
        decided: Vec::new(),
        events: Vec::new(),
    }
}

/// People of a busy hour in a zone.
fn people(site: &Site, zone: &city::Zone) -> f64 {
    if zone.initial.value.people > 0.0 {
        return zone.initial.value.people;
    }
    match (&zone.area_m2, zone.kind) {
        (_, ZoneKind::Network) => 100.0 * site.gates.len() as f64,
        (Some(area), _) if zone.access == Access::Pedestrian => area.value * BUSY_PER_M2,
        _ => 0.0,
    }
}

/// Zones of a kind that people may use, by their size.
fn places(site: &Site, kind: ZoneKind) -> Vec<(ZoneIx, f64)> {
    let zones = site.zones.iter().enumerate();
    let open = zones.filter(|(_, zone)| zone.kind == kind && zone.access == Access::Pedestrian);
    open.map(|(index, zone)| (ZoneIx::from(index), zone.area_m2.as_ref().map_or(500.0, |area| area.value))).collect()
}
