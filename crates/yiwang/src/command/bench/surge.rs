//! A true crowd that one camera alone can see: where it is laid in each seed, and whether a warning came of it.
//!
//! Not here: the crowd itself (sim), how a warning comes about (engine).
//! Invariant: only a warning raised at the zone or its cameras while the crowd is there counts.

use city::{CauseKind, GateIx, Place, Site, Span, Time};
use serde::Serialize;
use sim::Surge;

use crate::score::faults::median;
use crate::score::gather::Raised;
use crate::score::sources::Sources;

/// How many times the usual crowd it is.
const TIMES: f64 = 3.0;
/// How long it stays at its height, seconds.
const LASTS_S: u32 = 20 * 60;
/// From the start of the run to its beginning.
const AFTER: Span = Span::from_seconds(90 * 60);
/// It comes, stays and goes within this.
const WITHIN: Span = Span::from_seconds(35 * 60);

/// The surge of a seed: behind the gates with a camera in turn. None where no gate has one.
pub(super) fn surge(site: &Site, seed: u64, start: Time) -> Option<Surge> {
    let sources = Sources::of(site);
    let has_camera = |gate: &usize| !sources.areas[site.gates[*gate].zone.index()].is_empty();
    let gates: Vec<usize> = (0..site.gates.len()).filter(has_camera).collect();
    let gate = *gates.get((seed % gates.len().max(1) as u64) as usize)?;
    Some(Surge { gate: GateIx::from(gate), from: start.plus(AFTER), times: TIMES, lasts_s: LASTS_S })
}

/// What came of a surge.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Surged {
    zone: String,
    from: Time,
    /// The people there as the surge began and at its height.
    people: [f64; 2],
    /// The first warning at the zone or its cameras; absent if there was none.
    cause: Option<CauseKind>,
    delay_s: Option<f64>,
}

impl Surged {
    /// Looks for the first warning.
    pub(super) fn of(site: &Site, surge: &Surge, (raised, people): (&[Raised], [f64; 2])) -> Self {
        let zone = site.gates[surge.gate.index()].zone;
        let cameras = &Sources::of(site).areas[zone.index()];
        let is_there = |place: Place| match place {
            Place::Zone(ix) => ix == zone,
            Place::Datastream(ix) => cameras.contains(&ix),
            _ => false,
        };
        let first = raised.iter().find(|raised| {
            is_there(raised.cause.place) && raised.at >= surge.from && raised.at <= surge.from.plus(WITHIN)
        });
        Self {
            zone: site.zones[zone.index()].id.to_string(),
            from: surge.from,
            people,
            cause: first.map(|raised| raised.cause.kind),
            delay_s: first.map(|raised| raised.at.since(surge.from).seconds()),
        }
    }

    /// The zone, and the moment at which it is fullest.
    pub(super) fn height(site: &Site, surge: &Surge) -> (city::ZoneIx, Time) {
        (site.gates[surge.gate.index()].zone, surge.from.plus(Span::from_seconds(i64::from(LASTS_S))))
    }

    /// One line of text.
    pub(super) fn line(&self) -> String {
        let [before, height] = self.people;
        let what = match (self.cause, self.delay_s) {
            (Some(cause), Some(delay_s)) => format!("{cause:?} after {delay_s:.0} s"),
            _ => "no warning".to_owned(),
        };
        format!("surge at {}, {before:.0} to {height:.0} people: {what}", self.zone)
    }
}

/// The surges of all seeds.
#[derive(Debug, Serialize)]
pub(super) struct Surges {
    /// Surges that raised a warning.
    pub(super) warned: usize,
    /// Surges.
    pub(super) of: usize,
    pub(super) median_delay_s: Option<f64>,
}

impl Surges {
    /// Counts them.
    pub(super) fn of<'a>(surged: impl Iterator<Item = &'a Surged> + Clone) -> Option<Self> {
        let delays: Vec<f64> = surged.clone().filter_map(|surged| surged.delay_s).collect();
        let of = surged.count();
        (of > 0).then(|| Self { warned: delays.len(), of, median_delay_s: median(&delays) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use city::{Cause, DatastreamIx, Level, ZoneIx};

    fn site() -> Site {
        let gate = |id: &str, zone: usize| city::Gate {
            id: id.into(),
            name: city::Bilingual::same(id),
            zone: zone.into(),
            kind: city::GateKind::Street,
            position: None,
        };
        let reading = formats::site::read(formats::site::SiteTexts {
            toml: include_str!("../../../tests/scored/hall/site.toml"),
            geojson: Some(include_str!("../../../tests/scored/hall/site.geojson")),
            folder_name: "hall",
        });
        let mut site = reading.site.unwrap();
        site.gates.push(gate("other", 0));
        site
    }

    #[test]
    fn the_first_warning_at_the_zone_or_its_camera_counts_and_none_before_or_elsewhere() {
        let site = site();
        let start = Time::from_seconds(0);
        let surge = surge(&site, 4, start).unwrap();
        assert_eq!((surge.gate, surge.from), (GateIx(0), start.plus(AFTER)));
        let at = |minute: i64, place: Place| Raised {
            at: surge.from.plus(Span::from_seconds(60 * minute)),
            cause: Cause { place, kind: CauseKind::Check },
            level: Level::Warning,
        };
        let camera = Place::Datastream(DatastreamIx(2));
        let raised =
            [at(-1, camera), at(1, Place::Datastream(DatastreamIx(0))), at(3, camera), at(4, Place::Zone(ZoneIx(0)))];
        let surged = Surged::of(&site, &surge, (&raised, [10.0, 30.0]));
        assert_eq!(surged.delay_s, Some(180.0));
        let missed = Surged::of(&site, &surge, (&raised[..2], [10.0, 30.0]));
        let both = Surges::of([surged, missed].iter()).unwrap();
        assert_eq!((both.warned, both.of, both.median_delay_s), (1, 2, Some(180.0)));
    }
}
