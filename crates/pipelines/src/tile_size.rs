//! The part of a volume that a network sees at a time.

use darkroom_imaging::tiling::Tiling;
use serde::{Deserialize, Serialize};

use crate::PipelineError;
use crate::manifest::Axes;

/// How a volume is cut into overlapping tiles, in voxels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TileSize {
    /// Edge of the part a tile contributes.
    pub inner: usize,
    /// Context around it, at least the network's receptive radius for exact seams.
    pub halo: usize,
    /// Every edge of a tile is a multiple of this.
    pub multiple: usize,
}

impl TileSize {
    /// The tiles of a volume of `dims` voxels along i, j, k: cubes, or squares of one slice.
    ///
    /// # Errors
    /// A volume or tile without voxels; a halo that leaves no way from one tile to the next.
    pub fn over(self, axes: Axes, dims: [usize; 3]) -> Result<Tiling, PipelineError> {
        let [width, height, depth] = dims;
        let [inner, multiple] = [self.inner, self.multiple].map(|edge| axes.along(edge, 1));
        Tiling::new([depth, height, width], inner, axes.along(self.halo, 0), multiple)
            .map_err(|error| PipelineError::Manifest(error.to_string()))
    }
}
