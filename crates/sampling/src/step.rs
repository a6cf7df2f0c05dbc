//! A step as data: what the network is asked, and the linear combination that makes the next image.

use crate::{Clamp, Level};

/// One step of a plan.
///
/// Executed as: guide the network's output, x0 = clamp(linear in x and output), next = [`Combination`], then put the
/// known part of the image back. [`crate::combine`] is the arithmetic, [`crate::Coefficients`] its numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What the network is asked; `None` for steps that are arithmetic only.
    pub evaluate: Option<Evaluate>,
    /// How the next image is made.
    pub next: Combination,
    /// Where the factor of the noise comes from.
    pub spread: Spread,
    /// Whether x before this step is kept as the anchor of a later one.
    pub keep_anchor: bool,
    /// The noise level it leads to.
    pub to: Level,
}

/// An evaluation of the network, and what follows from it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evaluate {
    /// The noise level of x.
    pub level: Level,
    /// What the network is told of it.
    pub time: f64,
    /// What x is multiplied by before the network sees it.
    pub input_scale: f64,
    /// x0 as factors of (x, output).
    pub x0: [f64; 2],
    /// What is then done to x0.
    pub clamp: Clamp,
}

/// Factors of everything that the next image may be made of.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Combination {
    /// Of the noisy image.
    pub x: f64,
    /// Of x0, after its clamp.
    pub x0: f64,
    /// Of the network's output, guided.
    pub output: f64,
    /// Of the x0 of the evaluation before.
    pub x0_before: f64,
    /// Of the kept image.
    pub anchor: f64,
    /// Of fresh standard normal noise.
    pub noise: f64,
}

/// Where the factor of the noise comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Spread {
    /// [`Combination::noise`] as it is.
    #[default]
    Fixed,
    /// For each element √(exp(low + (high − low)(v + 1)/2)), v the second half of the network's output: between the
    /// logarithms of two variances (eq. 2.28).
    Learned {
        /// ln β̃.
        low: f64,
        /// ln β.
        high: f64,
    },
    /// A step of Langevin dynamics x + δ s + √(2δ) z along the score s = (signal x0 − x) / noise², with
    /// δ = 2 (ratio |z| / |s|)² measured at the step. The [`Combination`] is then worked out from it.
    Langevin {
        /// The signal-to-noise ratio of the step.
        ratio: f64,
        /// The level at which the score is taken.
        level: Level,
    },
}

impl Combination {
    /// The combination of a Langevin step of length δ at a level.
    #[must_use]
    pub fn langevin(delta: f64, level: Level) -> Self {
        let variance = level.noise * level.noise;
        Self {
            x: 1.0 - delta / variance,
            x0: delta * level.signal / variance,
            noise: (2.0 * delta).sqrt(),
            ..Self::default()
        }
    }
}
