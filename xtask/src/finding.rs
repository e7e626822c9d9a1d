//! What a rule finds, and what keeps a rule from running.
//!
//! Not here: any rule.
//! Invariant: a finding names the place and the remedy, so that nobody has to ask what to do.

use std::fmt;

/// One place where a rule does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file, relative to the root, with forward slashes.
    pub file: String,
    /// The line, counted from 1; absent when it is about the whole file.
    pub line: Option<usize>,
    /// What is so.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

impl Finding {
    /// About a whole file.
    pub fn file(file: &str, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line: None, message: message.into(), remedy: remedy.into() }
    }

    /// About one line, counted from 1.
    #[must_use]
    pub fn at(mut self, line: usize) -> Self {
        self.line = Some(line);
        self
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {} → {}", self.file, self.message, self.remedy),
            None => write!(f, "{}: {} → {}", self.file, self.message, self.remedy),
        }
    }
}

/// Why the rules could not run at all.
#[derive(Debug)]
pub struct Error(String);

impl Error {
    /// With this message.
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}
