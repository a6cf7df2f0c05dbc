//! Label maps and images on the grid of a volume.

mod image;
mod labels;

pub use image::{Resampled, image};
pub use labels::{nearest, onto};

use crate::geometry::to_world;
use crate::{Affine, Volume};

/// Whether a grid of so many voxels along i, j, k is that of `volume`, to a hundredth of its smallest voxel edge.
#[must_use]
pub fn same_grid((dims, affine): ([usize; 3], &Affine), volume: &Volume) -> bool {
    let edge = volume.spacing().into_iter().fold(f64::INFINITY, f64::min);
    let near = |(a, b): (&f64, &f64)| (a - b).abs() <= 0.01 * edge;
    dims == volume.dims && affine.iter().flatten().zip(volume.affine.iter().flatten()).all(near)
}

/// A grid in words: voxels, their edges, the centre of the first in RAS+ millimetres.
#[must_use]
pub fn grid_words(dims: [usize; 3], affine: &Affine) -> String {
    let [i, j, k] = dims;
    let [x, y, z]: [f64; 3] =
        std::array::from_fn(|axis| affine.iter().map(|row| row[axis] * row[axis]).sum::<f64>().sqrt());
    let [r, a, s] = to_world(affine, [0.0; 3]);
    format!("{i} x {j} x {k} voxels of {x:.2} x {y:.2} x {z:.2} mm, the first at {r:.1}, {a:.1}, {s:.1}")
}
