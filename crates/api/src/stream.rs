//! The stream of events: a ring of frames, each serialised once, and readers that follow it.
//!
//! Not here: HTTP (`events`), what the frames mean (`frame`).
//! Invariant INV-09: a reader that starts after N gets N+1, N+2, … without a gap, until a reset or the end. Frames are
//! numbered under the ring's lock, and a reader asks by number, so nothing can slip between a view and what follows it.

use std::collections::VecDeque;
use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use city::Site;
use tokio::sync::watch;

use crate::Frame;

/// A position in a stream: everything up to frame `number` of this `epoch`. Written `EPOCH-NUMBER`, the epoch in hexadecimal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct StreamId {
    /// The run of the server; another run has other frames.
    pub epoch: u64,
    /// Frames so far: 0 before the first.
    pub number: u64,
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}-{}", self.epoch, self.number)
    }
}

/// A text that is no stream position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a stream position such as 5f3a-17")]
pub struct StreamIdError;

impl FromStr for StreamId {
    type Err = StreamIdError;

    fn from_str(text: &str) -> Result<Self, StreamIdError> {
        let (epoch, number) = text.trim().split_once('-').ok_or(StreamIdError)?;
        Ok(Self {
            epoch: u64::from_str_radix(epoch, 16).map_err(|_| StreamIdError)?,
            number: number.parse().map_err(|_| StreamIdError)?,
        })
    }
}

/// How much the ring keeps for readers that lag or come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamLimits {
    /// Bytes of serialised frames.
    pub bytes: usize,
    /// Frames.
    pub frames: usize,
}

impl Default for StreamLimits {
    /// 64 MiB and 65,536 frames: 20 minutes at 50 small frames a second, some seconds at full load.
    fn default() -> Self {
        Self { bytes: 64 << 20, frames: 65_536 }
    }
}

/// The ring of frames. Cheap to publish to from any thread; readers wait without a thread.
pub struct Stream {
    epoch: u64,
    limits: StreamLimits,
    ring: Mutex<Ring>,
    /// The number of the newest frame, and whether the stream is at its end: what readers wait for.
    tip: watch::Sender<Tip>,
    readers: AtomicUsize,
}

#[derive(Clone, Copy, Default)]
struct Tip {
    number: u64,
    closed: bool,
}

#[derive(Default)]
struct Ring {
    frames: VecDeque<Bytes>,
    bytes: usize,
    /// Number of the newest frame; `frames` holds the last `frames.len()` up to it.
    newest: u64,
}

impl Stream {
    /// An empty stream. `epoch` must differ between runs of the server: the start time in microseconds will do.
    pub fn new(epoch: u64, limits: StreamLimits) -> Arc<Self> {
        let (tip, _) = watch::channel(Tip::default());
        Arc::new(Self { epoch, limits, ring: Mutex::default(), tip, readers: AtomicUsize::new(0) })
    }

    /// Serialises a frame against the site its positions point into, appends it and wakes the readers.
    ///
    /// Any thread may call it, an async one or not. It returns the frame's position.
    pub fn publish(&self, site: &Site, frame: &Frame) -> StreamId {
        // Under the lock: numbering, serialising with that number and appending must be one step for many publishers.
        let mut ring = self.ring();
        let id = StreamId { epoch: self.epoch, number: ring.newest + 1 };
        ring.push(frame.serialise(site, id), self.limits);
        drop(ring);
        self.tip.send_modify(|tip| tip.number = tip.number.max(id.number));
        id
    }

    /// The position of the newest frame.
    pub fn tip(&self) -> StreamId {
        StreamId { epoch: self.epoch, number: self.ring().newest }
    }

    /// A reader of everything after a position.
    pub fn subscribe(self: &Arc<Self>, after: StreamId) -> Reader {
        self.readers.fetch_add(1, Ordering::Relaxed);
        Reader { stream: Arc::clone(self), tip: self.tip.subscribe(), after }
    }

    /// Readers now.
    pub fn readers(&self) -> usize {
        self.readers.load(Ordering::Relaxed)
    }

    /// Ends the stream: every reader gets what is left and then its end.
    pub fn close(&self) {
        self.tip.send_modify(|tip| tip.closed = true);
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        // A panic while serialising leaves the ring as it was: it is still sound.
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ring {
    fn push(&mut self, frame: Bytes, limits: StreamLimits) {
        self.bytes += frame.len();
        self.frames.push_back(frame);
        self.newest += 1;
        // The newest frame always stays, however large.
        while self.frames.len() > 1 && (self.bytes > limits.bytes || self.frames.len() > limits.frames) {
            self.bytes -= self.frames.pop_front().map_or(0, |dropped| dropped.len());
        }
    }

    fn after(&self, number: u64) -> Look {
        if number > self.newest {
            return Look::Gone;
        }
        let behind = self.newest - number;
        if behind == 0 {
            return Look::NotYet;
        }
        usize::try_from(behind)
            .ok()
            .and_then(|behind| self.frames.len().checked_sub(behind))
            .and_then(|index| self.frames.get(index))
            .map_or(Look::Gone, |frame| Look::Frame(frame.clone()))
    }
}

enum Look {
    Frame(Bytes),
    NotYet,
    Gone,
}

/// What a reader gets next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The next frame, as an event of the stream.
    Frame(Bytes),
    /// It cannot go on without a gap: take a new view.
    Reset(&'static str),
    /// The stream has ended.
    End,
}

/// One reader of a stream.
pub struct Reader {
    stream: Arc<Stream>,
    tip: watch::Receiver<Tip>,
    after: StreamId,
}

impl Reader {
    /// The next frame, as soon as there is one. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Step {
        loop {
            // Marked as seen before looking, so that a frame published in between wakes the wait below.
            let tip = *self.tip.borrow_and_update();
            if self.after.epoch != self.stream.epoch {
                return Step::Reset("the server was restarted");
            }
            let look = self.stream.ring().after(self.after.number);
            match look {
                Look::Frame(frame) => {
                    self.after.number += 1;
                    return Step::Frame(frame);
                }
                Look::Gone => return Step::Reset("the position is no longer kept"),
                Look::NotYet if tip.closed => return Step::End,
                Look::NotYet => {
                    if self.tip.changed().await.is_err() {
                        return Step::End;
                    }
                }
            }
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.stream.readers.fetch_sub(1, Ordering::Relaxed);
    }
}
