//! Noise as counts have it: never below zero, skewed where they are few, and without bias.

use crate::Volume;

/// Most that a voxel's noise deviates, as a part of its value: of nearly nothing no more can be told.
const MOST: f64 = 2.0;
/// Voxels of like activity whose mean is kept, at least.
const ALIKE: usize = 2000;
/// Into how many groups of like activity an image is divided, at most.
const GROUPS: usize = 64;

/// An image and the deviations that noise is made of.
pub(super) struct Gamma<'a> {
    input: &'a Volume,
    /// Deviations of mean 0 and size 1.
    normal: &'a [f32],
    /// Variance over value.
    variance: f64,
}

impl<'a> Gamma<'a> {
    pub(super) fn new(input: &'a Volume, normal: &'a [f32], variance: f64) -> Self {
        Self { input, normal, variance }
    }

    /// c, the deviation of a voxel's noise over its value: `factor` sqrt(variance / x), at most [`MOST`].
    fn spread(&self, value: f64, factor: f64) -> f64 {
        (factor * (self.variance / value).sqrt()).min(MOST)
    }

    /// x + c x z: noise of the same size that may fall below zero, whose measure grows with `factor` as its size does.
    pub(super) fn straight(&self, factor: f64) -> Volume {
        let add = |(&value, &z): (&f32, &f32)| {
            let wide = f64::from(value);
            if value > 0.0 { (wide + self.spread(wide, factor) * wide * f64::from(z)) as f32 } else { value }
        };
        let data = self.input.data.iter().zip(self.normal).map(add).collect();
        Volume { data, ..self.input.clone() }
    }

    /// x max(0, 1 - c^2 / 9 + c z / 3)^3, nearly gamma-distributed with mean x and deviation c x (Wilson and Hilferty 1931,
    /// PNAS 17:684), and then scaled so that voxels of like activity keep their mean. What is not above zero stays.
    pub(super) fn draw(&self, factor: f64) -> Volume {
        let mut ordered: Vec<usize> =
            (0..self.input.data.len()).filter(|&voxel| self.input.data[voxel] > 0.0).collect();
        ordered.sort_by(|&a, &b| self.input.data[a].total_cmp(&self.input.data[b]));
        let mut data = self.input.data.clone();
        for alike in ordered.chunks(ordered.len().div_ceil(GROUPS).max(ALIKE)) {
            let (mut before, mut after) = (0.0, 0.0);
            for &voxel in alike {
                let value = f64::from(self.input.data[voxel]);
                let spread = self.spread(value, factor);
                let root = 1.0 - spread * spread / 9.0 + spread * f64::from(self.normal[voxel]) / 3.0;
                let drawn = value * root.max(0.0).powi(3);
                before += value;
                after += drawn;
                data[voxel] = drawn as f32;
            }
            let scale = if after > 0.0 { before / after } else { 1.0 };
            alike.iter().for_each(|&voxel| data[voxel] = (f64::from(data[voxel]) * scale) as f32);
        }
        Volume { data, ..self.input.clone() }
    }
}
