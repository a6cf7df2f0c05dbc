//! What a stage found.

/// Counts, and what a reader of the summary must know.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    /// Tests that passed.
    pub(super) passed: usize,
    /// Tests that failed.
    pub(super) failed: usize,
    /// Tests that did not run.
    pub(super) skipped: usize,
    /// One line for each failure and each thing skipped.
    pub(super) notes: Vec<String>,
}

impl Outcome {
    /// One check that passed.
    pub(super) fn passed() -> Self {
        Self { passed: 1, ..Self::default() }
    }

    /// One check that failed.
    pub(super) fn failed(note: impl Into<String>) -> Self {
        Self { failed: 1, notes: vec![format!("FAILED: {}", note.into())], ..Self::default() }
    }

    /// One check that could not run.
    pub(super) fn skipped(note: impl Into<String>) -> Self {
        Self { skipped: 1, notes: vec![format!("SKIPPED: {}", note.into())], ..Self::default() }
    }

    /// Adds another stage's counts and notes.
    pub(super) fn add(&mut self, other: &Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
        self.notes.extend_from_slice(&other.notes);
    }
}
