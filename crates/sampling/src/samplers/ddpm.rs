//! Ancestral sampling (Ho et al. 2020).

use serde::{Deserialize, Serialize};

use crate::descent::{Descent, Recipe};
use crate::{Combination, SamplingError, Spread, Step, Variance, posterior};

/// The smallest variance whose logarithm is taken, as diffusers bounds it.
const SMALLEST_VARIANCE: f64 = 1e-20;

/// Each step draws from q(x' | x, x0) with the predicted x0: its mean by eq. 2.12 (corrected, see
/// [`posterior`]), its variance β̃, β or learned between them. No noise is added at the last step.
///
/// Eq. 16.4 prints 1/√ᾱ_t where 1/√α_t is meant, and eq. 7.20 the variance where its root is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ddpm {
    /// Which variance; `None` takes the card's.
    pub variance: Option<Variance>,
}

impl Recipe for Ddpm {
    fn steps(&self, descent: &Descent<'_>) -> Result<Vec<Step>, SamplingError> {
        let variance = self.variance.unwrap_or(descent.card.variance);
        if variance == Variance::LearnedRange && descent.card.variance != variance {
            let reason = "it has no learned variance; choose fixed-small or fixed-large";
            return Err(SamplingError::Sampler(reason.to_owned()));
        }
        let last = descent.levels.len() - 2;
        let step = |(n, (from, to))| {
            let q = posterior(from, to);
            let noise = match variance {
                _ if n == last => 0.0,
                Variance::FixedSmall => q.small.sqrt(),
                Variance::FixedLarge => q.large.sqrt(),
                Variance::LearnedRange => 1.0,
            };
            let mut step = descent.step(from, to, Combination { x: q.x, x0: q.x0, noise, ..Combination::default() });
            if variance == Variance::LearnedRange && noise > 0.0 {
                step.spread = Spread::Learned { low: q.small.max(SMALLEST_VARIANCE).ln(), high: q.large.ln() };
            }
            step
        };
        Ok(descent.pairs().enumerate().map(step).collect())
    }

    fn repeatable(&self) -> bool {
        true
    }
}
