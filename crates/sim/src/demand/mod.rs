//! Who wants to come to a site, when, and what for: the demand of an evening or of a day.
//!
//! Not here: the people (`world`), what measures make of their plans.
//! Invariant: a [`Demand`] fits its site: every index lies inside the site's tables, every number inside its limits.
//!
//! The form of `demand.toml` is described in docs/evening.md.

mod limits;
mod raw;
mod read;
#[cfg(test)]
mod tests;
mod usual;

use city::{GateIx, LinkIx, MeasureIx, Time, ZoneIx};

pub use limits::{
    MAX_ATTRACTIONS, MAX_DEMAND_BYTES, MAX_EVENTS, MAX_MINUTES, MAX_PEOPLE_PER_MIN, MAX_POINTS, MAX_PROBLEMS,
    MAX_PURPOSES, MAX_VISITS,
};
pub use read::{DemandProblem, DemandReading, read};
pub use usual::usual;

/// Text of the Bund evening's demand: the facts and assumptions of 2 October 2019.
pub const BUND_EVENING: &str = include_str!("../../../../sites/bund/demand.toml");

/// What holds where a demand does not say: its step, seconds, who obeys, and the density people bear, per m².
const STEP_S: u32 = 5;
const OBEYED_SHARE: f64 = 0.95;
const CROWD_PER_M2: f64 = 2.0;

/// Who wants to come, when, and what for.
#[derive(Clone, Debug, PartialEq)]
pub struct Demand {
    /// When it starts.
    pub start: Time,
    /// How long it lasts, minutes; a day of more than one repeats it.
    pub minutes: u32,
    /// Length of the world's step, seconds: a divisor of 30.
    pub step_s: u32,
    /// Share of people who do as a measure asks, 0–1.
    pub obeyed_share: f64,
    /// Mean density at which people look for another place to stand, per m².
    pub crowd_per_m2: f64,
    /// How one seed differs from another.
    pub vary: Vary,
    /// People who come in a minute at all gates together, by minutes after the start.
    pub arrivals_per_min: Points,
    /// Weight of each gate among arrivals; and among departures of those who do not go back where they came from.
    pub gates: Vec<f64>,
    /// Share of people who leave by the gate they came by.
    pub return_share: f64,
    /// How willing people are to stay and to go on to one more place, by minutes after the start: 1 as usual.
    pub stay_on: Points,
    /// Kinds of places people come for.
    pub attractions: Vec<Attraction>,
    /// Why people come.
    pub purposes: Vec<Purpose>,
    /// Shows that hold those who watch.
    pub shows: Option<Shows>,
    /// Measures decided on the day.
    pub decided: Vec<Decided>,
    /// What else happens.
    pub events: Vec<Event>,
}

/// How one seed differs from another.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Vary {
    /// Arrivals of a day are multiplied by a number drawn evenly within ± this share of 1.
    pub volume_share: f64,
    /// Standard deviation of a gate's share.
    pub gate_share: f64,
    /// Standard deviation of a place's attraction.
    pub place_share: f64,
    /// Standard deviation of what all zones' initial people have in common, beside each zone's own.
    pub initial_share: f64,
    /// Standard deviation of the arrivals of one day against another's.
    pub day_share: f64,
}

impl Vary {
    /// Where a demand does not say.
    pub(crate) const USUAL: Self =
        Self { volume_share: 0.02, gate_share: 0.05, place_share: 0.05, initial_share: 0.02, day_share: 0.05 };
}

/// Values at minutes after the start, straight lines between them, constant outside.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Points(pub Vec<(f64, f64)>);

impl Points {
    /// The value at `minute`; 0 without points.
    pub fn at(&self, minute: f64) -> f64 {
        let right = self.0.partition_point(|point| point.0 <= minute);
        match (right.checked_sub(1).map(|left| self.0[left]), self.0.get(right)) {
            (Some((x0, y0)), Some((x1, y1))) => y0 + (y1 - y0) * (minute - x0) / (x1 - x0),
            (Some((_, y)), None) => y,
            (None, Some((_, y))) => *y,
            (None, None) => 0.0,
        }
    }
}

/// Places people come for, and how long they stay.
#[derive(Clone, Debug, PartialEq)]
pub struct Attraction {
    /// Its id in the demand.
    pub id: String,
    /// Zones and their weights.
    pub zones: Vec<(ZoneIx, f64)>,
    /// Median stay, minutes.
    pub stay_median_min: f64,
    /// Standard deviation of the stay's logarithm.
    pub stay_spread: f64,
    /// The longest stay, minutes.
    pub stay_most_min: f64,
    /// A walk of so many minutes makes a place e times less likely.
    pub far_min: f64,
}

/// Why people come: the places they visit in turn.
#[derive(Clone, Debug, PartialEq)]
pub struct Purpose {
    /// Its id in the demand.
    pub id: String,
    /// Weight among purposes.
    pub share: f64,
    /// Places in turn.
    pub visits: Vec<Visit>,
}

/// One stop of a purpose.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Visit {
    /// Position of the attraction in the demand.
    pub to: usize,
    /// How likely it is, 0–1.
    pub chance: f64,
}

/// Shows that begin at equal intervals.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shows {
    /// Minutes after the start of the first.
    pub from_min: f64,
    /// No show begins later.
    pub to_min: f64,
    /// From one to the next, minutes.
    pub every_min: f64,
    /// How long one lasts, minutes.
    pub lasts_min: f64,
    /// Share of those standing in a standing zone who see it to its end before they go.
    pub held_share: f64,
}

/// A measure decided on the day, hence known only then.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decided {
    /// Which.
    pub measure: MeasureIx,
    /// When it was ordered; it is in force after its set-up time.
    pub at: Time,
    /// When it ended; it goes on when absent.
    pub until: Option<Time>,
}

/// Something that happens.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// From.
    pub from: Time,
    /// Until.
    pub to: Time,
    /// What.
    pub kind: EventKind,
}

/// Kinds of events.
#[derive(Clone, Debug, PartialEq)]
pub enum EventKind {
    /// Nobody passes these links, either way, and nobody on them can turn.
    Lock {
        /// Where.
        links: Vec<LinkIx>,
    },
    /// Arrivals at these gates are multiplied.
    Surge {
        /// Where.
        gates: Vec<GateIx>,
        /// By.
        factor: f64,
    },
    /// Places draw more or fewer of those who choose where to go.
    Draw {
        /// Where.
        zones: Vec<ZoneIx>,
        /// By.
        factor: f64,
    },
}
