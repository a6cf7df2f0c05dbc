//! The numbers of a region.

use serde::{Deserialize, Serialize};

use super::{Region, peak};
use crate::statistics::Statistics;
use crate::{Volume, geometry};

/// What is measured in a region. Values are in the volume's unit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measures {
    /// Number of voxels.
    pub voxels: usize,
    /// Volume in millilitres.
    pub volume_ml: f64,
    /// Mean (SUVmean).
    pub mean: f64,
    /// Largest value (SUVmax).
    pub max: f64,
    /// Smallest value.
    pub min: f64,
    /// Peak (SUVpeak), see [`peak`]; `None` where no sphere of one millilitre lies in the image.
    pub peak: Option<f64>,
    /// Standard deviation of the voxels, divided by their number.
    pub sd: f64,
    /// Standard deviation over mean; `None` where the mean is not positive.
    pub noise: Option<f64>,
    /// Mean times volume in millilitres: total lesion glycolysis (TLG) where the values are SUV of FDG.
    pub total: f64,
}

impl Measures {
    /// Measures a region; `None` when it holds no voxel of the volume.
    #[must_use]
    pub fn of(volume: &Volume, region: &Region) -> Option<Self> {
        let values = region.voxels.iter().filter_map(|&voxel| volume.data.get(voxel).copied());
        let statistics = Statistics::of(values)?;
        let volume_ml = statistics.voxels as f64 * geometry::determinant(&volume.affine).abs() / 1000.0;
        Some(Self {
            voxels: statistics.voxels,
            volume_ml,
            mean: statistics.mean,
            max: statistics.max,
            min: statistics.min,
            peak: peak(volume, region),
            sd: statistics.sd,
            noise: statistics.noise(),
            total: statistics.mean * volume_ml,
        })
    }
}
