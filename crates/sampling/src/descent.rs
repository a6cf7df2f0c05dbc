//! The way down through the noise levels, from which samplers make their steps.

use crate::{Combination, Diffusion, Evaluate, Level, SamplingError, Spread, Step};

/// The levels of a run with what the card says of the network.
#[derive(Debug)]
pub(crate) struct Descent<'a> {
    pub(crate) card: &'a Diffusion,
    /// From the noisiest to where the last step leads.
    pub(crate) levels: Vec<Level>,
    /// Whether the schedule is variance-exploding.
    pub(crate) exploding: bool,
}

impl Descent<'_> {
    /// Pairs of neighbouring levels: from and to of each step.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (Level, Level)> {
        self.levels.windows(2).map(|pair| (pair[0], pair[1]))
    }

    /// The evaluation of the network at a level.
    pub(crate) fn evaluate(&self, level: Level) -> Evaluate {
        Evaluate {
            level,
            time: self.card.time.value(level),
            input_scale: self.card.prediction.input_scale(level),
            x0: self.card.prediction.x0(level),
            clamp: self.card.clamp,
        }
    }

    /// A step that evaluates the network at `from` and leads to `to`.
    pub(crate) fn step(&self, from: Level, to: Level, next: Combination) -> Step {
        let evaluate = Some(self.evaluate(from));
        Step { evaluate, next, spread: Spread::Fixed, keep_anchor: false, to }
    }

    /// signal · x0 + noise · ε with the network's own ε, or the one that follows from the clamped x0, as the card says.
    pub(crate) fn point(&self, from: Level, signal: f64, noise: f64) -> Combination {
        if self.card.clamped_noise {
            // ε = (x − from.signal x0) / from.noise
            let x = noise / from.noise;
            return Combination { x, x0: signal - x * from.signal, ..Combination::default() };
        }
        let [x, output] = self.card.prediction.noise(from);
        Combination { x: noise * x, x0: signal, output: noise * output, ..Combination::default() }
    }
}

/// A step without the network.
pub(crate) fn arithmetic(next: Combination, to: Level) -> Step {
    Step { evaluate: None, next, spread: Spread::Fixed, keep_anchor: false, to }
}

/// A sampler: from the levels to the steps.
pub(crate) trait Recipe {
    /// The steps of a run.
    ///
    /// # Errors
    /// [`SamplingError::Sampler`] or [`SamplingError::Setting`] for what this sampler cannot do.
    fn steps(&self, descent: &Descent<'_>) -> Result<Vec<Step>, SamplingError>;

    /// The most evaluations of the network from one level to the next.
    fn evaluations(&self) -> usize {
        1
    }

    /// Whether each step stands for itself, so that it may be repeated after its noise was put back.
    fn repeatable(&self) -> bool {
        false
    }
}
