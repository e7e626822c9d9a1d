//! Measures: operational controls of the playbook, and the state each is in.
//!
//! Not here: plans, their search and their approval, which come with the plan search.
//! Invariant: what is *in force* was observed on the street, never assumed from an order.

use serde::{Deserialize, Serialize};

use crate::{Bilingual, DepartmentIx, MeasureId, Place, Time};

/// One operational control a department can carry out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// Its id in the site.
    pub id: MeasureId,
    /// Its name.
    pub name: Bilingual,
    /// What it does.
    pub kind: MeasureKind,
    /// The zones, links and gates it acts on.
    pub targets: Vec<Place>,
    /// Who carries it out.
    pub department: DepartmentIx,
    /// Time from order to in force, seconds.
    pub setup_s: u32,
    /// Staff it needs.
    pub staff: u32,
    /// What it costs people, in words.
    pub disruption: Bilingual,
    /// When it was scheduled ahead of the day, hence an input and not a decision.
    pub scheduled: Option<MeasureWindow>,
}

/// A scheduled time in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeasureWindow {
    /// In force from.
    pub from: Time,
    /// In force until; open if absent.
    pub to: Option<Time>,
}

/// The kinds of measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MeasureKind {
    /// A road is taken from vehicles and given to pedestrians.
    OpenRoad,
    /// A link or gate is closed to people.
    Close,
    /// A link works one way only.
    OneWay,
    /// A gate lets a given number in per minute.
    Meter,
    /// Officers as a human wall open and close one side of a crossing in turn.
    HumanWall,
    /// Trains do not stop at a station.
    SkipStop,
    /// A road may only be left.
    ExitOnly,
    /// A public message sends people another way.
    Divert,
}

/// What is known of a measure at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MeasureState {
    /// Not asked for.
    #[default]
    Off,
    /// Scheduled or chosen, not yet ordered.
    Planned,
    /// Ordered by a person, not yet seen on the street.
    Ordered,
    /// Observed in force: this is what models use.
    InForce,
}
