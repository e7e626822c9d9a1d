//! `demand.toml` as text → a demand that fits its site, and the problems in the way.
//!
//! Not here: the keys (`raw`), files.
//! Invariant: a demand is returned only when there is no problem; there are at most [`MAX_PROBLEMS`] problems.

use std::fmt;
use std::ops::Range;

use city::{Site, Time};
use toml::Spanned;

use super::limits::{
    MAX_ATTRACTIONS, MAX_DEMAND_BYTES, MAX_EVENTS, MAX_MINUTES, MAX_PEOPLE_PER_MIN, MAX_POINTS, MAX_PROBLEMS,
    MAX_PURPOSES, MAX_VISITS,
};
use super::raw::{RawAttraction, RawDecided, RawDemand, RawEvent, RawPurpose, RawVary, Weights};
use super::{
    Attraction, CROWD_PER_M2, Decided, Demand, Event, EventKind, OBEYED_SHARE, Points, Purpose, STEP_S, Shows, Vary,
    Visit,
};

/// A problem of a `demand.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemandProblem {
    /// The line, from 1; absent when the problem is of the file as a whole.
    pub line: Option<u32>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
}

impl fmt::Display for DemandProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("demand.toml:")?;
        if let Some(line) = self.line {
            write!(f, "{line}:")?;
        }
        write!(f, " {} ({})", self.message, self.remedy)
    }
}

/// What reading gave.
#[derive(Clone, Debug, PartialEq)]
pub struct DemandReading {
    /// The demand; none when there is a problem.
    pub demand: Option<Demand>,
    /// The problems in the order of the file's sections.
    pub problems: Vec<DemandProblem>,
}

/// Reads the text of a `demand.toml` for `site`.
pub fn read(text: &str, site: &Site) -> DemandReading {
    let mut reader = Reader { text, site, problems: Vec::new() };
    let demand = reader.parse().map(|raw| reader.resolve(&raw));
    let demand = demand.filter(|_| reader.problems.is_empty());
    DemandReading { demand, problems: reader.problems }
}

struct Reader<'a> {
    text: &'a str,
    site: &'a Site,
    problems: Vec<DemandProblem>,
}

impl Reader<'_> {
    fn parse(&mut self) -> Option<RawDemand> {
        if self.text.len() > MAX_DEMAND_BYTES {
            let message = format!("the file has {} bytes; at most {MAX_DEMAND_BYTES} are read", self.text.len());
            self.problems.push(DemandProblem { line: None, message, remedy: "leave out what is not used".to_owned() });
            return None;
        }
        match toml::from_str(self.text) {
            Ok(raw) => Some(raw),
            Err(error) => {
                let at = error.span().unwrap_or(0..0);
                self.problem(&at, error.message().to_owned(), "docs/evening.md lists the keys and their units");
                None
            }
        }
    }

    fn problem(&mut self, at: &Range<usize>, message: impl Into<String>, remedy: &str) {
        if self.problems.len() >= MAX_PROBLEMS {
            return;
        }
        let before = self.text.as_bytes().iter().take(at.start).filter(|byte| **byte == b'\n').count();
        let message: String = message.into().chars().take(300).collect();
        self.problems.push(DemandProblem { line: Some(before as u32 + 1), message, remedy: remedy.to_owned() });
    }

    fn resolve(&mut self, raw: &RawDemand) -> Demand {
        if *raw.schema.get_ref() != 1 {
            self.problem(&raw.schema.span(), "schema must be 1".to_owned(), "write `schema = 1`");
        }
        let minutes = *raw.minutes.get_ref();
        if !(1..=MAX_MINUTES).contains(&minutes) {
            self.problem(
                &raw.minutes.span(),
                format!("minutes must be 1 to {MAX_MINUTES}"),
                "give the evening's length",
            );
        }
        let step_s = raw.step_s.as_ref().map_or(STEP_S, |step| *step.get_ref());
        if let Some(step) = raw.step_s.as_ref().filter(|_| ![1, 2, 3, 5, 6, 10].contains(&step_s)) {
            self.problem(&step.span(), "step_s must divide 30 and be at most 10".to_owned(), "leave it out: 5 s");
        }
        let return_share = self.number(raw.arrivals.return_share.as_ref(), 0.5, 0.0..=1.0, "return_share");
        let gates = raw.arrivals.gates.as_ref().map_or_else(|| vec![1.0; self.site.gates.len()], |it| self.gates(it));
        let attractions: Vec<Attraction> =
            raw.attraction.iter().take(MAX_ATTRACTIONS).map(|row| self.attraction(row)).collect();
        let purposes = self.purposes(&raw.purpose, &attractions);
        if raw.attraction.len() > MAX_ATTRACTIONS || raw.decided.len() > MAX_EVENTS || raw.event.len() > MAX_EVENTS {
            let message = format!("at most {MAX_ATTRACTIONS} attractions and {MAX_EVENTS} events are read");
            self.problem(&(0..0), message, "leave out what matters least");
        }
        let stay_on =
            raw.stay_on.as_ref().map_or_else(|| Points(vec![(0.0, 1.0)]), |it| self.points(it, 10.0, "stay_on"));
        Demand {
            start: self.time(&raw.start),
            minutes,
            step_s,
            obeyed_share: self.number(raw.obeyed_share.as_ref(), OBEYED_SHARE, 0.0..=1.0, "obeyed_share"),
            crowd_per_m2: self.number(raw.crowd_per_m2.as_ref(), CROWD_PER_M2, 0.1..=10.0, "crowd_per_m2"),
            vary: self.vary(&raw.vary),
            arrivals_per_min: self.points(&raw.arrivals.per_min, MAX_PEOPLE_PER_MIN, "per_min"),
            gates,
            return_share,
            stay_on,
            attractions,
            purposes,
            shows: raw.shows.as_ref().map(|shows| self.shows(shows)),
            decided: raw.decided.iter().take(MAX_EVENTS).filter_map(|row| self.decided(row)).collect(),
            events: raw.event.iter().take(MAX_EVENTS).filter_map(|row| self.event(row)).collect(),
        }
    }

    fn vary(&mut self, raw: &RawVary) -> Vary {
        let mut share = |given: &Option<Spanned<f64>>, usual, name| self.number(given.as_ref(), usual, 0.0..=0.5, name);
        Vary {
            volume_share: share(&raw.volume_share, Vary::USUAL.volume_share, "volume_share"),
            gate_share: share(&raw.gate_share, Vary::USUAL.gate_share, "gate_share"),
            place_share: share(&raw.place_share, Vary::USUAL.place_share, "place_share"),
            initial_share: share(&raw.initial_share, Vary::USUAL.initial_share, "initial_share"),
            day_share: share(&raw.day_share, Vary::USUAL.day_share, "day_share"),
        }
    }

    fn number(
        &mut self,
        given: Option<&Spanned<f64>>,
        usual: f64,
        range: std::ops::RangeInclusive<f64>,
        name: &str,
    ) -> f64 {
        let Some(given) = given else { return usual };
        if range.contains(given.get_ref()) {
            return *given.get_ref();
        }
        let message = format!("{name} is {}; it must be {} to {}", given.get_ref(), range.start(), range.end());
        self.problem(&given.span(), message, "give a number inside the range");
        usual
    }

    fn time(&mut self, text: &Spanned<String>) -> Time {
        text.get_ref().parse().unwrap_or_else(|error: city::TimeError| {
            self.problem(&text.span(), error.to_string(), "write the time with its offset");
            Time::MIN
        })
    }

    fn points(&mut self, raw: &Spanned<Vec<(f64, f64)>>, most: f64, name: &str) -> Points {
        let rows = raw.get_ref();
        let rising = rows.windows(2).all(|pair| pair[0].0 < pair[1].0);
        let good = |(x, y): &(f64, f64)| x.is_finite() && (0.0..=most).contains(y);
        if rows.is_empty() || rows.len() > MAX_POINTS || !rising || !rows.iter().all(good) {
            let message =
                format!("{name} must be 1 to {MAX_POINTS} pairs [minute, value] with rising minutes, 0 to {most}");
            self.problem(&raw.span(), message, "write [[0, 700], [60, 900]]: straight lines lie between");
        }
        Points(rows.clone())
    }

    fn gates(&mut self, raw: &Spanned<Weights>) -> Vec<f64> {
        let mut weights = vec![0.0; self.site.gates.len()];
        for (id, weight) in raw.get_ref() {
            let found = self.find(id, "gate", |site, id| site.gate_ix(&id.into()));
            let weight = self.weight(id, *weight);
            if let Some(gate) = found {
                weights[gate.index()] = weight;
            }
        }
        if weights.iter().sum::<f64>() <= 0.0 {
            self.problem(&raw.span(), "no gate has a weight".to_owned(), "give at least one gate of the site a weight");
        }
        weights
    }

    fn weight(&mut self, id: &Spanned<String>, weight: f64) -> f64 {
        if !(0.0..=1e6).contains(&weight) {
            let message = format!("the weight of '{}' must be 0 to 1000000", id.get_ref());
            self.problem(&id.span(), message, "weights are shares of their sum");
            return 0.0;
        }
        weight
    }

    fn find<T>(&mut self, id: &Spanned<String>, what: &str, of: impl Fn(&Site, &str) -> Option<T>) -> Option<T> {
        let found = of(self.site, id.get_ref());
        if found.is_none() {
            let message = format!("the site has no {what} '{}'", id.get_ref());
            self.problem(&id.span(), message, "use an id of site.toml or site.geojson");
        }
        found
    }

    fn attraction(&mut self, raw: &RawAttraction) -> Attraction {
        let mut zones = Vec::new();
        for (id, weight) in raw.zones.get_ref() {
            let weight = self.weight(id, *weight);
            if let Some(zone) = self.find(id, "zone", |site, id| site.zone_ix(&id.into())) {
                zones.push((zone, weight));
            }
        }
        if zones.iter().map(|zone| zone.1).sum::<f64>() <= 0.0 {
            let message = format!("attraction '{}' has no zone with a weight", raw.id.get_ref());
            self.problem(&raw.zones.span(), message, "give at least one zone of the site a weight");
        }
        Attraction {
            id: raw.id.get_ref().clone(),
            zones,
            stay_median_min: self.number(Some(&raw.stay_median_min), 30.0, 0.1..=1440.0, "stay_median_min"),
            stay_spread: self.number(Some(&raw.stay_spread), 0.5, 0.0..=2.0, "stay_spread"),
            stay_most_min: self.number(Some(&raw.stay_most_min), 60.0, 0.1..=1440.0, "stay_most_min"),
            far_min: self.number(raw.far_min.as_ref(), 30.0, 0.1..=1440.0, "far_min"),
        }
    }

    fn purposes(&mut self, raw: &[RawPurpose], attractions: &[Attraction]) -> Vec<Purpose> {
        if raw.is_empty() || raw.len() > MAX_PURPOSES {
            self.problem(&(0..0), format!("1 to {MAX_PURPOSES} purposes are needed"), "add a [[purpose]] with a share");
        }
        let mut purposes = Vec::new();
        for row in raw.iter().take(MAX_PURPOSES) {
            if row.visits.get_ref().len() > MAX_VISITS {
                let message = format!("purpose '{}' has more than {MAX_VISITS} visits", row.id.get_ref());
                self.problem(&row.visits.span(), message, "leave out the least likely");
            }
            let mut visits = Vec::new();
            for visit in row.visits.get_ref().iter().take(MAX_VISITS) {
                let chance = self.number(Some(&visit.chance), 0.0, 0.0..=1.0, "chance");
                let known = |attraction: &Attraction| &attraction.id == visit.to.get_ref();
                if let Some(to) = attractions.iter().position(known) {
                    visits.push(Visit { to, chance });
                } else {
                    let message = format!("there is no attraction '{}'", visit.to.get_ref());
                    self.problem(&visit.to.span(), message, "use the id of an [[attraction]] of this file");
                }
            }
            let share = self.number(Some(&row.share), 0.0, 0.0..=1e6, "share");
            purposes.push(Purpose { id: row.id.get_ref().clone(), share, visits });
        }
        if purposes.iter().map(|purpose| purpose.share).sum::<f64>() <= 0.0 {
            self.problem(&(0..0), "no purpose has a share".to_owned(), "give at least one purpose a share above 0");
        }
        purposes
    }

    fn shows(&mut self, raw: &Spanned<super::raw::RawShows>) -> Shows {
        let shows = raw.get_ref();
        let sound = (0.0..=1440.0).contains(&shows.from_min)
            && (shows.from_min..=1440.0).contains(&shows.to_min)
            && (1.0..=1440.0).contains(&shows.every_min)
            && (0.0..=shows.every_min).contains(&shows.lasts_min)
            && (0.0..=1.0).contains(&shows.held_share);
        if !sound {
            let message =
                "shows need 0 <= from_min <= to_min <= 1440, every_min >= 1 and >= lasts_min, held_share 0 to 1";
            self.problem(&raw.span(), message.to_owned(), "minutes count from the start");
        }
        Shows {
            from_min: shows.from_min,
            to_min: shows.to_min,
            every_min: shows.every_min.max(1.0),
            lasts_min: shows.lasts_min,
            held_share: shows.held_share,
        }
    }

    fn decided(&mut self, raw: &RawDecided) -> Option<Decided> {
        let measure = self.find(&raw.measure, "measure", |site, id| site.measure_ix(&id.into()));
        let at = self.time(&raw.at);
        let until = raw.until.as_ref().map(|until| self.time(until));
        Some(Decided { measure: measure?, at, until })
    }

    fn event(&mut self, raw: &RawEvent) -> Option<Event> {
        let (from, to) = (self.time(&raw.from), self.time(&raw.to));
        let links =
            raw.links.iter().filter_map(|id| self.find(id, "link", |site, id| site.link_ix(&id.into()))).collect();
        let gates =
            raw.gates.iter().filter_map(|id| self.find(id, "gate", |site, id| site.gate_ix(&id.into()))).collect();
        let zones =
            raw.zones.iter().filter_map(|id| self.find(id, "zone", |site, id| site.zone_ix(&id.into()))).collect();
        let factor = self.number(raw.factor.as_ref(), 1.0, 0.0..=1000.0, "factor");
        let (needs, kind) = match raw.kind.get_ref().as_str() {
            "lock" => ("links", EventKind::Lock { links }),
            "surge" => ("gates", EventKind::Surge { gates, factor }),
            "draw" => ("zones", EventKind::Draw { zones, factor }),
            other => {
                let message = format!("'{other}' is no kind of event");
                self.problem(&raw.kind.span(), message, "write lock, surge or draw");
                return None;
            }
        };
        let given = [("links", raw.links.len()), ("gates", raw.gates.len()), ("zones", raw.zones.len())];
        for (name, count) in given {
            if (count == 0) == (name == needs) {
                let message = format!("an event '{}' needs {needs} and no other places", raw.kind.get_ref());
                self.problem(&raw.kind.span(), message, "see the kinds of events in docs/evening.md");
            }
        }
        if raw.factor.is_some() == matches!(kind, EventKind::Lock { .. }) {
            let message = "surge and draw need a factor, lock has none".to_owned();
            self.problem(&raw.kind.span(), message, "see the kinds of events in docs/evening.md");
        }
        if from >= to {
            self.problem(&raw.to.span(), "the event ends before it begins".to_owned(), "let `to` be later than `from`");
        }
        Some(Event { from, to, kind })
    }
}
