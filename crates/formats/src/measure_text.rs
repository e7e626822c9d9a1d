//! A measure written as one line: `KIND TARGET from=T [to=T] [key=value]…`, as commands take it.
//!
//! Not here: the playbook of a site folder (`site`), what a measure does to people (sim, flow).
//! Invariant: a measure that is returned fits its site and its kind: its targets exist and are of a sort the kind can
//! act on, and it ends after it begins.

use city::{MeasureIx, MeasureKind, Place, Site, Time};

use crate::quoted;
use crate::site::{did_you_mean, list};

/// The longest text that is read, bytes.
pub const MAX_MEASURE_BYTES: usize = 4096;

/// The kinds by name, with the sorts of places each acts on and the keys it takes beside `from` and `to`.
const KINDS: [Known; 8] = [
    Known { name: "open-road", does: MeasureKind::OpenRoad, sorts: &["zone", "link"], keys: &["obeyed"] },
    Known { name: "close", does: MeasureKind::Close, sorts: &["gate", "link", "zone"], keys: &["obeyed"] },
    Known { name: "one-way", does: MeasureKind::OneWay, sorts: &["link"], keys: &["obeyed", "direction"] },
    Known { name: "meter", does: MeasureKind::Meter, sorts: &["gate"], keys: &["per_min"] },
    Known { name: "human-wall", does: MeasureKind::HumanWall, sorts: &["link"], keys: &[] },
    Known { name: "skip-stop", does: MeasureKind::SkipStop, sorts: &["gate"], keys: &[] },
    Known { name: "exit-only", does: MeasureKind::ExitOnly, sorts: &["gate"], keys: &["obeyed"] },
    Known { name: "divert", does: MeasureKind::Divert, sorts: &["zone", "gate", "link"], keys: &["obeyed"] },
];

struct Known {
    name: &'static str,
    does: MeasureKind,
    sorts: &'static [&'static str],
    keys: &'static [&'static str],
}

/// A measure as given on a command line.
#[derive(Clone, Debug, PartialEq)]
pub struct GivenMeasure {
    /// What it does.
    pub kind: MeasureKind,
    /// The measure of the playbook, where one is named.
    pub measure: Option<MeasureIx>,
    /// The zones, links and gates it acts on: those named, and all those of the playbook's measure.
    pub targets: Vec<Place>,
    /// In force from.
    pub from: Time,
    /// In force until; to the end if absent.
    pub to: Option<Time>,
    /// The way that stays open of a one-way link; against it if absent.
    pub direction: Option<OpenWay>,
    /// People a metered gate lets in per minute.
    pub per_min: Option<f64>,
    /// Share of people who do as it says, 0–1, where people have a choice.
    pub obeyed: Option<f64>,
}

/// The way that stays open of a one-way link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenWay {
    /// From its `from` to its `to`.
    Forward,
    /// From its `to` to its `from`.
    Backward,
}

/// Why a text is no measure of the site.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MeasureTextError {
    /// Longer than [`MAX_MEASURE_BYTES`].
    #[error("the measure is longer than {MAX_MEASURE_BYTES} bytes")]
    TooLong,
    /// No kind or no target.
    #[error(
        "'{text}' is no measure: write KIND TARGET from=TIME [to=TIME], such as 'close gate/ID from=2019-10-02T18:00:00+08:00'; kinds: {kinds}"
    )]
    Short {
        /// As found.
        text: String,
        /// The kinds there are.
        kinds: String,
    },
    /// A kind that is none.
    #[error("'{kind}' is no kind of measure: {remedy}; kinds: {kinds}")]
    UnknownKind {
        /// As found.
        kind: String,
        /// The nearest one.
        remedy: String,
        /// The kinds there are.
        kinds: String,
    },
    /// A place the site does not have.
    #[error("target '{target}' is not in site '{site}': {remedy}")]
    UnknownTarget {
        /// As found.
        target: String,
        /// The site.
        site: String,
        /// The nearest one, or what there is.
        remedy: String,
    },
    /// A place of a sort the kind cannot act on.
    #[error("{kind} cannot act on '{target}': it takes {sorts}")]
    WrongTarget {
        /// The kind.
        kind: &'static str,
        /// As found.
        target: String,
        /// What it takes.
        sorts: String,
    },
    /// A word that is not `key=value`.
    #[error("'{word}' is not key=value")]
    NotAPair {
        /// As found.
        word: String,
    },
    /// A key that the kind does not take, or takes once only.
    #[error("{kind} takes no '{key}'{more}; keys: {keys}")]
    WrongKey {
        /// The kind.
        kind: &'static str,
        /// As found.
        key: String,
        /// ` twice`, or nothing.
        more: &'static str,
        /// The keys it takes.
        keys: String,
    },
    /// A value that is none.
    #[error("{key} '{value}': {expected}")]
    WrongValue {
        /// The key.
        key: String,
        /// As found.
        value: String,
        /// What it should be.
        expected: String,
    },
    /// A key that must be there.
    #[error("{kind} needs {key}=…")]
    Missing {
        /// The kind.
        kind: &'static str,
        /// The key.
        key: &'static str,
    },
}

/// The names of the kinds, in the order of the documentation.
pub fn measure_kinds() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|kind| kind.name)
}

/// Reads a measure of `site`.
///
/// # Errors
///
/// When the text is no measure, or not one the site can carry out.
pub fn read_measure(text: &str, site: &Site) -> Result<GivenMeasure, MeasureTextError> {
    if text.len() > MAX_MEASURE_BYTES {
        return Err(MeasureTextError::TooLong);
    }
    let mut words = text.split_whitespace();
    let (Some(kind), Some(target)) = (words.next(), words.next()) else {
        return Err(MeasureTextError::Short { text: quoted(text), kinds: kinds() });
    };
    let kind = find_kind(kind)?;
    let (measure, targets) = targets(target, kind, site)?;
    let pairs = Pairs::read(words, kind)?;
    let from = pairs.time("from")?.ok_or(MeasureTextError::Missing { kind: kind.name, key: "from" })?;
    let to = pairs.time("to")?;
    if let (Some(end), Some(value)) = (to, pairs.get("to"))
        && end <= from
    {
        return Err(wrong("to", value, "it must be later than from"));
    }
    let given = GivenMeasure {
        kind: kind.does,
        measure,
        targets,
        from,
        to,
        direction: pairs.direction()?,
        per_min: pairs.number("per_min", f64::MAX)?,
        obeyed: pairs.number("obeyed", 1.0)?,
    };
    match (kind.does, given.per_min) {
        (MeasureKind::Meter, None) => Err(MeasureTextError::Missing { kind: kind.name, key: "per_min" }),
        _ => Ok(given),
    }
}

fn kinds() -> String {
    measure_kinds().collect::<Vec<_>>().join(", ")
}

fn find_kind(name: &str) -> Result<&'static Known, MeasureTextError> {
    let known: Vec<&str> = measure_kinds().collect();
    KINDS.iter().find(|kind| kind.name == name).ok_or_else(|| MeasureTextError::UnknownKind {
        kind: quoted(name),
        remedy: did_you_mean(name, &known),
        kinds: kinds(),
    })
}

/// The places named, with commas between; `measure/ID` stands for all targets of the playbook's measure.
fn targets(text: &str, kind: &Known, site: &Site) -> Result<(Option<MeasureIx>, Vec<Place>), MeasureTextError> {
    let (mut named, mut targets) = (None, Vec::new());
    for target in text.split(',') {
        let unknown = || unknown_target(target, kind, site);
        if let Some(id) = target.strip_prefix("measure/") {
            let measure = site.measure_ix(&id.into()).ok_or_else(unknown)?;
            targets.extend(site.measures[measure.index()].targets.iter().copied());
            named = Some(measure);
        } else {
            targets.push(site.place(target).ok_or_else(unknown)?);
        }
    }
    match targets.iter().find(|place| !kind.sorts.contains(&sort(**place))) {
        Some(place) => Err(MeasureTextError::WrongTarget {
            kind: kind.name,
            target: site.place_id(*place),
            sorts: kind.sorts.iter().map(|sort| format!("{sort}/ID")).collect::<Vec<_>>().join(", "),
        }),
        None => Ok((named, targets)),
    }
}

fn sort(place: Place) -> &'static str {
    match place {
        Place::Zone(_) => "zone",
        Place::Group(_) => "group",
        Place::Link(_) => "link",
        Place::Gate(_) => "gate",
        Place::Datastream(_) => "datastream",
        Place::Site => "site",
    }
}

fn unknown_target(text: &str, kind: &Known, site: &Site) -> MeasureTextError {
    let mut known: Vec<String> = Vec::new();
    for sort in kind.sorts {
        match *sort {
            "zone" => known.extend(site.zones.iter().map(|zone| format!("zone/{}", zone.id))),
            "link" => known.extend(site.links.iter().map(|link| format!("link/{}", link.id))),
            _ => known.extend(site.gates.iter().map(|gate| format!("gate/{}", gate.id))),
        }
    }
    known.extend(site.measures.iter().filter(|it| it.kind == kind.does).map(|it| format!("measure/{}", it.id)));
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let nearest = did_you_mean(text, &known);
    let all = format!("{} can act on: {}", kind.name, list(&known));
    let remedy = if nearest.starts_with("did") { format!("{nearest} {all}") } else { all };
    MeasureTextError::UnknownTarget { target: quoted(text), site: site.id.to_string(), remedy }
}

/// The words after kind and target.
struct Pairs<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Pairs<'a> {
    fn read(words: impl Iterator<Item = &'a str>, kind: &Known) -> Result<Self, MeasureTextError> {
        let mut pairs: Vec<(&str, &str)> = Vec::new();
        for word in words {
            let (key, value) = word.split_once('=').ok_or_else(|| MeasureTextError::NotAPair { word: quoted(word) })?;
            let known = ["from", "to"].contains(&key) || kind.keys.contains(&key);
            let twice = pairs.iter().any(|(earlier, _)| *earlier == key);
            if !known || twice {
                let keys = ["from", "to"].iter().chain(kind.keys).copied().collect::<Vec<_>>().join(", ");
                let more = if known { " twice" } else { "" };
                return Err(MeasureTextError::WrongKey { kind: kind.name, key: quoted(key), more, keys });
            }
            pairs.push((key, value));
        }
        Ok(Self(pairs))
    }

    fn get(&self, key: &str) -> Option<&'a str> {
        self.0.iter().find(|(known, _)| *known == key).map(|(_, value)| *value)
    }

    fn time(&self, key: &str) -> Result<Option<Time>, MeasureTextError> {
        let read = |value: &str| value.parse().map_err(|_| wrong(key, value, "write 2019-10-02T18:00:00+08:00"));
        self.get(key).map(read).transpose()
    }

    fn direction(&self) -> Result<Option<OpenWay>, MeasureTextError> {
        match self.get("direction") {
            None => Ok(None),
            Some("forward") => Ok(Some(OpenWay::Forward)),
            Some("backward") => Ok(Some(OpenWay::Backward)),
            Some(value) => Err(wrong("direction", value, "write forward or backward")),
        }
    }

    fn number(&self, key: &str, most: f64) -> Result<Option<f64>, MeasureTextError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let number = value.parse::<f64>().ok().filter(|number| number.is_finite() && (0.0..=most).contains(number));
        let expected = if most <= 1.0 { "write a number from 0 to 1" } else { "write a number of people, 0 or more" };
        number.map(Some).ok_or_else(|| wrong(key, value, expected))
    }
}

fn wrong(key: &str, value: &str, expected: &str) -> MeasureTextError {
    MeasureTextError::WrongValue { key: key.to_owned(), value: quoted(value), expected: expected.to_owned() }
}
