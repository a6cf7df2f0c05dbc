//! How a volume's values become the network's, and how they come back.

use darkroom_imaging::normalise::Foreground;
use darkroom_imaging::{Refusal, Volume};

use crate::manifest::Normalisation;

/// v becomes (v - shift) / scale; y becomes y scale + shift.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Scaling {
    pub(crate) shift: f64,
    pub(crate) scale: f64,
    /// Values outside are cut off before.
    clip: Option<[f64; 2]>,
    /// Results below zero become zero: activity is never negative.
    positive: bool,
}

impl Scaling {
    /// The scaling that `normalisation` asks for on `input`.
    ///
    /// # Errors
    /// A volume of one value only; a foreground that could not be found.
    pub(crate) fn of(
        normalisation: Normalisation,
        input: &Volume,
        foreground: Result<&Foreground, &Refusal>,
    ) -> Result<Self, Refusal> {
        let plain = Self { shift: 0.0, scale: 1.0, clip: None, positive: false };
        let wide = || input.data.iter().map(|&value| f64::from(value));
        let scaling = match normalisation {
            Normalisation::None => plain,
            Normalisation::ForegroundMean => {
                let scale = foreground.map_err(Clone::clone)?.scale;
                Self { scale, positive: true, ..plain }
            }
            Normalisation::MinMax => {
                let (low, high) =
                    wide().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
                Self { shift: low, scale: high - low, ..plain }
            }
            Normalisation::ZScore => {
                let count = input.data.len() as f64;
                let mean = wide().sum::<f64>() / count;
                let variance = wide().map(|v| (v - mean).powi(2)).sum::<f64>() / count;
                Self { shift: mean, scale: variance.sqrt(), ..plain }
            }
            Normalisation::Window { low, high } => {
                Self { shift: low, scale: high - low, clip: Some([low, high]), ..plain }
            }
        };
        if scaling.scale > 0.0 && scaling.scale.is_finite() && scaling.shift.is_finite() {
            Ok(scaling)
        } else {
            Err(Refusal::new(
                "All values of this volume are the same, so they cannot be normalised.",
                "Check that it is an image and not an empty reconstruction.",
            ))
        }
    }

    /// A value as the network sees it.
    pub(crate) fn apply(&self, value: f32) -> f32 {
        self.place(self.clip.map_or(value, |[low, high]| f64::from(value).clamp(low, high) as f32))
    }

    /// A value of a result as the network had it: undoes [`Scaling::restore`].
    pub(crate) fn place(&self, value: f32) -> f32 {
        ((f64::from(value) - self.shift) / self.scale) as f32
    }

    /// A value of the network in the image's unit.
    pub(crate) fn restore(&self, value: f32) -> f32 {
        self.floor((f64::from(value) * self.scale + self.shift) as f32)
    }

    /// A value of the result, not below zero where the unit has nothing there.
    pub(crate) fn floor(&self, value: f32) -> f32 {
        if self.positive { value.max(0.0) } else { value }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test should stop where it fails")]

    use darkroom_imaging::Unit;

    use super::*;

    fn volume(data: Vec<f32>) -> Volume {
        Volume::new([data.len(), 1, 1], data, [[0.0; 4]; 3], Unit::Suv).unwrap()
    }

    fn scaled(normalisation: Normalisation, data: &[f32]) -> Vec<f32> {
        let missing = Refusal::new("none", "none");
        let scaling = Scaling::of(normalisation, &volume(data.to_vec()), Err(&missing)).unwrap();
        data.iter().map(|&v| scaling.apply(v)).collect()
    }

    #[test]
    fn every_normalisation_does_what_its_name_says() {
        assert_eq!(scaled(Normalisation::None, &[-3.0, 5.0]), [-3.0, 5.0]);
        assert_eq!(scaled(Normalisation::MinMax, &[-3.0, 1.0, 5.0]), [0.0, 0.5, 1.0]);
        assert_eq!(scaled(Normalisation::ZScore, &[2.0, 4.0]), [-1.0, 1.0]);
        let window = Normalisation::Window { low: -100.0, high: 100.0 };
        assert_eq!(scaled(window, &[-1000.0, 0.0, 50.0, 3000.0]), [0.0, 0.5, 0.75, 1.0]);
    }

    #[test]
    fn values_come_back() {
        let missing = Refusal::new("none", "none");
        for normalisation in [Normalisation::None, Normalisation::MinMax, Normalisation::ZScore] {
            let data = vec![-3.0, 0.25, 8.0];
            let scaling = Scaling::of(normalisation, &volume(data.clone()), Err(&missing)).unwrap();
            let back: Vec<f32> = data.iter().map(|&v| scaling.restore(scaling.apply(v))).collect();
            assert!(back.iter().zip(&data).all(|(a, b)| (a - b).abs() < 1e-5), "{normalisation:?}: {back:?}");
        }
    }

    #[test]
    fn a_flat_volume_is_refused() {
        let missing = Refusal::new("none", "none");
        let flat = volume(vec![7.0; 4]);
        assert!(Scaling::of(Normalisation::MinMax, &flat, Err(&missing)).unwrap_err().what.contains("the same"));
        assert!(Scaling::of(Normalisation::ForegroundMean, &flat, Err(&missing)).is_err());
    }
}
