//! Who could bear a sensor out: the other direction, the lines and cameras of its zones and of the next ones.
//!
//! Not here: what is made of it (level).
//! Invariant: looked up only for the few streams that stand out, so it may walk the site's tables.

use city::{Access, DatastreamIx, GateFlow, LinkFlow, Position, PostIx, Role, Site, Span, Time, ZoneIx};

use super::level::{Deviation, Shape};
use crate::turn::Turn;

/// A neighbour that is away by this share of the people shares it.
const SHARED: f32 = 0.3;

/// One of its kind that moved by this share of the change is away with it.
const COMMON_SHARED: f32 = 0.5;

/// So many others of a kind away together have a cause of their own.
const COMMON: usize = 3;

/// And one in so many of all of that kind.
const COMMON_OF: usize = 7;

/// Counted flow that explains at least this share of a camera's leap bears it out.
const EXPLAINED_SHARE: f64 = 0.4;

impl Turn<'_> {
    /// The same gate or link counted the other way.
    pub(super) fn opposite(&self, ix: DatastreamIx) -> Option<DatastreamIx> {
        let site = self.site();
        let is_opposite = |role: Role| match (site.datastreams[ix.index()].role, role) {
            (Role::GateCount { gate, flow }, Role::GateCount { gate: other, flow: way }) => {
                gate == other && flow != way
            }
            (Role::LinkCount { link, flow }, Role::LinkCount { link: other, flow: way }) => {
                link == other && flow != way
            }
            _ => false,
        };
        let home = self.home;
        let beside = home.zones_of(ix).flat_map(|zone| home.streams_of(zone));
        beside.into_iter().find(|other| is_opposite(site.datastreams[other.index()].role))
    }

    /// Whether neighbours, many of its kind, or the counted flow bear a deviation out.
    pub(super) fn is_borne_out(&self, ix: DatastreamIx) -> bool {
        let Some(deviation) = self.state.streams[ix.index()].exam.level.deviation else { return true };
        let Deviation { base, by, shape, .. } = deviation;
        let people = by * (2.0 * base + by);
        let is_stock = matches!(self.site().datastreams[ix.index()].role, Role::AreaCount { .. });
        let window = self.around(ix, deviation.since);
        let run = self.state.streams[ix.index()].exam.level.leap_run();
        let shares = |other: DatastreamIx| {
            let level = &self.state.streams[other.index()].exam.level;
            let at_once = is_stock && shape != Shape::Climb || shape == Shape::Spikes;
            let away = if at_once { level.leapt(window, run) } else { level.moved() };
            // What passes a line each minute adds up in its zone.
            let minutes = f32::from(run);
            let share = match (is_stock, self.is_line(other)) {
                (true, true) => away.people / people * minutes,
                (false, false) => away.people / people / minutes,
                _ => away.people / people,
            };
            // People who come to a zone may be those who left the next one.
            if is_stock { share.abs() > SHARED } else { share > SHARED }
        };
        self.is_controlled(ix)
            || shape == Shape::Rise && by < 0.0 && self.is_cleared_at_will(ix)
            || self.kin(ix).into_iter().any(shares)
            || self.is_common(ix, by / base)
            || self.is_explained(ix)
    }

    /// Whether a camera sees a road that is given to pedestrians and taken from them.
    fn is_cleared_at_will(&self, ix: DatastreamIx) -> bool {
        let site = self.site();
        let Role::AreaCount { zone } = site.datastreams[ix.index()].role else { return false };
        site.zones[zone.index()].access == Access::VehicleUntilOpened
    }

    fn is_line(&self, ix: DatastreamIx) -> bool {
        matches!(self.site().datastreams[ix.index()].role, Role::GateCount { .. } | Role::LinkCount { .. })
    }

    /// From two results before a moment to one after it.
    fn around(&self, ix: DatastreamIx, moment: Time) -> (Time, Time) {
        let rhythm = Span::from_seconds(self.state.streams[ix.index()].exam.arrival.rhythm_s());
        (moment.minus(rhythm).minus(rhythm), moment.plus(rhythm))
    }

    /// Whether many that count the same the same way are away from their level together: then it is no sensor's.
    fn is_common(&self, ix: DatastreamIx, share: f32) -> bool {
        let site = self.site();
        let kind = kind_of(site, ix);
        let (mut all, mut away) = (0, 0);
        for other in (0..site.datastreams.len()).map(DatastreamIx::from) {
            if other != ix && kind_of(site, other) == kind {
                all += 1;
                let its = self.state.streams[other.index()].exam.level.moved();
                away += usize::from(its.share / share > COMMON_SHARED);
            }
        }
        away >= COMMON && away * COMMON_OF >= all
    }

    /// Other streams of the same zones.
    pub(super) fn beside(&self, ix: DatastreamIx) -> impl Iterator<Item = DatastreamIx> {
        let home = self.home;
        home.zones_of(ix).flat_map(|zone| home.streams_of(zone)).filter(move |other| *other != ix)
    }

    /// Streams of the same zones, and cameras of the next ones.
    fn kin(&self, ix: DatastreamIx) -> Vec<DatastreamIx> {
        let (site, home) = (self.site(), self.home);
        let zones: Vec<ZoneIx> = home.zones_of(ix).collect();
        let mut kin: Vec<DatastreamIx> = zones.iter().flat_map(|zone| home.streams_of(*zone)).collect();
        for link in &site.links {
            for (here, there) in [(link.from, link.to), (link.to, link.from)] {
                if zones.contains(&here) {
                    kin.extend(home.zone_areas[there.index()].iter().copied());
                }
            }
        }
        kin.retain(|other| *other != ix);
        kin.sort_unstable();
        kin.dedup();
        kin
    }

    /// Whether the counted flow of its zone's lines explains what a camera reads more or less.
    fn is_explained(&self, ix: DatastreamIx) -> bool {
        let Role::AreaCount { zone } = self.site().datastreams[ix.index()].role else { return false };
        let stream = &self.state.streams[ix.index()];
        let Some(reading) = stream.latest.and_then(|latest| latest.result) else { return false };
        let Some(deviation) = stream.exam.level.deviation else { return false };
        let by = reading - f64::from(deviation.base * deviation.base);
        let mut net = 0.0;
        for line in &self.home.zone_lines[zone.index()] {
            let people = self.state.streams[line.stream.index()].number.unwrap_or(0.0);
            net += if line.side == 0 { people } else { -people };
        }
        if deviation.shape == Shape::Climb {
            net *= f64::from(stream.exam.level.leap_run());
        }
        if by > 0.0 { net > EXPLAINED_SHARE * by } else { net < EXPLAINED_SHARE * by }
    }

    /// The post nearest to a sensor: by distance where both have a position, else by links from zone to zone.
    pub(super) fn nearest_post(&self, ix: DatastreamIx) -> Option<PostIx> {
        let site = self.site();
        let zone = self.home.zones_of(ix).next();
        let place = site.datastreams[ix.index()].position.or_else(|| zone.and_then(|zone| centre(site, zone)));
        let by_distance = place.and_then(|place| {
            let distances = site.posts.iter().enumerate().filter_map(|(post, it)| {
                let there = it.position.or_else(|| centre(site, it.zone))?;
                Some((distance_square(place, there), post))
            });
            distances.min_by(|left, right| left.0.total_cmp(&right.0).then(left.1.cmp(&right.1)))
        });
        match (by_distance, zone) {
            (Some((_, post)), _) => Some(PostIx::from(post)),
            (None, Some(zone)) => self.post_by_links(zone),
            (None, None) => None,
        }
    }

    /// The post that is the fewest links from a zone.
    fn post_by_links(&self, from: ZoneIx) -> Option<PostIx> {
        let site = self.site();
        let mut seen = vec![false; site.zones.len()];
        let mut ring = vec![from];
        while !ring.is_empty() {
            if let Some(post) = site.posts.iter().position(|post| ring.contains(&post.zone)) {
                return Some(PostIx::from(post));
            }
            for zone in &ring {
                seen[zone.index()] = true;
            }
            let next = site.links.iter().flat_map(|link| [(link.from, link.to), (link.to, link.from)]);
            let next = next.filter(|(here, there)| ring.contains(here) && !seen[there.index()]);
            let mut next: Vec<ZoneIx> = next.map(|(_, there)| there).collect();
            next.sort_unstable();
            next.dedup();
            ring = next;
        }
        None
    }
}

/// What a stream counts, and which way: what moves one of them may move all.
fn kind_of(site: &Site, ix: DatastreamIx) -> (u8, bool) {
    match site.datastreams[ix.index()].role {
        Role::GateCount { flow, .. } => (0, flow == GateFlow::In),
        Role::LinkCount { flow, .. } => (1, flow == LinkFlow::Forward),
        Role::AreaCount { .. } => (2, false),
        Role::GroupCount { .. } => (3, false),
        Role::Indicator => (4, false),
    }
}

/// The middle of a zone's outline.
fn centre(site: &Site, zone: ZoneIx) -> Option<Position> {
    let ring = site.zones[zone.index()].polygon.as_ref()?.rings.first()?;
    let corners = ring.len();
    if corners == 0 {
        return None;
    }
    let sum = ring.iter().fold((0.0, 0.0), |sum, corner| (sum.0 + corner.lon, sum.1 + corner.lat));
    Some(Position { lon: sum.0 / corners as f64, lat: sum.1 / corners as f64 })
}

/// Squared distance in degrees of latitude: enough to compare within one city.
fn distance_square(left: Position, right: Position) -> f64 {
    let east = (left.lon - right.lon) * libm::cos(left.lat.to_radians());
    let north = left.lat - right.lat;
    east * east + north * north
}
