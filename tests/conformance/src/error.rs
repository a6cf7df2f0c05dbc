//! Why a case cannot be read, in sentences.

/// A failure of the test itself, not of what it tests.
#[derive(Debug, thiserror::Error)]
pub enum ConformanceError {
    /// The wheel is not the pinned one.
    #[error("the wheel has the SHA-256 {got}, the pinned one has {wanted}; delete it, so that it is fetched again")]
    Hash {
        /// What it is.
        got: String,
        /// What it should be.
        wanted: &'static str,
    },
    /// The wheel cannot be unpacked.
    #[error("the wheel cannot be unpacked: {0}")]
    Wheel(#[from] darkroom_formats::FormatError),
    /// A message of the case is damaged.
    #[error("{what} cannot be read: {reason}")]
    Message {
        /// Which message.
        what: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The case holds what is no tensor of numbers.
    #[error("{0}")]
    NoTensor(String),
    /// The checked-in list cannot be read.
    #[error("line {line} of the list of known failures: {reason}")]
    List {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
}

impl ConformanceError {
    pub(crate) fn message(what: impl Into<String>, reason: impl std::fmt::Display) -> Self {
        Self::Message { what: what.into(), reason: reason.to_string() }
    }
}
