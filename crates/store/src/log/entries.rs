//! Entries in order, block by block.
//!
//! Not here: applying them.
//! Invariant: every block is checked (hash, link to the block before, numbering) before an entry of it is handed out.

use std::iter::FusedIterator;
use std::vec;

use city::{Digest, Entry, Seq};

use super::LogReader;
use super::block::StoredBlock;
use crate::StoreError;

/// An iterator over entries; an error is its last item.
pub struct Entries<'a> {
    reader: &'a LogReader,
    after: Seq,
    state: State,
    ready: vec::IntoIter<Entry>,
}

/// The hash of a block and its last entry: what the next block must follow.
type Link = (Digest, Seq);

enum State {
    Start,
    After(Link),
    Ended,
}

impl<'a> Entries<'a> {
    pub(super) fn new(reader: &'a LogReader, after: Seq) -> Self {
        Self { reader, after, state: State::Start, ready: Vec::new().into_iter() }
    }

    /// Loads the next block; false at the end of the log.
    fn load(&mut self) -> Result<bool, StoreError> {
        let database = &self.reader.database;
        let (block, link) = match self.state {
            State::Ended => return Ok(false),
            State::Start => self.first_block()?,
            State::After((prev, last)) => {
                (database.query(|conn| StoredBlock::at_or_after(conn, Seq(last.0 + 1)))?, Some((prev, last)))
            }
        };
        let Some(block) = block else {
            self.state = State::Ended;
            return Ok(false);
        };
        let named = |what: String| database.damaged(format!("{}: {what}", block.name()));
        if let Some((prev, last)) = link {
            check_link(&block, prev, last).map_err(named)?;
        }
        let mut entries = block.open().map_err(named)?;
        entries.retain(|entry| entry.seq > self.after);
        self.state = State::After((block.hash, block.header.last_seq));
        self.ready = entries.into_iter();
        Ok(true)
    }

    /// The block that holds the entry after `after`, with its link when it is the first of the log.
    fn first_block(&self) -> Result<(Option<StoredBlock>, Option<Link>), StoreError> {
        let base = self.reader.base()?;
        if self.after < base.chain_seq {
            return Err(StoreError::Dropped { after: self.after, base: base.seq });
        }
        let database = &self.reader.database;
        let wanted = Seq(self.after.0 + 1);
        let block = database.query(|conn| StoredBlock::at_or_before(conn, wanted))?;
        if let Some(block) = block {
            let link = (block.header.first_seq.0 == base.chain_seq.0 + 1).then_some((base.chain, base.chain_seq));
            return Ok((Some(block), link));
        }
        let block = database.query(|conn| StoredBlock::at_or_after(conn, wanted))?;
        Ok((block, Some((base.chain, base.chain_seq))))
    }
}

/// Checks that `block` follows the block with hash `prev` that ends at `last`.
pub(super) fn check_link(block: &StoredBlock, prev: Digest, last: Seq) -> Result<(), String> {
    if block.header.first_seq.0 != last.0 + 1 {
        return Err(format!("entries {} to {} are missing before it", last.0 + 1, block.header.first_seq.0 - 1));
    }
    if block.prev != prev {
        return Err("it does not follow the block before it: their hashes differ".to_owned());
    }
    Ok(())
}

impl Iterator for Entries<'_> {
    type Item = Result<Entry, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(entry) = self.ready.next() {
                return Some(Ok(entry));
            }
            match self.load() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => {
                    self.state = State::Ended;
                    return Some(Err(error));
                }
            }
        }
    }
}

impl FusedIterator for Entries<'_> {}
