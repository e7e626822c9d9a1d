//! The tables of `history.db`.
//!
//! Not here: what is inside the bytes (chunk, segment).
//! Invariant: a released script is never edited; a change is a new script.

use crate::sqlite::Kind;

/// The history's file in a data folder.
pub const HISTORY_FILE: &str = "history.db";

/// `YwHs` in ASCII.
pub(crate) const KIND: Kind =
    Kind { name: "history", application_id: 0x5977_4873, migrations: &[VERSION_1], page_size: 8192 };

const VERSION_1: &str = "
-- 'complete_to': the last entry whose events are saved. 'generation': number of flushes.
CREATE TABLE mark (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO mark VALUES ('complete_to', 0), ('generation', 0);

-- Names of the series in order, a line each, raw DEFLATE; a series is known by its place.
CREATE TABLE series (part INTEGER PRIMARY KEY, names BLOB NOT NULL) STRICT;

CREATE TABLE chunk (
    series     INTEGER NOT NULL,
    width      INTEGER NOT NULL, -- 0: points; else seconds of the rollup
    start      INTEGER NOT NULL, -- of the chunk's first point, microseconds since 1970 UTC
    until      INTEGER NOT NULL, -- of its last
    generation INTEGER NOT NULL, -- the flush that closed it
    bytes      BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX chunk_place ON chunk (series, start, width);

-- Open points as saved by each flush; a series' points in flushes up to that of its last chunk are in chunks.
CREATE TABLE segment (
    generation INTEGER NOT NULL,
    part       INTEGER NOT NULL,
    points     INTEGER NOT NULL,
    bytes      BLOB NOT NULL,
    PRIMARY KEY (generation, part)
) STRICT;

CREATE TABLE warning (
    id        INTEGER PRIMARY KEY,
    raised_at INTEGER NOT NULL,
    closed_at INTEGER,
    json      TEXT NOT NULL      -- as it stands after its latest change
) STRICT;
CREATE INDEX warning_raised ON warning (raised_at);

CREATE TABLE warning_change (
    seq    INTEGER NOT NULL,
    n      INTEGER NOT NULL,     -- of several in one entry
    id     INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    change TEXT NOT NULL,
    json   TEXT NOT NULL,
    PRIMARY KEY (seq, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX warning_change_id ON warning_change (id, seq, n);
";
