//! The scenarios of `scenarios/*.md` (grammar: docs/scenarios.md); `UPDATE=1` rewrites their expectations.

#![allow(clippy::unwrap_used, clippy::float_cmp, reason = "a test fails by panicking, and means the exact number")]

mod town;

use std::path::{Path, PathBuf};

use city::*;
use town::{Town, at, empty_site, line, stage, stream, zone};

/// One statement, with the text it came from.
struct Statement<'a> {
    words: Vec<&'a str>,
    text: &'a str,
}

/// A scenario in its parts: the lines before the expectations, and these.
struct Scenario<'a> {
    statements: Vec<Statement<'a>>,
    expected: Vec<&'a str>,
    prose: &'a str,
}

fn parse(text: &str) -> Scenario<'_> {
    let starts = text.match_indices("\nexpect ").next().map_or(text.len(), |(at, _)| at + 1);
    let prose = &text[..starts];
    let statements = prose
        .lines()
        .map(|text| Statement { words: text.split_whitespace().collect(), text })
        .filter(|statement| matches!(statement.words.first(), Some(&("given" | "at" | "each"))))
        .collect();
    let expected = text[starts..].lines().filter(|line| !line.trim().is_empty()).collect();
    Scenario { statements, expected, prose }
}

/// Seconds of `HH:MM` or `HH:MM:SS`.
fn clock(text: &str) -> i64 {
    let parts: Vec<i64> = text.split(':').map(|part| part.parse().unwrap()).collect();
    match parts[..] {
        [hours, minutes] => hours * 3600 + minutes * 60,
        [hours, minutes, seconds] => hours * 3600 + minutes * 60 + seconds,
        _ => panic!("'{text}' is not a time"),
    }
}

fn number(text: &str) -> f64 {
    text.parse().unwrap_or_else(|_| panic!("'{text}' is not a number"))
}

fn kind<T: serde::de::DeserializeOwned>(text: &str) -> T {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).unwrap_or_else(|_| panic!("'{text}'"))
}

/// Adds what a `given` line says to the site.
fn given(site: &mut Site, words: &[&str]) {
    let zone_ix = |site: &Site, id: &str| site.zone_ix(&id.into()).unwrap_or_else(|| panic!("no zone '{id}'"));
    let ladder =
        |words: &[&str]| Ladder { caution: number(words[0]), warning: number(words[1]), critical: number(words[2]) };
    match *words {
        ["zone", id, of_kind, area, "m2"] => site.zones.push(zone(id, kind(of_kind), number(area))),
        ["camera", id] => {
            let role = Role::AreaCount { zone: zone_ix(site, id) };
            site.datastreams.push(stream(&format!("{id}/camera"), role));
        }
        ["gate", id, "into", into] => {
            let gate = GateIx::from(site.gates.len());
            let name = Bilingual::same(id);
            let zone = zone_ix(site, into);
            site.gates.push(Gate { id: id.into(), name, zone, kind: GateKind::Street, position: None });
            site.datastreams.push(stream(&format!("{id}/in"), Role::GateCount { gate, flow: GateFlow::In }));
            site.datastreams.push(stream(&format!("{id}/out"), Role::GateCount { gate, flow: GateFlow::Out }));
        }
        ["link", id, "from", from, "to", to] => {
            let link = LinkIx::from(site.links.len());
            site.links.push(Link {
                id: id.into(),
                name: Bilingual::same(id),
                from: zone_ix(site, from),
                to: zone_ix(site, to),
                kind: LinkKind::Level,
                width_m: Sourced::new(3.0, "scenario"),
                lost_width_m: 0.0,
                capacity_per_m_s: 1.22,
                access: Access::Pedestrian,
                line: Vec::new(),
            });
            let count = |way: &str, flow| stream(&format!("{id}/{way}"), Role::LinkCount { link, flow });
            site.datastreams.extend([count("forward", LinkFlow::Forward), count("backward", LinkFlow::Backward)]);
        }
        ["group", id, "of", ref rest @ ..] => {
            let split = rest.iter().position(|word| *word == "at").expect("a group has levels: at …");
            let members = rest[..split].iter().map(|id| zone_ix(site, id)).collect();
            let people = Some(Sourced::new(ladder(&rest[split + 1..]), "scenario"));
            site.groups.push(Group { id: id.into(), name: Bilingual::same(id), members, people });
        }
        ["indicator", id, "at", ref levels @ ..] => {
            let mut indicator = stage(id);
            let Ladder { caution, warning, critical } = ladder(levels);
            if let Some(levels) = &mut indicator.levels {
                (levels.caution, levels.warning, levels.critical) = (caution, warning, critical);
            }
            site.datastreams.push(indicator);
        }
        ["silence", "after", seconds, "s"] => {
            let seconds = number(seconds) as u32;
            site.datastreams.iter_mut().for_each(|stream| stream.silent_after_s = seconds);
        }
        _ => panic!("not a statement: given {}", words.join(" ")),
    }
}

/// Does what an `at` line says.
fn happen(town: &mut Town, seconds: i64, words: &[&str]) {
    let events = match *words {
        ["observe", id, value] => {
            let result = (value != "missing").then(|| number(value));
            town.observe_interval(seconds, (id, seconds - 60), result)
        }
        ["say", word, "at", place] => {
            let place = town.city.site().unwrap().place(place).unwrap_or_else(|| panic!("no place '{place}'"));
            town.say(seconds, place, kind(word))
        }
        ["acknowledge", place, cause] => {
            town.tick(seconds);
            let warning = town.id(place, kind(cause));
            town.command(seconds, Command::Acknowledge { warning })
        }
        ["shelve", place, cause, "until", until] => {
            town.tick(seconds);
            let warning = town.id(place, kind(cause));
            town.command(seconds, Command::Shelve { warning, why: "scenario".to_owned(), until: at(clock(until)) })
        }
        _ => panic!("not a statement: at … {}", words.join(" ")),
    };
    assert_eq!(Town::refusal(&events), None, "{}", words.join(" "));
}

/// Plays a scenario and writes what its warnings did as `expect` lines.
fn play(scenario: &Scenario<'_>) -> Vec<String> {
    let mut site = empty_site();
    let mut happenings: Vec<(i64, &[&str])> = Vec::new();
    for statement in &scenario.statements {
        match *statement.words {
            ["given", ref rest @ ..] => given(&mut site, rest),
            ["at", time, ref rest @ ..] => happenings.push((clock(time), rest)),
            ["each", "minute", "from", from, "to", to, ref rest @ ..] => {
                let minutes = (clock(from)..=clock(to)).step_by(60);
                happenings.extend(minutes.map(|seconds| (seconds, rest)));
            }
            _ => panic!("not a statement: {}", statement.text),
        }
    }
    happenings.sort_by_key(|(seconds, _)| *seconds);
    let mut town = Town::new(site);
    for (seconds, words) in happenings {
        happen(&mut town, seconds, words);
    }
    let last = scenario.expected.last().expect("a scenario ends with: expect TIME nothing else");
    let end = last.split_whitespace().nth(1).unwrap();
    assert!(last.ends_with(" nothing else"), "a scenario ends with: expect TIME nothing else");
    town.tick(clock(end));
    let site = town.city.site().unwrap();
    let lines = town.events.iter().filter_map(|event| line(site, event)).map(|line| format!("expect {line}"));
    lines.chain([format!("expect {end} nothing else")]).collect()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios")
}

#[test]
fn every_scenario_goes_as_it_is_told() {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    paths.sort();
    assert!(paths.len() >= 4);
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        let scenario = parse(&text);
        let played = play(&scenario);
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, format!("{}{}\n", scenario.prose, played.join("\n"))).unwrap();
        } else {
            assert_eq!(scenario.expected, played, "{}", path.display());
        }
    }
}
