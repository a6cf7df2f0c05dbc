//! The numbers of a step, those that depend on the images included.

use crate::{Coefficients, Combination, Operands, Spread, Step};

impl Step {
    /// The numbers for [`crate::combine`].
    ///
    /// Most steps depend on nothing but the plan. A dynamic clamp looks at the predicted x0, and a Langevin step
    /// measures the lengths of noise and score; both read `operands`.
    #[must_use]
    pub fn coefficients(&self, operands: &Operands<'_>) -> Coefficients {
        let mut all = Coefficients { limit: f32::MAX, divide: 1.0, ..Coefficients::default() };
        if let Some(evaluate) = &self.evaluate {
            all.predict = evaluate.x0.map(|factor| factor as f32);
            let [x, output] = all.predict;
            let raw = |i: usize| x * at(operands.x, i) + output * at(operands.output, i);
            [all.limit, all.divide] = evaluate.clamp.limits((0..operands.x.len()).map(raw));
        }
        let mut next = self.next;
        match self.spread {
            Spread::Fixed => {}
            Spread::Learned { low, high } => all.log_variance = [low as f32, high as f32],
            Spread::Langevin { ratio, level } => {
                let [x, output] = all.predict;
                let (mut score, mut noise) = (0.0_f64, 0.0_f64);
                for i in 0..operands.x.len() {
                    let raw = x * at(operands.x, i) + output * at(operands.output, i);
                    let x0 = raw.clamp(-all.limit, all.limit) / all.divide;
                    let slope = level.signal * f64::from(x0) - f64::from(at(operands.x, i));
                    score += (slope / (level.noise * level.noise)).powi(2);
                    noise += f64::from(at(operands.noise, i)).powi(2);
                }
                // Without a slope there is nowhere to go, and the step would be infinitely long.
                let delta = if score > 0.0 { 2.0 * ratio * ratio * noise / score } else { 0.0 };
                next = Combination::langevin(delta, level);
            }
        }
        let Combination { x, x0, output, x0_before, anchor, noise } = next;
        [all.x, all.x0, all.output] = [x, x0, output].map(|factor| factor as f32);
        [all.x0_before, all.anchor, all.noise] = [x0_before, anchor, noise].map(|factor| factor as f32);
        all
    }

    /// Whether the step draws noise.
    #[must_use]
    pub fn draws(&self) -> bool {
        self.next.noise != 0.0 || matches!(self.spread, Spread::Langevin { .. })
    }
}

fn at(values: &[f32], i: usize) -> f32 {
    values.get(i).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Clamp, Evaluate, Level};

    fn step(ratio: f64) -> Step {
        let level = Level { time: 3.0, signal: 1.0, noise: 2.0 };
        let evaluate = Evaluate { level, time: 3.0, input_scale: 1.0, x0: [0.0, 1.0], clamp: Clamp::None };
        Step {
            evaluate: Some(evaluate),
            next: Combination::default(),
            spread: Spread::Langevin { ratio, level },
            keep_anchor: false,
            to: level,
        }
    }

    #[test]
    fn a_langevin_step_is_as_long_as_noise_and_score_say() {
        // By hand: s = ((1 − 3)/4, (1 − 4)/4), |s|² = 0.8125, |z|² = 5, δ = 2 · 0.5² · 5 / 0.8125 = 40/13.
        let operands = Operands { x: &[3.0, 4.0], output: &[1.0, 1.0], noise: &[1.0, 2.0], ..Operands::default() };
        let got = step(0.5).coefficients(&operands);
        let wanted = [1.0 - 10.0 / 13.0, 10.0 / 13.0, (80.0_f32 / 13.0).sqrt()];
        for (got, wanted) in [got.x, got.x0, got.noise].into_iter().zip(wanted) {
            assert!((got - wanted).abs() < 1e-6, "{got}, not {wanted}");
        }
    }

    #[test]
    fn without_a_score_nothing_moves() {
        let operands = Operands { x: &[1.0, 1.0], output: &[1.0, 1.0], noise: &[1.0, 2.0], ..Operands::default() };
        let got = step(0.5).coefficients(&operands);
        assert_eq!([got.x, got.x0, got.noise], [1.0, 0.0, 0.0]);
    }
}
