//! Idempotency tokens: the answer a request got, kept so that a repetition gets the same one.
//!
//! Not here: comparing the bodies of two requests with one token (the caller holds the digest).
//! Invariant: a token is written in the same transaction as the entry it answers for.

use city::{Digest, Seq, SourceId, Span, Time};
use rusqlite::{Connection, OptionalExtension, params};

use super::LogReader;
use crate::StoreError;

/// How long a token is remembered: 7 days.
pub const TOKEN_LIFE: Span = Span::from_seconds(7 * 24 * 3600);

/// A request's token and the answer it got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRecord {
    /// Who sent it.
    pub source: SourceId,
    /// The token.
    pub token: String,
    /// Digest of the request's body.
    pub body: Digest,
    /// The entry it became.
    pub seq: Seq,
    /// The answer it got.
    pub reply: Vec<u8>,
    /// When.
    pub at: Time,
}

/// Writes tokens and forgets those that are too old beside the newest of them.
pub(super) fn insert(conn: &Connection, tokens: &[TokenRecord]) -> rusqlite::Result<()> {
    let Some(now) = tokens.iter().map(|token| token.at).max() else { return Ok(()) };
    let mut insert = conn.prepare_cached("INSERT OR REPLACE INTO token VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
    for token in tokens {
        insert.execute(params![
            token.source.as_str(),
            token.token,
            token.body.0,
            token.seq.0 as i64,
            token.reply,
            token.at.micros()
        ])?;
    }
    conn.prepare_cached("DELETE FROM token WHERE at <= ?1")?.execute([now.minus(TOKEN_LIFE).micros()])?;
    Ok(())
}

impl LogReader {
    /// The answer stored for a source's token, if it is younger than [`TOKEN_LIFE`] at `now`.
    pub fn token(&self, source: &SourceId, token: &str, now: Time) -> Result<Option<TokenRecord>, StoreError> {
        self.database.query(|conn| {
            conn.prepare_cached("SELECT body, seq, reply, at FROM token WHERE source = ?1 AND token = ?2 AND at > ?3")?
                .query_row(params![source.as_str(), token, now.minus(TOKEN_LIFE).micros()], |row| {
                    Ok(TokenRecord {
                        source: source.clone(),
                        token: token.to_owned(),
                        body: Digest(row.get(0)?),
                        seq: Seq(row.get::<_, i64>(1)? as u64),
                        reply: row.get(2)?,
                        at: Time::from_micros(row.get(3)?),
                    })
                })
                .optional()
        })
    }
}
