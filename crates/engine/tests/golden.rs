//! One state hash, pinned: debug, release and every processor must give it.
//!
//! When a rule of the engine changes on purpose, raise the number in `engine::VERSION` and write the new hash here.

#![allow(clippy::unwrap_used, clippy::float_cmp, reason = "a test fails by panicking, and means the exact number")]

#[path = "town/script.rs"]
mod script;
mod town;

use city::Span;
use script::{Dice, evening, play};

const GOLDEN: &str = "de12561a1e11ce93e8a3c64e405991ead2a0192fdfbf0355c48a3e09934e2f6c";

#[test]
fn the_state_hash_of_a_generated_evening_is_the_pinned_one() {
    let script = evening(20_191_002, 5_000);
    let end = script.last().unwrap().0.plus(Span::from_seconds(3600));
    let town = play(&script, &mut Dice(7), end);
    let tally = town.city.tally();
    assert!(tally.taken > 2_000 && tally.late > 100 && tally.duplicates > 50 && tally.revised > 100, "{tally:?}");
    assert_eq!(town.city.state_hash().to_string(), GOLDEN);
}
