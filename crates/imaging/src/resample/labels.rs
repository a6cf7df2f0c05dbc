//! A label map on the grid of a volume: each voxel takes the label nearest to it.

use super::{grid_words, same_grid};
use crate::{Affine, LabelMap, Refusal, Volume, VolumeError, geometry};

/// The label nearest to each voxel centre of `volume`, 0 where the label map does not reach.
///
/// # Errors
/// When the label map's affine spans no space or its grid does not hold its labels.
pub fn nearest(map: &LabelMap, affine: &Affine, volume: &Volume) -> Result<LabelMap, VolumeError> {
    let [nx, ny, nz] = map.dims;
    if map.dims.iter().try_fold(1_usize, |product, &n| product.checked_mul(n)) != Some(map.labels.len()) {
        return Err(VolumeError::Length(nx, ny, nz, map.labels.len()));
    }
    let back = geometry::inverse(affine).ok_or(VolumeError::Flat)?;
    let mut labels = Vec::with_capacity(volume.data.len());
    for k in 0..volume.dims[2] {
        for j in 0..volume.dims[1] {
            for i in 0..volume.dims[0] {
                let world = geometry::to_world(&volume.affine, [i as f64, j as f64, k as f64]);
                let at = geometry::to_world(&back, world).map(f64::round);
                let inside = at.iter().zip(map.dims).all(|(&a, n)| a >= 0.0 && a < n as f64);
                let [x, y, z] = at.map(|a| a as usize);
                labels.push(if inside { map.labels[(z * ny + y) * nx + x] } else { 0 });
            }
        }
    }
    Ok(LabelMap { dims: volume.dims, labels })
}

/// A label map brought onto the grid of `volume`, and what to tell where it lay on another grid.
///
/// # Errors
/// When it cannot be brought there, when it holds no label, or when its labels lie nowhere in the image.
pub fn onto(map: &LabelMap, affine: &Affine, volume: &Volume) -> Result<(LabelMap, Option<String>), Refusal> {
    let labelled = |map: &LabelMap| map.labels.iter().any(|&label| label > 0);
    if !labelled(map) {
        return Err(Refusal::new(
            "The label map holds no label above 0.",
            "Choose a label map whose regions are numbered from 1.",
        ));
    }
    let found = nearest(map, affine, volume).map_err(|error| {
        Refusal::new(format!("The label map cannot be used: {error}."), "Export it again with its geometry.")
    })?;
    if !labelled(&found) {
        return Err(Refusal::new(
            "The labels lie nowhere in the image: the two do not overlap.",
            "Give the label map of this patient and study, in the same frame of reference.",
        ));
    }
    let note = (!same_grid((map.dims, affine), volume)).then(|| {
        let [own, image] = [grid_words(map.dims, affine), grid_words(volume.dims, &volume.affine)];
        format!(
            "The label map is on another grid ({own}) than the image ({image}); each voxel of the image takes the label \
             nearest to it."
        )
    });
    Ok((found, note))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Unit;

    #[test]
    fn labels_land_where_they_lie_in_the_patient() {
        // Labels at 2 mm, x running to the left; the volume at 1 mm, x running to the right.
        let map = LabelMap { dims: [2, 1, 1], labels: vec![1, 2] };
        let affine = [[-2.0, 0.0, 0.0, 2.0], [0.0, 2.0, 0.0, 0.0], [0.0, 0.0, 2.0, 0.0]];
        let grid = [[1.0, 0.0, 0.0, -2.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]];
        let volume = Volume::new([7, 1, 1], vec![0.0; 7], grid, Unit::Suv).unwrap();
        // Voxel centres at x = -2 .. 4; label 2 sits at x = 0, label 1 at x = 2.
        let found = nearest(&map, &affine, &volume).unwrap();
        // Midway between two labels, and a millimetre past an end, rounding goes away from zero.
        assert_eq!(found.labels, [0, 0, 2, 2, 1, 0, 0]);
        assert_eq!(found.dims, volume.dims);
    }

    #[test]
    fn another_grid_is_told_and_another_place_refused() {
        let grid = [[2.0, 0.0, 0.0, 0.0], [0.0, 2.0, 0.0, 0.0], [0.0, 0.0, 2.0, 0.0]];
        let volume = Volume::new([2, 2, 2], vec![0.0; 8], grid, Unit::Suv).unwrap();
        let map = LabelMap { dims: [2, 2, 2], labels: vec![3; 8] };
        assert_eq!(onto(&map, &grid, &volume).unwrap(), (map.clone(), None));
        let mut moved = grid;
        moved[0][3] = 2.0;
        let (found, note) = onto(&map, &moved, &volume).unwrap();
        assert_eq!(found.labels, [0, 3, 0, 3, 0, 3, 0, 3]);
        assert!(
            note.unwrap()
                .contains("another grid (2 x 2 x 2 voxels of 2.00 x 2.00 x 2.00 mm, the first at 2.0, 0.0, 0.0)")
        );
        moved[0][3] = 1000.0;
        assert!(onto(&map, &moved, &volume).unwrap_err().what.contains("do not overlap"));
        let empty = LabelMap { dims: [2, 2, 2], labels: vec![0; 8] };
        assert!(onto(&empty, &grid, &volume).unwrap_err().what.contains("no label above 0"));
    }

    #[test]
    fn a_flat_or_short_label_map_is_refused() {
        let volume = Volume::new([1, 1, 1], vec![0.0], [[1.0, 0.0, 0.0, 0.0]; 3], Unit::Suv).unwrap();
        let map = LabelMap { dims: [2, 1, 1], labels: vec![1, 2] };
        assert_eq!(nearest(&map, &[[0.0; 4]; 3], &volume), Err(VolumeError::Flat));
        let short = LabelMap { dims: [2, 1, 1], labels: vec![1] };
        assert!(nearest(&short, &volume.affine, &volume).is_err());
    }
}
