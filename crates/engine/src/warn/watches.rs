//! The watched causes, with a quick answer for the many that are not.
//!
//! Not here: what a watch is (watch).
//! Invariant: the tally of places follows from the causes, so it is in no snapshot and in no hash.

use std::collections::BTreeMap;

use city::{Cause, Place};
use serde::{Deserialize, Serialize};

use super::watch::Watch;

/// Cells of the tally, a power of two: far more than causes are watched at once.
const CELLS: usize = 4096;

/// Causes under watch.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(from = "BTreeMap<Cause, Watch>")]
pub(crate) struct Watches {
    causes: BTreeMap<Cause, Watch>,
    /// How many watched causes fall into each cell; empty before the first.
    tally: Vec<u32>,
}

/// The cell of a cause (multiplicative hashing, Knuth 1973).
fn cell(cause: Cause) -> usize {
    let (kind, index) = match cause.place {
        Place::Zone(ix) => (0, ix.index()),
        Place::Group(ix) => (1, ix.index()),
        Place::Link(ix) => (2, ix.index()),
        Place::Gate(ix) => (3, ix.index()),
        Place::Datastream(ix) => (4, ix.index()),
        Place::Site => (5, 0),
    };
    let key = (index as u64) << 12 | kind << 8 | cause.kind as u64;
    (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 52) as usize % CELLS
}

impl Watches {
    /// Whether a cause is watched.
    pub(crate) fn contains(&self, cause: Cause) -> bool {
        self.may_contain(cause) && self.causes.contains_key(&cause)
    }

    /// False only for a cause that is not watched.
    fn may_contain(&self, cause: Cause) -> bool {
        self.tally.get(cell(cause)).is_some_and(|count| *count > 0)
    }

    /// A cause's watch.
    pub(crate) fn get(&self, cause: &Cause) -> Option<&Watch> {
        if self.may_contain(*cause) { self.causes.get(cause) } else { None }
    }

    /// A cause's watch, to change.
    pub(crate) fn get_mut(&mut self, cause: &Cause) -> Option<&mut Watch> {
        if self.may_contain(*cause) { self.causes.get_mut(cause) } else { None }
    }

    /// A cause's watch, begun if there is none.
    pub(crate) fn watch(&mut self, cause: Cause) -> &mut Watch {
        if !self.contains(cause) {
            self.tally.resize(CELLS, 0);
            self.tally[cell(cause)] += 1;
        }
        self.causes.entry(cause).or_default()
    }

    /// Ends a watch.
    pub(crate) fn remove(&mut self, cause: &Cause) -> Option<Watch> {
        let removed = self.causes.remove(cause)?;
        self.tally[cell(*cause)] -= 1;
        Some(removed)
    }

    /// The causes, in order.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &Cause> {
        self.causes.keys()
    }

    /// The causes and their watches, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Cause, &Watch)> {
        self.causes.iter()
    }
}

impl From<BTreeMap<Cause, Watch>> for Watches {
    fn from(causes: BTreeMap<Cause, Watch>) -> Self {
        let mut tally = vec![0; CELLS];
        for cause in causes.keys() {
            tally[cell(*cause)] += 1;
        }
        Self { causes, tally }
    }
}

impl Serialize for Watches {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.causes.serialize(serializer)
    }
}

impl PartialEq for Watches {
    fn eq(&self, other: &Self) -> bool {
        self.causes == other.causes
    }
}

impl IntoIterator for Watches {
    type Item = (Cause, Watch);
    type IntoIter = std::collections::btree_map::IntoIter<Cause, Watch>;

    fn into_iter(self) -> Self::IntoIter {
        self.causes.into_iter()
    }
}
