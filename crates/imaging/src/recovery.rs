//! Contrast recovery: small structures that a denoiser's result shows keep the counts they were measured with.

use serde::{Deserialize, Serialize};

use crate::{Volume, VolumeError, gaussian};

/// Where, and how closely, small structures keep what was measured; a model's manifest names it `contrast_recovery`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContrastRecovery {
    /// Standard deviation of the Gaussian through which result and input are to agree: less than half a small lesion.
    pub sigma_mm: f64,
    /// Standard deviation of the Gaussian that sees a structure.
    pub blob_mm: f64,
    /// Standard deviation of the Gaussian that sees its surroundings; more than `blob_mm`.
    pub around_mm: f64,
    /// Contrast from which something is given back.
    pub from: f64,
    /// Contrast at which all of it is given back; more than `from`.
    pub full: f64,
    /// What is added to the surroundings before dividing by them, in the image's typical value and above 0, so that air
    /// shows nothing.
    pub floor: f64,
    /// How many times the rest of what was taken is given back.
    pub passes: usize,
}

/// `passes` times y <- max(y + w G * (x - y), 0), where x is `input` and y begins as `result`:
///
/// - c = (B * y - S * y) / (S * y + floor s), the contrast of a blob in `result`, B and S the Gaussians of `blob_mm` and
///   `around_mm`, s the `typical` value of the image, such as its foreground's mean;
/// - w = clamp((c - from) / (full - from), 0, 1);
/// - G the Gaussian of `sigma_mm`.
///
/// A denoiser that minimises squared error fades a lesion that it is not sure of. Where its result still shows one, the
/// measured counts say better how bright it is. Where nothing shows (w = 0) nothing moves, so noise makes no lesion.
///
/// # Errors
/// [`VolumeError::Grid`] when the two have different grids.
pub fn recover_contrast(
    input: &Volume,
    result: &Volume,
    typical: f64,
    recovery: &ContrastRecovery,
) -> Result<Vec<f32>, VolumeError> {
    if input.dims != result.dims {
        return Err(VolumeError::Grid(input.dims, result.dims));
    }
    let weights = weights(result, typical, recovery);
    let mut given = result.data.clone();
    for _ in 0..recovery.passes {
        let taken = input.data.iter().zip(&given).map(|(before, after)| before - after).collect();
        let taken = gaussian(&input.with_data(taken)?, recovery.sigma_mm);
        for ((value, taken), weight) in given.iter_mut().zip(taken).zip(&weights) {
            *value = (*value + weight * taken).max(0.0);
        }
    }
    Ok(given)
}

/// w of [`recover_contrast`].
fn weights(result: &Volume, typical: f64, recovery: &ContrastRecovery) -> Vec<f32> {
    let (blob, around) = (gaussian(result, recovery.blob_mm), gaussian(result, recovery.around_mm));
    let weight = |(blob, around): (f32, f32)| {
        let contrast = f64::from(blob - around) / (f64::from(around) + recovery.floor * typical);
        ((contrast - recovery.from) / (recovery.full - recovery.from)).clamp(0.0, 1.0) as f32
    };
    blob.into_iter().zip(around).map(weight).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Unit;

    const N: usize = 40;
    const RECOVERY: ContrastRecovery =
        ContrastRecovery { sigma_mm: 4.0, blob_mm: 3.0, around_mm: 8.0, from: 0.3, full: 0.45, floor: 0.02, passes: 3 };

    fn place(voxel: usize) -> [f32; 3] {
        [voxel % N, voxel / N % N, voxel / (N * N)].map(|n| n as f32)
    }

    /// Whether a voxel is of the lesion, a sphere of 16 mm in the middle.
    fn in_lesion(voxel: usize) -> bool {
        place(voxel).iter().map(|at| (at - 20.0).powi(2)).sum::<f32>() < 16.0
    }

    /// A body at 1 with a smooth ripple, and `height` more in the lesion.
    fn body(ripple: f32, height: f32) -> Volume {
        let data = (0..N * N * N)
            .map(|voxel| {
                let at = place(voxel);
                let lesion = if in_lesion(voxel) { height } else { 0.0 };
                1.0 + ripple * (at[0] * 0.7).sin() * (at[1] * 0.7).sin() + lesion
            })
            .collect();
        let affine = [[2.0, 0.0, 0.0, 0.0], [0.0, 2.0, 0.0, 0.0], [0.0, 0.0, 2.0, 0.0]];
        Volume::new([N; 3], data, affine, Unit::Suv).unwrap()
    }

    fn lesion_mean(values: &[f32]) -> f32 {
        let inside: Vec<f32> = (0..values.len()).filter(|&voxel| in_lesion(voxel)).map(|voxel| values[voxel]).collect();
        inside.iter().sum::<f32>() / inside.len() as f32
    }

    #[test]
    fn a_lesion_that_the_result_shows_gets_its_contrast_back() {
        let (measured, faded) = (body(0.05, 4.0), body(0.0, 2.0));
        let recovered = recover_contrast(&measured, &faded, 1.0, &RECOVERY).unwrap();
        assert!((4.4..5.1).contains(&lesion_mean(&recovered)), "{}", lesion_mean(&recovered));
        let far = (5 * N + 5) * N + 5;
        assert_eq!(recovered[far].to_bits(), 1.0_f32.to_bits());
        let once = recover_contrast(&measured, &faded, 1.0, &ContrastRecovery { passes: 1, ..RECOVERY }).unwrap();
        assert!(lesion_mean(&once) < lesion_mean(&recovered));
    }

    #[test]
    fn what_the_result_does_not_show_stays_away() {
        let flat = body(0.0, 0.0);
        assert_eq!(recover_contrast(&body(0.3, 4.0), &flat, 1.0, &RECOVERY).unwrap(), flat.data);
    }

    #[test]
    fn a_lesion_brighter_than_measured_is_dimmed_but_not_below_nothing() {
        let recovered = recover_contrast(&body(0.0, -1.0), &body(0.0, 4.0), 1.0, &RECOVERY).unwrap();
        assert!(lesion_mean(&recovered) < 3.0, "{}", lesion_mean(&recovered));
        assert!(recovered.iter().all(|&value| value >= 0.0));
    }

    #[test]
    fn an_unchanged_image_stays_and_other_grids_are_refused() {
        let same = body(0.1, 1.0);
        assert_eq!(recover_contrast(&same, &same, 1.0, &RECOVERY).unwrap(), same.data);
        let other = Volume::new([1, 1, 1], vec![1.0], same.affine, Unit::Suv).unwrap();
        assert!(matches!(recover_contrast(&same, &other, 1.0, &RECOVERY), Err(VolumeError::Grid(..))));
    }
}
