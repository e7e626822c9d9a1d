//! Round trips and hostile bytes.

use city::{
    ActorId, Command, DatastreamIx, ENTRY_SCHEMA, Entry, Fact, HumanObservation, Input, Observation, ObservationBatch,
    Place, Saying, Seq, SourceId, Time, WarningId, ZoneIx,
};
use proptest::prelude::*;

use super::bytes::Reader;
use super::{decode, encode, floats, ints};

/// Floats of every kind a column may meet.
fn any_float() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => (0_i32..500).prop_map(f64::from),
        2 => (-100_000_i32..100_000).prop_map(|k| f64::from(k) / 100.0),
        1 => any::<u64>().prop_map(f64::from_bits),
        1 => Just(-0.0),
        1 => Just(f64::from_bits(0x7ff8_0000_0000_0001)),
        1 => Just(f64::NEG_INFINITY),
    ]
}

fn any_time() -> impl Strategy<Value = Time> {
    prop_oneof![
        Just(Time::MIN),
        Just(Time::MAX),
        (0_i64..100_000).prop_map(|minute| Time::from_seconds(1_570_000_000 + minute * 60)),
        (0_i64..10_000_000_000).prop_map(|micros| Time::from_micros(1_570_000_000_000_000 + micros)),
    ]
}

fn any_batch() -> impl Strategy<Value = Input> {
    let row = (0_u32..2_000, any_time(), any_time(), any_float());
    proptest::collection::vec(row, 0..200).prop_map(|rows| {
        let (mut ids, mut starts, mut ends, mut results) = (vec![], vec![], vec![], vec![]);
        for (id, start, end, result) in rows {
            ids.push(DatastreamIx(id));
            starts.push(start);
            ends.push(end);
            results.push(result);
        }
        Input::Fact(Fact::Observations(ObservationBatch::from_columns(ids, starts, ends, results).unwrap()))
    })
}

fn any_input() -> impl Strategy<Value = Input> {
    let count = |people| {
        Input::Fact(Fact::Human(HumanObservation {
            place: Place::Zone(ZoneIx(3)),
            role: "post-12".to_owned(),
            saying: Saying::Count { people },
            reason: "count".to_owned(),
            expires: None,
        }))
    };
    let shelve = |(id, why, until)| Input::Command(Command::Shelve { warning: WarningId(id), why, until });
    prop_oneof![
        3 => any_batch(),
        1 => Just(Input::Tick),
        1 => any_float().prop_map(count),
        1 => (any::<u64>(), ".{0,40}", any_time()).prop_map(shelve),
    ]
}

fn any_entries() -> impl Strategy<Value = Vec<Entry>> {
    let entry = (any_time(), 0..3_u8, any_input());
    (0_u64..1_000_000, proptest::collection::vec(entry, 0..20)).prop_map(|(first, entries)| {
        let entries = entries.into_iter().zip(first..).map(|((time, who, input), seq)| Entry {
            seq: Seq(seq),
            time,
            actor: ActorId::new(format!("actor-{who}")),
            source: SourceId::from("http"),
            schema: ENTRY_SCHEMA,
            input,
        });
        entries.collect()
    })
}

/// Postcard writes floats as bits, so equal bytes are equal bits.
fn bits(entries: &[Entry]) -> Vec<u8> {
    postcard::to_stdvec(entries).unwrap()
}

proptest! {
    #[test]
    fn entries_come_back_bit_for_bit(entries in any_entries()) {
        let decoded = decode(&encode(&entries).unwrap()).unwrap();
        prop_assert_eq!(bits(&decoded), bits(&entries));
    }

    #[test]
    fn float_columns_come_back_bit_for_bit(values in proptest::collection::vec(any_float(), 0..700)) {
        let mut out = Vec::new();
        floats::encode(&values, &mut out);
        let mut reader = Reader::new(&out);
        let decoded = floats::decode(&mut reader, values.len()).unwrap();
        prop_assert!(reader.is_at_end());
        let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        prop_assert_eq!(bits(&decoded), bits(&values));
    }

    #[test]
    fn integer_columns_come_back(
        values in prop_oneof![
            proptest::collection::vec(any::<i64>(), 0..300),
            proptest::collection::vec(0_i64..50, 0..700),
            proptest::collection::vec(prop_oneof![9 => Just(60_i64), 1 => -5_000_i64..5_000], 0..700)
                .prop_map(|steps| steps.iter().scan(0, |sum, step| { *sum += step * 1_000_000; Some(*sum) }).collect()),
            proptest::collection::vec(prop_oneof![Just(i64::MIN), Just(i64::MAX), Just(0)], 0..200),
        ]
    ) {
        let mut out = Vec::new();
        ints::encode(&values, &mut out);
        let mut reader = Reader::new(&out);
        prop_assert_eq!(ints::decode(&mut reader, values.len()).unwrap(), values);
        prop_assert!(reader.is_at_end());
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = decode(&bytes);
        let _ = decode(&[&[1][..], &bytes].concat());
    }

    #[test]
    fn a_changed_block_is_read_without_a_panic(
        entries in any_entries(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = encode(&entries).unwrap();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        let _ = decode(&bytes);
    }
}

#[test]
fn every_cut_of_a_block_is_an_error() {
    let batch = (0..300_u32)
        .map(|row| Observation {
            datastream: DatastreamIx(row * 7 % 300),
            phenomenon_time: Time::from_seconds(60 * i64::from(row % 5)),
            result_time: Time::from_micros(61_000_000 * i64::from(row)),
            result: (row % 11 != 0).then_some(f64::from(row % 40)),
        })
        .collect();
    let entry = Entry {
        seq: Seq(1),
        time: Time::from_seconds(9),
        actor: ActorId::from("local"),
        source: SourceId::from("http"),
        schema: ENTRY_SCHEMA,
        input: Input::Fact(Fact::Observations(batch)),
    };
    let bytes = encode(&[entry]).unwrap();
    assert!(decode(&bytes).is_ok());
    for length in 0..bytes.len() {
        assert!(decode(&bytes[..length]).is_err(), "cut at {length}");
    }
}

#[test]
fn a_count_beyond_its_limit_is_refused_before_it_is_allocated() {
    let mut bytes = vec![1];
    super::put_varint(&mut bytes, u64::MAX);
    assert!(matches!(decode(&bytes), Err(super::CodecError::TooMany { .. })));
}

#[test]
fn a_newer_layout_is_named() {
    assert_eq!(decode(&[9, 0, 0]), Err(super::CodecError::Newer(9)));
}
