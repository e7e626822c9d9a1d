//! The watched causes, with a quick answer for the many that are not.
//!
//! Not here: what a watch is (watch).
//! Invariant: the tally of places follows from the causes, so it is in no snapshot and in no hash; whoever goes through
//! the causes goes in their order, whatever order they are held in.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, Hasher};

use city::{Cause, Place};
use serde::{Deserialize, Serialize};

use super::watch::Watch;

/// Cells of the tally, a power of two: far more than causes are watched at once.
const CELLS: usize = 1 << CELL_BITS;

/// See [`CELLS`].
const CELL_BITS: u32 = 14;

/// Causes under watch.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(from = "BTreeMap<Cause, Watch>")]
pub(crate) struct Watches {
    causes: HashMap<Cause, Watch, BuildHasherDefault<Mix>>,
    /// How many watched causes fall into each cell; empty before the first.
    tally: Vec<u32>,
}

/// Numbers mixed into one: causes come from the site, not from outside, and are looked for several times a second each.
#[derive(Clone, Copy, Debug, Default)]
struct Mix(u64);

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 32
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(u64::from(number));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0.rotate_left(5) ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write_isize(&mut self, number: isize) {
        self.write_u64(number as u64);
    }
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
    (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - CELL_BITS)) as usize
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
        self.iter().map(|(cause, _)| cause)
    }

    /// The causes and their watches, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Cause, &Watch)> {
        let mut causes: Vec<(&Cause, &Watch)> = self.causes.iter().collect();
        causes.sort_unstable_by_key(|(cause, _)| **cause);
        causes.into_iter()
    }
}

impl From<BTreeMap<Cause, Watch>> for Watches {
    fn from(causes: BTreeMap<Cause, Watch>) -> Self {
        let mut tally = vec![0; CELLS];
        for cause in causes.keys() {
            tally[cell(*cause)] += 1;
        }
        Self { causes: causes.into_iter().collect(), tally }
    }
}

impl Serialize for Watches {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl PartialEq for Watches {
    fn eq(&self, other: &Self) -> bool {
        self.causes == other.causes
    }
}

impl IntoIterator for Watches {
    type Item = (Cause, Watch);
    type IntoIter = std::vec::IntoIter<(Cause, Watch)>;

    fn into_iter(self) -> Self::IntoIter {
        let mut causes: Vec<(Cause, Watch)> = self.causes.into_iter().collect();
        causes.sort_unstable_by_key(|(cause, _)| *cause);
        causes.into_iter()
    }
}
