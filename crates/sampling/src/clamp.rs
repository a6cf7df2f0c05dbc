//! Keeping the predicted image inside the range of images.

use serde::{Deserialize, Serialize};

use crate::SamplingError;
use crate::error::setting;

/// What is done to x0 before it is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Clamp {
    /// Nothing.
    #[default]
    None,
    /// Cut off beyond ±bound.
    Range {
        /// The largest absolute value of an image.
        bound: f64,
    },
    /// Cut off beyond ±s and divided by s, s the quantile of |x0| between 1 and `most` (Saharia et al. 2022).
    Dynamic {
        /// Which share of the values is left alone, such as 0.995.
        quantile: f64,
        /// The largest s.
        most: f64,
    },
}

impl Clamp {
    /// Whether its numbers make sense.
    pub(crate) fn check(self) -> Result<(), SamplingError> {
        match self {
            Self::None => Ok(()),
            Self::Range { bound } => setting("the clamp's bound", bound, bound > 0.0 && bound.is_finite(), "above 0"),
            Self::Dynamic { quantile, most } => {
                setting("the clamp's quantile", quantile, (0.0..=1.0).contains(&quantile), "between 0 and 1")?;
                setting("the clamp's largest threshold", most, most >= 1.0 && most.is_finite(), "1 or more")
            }
        }
    }

    /// The bound and the divisor for these values of x0, which come in any order.
    pub(crate) fn limits(self, x0: impl Iterator<Item = f32>) -> [f32; 2] {
        match self {
            Self::None => [f32::MAX, 1.0],
            Self::Range { bound } => [bound as f32, 1.0],
            Self::Dynamic { quantile, most } => {
                let mut sizes: Vec<f32> = x0.map(f32::abs).collect();
                let threshold = f64::from(quantile_of(&mut sizes, quantile)).clamp(1.0, most) as f32;
                [threshold, threshold]
            }
        }
    }
}

/// The quantile, between the two nearest ranks where it falls between them.
fn quantile_of(values: &mut [f32], quantile: f64) -> f32 {
    if values.is_empty() {
        return 0.0;
    }
    let place = quantile * (values.len() - 1) as f64;
    let (_, low, above) = values.select_nth_unstable_by(place as usize, f32::total_cmp);
    let next = above.iter().copied().min_by(f32::total_cmp).unwrap_or(*low);
    *low + (next - *low) * place.fract() as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_lie_between_the_nearest_ranks() {
        // By hand: 5 values, place 0.6 · 4 = 2.4, 40 % of the way from 3 to 7.
        let mut values = [9.0, 1.0, 7.0, 3.0, 2.0];
        assert!((quantile_of(&mut values, 0.6) - 4.6).abs() < 1e-6);
        assert_eq!(quantile_of(&mut values, 1.0), 9.0);
        assert_eq!(quantile_of(&mut values, 0.0), 1.0);
    }

    #[test]
    fn a_dynamic_threshold_never_shrinks_below_1_nor_grows_beyond_its_limit() {
        let clamp = Clamp::Dynamic { quantile: 0.5, most: 2.0 };
        assert_eq!(clamp.limits([0.1, -0.2, 0.3].into_iter()), [1.0, 1.0]);
        assert_eq!(clamp.limits([1.5, -1.5, 8.0].into_iter()), [1.5, 1.5]);
        assert_eq!(clamp.limits([4.0, -5.0, 8.0].into_iter()), [2.0, 2.0]);
    }
}
