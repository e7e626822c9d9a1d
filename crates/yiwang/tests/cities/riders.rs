//! Eighteen days of a whole metro network: how many people ride, from entries and exits alone.
//!
//! Not here: how the counters are learned (engine), when the network is found to be shut (formats).
//! Invariant: entries and exits are added up from the file itself; nothing is compared with a figure that was tuned.

use std::collections::BTreeMap;

use city::{Span, Time};
use serde_json::Value;

use crate::program::{Program, rows_of};
use crate::server::Server;
use crate::{replay, starter};

/// The network is locked each night from 00:15 to 05:30; a quarter of an hour later the lock has been measured.
const SHUT: (&str, &str) = ("00:31", "05:29");
/// Who may be thought to be left in a network that is shut: staff, people.
const LEFT: f64 = 20.0;

/// Local days and clock times of the record.
fn local(time: Time) -> (String, String) {
    let text = time.plus(Span::from_seconds(8 * 3600)).to_string();
    (text[..10].to_owned(), text[11..16].to_owned())
}

/// People in and out by local day.
fn passed(observations: &str) -> BTreeMap<String, [f64; 2]> {
    let mut days: BTreeMap<String, [f64; 2]> = BTreeMap::new();
    for (time, datastream, result) in rows_of(observations) {
        let way = usize::from(datastream.ends_with("/exits"));
        days.entry(local(time).0).or_default()[way] += result.unwrap();
    }
    days
}

#[test]
fn riders_are_never_fewer_than_none_and_the_network_is_empty_every_night() {
    let program = Program::fastest();
    let Some((folder, site, observations)) = starter(&program, "hangzhou-metro-15min", &[]) else { return };
    let locked = std::fs::read_to_string(format!("{site}/site.toml")).unwrap();
    assert!(locked.contains("assumption: no counts between 23:45 and 05:30 on 18 of 18 days"), "{locked}");
    let data = folder.path().join("data").display().to_string();
    replay(&program, &site, &observations, &["--data", &data]);

    let server = Server::over(&site, &data, &observations);
    let span = ("2018-12-31T00:00:00Z".parse().unwrap(), "2019-01-20T00:00:00Z".parse().unwrap());
    let mut nights: BTreeMap<String, usize> = BTreeMap::new();
    let mut most = 0.0_f64;
    for (time, point) in server.points("zone/network", span) {
        let [people, p05, p95] = ["people", "p05", "p95"].map(|key| point[key].as_f64().unwrap());
        assert!(0.0 <= p05 && p05 <= people && people <= p95, "{point}");
        most = most.max(people);
        let (day, clock) = local(time);
        if (SHUT.0..=SHUT.1).contains(&clock.as_str()) {
            assert!(people <= LEFT && p95 <= LEFT, "somebody rides at night: {point}");
            *nights.entry(day).or_default() += 1;
        }
    }
    assert!(most > 50_000.0, "hardly anybody ever rides: {most}");
    assert_eq!(nights.len(), 17, "every night between two days is known to be empty: {nights:?}");
}

#[test]
fn the_asymmetry_of_entries_and_exits_is_reported_for_each_day_with_its_interval() {
    let program = Program::fastest();
    let Some((_folder, site, observations)) = starter(&program, "hangzhou-metro-15min", &[]) else { return };
    let report = replay(&program, &site, &observations, &[]);
    let balances = report["balances"].as_array().unwrap();
    let days = passed(&observations);
    for balance in balances {
        let number = |key: &str| balance[key].as_f64().unwrap();
        let (day, _) = local(balance["from"].as_str().unwrap().parse().unwrap());
        let [entries, exits] = days[&day];
        assert!(
            (number("counted_in") - entries).abs() < 0.5 && (number("counted_out") - exits).abs() < 0.5,
            "{balance}"
        );
        assert!((number("out_per_in") - exits / entries).abs() < 1e-9, "{balance}");
        assert!(number("p05") < number("out_per_in") && number("out_per_in") < number("p95"), "{balance}");
        assert!(number("p95") - number("p05") < 0.02, "{balance}");
        assert_eq!(balance["zone"], Value::from("network"));
    }
    assert_eq!(balances.len(), 17, "one for each day that a locked night ends: {balances:?}");
}
