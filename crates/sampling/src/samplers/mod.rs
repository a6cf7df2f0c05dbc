//! The samplers: one file each, from noise levels to steps.

mod adversarial;
mod ddim;
mod ddpm;
mod dpm_solver;
mod heun;
mod langevin;
mod predictor_corrector;
mod renoise;

pub use adversarial::Adversarial;
pub use ddim::{Ddim, EtaConvention};
pub use ddpm::Ddpm;
pub use dpm_solver::DpmSolver;
pub use heun::{Churn, Heun};
pub use langevin::Langevin;
pub use predictor_corrector::PredictorCorrector;
pub use renoise::Renoise;

use serde::{Deserialize, Serialize};

use crate::descent::Recipe;

/// A sampler with its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Sampler {
    /// Ancestral sampling.
    Ddpm(Ddpm),
    /// Denoising diffusion implicit models.
    Ddim(Ddim),
    /// The posterior of few-step adversarial models.
    Adversarial(Adversarial),
    /// DPM-Solver++, second order, multistep.
    DpmSolver(DpmSolver),
    /// Heun's method with Karras' churn.
    Heun(Heun),
    /// Denoise, then noise afresh.
    Renoise(Renoise),
    /// Annealed Langevin dynamics.
    Langevin(Langevin),
    /// An ancestral predictor with Langevin correctors.
    PredictorCorrector(PredictorCorrector),
}

impl Sampler {
    pub(crate) fn recipe(&self) -> &dyn Recipe {
        match self {
            Self::Ddpm(recipe) => recipe,
            Self::Ddim(recipe) => recipe,
            Self::Adversarial(recipe) => recipe,
            Self::DpmSolver(recipe) => recipe,
            Self::Heun(recipe) => recipe,
            Self::Renoise(recipe) => recipe,
            Self::Langevin(recipe) => recipe,
            Self::PredictorCorrector(recipe) => recipe,
        }
    }
}
