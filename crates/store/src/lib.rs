//! The ordered log and the history of one site, in one folder.
//!
//! Here: `log.db` (blocks, tokens, snapshots, checkpoints), `history.db` (what a chart reads), the lock on the folder,
//! backup and restore. Not here: the engine, clocks, threads, group commit, HTTP.
//! Invariant: an entry handed back was appended as it is, in its place; anything else is an error that names it.

pub mod codec;
mod error;
mod history;
mod log;
mod sqlite;

pub use error::StoreError;
pub use history::{HISTORY_FILE, History, HistoryReader, IssuedChange, Point, ROLLUP_WIDTHS_S, SeriesKey, Window};
pub use log::{
    Base, ChainReport, Damage, Durability, Entries, HEAD_FILE, Head, KEPT_SNAPSHOTS, LOCK_FILE, LOG_FILE, LogReader,
    MAX_ENTRIES_PER_BLOCK, MAX_ROWS_PER_BLOCK, PackedSnapshot, Snapshot, Store, TOKEN_LIFE, TokenRecord, backup,
    restore,
};
