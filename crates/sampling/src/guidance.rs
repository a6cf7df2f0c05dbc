//! Classifier-free guidance: the conditional and the unconditional output of a batch of two.

use serde::{Deserialize, Serialize};

use crate::SamplingError;
use crate::error::setting;

/// output = u + scale (c − u), c with the condition and u without (eq. 2.24 is printed on samples and with
/// scale = 1 + w; this is its form on outputs, which is the same for noise, x0 and v).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Guidance {
    /// 1 is the condition alone, more exaggerates it.
    pub scale: f64,
    /// How far the standard deviation is brought back to that of c, 0 to 1 (Lin et al. 2023, eq. 15 and 16).
    #[serde(default)]
    pub rescale: f64,
}

impl Guidance {
    pub(crate) fn check(self) -> Result<(), SamplingError> {
        setting("the guidance scale", self.scale, self.scale.is_finite() && self.scale >= 0.0, "0 or more")?;
        setting("the guidance rescale", self.rescale, (0.0..=1.0).contains(&self.rescale), "between 0 and 1")
    }

    /// The guided output; both come with as many values as the image.
    #[must_use]
    pub fn apply(self, unconditional: &[f32], conditional: &[f32]) -> Vec<f32> {
        let scale = self.scale as f32;
        let pairs = unconditional.iter().zip(conditional);
        let mut guided: Vec<f32> = pairs.map(|(u, c)| u + scale * (c - u)).collect();
        if self.rescale > 0.0 {
            let (wanted, got) = (deviation(conditional), deviation(&guided));
            if got > 0.0 {
                let factor = (self.rescale * wanted / got + (1.0 - self.rescale)) as f32;
                guided.iter_mut().for_each(|value| *value *= factor);
            }
        }
        guided
    }
}

/// The standard deviation over all values.
fn deviation(values: &[f32]) -> f64 {
    let count = values.len().max(1) as f64;
    let mean = values.iter().copied().map(f64::from).sum::<f64>() / count;
    let squares = values.iter().map(|&value| (f64::from(value) - mean).powi(2)).sum::<f64>();
    (squares / (count - 1.0).max(1.0)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_of_1_is_the_condition_alone_and_0_is_without() {
        let (u, c) = ([1.0, 2.0, 3.0], [5.0, 4.0, -3.0]);
        let guide = |scale| Guidance { scale, rescale: 0.0 }.apply(&u, &c);
        assert_eq!(guide(1.0), c);
        assert_eq!(guide(0.0), u);
        assert_eq!(guide(2.0), [9.0, 6.0, -9.0]);
    }

    #[test]
    fn rescaling_brings_the_deviation_back() {
        let (u, c) = ([1.0, 2.0, 3.0, 0.5], [5.0, 4.0, -3.0, 1.0]);
        let plain = Guidance { scale: 3.0, rescale: 0.0 }.apply(&u, &c);
        let whole = Guidance { scale: 3.0, rescale: 1.0 }.apply(&u, &c);
        let half = Guidance { scale: 3.0, rescale: 0.5 }.apply(&u, &c);
        assert!((deviation(&whole) - deviation(&c)).abs() < 1e-6);
        for ((plain, whole), half) in plain.iter().zip(&whole).zip(&half) {
            assert!((half - (plain + whole) / 2.0).abs() < 1e-5);
        }
    }
}
