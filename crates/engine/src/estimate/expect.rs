//! What the estimate says to others: what a sensor should read now, how dense a zone is, how many pass a line.
//!
//! Not here: what they make of it (health, precursor).
//! Invariant: asking changes nothing.

use city::{DatastreamIx, Role, ZoneIx};

use super::filter::Term;
use super::layout::{fresh_variance, ratio_variance};
use super::pace::scale;
use crate::turn::Turn;

/// Counts of a line after which its usual flow is one.
const FLOW_KNOWN: u32 = 5;

/// What a datastream should read now, before its reading is used.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(dead_code, reason = "asked by the examination of sensors")]
pub(crate) struct Expected {
    /// The reading, in the stream's unit.
    pub(crate) reading: f64,
    /// One standard deviation of what may be read, the sensor's own error included.
    pub(crate) sd: f64,
}

#[allow(dead_code, reason = "asked by the examination of sensors")]
impl Turn<'_> {
    /// What a stream should read now; `None` while too little is known, and for indicators.
    ///
    /// For an area or group count: people times multiplier, with both their errors, correlated as they were learned, and
    /// the movement since the latest data. For a line: its usual count of late.
    pub(crate) fn expected(&self, ix: DatastreamIx) -> Option<Expected> {
        match self.site().datastreams[ix.index()].role {
            Role::AreaCount { zone } => self.expected_look(ix, zone),
            Role::GateCount { .. } | Role::LinkCount { .. } => self.expected_count(ix),
            Role::GroupCount { .. } => self.expected_phones(ix),
            Role::Indicator => None,
        }
    }

    fn expected_look(&self, ix: DatastreamIx, zone: ZoneIx) -> Option<Expected> {
        let stock = &self.state.stocks[zone.index()];
        stock.shown?;
        let layout = &self.home.layouts[zone.index()];
        let config = &self.site().datastreams[ix.index()];
        let spread = self.spread(zone);
        let reads = self.state.streams[ix.index()].rate.reads * self.family_factor(ix);
        let paces = self.paces(zone);
        let level = scale(spread.people);
        let area = layout.areas.iter().find(|area| area.stream == ix);
        let (bent, own) = match area {
            Some(area) => {
                let terms: [Term; 3] = [(0, 1.0), (area.lasting, spread.people), (area.lasting + 1, spread.people)];
                (stock.belief.filter.variance_of(&terms), paces.noise.max(fresh_variance(config)))
            }
            None => (stock.belief.filter.people(), ratio_variance(config) + fresh_variance(config)),
        };
        let age_s = stock.belief.until.map_or(0.0, |until| self.now().since(until).seconds().max(0.0));
        let moved = (paces.moving_per_s * level * level + stock.belief.net_per_s) * age_s.min(3600.0);
        let variance = bent + own * level * level + moved + 0.2 * spread.people + 1.0;
        Some(Expected { reading: spread.people * reads, sd: libm::sqrt(variance) * reads })
    }

    fn expected_count(&self, ix: DatastreamIx) -> Option<Expected> {
        let flow = self.state.streams[ix.index()].flow;
        if flow.seen < FLOW_KNOWN {
            return None;
        }
        Some(Expected { reading: flow.mean, sd: libm::sqrt(flow.variance + flow.mean + 1.0) })
    }

    fn expected_phones(&self, ix: DatastreamIx) -> Option<Expected> {
        let config = &self.site().datastreams[ix.index()];
        let home = self.home;
        home.basins.iter().zip(&self.state.basins).find_map(|(at, basin)| {
            let phone = at.phones.iter().position(|phone| *phone == ix)?;
            basin.at?;
            let reads = config.reads_per_person.mean * libm::exp(basin.phones[phone]);
            let terms = [(0, 1.0), (at.phone_state(phone), basin.people)];
            let level = scale(basin.people);
            let variance = basin.filter.variance_of(&terms) + fresh_variance(config) * level * level + 1.0;
            Some(Expected { reading: basin.people * reads, sd: libm::sqrt(variance) * reads })
        })
    }

    /// Mean density of a zone and its upper 95 % bound, people/m².
    pub(crate) fn density_now(&self, zone: ZoneIx) -> Option<(f64, f64)> {
        let area_m2 = self.site().zones[zone.index()].area_m2.as_ref()?.value;
        let occupancy = self.state.stocks[zone.index()].shown?.occupancy();
        Some((occupancy.people / area_m2, occupancy.p95 / area_m2))
    }

    /// People who pass a counting line each second, those it misses included; `None` before it counted.
    pub(crate) fn line_rate_per_s(&self, ix: DatastreamIx) -> Option<f64> {
        let config = &self.site().datastreams[ix.index()];
        let stream = &self.state.streams[ix.index()];
        stream.number?;
        Some(stream.rate_per_s(config) / stream.rate.reads)
    }
}
