//! What a `demand.toml` may and may not say.

use city::{Gate, GateKind, Site, Zone, ZoneIx, ZoneKind};

use super::{DemandReading, Points, read, usual};

fn site() -> Site {
    let zone = |id: &str, kind| Zone {
        id: id.into(),
        name: city::Bilingual::default(),
        kind,
        polygon: None,
        area_m2: Some(city::Sourced { value: 500.0, source: String::new() }),
        ladder: city::Sourced { value: kind.ladder(), source: String::new() },
        peak_factor: 1.0,
        initial: city::Sourced { value: city::Estimate { people: 50.0, sd: 5.0 }, source: String::new() },
        access: city::Access::Pedestrian,
        unmeasured_share: 0.1,
        locked: None,
    };
    let gate = Gate {
        id: "north".into(),
        name: city::Bilingual::default(),
        zone: ZoneIx::from(0),
        kind: GateKind::Street,
        position: None,
    };
    Site {
        zones: vec![zone("street", ZoneKind::Moving), zone("square", ZoneKind::Standing)],
        gates: vec![gate],
        ..Site::default()
    }
}

const GOOD: &str = r#"
schema = 1
start = "2024-05-01T10:00:00+08:00"
minutes = 60
[arrivals]
per_min = [[0, 10], [30, 20]]
[[attraction]]
id = "look"
zones = { square = 1 }
stay_median_min = 10
stay_spread = 0.5
stay_most_min = 30
[[purpose]]
id = "look"
share = 1
visits = [{ to = "look", chance = 1 }]
"#;

fn told(text: &str) -> Vec<String> {
    read(text, &site()).problems.iter().map(ToString::to_string).collect()
}

#[test]
fn a_small_demand_is_read_with_its_defaults() {
    let DemandReading { demand, problems } = read(GOOD, &site());
    assert!(problems.is_empty(), "{problems:?}");
    let demand = demand.unwrap();
    assert!((demand.obeyed_share - 0.95).abs() < 1e-12 && demand.step_s == 5);
    assert_eq!(demand.gates, [1.0]);
}

#[test]
fn every_problem_names_its_line_and_a_remedy() {
    for (from, to, says) in [
        ("minutes = 60", "minutes = 0", "demand.toml:4: minutes must be 1 to 1440"),
        ("square = 1", "squre = 1", "demand.toml:9: the site has no zone 'squre'"),
        ("[[0, 10], [30, 20]]", "[[30, 10], [0, 20]]", "demand.toml:6: per_min must be"),
        ("chance = 1", "chance = 1.5", "demand.toml:16: chance is 1.5"),
        ("to = \"look\"", "to = \"eat\"", "demand.toml:16: there is no attraction 'eat'"),
        ("minutes = 60", "minutes = 60\nminuets = 5", "demand.toml:5: unknown field `minuets`"),
        ("+08:00", "", "demand.toml:3: '2024-05-01T10:00:00' is not an ISO 8601 time"),
        ("share = 1", "share = -1", "demand.toml:15: share is -1"),
        ("minutes = 60", "minutes = ", "demand.toml:4:"),
    ] {
        let text = GOOD.replace(from, to);
        let told = told(&text);
        assert!(told.iter().any(|line| line.starts_with(says) && line.ends_with(')')), "{says}: {told:?}");
        assert_eq!(read(&text, &site()).demand, None);
    }
}

#[test]
fn problems_and_bytes_are_bounded() {
    let many = (0..200).map(|n| format!("zone-{n} = 1")).collect::<Vec<_>>().join(", ");
    let text = GOOD.replace("square = 1", &many);
    assert_eq!(told(&text).len(), super::MAX_PROBLEMS);
    let long = format!("{GOOD}# {}", "x".repeat(super::MAX_DEMAND_BYTES));
    assert_eq!(told(&long).len(), 1);
}

#[test]
fn an_event_needs_its_own_places_and_factor() {
    let event = |rest: &str| {
        let times = "from = \"2024-05-01T10:10:00+08:00\"\nto = \"2024-05-01T10:20:00+08:00\"";
        told(&format!("{GOOD}[[event]]\n{times}\n{rest}\n"))
    };
    assert!(event("kind = \"surge\"\ngates = [\"north\"]\nfactor = 3").is_empty());
    assert!(!event("kind = \"surge\"\ngates = [\"north\"]").is_empty());
    assert!(!event("kind = \"surge\"\nzones = [\"square\"]\nfactor = 3").is_empty());
    assert!(!event("kind = \"party\"").is_empty());
}

#[test]
fn points_are_joined_by_straight_lines() {
    let points = Points(vec![(0.0, 1.0), (10.0, 3.0)]);
    for (minute, value) in [(-5.0, 1.0), (0.0, 1.0), (5.0, 2.0), (10.0, 3.0), (99.0, 3.0)] {
        assert!((points.at(minute) - value).abs() < 1e-12);
    }
}

#[test]
fn a_site_without_a_demand_has_one_that_fits() {
    let demand = usual(&site());
    assert_eq!(demand.gates.len(), 1);
    assert!(demand.attractions.iter().flat_map(|attraction| &attraction.zones).all(|(zone, _)| zone.index() < 2));
}
