//! Snapshots and the state hash.
//!
//! Not here: where snapshots are kept (store).
//! Invariant: the hash is BLAKE3 over the postcard encoding of the state, which holds integers as varints, floats as
//! bits and every collection in a fixed order: equal on every build and processor.

use std::io::{BufWriter, Write};
use std::sync::Arc;

use city::{Digest, Seq, Site};
use serde::{Deserialize, Serialize};

use crate::VERSION;
use crate::index::Home;
use crate::state::{City, State};
use crate::turn::Scratch;

/// A snapshot that cannot be loaded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// It is shorter than its own digest, or its digest does not hold.
    #[error("the snapshot is damaged: its digest does not hold")]
    Damaged,
    /// It is of another engine version, which is named.
    #[error("the snapshot is of engine {0}, this is {VERSION}")]
    OtherVersion(String),
    /// It decodes to a state that does not fit its site.
    #[error("the snapshot's state does not fit its site")]
    Unfit,
}

/// Bytes of the digest at the end of a snapshot.
const DIGEST_BYTES: usize = 32;

#[derive(Serialize)]
struct Written<'a> {
    version: &'a str,
    seq: Seq,
    site: Option<&'a Site>,
    state: &'a State,
}

#[derive(Deserialize)]
struct Read {
    seq: Seq,
    site: Option<Site>,
    state: State,
}

impl City {
    /// BLAKE3 over the state: everything but the sequence number.
    pub fn state_hash(&self) -> Digest {
        let mut hasher = blake3::Hasher::new();
        let mut writer = BufWriter::with_capacity(1 << 16, &mut hasher);
        // A hasher takes every byte and the state is plain data, so neither step can fail.
        let written = postcard::to_io(&self.state, &mut writer).map(Write::flush);
        debug_assert!(matches!(written, Ok(Ok(()))));
        drop(writer);
        Digest(*hasher.finalize().as_bytes())
    }

    /// The whole city as bytes, closed by their BLAKE3 digest.
    pub fn snapshot(&self) -> Vec<u8> {
        let written = Written { version: VERSION, seq: self.seq, site: self.site(), state: &self.state };
        let mut bytes = postcard::to_stdvec(&written).unwrap_or_default();
        let digest = Digest::of(&bytes);
        bytes.extend_from_slice(&digest.0);
        bytes
    }

    /// The city of a snapshot.
    pub fn from_snapshot(bytes: &[u8]) -> Result<Self, SnapshotError> {
        let body_len = bytes.len().checked_sub(DIGEST_BYTES).ok_or(SnapshotError::Damaged)?;
        let (body, digest) = bytes.split_at(body_len);
        if Digest::of(body).0 != digest {
            return Err(SnapshotError::Damaged);
        }
        let (version, rest): (String, _) = postcard::take_from_bytes(body).map_err(|_| SnapshotError::Damaged)?;
        if version != VERSION {
            return Err(SnapshotError::OtherVersion(version));
        }
        let Read { seq, site, state } = postcard::from_bytes(rest).map_err(|_| SnapshotError::Unfit)?;
        let home = match site {
            Some(site) => Some(Arc::new(Home::new(Arc::new(site)).ok_or(SnapshotError::Unfit)?)),
            None => None,
        };
        if !fits(home.as_deref(), &state) {
            return Err(SnapshotError::Unfit);
        }
        let scratch = home.as_deref().map_or_else(Scratch::default, |home| Scratch::sized(&home.site));
        Ok(Self { seq, state, home, scratch })
    }
}

/// Whether the state has a row for everything in its site.
fn fits(home: Option<&Home>, state: &State) -> bool {
    let Some(home) = home else {
        return state.streams.is_empty() && state.stocks.is_empty() && state.measures.is_empty();
    };
    state.streams.len() == home.site.datastreams.len()
        && state.stocks.len() == home.site.zones.len()
        && state.precursors.flows.len() == home.site.datastreams.len()
        && state.precursors.trends.len() == home.site.zones.len()
        && state.measures.len() == home.site.measures.len()
        && state.families.len() == home.families
        && state.basins.len() == home.basins.len()
        && state.basins.iter().zip(&home.basins).all(|(basin, at)| basin.fits(at))
        && state.stocks.iter().zip(&home.layouts).all(|(stock, at)| stock.belief.filter.size() == at.size)
}
