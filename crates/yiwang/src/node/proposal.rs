//! What is put to the log: an input with who, through what, when, and who waits for the answer.
//!
//! Not here: sequence numbers and durable order (the sequencer).
//! Invariant: a proposal that has a receiver gets exactly one receipt, whatever happens to it.

use api::{Receipt, Token};
use city::{ActorId, Command, Entry, Fact, Input, SourceId, Time};
use tokio::sync::oneshot;

/// An input on its way to the log.
#[derive(Debug)]
pub struct Proposal {
    /// What it says.
    pub input: Input,
    /// Who caused it.
    pub actor: ActorId,
    /// What it came through.
    pub source: SourceId,
    /// Its site time.
    pub at: At,
    /// Its idempotency token.
    pub token: Option<Token>,
    /// Who waits for the receipt.
    pub receiver: Option<oneshot::Sender<Receipt>>,
}

/// The site time of a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// The site clock's now: the wall when live, the last entry's time in replay.
    Now,
    /// The time the data says, not before the last entry's.
    Site(Time),
}

impl Proposal {
    /// A proposal of the system itself that nobody waits for.
    pub fn system(input: Input, source: &str, at: At) -> Self {
        Self { input, actor: "system".into(), source: SourceId::from(source), at, token: None, receiver: None }
    }

    /// True when losing it while the log is refused would lose data that nobody sends again.
    ///
    /// Time passes again by itself, and an effect without an answer is run again at the next start.
    pub fn must_be_kept(&self) -> bool {
        self.receiver.is_none() && !matches!(self.input, Input::Tick | Input::Answer(_))
    }

    /// Observations in it.
    pub fn observations(&self) -> usize {
        observations(&self.input)
    }
}

/// Observations in an input.
pub fn observations(input: &Input) -> usize {
    match input {
        Input::Fact(Fact::Observations(batch)) => batch.len(),
        _ => 0,
    }
}

/// A short name of an entry's kind, for logs and metrics.
pub fn kind(entry: &Entry) -> &'static str {
    match &entry.input {
        Input::Fact(Fact::Site(_)) => "site",
        Input::Fact(Fact::Epoch { .. }) => "epoch",
        Input::Fact(Fact::Observations(_)) => "observations",
        Input::Fact(Fact::Human(_)) => "human",
        Input::Fact(Fact::MeasureObserved { .. }) => "measure-observed",
        Input::Command(Command::SetMeasure { .. }) => "set-measure",
        Input::Command(_) => "warning-command",
        Input::Tick => "tick",
        Input::Answer(_) => "answer",
    }
}
