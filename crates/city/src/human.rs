//! Human observations: what an officer on the street says of a place.
//!
//! Not here: who the officer is (a pseudonymous account id is on the entry), free text about a person.
//! Invariant: counts, bounds and fixed words only, so that nothing about anyone sensed can be written (INV-08).

use serde::{Deserialize, Serialize};

use crate::{HumanId, Place, Time};

/// What a person on the spot reports of a place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HumanObservation {
    /// Where.
    pub place: Place,
    /// The reporter's role, such as `post-12` or `commander`; a role, never a name.
    pub role: String,
    /// What.
    pub saying: Saying,
    /// Why, in a fixed vocabulary of the site or a short code.
    pub reason: String,
    /// When it stops counting; absent: after the engine's default.
    pub expires: Option<Time>,
}

/// What is said.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Saying {
    /// A count of the people in the zone.
    Count {
        /// People.
        people: f64,
    },
    /// At least and at most so many people.
    Bound {
        /// At least.
        lower: f64,
        /// At most.
        upper: f64,
    },
    /// The crowd does not move.
    NotMoving,
    /// People are pressed together.
    Pressed,
    /// Someone has fallen.
    Fallen,
    /// All is well again: withdraws the words above for this place.
    Clear,
}

/// A human observation as the engine holds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HumanRecord {
    /// Its number.
    pub id: HumanId,
    /// When it was said.
    pub at: Time,
    /// Until when it counts.
    pub until: Time,
    /// What was said.
    pub observation: HumanObservation,
}
