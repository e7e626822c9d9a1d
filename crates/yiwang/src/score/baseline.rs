//! What the estimator must beat: in minus out of the raw counts, and the raw count of people as it stands.
//!
//! Not here: the engine's estimate (gather).
//! Invariant: a baseline knows the site's numbers and what had come by the minute, and learns nothing.

use std::collections::BTreeMap;

use city::{DatastreamIx, GroupIx, Site, Time, ZoneIx};

use super::accuracy::Band;
use super::compare::{Estimates, Subject};
use super::series::Series;
use super::sources::Sources;

/// The people at the start, and everybody counted in less everybody counted out since.
///
/// Its interval takes each line's count to be wrong by one and the same share, `error_share`, and the lines to err
/// independently.
pub struct Naive<'a> {
    site: &'a Site,
    /// By datastream: what it has counted up to a minute.
    counted: Vec<Series<f64>>,
    zones: Vec<Vec<(DatastreamIx, f64)>>,
    groups: Vec<Vec<(DatastreamIx, f64)>>,
}

impl<'a> Naive<'a> {
    /// From the counts of each datastream by the minute from which they were known.
    pub fn new(site: &'a Site, sources: &Sources, counts: &[Series<f64>]) -> Self {
        let group = |group: &city::Group| {
            let mut signs: BTreeMap<DatastreamIx, f64> = BTreeMap::new();
            for (stream, sign) in group.members.iter().flat_map(|zone| &sources.lines[zone.index()]) {
                *signs.entry(*stream).or_default() += sign;
            }
            // Who passes from one member to another stays in the group.
            signs.into_iter().filter(|(_, sign)| *sign != 0.0).collect()
        };
        Self {
            site,
            counted: counts.iter().cloned().map(Series::summed).collect(),
            zones: sources.lines.clone(),
            groups: site.groups.iter().map(group).collect(),
        }
    }

    fn band(&self, members: &[ZoneIx], lines: &[(DatastreamIx, f64)], at: Time) -> Band {
        let (mut people, mut variance) = (0.0, 0.0);
        for zone in members {
            let initial = self.site.zones[zone.index()].initial.value;
            people += initial.people;
            variance += initial.sd * initial.sd;
        }
        for (stream, sign) in lines {
            let counted = self.counted[stream.index()].latest(at).unwrap_or(0.0);
            let error = self.site.datastreams[stream.index()].error_share * counted;
            people += sign * counted;
            variance += error * error;
        }
        Band::normal(people, variance.sqrt())
    }
}

impl Estimates for Naive<'_> {
    fn covers(&self, subject: Subject) -> bool {
        match subject {
            Subject::Zone(zone) => !self.zones[zone.index()].is_empty(),
            Subject::Group(group) => !self.groups[group.index()].is_empty(),
        }
    }

    fn at(&self, subject: Subject, at: Time) -> Option<Band> {
        Some(match subject {
            Subject::Zone(zone) => self.band(&[zone], &self.zones[zone.index()], at),
            Subject::Group(group) => {
                self.band(&self.site.groups[group.index()].members, &self.groups[group.index()], at)
            }
        })
    }
}

/// The latest raw count of people, as read: a zone's area count, a group's own count or else the sum of its members'.
///
/// Its interval takes the reading to be wrong by `error_share`.
pub struct RawArea<'a> {
    site: &'a Site,
    sources: &'a Sources,
    /// By datastream: its readings by the minute from which they were known.
    readings: &'a [Series<f64>],
}

impl<'a> RawArea<'a> {
    /// From the readings of each datastream.
    pub fn new(site: &'a Site, sources: &'a Sources, readings: &'a [Series<f64>]) -> Self {
        Self { site, sources, readings }
    }

    /// The latest reading among some datastreams, with its standard deviation.
    fn latest(&self, streams: &[DatastreamIx], at: Time) -> Option<(f64, f64)> {
        let stream = streams.first()?;
        let reading = self.readings[stream.index()].latest(at)?;
        Some((reading, self.site.datastreams[stream.index()].error_share * reading))
    }

    fn members(&self, group: GroupIx, at: Time) -> Option<(f64, f64)> {
        let (mut people, mut variance) = (0.0, 0.0);
        for zone in &self.site.groups[group.index()].members {
            let (reading, sd) = self.latest(&self.sources.areas[zone.index()], at)?;
            people += reading;
            variance += sd * sd;
        }
        Some((people, variance.sqrt()))
    }
}

impl Estimates for RawArea<'_> {
    fn covers(&self, subject: Subject) -> bool {
        match subject {
            Subject::Zone(zone) => !self.sources.areas[zone.index()].is_empty(),
            Subject::Group(group) => {
                let members = &self.site.groups[group.index()].members;
                !self.sources.groups[group.index()].is_empty()
                    || members.iter().all(|zone| !self.sources.areas[zone.index()].is_empty())
            }
        }
    }

    fn at(&self, subject: Subject, at: Time) -> Option<Band> {
        let (people, sd) = match subject {
            Subject::Zone(zone) => self.latest(&self.sources.areas[zone.index()], at)?,
            Subject::Group(group) if self.sources.groups[group.index()].is_empty() => self.members(group, at)?,
            Subject::Group(group) => self.latest(&self.sources.groups[group.index()], at)?,
        };
        Some(Band::normal(people, sd))
    }
}
