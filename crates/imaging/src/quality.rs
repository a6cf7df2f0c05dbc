//! How near an image comes to a reference: NRMSE, PSNR, SSIM inside the body.
//!
//! The definitions are the training's, `training/measures.py`, so that tables made by either can stand side by side.

use serde::{Deserialize, Serialize};

use crate::normalise::foreground;
use crate::{Refusal, Volume, VolumeError, gaussian};

/// Standard deviation of SSIM's window, in voxels.
const WINDOW: f64 = 1.5;
/// SSIM's constants, of Wang et al. 2004.
const K: [f64; 2] = [0.01, 0.03];
/// The share of the reference's values that SSIM's dynamic range leaves below it.
const RANGE: f64 = 0.999;
/// The part of the foreground's threshold that the body exceeds where nobody drew it.
const BODY: f64 = 0.25;

/// Distance to a reference.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Errors {
    /// rms(error) / rms(reference).
    pub nrmse: f64,
    /// 20 log10(largest reference value / rms(error)), in dB; infinite for an image that equals its reference.
    pub psnr_db: f64,
}

/// Where the body is, as far as an image tells: its 3 x 3 x 3 mean exceeds a quarter of the foreground's threshold.
///
/// # Errors
/// An image without a foreground.
pub fn body(image: &Volume) -> Result<Vec<bool>, Refusal> {
    let foreground = foreground(image)?;
    Ok(foreground.smooth.iter().map(|&value| f64::from(value) > BODY * foreground.threshold).collect())
}

/// NRMSE and PSNR over the voxels that are `inside`; `None` where the reference is zero there.
///
/// # Errors
/// [`VolumeError::Grid`] when the grids differ.
pub fn errors(test: &Volume, reference: &Volume, inside: &[bool]) -> Result<Option<Errors>, VolumeError> {
    let (mut error, mut power, mut peak) = (0.0_f64, 0.0_f64, 0.0_f64);
    let mut count = 0_usize;
    for (value, wanted) in within(test, reference, inside)? {
        error += (value - wanted).powi(2);
        power += wanted * wanted;
        peak = peak.max(wanted);
        count += 1;
    }
    Ok((power > 0.0 && peak > 0.0).then(|| Errors {
        nrmse: (error / power).sqrt(),
        psnr_db: 20.0 * (peak / (error / count as f64).sqrt()).log10(),
    }))
}

/// Mean structural similarity (Wang et al. 2004) over the voxels that are `inside`: Gaussian windows, K1 0.01, K2 0.03;
/// the dynamic range is the 99.9th percentile of the reference inside, since a single hot voxel would make every other
/// structure negligible. `None` where the reference is zero there.
///
/// # Errors
/// [`VolumeError::Grid`] when the grids differ.
pub fn ssim(test: &Volume, reference: &Volume, inside: &[bool]) -> Result<Option<f64>, VolumeError> {
    let wanted: Vec<f32> = within(test, reference, inside)?.map(|(_, wanted)| wanted as f32).collect();
    let Some(range) = percentile(wanted, RANGE).filter(|range| *range > 0.0) else { return Ok(None) };
    // One voxel is one unit, whatever its size: the window counts voxels.
    let axes = [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]];
    let blurred = |of: &dyn Fn(f64, f64) -> f64| -> Result<Vec<f32>, VolumeError> {
        let pairs = test.data.iter().zip(&reference.data);
        let data = pairs.map(|(&a, &b)| of(f64::from(a) / range, f64::from(b) / range) as f32).collect();
        Ok(gaussian(&Volume::new(test.dims, data, axes, test.unit.clone())?, WINDOW))
    };
    let (mean_a, mean_b) = (blurred(&|a, _| a)?, blurred(&|_, b| b)?);
    let (square_a, square_b, product) = (blurred(&|a, _| a * a)?, blurred(&|_, b| b * b)?, blurred(&|a, b| a * b)?);
    let [c1, c2] = K.map(|k| k * k);
    let (mut sum, mut count) = (0.0, 0_usize);
    for at in (0..inside.len()).filter(|&at| inside[at]) {
        let [a, b, aa, bb, ab] = [&mean_a, &mean_b, &square_a, &square_b, &product].map(|values| f64::from(values[at]));
        let (variances, covariance) = (aa - a * a + bb - b * b, ab - a * b);
        sum += (2.0 * a * b + c1) * (2.0 * covariance + c2) / ((a * a + b * b + c1) * (variances + c2));
        count += 1;
    }
    Ok(Some(sum / count as f64))
}

fn within<'a>(
    test: &'a Volume,
    reference: &'a Volume,
    inside: &'a [bool],
) -> Result<impl Iterator<Item = (f64, f64)> + 'a, VolumeError> {
    if test.dims != reference.dims || inside.len() != reference.data.len() {
        return Err(VolumeError::Grid(test.dims, reference.dims));
    }
    let pairs = test.data.iter().zip(&reference.data).zip(inside).filter(|(_, inside)| **inside);
    Ok(pairs.map(|((&value, &wanted), _)| (f64::from(value), f64::from(wanted))))
}

/// The value below which a share of the values lies, linearly between the two nearest; `None` of nothing.
fn percentile(mut values: Vec<f32>, share: f64) -> Option<f64> {
    values.sort_by(f32::total_cmp);
    let place = share * values.len().checked_sub(1)? as f64;
    let (low, high) = (values[place.floor() as usize], values[place.ceil() as usize]);
    Some(f64::from(low) + place.fract() * (f64::from(high) - f64::from(low)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Unit;

    const N: usize = 12;

    fn volume(of: impl Fn([usize; 3]) -> f64) -> Volume {
        let data = (0..N * N * N).map(|v| of([v % N, v / N % N, v / (N * N)]) as f32).collect();
        Volume::new([N; 3], data, [[4.0, 0.0, 0.0, 0.0], [0.0, 4.0, 0.0, 0.0], [0.0, 0.0, 4.0, 0.0]], Unit::Suv)
            .unwrap()
    }

    fn wave([i, j, k]: [usize; 3]) -> f64 {
        2.0 + (0.9 * i as f64).sin() + (0.7 * j as f64).cos() * (0.5 * k as f64).sin()
    }

    #[test]
    fn errors_are_their_definition() {
        let (reference, test) = (volume(|_| 2.0), volume(|_| 2.5));
        let found = errors(&test, &reference, &[true; N * N * N]).unwrap().unwrap();
        assert!(
            (found.nrmse - 0.25).abs() < 1e-12 && (found.psnr_db - 20.0 * 4.0_f64.log10()).abs() < 1e-9,
            "{found:?}"
        );
        assert_eq!(errors(&test, &reference, &[false; N * N * N]), Ok(None));
        let small = Volume::new([1; 3], vec![1.0], reference.affine, Unit::Suv).unwrap();
        assert!(errors(&small, &reference, &[true; N * N * N]).is_err());
    }

    #[test]
    fn similarity_is_what_training_measures() {
        let inside = volume(|at| f64::from(u8::from(at.iter().all(|&n| (2..10).contains(&n)))));
        let inside: Vec<bool> = inside.data.iter().map(|&v| v > 0.0).collect();
        let reference = volume(wave);
        let test = volume(|[i, j, k]| wave([i, j, k]) + 0.3 * (2.0 * (i + 2 * j + 3 * k) as f64).sin());
        // ssim(test, reference, body) of training/measures.py on the same two images.
        let wanted = 0.963717;
        let found = ssim(&test, &reference, &inside).unwrap().unwrap();
        assert!((found - wanted).abs() < 2e-4, "{found} against {wanted}");
        assert!((ssim(&reference, &reference, &inside).unwrap().unwrap() - 1.0).abs() < 1e-4);
    }

    #[test]
    fn percentiles_lie_between_values() {
        assert_eq!(percentile(vec![4.0, 1.0, 2.0], 0.75), Some(3.0));
        assert_eq!(percentile(Vec::new(), 0.5), None);
    }

    #[test]
    fn the_body_is_where_something_is() {
        let disc = volume(|[i, j, _]| if i.abs_diff(6) < 4 && j.abs_diff(6) < 4 { 1.0 } else { 0.0 });
        let found = body(&disc).unwrap();
        assert!(found[disc.index(6, 6, 6)] && !found[disc.index(0, 0, 6)]);
    }
}
