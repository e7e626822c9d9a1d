//! The stream over a real loopback socket.

use std::sync::Arc;

use api::{Frame, StreamLimits};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::double::{Double, desk, state, time, value, zone_state};

/// A served desk; dropping it shuts the server down.
struct Served {
    desk: Arc<Double>,
    address: std::net::SocketAddr,
    stop: oneshot::Sender<()>,
    server: tokio::task::JoinHandle<std::io::Result<()>>,
}

async fn serve(limits: StreamLimits) -> Served {
    let desk = desk(3, limits);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let shutdown = async move { drop(stopped.await) };
    let server = tokio::spawn(api::serve(listener, state(&desk), shutdown));
    Served { desk, address, stop, server }
}

/// A reader of the stream, as a browser sees it.
struct Follower(BufReader<TcpStream>);

#[derive(Debug)]
struct Heard {
    id: String,
    event: String,
    data: Value,
}

impl Served {
    async fn follow(&self, last_event_id: Option<&str>) -> Follower {
        let mut socket = TcpStream::connect(self.address).await.unwrap();
        let last = last_event_id.map_or(String::new(), |id| format!("Last-Event-ID: {id}\r\n"));
        let head = format!("GET /v1/events HTTP/1.1\r\nHost: {}\r\nAccept-Encoding: gzip\r\n{last}\r\n", self.address);
        socket.write_all(head.as_bytes()).await.unwrap();
        let mut follower = Follower(BufReader::new(socket));
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(follower.0.read_line(&mut head).await.unwrap() > 0, "{head}");
        }
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        assert!(head.contains("text/event-stream") && head.contains("no-transform"), "{head}");
        assert!(!head.contains("content-encoding"), "{head}");
        follower
    }
}

impl Follower {
    /// The next event; `None` at the end of the connection. Lines of chunked framing are passed over.
    async fn next(&mut self) -> Option<Heard> {
        let mut heard = Heard { id: String::new(), event: String::new(), data: Value::Null };
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).await.unwrap_or(0) == 0 {
                return None;
            }
            let line = line.trim_end_matches(['\r', '\n']);
            if let Some(id) = line.strip_prefix("id:") {
                id.trim().clone_into(&mut heard.id);
            } else if let Some(event) = line.strip_prefix("event: ") {
                event.clone_into(&mut heard.event);
            } else if let Some(data) = line.strip_prefix("data: ") {
                heard.data = serde_json::from_str(data).unwrap();
                return Some(heard);
            }
        }
    }
}

#[tokio::test]
async fn a_follower_gets_the_view_and_then_what_comes_after_it() {
    let served = serve(StreamLimits::default()).await;
    served.desk.set(0usize.into(), 10.0);
    let mut follower = served.follow(None).await;
    let view = follower.next().await.unwrap();
    assert_eq!((view.event.as_str(), view.id.as_str()), ("view", "5f3a-1"));
    assert_eq!(view.data["datastreams"][0]["result"], 10.0);
    let desk = Arc::clone(&served.desk);
    std::thread::spawn(move || desk.set(1usize.into(), 20.0)).join().unwrap();
    let values = follower.next().await.unwrap();
    assert_eq!((values.event.as_str(), values.id.as_str()), ("values", "5f3a-2"));
    assert_eq!(values.data["datastreams"][0]["id"], "east/o'hare-1");
    assert_eq!(values.data["datastreams"][0]["result"], 20.0);
}

#[tokio::test]
async fn a_follower_that_comes_back_gets_everything_it_missed() {
    let served = serve(StreamLimits::default()).await;
    for result in 0..5 {
        served.desk.set(0usize.into(), f64::from(result));
    }
    let mut follower = served.follow(Some("5f3a-2")).await;
    for number in 3..=5 {
        assert_eq!(follower.next().await.unwrap().id, format!("5f3a-{number}"));
    }
}

#[tokio::test]
async fn a_position_of_another_run_or_out_of_reach_gets_a_reset_and_the_end() {
    let served = serve(StreamLimits { bytes: 1 << 20, frames: 2 }).await;
    for result in 0..5 {
        served.desk.set(0usize.into(), f64::from(result));
    }
    for id in ["1111-5", "5f3a-1", "5f3a-99", "nonsense"] {
        let mut follower = served.follow(Some(id)).await;
        let reset = follower.next().await.unwrap();
        assert_eq!((reset.event.as_str(), reset.id.as_str()), ("reset", ""), "{id}");
        assert!(reset.data["why"].is_string());
        // Either the end or a keep-alive connection with nothing more in this answer.
        let mut remainder = String::new();
        follower.0.read_line(&mut remainder).await.unwrap();
    }
    let mut follower = served.follow(Some("5f3a-3")).await;
    assert_eq!(follower.next().await.unwrap().id, "5f3a-4");
}

#[tokio::test]
async fn every_kind_of_frame_has_its_event() {
    let served = serve(StreamLimits::default()).await;
    let site = Arc::clone(&served.desk.world.lock().unwrap().view.site);
    let seq = city::Seq(9);
    let at = time(0);
    let record = city::HumanRecord {
        id: city::HumanId(1),
        at,
        until: time(900),
        observation: city::HumanObservation {
            place: city::Place::Site,
            role: "post-1".into(),
            saying: city::Saying::Pressed,
            reason: "seen\nand heard".into(),
            expires: None,
        },
    };
    let by = city::CorrectionCause::AreaCount { datastream: city::DatastreamIx(0), phenomenon_time: at };
    let correction = city::Correction { zone: city::ZoneIx(0), at, people: -3.0, by };
    let warning = Box::new(crate::double::warning(city::WarningId(1)));
    let frames = [
        Frame::Values {
            seq,
            site_time: at,
            zones: vec![zone_state(1.0)],
            groups: vec![],
            datastreams: vec![value(0usize.into(), 1.0)],
        },
        Frame::Warning { seq, change: city::WarningChange::Raised, at, warning },
        Frame::Measure { seq, measure: city::MeasureIx(0), state: city::MeasureState::InForce, at },
        Frame::Feed { seq, datastream: city::DatastreamIx(0), health: city::FeedHealth::Silent, since: at },
        Frame::Finding {
            seq,
            datastream: city::DatastreamIx(1),
            change: city::FindingChange::Found,
            finding: Box::new(crate::double::finding()),
            at,
        },
        Frame::Human { seq, record: Box::new(record), expired: false },
        Frame::Correction { seq, correction },
        Frame::Clock { site_time: at, speed: f64::INFINITY, paused: false },
        Frame::Site,
    ];
    let mut follower = served.follow(Some("5f3a-0")).await;
    for frame in &frames {
        served.desk.stream.publish(&site, frame);
    }
    let mut heard = Vec::new();
    for _ in &frames {
        heard.push(follower.next().await.unwrap());
    }
    let events: Vec<_> = heard.iter().map(|heard| heard.event.as_str()).collect();
    assert_eq!(events, ["values", "warning", "measure", "feed", "finding", "human", "correction", "clock", "site"]);
    assert_eq!(heard[1].data["change"], "raised");
    assert_eq!(heard[2].data["id"], "open/road");
    assert_eq!(heard[3].data["health"], "silent");
    assert_eq!((&heard[4].data["change"], &heard[4].data["finding"]["kind"]), (&"found".into(), &"stuck".into()));
    assert_eq!(heard[5].data["human"]["reason"], "seen\nand heard");
    assert_eq!((&heard[6].data["by"], &heard[6].data["people"]), (&"area-count".into(), &(-3.0).into()));
    assert_eq!(heard[7].data["speed"], Value::Null);
}

#[tokio::test]
async fn a_shutdown_ends_the_stream_and_the_server() {
    let served = serve(StreamLimits::default()).await;
    let mut follower = served.follow(None).await;
    assert_eq!(follower.next().await.unwrap().event, "view");
    served.stop.send(()).unwrap();
    assert!(follower.next().await.is_none());
    served.server.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_gone_follower_is_no_longer_counted() {
    let served = serve(StreamLimits::default()).await;
    let mut follower = served.follow(None).await;
    follower.next().await.unwrap();
    assert_eq!(served.desk.stream.readers(), 1);
    drop(follower);
    // Each frame makes the server write to the closed socket; the first write it notices ends the reader.
    while served.desk.stream.readers() > 0 {
        served.desk.set(0usize.into(), 1.0);
        tokio::task::yield_now().await;
    }
}
