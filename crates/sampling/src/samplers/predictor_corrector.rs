//! Predictor and corrector (Song et al. 2021), eq. 7.26 and 7.28.

use serde::{Deserialize, Serialize};

use super::langevin::MOST_REPEATS;
use crate::descent::{Descent, Recipe};
use crate::error::setting;
use crate::{Combination, SamplingError, Spread, Step, posterior};

/// The predictor is an ancestral step with the larger variance; eq. 7.26 lacks its x_{i+1}. Each is followed by Langevin
/// steps at the level reached, of length δ = 2 (ratio |z| / |s|)². The last predictor adds no noise and is not
/// corrected.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PredictorCorrector {
    /// Langevin steps after each predictor.
    pub corrections: usize,
    /// Their signal-to-noise ratio.
    pub ratio: f64,
}

impl Default for PredictorCorrector {
    fn default() -> Self {
        Self { corrections: 1, ratio: 0.16 }
    }
}

impl Recipe for PredictorCorrector {
    fn steps(&self, descent: &Descent<'_>) -> Result<Vec<Step>, SamplingError> {
        let (ratio, corrections) = (self.ratio, self.corrections);
        setting("the corrector's signal-to-noise ratio", ratio, ratio > 0.0 && ratio < 1.0, "between 0 and 1")?;
        setting("corrections", corrections as f64, corrections <= MOST_REPEATS, "0 to 1000")?;
        let mut steps = Vec::new();
        let last = descent.levels.len() - 2;
        for (n, (from, to)) in descent.pairs().enumerate() {
            let q = posterior(from, to);
            let noise = if n == last { 0.0 } else { q.large.sqrt() };
            steps.push(descent.step(from, to, Combination { x: q.x, x0: q.x0, noise, ..Combination::default() }));
            if n < last {
                let mut corrector = descent.step(to, to, Combination::default());
                corrector.spread = Spread::Langevin { ratio, level: to };
                steps.extend(std::iter::repeat_n(corrector, corrections));
            }
        }
        Ok(steps)
    }

    fn evaluations(&self) -> usize {
        self.corrections.saturating_add(1)
    }
}
