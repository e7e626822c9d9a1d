//! What the estimate says to others: what a sensor should read now, how dense a zone is, how many pass a line.
//!
//! Not here: what they make of it (health, precursor).
//! Invariant: asking changes nothing.

use city::{DatastreamIx, Role, ZoneIx};

use crate::turn::Turn;

/// What a datastream should read now, before its reading is used.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Expected {
    /// The reading, in the stream's unit.
    pub(crate) reading: f64,
    /// One standard deviation of what may be read, the sensor's own error included.
    pub(crate) sd: f64,
}

#[allow(dead_code, reason = "asked by the examination of sensors and by the precursors")]
impl Turn<'_> {
    /// What a stream should read now; `None` while too little is known, and for indicators.
    pub(crate) fn expected(&self, ix: DatastreamIx) -> Option<Expected> {
        let config = &self.site().datastreams[ix.index()];
        let Role::AreaCount { zone } = config.role else { return None };
        let shown = self.state.stocks[zone.index()].shown?;
        let reading = shown.people * config.reads_per_person.mean;
        let own = reading * (config.error_share + config.reads_per_person.sd);
        Some(Expected { reading, sd: libm::sqrt(shown.sd * shown.sd + own * own).max(1.0) })
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
        Some(stream.rate_per_s(config) / config.reads_per_person.mean.max(f64::MIN_POSITIVE))
    }
}
