//! DPM-Solver++ of second order, multistep (Lu et al. 2022, algorithm 2).

use serde::{Deserialize, Serialize};

use crate::descent::{Descent, Recipe};
use crate::{Combination, Level, SamplingError, Step};

/// x' = (noise'/noise) x − signal' (e^{−h} − 1) D with h = λ' − λ and D = x0 + (x0 − x0_before) / (2r), r = h_before / h.
/// The first step has no x0 before it; the step to the clean image takes D = x0 and so gives x0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DpmSolver {}

impl Recipe for DpmSolver {
    fn steps(&self, descent: &Descent<'_>) -> Result<Vec<Step>, SamplingError> {
        let mut before: Option<Level> = None;
        let step = |(from, to): (Level, Level)| {
            let h = to.lambda() - from.lambda();
            // signal' (1 − e^{−h}), without infinities at a level that is all noise or none.
            let whole = to.signal - to.noise * from.signal / from.noise;
            let slope = match before {
                Some(earlier) if !to.is_clean() => 0.5 * h / (from.lambda() - earlier.lambda()),
                _ => 0.0,
            };
            before = Some(from);
            let next = Combination {
                x: to.noise / from.noise,
                x0: whole * (1.0 + slope),
                x0_before: -whole * slope,
                ..Combination::default()
            };
            descent.step(from, to, next)
        };
        Ok(descent.pairs().map(step).collect())
    }
}
