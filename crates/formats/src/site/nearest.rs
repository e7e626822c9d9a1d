//! "Did you mean": the known word nearest to an unknown one.
//!
//! Not here: what is known; callers bring the list.
//! Invariant: a suggestion is always one of the words given.

/// The least similarity (Jaro–Winkler, 0–1) at which a word is suggested.
const SIMILAR: f64 = 0.78;

/// The most words listed when none is near.
const LISTED: usize = 12;

/// The nearest known word, if one is near.
pub(super) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let lower = word.to_lowercase();
    let scored = known.iter().map(|candidate| (strsim::jaro_winkler(&lower, &candidate.to_lowercase()), *candidate));
    scored.filter(|(score, _)| *score >= SIMILAR).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, candidate)| candidate)
}

/// A remedy for an unknown word: the nearest known one, or what is known.
pub(crate) fn did_you_mean(word: &str, known: &[&str]) -> String {
    match nearest(word, known) {
        Some(candidate) => format!("did you mean \"{candidate}\"?"),
        None if known.is_empty() => "there is none of this kind yet".to_owned(),
        None => format!("known: {}", list(known)),
    }
}

/// Words in a row, cut after a dozen.
pub(crate) fn list(words: &[&str]) -> String {
    let shown = words.iter().take(LISTED).copied().collect::<Vec<_>>().join(", ");
    match words.len().saturating_sub(LISTED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
