//! Numbers that look random and follow from a seed.
//!
//! Not here: what they decide.
//! Invariant: the same number gives the same number, everywhere.

/// What comes after a state: `SplitMix64` (Steele, Lea and Flood 2014).
pub fn split_mix(state: u64) -> u64 {
    let mut z = state.wrapping_add(SPLIT_MIX_STEP);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// From one state of a sequence to the next.
pub(crate) const SPLIT_MIX_STEP: u64 = 0x9e37_79b9_7f4a_7c15;
