//! Bringing a label map onto the grid of a volume.

use crate::{Affine, LabelMap, Volume, VolumeError, geometry};

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
    fn a_flat_or_short_label_map_is_refused() {
        let volume = Volume::new([1, 1, 1], vec![0.0], [[1.0, 0.0, 0.0, 0.0]; 3], Unit::Suv).unwrap();
        let map = LabelMap { dims: [2, 1, 1], labels: vec![1, 2] };
        assert_eq!(nearest(&map, &[[0.0; 4]; 3], &volume), Err(VolumeError::Flat));
        let short = LabelMap { dims: [2, 1, 1], labels: vec![1] };
        assert!(nearest(&short, &volume.affine, &volume).is_err());
    }
}
