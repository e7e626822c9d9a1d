//! Basins: a group of zones, and the whole site, as one number of people with what all its sensors may have in common.
//!
//! Not here: when a basin is balanced and how its members follow (balance).
//! Invariant: nobody is below zero, and what leaves one basin for another inside the site is the same number in both.

use city::{DatastreamIx, GroupIx, Role, Site, Time, ZoneIx, ZoneKind};
use serde::{Deserialize, Serialize};

use super::filter::Filter;
use super::layout::{FAMILY_SHARE, Tables, fresh_variance, own_ratio_variance, ratio_variance, wandering_variance};
use super::pace::{Pace, Usual, scale};
use super::zone::NET_MEMORY;

/// Families of area counts that are told apart; all further ones are taken for one more.
pub(crate) const FAMILIES_MAX: usize = 4;

/// Counts of one group whose multipliers are learned; further ones are only shown.
pub(crate) const PHONES_MAX: usize = 4;

/// Groups that are balanced, in the site's order; further ones are sums with errors in quadrature and in line.
pub(crate) const BASINS_MAX: usize = 24;

/// Share of a rate's prior variance that all lines have in common: crowding makes all of them miss more (assumption).
const LINES_COMMON: f64 = 0.3;

/// How well the unmeasured share is known, as a share of itself: 5 to 15 in 100 (assumption).
const UNMEASURED_DOUBT: f64 = 0.3;

/// Correlation of the two ways of a border: of its devices, and of the shares that pass them by, as who comes by a side
/// door leaves by one (assumptions).
const OWN_PAIRED: f64 = 0.85;
const UNMEASURED_PAIRED: f64 = 0.95;

/// Share of the start's uncertainty that its zones have in common (assumption).
const START_COMMON: f64 = 0.5;

/// One standard deviation, per minute and as a share, of people who cross an uncounted border.
const OPEN_MOVING: f64 = 0.004;

/// The most it is learned to be, as a multiple in variance.
const OPEN_MOST: f64 = 6.0;

/// The same where every border is counted: it is not learned, as what cameras have in common would be taken for it.
const CLOSED_MOVING: f64 = 0.0005;

/// The same for the people at the very least.
const LEAST_MOVING: f64 = 0.0005;

/// Time in which the rates of a border may wander by their prior deviations, seconds (assumption).
const BORDER_MEMORY_S: f64 = 50.0 * 3600.0;

/// One standard deviation of the net flow across an uncounted border, as a share of the people per second: 0.6 % a
/// minute; and how long it lasts, seconds (assumptions).
const DRIFT_PER_S: f64 = 0.0001;
const DRIFT_MEMORY_S: f64 = 1800.0;

/// Memory of the net people counted per second, seconds.
const FLOWING_S: f64 = 300.0;

/// Errors of a basin's people are kept as shares of its people and this many more: as logarithms where there are many, so
/// that people and a family's factor stay exactly exchangeable (a filter whose coefficients move with its estimate learns
/// what nobody measured; Huang, Mourikis and Roumeliotis 2010), and as numbers where there are hardly any.
pub(super) const LEVEL_LEAST: f64 = 30.0;

/// Over so many seconds what is seen is held against what was counted to find a leap.
const LEAP_S: f64 = 300.0;

/// What a basin consists of: from the site alone.
#[derive(Clone, Debug)]
pub(crate) struct BasinAt {
    /// The group; `None` for the whole site.
    pub(crate) group: Option<GroupIx>,
    /// Its members that something measures.
    pub(crate) members: Vec<ZoneIx>,
    /// Lines across its border: into it (0) or out of it (1).
    pub(crate) lines: Vec<(DatastreamIx, usize)>,
    /// Group counts of it.
    pub(crate) phones: Vec<DatastreamIx>,
    /// Families of area counts in the site.
    pub(crate) families: usize,
    /// Whether people can cross its border uncounted within the site; then it has a state for the net of those who do.
    pub(crate) is_open: bool,
    /// Movement and noise before anything is learned.
    pub(crate) usual: Usual,
    /// People who come past every counter for each one counted, before anything is learned.
    pub(crate) unmeasured: f64,
    /// Variance and covariance of the logarithms of its in- and out-rates.
    pub(crate) rates: (f64, f64),
    /// Variance of a family's factor.
    pub(crate) family: f64,
    /// The part of it that all members share, the rest being what is left of their own in their sum.
    pub(crate) shared: f64,
}

impl BasinAt {
    /// Index of a family's state.
    pub(crate) fn family_state(family: usize) -> usize {
        1 + family
    }

    /// Index of the rate into the basin (0) or out of it (1).
    pub(crate) fn rate_state(&self, side: usize) -> usize {
        1 + self.families + side
    }

    /// Index of a group count's state.
    pub(crate) fn phone_state(&self, phone: usize) -> usize {
        3 + self.families + phone
    }

    /// Index of the net uncounted flow, people per second.
    pub(crate) fn drift_state(&self) -> Option<usize> {
        self.is_open.then_some(3 + self.families + self.phones.len())
    }

    /// Number of states.
    pub(crate) fn size(&self) -> usize {
        3 + self.families + self.phones.len() + usize::from(self.is_open)
    }
}

/// What is believed of a basin.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Basin {
    /// People.
    pub(crate) people: f64,
    /// Covariance of the errors; that of the people is a share of [`Basin::level`].
    pub(crate) filter: Filter,
    /// Logarithms of the families' factors, beyond those that the site knows.
    pub(crate) families: Vec<f64>,
    /// Logarithms of what passes for each one counted, in and out.
    pub(crate) rates: [f64; 2],
    /// Net people who cross its border uncounted, per second.
    pub(crate) drift: f64,
    /// Logarithms of the group counts' multipliers, beyond the site's mean.
    pub(crate) phones: Vec<f64>,
    /// The latest reading of each group count that was not used yet.
    pub(crate) news: Vec<Option<(f64, Time)>>,
    /// Movement and noise, as learned.
    pub(crate) pace: Pace,
    /// When it was last balanced.
    pub(crate) at: Option<Time>,
    /// People counted in and out since.
    pub(crate) flow: [f64; 2],
    /// Variance of those counts' own errors.
    pub(crate) noise: f64,
    /// Mean square of the counted net flow, people² per second.
    pub(crate) net_per_s: f64,
    /// Net people counted per second, as of late.
    pub(crate) flowing: f64,
    /// The moment of which the latest count of its border speaks.
    pub(crate) counted: Option<Time>,
    /// What is seen less what was counted, as it was of late, and when.
    pub(crate) seen: Option<(Time, f64)>,
    /// Net people counted since that was noted.
    pub(crate) passed: f64,
    /// Fading mean of the innovations, standard deviations.
    pub(crate) lean: f64,
    /// Area counts used at the last balance.
    pub(crate) looked: u32,
}

impl Basin {
    /// At the start of a site.
    pub(crate) fn at_start(site: &Site, at: &BasinAt) -> Self {
        let (mut people, mut variance, mut together) = (0.0, 0.0, 0.0);
        for zone in &at.members {
            let initial = site.zones[zone.index()].initial.value;
            people += initial.people;
            variance += initial.sd * initial.sd;
            together += initial.sd;
        }
        let together = START_COMMON * together;
        let level = people + LEVEL_LEAST;
        let mut variances = vec![0.0; at.size()];
        variances[0] = (variance + together * together) / (level * level);
        for family in 0..at.families {
            variances[BasinAt::family_state(family)] = at.family;
        }
        variances[at.rate_state(0)] = at.rates.0;
        variances[at.rate_state(1)] = at.rates.0;
        for (ix, phone) in at.phones.iter().enumerate() {
            let config = &site.datastreams[phone.index()];
            variances[at.phone_state(ix)] = ratio_variance(config) + wandering_variance(config);
        }
        let mut filter = Filter::diagonal(&variances);
        filter.set(at.size(), (at.rate_state(0), at.rate_state(1)), at.rates.1);
        Self {
            people,
            filter,
            families: vec![0.0; at.families],
            rates: [at.unmeasured; 2],
            phones: vec![0.0; at.phones.len()],
            news: vec![None; at.phones.len()],
            ..Self::default()
        }
    }

    /// What its errors are shares of, people.
    pub(crate) fn level(&self) -> f64 {
        self.people + LEVEL_LEAST
    }

    /// People come or go: how wrong their number is, in people, stays.
    pub(crate) fn gain(&mut self, at: &BasinAt, people: f64) {
        let before = self.level();
        self.people = (self.people + people).max(0.0);
        self.filter.fade(at.size(), 0, before / self.level());
    }

    /// What was counted across its border since the last time, and `unseen` besides, passes in `span_s` seconds.
    pub(crate) fn pass_border(&mut self, at: &BasinAt, (unseen, unsure): ([f64; 2], f64), span_s: f64) {
        let size = at.size();
        let noise = std::mem::take(&mut self.noise) + unsure;
        let sides = [at.rate_state(0), at.rate_state(1)];
        let passed =
            [0, 1].map(|side| (std::mem::take(&mut self.flow[side]) + unseen[side]) * libm::exp(self.rates[side]));
        let net = passed[0] - passed[1];
        let drifted = self.drift * span_s;
        self.gain(at, net + drifted);
        let level = self.level();
        for (side, sign) in [(0, 1.0), (1, -1.0)] {
            self.filter.pass(sides[side], -sign * passed[side] / level, 0.5 * noise / (level * level));
        }
        let step = span_s / BORDER_MEMORY_S;
        self.filter.widen_pair(size, sides, (at.rates.0 * step, at.rates.1 * step));
        if let Some(state) = at.drift_state() {
            let keeps = libm::exp(-span_s / DRIFT_MEMORY_S);
            self.filter.pass(state, -span_s / level, 0.0);
            self.filter.fade(size, state, keeps);
            let whole = DRIFT_PER_S * scale(self.people);
            self.filter.widen(size, state, (1.0 - keeps * keeps) * whole * whole);
            self.drift *= keeps;
        }
        self.pace.moved += net;
        self.passed += net;
        if span_s > 0.0 {
            self.flowing += (1.0 - libm::exp(-span_s / FLOWING_S)) * (net / span_s - self.flowing);
            self.net_per_s += (net * net / span_s - self.net_per_s) / NET_MEMORY;
        }
    }

    /// The estimate turns out to be wrong by `log`.
    pub(crate) fn correct(&mut self, log: f64) {
        self.people = (self.level() * libm::exp(log.clamp(-3.0, 3.0)) - LEVEL_LEAST).max(0.0);
    }

    /// Variance of the people.
    pub(crate) fn variance(&self) -> f64 {
        self.filter.people() * self.level() * self.level()
    }

    /// Adds a variance, people², to that of the people.
    pub(crate) fn widen(&mut self, at: &BasinAt, variance: f64) {
        let level = self.level();
        self.filter.widen(at.size(), 0, variance / (level * level));
    }

    /// How far a number that was read lies above the estimate, as a logarithm.
    pub(crate) fn off(&self, people: f64) -> f64 {
        libm::log((people.max(0.0) + LEVEL_LEAST) / self.level())
    }

    /// Variance of uncounted movement across its border, a share squared per second.
    pub(crate) fn moving_per_s(&self, at: &BasinAt) -> f64 {
        let usual = at.usual.moving / 60.0;
        if at.is_open { self.pace.paces(&at.usual).moving_per_s.min(OPEN_MOST * usual) } else { usual }
    }

    /// How far what is read, by what the site says of its sensors, leapt from what was read of late and counted since, as a
    /// logarithm; `reads` is what is read for each person, as far as it is known.
    pub(crate) fn leap(&mut self, now: Time, (read, reads): (f64, f64)) -> f64 {
        let passed = std::mem::take(&mut self.passed) * reads;
        let Some((at, was)) = self.seen else {
            self.seen = Some((now, read));
            return 0.0;
        };
        let expected = (was + passed).max(0.0);
        let part = (now.since(at).seconds() / LEAP_S).clamp(0.0, 1.0);
        self.seen = Some((now, expected + part * (read - expected)));
        libm::log((read + LEVEL_LEAST) / (expected + LEVEL_LEAST))
    }

    /// Whether its states are those of `at`.
    pub(crate) fn fits(&self, at: &BasinAt) -> bool {
        self.filter.size() == at.size()
            && self.families.len() == at.families
            && self.phones.len() == at.phones.len()
            && self.news.len() == at.phones.len()
    }
}

/// The families of a site's area counts, by datastream: a number below the count of families.
pub(crate) fn families(site: &Site) -> (Vec<usize>, usize) {
    let mut names: Vec<Option<&str>> = Vec::new();
    let mut family_of = vec![0; site.datastreams.len()];
    for (ix, stream) in site.datastreams.iter().enumerate() {
        if !matches!(stream.role, Role::AreaCount { .. }) {
            continue;
        }
        let name = stream.family.as_ref().map(city::FamilyId::as_str);
        let known = names.iter().position(|known| *known == name);
        let family = known.unwrap_or_else(|| {
            if names.len() < FAMILIES_MAX {
                names.push(name);
            }
            names.len() - 1
        });
        family_of[ix] = family;
    }
    (family_of, names.len())
}

/// The basins of a site: the whole of it first, then its groups of two zones and more.
pub(crate) fn basins(tables: &Tables<'_>, families: usize) -> Vec<BasinAt> {
    let site = tables.site;
    let is_measured = |zone: &ZoneIx| {
        site.zones[zone.index()].kind != ZoneKind::Network
            && !(tables.zone_lines[zone.index()].is_empty() && tables.zone_areas[zone.index()].is_empty())
    };
    let whole: Vec<ZoneIx> = (0..site.zones.len()).map(ZoneIx::from).filter(is_measured).collect();
    let groups = site.groups.iter().enumerate().map(|(ix, group)| {
        let mut members: Vec<ZoneIx> = group.members.iter().copied().filter(is_measured).collect();
        members.sort_unstable();
        members.dedup();
        (Some(GroupIx::from(ix)), members)
    });
    let all = std::iter::once((None, whole)).chain(groups).filter(|(_, members)| members.len() > 1);
    all.take(BASINS_MAX).map(|(group, members)| basin(tables, (group, members), families)).collect()
}

fn basin(tables: &Tables<'_>, (group, members): (Option<GroupIx>, Vec<ZoneIx>), families: usize) -> BasinAt {
    let site = tables.site;
    let inside = |zone: Option<ZoneIx>| zone.is_some_and(|zone| members.binary_search(&zone).is_ok());
    let mut lines = Vec::new();
    for (ix, line) in tables.lines.iter().enumerate() {
        match (inside(line.into), inside(line.out_of)) {
            (true, false) => lines.push((DatastreamIx::from(ix), 0)),
            (false, true) => lines.push((DatastreamIx::from(ix), 1)),
            _ => {}
        }
    }
    let mut counted = vec![0_u32; site.links.len()];
    for stream in &site.datastreams {
        if let Role::LinkCount { link, .. } = stream.role {
            counted[link.index()] += 1;
        }
    }
    let crosses = |link: &city::Link| inside(Some(link.from)) != inside(Some(link.to));
    let mut uncounted = site.links.iter().enumerate().filter(|(ix, link)| crosses(link) && counted[*ix] < 2);
    let has_open_link = uncounted.any(|(_, link)| link.width_m.value > link.lost_width_m);
    let gate_is_counted = |gate: usize| {
        let counts =
            |stream: &city::Datastream| matches!(stream.role, Role::GateCount { gate: ix, .. } if ix.index() == gate);
        site.datastreams.iter().filter(|stream| counts(stream)).count() > 1
    };
    let has_blind_gate =
        site.gates.iter().enumerate().any(|(ix, gate)| inside(Some(gate.zone)) && !gate_is_counted(ix));
    let is_open = has_open_link || lines.is_empty() || has_blind_gate;
    let phones = site
        .datastreams
        .iter()
        .enumerate()
        .filter(|(_, stream)| matches!(stream.role, Role::GroupCount { group: counted } if Some(counted) == group));
    let moving = if is_open { OPEN_MOVING } else { CLOSED_MOVING };
    let (unmeasured, rates) = rates(site, &lines);
    let (family, shared) = family_variance(tables, (group, &members));
    BasinAt {
        group,
        phones: phones.map(|(ix, _)| DatastreamIx::from(ix)).take(PHONES_MAX).collect(),
        families,
        is_open,
        usual: Usual {
            moving: moving * moving,
            moving_least: LEAST_MOVING * LEAST_MOVING,
            noise: noise(tables, &members),
        },
        unmeasured,
        rates,
        family,
        shared,
        members,
        lines,
    }
}

/// Mean relative variance of the area counts of some zones, by `what`; zero without any.
fn mean_over(tables: &Tables<'_>, members: &[ZoneIx], what: impl Fn(&city::Datastream) -> f64) -> (f64, f64) {
    let (mut sum, mut count) = (0.0, 0.0);
    for ix in members.iter().filter_map(|zone| tables.zone_areas[zone.index()].first()) {
        sum += what(&tables.site.datastreams[ix.index()]);
        count += 1.0;
    }
    if count > 0.0 { (sum / count, count) } else { (0.0, 0.0) }
}

/// Relative variance of the sum of all area counts' own errors.
fn noise(tables: &Tables<'_>, members: &[ZoneIx]) -> f64 {
    let (mean, count) = mean_over(tables, members, fresh_variance);
    (mean * (3.0_f64 / f64::max(count, 3.0))).max(1e-6)
}

/// Variance of a family's common factor, with what is left of its members' own multipliers in the sum of all; and the part
/// that is common.
///
/// A group takes its family's factor from the site: there only its members' own are left.
fn family_variance(tables: &Tables<'_>, (group, members): (Option<GroupIx>, &[ZoneIx])) -> (f64, f64) {
    let (lasting, count) = mean_over(tables, members, ratio_variance);
    let (wandering, _) = mean_over(tables, members, wandering_variance);
    let common = if group.is_none() { FAMILY_SHARE * FAMILY_SHARE * lasting } else { 0.0 };
    let (own, _) = mean_over(tables, members, own_ratio_variance);
    let all = common + (own + wandering) * (1.5 / f64::max(count, 1.5));
    (all, if all > 0.0 { common / all } else { 0.0 })
}

/// What passes uncounted for each one counted, and the variance and covariance of the in- and the out-rate.
fn rates(site: &Site, lines: &[(DatastreamIx, usize)]) -> (f64, (f64, f64)) {
    let (mut variance, mut share) = (0.0, 0.0);
    for (ix, _) in lines {
        let config = &site.datastreams[ix.index()];
        variance += ratio_variance(config) + wandering_variance(config);
        if let Role::GateCount { gate, .. } = config.role {
            share += site.zones[site.gates[gate.index()].zone.index()].unmeasured_share;
        }
    }
    if lines.is_empty() {
        return (0.0, (0.0, 0.0));
    }
    let count = lines.len() as f64;
    let (variance, share) = (variance / count, (share / count).min(0.9));
    // As if a third of the lines carried all (assumption).
    let own = variance * (1.0 - LINES_COMMON) * (6.0 / count).min(1.0);
    let common = variance * LINES_COMMON;
    let unmeasured = UNMEASURED_DOUBT * share * UNMEASURED_DOUBT * share;
    (-libm::log(1.0 - share), (own + common + unmeasured, OWN_PAIRED * own + common + UNMEASURED_PAIRED * unmeasured))
}
