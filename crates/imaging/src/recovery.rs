//! Contrast recovery: giving back what a denoiser took from one small place and from nowhere around it.

use crate::{Volume, VolumeError, gaussian};

/// How strongly, and where, contrast is recovered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recovery {
    /// Standard deviation of the Gaussian that what was taken is seen through: about half a small lesion.
    pub sigma_mm: f64,
    /// Standard deviation of the Gaussian over which the local deviation is taken.
    pub around_mm: f64,
    /// Local deviations from which something is given back.
    pub from: f64,
    /// Local deviations at which all of it is given back; more than `from`.
    pub full: f64,
    /// What is added to the result before dividing by it, in the volume's unit and above 0, so that air counts little.
    pub floor: f64,
}

/// y + w r, where x is `input` and y `result`, of no value below 0:
///
/// - r = G * (x - y), what was taken, through the Gaussian of `sigma_mm`;
/// - q = r / (y + floor), the same as a share of what is there;
/// - d = sqrt(A * q²), its local deviation, A the Gaussian of `around_mm`;
/// - w = clamp((q / d - from) / (full - from), 0, 1).
///
/// Noise is taken everywhere alike, so that q stays within some deviations; a lesion stands out of them. What was added
/// (r < 0) is never touched.
///
/// # Errors
/// [`VolumeError::Grid`] when the two have different grids.
pub fn recover_contrast(input: &Volume, result: &Volume, recovery: &Recovery) -> Result<Vec<f32>, VolumeError> {
    if input.dims != result.dims {
        return Err(VolumeError::Grid(input.dims, result.dims));
    }
    let taken = input.data.iter().zip(&result.data).map(|(before, after)| before - after).collect();
    let taken = gaussian(&input.with_data(taken)?, recovery.sigma_mm);
    let share = |(&taken, &value): (&f32, &f32)| f64::from(taken) / (f64::from(value) + recovery.floor);
    let squares = taken.iter().zip(&result.data).map(|pair| share(pair).powi(2) as f32).collect();
    let variance = gaussian(&input.with_data(squares)?, recovery.around_mm);
    let given = taken.iter().zip(&result.data).zip(variance).map(|(pair, variance)| {
        let deviations = share(pair) / f64::from(variance).sqrt().max(f64::MIN_POSITIVE);
        let weight = ((deviations - recovery.from) / (recovery.full - recovery.from)).clamp(0.0, 1.0);
        (f64::from(*pair.1) + weight * f64::from(*pair.0)) as f32
    });
    Ok(given.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Unit;

    const N: usize = 40;
    const RECOVERY: Recovery = Recovery { sigma_mm: 5.0, around_mm: 25.0, from: 2.5, full: 3.0, floor: 0.05 };

    /// A body at 1 with a smooth ripple, and `height` more in the middle voxels.
    fn body(ripple: f32, height: f32) -> Volume {
        let data = (0..N * N * N)
            .map(|v| {
                let at = [v % N, v / N % N, v / (N * N)].map(|n| n as f32);
                let near = at.iter().map(|a| (a - 20.0).powi(2)).sum::<f32>() < 9.0;
                1.0 + ripple * (at[0] * 0.7).sin() * (at[1] * 0.7).sin() + if near { height } else { 0.0 }
            })
            .collect();
        let affine = [[2.0, 0.0, 0.0, 0.0], [0.0, 2.0, 0.0, 0.0], [0.0, 0.0, 2.0, 0.0]];
        Volume::new([N; 3], data, affine, Unit::Suv).unwrap()
    }

    fn at_centre(values: &[f32]) -> f32 {
        values[(20 * N + 20) * N + 20]
    }

    #[test]
    fn a_lesion_that_was_taken_comes_back_and_noise_does_not() {
        let flat = body(0.0, 0.0);
        let lesion = recover_contrast(&body(0.05, 3.0), &flat, &RECOVERY).unwrap();
        assert!(at_centre(&lesion) > 1.5, "{}", at_centre(&lesion));
        let noise = recover_contrast(&body(0.05, 0.0), &flat, &RECOVERY).unwrap();
        assert_eq!(noise, flat.data);
        let far = (5 * N + 5) * N + 5;
        assert_eq!(lesion[far].to_bits(), 1.0_f32.to_bits());
    }

    #[test]
    fn what_was_added_stays() {
        let bright = body(0.0, 3.0);
        assert_eq!(recover_contrast(&body(0.05, 0.0), &bright, &RECOVERY).unwrap(), bright.data);
    }

    #[test]
    fn an_unchanged_image_stays_and_other_grids_are_refused() {
        let same = body(0.1, 1.0);
        assert_eq!(recover_contrast(&same, &same, &RECOVERY).unwrap(), same.data);
        let other = Volume::new([1, 1, 1], vec![1.0], same.affine, Unit::Suv).unwrap();
        assert!(matches!(recover_contrast(&same, &other, &RECOVERY), Err(VolumeError::Grid(..))));
    }
}
