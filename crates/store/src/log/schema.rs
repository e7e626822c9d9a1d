//! The tables of `log.db`, one script per schema version.
//!
//! Not here: what is inside a block's bytes (codec).
//! Invariant: a released script is never edited; a change is a new script.

use crate::sqlite::Kind;

/// The log's file in a data folder.
pub const LOG_FILE: &str = "log.db";

/// `YwLg` in ASCII. A block larger than a page fills its overflow pages to the end, so small pages waste least.
pub(crate) const KIND: Kind =
    Kind { name: "log", application_id: 0x5977_4c67, migrations: &[VERSION_1], page_size: 4096 };

const VERSION_1: &str = "
CREATE TABLE block (
    first_seq    INTEGER PRIMARY KEY,
    last_seq     INTEGER NOT NULL,
    first_time   INTEGER NOT NULL, -- microseconds since 1970 UTC, as all times here
    last_time    INTEGER NOT NULL,
    entries      INTEGER NOT NULL,
    observations INTEGER NOT NULL,
    prev         BLOB NOT NULL,    -- hash of the block before, zeros at the first
    hash         BLOB NOT NULL,    -- BLAKE3 of prev, header and bytes
    bytes        BLOB NOT NULL
) STRICT;

CREATE TABLE token (
    source TEXT NOT NULL,
    token  TEXT NOT NULL,
    body   BLOB NOT NULL,          -- digest of the request's body
    seq    INTEGER NOT NULL,
    reply  BLOB NOT NULL,
    at     INTEGER NOT NULL,
    PRIMARY KEY (source, token)
) STRICT, WITHOUT ROWID;
CREATE INDEX token_at ON token (at);

CREATE TABLE snapshot (
    seq        INTEGER NOT NULL,
    engine     TEXT NOT NULL,
    time       INTEGER NOT NULL,
    site       BLOB NOT NULL,      -- digest of the site in force
    state_hash BLOB NOT NULL,
    digest     BLOB NOT NULL,      -- BLAKE3 of the header and the state
    size       INTEGER NOT NULL,   -- bytes of the state before compression
    bytes      BLOB NOT NULL,      -- the state, raw DEFLATE
    PRIMARY KEY (seq, engine)
) STRICT;

-- The last row is the base of the log.
CREATE TABLE checkpoint (
    seq        INTEGER PRIMARY KEY,
    engine     TEXT NOT NULL,
    state_hash BLOB NOT NULL,
    chain_seq  INTEGER NOT NULL,   -- last entry of the last block dropped
    chain_time INTEGER NOT NULL,
    chain      BLOB NOT NULL       -- its hash
) STRICT;
";
