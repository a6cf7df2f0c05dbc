//! An image on the grid of another, by trilinear interpolation.

use super::{grid_words, same_grid};
use crate::{Refusal, Volume, VolumeError, geometry};

/// The least share of a grid that an image must cover to be brought onto it.
const LEAST_COVER: f64 = 0.5;

/// An image that was brought onto another grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Resampled {
    /// The image on that grid; its lowest value where it does not reach.
    pub volume: Volume,
    /// Where it reaches, a value a voxel of that grid.
    pub covered: Vec<bool>,
    /// What to tell of it.
    pub note: String,
}

/// An image on the grid of `onto`; `None` where it lies on it already.
///
/// Values are interpolated linearly between the eight voxel centres around each place, and those in the outer half of a
/// border voxel are that voxel's. `what` is what the image is called in the sentences, `target` what `onto` is.
///
/// # Errors
/// An image without geometry, one that does not overlap with `onto` or covers less than half of it.
pub fn image(volume: &Volume, onto: &Volume, [what, target]: [&str; 2]) -> Result<Option<Resampled>, Refusal> {
    if same_grid((volume.dims, &volume.affine), onto) {
        return Ok(None);
    }
    let flat = |error: VolumeError| {
        Refusal::new(format!("The {what} cannot be used: {error}."), "Export it again with its geometry.")
    };
    let back = geometry::inverse(&volume.affine).ok_or(VolumeError::Flat).map_err(flat)?;
    let lowest = volume.data.iter().copied().fold(f32::INFINITY, f32::min);
    let [nx, ny, nz] = onto.dims;
    let places = (0..nz).flat_map(|k| (0..ny).flat_map(move |j| (0..nx).map(move |i| [i, j, k])));
    let values = places.map(|voxel| {
        let world = geometry::to_world(&onto.affine, voxel.map(|n| n as f64));
        value_at(volume, geometry::to_world(&back, world))
    });
    let values: Vec<Option<f32>> = values.collect();
    let covered: Vec<bool> = values.iter().map(Option::is_some).collect();
    let share = covered.iter().filter(|&&there| there).count() as f64 / covered.len().max(1) as f64;
    let [own, other] = [volume, onto].map(|volume| grid_words(volume.dims, &volume.affine));
    if share < LEAST_COVER {
        let found = if share > 0.0 {
            format!("covers only {:.0} % of the {target}", 100.0 * share)
        } else {
            format!("does not overlap with the {target}")
        };
        let what = format!("The {what} ({own}) {found} ({other}).");
        return Err(Refusal::new(what, "Give one of this patient and study, in the same frame of reference."));
    }
    let rest = if share < 1.0 {
        format!(" It covers {:.0} % of it; the rest holds its lowest value.", 100.0 * share)
    } else {
        String::new()
    };
    let note = format!(
        "The {what} lies on another grid ({own}) than the {target} ({other}) and was brought onto it by trilinear \
         interpolation.{rest}"
    );
    let data = values.into_iter().map(|value| value.unwrap_or(lowest)).collect();
    let volume = Volume { unit: volume.unit.clone(), ..onto.with_data(data).map_err(flat)? };
    Ok(Some(Resampled { volume, covered, note }))
}

/// The value at a place in voxels; `None` outside the box that the voxels fill.
fn value_at(volume: &Volume, at: [f64; 3]) -> Option<f32> {
    let inside = |(at, n): (f64, usize)| n > 0 && at >= -0.5 && at <= n as f64 - 0.5;
    if !at.into_iter().zip(volume.dims).all(inside) {
        return None;
    }
    // The lower of the two voxels along each axis, and the share of the upper one.
    let along: [(usize, usize, f64); 3] = std::array::from_fn(|axis| {
        let last = volume.dims[axis] - 1;
        let place = at[axis].clamp(0.0, last as f64);
        let low = place as usize;
        (low, (low + 1).min(last), place - low as f64)
    });
    let corner = |bits: usize| {
        let part = |axis: usize| {
            let (low, high, share) = along[axis];
            if bits >> axis & 1 == 0 { (low, 1.0 - share) } else { (high, share) }
        };
        let [(i, x), (j, y), (k, z)] = [part(0), part(1), part(2)];
        x * y * z * f64::from(volume.data[volume.index(i, j, k)])
    };
    Some((0..8).map(corner).sum::<f64>() as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Affine, Unit};

    const NAMES: [&str; 2] = ["image to start from", "image that is translated"];

    /// Values that are linear in the patient.
    fn ramp(dims: [usize; 3], affine: Affine) -> Volume {
        let voxels =
            (0..dims.iter().product()).map(|at| [at % dims[0], at / dims[0] % dims[1], at / (dims[0] * dims[1])]);
        let data = voxels.map(|voxel| {
            let [x, y, z] = geometry::to_world(&affine, voxel.map(|n| n as f64));
            (x + 10.0 * y - 3.0 * z) as f32
        });
        Volume::new(dims, data.collect(), affine, Unit::Suv).unwrap()
    }

    #[test]
    fn an_image_that_is_linear_in_the_patient_stays_so_whatever_the_grid() {
        // Axes exchanged and mirrored, voxels of other edges, all within the first.
        let coarse = ramp([8, 8, 8], [[-4.0, 0.0, 0.0, 30.0], [0.0, 4.0, 0.0, 0.0], [0.0, 0.0, 4.0, -2.0]]);
        let fine = ramp([9, 6, 7], [[0.0, 3.0, 0.0, 6.0], [0.0, 0.0, 2.5, 5.0], [2.0, 0.3, 0.0, 1.0]]);
        let Resampled { volume, covered, note } = image(&coarse, &fine, NAMES).unwrap().unwrap();
        assert!(covered.iter().all(|&there| there));
        assert_eq!((volume.dims, volume.affine), (fine.dims, fine.affine));
        for (got, wanted) in volume.data.iter().zip(&fine.data) {
            assert!((got - wanted).abs() < 1e-3, "{got}, not {wanted}");
        }
        for grid in ["8 x 8 x 8 voxels of 4.00 x 4.00 x 4.00 mm", "9 x 6 x 7 voxels of 2.00"] {
            assert!(note.contains(grid), "{note}");
        }
        assert!(!note.contains('%'), "{note}");
        assert_eq!(image(&coarse, &coarse, NAMES), Ok(None));
    }

    #[test]
    fn what_is_not_covered_is_told_and_too_little_refused() {
        let grid = [[2.0, 0.0, 0.0, 0.0], [0.0, 2.0, 0.0, 0.0], [0.0, 0.0, 2.0, 0.0]];
        let own = ramp([10, 2, 2], grid);
        let moved = |by: f64| {
            let mut grid = grid;
            grid[0][3] += by;
            image(&ramp([10, 2, 2], grid), &own, NAMES)
        };
        let Resampled { volume, covered, note } = moved(4.0).unwrap().unwrap();
        assert_eq!(covered[..10], [false, false, true, true, true, true, true, true, true, true]);
        let lowest = volume.data.iter().copied().fold(f32::INFINITY, f32::min);
        assert_eq!(volume.data[..2], [lowest; 2]);
        assert_eq!(volume.data[2..10], own.data[2..10]);
        assert!(note.contains("covers 80 % of it"), "{note}");
        let few = moved(12.0).unwrap_err().what;
        assert!(
            few.contains("image to start from (10 x 2 x 2") && few.contains("covers only 40 % of the image"),
            "{few}"
        );
        assert!(moved(100.0).unwrap_err().what.contains("does not overlap with the image that is translated"));
        let flat = Volume { affine: [[2.0, 0.0, 0.0, 0.0]; 3], ..own.clone() };
        assert!(image(&flat, &own, NAMES).unwrap_err().what.contains("voxel axes lie in one plane"));
    }

    #[test]
    fn a_single_slice_reaches_half_a_voxel_to_either_side() {
        let grid = [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 4.0, 0.0]];
        let slice = ramp([2, 2, 1], grid);
        for (z, value) in [(-2.1, None), (-1.9, Some(10.5)), (1.9, Some(10.5)), (2.1, None)] {
            // At x = 0.5 and y = 1, where the ramp is 10.5 in the slice.
            assert_eq!(value_at(&slice, [0.5, 1.0, z / 4.0]), value, "{z}");
        }
    }
}
