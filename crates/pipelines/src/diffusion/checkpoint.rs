//! How far a translation came, so that one whose GPU was lost goes on where it was.

use darkroom_sampling::{Run, Welford};

use super::generation::Generation;

/// How far a translation came: what a call that failed leaves behind, and the next one of the same order, input and
/// start goes on from, on whatever backend.
#[derive(Debug, Default)]
pub struct Checkpoint {
    /// Mean of the slices made, in the network's own values.
    pub(super) mean: Vec<f32>,
    /// Their spread.
    pub(super) spread: Vec<f32>,
    /// The slice under work, from 0.
    pub(super) slice: usize,
    /// The samples of that slice that are made.
    pub(super) sample: usize,
    /// Their moments.
    pub(super) moments: Welford,
    /// Where the sample under work was when it failed.
    pub(super) halted: Option<Box<Run>>,
    /// Whether the last call failed, so that this one goes on.
    pub(super) failed: bool,
    /// Seconds that the calls before took.
    pub(super) seconds: f64,
    /// Where they failed.
    pub(super) notes: Vec<String>,
}

impl Checkpoint {
    /// Puts a sample that was just begun where the one that failed was, and notes it.
    ///
    /// # Errors
    /// A sample of another order.
    pub(super) fn resume(
        &mut self,
        generation: &mut Generation,
        slices: usize,
        backend: &str,
    ) -> Result<(), crate::PipelineError> {
        if !self.failed {
            return Ok(());
        }
        if let Some(run) = self.halted.take() {
            generation.carry_on(*run)?;
        }
        self.failed = false;
        let (slice, step, steps) = (self.slice + 1, generation.state().step, generation.run().plan().steps().len());
        self.notes.push(format!(
            "The GPU failed in slice {slice} of {slices}; the run went on from step {step} of {steps} of it, on {backend}."
        ));
        Ok(())
    }

    /// Keeps where a sample was when it failed.
    pub(super) fn halt(&mut self, generation: &Generation) {
        self.halted = Some(Box::new(generation.run().clone()));
    }

    /// Counts a slice as made that holds these values and differs so much between its samples.
    pub(super) fn push(&mut self, mean: Vec<f32>, spread: Vec<f32>) {
        self.mean.extend(mean);
        self.spread.extend(spread);
        (self.slice, self.sample, self.moments) = (self.slice + 1, 0, Welford::new());
    }
}
