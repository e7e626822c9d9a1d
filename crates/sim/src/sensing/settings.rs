//! How far sensors lie: every size of every error model, with the evening's defaults.
//!
//! Not here: how an error is drawn (`line`, `area`, `phone`), which sensor fails when (`fault`).
//! Invariant: shares are 0–1, times are seconds, and nothing here depends on a site.
//!
//! All sizes are assumptions, chosen inside what docs/simulation.md names; none is known to the estimator.

use city::{GateIx, Time};

/// A range from which a lasting property of a sensor is drawn evenly.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Between {
    /// The least.
    pub least: f64,
    /// The most.
    pub most: f64,
}

impl Between {
    /// The number at `share` (0–1) of the way from the least to the most.
    pub(crate) fn at(self, share: f64) -> f64 {
        self.least + (self.most - self.least) * share
    }
}

/// A slow wandering around nothing (Ornstein and Uhlenbeck 1930).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wandering {
    /// Its standard deviation, as a share.
    pub sd: f64,
    /// Time in which it forgets all but 1/e of itself, seconds.
    pub memory_s: f64,
}

/// Every size of every error.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// Counters at gates and on links.
    pub lines: Lines,
    /// Cameras that count the people of a zone.
    pub cameras: Cameras,
    /// Phone networks that count the people of a group.
    pub phones: Phones,
    /// How readings travel.
    pub delivery: Delivery,
    /// What hits many sensors at once.
    pub shared: Shared,
    /// What hits one sensor alone.
    pub faults: Faults,
    /// A true crowd out of nowhere that one camera alone can see.
    pub surge: Option<Surge>,
}

/// Line counters. Their true rate is `clamp((d0 + w − slope · q) · (1 ± a/2))` with `q` the people per metre of width
/// and second, both ways together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lines {
    /// Detection with nobody in the way, `d0`, by device: mean of a normal distribution.
    pub detection_mean: f64,
    /// Its standard deviation between devices.
    pub detection_sd: f64,
    /// Detection lost for each person per metre and second, `slope`, by device.
    pub slope: Between,
    /// The most by which a device's two directions differ, `a`: drawn evenly from minus to plus this share.
    pub asymmetry: f64,
    /// The device's slow wandering, `w`.
    pub wandering: Wandering,
    /// No rate lies outside this.
    pub within: Between,
    /// Counts of nobody, per direction and minute.
    pub false_per_min: f64,
}

/// Cameras. A reading is `bend(people · lasting · (1 + w) · (1 + family) · rain) · noise`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cameras {
    /// Mean over cameras of the lasting multiplier.
    pub multiplier_mean: f64,
    /// Its standard deviation between cameras.
    pub multiplier_sd: f64,
    /// A camera's own slow wandering.
    pub wandering: Wandering,
    /// The slow wandering all cameras of a family share: heads hidden behind heads.
    pub occlusion: Wandering,
    /// Standard deviation of one reading, as a share.
    pub noise_share: f64,
    /// Standard deviation of one reading, in square roots of what it would read.
    pub noise_root: f64,
    /// Density up to which it reads straight, people/m².
    pub knee_per_m2: f64,
    /// Density it never reads beyond, people/m².
    pub cap_per_m2: f64,
}

/// Phone networks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Phones {
    /// The lasting multiplier, drawn evenly: phones of one network among people.
    pub multiplier: Between,
    /// Its slow wandering.
    pub wandering: Wandering,
    /// Standard deviation of one reading, as a share.
    pub noise_share: f64,
    /// How much later than the stream's delay a reading comes, seconds.
    pub extra_delay_s: Between,
}

/// How readings travel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Delivery {
    /// The most a reading takes longer than the stream's delay, seconds, drawn evenly.
    pub jitter_s: f64,
    /// Share of readings that come so late that the stream no longer waits for them.
    pub late_share: f64,
    /// How much later than the stream waits, seconds.
    pub late_s: Between,
    /// Share of readings that come twice.
    pub twice_share: f64,
    /// Standard deviation of a sensor's lasting clock error, seconds, rounded and cut at [`Delivery::CLOCK_MOST_S`].
    pub clock_sd_s: f64,
}

impl Delivery {
    /// The most an honest clock is wrong, seconds.
    pub const CLOCK_MOST_S: f64 = 4.0;
}

/// What hits many sensors at once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shared {
    /// Share of what cameras read that rain takes away; 0: a dry day.
    pub rain_loss: f64,
    /// How long it rains, seconds.
    pub rain_s: Between,
    /// Share of what phone networks read that each whole capacity above the first takes away; 0: never saturated.
    pub network_loss: f64,
    /// Sensors behind the switch that fails; 0: none fails.
    pub switch_sensors: usize,
    /// How long it is down, seconds.
    pub switch_s: f64,
}

/// What hits one sensor alone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Faults {
    /// Share of the sensors that count people that fail at some time of a day.
    pub share: f64,
    /// How long a fault lasts, seconds.
    pub lasts_s: Between,
    /// Share of the faults that last to the end.
    pub to_the_end: f64,
}

/// A crowd that comes into a gate's zone past every counter, stays and goes: only the zone's camera sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Surge {
    /// The gate whose zone fills.
    pub gate: GateIx,
    /// When it begins.
    pub from: Time,
    /// How many times the people there at `from` are there at its height.
    pub times: f64,
    /// How long it stays at its height, seconds.
    pub lasts_s: u32,
}

impl Settings {
    /// The errors of every sensor, and no fault of any: neither its own nor shared with others.
    pub fn without_faults() -> Self {
        let mut settings = Self::default();
        settings.faults.share = 0.0;
        settings.shared = Shared { rain_loss: 0.0, network_loss: 0.0, switch_sensors: 0, ..settings.shared };
        settings
    }

    /// Errors that nobody who set the site up would have expected: worse rates, more asymmetry, cameras that all read
    /// low and wander quickly, and a phone network that most people use.
    pub fn outside_priors() -> Self {
        let mut settings = Self::default();
        settings.lines = Lines {
            detection_mean: 0.80,
            detection_sd: 0.06,
            slope: Between { least: 0.10, most: 0.25 },
            asymmetry: 0.08,
            wandering: Wandering { sd: 0.02, memory_s: 3_600.0 },
            within: Between { least: 0.55, most: 0.99 },
            false_per_min: 1.0,
        };
        settings.cameras = Cameras {
            multiplier_mean: 0.88,
            multiplier_sd: 0.12,
            wandering: Wandering { sd: 0.08, memory_s: 900.0 },
            occlusion: Wandering { sd: 0.05, memory_s: 1_800.0 },
            noise_share: 0.05,
            noise_root: 0.8,
            ..settings.cameras
        };
        settings.phones = Phones {
            multiplier: Between { least: 0.7, most: 0.95 },
            wandering: Wandering { sd: 0.06, memory_s: 1_800.0 },
            noise_share: 0.08,
            ..settings.phones
        };
        settings.delivery = Delivery { jitter_s: 20.0, late_share: 0.01, twice_share: 0.01, ..settings.delivery };
        settings.shared = Shared { rain_loss: 0.25, network_loss: 1.2, ..settings.shared };
        settings
    }
}

impl Default for Lines {
    fn default() -> Self {
        Self {
            detection_mean: 0.91,
            detection_sd: 0.03,
            slope: Between { least: 0.04, most: 0.12 },
            asymmetry: 0.05,
            wandering: Wandering { sd: 0.005, memory_s: 7_200.0 },
            within: Between { least: 0.75, most: 0.98 },
            false_per_min: 0.2,
        }
    }
}

impl Default for Cameras {
    fn default() -> Self {
        Self {
            multiplier_mean: 1.0,
            multiplier_sd: 0.06,
            wandering: Wandering { sd: 0.05, memory_s: 2_400.0 },
            occlusion: Wandering { sd: 0.02, memory_s: 3_600.0 },
            noise_share: 0.03,
            noise_root: 0.5,
            knee_per_m2: 3.7,
            cap_per_m2: 4.3,
        }
    }
}

impl Default for Phones {
    fn default() -> Self {
        Self {
            multiplier: Between { least: 0.25, most: 0.6 },
            wandering: Wandering { sd: 0.03, memory_s: 3_600.0 },
            noise_share: 0.02,
            extra_delay_s: Between { least: 30.0, most: 180.0 },
        }
    }
}

impl Default for Delivery {
    fn default() -> Self {
        Self {
            jitter_s: 4.0,
            late_share: 0.002,
            late_s: Between { least: 30.0, most: 300.0 },
            twice_share: 0.002,
            clock_sd_s: 1.5,
        }
    }
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            rain_loss: 0.10,
            rain_s: Between { least: 1_200.0, most: 3_600.0 },
            network_loss: 0.8,
            switch_sensors: 10,
            switch_s: 600.0,
        }
    }
}

impl Default for Faults {
    fn default() -> Self {
        Self { share: 0.10, lasts_s: Between { least: 600.0, most: 5_400.0 }, to_the_end: 0.25 }
    }
}
