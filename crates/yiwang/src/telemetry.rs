//! Structured logs on standard error.
//!
//! Not here: metrics (api) and audit, which is the log itself.
//! Invariant: nothing of it reaches standard output, which belongs to results.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// Starts logging; a filter that cannot be read falls back to `info` and says so.
pub fn start(filter: &str, json: bool) {
    let (parsed, complaint) = match EnvFilter::try_new(filter) {
        Ok(parsed) => (parsed, None),
        Err(error) => (EnvFilter::new("info"), Some(error.to_string())),
    };
    let builder = tracing_subscriber::fmt()
        .with_env_filter(parsed)
        .with_writer(std::io::stderr)
        // Colours belong on a terminal, not in a file.
        .with_ansi(std::io::stderr().is_terminal());
    // A second start in one process (tests) keeps the first; that is no error.
    let _ = if json { builder.json().try_init() } else { builder.compact().try_init() };
    if let Some(complaint) = complaint {
        tracing::warn!(filter, complaint, "the log filter cannot be read; logging at info");
    }
}
