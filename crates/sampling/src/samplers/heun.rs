//! Heun's method on the probability-flow equation, with Karras' churn (2022, algorithms 1 and 2).

use serde::{Deserialize, Serialize};

use crate::descent::{Descent, Recipe, arithmetic};
use crate::error::setting;
use crate::{Combination, Level, SamplingError, Step};

/// dx̂/dσ = (x̂ − x0)/σ for x̂ = x / signal: an Euler step, then the mean of the slopes at both ends. Two evaluations a
/// step; one at the step to the clean image, and at a step from a level without signal, where σ is infinite.
///
/// The image stays as the network knows it, with its signal: diffusers' x̂ is x / signal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Heun {
    /// Noise that is put back before each step; variance-exploding schedules only.
    pub churn: Option<Churn>,
}

/// Karras' stochasticity: σ̂ = σ (1 + min(amount / steps, √2 − 1)) where σ lies in the range.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Churn {
    /// S_churn.
    pub amount: f64,
    /// S_tmin and S_tmax.
    pub range: [f64; 2],
    /// S_noise: how strong the noise is that is put back, 1 for as strong as it should be.
    pub noise: f64,
}

impl Recipe for Heun {
    fn steps(&self, descent: &Descent<'_>) -> Result<Vec<Step>, SamplingError> {
        if let Some(churn) = self.churn {
            if !descent.exploding {
                let reason = "churn needs a variance-exploding schedule, whose network knows every noise level";
                return Err(SamplingError::Sampler(reason.to_owned()));
            }
            setting("the churn", churn.amount, churn.amount >= 0.0 && churn.amount.is_finite(), "0 or more")?;
            setting("the churn's noise", churn.noise, churn.noise > 0.0 && churn.noise.is_finite(), "above 0")?;
        }
        let mut steps = Vec::new();
        let count = (descent.levels.len() - 1) as f64;
        for (mut from, to) in descent.pairs() {
            if let Some((stirred, noise)) = self.churn.and_then(|churn| churn.stir(from, count)) {
                steps.push(arithmetic(Combination { x: 1.0, noise, ..Combination::default() }, stirred));
                from = stirred;
            }
            steps.extend(step(descent, from, to));
        }
        Ok(steps)
    }

    fn evaluations(&self) -> usize {
        2
    }
}

impl Churn {
    /// The noisier level and the factor of the noise that leads to it.
    fn stir(self, from: Level, steps: f64) -> Option<(Level, f64)> {
        let gamma = (self.amount / steps).min(std::f64::consts::SQRT_2 - 1.0);
        let inside = (self.range[0]..=self.range[1]).contains(&from.noise);
        (inside && gamma > 0.0).then(|| {
            let noise = from.noise * (1.0 + gamma);
            (Level { noise, ..from }, self.noise * (noise * noise - from.noise * from.noise).sqrt())
        })
    }
}

fn step(descent: &Descent<'_>, from: Level, to: Level) -> Vec<Step> {
    // x' = signal' x0 + noise' (x − signal x0) / noise
    let x = to.noise / from.noise;
    let mut euler = descent.step(from, to, Combination { x, x0: to.signal - x * from.signal, ..Default::default() });
    if to.is_clean() || from.signal == 0.0 {
        return vec![euler];
    }
    euler.keep_anchor = true;
    let half = (to.sigma() - from.sigma()) / 2.0;
    let next = Combination {
        anchor: to.signal / from.signal * (1.0 + half / from.sigma()),
        x0_before: -to.signal * half / from.sigma(),
        x: half / to.sigma(),
        x0: -to.signal * half / to.sigma(),
        ..Combination::default()
    };
    let mean = descent.step(to, to, next);
    vec![euler, mean]
}
