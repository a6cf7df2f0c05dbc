//! The peak: the largest mean that a small sphere has anywhere in a region.

use super::Region;
use crate::{Volume, geometry};

/// Radius of a sphere of one millilitre, in millimetres.
const RADIUS: f64 = 6.203_504_908_994;
/// Points per voxel edge at which it is asked whether a voxel lies in the sphere.
const POINTS: usize = 8;

/// The peak of a region, as PERCIST (Wahl et al. 2009) and the IBSI ("global intensity peak") define it: the largest mean
/// over a sphere of one millilitre centred on a voxel of the region. The sphere may reach beyond the region, not beyond
/// the image. A voxel that the sphere's surface cuts counts with the share of 8 x 8 x 8 points in it that lie inside.
///
/// `None` where no such sphere lies in the image, or the volume's affine spans no space.
#[must_use]
pub fn peak(volume: &Volume, region: &Region) -> Option<f64> {
    let weights = weights(volume)?;
    let total: f64 = weights.iter().map(|(_, weight)| weight).sum();
    let [nx, ny, nz] = volume.dims.map(|n| n as isize);
    let mean = |voxel: &usize| -> Option<f64> {
        let at = *voxel as isize;
        let (i, j, k) = (at % nx, at / nx % ny, at / (nx * ny));
        let mut sum = 0.0;
        for ([x, y, z], weight) in &weights {
            let (x, y, z) = (i + x, j + y, k + z);
            if x < 0 || y < 0 || z < 0 || x >= nx || y >= ny || z >= nz {
                return None;
            }
            sum += weight * f64::from(volume.data[((z * ny + y) * nx + x) as usize]);
        }
        Some(sum / total)
    };
    region.voxels.iter().filter_map(mean).reduce(f64::max)
}

/// Voxels of the sphere around a voxel's centre, as steps along i, j, k, with the share of each that lies inside.
fn weights(volume: &Volume) -> Option<Vec<([isize; 3], f64)>> {
    let back = geometry::inverse(&volume.affine)?;
    // Half a voxel more than the sphere reaches along each axis of a grid that may be sheared.
    let reach = back.map(|row| (RADIUS * (0..3).map(|c| row[c] * row[c]).sum::<f64>().sqrt() + 0.5).floor() as isize);
    let mut weights = Vec::new();
    for z in -reach[2]..=reach[2] {
        for y in -reach[1]..=reach[1] {
            for x in -reach[0]..=reach[0] {
                let weight = share(volume, [x, y, z]);
                if weight > 0.0 {
                    weights.push(([x, y, z], weight));
                }
            }
        }
    }
    Some(weights)
}

/// The share of a voxel's points that lie within the radius of the sphere's centre, which is voxel (0, 0, 0).
fn share(volume: &Volume, step: [isize; 3]) -> f64 {
    let mut inside = 0_usize;
    for n in 0..POINTS.pow(3) {
        let point = [n % POINTS, n / POINTS % POINTS, n / (POINTS * POINTS)];
        let at: [f64; 3] = std::array::from_fn(|a| step[a] as f64 + (point[a] as f64 + 0.5) / POINTS as f64 - 0.5);
        let squared: f64 = volume.affine.iter().map(|row| (0..3).map(|a| row[a] * at[a]).sum::<f64>().powi(2)).sum();
        inside += usize::from(squared <= RADIUS * RADIUS);
    }
    inside as f64 / POINTS.pow(3) as f64
}
