//! INV-09: a stream is a view at S followed by every frame after S, without a gap, until a reset.

use std::sync::Arc;

use api::{Desk, Reader, Step, Stream, StreamId, StreamLimits};
use city::DatastreamIx;
use proptest::prelude::*;
use serde_json::Value;

use crate::double::{Double, desk};

const STREAMS: usize = 4;

/// What a follower knows: the view it took, and every frame it was given since.
struct Follower {
    known: Vec<f64>,
    at: StreamId,
    reader: Reader,
}

impl Follower {
    fn new(desk: &Double) -> Self {
        let view = desk.view();
        let known = view.datastreams.iter().map(|state| state.result.unwrap()).collect();
        Self { known, at: view.stream_id, reader: desk.stream.subscribe(view.stream_id) }
    }

    /// Takes one step; false at a reset or the end.
    async fn step(&mut self) -> bool {
        let Step::Frame(frame) = self.reader.next().await else { return false };
        let text = std::str::from_utf8(&frame).unwrap();
        let id: StreamId = text.lines().next().unwrap().strip_prefix("id: ").unwrap().parse().unwrap();
        assert_eq!(id.number, self.at.number + 1, "a gap");
        self.at = id;
        let data = text.lines().find_map(|line| line.strip_prefix("data: ")).unwrap();
        let data: Value = serde_json::from_str(data).unwrap();
        for stream in data["datastreams"].as_array().unwrap() {
            let ix: usize = stream["id"].as_str().unwrap().rsplit('-').next().unwrap().parse().unwrap();
            self.known[ix] = stream["result"].as_f64().unwrap();
        }
        true
    }

    fn agrees_with(&self, desk: &Double) -> bool {
        let view = desk.view();
        view.stream_id == self.at
            && view.datastreams.iter().zip(&self.known).all(|(state, known)| state.result == Some(*known))
    }
}

#[derive(Clone, Debug)]
enum Move {
    /// The engine sets a value.
    Set(usize, f64),
    /// Somebody takes a view and follows.
    Join,
    /// A follower takes so many steps if it can.
    Read(usize, usize),
    /// A follower drops its connection and comes back with its last id.
    Return(usize),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        4 => (0..STREAMS, 0..1000u32).prop_map(|(stream, result)| Move::Set(stream, f64::from(result))),
        1 => Just(Move::Join),
        3 => (0..8usize, 1..6usize).prop_map(|(follower, steps)| Move::Read(follower, steps)),
        1 => (0..8usize).prop_map(Move::Return),
    ];
    proptest::collection::vec(one, 1..80)
}

async fn play(moves: Vec<Move>, frames: usize) {
    let desk = desk(STREAMS, StreamLimits { bytes: 1 << 20, frames });
    let mut followers: Vec<Follower> = Vec::new();
    for one in moves {
        match one {
            Move::Set(stream, result) => desk.set(DatastreamIx::from(stream), result),
            Move::Join => followers.push(Follower::new(&desk)),
            Move::Read(follower, steps) => {
                let Some(index) = follower.checked_rem(followers.len()) else { continue };
                for _ in 0..steps {
                    let follower = &mut followers[index];
                    if follower.at == desk.stream.tip() {
                        break;
                    }
                    let lag = desk.stream.tip().number - follower.at.number;
                    if !follower.step().await {
                        assert!(lag > frames as u64, "a reset though {lag} of {frames} frames were kept");
                        *follower = Follower::new(&desk);
                    }
                }
            }
            Move::Return(follower) => {
                let Some(index) = follower.checked_rem(followers.len()) else { continue };
                let at = followers[index].at;
                followers[index].reader = desk.stream.subscribe(at);
            }
        }
    }
    for mut follower in followers {
        while follower.at != desk.stream.tip() {
            if !follower.step().await {
                follower = Follower::new(&desk);
            }
        }
        assert!(follower.agrees_with(&desk));
    }
}

proptest! {
    #[test]
    fn a_follower_never_misses_a_frame_and_ends_with_the_desks_state(moves in moves(), frames in 1..12usize) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(play(moves, frames));
    }

    #[test]
    fn a_position_survives_its_text(epoch: u64, number: u64) {
        let id = StreamId { epoch, number };
        prop_assert_eq!(id.to_string().parse::<StreamId>().unwrap(), id);
    }

    #[test]
    fn any_text_as_a_position_is_read_or_refused(text: String) {
        let _ = text.parse::<StreamId>();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn followers_that_join_while_another_thread_publishes_miss_nothing() {
    const FRAMES: u32 = 3000;
    let desk = desk(STREAMS, StreamLimits { bytes: 64 << 20, frames: FRAMES as usize });
    let publisher = {
        let desk = Arc::clone(&desk);
        std::thread::spawn(move || {
            for number in 0..FRAMES {
                desk.set(DatastreamIx(number % STREAMS as u32), f64::from(number));
            }
        })
    };
    let mut joined = Vec::new();
    for _ in 0..8 {
        let desk = Arc::clone(&desk);
        joined.push(tokio::spawn(async move {
            let mut follower = Follower::new(&desk);
            while follower.at.number < u64::from(FRAMES) {
                assert!(follower.step().await);
            }
            assert!(follower.agrees_with(&desk));
        }));
    }
    for follower in joined {
        follower.await.unwrap();
    }
    publisher.join().unwrap();
}

#[tokio::test]
async fn a_reader_too_slow_for_the_ring_is_reset_and_frames_are_shared() {
    let desk = desk(STREAMS, StreamLimits { bytes: 900, frames: 1000 });
    let mut slow = Follower::new(&desk);
    desk.set(DatastreamIx(0), 1.0);
    let after = StreamId { number: 0, ..desk.stream.tip() };
    let (mut one, mut other) = (desk.stream.subscribe(after), desk.stream.subscribe(after));
    let (Step::Frame(one), Step::Frame(other)) = (one.next().await, other.next().await) else { panic!("no frame") };
    assert!(std::ptr::eq(one.as_ptr(), other.as_ptr()), "one serialisation for all");
    for result in 0..50 {
        desk.set(DatastreamIx(0), f64::from(result));
    }
    assert!(!slow.step().await);
}

#[tokio::test]
async fn a_closed_stream_ends_after_what_is_left() {
    let desk = desk(STREAMS, StreamLimits::default());
    let mut follower = Follower::new(&desk);
    desk.set(DatastreamIx(0), 1.0);
    desk.stream.close();
    assert!(follower.step().await);
    assert_eq!(follower.reader.next().await, Step::End);
}

#[tokio::test]
async fn a_frame_larger_than_the_ring_is_still_handed_out() {
    let site = desk(1, StreamLimits::default()).site();
    let stream = Stream::new(1, StreamLimits { bytes: 10, frames: 10 });
    let mut reader = stream.subscribe(stream.tip());
    stream.publish(&site, &api::Frame::Site);
    assert!(matches!(reader.next().await, Step::Frame(_)));
}
