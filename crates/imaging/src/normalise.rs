//! The scale of a volume and the noise in it, measured on the volume itself.
//!
//! A network sees values divided by the foreground's mean, so that it works for SUV and Bq/ml, children and
//! adults alike. The definitions are the training's, to the letter:
//!
//! - b: 3 x 3 x 3 box mean of x, edges replicated;
//! - t: mean of b over voxels with b > 0;
//! - s: mean of b over voxels with b > t, the scale;
//! - noise: 1.4826 x median of |x\[i-1\] - 2 x\[i\] + x\[i+1\]| / (sqrt(6) b\[i\]) over both in-plane axes and all voxels
//!   with b > t that are not on an in-plane edge. The second difference of white noise has sqrt(6) times its standard
//!   deviation and is blind to slopes; the median is blind to edges.

use crate::box_mean::planes;
use crate::{Refusal, Volume};

/// Where a volume is more than background, and how bright it is there.
#[derive(Clone, Debug, PartialEq)]
pub struct Foreground {
    /// t: a voxel is foreground where `smooth` exceeds this. In the volume's unit.
    pub threshold: f64,
    /// s: the mean of `smooth` over the foreground. In the volume's unit; positive.
    pub scale: f64,
    /// b: the 3 x 3 x 3 box mean, i fastest, one value a voxel.
    pub smooth: Vec<f32>,
}

/// Lowest dose fraction that training saw: 1/20.
const SMALLEST_DOSE: f64 = 1.0 / 20.0;
/// Makes the median of absolute normal deviates an estimate of their standard deviation.
const NORMAL_CONSISTENCY: f64 = 1.4826;

/// Threshold, scale and smoothed values of a volume.
///
/// # Errors
/// When a value is NaN or infinite, when all values are the same, or when nothing stands out of the background.
pub fn foreground(x: &Volume) -> Result<Foreground, Refusal> {
    if let Some(refusal) = unusable_values(x) {
        return Err(refusal);
    }
    let mut smooth = Vec::with_capacity(x.data.len());
    let threshold = mean_above(x, 0.0, |plane| smooth.extend(plane.iter().map(|&b| b as f32)));
    // Computed again rather than kept: the f64 values of a large volume would not fit beside it in a browser.
    let scale = threshold.and_then(|t| mean_above(x, t, |_| {}));
    match (threshold, scale) {
        (Some(threshold), Some(scale)) => Ok(Foreground { threshold, scale, smooth }),
        _ => Err(Refusal::new(
            "Nothing in this volume stands out of its background.",
            "Check that it is a PET image and not a mask or an empty reconstruction.",
        )),
    }
}

/// Relative noise inside the foreground (standard deviation over mean, voxel by voxel).
///
/// # Errors
/// When the in-plane matrix is too small to hold a second difference inside the foreground.
pub fn noise(x: &Volume, foreground: &Foreground) -> Result<f64, Refusal> {
    let [nx, ny, nz] = x.dims;
    let mut ratios = Vec::new();
    for k in 0..nz {
        for j in 1..ny.saturating_sub(1) {
            for i in 1..nx.saturating_sub(1) {
                let here = x.index(i, j, k);
                let b = f64::from(foreground.smooth[here]);
                if b > foreground.threshold {
                    for step in [1, nx] {
                        let [before, centre, after] =
                            [here - step, here, here + step].map(|index| f64::from(x.data[index]));
                        ratios.push(((before - 2.0 * centre + after).abs() / (6.0_f64.sqrt() * b)) as f32);
                    }
                }
            }
        }
    }
    median(&mut ratios).map(|middle| NORMAL_CONSISTENCY * middle).ok_or_else(|| {
        Refusal::new(
            "The slices are too small to measure their noise.",
            "Choose a series with a larger matrix, or give the dose by hand.",
        )
    })
}

/// Dose fraction from the noise: 2^-clamp(intercept + slope log2(noise), 0, log2 20), between 1/20 and 1.
///
/// The two coefficients belong to a model: they were fitted on its training pairs.
#[must_use]
pub fn estimate_dose(noise: f64, intercept: f64, slope: f64) -> f64 {
    let halvings = intercept + slope * noise.log2();
    // A noise of zero gives minus infinity, which the clamp turns into the full dose.
    if halvings.is_nan() { 1.0 } else { (-halvings.clamp(0.0, -SMALLEST_DOSE.log2())).exp2() }
}

/// The first reason why no scale can be measured on these values.
fn unusable_values(x: &Volume) -> Option<Refusal> {
    let bad = x.data.iter().filter(|value| !value.is_finite()).count();
    if bad > 0 {
        return Some(crate::checks::not_finite(bad));
    }
    let first = x.data.first().copied().unwrap_or(0.0);
    x.data.iter().all(|&value| value == first).then(|| crate::checks::constant(first))
}

/// Mean of the box mean b over voxels with b > `limit`; `None` when there is none. `each` sees b plane by plane.
fn mean_above(x: &Volume, limit: f64, mut each: impl FnMut(&[f64])) -> Option<f64> {
    let (mut sum, mut count) = (0.0_f64, 0_u64);
    planes(x, |plane| {
        for &b in plane.iter().filter(|&&b| b > limit) {
            sum += b;
            count += 1;
        }
        each(plane);
    });
    (count > 0).then(|| sum / count as f64)
}

/// The median, of an even number the mean of the two in the middle; `None` of nothing. Reorders the values.
fn median(values: &mut [f32]) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    let half = values.len() / 2;
    let odd = values.len() % 2 == 1;
    let (lower, middle, _) = values.select_nth_unstable_by(half, f32::total_cmp);
    let middle = f64::from(*middle);
    if odd {
        return Some(middle);
    }
    let below = lower.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    Some(f64::midpoint(f64::from(below), middle))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Unit;
    use crate::box_mean::tests::by_definition;

    const IDENTITY: crate::Affine = [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]];

    fn volume(dims: [usize; 3], data: Vec<f32>) -> Volume {
        Volume::new(dims, data, IDENTITY, Unit::Suv).unwrap()
    }

    /// Deterministic values in 0..1, uncorrelated (splitmix64).
    fn scatter(n: usize) -> Vec<f32> {
        let mix = |z: u64, shift: u32, by: u64| (z ^ (z >> shift)).wrapping_mul(by);
        let value = |i: u64| {
            let z = (i + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let z = mix(mix(z, 30, 0xbf58_476d_1ce4_e5b9), 27, 0x94d0_49bb_1331_11eb);
            (z >> 40) as f32 / (1 << 24) as f32
        };
        (0..n as u64).map(value).collect()
    }

    #[test]
    fn streamed_scale_is_the_definition() {
        for dims in [[7, 5, 4], [1, 6, 3], [4, 1, 1], [3, 3, 2]] {
            let data = scatter(dims.iter().product()).iter().map(|v| (v - 0.3).max(0.0)).collect();
            let x = volume(dims, data);
            let b = by_definition(&x);
            let mean = |limit: f64| {
                let kept: Vec<f64> = b.iter().copied().filter(|&v| v > limit).collect();
                kept.iter().sum::<f64>() / kept.len() as f64
            };
            let found = foreground(&x).unwrap();
            assert!((found.threshold - mean(0.0)).abs() < 1e-12);
            assert!((found.scale - mean(found.threshold)).abs() < 1e-12);
            assert!(found.smooth.iter().zip(&b).all(|(a, b)| (f64::from(*a) - b).abs() < 1e-6));
        }
    }

    #[test]
    fn noise_is_its_definition() {
        let x = volume([9, 7, 5], scatter(315).iter().map(|v| v * v * 3.0).collect());
        let b = by_definition(&x);
        let found = foreground(&x).unwrap();
        let mut ratios = Vec::new();
        for (k, j, i) in (0..315).map(|v| (v / 63, v / 9 % 7, v % 9)) {
            let here = x.index(i, j, k);
            if (1..8).contains(&i) && (1..6).contains(&j) && b[here] > found.threshold {
                let at = |i: usize, j: usize| f64::from(x.data[x.index(i, j, k)]);
                for second in
                    [at(i - 1, j) - 2.0 * at(i, j) + at(i + 1, j), at(i, j - 1) - 2.0 * at(i, j) + at(i, j + 1)]
                {
                    ratios.push(second.abs() / (6.0_f64.sqrt() * b[here]));
                }
            }
        }
        ratios.sort_by(f64::total_cmp);
        let middle = (ratios[(ratios.len() - 1) / 2] + ratios[ratios.len() / 2]) / 2.0;
        let measured = noise(&x, &found).unwrap();
        assert!((measured / (1.4826 * middle) - 1.0).abs() < 1e-6, "{measured} {middle}");
    }

    #[test]
    fn noise_of_white_noise_is_its_relative_deviation() {
        // Sum of twelve uniforms: normal to a good approximation, standard deviation 1.
        let n = 40 * 40 * 12;
        let uniform = scatter(n * 12);
        let data: Vec<f32> = (0..n)
            .map(|v| {
                let normal: f32 = uniform.iter().skip(v).step_by(n).sum::<f32>() - 6.0;
                let inside = (5..35).contains(&(v % 40));
                if inside { 10.0 + normal } else { 0.0 }
            })
            .collect();
        let x = volume([40, 40, 12], data);
        let found = foreground(&x).unwrap();
        let measured = noise(&x, &found).unwrap();
        assert!((measured - 0.1).abs() < 0.005, "{measured}");
    }

    #[test]
    fn dose_is_clamped_to_what_training_saw() {
        assert_eq!(estimate_dose(0.0, 3.0, 2.0), 1.0);
        assert!((estimate_dose(100.0, 3.0, 2.0) - 0.05).abs() < 1e-12);
        // intercept + slope log2(1/4) = 6 - 4 = 2 halvings
        assert!((estimate_dose(0.25, 6.0, 2.0) - 0.25).abs() < 1e-12);
        assert_eq!(estimate_dose(f64::NAN, 6.0, 2.0), 1.0);
    }

    #[test]
    fn values_without_a_scale_are_refused_in_sentences() {
        let constant = foreground(&volume([3, 3, 3], vec![2.5; 27])).unwrap_err();
        assert!(constant.what.contains("2.5"), "{constant}");
        let zero = foreground(&volume([3, 3, 3], vec![0.0; 27])).unwrap_err();
        assert!(zero.what.contains("same value"), "{zero}");
        let mut data = vec![1.0; 27];
        data[4] = f32::NAN;
        data[5] = f32::INFINITY;
        assert!(foreground(&volume([3, 3, 3], data)).unwrap_err().what.contains('2'));
        let mut negative = vec![-1.0; 27];
        negative[0] = -2.0;
        assert!(foreground(&volume([3, 3, 3], negative)).unwrap_err().what.contains("background"));
        assert!(foreground(&volume([0, 3, 3], Vec::new())).is_err());
    }

    #[test]
    fn slices_too_small_for_noise_are_refused() {
        let x = volume([2, 2, 30], scatter(120));
        let found = foreground(&x).unwrap();
        assert!(noise(&x, &found).unwrap_err().what.contains("too small"));
    }

    #[test]
    fn median_of_even_and_odd() {
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&mut [4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(&mut []), None);
    }
}
