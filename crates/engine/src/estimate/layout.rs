//! What the state of a zone's filter consists of: people, unmeasured exchange, area counts' multipliers, lines' rates.
//!
//! Not here: any state.
//! Invariant: a function of the site alone; a line's rate is learned in one zone only and considered in the other.

use city::{Datastream, DatastreamIx, Role, Site, ZoneIx, ZoneKind};

use super::filter::Filter;
use super::pace::Usual;
use crate::index::{Line, ZoneLine};

/// Lines whose rates a zone tells apart; with more it has one rate for all that enter and one for all that leave.
pub(crate) const LINES_MAX: usize = 12;

/// Area counts of one zone whose multipliers are learned; a further one is only ever as good as its prior.
pub(crate) const AREAS_MAX: usize = 2;

/// States of the largest filter.
pub(crate) const STATES_MAX: usize = 3 + 2 * AREAS_MAX + LINES_MAX;

/// Correlation of the rates of the two directions of one line before anything is learned: one device counts both
/// (assumption: the directions differ by a third as much as the devices).
pub(crate) const PAIR_CORRELATION: f64 = 0.85;

/// Share of a reading's own variance that is new with each reading; the rest wanders slowly (assumption).
pub(crate) const FRESH_SHARE: f64 = 0.5;

/// One standard deviation, per minute and as a share, of people who move uncounted where they can (assumption; learned
/// from area counts where there are any).
const OPEN_MOVING: f64 = 0.05;

/// The same where every way in and out is counted.
const CLOSED_MOVING: f64 = 0.01;

/// The same in a network, into which nobody comes but through a gate.
const NETWORK_MOVING: f64 = 0.0;

/// The same where the site says besides that nobody passes the counters by.
const SHUT_MOVING: f64 = 0.002;

/// The least that uncounted movement is taken for, per minute and as a share: where people can move uncounted, where
/// they cannot, and where nobody passes the counters by either.
const LEAST_MOVING: [f64; 3] = [0.012, 0.004, 0.0005];

/// An area count whose multiplier is known to one standard deviation of so much, as a share, is calibrated.
const CALIBRATED: f64 = 0.02;

/// Relative variance of a datastream's ratio before anything is learned.
pub(crate) fn ratio_variance(config: &Datastream) -> f64 {
    let ratio = config.reads_per_person;
    let share = if ratio.mean > 0.0 { ratio.sd / ratio.mean } else { 0.0 };
    (share * share).min(1.0)
}

/// Share of a multiplier's prior deviation that a family's members have in common (assumption).
pub(super) const FAMILY_SHARE: f64 = 0.4;

/// The part of [`ratio_variance`] that an area count does not share with its family.
pub(super) fn own_ratio_variance(config: &Datastream) -> f64 {
    (1.0 - FAMILY_SHARE * FAMILY_SHARE) * ratio_variance(config)
}

/// An area count whose multiplier has two states: what lasts, and what wanders.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AreaAt {
    /// The datastream.
    pub(crate) stream: DatastreamIx,
    /// The index of the lasting error; that of the wandering one follows.
    pub(crate) lasting: usize,
}

/// The error of a line's rate, or of all lines of one side.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    /// The line; `None` for all of one side.
    pub(crate) stream: Option<DatastreamIx>,
    /// Whether it is learned here.
    pub(crate) owned: bool,
    /// Variance before anything is learned.
    pub(crate) prior: f64,
    /// The most its variance may come to.
    pub(crate) most: f64,
}

/// The states of one zone's filter.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// How many.
    pub(crate) size: usize,
    /// The index of the unmeasured share's error, where there is an exchange with the outside that it is a share of.
    pub(crate) unmeasured: Option<usize>,
    /// The index of the net uncounted flow, people per second, where there is one and an area count tells of it.
    pub(crate) drift: Option<usize>,
    /// Area counts.
    pub(crate) areas: Vec<AreaAt>,
    /// Index of the first slot.
    pub(crate) first_slot: usize,
    /// Rates.
    pub(crate) slots: Vec<Slot>,
    /// Whether people can come and go uncounted.
    pub(crate) is_open: bool,
    /// Whether an area count sees a place into which nobody comes, and which nobody leaves, uncounted: there the balance
    /// of a long time tells the rates.
    pub(crate) is_shut: bool,
    /// Whether that area count's multiplier is known so well that the level of the rates can be learned beside it.
    pub(crate) is_calibrated: bool,
    /// Where it is shut: which slots are the two ways of one line that is learned here.
    pub(crate) pairs: Vec<[usize; 2]>,
    /// What the site says of movement and noise.
    pub(crate) usual: Usual,
}

impl Layout {
    /// Whether a state is considered rather than learned.
    pub(crate) fn is_considered(&self, state: usize) -> bool {
        state >= self.first_slot && !self.slots[state - self.first_slot].owned
    }

    /// Whether a state is the error of an area count or a rate.
    pub(crate) fn is_ratio(&self, state: usize) -> bool {
        state >= self.areas.first().map_or(self.first_slot, |area| area.lasting)
    }

    /// Variances before anything is learned, but for the people.
    pub(crate) fn start(&self, site: &Site, zone: ZoneIx, people: f64) -> Filter {
        let mut variances = vec![0.0; self.size];
        variances[0] = people;
        if let Some(state) = self.unmeasured {
            let share = site.zones[zone.index()].unmeasured_share;
            variances[state] = share * share;
        }
        for area in &self.areas {
            let config = &site.datastreams[area.stream.index()];
            variances[area.lasting] = own_ratio_variance(config);
            variances[area.lasting + 1] = wandering_variance(config);
        }
        for (ix, slot) in self.slots.iter().enumerate() {
            variances[self.first_slot + ix] = slot.prior;
        }
        let mut filter = Filter::diagonal(&variances);
        self.pair_up(site, &mut filter);
        filter
    }

    /// The two directions of one line err together.
    fn pair_up(&self, site: &Site, filter: &mut Filter) {
        for (ix, one) in self.slots.iter().enumerate() {
            for (other_ix, other) in self.slots.iter().enumerate().skip(ix + 1) {
                let paired = match (one.stream, other.stream) {
                    (Some(one), Some(other)) => are_one_line(site, one, other),
                    _ => true,
                };
                if paired {
                    let covariance = PAIR_CORRELATION * libm::sqrt(one.prior * other.prior);
                    filter.set(self.size, (self.first_slot + ix, self.first_slot + other_ix), covariance);
                }
            }
        }
    }
}

/// Variance of the slow wandering of a datastream's own error.
pub(crate) fn wandering_variance(config: &Datastream) -> f64 {
    (1.0 - FRESH_SHARE) * config.error_share * config.error_share
}

/// Variance of the part of a reading's own error that is new each time, as a share.
pub(crate) fn fresh_variance(config: &Datastream) -> f64 {
    FRESH_SHARE * config.error_share * config.error_share
}

/// Whether two datastreams are the directions of one line.
pub(crate) fn are_one_line(site: &Site, one: DatastreamIx, other: DatastreamIx) -> bool {
    match (site.datastreams[one.index()].role, site.datastreams[other.index()].role) {
        (Role::GateCount { gate, .. }, Role::GateCount { gate: other, .. }) => gate == other,
        (Role::LinkCount { link, .. }, Role::LinkCount { link: other, .. }) => link == other,
        _ => false,
    }
}

/// The tables of a site from which its layouts are made.
pub(crate) struct Tables<'a> {
    /// The site.
    pub(crate) site: &'a Site,
    /// By datastream.
    pub(crate) lines: &'a [Line],
    /// By zone.
    pub(crate) zone_lines: &'a [Vec<ZoneLine>],
    /// By zone.
    pub(crate) zone_areas: &'a [Vec<DatastreamIx>],
}

/// Layouts by zone, and by datastream the states its rate has in the zone it enters and the one it leaves.
pub(crate) fn layouts(tables: &Tables<'_>) -> (Vec<Layout>, Vec<[usize; 2]>) {
    let site = tables.site;
    let mut counted_links = vec![[false; 2]; site.links.len()];
    for stream in &site.datastreams {
        if let Role::LinkCount { link, flow } = stream.role {
            counted_links[link.index()][usize::from(flow == city::LinkFlow::Backward)] = true;
        }
    }
    let mut is_open = vec![false; site.zones.len()];
    for (link, counted) in site.links.iter().zip(&counted_links) {
        if *counted != [true; 2] {
            is_open[link.from.index()] = true;
            is_open[link.to.index()] = true;
        }
    }
    let mut states = vec![[0; 2]; site.datastreams.len()];
    let mut layouts = Vec::with_capacity(site.zones.len());
    for (ix, is_open) in is_open.into_iter().enumerate() {
        layouts.push(layout(tables, ix.into(), is_open, &mut states));
    }
    (layouts, states)
}

fn layout(tables: &Tables<'_>, zone: ZoneIx, is_open: bool, states: &mut [[usize; 2]]) -> Layout {
    let site = tables.site;
    let lines = &tables.zone_lines[zone.index()];
    let has_gate =
        lines.iter().any(|line| matches!(site.datastreams[line.stream.index()].role, Role::GateCount { .. }));
    let share = site.zones[zone.index()].unmeasured_share;
    let mut states_in_all = 1;
    let is_open = is_open || lines.is_empty();
    let unmeasured = (has_gate && share > 0.0 && !is_open).then_some(states_in_all);
    states_in_all += usize::from(unmeasured.is_some());
    let has_area = !tables.zone_areas[zone.index()].is_empty();
    let drift = (is_open && has_area).then_some(states_in_all);
    states_in_all += usize::from(drift.is_some());
    let mut areas = Vec::new();
    for stream in tables.zone_areas[zone.index()].iter().take(AREAS_MAX) {
        areas.push(AreaAt { stream: *stream, lasting: states_in_all });
        states_in_all += 2;
    }
    let first_slot = states_in_all;
    let slots: Vec<Slot> = if lines.len() <= LINES_MAX {
        for (ix, line) in lines.iter().enumerate() {
            states[line.stream.index()][line.side] = first_slot + ix;
        }
        lines.iter().map(|line| own_slot(tables, (zone, is_open), line.stream)).collect()
    } else {
        for line in lines {
            states[line.stream.index()][line.side] = first_slot + line.side;
        }
        (0..2).map(|side| shared_slot(site, lines, side)).collect()
    };
    let is_shut = !is_open && has_area && share <= 0.0 && !is_passage(site, zone);
    let moving = match (is_open, site.zones[zone.index()].kind) {
        (true, _) => OPEN_MOVING,
        (false, ZoneKind::Network) => NETWORK_MOVING,
        (false, _) if is_shut => SHUT_MOVING,
        (false, _) => CLOSED_MOVING,
    };
    let least = LEAST_MOVING[usize::from(!is_open) + usize::from(is_shut)];
    let noise = tables.zone_areas[zone.index()]
        .first()
        .map_or(0.0025, |ix| fresh_variance(&site.datastreams[ix.index()]).max(1e-4));
    let usual = Usual { moving: moving * moving, moving_least: least * least, noise };
    let calibrated = |ix: &DatastreamIx| ratio_variance(&site.datastreams[ix.index()]) <= CALIBRATED * CALIBRATED;
    let is_calibrated = tables.zone_areas[zone.index()].first().is_some_and(calibrated);
    let pairs = if is_shut { pairs(site, &slots) } else { Vec::new() };
    let states = first_slot + Vec::len(&slots);
    Layout { size: states, unmeasured, drift, areas, first_slot, slots, is_open, is_shut, is_calibrated, pairs, usual }
}

/// Whether people are in a place for less than the time between two readings: what its lines disagree about is when they
/// counted as much as how well.
fn is_passage(site: &Site, zone: ZoneIx) -> bool {
    matches!(site.zones[zone.index()].kind, ZoneKind::Stair | ZoneKind::Landing)
}

/// The slots of lines that are learned both ways.
fn pairs(site: &Site, slots: &[Slot]) -> Vec<[usize; 2]> {
    let learned = |ix: usize| slots[ix].stream.filter(|_| slots[ix].owned);
    let mut pairs: Vec<[usize; 2]> = Vec::new();
    for one in 0..slots.len() {
        let other = (one + 1..slots.len()).find(|other| match (learned(one), learned(*other)) {
            (Some(one), Some(other)) => are_one_line(site, one, other),
            _ => false,
        });
        // A line of several counters one way is paired once.
        if let Some(other) = other
            && !pairs.iter().any(|pair| pair.contains(&one) || pair.contains(&other))
        {
            pairs.push([one, other]);
        }
    }
    pairs
}

/// A line's own rate. Where people come and go uncounted besides, their lasting flow would be taken for the line's error,
/// and in a passage when they were counted: there no rate is learned.
fn own_slot(tables: &Tables<'_>, (zone, is_open): (ZoneIx, bool), stream: DatastreamIx) -> Slot {
    let config = &tables.site.datastreams[stream.index()];
    let prior = ratio_variance(config);
    let most = if prior > 0.0 { prior + wandering_variance(config) } else { 0.0 };
    let owned = !is_open && !is_passage(tables.site, zone) && owner(tables, stream) == Some(zone);
    Slot { stream: Some(stream), owned, prior, most }
}

/// One rate for all lines of a side: their errors are independent of each other, and some carry more than others.
fn shared_slot(site: &Site, lines: &[ZoneLine], way: usize) -> Slot {
    let (mut count, mut prior, mut most) = (0.0, 0.0, 0.0);
    for line in lines.iter().filter(|line| line.side == way) {
        let config = &site.datastreams[line.stream.index()];
        count += 1.0;
        prior += ratio_variance(config);
        most += ratio_variance(config) + wandering_variance(config);
    }
    // As if a third of the lines carried all (assumption): 3/n of the mean variance.
    let share = |sum: f64| if count > 0.0 { sum / count * (3.0_f64 / count).min(1.0) } else { 0.0 };
    Slot { stream: None, owned: true, prior: share(prior), most: share(most) }
}

/// The zone in which a line's rate is learned: the one that is no passage, then the one with an area count, then the one
/// with fewer lines, then the one the link starts in.
fn owner(tables: &Tables<'_>, stream: DatastreamIx) -> Option<ZoneIx> {
    let line = tables.lines[stream.index()];
    let Role::LinkCount { link, .. } = tables.site.datastreams[stream.index()].role else {
        return line.into.or(line.out_of);
    };
    let ends = &tables.site.links[link.index()];
    let worth = |zone: ZoneIx| {
        let is_passage = is_passage(tables.site, zone);
        (is_passage, tables.zone_areas[zone.index()].is_empty(), tables.zone_lines[zone.index()].len())
    };
    Some(if worth(ends.to) < worth(ends.from) { ends.to } else { ends.from })
}
