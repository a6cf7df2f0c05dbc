//! Denoise, then noise afresh (section 4.2.4, whose "until t − t" means until no noise is left).

use serde::{Deserialize, Serialize};

use crate::descent::{Descent, Recipe};
use crate::{Combination, SamplingError, Step};

/// x' = signal' x0 + noise' z with fresh z at every step. With the predicted ε in place of z it would be DDIM, η = 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renoise {}

impl Recipe for Renoise {
    fn steps(&self, descent: &Descent<'_>) -> Result<Vec<Step>, SamplingError> {
        let step = |(from, to): (crate::Level, crate::Level)| {
            descent.step(from, to, Combination { x0: to.signal, noise: to.noise, ..Combination::default() })
        };
        Ok(descent.pairs().map(step).collect())
    }

    fn repeatable(&self) -> bool {
        true
    }
}
