//! What a model card says of a diffusion model's training, as far as sampling needs it.

use serde::{Deserialize, Serialize};

use crate::{Clamp, Level, Prediction, SamplingError, Schedule, ScheduleCard, Variance};

/// The description of a diffusion model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Diffusion {
    /// The noise schedule.
    pub schedule: ScheduleCard,
    /// What the network predicts.
    #[serde(default)]
    pub prediction: Prediction,
    /// The variance of ancestral noise. [`Variance::LearnedRange`] says that the network has twice as many output
    /// channels as the image, the second half for the variance.
    #[serde(default)]
    pub variance: Variance,
    /// What is done to x0 at every step.
    #[serde(default)]
    pub clamp: Clamp,
    /// Whether ε is worked out again from the clamped x0 (guided-diffusion does so) or stays the network's (diffusers).
    #[serde(default)]
    pub clamped_noise: bool,
    /// What the network is told of the noise level.
    #[serde(default)]
    pub time: TimeInput,
    /// Where the last step leads.
    #[serde(default)]
    pub end: End,
    /// Length of the random vector that the network takes besides the image at every evaluation; 0 for none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub latent: usize,
}

fn is_zero(length: &usize) -> bool {
    *length == 0
}

/// What a network is told of the noise level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TimeInput {
    /// The timestep, counted from 0.
    #[default]
    Timestep,
    /// σ = noise / signal.
    Sigma,
    /// ln(σ) / 4, as Karras' networks.
    QuarterLogSigma,
}

/// Where the last step leads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// To the clean image.
    #[default]
    Clean,
    /// To the schedule's first timestep, which has a little noise (`set_alpha_to_one=False` in diffusers).
    FirstTimestep,
}

impl TimeInput {
    /// The number that the network is told.
    #[must_use]
    pub fn value(self, level: Level) -> f64 {
        match self {
            Self::Timestep => level.time,
            Self::Sigma => level.sigma(),
            Self::QuarterLogSigma => level.sigma().ln() / 4.0,
        }
    }
}

impl Diffusion {
    /// The schedule, where it goes together with the rest of the card.
    ///
    /// # Errors
    /// A schedule that cannot be or that the prediction, the time or the clamp contradict.
    pub fn schedule(&self) -> Result<Schedule, SamplingError> {
        let refuse = |reason: &str| Err(SamplingError::Schedule(reason.to_owned()));
        self.clamp.check()?;
        let schedule = Schedule::new(&self.schedule)?;
        match (self.prediction, schedule.exploding()) {
            (Prediction::V, Some(_)) => {
                return refuse("v is defined for variance-preserving schedules, this one is variance-exploding");
            }
            (Prediction::Edm { .. }, None) => {
                return refuse("Karras' preconditioning is defined for variance-exploding schedules");
            }
            (Prediction::Edm { sigma_data }, _) if !(sigma_data > 0.0 && sigma_data.is_finite()) => {
                return refuse("sigma_data is not above 0");
            }
            _ => {}
        }
        if self.schedule.zero_terminal_snr {
            if self.prediction == Prediction::Noise {
                return refuse(
                    "it ends without any signal, where a network that predicts noise says nothing of the image; \
                     such models predict v or x0",
                );
            }
            if self.time != TimeInput::Timestep {
                return refuse("it ends without any signal, where σ is infinite; such models are told the timestep");
            }
        }
        Ok(schedule)
    }

    /// Values the network gives for each of the image's: 2 where it has a variance of its own.
    #[must_use]
    pub fn outputs_per_value(&self) -> usize {
        if self.variance == Variance::LearnedRange { 2 } else { 1 }
    }
}
