//! What is given beside the site: measures and a surge, as written on the command line.
//!
//! Not here: the grammar of measures (formats), what they do (sim).
//! Invariant: what the simulator cannot carry out is refused, never left out.

use city::{MeasureKind, Place, Site, Time};
use formats::{OpenWay, read_measure};
use sim::{Spell, Surge};

/// How many times the usual crowd a surge is, and how long it stays at its height, where it does not say.
const SURGE_TIMES: f64 = 3.0;
const SURGE_MINUTES: u32 = 20;

/// A measure for the world.
pub(super) fn spell(text: &str, site: &Site, obeyed_share: f64) -> Result<Spell, String> {
    let given = read_measure(text, site).map_err(|error| error.to_string())?;
    if given.kind == MeasureKind::OneWay && given.direction == Some(OpenWay::Forward) {
        return Err(format!("{text}: the simulator opens one-way links against their direction only"));
    }
    if let (MeasureKind::Divert, Some(place)) =
        (given.kind, given.targets.iter().find(|place| !matches!(place, Place::Zone(_))))
    {
        let place = site.place_id(*place);
        return Err(format!("{text}: the simulator diverts people to zones only, and {place} is none; name a zone"));
    }
    Ok(Spell {
        measure: given.measure,
        kind: given.kind,
        targets: given.targets,
        decided: None,
        from: given.from,
        to: given.to,
        obeyed_share: given.obeyed.unwrap_or(obeyed_share),
        per_min: given.per_min.unwrap_or(0.0),
    })
}

/// A surge: `GATE from=T [times=N] [minutes=N]`.
pub(super) fn surge(text: &str, site: &Site) -> Result<Surge, String> {
    let mut words = text.split_whitespace();
    let name = words.next().unwrap_or_default();
    let id = name.strip_prefix("gate/").unwrap_or(name);
    let gate = site.gate_ix(&id.into()).ok_or_else(|| {
        let gates: Vec<String> = site.gates.iter().map(|gate| gate.id.to_string()).collect();
        format!("'{name}' is no gate of the site: {}", gates.join(", "))
    })?;
    let (mut from, mut times, mut minutes) = (None::<Time>, SURGE_TIMES, SURGE_MINUTES);
    for word in words {
        let wrong = || format!("'{word}' is not from=TIME, times=NUMBER or minutes=NUMBER");
        let (key, value) = word.split_once('=').ok_or_else(wrong)?;
        match key {
            "from" => from = Some(value.parse().map_err(|error: city::TimeError| error.to_string())?),
            "times" => {
                let read = value.parse().ok().filter(|times| (1.0..=100.0).contains(times));
                times = read.ok_or_else(|| format!("times '{value}': write a number from 1 to 100"))?;
            }
            "minutes" => {
                let read = value.parse().ok().filter(|minutes| (1..=1_440).contains(minutes));
                minutes = read.ok_or_else(|| format!("minutes '{value}': write a whole number from 1 to 1440"))?;
            }
            _ => return Err(wrong()),
        }
    }
    let from = from.ok_or_else(|| "it needs from=TIME, such as from=2019-10-02T18:00:00+08:00".to_owned())?;
    Ok(Surge { gate, from, times, lasts_s: minutes * 60 })
}
