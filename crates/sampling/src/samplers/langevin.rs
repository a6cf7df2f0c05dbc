//! Annealed Langevin dynamics (Song & Ermon 2019).

use serde::{Deserialize, Serialize};

use crate::descent::{Descent, Recipe, arithmetic};
use crate::error::setting;
use crate::{Combination, SamplingError, Step};

/// At every noise level `repeats` steps x + δ s + √(2δ) z with δ = length · noise², then the predicted x0 of the last.
/// Between levels the image is scaled to the next one's signal.
///
/// s is the score, not "an estimate of the clean image" as section 17.3 calls it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Langevin {
    /// Steps at each level.
    pub repeats: usize,
    /// δ / noise², between 0 and 2, where the steps stop to settle.
    pub length: f64,
}

impl Default for Langevin {
    fn default() -> Self {
        Self { repeats: 3, length: 0.2 }
    }
}

/// The most evaluations at one noise level.
pub(super) const MOST_REPEATS: usize = 1000;

impl Recipe for Langevin {
    fn steps(&self, descent: &Descent<'_>) -> Result<Vec<Step>, SamplingError> {
        setting(
            "the length of a Langevin step",
            self.length,
            self.length > 0.0 && self.length < 2.0,
            "between 0 and 2",
        )?;
        let repeats = self.repeats;
        setting("repeats", repeats as f64, (1..=MOST_REPEATS).contains(&repeats), "1 to 1000")?;
        if descent.levels.first().is_some_and(|level| level.signal == 0.0) {
            let reason = "Langevin dynamics needs some signal at every level; this schedule begins without any";
            return Err(SamplingError::Sampler(reason.to_owned()));
        }
        let mut steps = Vec::new();
        for (level, to) in descent.pairs() {
            let delta = self.length * level.noise * level.noise;
            let step = descent.step(level, level, Combination::langevin(delta, level));
            steps.extend(std::iter::repeat_n(step, repeats));
            if to.is_clean() {
                steps.push(descent.step(level, to, Combination { x0: 1.0, ..Combination::default() }));
            } else if to.signal != level.signal {
                let scale = Combination { x: to.signal / level.signal, ..Combination::default() };
                steps.push(arithmetic(scale, to));
            }
        }
        Ok(steps)
    }

    fn evaluations(&self) -> usize {
        self.repeats.saturating_add(1)
    }
}
