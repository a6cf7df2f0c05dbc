//! The posterior sampler of few-step adversarial diffusion models (DDGAN, SynDiff).

use serde::{Deserialize, Serialize};

use super::Ddpm;
use crate::descent::{Descent, Recipe};
use crate::{Prediction, SamplingError, Step, Variance};

/// x0 comes from the generator, x' from q(x' | x, x0) (eq. 17.20 and 17.25–17.28; the latter print q(x_t | x_t, x0)).
/// The generator was trained for these very steps, so all of them are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adversarial {}

impl Recipe for Adversarial {
    fn steps(&self, descent: &Descent<'_>) -> Result<Vec<Step>, SamplingError> {
        let refuse = |reason: String| Err(SamplingError::Sampler(reason));
        if descent.card.prediction != Prediction::X0 {
            return refuse("the adversarial sampler needs a generator that predicts x0".to_owned());
        }
        let (steps, trained) = (descent.levels.len() - 1, descent.card.schedule.timesteps);
        if steps != trained {
            return refuse(format!("its generator was trained for {trained} steps and takes all of them, not {steps}"));
        }
        Ddpm { variance: Some(Variance::FixedSmall) }.steps(descent)
    }
}
