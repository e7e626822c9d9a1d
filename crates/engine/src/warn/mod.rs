//! Warnings after the truth table of docs/warnings.md.
//!
//! Not here: what a number of people is (occupancy), how a warning is shown or sounded (page).
//! Invariant: at most one open warning per cause; one is cleared only after its quiet period, and never by silence
//! (INV-04); a critical is raised the moment its evidence is there.
//!
//! [`judge`] turns state into evidence, [`watch`] times it ([`watches`] finds it), [`life`] changes the warning, [`group`] joins many into
//! one, [`command`] is what people do with it, [`escalate`] carries a critical on, [`site`] follows a site that changed.

mod command;
mod escalate;
mod group;
mod judge;
mod life;
mod site;
mod watch;
mod watches;

pub use escalate::EFFECTS_MAX;
pub(crate) use watch::Evident;
pub(crate) use watches::Watches;
