//! Agreement of two images after Bland and Altman (1986): difference against mean, voxel by voxel.

use serde::{Deserialize, Serialize};

use super::Region;
use crate::Volume;

/// Most points given for a plot; all voxels enter the numbers.
const MOST_POINTS: usize = 800;
/// Deviations that hold 95 % of normal values.
const NORMAL_95: f64 = 1.96;

/// The data of a Bland-Altman plot, in the volumes' unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BlandAltman {
    /// Mean of result minus input.
    pub bias: f64,
    /// Bias minus and plus 1.96 standard deviations of the difference (divided by one less than their number).
    pub limits: [f64; 2],
    /// Voxels compared.
    pub voxels: usize,
    /// Mean of both and result minus input, of at most 800 voxels, evenly picked.
    pub points: Vec<[f64; 2]>,
}

impl BlandAltman {
    /// Of the voxels of some regions; `None` when there are fewer than two.
    #[must_use]
    pub fn of(input: &Volume, result: &Volume, regions: &[Region]) -> Option<Self> {
        let mut voxels: Vec<usize> = regions.iter().flat_map(|region| region.voxels.iter().copied()).collect();
        voxels.sort_unstable();
        voxels.dedup();
        let pairs: Vec<[f64; 2]> = voxels
            .iter()
            .filter_map(|&voxel| {
                let (a, b) = (f64::from(*input.data.get(voxel)?), f64::from(*result.data.get(voxel)?));
                Some([f64::midpoint(a, b), b - a])
            })
            .collect();
        if pairs.len() < 2 {
            return None;
        }
        let count = pairs.len() as f64;
        let bias = pairs.iter().map(|pair| pair[1]).sum::<f64>() / count;
        let variance = pairs.iter().map(|pair| (pair[1] - bias).powi(2)).sum::<f64>() / (count - 1.0);
        let reach = NORMAL_95 * variance.sqrt();
        let step = pairs.len().div_ceil(MOST_POINTS);
        let voxels = pairs.len();
        Some(Self {
            bias,
            limits: [bias - reach, bias + reach],
            voxels,
            points: pairs.into_iter().step_by(step).collect(),
        })
    }
}
