//! A quantity that wanders slowly around nothing.
//!
//! Not here: what wanders, and how far (`settings`).
//! Invariant: whatever the length of the steps, its standard deviation and memory stay those it was made with
//! (the exact discretisation of an Ornstein–Uhlenbeck process).

use super::settings::Wandering;
use crate::chance::Chance;

/// Where it is.
#[derive(Clone, Debug)]
pub(crate) struct Wander {
    value: f64,
    size: Wandering,
    chance: Chance,
}

impl Wander {
    /// Begins anywhere that it may be.
    pub(crate) fn new(size: Wandering, mut chance: Chance) -> Self {
        Self { value: size.sd * chance.normal(), size, chance }
    }

    /// Lets `span_s` seconds pass; none change nothing.
    pub(crate) fn advance(&mut self, span_s: f64) {
        if span_s <= 0.0 {
            return;
        }
        let kept = libm::exp(-span_s / self.size.memory_s.max(1.0));
        self.value = self.value * kept + self.size.sd * libm::sqrt(1.0 - kept * kept) * self.chance.normal();
    }

    /// Where it is now, as a share.
    pub(crate) fn share(&self) -> f64 {
        self.value
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Purpose;

    #[test]
    fn it_keeps_its_spread_and_forgets_in_its_memory() {
        let size = Wandering { sd: 0.05, memory_s: 2_400.0 };
        let (mut squares, mut products, mut count) = (0.0, 0.0, 0.0);
        for seed in 0..400 {
            let mut wander = Wander::new(size, Chance::own(seed, Purpose::Wander, "it"));
            let before = wander.share();
            (0..40).for_each(|_| wander.advance(60.0));
            squares += wander.share() * wander.share();
            products += before * wander.share();
            count += 1.0;
        }
        assert!((libm::sqrt(squares / count) - 0.05).abs() < 0.006, "{}", libm::sqrt(squares / count));
        let correlation = products / squares;
        assert!((correlation - libm::exp(-1.0)).abs() < 0.15, "{correlation}");
    }
}
