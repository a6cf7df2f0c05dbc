//! Two images in one region.

use serde::{Deserialize, Serialize};

use super::{Measures, Region};
use crate::{Refusal, Volume};

/// The change in per cent beyond which a number is flagged unless another limit is chosen: what two scans of one patient
/// differ by within days (test and retest).
pub const LIMIT: f64 = 15.0;

/// A number in both images.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// 100 (result - input) / input; `None` where the input is zero or either is missing.
    pub percent: Option<f64>,
    /// Whether the change exceeds the limit.
    pub flagged: bool,
}

/// Changes from input to result.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Changes {
    /// Of the mean.
    pub mean: Change,
    /// Of the largest value.
    pub max: Change,
    /// Of the peak.
    pub peak: Change,
    /// Of mean times volume.
    pub total: Change,
    /// Of the noise, which is meant to change and is never flagged.
    pub noise: Change,
}

/// A region's numbers in one image or two.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    /// The region's name.
    pub region: String,
    /// In the input.
    pub input: Measures,
    /// In the result, if there is one.
    pub result: Option<Measures>,
    /// From input to result.
    pub changes: Option<Changes>,
}

impl Compared {
    /// Whether any number changed beyond the limit.
    #[must_use]
    pub fn flagged(&self) -> bool {
        self.changes.is_some_and(|changes| {
            [changes.mean, changes.max, changes.peak, changes.total].iter().any(|change| change.flagged)
        })
    }
}

/// Measures a region in the input and, voxel for voxel the same region, in the result. `limit` is in per cent.
///
/// # Errors
/// When result and input differ in grid or unit, or the region holds no voxel.
pub fn compare(input: &Volume, result: Option<&Volume>, region: &Region, limit: f64) -> Result<Compared, Refusal> {
    if let Some(result) = result {
        check_pair(input, result)?;
    }
    let empty = || Refusal::new(format!("The {} holds no voxel of this image.", region.name), "Choose another region.");
    let before = Measures::of(input, region).ok_or_else(empty)?;
    let after = result.and_then(|result| Measures::of(result, region));
    let change = |from: Option<f64>, to: Option<f64>, flags: bool| {
        let percent = from.zip(to).filter(|(from, _)| *from != 0.0).map(|(from, to)| 100.0 * (to - from) / from.abs());
        Change { percent, flagged: flags && percent.is_some_and(|percent| percent.abs() > limit) }
    };
    let changes = after.map(|after| Changes {
        mean: change(Some(before.mean), Some(after.mean), true),
        max: change(Some(before.max), Some(after.max), true),
        peak: change(before.peak, after.peak, true),
        total: change(Some(before.total), Some(after.total), true),
        noise: change(before.noise, after.noise, false),
    });
    Ok(Compared { region: region.name.clone(), input: before, result: after, changes })
}

/// Whether two images can be compared voxel by voxel.
fn check_pair(input: &Volume, result: &Volume) -> Result<(), Refusal> {
    let next = "Give the image that the result was made from, and both in the same unit.";
    let shift = input.affine.iter().flatten().zip(result.affine.iter().flatten());
    let shift = shift.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    let edge = input.spacing().into_iter().fold(f64::INFINITY, f64::min);
    if input.dims != result.dims || shift > 0.01 * edge {
        let what = format!(
            "Input and result are not on one grid: {:?} and {:?} voxels, positions up to {shift:.2} mm apart.",
            input.dims, result.dims
        );
        return Err(Refusal::new(what, next));
    }
    if input.unit != result.unit {
        let (a, b) = (input.unit.label(), result.unit.label());
        return Err(Refusal::new(format!("The input is in \"{a}\" and the result in \"{b}\"."), next));
    }
    Ok(())
}
