//! Generated scripts: what happens in a town, cut into log entries in different ways.
//!
//! Not here: what must hold (laws, golden).

use city::*;

use crate::town::{Town, at, squares, street};

/// One thing that happens.
#[derive(Clone, Debug)]
pub enum Happening {
    /// An observation arrives.
    Row(Observation),
    /// Anything else.
    Other(Input),
}

/// A small stream of numbers, the same everywhere (Knuth's MMIX generator).
pub struct Dice(pub u64);

impl Dice {
    /// A number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// The street with four squares beside it, feeds that can fall silent.
pub fn site() -> Site {
    let (mut site, more) = (street(), squares(4));
    let shift = site.zones.len() as u32;
    site.zones.extend(more.zones);
    for mut stream in more.datastreams {
        if let Role::AreaCount { zone } = &mut stream.role {
            zone.0 += shift;
        }
        site.datastreams.push(stream);
    }
    for stream in &mut site.datastreams {
        stream.silent_after_s = 200;
    }
    site.rules.group_places = 3;
    site
}

/// An evening of `count` happenings: mostly in order, some missing, twice, revised, late, refused; words and commands.
pub fn evening(seed: u64, count: usize) -> Vec<(Time, Happening)> {
    let mut dice = Dice(seed);
    let site = site();
    let mut clock = 60_000_000_i64;
    let mut happenings: Vec<(Time, Happening)> = Vec::new();
    while happenings.len() < count {
        clock += dice.below(12_000_000) as i64;
        if dice.below(40) == 0 {
            clock += dice.below(900) as i64 * 1_000_000;
        }
        let now = at(0).plus(Span::from_micros(clock));
        let happening = match dice.below(30) {
            0 => Happening::Other(word(&mut dice)),
            1 => Happening::Other(command(&mut dice, now)),
            2 => match happenings.iter().rev().find(|(_, happening)| matches!(happening, Happening::Row(_))) {
                Some((_, Happening::Row(row))) if dice.below(2) == 0 => {
                    Happening::Row(Observation { result_time: now, result: Some(dice.below(500) as f64), ..*row })
                }
                Some((_, again)) => again.clone(),
                None => continue,
            },
            _ => Happening::Row(row(&mut dice, &site, now)),
        };
        happenings.push((now, happening));
    }
    happenings
}

/// An observation that arrives now.
fn row(dice: &mut Dice, site: &Site, now: Time) -> Observation {
    let unknown = u64::from(dice.below(50) == 0);
    let ix = dice.below(site.datastreams.len() as u64 + unknown) as u32;
    let minutes_late = if dice.below(6) == 0 { 1 + dice.below(4) } else { 0 } as i64;
    let minute = Span::from_seconds(60);
    let phenomenon_time = now.floor(minute).minus(Span::from_seconds(60 * (1 + minutes_late)));
    let is_stage = ix == 5;
    let result = match dice.below(40) {
        0 => None,
        1 => Some(-1.0),
        _ if is_stage => Some(dice.below(500) as f64 / 100.0),
        _ => Some(dice.below(450) as f64),
    };
    Observation { datastream: DatastreamIx(ix), phenomenon_time, result_time: now, result }
}

/// A word or number from the street.
fn word(dice: &mut Dice) -> Input {
    let saying = match dice.below(6) {
        0 => Saying::NotMoving,
        1 => Saying::Pressed,
        2 => Saying::Count { people: dice.below(400) as f64 },
        3 => Saying::Bound { lower: 50.0, upper: 90.0 + dice.below(100) as f64 },
        4 => Saying::Fallen,
        _ => Saying::Clear,
    };
    Input::Fact(Fact::Human(HumanObservation {
        place: Place::Zone(ZoneIx(dice.below(6) as u32)),
        role: "post-12".to_owned(),
        saying,
        reason: "seen".to_owned(),
        expires: None,
    }))
}

/// A command about some early warning.
fn command(dice: &mut Dice, now: Time) -> Input {
    let warning = WarningId(1 + dice.below(12));
    let why = "drill".to_owned();
    Input::Command(match dice.below(4) {
        0 => Command::Shelve { warning, why, until: now.plus(Span::from_seconds(1 + dice.below(900) as i64)) },
        1 => Command::Service { warning, service: Service::Out, why },
        2 => Command::Service { warning, service: Service::In, why },
        _ => Command::Acknowledge { warning },
    })
}

/// Plays a script: rows cut into batches and ticks put between entries as the dice fall. It ends with a tick at `end`.
pub fn play(script: &[(Time, Happening)], cuts: &mut Dice, end: Time) -> Town {
    let mut town = Town::new(site());
    let most = 1 + cuts.below(40) as usize;
    let mut batch = ObservationBatch::default();
    let mut before = at(0);
    for (time, happening) in script {
        let ends = !batch.is_empty() && (batch.len() >= most || matches!(happening, Happening::Other(_)));
        if ends {
            town.enter_at(before, Input::Fact(Fact::Observations(std::mem::take(&mut batch))));
            if cuts.below(2) == 0 {
                let between = cuts.below(1 + time.since(before).micros() as u64) as i64;
                town.enter_at(before.plus(Span::from_micros(between)), Input::Tick);
            }
        }
        match happening {
            Happening::Row(row) => batch.push(Observation { result_time: *time, ..*row }),
            Happening::Other(input) => {
                town.enter_at(*time, input.clone());
            }
        }
        before = *time;
    }
    if !batch.is_empty() {
        town.enter_at(before, Input::Fact(Fact::Observations(batch)));
    }
    town.enter_at(end, Input::Tick);
    town
}
