//! What the network predicts, and how x0 follows from it.

use serde::{Deserialize, Serialize};

use crate::Level;

/// What the network's output is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Prediction {
    /// ε, the noise in x.
    #[default]
    Noise,
    /// The clean image.
    X0,
    /// v = signal ε − noise x0 (Salimans & Ho 2022).
    V,
    /// Karras' preconditioned F (2022, eq. 7 and table 1): x0 = c_skip x + c_out F(c_in x).
    Edm {
        /// Standard deviation of the training images.
        sigma_data: f64,
    },
}

/// How the variance of ancestral noise was trained.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Variance {
    /// β̃_t, the posterior's own.
    #[default]
    FixedSmall,
    /// β_t.
    FixedLarge,
    /// Between both, by the second half of the network's output channels (eq. 2.28; the raw output is in \[−1, 1\]).
    LearnedRange,
}

impl Prediction {
    /// x0 as factors of (x, the network's output) at a level. The printed eq. 2.16 is the mean of the next step; this
    /// is eq. 7.22.
    #[must_use]
    pub fn x0(self, level: Level) -> [f64; 2] {
        let Level { signal, noise, .. } = level;
        match self {
            Self::Noise => [1.0 / signal, -noise / signal],
            Self::X0 => [0.0, 1.0],
            // (signal x − noise v) / (signal² + noise²), whose divisor is 1 where v is used.
            Self::V => [signal, -noise],
            Self::Edm { sigma_data } => {
                let total = noise * noise + sigma_data * sigma_data;
                [sigma_data * sigma_data / total, noise * sigma_data / total.sqrt()]
            }
        }
    }

    /// ε as factors of (x, the network's output) at a level with noise.
    #[must_use]
    pub fn noise(self, level: Level) -> [f64; 2] {
        let Level { signal, noise, .. } = level;
        match self {
            // Direct forms keep their digits where signal or noise is small.
            Self::Noise => [0.0, 1.0],
            Self::V => [noise, signal],
            Self::X0 | Self::Edm { .. } => {
                let [x, output] = self.x0(level);
                [(1.0 - signal * x) / noise, -signal * output / noise]
            }
        }
    }

    /// What x is multiplied by before the network sees it.
    #[must_use]
    pub fn input_scale(self, level: Level) -> f64 {
        match self {
            Self::Edm { sigma_data } => 1.0 / (level.noise * level.noise + sigma_data * sigma_data).sqrt(),
            _ => 1.0,
        }
    }
}
