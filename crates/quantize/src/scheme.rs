//! From float weights to narrow ones, and back for the error.

use serde::Serialize;

/// Weights of one int4 scale.
pub(crate) const BLOCK: usize = 32;

/// The type of a layer's weights, from the narrowest to what the file had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Width {
    /// Symmetric int4 with a scale for every 32 weights along the inputs.
    Int4,
    /// Symmetric int8 with a scale for every output channel.
    Int8,
    /// IEEE float16.
    F16,
    /// As in the file.
    Unchanged,
}

impl Width {
    /// The next wider type.
    pub(crate) fn wider(self) -> Self {
        match self {
            Self::Int4 => Self::Int8,
            Self::Int8 => Self::F16,
            Self::F16 | Self::Unchanged => Self::Unchanged,
        }
    }

    /// The largest relative error of an output that is accepted by default when a calibration set is given.
    #[must_use]
    pub fn output_tolerance(self) -> f64 {
        match self {
            Self::Int4 => 5e-2,
            Self::Int8 => 1e-2,
            Self::F16 => 1e-3,
            Self::Unchanged => 0.0,
        }
    }

    /// The largest relative error of a layer's weights that is accepted by default without a calibration set:
    /// about one and a half times that of normally distributed weights.
    #[must_use]
    pub fn weight_tolerance(self) -> f64 {
        match self {
            Self::Int4 => 0.15,
            Self::Int8 => 0.02,
            Self::F16 => 5e-4,
            Self::Unchanged => 0.0,
        }
    }
}

/// A tensor seen around one of its axes: \[outer, length, inner\].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Around {
    pub(crate) outer: usize,
    pub(crate) length: usize,
    pub(crate) inner: usize,
}

impl Around {
    /// The view of `dims` around `axis`.
    pub(crate) fn new(dims: &[usize], axis: usize) -> Self {
        Self { outer: dims[..axis].iter().product(), length: dims[axis], inner: dims[axis + 1..].iter().product() }
    }

    /// Blocks along the axis.
    pub(crate) fn blocks(self) -> usize {
        self.length.div_ceil(BLOCK)
    }
}

/// Whole numbers with the scales that restore the weights.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Quantised {
    /// In the order of the weights.
    pub(crate) codes: Vec<i8>,
    /// Row-major over what the scales are given for.
    pub(crate) scales: Vec<f32>,
    /// The weights that codes and scales stand for.
    pub(crate) restored: Vec<f32>,
}

/// int8: weight = code * scale of its index along the axis; the scale is the largest magnitude / 127.
pub(crate) fn int8(values: &[f32], around: Around, half_scales: bool) -> Quantised {
    let index = |n: usize| n / around.inner % around.length;
    let mut largest = vec![0.0_f32; around.length];
    values.iter().enumerate().for_each(|(n, value)| largest[index(n)] = largest[index(n)].max(value.abs()));
    let scales = largest.into_iter().map(|largest| usable(largest / 127.0, half_scales)).collect();
    finish(values, scales, index, (-127.0, 127.0))
}

/// int4: weight = code * scale of its block of 32 along the axis, codes in -8..=7. The scale is the one of
/// sixteen between half and all of the largest magnitude / 7 that leaves the smallest squared error.
pub(crate) fn int4(values: &[f32], around: Around, half_scales: bool) -> Quantised {
    let blocks = around.blocks();
    let index = |n: usize| {
        let (outer, along) = (n / around.inner / around.length, n / around.inner % around.length);
        (outer * blocks + along / BLOCK) * around.inner + n % around.inner
    };
    let mut members: Vec<Vec<f32>> = vec![Vec::with_capacity(BLOCK); around.outer * blocks * around.inner];
    values.iter().enumerate().for_each(|(n, &value)| members[index(n)].push(value));
    let scales = members
        .into_iter()
        .map(|block| {
            let largest = block.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
            let candidates = (0..16_u8).map(|step| usable(largest / 7.0 * (1.0 - f32::from(step) / 32.0), half_scales));
            let loss = |scale: f32| -> f64 {
                let error = |value: &f32| f64::from(value - code(*value, scale, (-8.0, 7.0)) * scale);
                block.iter().map(|value| error(value).powi(2)).sum()
            };
            let scored = candidates.map(|scale| (scale, loss(scale)));
            scored.min_by(|a, b| a.1.total_cmp(&b.1)).map_or(1.0, |(scale, _)| scale)
        })
        .collect();
    finish(values, scales, index, (-8.0, 7.0))
}

/// float16: the nearest of each weight.
pub(crate) fn float16(values: &[f32]) -> (Vec<half::f16>, Vec<f32>) {
    let halves: Vec<half::f16> = values.iter().map(|&value| half::f16::from_f32(value)).collect();
    let restored = halves.iter().map(|half| half.to_f32()).collect();
    (halves, restored)
}

/// ‖restored - values‖ / ‖values‖; zero for weights that are all zero and stay so.
pub(crate) fn relative_error(values: &[f32], restored: &[f32]) -> f64 {
    let square = |value: f32| f64::from(value).powi(2);
    let difference: f64 = values.iter().zip(restored).map(|(a, b)| square(a - b)).sum();
    let whole: f64 = values.iter().map(|&value| square(value)).sum();
    if difference == 0.0 { 0.0 } else { (difference / whole).sqrt() }
}

fn finish(values: &[f32], scales: Vec<f32>, index: impl Fn(usize) -> usize, range: (f32, f32)) -> Quantised {
    let codes: Vec<i8> = values.iter().enumerate().map(|(n, &v)| code(v, scales[index(n)], range) as i8).collect();
    let restored = codes.iter().enumerate().map(|(n, &code)| f32::from(code) * scales[index(n)]).collect();
    Quantised { codes, scales, restored }
}

fn code(value: f32, scale: f32, (low, high): (f32, f32)) -> f32 {
    (value / scale).round_ties_even().clamp(low, high)
}

/// A scale that can be divided by: one for weights that are all zero, and as the file will hold it.
fn usable(scale: f32, half: bool) -> f32 {
    let stored = if half { half::f16::from_f32(scale).to_f32() } else { scale };
    match (stored > 0.0, scale > 0.0) {
        (true, _) => stored,
        (false, true) => half::f16::from_bits(1).to_f32(),
        (false, false) => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn int8_is_within_half_a_step_of_each_channel() {
        let values: Vec<f32> =
            (0..24).map(|n| ((n * 7 % 24) as f32 - 11.5) * if n % 4 == 1 { 10.0 } else { 0.1 }).collect();
        let quantised = int8(&values, Around { outer: 2, length: 4, inner: 3 }, false);
        assert_eq!(quantised.scales.len(), 4);
        for (n, (value, restored)) in values.iter().zip(&quantised.restored).enumerate() {
            assert!((value - restored).abs() <= 0.5001 * quantised.scales[n / 3 % 4], "{n}: {value} became {restored}");
        }
    }

    #[test]
    fn int4_blocks_end_where_their_axis_ends() {
        // 33 along the axis: a block of 32, and one of 1 that is restored exactly.
        let around = Around { outer: 2, length: 33, inner: 2 };
        let values: Vec<f32> = (0..132).map(|n| ((n * 37 % 101) as f32 - 50.0) / 50.0).collect();
        let quantised = int4(&values, around, false);
        assert_eq!(quantised.scales.len(), 2 * 2 * 2);
        assert!(quantised.codes.iter().all(|code| (-8..=7).contains(code)));
        for outer in 0..2 {
            for inner in 0..2 {
                let last = (outer * 33 + 32) * 2 + inner;
                assert!((values[last] - quantised.restored[last]).abs() < 1e-6);
            }
        }
        let error = relative_error(&values, &quantised.restored);
        assert!(error > 0.0 && error < 0.12, "{error}");
    }

    #[test]
    fn weights_of_zero_and_scales_below_float16_stay_finite() {
        let around = Around { outer: 1, length: 2, inner: 2 };
        let quantised = int8(&[0.0, 0.0, 1e-7, -1e-7], around, true);
        assert_eq!(quantised.scales, [1.0, half::f16::from_bits(1).to_f32()]);
        assert_eq!(quantised.codes, [0, 0, 2, -2]);
        assert_eq!(relative_error(&[0.0; 4], &[0.0; 4]), 0.0);
    }
}
