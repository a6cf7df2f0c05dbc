//! A refusal a user can act on.

use crate::Verdict;

/// Why a volume cannot be used and what to do about it, each a sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} {next}")]
pub struct Refusal {
    /// What is wrong.
    pub what: String,
    /// What the user can do next.
    pub next: String,
}

impl Refusal {
    /// A refusal from its two sentences.
    #[must_use]
    pub fn new(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self { what: what.into(), next: next.into() }
    }
}

impl From<Refusal> for Verdict {
    fn from(refusal: Refusal) -> Self {
        Self::Refused { what: refusal.what, next: refusal.next }
    }
}
