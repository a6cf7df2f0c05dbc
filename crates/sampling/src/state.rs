//! Where a run is: everything that the next step may read.

use serde::{Deserialize, Serialize};

use crate::Level;

/// The state of a run between two steps.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// The next step, counted from 0.
    pub step: usize,
    /// The noisy image.
    #[serde(with = "crate::bits")]
    pub x: Vec<f32>,
    /// The last predicted x0; empty before the first evaluation.
    #[serde(with = "crate::bits")]
    pub x0: Vec<f32>,
    /// The image that x0 was predicted from.
    #[serde(with = "crate::bits")]
    pub seen: Vec<f32>,
    /// The level at which it was.
    pub seen_at: Option<Level>,
    /// The image that a step kept for a later one.
    #[serde(with = "crate::bits")]
    pub anchor: Vec<f32>,
}

impl State {
    /// The predicted noise: (x − signal x0) / noise of the last evaluation; empty before the first.
    #[must_use]
    pub fn predicted_noise(&self) -> Vec<f32> {
        let Some(level) = self.seen_at else { return Vec::new() };
        let (signal, noise) = (level.signal as f32, level.noise as f32);
        self.seen.iter().zip(&self.x0).map(|(x, x0)| (x - signal * x0) / noise).collect()
    }
}
