//! Values along a line of voxels.

use serde::{Deserialize, Serialize};

use crate::Volume;

/// A direction of the voxel grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Axis {
    /// Along i.
    I,
    /// Along j.
    J,
    /// Along k.
    K,
}

/// The values of a whole line of voxels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// Millimetres from the voxel that the line runs through, ascending.
    pub distance: Vec<f64>,
    /// Values, in the volume's unit.
    pub values: Vec<f64>,
}

impl Profile {
    /// The line through a voxel (a flat index) along an axis; `None` when the volume has no such voxel.
    #[must_use]
    pub fn of(volume: &Volume, voxel: usize, axis: Axis) -> Option<Self> {
        if voxel >= volume.data.len() {
            return None;
        }
        let [nx, ny, _] = volume.dims;
        let axis = axis as usize;
        let stride = [1, nx, nx * ny][axis];
        let at = [voxel % nx, voxel / nx % ny, voxel / (nx * ny)][axis];
        let edge = volume.spacing()[axis];
        let start = voxel - at * stride;
        let line = 0..volume.dims[axis];
        Some(Self {
            distance: line.clone().map(|n| (n as f64 - at as f64) * edge).collect(),
            values: line.map(|n| f64::from(volume.data[start + n * stride])).collect(),
        })
    }
}
