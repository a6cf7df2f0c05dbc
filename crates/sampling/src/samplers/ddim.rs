//! Denoising diffusion implicit models (Song et al. 2021), eq. 7.21–7.23.

use serde::{Deserialize, Serialize};

use crate::descent::{Descent, Recipe};
use crate::error::setting;
use crate::{SamplingError, Step, posterior};

/// x' = signal' x0 + √(noise'² − s²) ε + s z. With η = 0 nothing is drawn; with η = 1 in Song's convention this is DDPM
/// with its smaller variance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ddim {
    /// How much of the noise is fresh, 0 to 1.
    pub eta: f64,
    /// What η multiplies.
    pub convention: EtaConvention,
}

/// What η multiplies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EtaConvention {
    /// s = η √β̃: the posterior's standard deviation (eq. 7.23, where β̃ stands for a standard deviation).
    #[default]
    Posterior,
    /// s = η noise': the whole noise of the next level, as decomposed diffusion sampling has it.
    WholeNoise,
}

impl Recipe for Ddim {
    fn steps(&self, descent: &Descent<'_>) -> Result<Vec<Step>, SamplingError> {
        setting("η", self.eta, (0.0..=1.0).contains(&self.eta), "between 0 and 1")?;
        let step = |(from, to)| {
            let fresh = match self.convention {
                EtaConvention::Posterior => self.eta * posterior(from, to).small.sqrt(),
                EtaConvention::WholeNoise => self.eta * to.noise,
            };
            let kept = (to.noise * to.noise - fresh * fresh).max(0.0).sqrt();
            let mut next = descent.point(from, to.signal, kept);
            next.noise = fresh;
            descent.step(from, to, next)
        };
        Ok(descent.pairs().map(step).collect())
    }

    fn repeatable(&self) -> bool {
        true
    }
}
