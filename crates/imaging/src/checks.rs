//! Is this volume fit for a network? Asked before any memory is planned for it.

use crate::{Refusal, Volume, geometry};

/// Fewest slices a 3D network can see context in.
const FEWEST_SLICES: usize = 8;
/// Most bytes of float32 a volume may have: beyond it a browser tab runs out of memory half-way.
const MOST_BYTES: usize = 512 << 20;
/// Voxel edges of anything that is scanned, in mm. Outside, a header's unit is wrong, and what is measured in
/// millimetres would span more voxels than can be waited for.
const EDGES_MM: std::ops::RangeInclusive<f64> = 0.01..=100.0;
/// Voxel edges differing more than this (largest over smallest) are worth a note.
const NOTABLE_ANISOTROPY: f64 = 3.0;

/// Notes on a usable volume, or the first reason why it cannot be used.
///
/// # Errors
/// A [`Refusal`] when the grid is too small, too large or degenerate, when a value is not finite, or when all values
/// are the same.
pub fn check(volume: &Volume) -> Result<Vec<String>, Refusal> {
    check_size(volume.dims)?;
    check_grid(volume)?;
    let bad = volume.data.iter().filter(|value| !value.is_finite()).count();
    if bad > 0 {
        return Err(not_finite(bad));
    }
    let first = volume.data.first().copied().unwrap_or(0.0);
    if volume.data.iter().all(|&value| value == first) {
        return Err(constant(first));
    }
    Ok(notes(volume))
}

/// Whether a grid of this size can be used, before its values are read.
///
/// # Errors
/// A [`Refusal`] when it has too few slices or too many voxels.
pub fn check_size(dims: [usize; 3]) -> Result<(), Refusal> {
    let [nx, ny, nz] = dims;
    let bytes = dims.iter().try_fold(size_of::<f32>(), |product, &n| product.checked_mul(n));
    if bytes.is_none_or(|bytes| bytes > MOST_BYTES) {
        let size = bytes.map_or_else(|| "far".to_owned(), |bytes| format!("{} MiB,", bytes >> 20));
        return Err(Refusal::new(
            format!(
                "A matrix of {nx} x {ny} x {nz} voxels needs {size} more than the {} MiB that fit.",
                MOST_BYTES >> 20
            ),
            "Crop it or resample it to larger voxels, then try again.",
        ));
    }
    if nz <= 1 {
        return Err(Refusal::new(
            "This is one slice; the enhancement works on volumes.",
            "Drop the whole series: all its files, the folder or a zip of it.",
        ));
    }
    if nz < FEWEST_SLICES || nx < FEWEST_SLICES || ny < FEWEST_SLICES {
        return Err(Refusal::new(
            format!(
                "A volume of {nx} x {ny} x {nz} voxels is too small; at least {FEWEST_SLICES} are needed each way."
            ),
            "Drop the whole series: some of its slices may be missing.",
        ));
    }
    Ok(())
}

fn check_grid(volume: &Volume) -> Result<(), Refusal> {
    let next = "Export the series again with its geometry (spacing and orientation).";
    if volume.affine.iter().flatten().any(|value| !value.is_finite()) {
        return Err(Refusal::new(
            "The position of this volume in the patient holds a value that is not a number.",
            next,
        ));
    }
    if volume.spacing().iter().any(|&edge| edge <= 0.0) {
        return Err(Refusal::new("A voxel edge of this volume has no length.", next));
    }
    if let Some(edge) = volume.spacing().into_iter().find(|edge| !EDGES_MM.contains(edge)) {
        let (least, most) = (EDGES_MM.start(), EDGES_MM.end());
        return Err(Refusal::new(
            format!("A voxel edge of {edge:.1e} mm is none of a scan, which lies between {least} and {most} mm."),
            "The unit of length in its header may be wrong; export the series again with its geometry.",
        ));
    }
    if geometry::inverse(&volume.affine).is_none() {
        return Err(Refusal::new("The voxel axes of this volume lie in one plane, so it spans no space.", next));
    }
    Ok(())
}

fn notes(volume: &Volume) -> Vec<String> {
    let mut notes = Vec::new();
    let spacing = volume.spacing();
    let [longest, shortest] =
        [spacing.iter().copied().fold(0.0, f64::max), spacing.iter().copied().fold(f64::MAX, f64::min)];
    if longest > NOTABLE_ANISOTROPY * shortest {
        notes.push(format!(
            "Voxels are {:.2} x {:.2} x {:.2} mm: far from cubes, which the model has seen little of.",
            spacing[0], spacing[1], spacing[2]
        ));
    }
    notes
}

/// A note on the values of a PET that are below zero; CT has them in air, and MR where it was filtered.
pub fn below_zero(pet: &Volume) -> Option<String> {
    let count = pet.data.iter().filter(|&&value| value < 0.0).count();
    (count > 0).then(|| format!("{count} values are below zero; a PET image has none unless it was filtered."))
}

/// The refusal for `count` values that are not finite.
pub(crate) fn not_finite(count: usize) -> Refusal {
    let what = if count == 1 {
        "1 value of this volume is not a finite number (NaN or infinity).".to_owned()
    } else {
        format!("{count} values of this volume are not finite numbers (NaN or infinity).")
    };
    Refusal::new(what, "Reconstruct or export the series again; a value that was never measured cannot be enhanced.")
}

/// The refusal for a volume that holds `value` everywhere.
pub(crate) fn constant(value: f32) -> Refusal {
    Refusal::new(
        format!("All voxels of this volume have the same value, {value}."),
        "Check that the right series was exported; there is nothing in it to enhance.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Affine, Unit};

    const GRID: Affine = [[2.0, 0.0, 0.0, 0.0], [0.0, 2.0, 0.0, 0.0], [0.0, 0.0, 2.0, 0.0]];

    fn ramp(dims: [usize; 3], affine: Affine) -> Volume {
        let data = (0..dims.iter().product::<usize>()).map(|v| v as f32).collect();
        Volume::new(dims, data, affine, Unit::Suv).unwrap()
    }

    #[test]
    fn values_below_zero_are_told_of_a_pet_alone() {
        let mut volume = ramp([8, 8, 8], GRID);
        assert_eq!(below_zero(&volume), None);
        volume.data[0] = -1.0;
        assert!(below_zero(&volume).is_some_and(|note| note.starts_with("1 values are below zero")));
        assert!(check(&volume).is_ok_and(|notes| notes.is_empty()));
    }

    #[test]
    fn an_ordinary_volume_passes_without_notes() {
        assert_eq!(check(&ramp([8, 9, 10], GRID)), Ok(Vec::new()));
    }

    #[test]
    fn each_bad_volume_is_named() {
        let what = |volume: &Volume| check(volume).unwrap_err().what;
        assert!(what(&ramp([16, 16, 1], GRID)).contains("one slice"));
        assert!(what(&ramp([16, 16, 7], GRID)).contains("too small"));

        let mut nan = ramp([8, 8, 8], GRID);
        nan.data[100] = f32::NAN;
        assert!(what(&nan).starts_with("1 value"));
        nan.data[101] = f32::NEG_INFINITY;
        assert!(what(&nan).starts_with("2 values"));

        let mut flat = ramp([8, 8, 8], GRID);
        flat.data.fill(7.5);
        assert!(what(&flat).contains("7.5"));

        let mut thin = GRID;
        thin[2][2] = 0.0;
        assert!(what(&ramp([8, 8, 8], thin)).contains("no length"));
        for edge in [4e-6, 4e4] {
            let mut wrong = GRID;
            wrong[1][1] = edge;
            assert!(what(&ramp([8, 8, 8], wrong)).contains(&format!("{edge:.1e} mm")));
        }
        let mut folded = GRID;
        folded[0][1] = 2.0;
        folded[1][1] = 0.0;
        assert!(what(&ramp([8, 8, 8], folded)).contains("one plane"));
        let mut lost = GRID;
        lost[1][3] = f64::NAN;
        assert!(what(&ramp([8, 8, 8], lost)).contains("not a number"));
    }

    #[test]
    fn a_huge_matrix_is_refused_by_its_size_alone() {
        assert!(check_size([1024, 1024, 128]).is_ok());
        assert!(check_size([1024, 1024, 129]).unwrap_err().what.contains("516 MiB"));
        assert!(check_size([usize::MAX, 2, 8]).is_err());
    }

    #[test]
    fn long_voxels_are_noted_not_refused() {
        let mut long = GRID;
        long[2][2] = 9.0;
        let notes = check(&ramp([8, 8, 8], long)).unwrap();
        assert!(notes.len() == 1 && notes[0].contains("far from cubes"), "{notes:?}");
    }
}
