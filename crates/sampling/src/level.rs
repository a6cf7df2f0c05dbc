//! One noise level, and the Gaussian between two of them.

use serde::{Deserialize, Serialize};

/// x = signal x0 + noise ε, ε ~ N(0, I).
///
/// Variance-preserving schedules have signal² + noise² = 1, that is √ᾱ and √(1 − ᾱ) (forward process: eq. 2.3 = 4.3,
/// which is q(x_t | x0), not q(x_t | x_{t−1}) as printed at 4.3). Variance-exploding ones have signal 1 and noise σ.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Level {
    /// Its place in the schedule, counted from 0; −1 is the clean image. Between two places where a spacing puts it.
    pub time: f64,
    /// Factor of the clean image.
    pub signal: f64,
    /// Standard deviation of the noise.
    pub noise: f64,
}

impl Level {
    /// The clean image.
    pub const CLEAN: Self = Self { time: -1.0, signal: 1.0, noise: 0.0 };

    /// Whether no noise is left.
    #[must_use]
    pub fn is_clean(self) -> bool {
        self.noise == 0.0
    }

    /// σ = noise / signal, the noise of x / signal; infinite where no signal is left.
    #[must_use]
    pub fn sigma(self) -> f64 {
        self.noise / self.signal
    }

    /// λ = ln(signal / noise), half the logarithm of the signal-to-noise ratio.
    #[must_use]
    pub fn lambda(self) -> f64 {
        (self.signal / self.noise).ln()
    }
}

/// q(x_to | x_from, x0) = N(x0·X0 + x·X, small), and the variance of the forward step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Posterior {
    /// Factor of the clean image.
    pub x0: f64,
    /// Factor of the noisy image.
    pub x: f64,
    /// β̃: the posterior's own variance.
    pub small: f64,
    /// β: the variance that one forward step adds, the larger of the two usual choices.
    pub large: f64,
}

/// The posterior of a step from the noisier level to the cleaner one.
///
/// With α = from.signal / to.signal and β = from.noise² − α² to.noise² this is eq. 2.12–2.14, whose factor of x_t is
/// corrected: √α_t (1 − ᾱ_{t−1}) / (1 − ᾱ_t) where √ᾱ_t is printed. Written with levels it also holds for
/// variance-exploding schedules, where mean and β are the predictor of eq. 7.26 with its missing x_{i+1} added.
#[must_use]
pub fn posterior(from: Level, to: Level) -> Posterior {
    let alpha = from.signal / to.signal;
    let total = from.noise * from.noise;
    let left = to.noise * to.noise;
    let beta = total - alpha * alpha * left;
    Posterior { x0: to.signal * beta / total, x: alpha * left / total, small: left * beta / total, large: beta }
}
