//! Numbers of a region: mean, extremes, spread, and of two volumes: how far apart they are.

use serde::{Deserialize, Serialize};

use crate::{Affine, LabelMap, Volume, VolumeError, geometry};

/// A sphere in patient space.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sphere {
    /// Its centre in RAS+ millimetres.
    pub centre: [f64; 3],
    /// Its radius in millimetres.
    pub radius: f64,
}

/// What the values of a region are like.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Statistics {
    /// How many voxels it has.
    pub voxels: usize,
    /// Mean, in the volume's unit.
    pub mean: f64,
    /// Standard deviation of the voxels (divided by their number), in the volume's unit.
    pub sd: f64,
    /// Largest value.
    pub max: f64,
    /// Smallest value.
    pub min: f64,
}

impl Statistics {
    /// Statistics of values; `None` when there is none.
    #[must_use]
    pub fn of(values: impl Iterator<Item = f32>) -> Option<Self> {
        let (mut voxels, mut mean, mut squares) = (0_usize, 0.0_f64, 0.0_f64);
        let (mut max, mut min) = (f64::NEG_INFINITY, f64::INFINITY);
        for value in values.map(f64::from) {
            voxels += 1;
            // Welford's update: no cancellation where the mean is large beside the spread.
            let distance = value - mean;
            mean += distance / voxels as f64;
            squares += distance * (value - mean);
            max = max.max(value);
            min = min.min(value);
        }
        (voxels > 0).then(|| Self { voxels, mean, sd: (squares / voxels as f64).sqrt(), max, min })
    }

    /// Noise: standard deviation over mean; `None` where the mean is not positive.
    #[must_use]
    pub fn noise(&self) -> Option<f64> {
        (self.mean > 0.0).then(|| self.sd / self.mean)
    }
}

/// Least, middle and largest of some values.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Extremes {
    /// Smallest value.
    pub min: f64,
    /// The middle value; of an even number of values, the mean of the two in the middle.
    pub median: f64,
    /// Largest value.
    pub max: f64,
}

impl Extremes {
    /// Of values; `None` when there is none.
    #[must_use]
    pub fn of(values: impl Iterator<Item = f32>) -> Option<Self> {
        let mut sorted: Vec<f32> = values.collect();
        sorted.sort_by(f32::total_cmp);
        let (first, last) = (*sorted.first()?, *sorted.last()?);
        let [low, high] = [(sorted.len() - 1) / 2, sorted.len() / 2].map(|at| f64::from(sorted[at]));
        Some(Self { min: first.into(), median: f64::midpoint(low, high), max: last.into() })
    }
}

/// Statistics of the voxels whose centres lie in a sphere; `None` when there is none.
///
/// # Errors
/// When the volume's affine spans no space.
pub fn in_sphere(volume: &Volume, sphere: &Sphere) -> Result<Option<Statistics>, VolumeError> {
    let indices = sphere_voxels(volume.dims, &volume.affine, sphere)?;
    Ok(Statistics::of(indices.into_iter().map(|index| volume.data[index])))
}

/// Statistics of the voxels with a label; `None` when there is none.
///
/// # Errors
/// When the label map is not on the volume's grid.
pub fn in_label(volume: &Volume, map: &LabelMap, label: u8) -> Result<Option<Statistics>, VolumeError> {
    if map.dims != volume.dims || map.labels.len() != volume.data.len() {
        return Err(VolumeError::Grid(map.dims, volume.dims));
    }
    let values = volume.data.iter().zip(&map.labels).filter(|&(_, &at)| at == label).map(|(&value, _)| value);
    Ok(Statistics::of(values))
}

/// Flat indices of the voxels whose centres lie in a sphere, in ascending order.
pub(crate) fn sphere_voxels(dims: [usize; 3], affine: &Affine, sphere: &Sphere) -> Result<Vec<usize>, VolumeError> {
    let back = geometry::inverse(affine).ok_or(VolumeError::Flat)?;
    let centre = geometry::to_world(&back, sphere.centre);
    // Along voxel axis a the sphere reaches radius x |row a of the inverse| voxels, sheared grids included.
    let range = |axis: usize| {
        let reach = sphere.radius * (0..3).map(|c| back[axis][c] * back[axis][c]).sum::<f64>().sqrt();
        let low = (centre[axis] - reach).ceil().max(0.0) as usize;
        let high = ((centre[axis] + reach).floor() + 1.0).clamp(0.0, dims[axis] as f64) as usize;
        low..high
    };
    let mut indices = Vec::new();
    for k in range(2) {
        for j in range(1) {
            for i in range(0) {
                let at = geometry::to_world(affine, [i as f64, j as f64, k as f64]);
                let distance: f64 = at.iter().zip(&sphere.centre).map(|(a, c)| (a - c) * (a - c)).sum();
                if distance <= sphere.radius * sphere.radius {
                    indices.push((k * dims[1] + j) * dims[0] + i);
                }
            }
        }
    }
    Ok(indices)
}

/// The numbers that the page shows for a region: input, result, and how far the result moved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The region.
    pub region: Sphere,
    /// Of the input.
    pub input: Statistics,
    /// Of the result.
    pub result: Statistics,
    /// 100 (result - input) / input, of the mean; `None` where the input's mean is zero.
    pub mean_change: Option<f64>,
    /// The same of the maximum.
    pub max_change: Option<f64>,
    /// The same of the noise (standard deviation over mean).
    pub noise_change: Option<f64>,
}

/// Compares two volumes of one grid in a sphere; `None` when no voxel lies in it.
///
/// # Errors
/// When the grids differ or the affine spans no space.
pub fn compare(input: &Volume, result: &Volume, region: Sphere) -> Result<Option<Comparison>, VolumeError> {
    if input.dims != result.dims {
        return Err(VolumeError::Grid(result.dims, input.dims));
    }
    let (Some(before), Some(after)) = (in_sphere(input, &region)?, in_sphere(result, &region)?) else {
        return Ok(None);
    };
    let change = |from: f64, to: f64| (from != 0.0).then(|| 100.0 * (to - from) / from);
    Ok(Some(Comparison {
        region,
        input: before,
        result: after,
        mean_change: change(before.mean, after.mean),
        max_change: change(before.max, after.max),
        noise_change: before.noise().zip(after.noise()).and_then(|(from, to)| change(from, to)),
    }))
}

/// Normalised root mean square error: sqrt(mean (test - reference)^2 / mean reference^2), over all voxels.
///
/// `None` when there is no voxel or the reference is zero everywhere.
///
/// # Errors
/// When the grids differ.
pub fn nrmse(reference: &Volume, test: &Volume) -> Result<Option<f64>, VolumeError> {
    let error = mean_square_error(reference, test)?;
    let power = reference.data.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>() / reference.data.len() as f64;
    Ok(error.filter(|_| power > 0.0).map(|error| (error / power).sqrt()))
}

/// Peak signal-to-noise ratio in dB: 20 log10(largest value of the reference / root mean square error).
///
/// `None` when there is no voxel or the reference has no positive value; infinite for equal volumes.
///
/// # Errors
/// When the grids differ.
pub fn psnr(reference: &Volume, test: &Volume) -> Result<Option<f64>, VolumeError> {
    let error = mean_square_error(reference, test)?;
    let peak = f64::from(reference.data.iter().copied().fold(f32::NEG_INFINITY, f32::max));
    Ok(error.filter(|_| peak > 0.0).map(|error| 20.0 * (peak / error.sqrt()).log10()))
}

fn mean_square_error(reference: &Volume, test: &Volume) -> Result<Option<f64>, VolumeError> {
    if reference.dims != test.dims {
        return Err(VolumeError::Grid(test.dims, reference.dims));
    }
    let sum: f64 = reference.data.iter().zip(&test.data).map(|(&a, &b)| (f64::from(b) - f64::from(a)).powi(2)).sum();
    Ok((!reference.data.is_empty()).then(|| sum / reference.data.len() as f64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Unit;

    fn volume(data: Vec<f32>) -> Volume {
        let affine = [[2.0, 0.0, 0.0, -10.0], [0.0, 2.0, 0.0, 5.0], [0.0, 0.0, 4.0, 0.0]];
        Volume::new([9, 9, 5], data, affine, Unit::Suv).unwrap()
    }

    #[test]
    fn a_sphere_holds_the_voxels_within_its_radius() {
        let centre = [-2.0, 13.0, 8.0];
        let ramp = volume((0..405).map(|v| (v % 9) as f32).collect());
        let one = in_sphere(&ramp, &Sphere { centre, radius: 1.0 }).unwrap().unwrap();
        assert_eq!((one.voxels, one.mean, one.sd), (1, 4.0, 0.0));
        // 2 mm in-plane neighbours are in, 4 mm slices and 2.83 mm diagonals are out.
        let five = in_sphere(&ramp, &Sphere { centre, radius: 2.0 }).unwrap().unwrap();
        assert_eq!((five.voxels, five.mean, five.min, five.max), (5, 4.0, 3.0, 5.0));
        assert!((five.sd - 0.4_f64.sqrt()).abs() < 1e-12);
        assert_eq!(in_sphere(&ramp, &Sphere { centre: [500.0; 3], radius: 5.0 }), Ok(None));
        let corner = in_sphere(&ramp, &Sphere { centre: [-10.0, 5.0, 0.0], radius: 2.0 }).unwrap().unwrap();
        assert_eq!(corner.voxels, 3);
    }

    #[test]
    fn a_label_is_measured_on_its_own_grid_only() {
        let ramp = volume((0..405).map(|v| v as f32).collect());
        let mut labels = vec![0; 405];
        labels[3] = 2;
        labels[7] = 2;
        let map = LabelMap { dims: [9, 9, 5], labels };
        let two = in_label(&ramp, &map, 2).unwrap().unwrap();
        assert_eq!((two.voxels, two.mean, two.sd), (2, 5.0, 2.0));
        assert_eq!(in_label(&ramp, &map, 9), Ok(None));
        let other = LabelMap { dims: [9, 5, 9], labels: vec![0; 405] };
        assert_eq!(in_label(&ramp, &other, 2), Err(VolumeError::Grid([9, 5, 9], [9, 9, 5])));
    }

    #[test]
    fn a_comparison_reports_changes_in_percent() {
        let input = volume((0..405).map(|v| 10.0 + f32::from(u8::from(v % 2 == 0)) * 2.0).collect());
        let result = input.with_data(input.data.iter().map(|v| 11.0 + (v - 11.0) * 0.5 + 0.11).collect()).unwrap();
        let region = Sphere { centre: [-2.0, 13.0, 8.0], radius: 8.0 };
        let found = compare(&input, &result, region).unwrap().unwrap();
        // 59 of 125 voxels are 12, the others 10: mean 10.944, brought to 11.082 with half the deviation.
        assert!((found.mean_change.unwrap() - 1.260_96).abs() < 1e-4, "{found:?}");
        assert!((found.noise_change.unwrap() + 50.622_6).abs() < 1e-3, "{found:?}");
        assert!(found.max_change.unwrap() < 0.0);
        let text = serde_json::to_string(&found).unwrap();
        assert_eq!(serde_json::from_str::<Comparison>(&text).unwrap().region, region);
    }

    #[test]
    fn error_measures_follow_their_definitions() {
        let reference = volume(vec![2.0; 405]);
        let test = reference.with_data(vec![2.2; 405]).unwrap();
        assert!((nrmse(&reference, &test).unwrap().unwrap() - 0.1).abs() < 1e-6);
        assert!((psnr(&reference, &test).unwrap().unwrap() - 20.0).abs() < 1e-5);
        assert_eq!(psnr(&reference, &reference), Ok(Some(f64::INFINITY)));
        assert_eq!(nrmse(&volume(vec![0.0; 405]), &test), Ok(None));
        let other = Volume::new([5, 9, 9], vec![0.0; 405], reference.affine, Unit::Suv).unwrap();
        assert!(nrmse(&reference, &other).is_err());
    }
}
