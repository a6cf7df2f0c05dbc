//! Which of the training's timesteps a run visits.

use serde::{Deserialize, Serialize};

use crate::error::setting;
use crate::{Level, SamplingError, Schedule};

/// How n steps are spread over T timesteps.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Spacing {
    /// offset, offset + ⌊T/n⌋, offset + 2⌊T/n⌋, ...; the last timestep is not visited unless n = T.
    Leading {
        /// Added to every timestep.
        #[serde(default)]
        offset: usize,
    },
    /// T − 1 and down in steps of T/n, rounded.
    Trailing,
    /// From T − 1 to 0 in n equal steps, rounded.
    Linspace,
    /// σ from the largest to the smallest, its ρ-th root in equal steps (Karras et al. 2022, eq. 5). Only where the
    /// schedule is variance-exploding: its noise level need not lie on a timestep.
    Karras {
        /// ρ, 7 in the paper.
        rho: f64,
    },
}

impl Default for Spacing {
    fn default() -> Self {
        Self::Leading { offset: 0 }
    }
}

impl Spacing {
    /// The levels that a run of `steps` visits, from the noisiest.
    ///
    /// # Errors
    /// No step, more steps than timesteps, an offset beyond the last timestep, a spacing that the schedule cannot have.
    pub fn levels(self, schedule: &Schedule, steps: usize) -> Result<Vec<Level>, SamplingError> {
        let timesteps = schedule.levels().len();
        if steps == 0 {
            return Err(SamplingError::ZeroSteps);
        }
        if steps > timesteps {
            return Err(SamplingError::TooManySteps { steps, timesteps });
        }
        let width = (steps - 1).max(1) as f64;
        let times: Vec<usize> = match self {
            Self::Leading { offset } => {
                let stride = timesteps / steps;
                let last = (steps - 1) * stride + offset;
                setting("the spacing's offset", offset as f64, last < timesteps, "small enough to stay below T")?;
                (0..steps).rev().map(|step| step * stride + offset).collect()
            }
            Self::Trailing => {
                let stride = timesteps as f64 / steps as f64;
                (0..steps)
                    .map(|step| (timesteps as f64 - step as f64 * stride).round_ties_even() as usize - 1)
                    .collect()
            }
            Self::Linspace => {
                let last = (timesteps - 1) as f64;
                (0..steps).rev().map(|step| (last * step as f64 / width).round_ties_even() as usize).collect()
            }
            Self::Karras { rho } => return karras(schedule, steps, rho),
        };
        Ok(times.into_iter().map(|time| schedule.levels()[time]).collect())
    }
}

fn karras(schedule: &Schedule, steps: usize, rho: f64) -> Result<Vec<Level>, SamplingError> {
    let Some([low, high]) = schedule.exploding() else {
        let reason = "Karras' spacing needs a variance-exploding schedule; use leading, trailing or linspace";
        return Err(SamplingError::Sampler(reason.to_owned()));
    };
    setting("ρ", rho, rho >= 1.0 && rho.is_finite(), "1 or more")?;
    let width = (steps - 1).max(1) as f64;
    let (from, to) = (high.powf(1.0 / rho), low.powf(1.0 / rho));
    let sigma = |step: usize| (from + step as f64 / width * (to - from)).powf(rho);
    Ok((0..steps).map(|step| schedule.at_sigma(sigma(step))).collect())
}
