//! The world: individual people on a site's network.
//!
//! Not here: what sensors make of it (`sensing`), what the evening's departments do (`evening`).
//! Invariant: people are conserved to the person, in every zone and step; the same site, demand, seed and measures
//! give the same moments, and the same seed the same people whatever the measures.

mod arrive;
mod choice;
mod crowd;
mod draw;
mod moment;
mod network;
mod pass;
mod routes;
mod rules;
mod seed;
mod spell;
mod tally;
mod walk;

use city::{MeasureKind, Place, Site, Span, Time};

use crate::demand::Demand;
use choice::Choices;
use crowd::{Crowd, Line};
use network::Network;
use routes::Routes;
use rules::{Classes, Rules};
use tally::Tally;

pub use moment::{Moment, Passage};
pub use spell::{Spell, spells};
pub use tally::{DemandRow, InitialRow};

/// The most days one world runs.
pub const MAX_DAYS: u32 = 366;
/// The most zones, links and gates of a site that can be walked.
pub const MAX_PLACES: usize = 32_000;
/// Moments come once a minute, or as often as the quickest counter of the site needs.
const MOMENT_S: u32 = 60;
/// The quickest moments, s.
const QUICK_MOMENT_S: u32 = 30;
const DAY_MIN: u32 = 1440;
/// More zones make a network large.
const LARGE_ZONES: usize = 300;

/// What a world is made of.
#[derive(Clone, Debug)]
pub struct WorldStart<'a> {
    /// Where.
    pub site: &'a Site,
    /// Who comes.
    pub demand: &'a Demand,
    /// Which of the possible evenings.
    pub seed: u64,
    /// How many days; at least 1.
    pub days: u32,
    /// Measures in force: [`spells`] gives those of the site's schedule and of the demand.
    pub measures: Vec<Spell>,
}

/// Why a site has no world.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WorldError {
    /// Nobody could come.
    #[error("the site has no zone with a gate: nobody could come")]
    NoGate,
    /// Too large.
    #[error("the site has {count} {what}; at most {MAX_PLACES} can be walked")]
    TooLarge {
        /// How many.
        count: usize,
        /// Of what.
        what: &'static str,
    },
    /// No day, or too many.
    #[error("{days} days: give 1 to {MAX_DAYS}")]
    Days {
        /// As given.
        days: u32,
    },
    /// The demand is of another site.
    #[error("the demand names {what} that the site has not: read it for this site")]
    Foreign {
        /// Of what.
        what: &'static str,
    },
    /// A measure would change nothing.
    #[error("divert to {place}: the simulator diverts people to zones only; name a zone")]
    Idle {
        /// Where it would act.
        place: String,
    },
}

/// People on a site's network, moment by moment.
#[derive(Clone, Debug)]
pub struct World {
    network: Network,
    demand: Demand,
    seed: u64,
    days: u32,
    spells: Vec<Spell>,
    classes: Classes,
    rules: Rules,
    /// Counts the changes of the rules, and when the next one is due.
    rules_number: u32,
    choices: Choices,
    routes: Routes,
    crowd: Crowd,
    /// People in each zone.
    people: Vec<u32>,
    /// Who waits to pass each arc.
    queues: Vec<Line>,
    /// Passages left over from the last step, and what passed of late, by link.
    links: Vec<pass::Passing>,
    /// Who waits at each metered gate, and the entries left over.
    metered: Vec<(Line, f64)>,
    /// Time each arc takes, tenths of a second.
    arc_ds: Vec<u32>,
    /// Share of each zone's exchange with outside that passes no counter.
    aside_share: Vec<f64>,
    gate_shares: Vec<f64>,
    initial: Vec<city::Estimate>,
    next_number: u32,
    roster: u64,
    tally: Tally,
    /// The moment in the making, and how long one is.
    moment: Moment,
    span_s: u32,
    day: u32,
    /// Steps since the people were last set out.
    step: u32,
    begun: bool,
}

impl World {
    /// Sets people out at the start of the demand.
    ///
    /// # Errors
    ///
    /// When nobody could come, the site is too large, the demand is of another site, the days are none or too many, or
    /// people are to be diverted to what is no zone.
    pub fn new(start: WorldStart<'_>) -> Result<Self, WorldError> {
        let WorldStart { site, demand, seed, days, measures } = start;
        check(site, demand, days)?;
        refuse_idle(site, &measures)?;
        let network = Network::new(site);
        let classes = Classes::of(&measures);
        let rules = Rules::at(demand.start, &network, (&measures, &demand.events), &classes);
        let choices = Choices::new(demand, seed);
        let (zones, links) = (network.zones.len(), network.links.len());
        let mut world = Self {
            routes: Routes::new(zones, classes.count()),
            crowd: Crowd::new(demand.step_s),
            people: vec![0; zones],
            queues: vec![Line::EMPTY; 2 * links],
            links: vec![pass::Passing::default(); links],
            metered: vec![(Line::EMPTY, 0.0); network.gates.len()],
            arc_ds: vec![1; 2 * links],
            aside_share: seed::aside_shares(site, seed),
            gate_shares: choice::gate_shares(demand, seed),
            initial: site.zones.iter().map(|zone| zone.initial.value).collect(),
            next_number: 0,
            roster: 0,
            tally: Tally::default(),
            moment: Moment::empty(site, demand.start),
            span_s: span_s(site, demand.step_s),
            day: 0,
            step: 0,
            begun: false,
            rules_number: 0,
            demand: demand.clone(),
            spells: measures,
            network,
            classes,
            rules,
            choices,
            seed,
            days,
        };
        world.set_out();
        Ok(world)
    }

    /// The measures this world runs under.
    pub fn spells(&self) -> &[Spell] {
        &self.spells
    }

    /// Length of a moment, seconds: 60, or 30 where a counter of the site needs it.
    pub fn span_s(&self) -> u32 {
        self.span_s
    }

    /// How many moments there will be in all, the first of each day included.
    pub fn moments(&self) -> usize {
        let spans = self.demand.minutes as usize * 60 / self.span_s as usize;
        if self.is_whole_days() { 1 + spans * self.days as usize } else { (1 + spans) * self.days as usize }
    }

    /// Who came, in spans of ten minutes: what has happened so far, in the form of a what-if's `demand.csv`.
    pub fn demand_rows(&self) -> Vec<DemandRow> {
        self.tally.rows()
    }

    /// People in each zone at the very start, in the form of a what-if's `initial.csv`.
    pub fn initial_rows(&self) -> Vec<InitialRow> {
        self.tally.initial()
    }

    /// A fingerprint of everyone who came so far: equal for equal seeds, whatever the measures.
    pub fn roster(&self) -> u64 {
        self.roster
    }

    /// True when one day runs into the next.
    fn is_whole_days(&self) -> bool {
        self.demand.minutes == DAY_MIN
    }

    /// Steps of one uninterrupted run.
    fn steps(&self) -> u32 {
        let days = if self.is_whole_days() { self.days } else { 1 };
        days * self.steps_of_a_day()
    }

    fn steps_of_a_day(&self) -> u32 {
        self.demand.minutes * 60 / self.demand.step_s
    }

    /// The start of the present step.
    fn now(&self) -> Time {
        let seconds = i64::from(self.day) * 86_400 + i64::from(self.step) * i64::from(self.demand.step_s);
        self.demand.start.plus(Span::from_seconds(seconds))
    }

    /// The start of the present step, tenths of a second since people were set out.
    fn now_ds(&self) -> u32 {
        self.step * self.demand.step_s * 10
    }

    /// Minutes since the start of the demand's curve.
    fn minute(&self) -> f64 {
        let minute = f64::from(self.step) * f64::from(self.demand.step_s) / 60.0;
        if self.is_whole_days() { minute % f64::from(DAY_MIN) } else { minute }
    }

    /// One step of the world.
    fn advance(&mut self) {
        if self.step.is_multiple_of(30 / self.demand.step_s) {
            self.follow_rules();
            self.look();
        }
        if self.step.is_multiple_of(self.far_every_s() / self.demand.step_s) {
            self.choices.follow(&self.rules, &self.network, (&self.arc_ds, &self.people), self.classes.count());
        }
        self.come();
        let mut due = self.crowd.due(self.step);
        while let Some(index) = self.crowd.pop(&mut due) {
            self.ready(index);
        }
        self.pass();
        self.let_metered_in();
        if self.step.is_multiple_of(60 / self.demand.step_s) {
            self.reconsider();
        }
        self.step += 1;
    }

    /// Makes the tables anew when what is in force has changed.
    fn follow_rules(&mut self) {
        let rules = Rules::at(self.now(), &self.network, (&self.spells, &self.demand.events), &self.classes);
        if rules == self.rules {
            return;
        }
        self.rules = rules;
        self.rules_number += 1;
        self.look();
        self.choices.follow(&self.rules, &self.network, (&self.arc_ds, &self.people), self.classes.count());
        self.turn_all();
    }

    /// How often people learn anew how far and how full places are, s; on a large network less often.
    fn far_every_s(&self) -> u32 {
        if self.network.zones.len() <= LARGE_ZONES { 120 } else { 1_800 }
    }

    /// The moment that has come about, and room for the next.
    fn show(&mut self) -> Moment {
        let shown = Moment {
            minute: (self.now().since(self.demand.start).seconds() / 60.0) as usize,
            time: self.now(),
            span_s: if self.begun { self.span_s } else { 0 },
            people: self.people.clone(),
            ..std::mem::take(&mut self.moment)
        };
        self.moment.gates = vec![Passage::default(); shown.gates.len()];
        self.moment.links = vec![Passage::default(); shown.links.len()];
        self.moment.aside = vec![Passage::default(); shown.aside.len()];
        self.begun = true;
        shown
    }
}

impl Iterator for World {
    type Item = Moment;

    /// First the start, then the end of each span; a new day that does not follow on the last begins with a start.
    fn next(&mut self) -> Option<Moment> {
        if !self.begun {
            return Some(self.show());
        }
        if self.step >= self.steps() {
            if self.is_whole_days() || self.day + 1 >= self.days {
                return None;
            }
            self.day += 1;
            self.set_out();
            return Some(self.show());
        }
        for _ in 0..self.span_s / self.demand.step_s {
            self.advance();
        }
        Some(self.show())
    }
}

/// Half a minute where a counter reports more often than each minute.
fn span_s(site: &Site, step_s: u32) -> u32 {
    let quick = site.datastreams.iter().any(|stream| (1..MOMENT_S).contains(&stream.interval_s));
    if quick && QUICK_MOMENT_S.is_multiple_of(step_s) { QUICK_MOMENT_S } else { MOMENT_S }
}

fn check(site: &Site, demand: &Demand, days: u32) -> Result<(), WorldError> {
    if !(1..=MAX_DAYS).contains(&days) {
        return Err(WorldError::Days { days });
    }
    if site.gates.is_empty() || site.zones.is_empty() {
        return Err(WorldError::NoGate);
    }
    let sizes = [(site.zones.len(), "zones"), (site.links.len(), "links"), (site.gates.len(), "gates")];
    if let Some((count, what)) = sizes.into_iter().find(|(count, _)| *count > MAX_PLACES) {
        return Err(WorldError::TooLarge { count, what });
    }
    let foreign = |what| Err(WorldError::Foreign { what });
    let places = demand.attractions.iter().flat_map(|attraction| &attraction.zones);
    if demand.gates.len() != site.gates.len() {
        return foreign("gates");
    }
    if places.clone().any(|(zone, _)| zone.index() >= site.zones.len()) {
        return foreign("zones");
    }
    Ok(())
}

/// A message can send people to a zone; which gates and links they use on the way follows from where they go.
fn refuse_idle(site: &Site, measures: &[Spell]) -> Result<(), WorldError> {
    let diverted = measures.iter().filter(|spell| spell.kind == MeasureKind::Divert);
    match diverted.flat_map(|spell| &spell.targets).find(|place| !matches!(place, Place::Zone(_))) {
        Some(place) => Err(WorldError::Idle { place: site.place_id(*place) }),
        None => Ok(()),
    }
}
