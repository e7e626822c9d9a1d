//! Files of truth, faults and rates, good and bad.
//!
//! Not here: files on disk (connect).
//! Invariant: every refusal names its line, its reason and a remedy.

use city::{Bilingual, Datastream, DatastreamIx, FindingKind, GateFlow, GateIx, Role, Site, Time, ZoneIx};

use super::{Faults, Rates, RealityReader, TableError, Taken, Told, Truth};

fn stream(id: &str, role: Role) -> Datastream {
    Datastream {
        id: id.into(),
        name: Bilingual::same(id),
        role,
        unit: "people".to_owned(),
        interval_s: 60,
        ..Datastream::default()
    }
}

fn site() -> Site {
    let zone = |id: &str| city::Zone {
        id: id.into(),
        name: Bilingual::same(id),
        kind: city::ZoneKind::Moving,
        polygon: None,
        area_m2: None,
        ladder: city::Sourced { value: city::Ladder::MOVING, source: String::new() },
        peak_factor: 1.0,
        initial: city::Sourced { value: city::Estimate::default(), source: String::new() },
        access: city::Access::Pedestrian,
        unmeasured_share: 0.0,
        locked: None,
    };
    let gate = GateIx(0);
    Site {
        zones: vec![zone("hall"), zone("stair")],
        datastreams: vec![
            stream("door/in", Role::GateCount { gate, flow: GateFlow::In }),
            stream("camera", Role::AreaCount { zone: ZoneIx(0) }),
            stream("river", Role::Indicator),
        ],
        ..Site::default()
    }
}

fn read<T: Told>(text: &str) -> Result<Taken<T::Row>, TableError> {
    let mut reader = RealityReader::<T>::new(&site());
    for chunk in text.as_bytes().chunks(7) {
        reader.feed(chunk)?;
    }
    reader.finish()
}

fn problems<R>(taken: &Taken<R>) -> Vec<String> {
    taken.problems.first().iter().map(ToString::to_string).collect()
}

#[test]
fn people_in_zones_are_read_at_whole_minutes_only_and_once() {
    let taken = read::<Truth>(
        "phenomenonTime,zone,occupancy\n\
         2019-10-02T18:50:00+08:00,hall,120\n\
         2019-10-02T18:50:30+08:00,hall,121\n\
         2019-10-02T18:51:00+08:00,attic,3\n\
         2019-10-02T18:51:00+08:00,hall,-1\n\
         2019-10-02T18:51:00+08:00,hall,inf\n\
         2019-10-02T18:51:00+08:00,hall,\n\
         2019-10-02T10:50:00Z,hall,120\n\
         2019-10-02T18:51:00+08:00,hall\n\
         2019-10-02T18:51:00+08:00,stair,2.5",
    )
    .unwrap();
    let rows: Vec<_> = taken.rows.iter().map(|row| (row.at.to_string(), row.zone, row.people)).collect();
    assert_eq!(
        rows,
        [("2019-10-02T10:50:00Z".to_owned(), ZoneIx(0), 120.0), ("2019-10-02T10:51:00Z".to_owned(), ZoneIx(1), 2.5)]
    );
    let problems = problems(&taken);
    let expected = [
        "line 3: phenomenonTime '2019-10-02T18:50:30+08:00' does not lie on a whole minute (give the people at whole minutes",
        "line 4: zone 'attic' is not in the site (correct the id",
        "line 5: occupancy '-1' is negative",
        "line 6: occupancy 'inf' is not a finite number",
        "line 7: occupancy is absent",
        "line 8: it says again what line 2 says (remove one of the two rows)",
        "line 9: the row has 2 fields where the header has 3",
    ];
    assert_eq!(problems.len(), expected.len(), "{problems:?}");
    for (problem, start) in problems.iter().zip(expected) {
        assert!(problem.starts_with(start), "{problem}");
    }
}

#[test]
fn faults_are_of_known_sensors_and_kinds_and_end_after_they_begin() {
    let taken = read::<Faults>(
        "kind,datastream,to,from\n\
         stuck,camera,2019-10-02T19:00:00Z,2019-10-02T18:00:00Z\n\
         silent,door/in,,2019-10-02T18:00:00Z\n\
         Stuck,camera,2019-10-02T19:00:00Z,2019-10-02T18:00:00Z\n\
         stuck,lamp,2019-10-02T19:00:00Z,2019-10-02T18:00:00Z\n\
         stuck,camera,2019-10-02T17:00:00Z,2019-10-02T18:00:00Z\n\
         stuck,camera,2019-10-02T19:00:00Z,2019-10-02T18:00:00Z\n",
    )
    .unwrap();
    assert_eq!(taken.rows.len(), 2);
    assert_eq!((taken.rows[0].kind, taken.rows[0].datastream), (FindingKind::Stuck, DatastreamIx(1)));
    assert_eq!(taken.rows[1].to, Time::MAX);
    let problems = problems(&taken);
    assert!(problems[0].starts_with("line 4: kind 'Stuck' is none of silent, dropout, stuck"), "{problems:?}");
    assert!(problems[1].starts_with("line 5: datastream 'lamp' is not in the site"), "{problems:?}");
    assert!(problems[2].contains("2019-10-02T18:00:00Z/2019-10-02T17:00:00Z' ends before it starts"), "{problems:?}");
    assert!(problems[3].starts_with("line 7: it says again what line 2 says"), "{problems:?}");
}

#[test]
fn rates_have_the_direction_of_their_datastream() {
    let taken = read::<Rates>(
        "phenomenonTime,datastream,direction,rate\n\
         2019-10-02T18:00:00Z,door/in,in,0.91\n\
         2019-10-02T18:00:00Z,camera,area,1.04\n\
         2019-10-02T18:10:00Z,door/in,out,0.9\n\
         2019-10-02T18:10:00Z,door/in,north,0.9\n\
         2019-10-02T18:10:00Z,river,in,0.9\n\
         2019-10-02T18:10:00Z,door/in,in,-0.9\n\
         2019-10-02T18:00:00Z,door/in,in,0.92\n",
    )
    .unwrap();
    assert_eq!(taken.rows.iter().map(|row| row.rate).collect::<Vec<_>>(), [0.91, 1.04]);
    let problems = problems(&taken);
    for (problem, words) in problems.iter().zip([
        "line 4: datastream 'door/in' counts 'in', not 'out'",
        "line 5: direction 'north' is none of in, out",
        "line 6: datastream 'river' counts no people",
        "line 7: rate '-0.9' is negative",
        "line 8: it says again what line 2 says",
    ]) {
        assert!(problem.starts_with(words), "{problem}");
    }
}

#[test]
fn a_wrong_header_says_what_is_missing_and_what_it_should_be() {
    let error = read::<Truth>("phenomenonTime,zone,people\n").unwrap_err().to_string();
    assert_eq!(
        error,
        "wrong header: no column occupancy; found: phenomenonTime,zone,people. The first line must be \
         phenomenonTime,zone,occupancy, with commas"
    );
    assert!(read::<Faults>("").unwrap_err().to_string().contains("datastream,kind,from,to"));
    assert_eq!(read::<Truth>("\u{feff}phenomenonTime,zone,occupancy\r\n").unwrap().rows, []);
    let twice = read::<Truth>("zone,zone,phenomenonTime,occupancy\n").unwrap_err().to_string();
    assert!(twice.contains("column zone occurs twice"), "{twice}");
}
