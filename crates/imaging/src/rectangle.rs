//! A rectangle on the axial slices of a volume, as they are shown, as a label map.

use crate::orientation::{Plane, SliceGrid};
use crate::{LabelMap, Volume};

/// Marks, in every axial slice, the pixels whose middle lies in a rectangle: left, top, right and bottom as shares of the
/// width and height of the slice as it is shown, with the patient's right on the left and the front at the top.
#[must_use]
pub fn rectangle(volume: &Volume, [left, top, right, bottom]: [f64; 4]) -> LabelMap {
    let grid = SliceGrid::new(volume.dims, &volume.affine, Plane::Axial);
    let [nx, ny, nz] = volume.dims;
    let share = |at: usize, of: usize| (at as f64 + 0.5) / of as f64;
    let voxels = (0..nz).flat_map(|k| (0..ny).flat_map(move |j| (0..nx).map(move |i| [i, j, k])));
    let inside = |voxel: [usize; 3]| {
        let (_, u, v) = grid.pixel_of(voxel);
        (left..right).contains(&share(u, grid.width)) && (top..bottom).contains(&share(v, grid.height))
    };
    LabelMap { dims: volume.dims, labels: voxels.map(|voxel| u8::from(inside(voxel))).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Unit;

    #[test]
    fn a_corner_of_the_picture_is_the_corner_of_the_patient_it_shows() {
        // The patient's right front: at large y and, as i runs to the right here, at large i.
        let affine = [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]];
        let volume = Volume::new([4, 2, 2], vec![0.0; 16], affine, Unit::Suv).unwrap();
        let map = rectangle(&volume, [0.0, 0.0, 0.25, 0.5]);
        assert_eq!(map.labels, [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1]);
        // The same corner where i runs to the left and j to the back.
        let turned = Volume { affine: [[-1.0, 0.0, 0.0, 0.0], [0.0, -1.0, 0.0, 0.0], affine[2]], ..volume };
        assert_eq!(rectangle(&turned, [0.0, 0.0, 0.25, 0.5]).labels[..8], [1, 0, 0, 0, 0, 0, 0, 0]);
        assert!(rectangle(&turned, [0.5, 0.0, 0.5, 1.0]).labels.iter().all(|&label| label == 0));
    }
}
