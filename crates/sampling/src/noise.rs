//! Where random values come from.

use serde::{Deserialize, Serialize};

use crate::{normals, philox4x32};

/// What random values are for; each purpose has values of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stream {
    /// The image of noise that a run starts from.
    Start = 0,
    /// The noise that a step adds.
    Step = 1,
    /// The noise that is put on the known part of an image.
    Known = 2,
    /// The random vector that some networks take as an input.
    Latent = 3,
}

/// Which random values are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Draw {
    /// What for.
    pub stream: Stream,
    /// At which step of the plan.
    pub step: u32,
}

/// A source of standard normal values that gives the same for the same draw, however often it is asked.
pub trait Noise {
    /// Fills `values` with the draw's first ones.
    fn fill(&self, draw: Draw, values: &mut [f32]);
}

/// Noise of a seed: element i of a draw comes from the counter (i / 4, step, stream, 0), so a GPU makes the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Philox {
    seed: u64,
}

impl Philox {
    /// The noise of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The seed.
    #[must_use]
    pub fn seed(self) -> u64 {
        self.seed
    }

    /// The generator's key: the seed's lower and upper half.
    #[must_use]
    pub fn key(self) -> [u32; 2] {
        [self.seed as u32, (self.seed >> 32) as u32]
    }
}

impl Noise for Philox {
    fn fill(&self, draw: Draw, values: &mut [f32]) {
        for (block, values) in values.chunks_mut(4).enumerate() {
            let words = philox4x32([block as u32, draw.step, draw.stream as u32, 0], self.key());
            values.copy_from_slice(&normals(words)[..values.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRAW: Draw = Draw { stream: Stream::Step, step: 3 };

    fn values(seed: u64, draw: Draw, len: usize) -> Vec<f32> {
        let mut values = vec![0.0; len];
        Philox::new(seed).fill(draw, &mut values);
        values
    }

    #[test]
    fn a_longer_draw_begins_like_a_shorter_one() {
        assert_eq!(values(5, DRAW, 7), values(5, DRAW, 100)[..7]);
    }

    #[test]
    fn seeds_steps_and_purposes_have_values_of_their_own() {
        let one = values(5, DRAW, 8);
        assert_ne!(one, values(6, DRAW, 8));
        assert_ne!(one, values(5 + (1 << 32), DRAW, 8));
        assert_ne!(one, values(5, Draw { step: 4, ..DRAW }, 8));
        assert_ne!(one, values(5, Draw { stream: Stream::Known, ..DRAW }, 8));
    }

    #[test]
    fn moments_are_those_of_a_standard_normal() {
        // The k-th moment of N values has the variance (E z^2k - (E z^k)^2) / N; five standard deviations are allowed.
        let values = values(11, DRAW, 400_000);
        let n = values.len() as f64;
        let moment = |k: i32| values.iter().map(|&v| f64::from(v).powi(k)).sum::<f64>() / n;
        for (k, wanted, variance) in [(1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0)] {
            let allowed = 5.0 * f64::sqrt(variance / n);
            assert!((moment(k) - wanted).abs() < allowed, "moment {k} is {}", moment(k));
        }
        let neighbours = values.windows(2).map(|w| f64::from(w[0]) * f64::from(w[1])).sum::<f64>() / n;
        assert!(neighbours.abs() < 5.0 / n.sqrt(), "neighbours go together: {neighbours}");
    }
}
