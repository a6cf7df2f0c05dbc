//! Finding a uniform region by itself, so that noise can be reported without anyone drawing.

use crate::normalise::Foreground;
use crate::statistics::Sphere;
use crate::{Volume, geometry};

/// Radii tried, in millimetres: the liver of an adult holds the first, a child or a small animal the last.
const RADII: [f64; 4] = [15.0, 12.0, 9.0, 6.0];
/// Share of a sphere that must be foreground.
const INSIDE: f64 = 0.98;
/// Mean over scale above which an organ is hot (bladder, heart, tumour): too small and steep to stand for noise.
const HOT: f64 = 2.5;
/// Most voxels of a sphere that are looked at per candidate; large spheres are sampled.
const SAMPLES: usize = 400;
/// Fewest voxels from which a deviation can be told.
const FEWEST: usize = 20;

/// The largest sphere of 15, 12, 9 or 6 mm radius within the foreground whose smoothed values vary least.
///
/// Smoothed, because structure is to be avoided and not noise. `None` when no sphere fits.
#[must_use]
pub fn homogeneous_region(volume: &Volume, foreground: &Foreground) -> Option<Sphere> {
    RADII.into_iter().find_map(|radius| most_uniform(volume, foreground, radius))
}

fn most_uniform(volume: &Volume, foreground: &Foreground, radius: f64) -> Option<Sphere> {
    let offsets = sphere_offsets(volume, radius);
    if offsets.len() < FEWEST {
        return None;
    }
    let stride = offsets.len().div_ceil(SAMPLES);
    let sampled: Vec<[isize; 3]> = offsets.into_iter().step_by(stride).collect();
    let step = volume.spacing().map(|edge| ((radius / 3.0 / edge).round() as usize).max(1));
    let reach: [usize; 3] = std::array::from_fn(|a| sampled.iter().map(|o| o[a].unsigned_abs()).max().unwrap_or(0));
    let centres = |axis: usize| (reach[axis]..volume.dims[axis].saturating_sub(reach[axis])).step_by(step[axis]);
    let mut best: Option<(f64, [usize; 3])> = None;
    for k in centres(2) {
        for j in centres(1) {
            for i in centres(0) {
                let variation = variation(volume, foreground, &sampled, [i, j, k]);
                if let Some(v) = variation.filter(|v| best.is_none_or(|(least, _)| *v < least)) {
                    best = Some((v, [i, j, k]));
                }
            }
        }
    }
    best.map(|(_, at)| Sphere { centre: geometry::to_world(&volume.affine, at.map(|n| n as f64)), radius })
}

/// Voxel steps from a centre that stay within `radius` millimetres.
fn sphere_offsets(volume: &Volume, radius: f64) -> Vec<[isize; 3]> {
    let Some(back) = geometry::inverse(&volume.affine) else { return Vec::new() };
    let reach = back.map(|row| (radius * (row[0] * row[0] + row[1] * row[1] + row[2] * row[2]).sqrt()) as isize);
    let mut offsets = Vec::new();
    for k in -reach[2]..=reach[2] {
        for j in -reach[1]..=reach[1] {
            for i in -reach[0]..=reach[0] {
                let step = [i as f64, j as f64, k as f64];
                let length: f64 =
                    volume.affine.iter().map(|row| (0..3).map(|a| row[a] * step[a]).sum::<f64>().powi(2)).sum();
                if length <= radius * radius {
                    offsets.push([i, j, k]);
                }
            }
        }
    }
    offsets
}

/// Standard deviation over mean of the smoothed values of a sphere; `None` where it leaves the foreground or is hot.
fn variation(volume: &Volume, foreground: &Foreground, offsets: &[[isize; 3]], centre: [usize; 3]) -> Option<f64> {
    let at = |offset: &[isize; 3]| {
        let [i, j, k] = std::array::from_fn(|axis| centre[axis].wrapping_add_signed(offset[axis]));
        f64::from(foreground.smooth[volume.index(i, j, k)])
    };
    if at(&[0, 0, 0]) <= foreground.threshold {
        return None;
    }
    let mut outside = (offsets.len() as f64 * (1.0 - INSIDE)) as usize;
    let (mut sum, mut squares) = (0.0, 0.0);
    for value in offsets.iter().map(at) {
        if value <= foreground.threshold {
            outside = outside.checked_sub(1)?;
        }
        sum += value;
        squares += value * value;
    }
    let n = offsets.len() as f64;
    let mean = sum / n;
    (mean <= HOT * foreground.scale).then(|| (squares / n - mean * mean).max(0.0).sqrt() / mean)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Unit, normalise, statistics};

    /// A noisy body at 1 with a striped half, a uniform organ at 2 of 20 mm radius, and a hot one at 8 without noise.
    fn body() -> Volume {
        let affine = [[-4.0, 0.0, 0.0, 100.0], [0.0, 4.0, 0.0, -100.0], [0.0, 0.0, 3.0, 7.0]];
        let dims = [50, 50, 40];
        let mut data = Vec::new();
        for v in 0..dims.iter().product::<usize>() {
            let at = geometry::to_world(&affine, [v % 50, v / 50 % 50, v / 2500].map(|n| n as f64));
            let near = |c: [f64; 3], r: f64| (0..3).map(|a| (at[a] - c[a]).powi(2)).sum::<f64>() < r * r;
            let mut value = match (at[0].powi(2) + at[1].powi(2)).sqrt() {
                r if r > 80.0 => 0.0,
                _ if (at[1] / 12.0).floor() % 2.0 == 0.0 => 1.5,
                _ => 0.8,
            };
            if near([-30.0, 20.0, 60.0], 22.0) {
                value = 2.0;
            }
            let hot = near([40.0, 0.0, 60.0], 23.0);
            if hot {
                value = 8.0;
            }
            let noise = (v as u32).wrapping_mul(2_654_435_761).rotate_left(13) as f64 / f64::from(u32::MAX) - 0.5;
            data.push((value * if hot { 1.0 } else { 1.0 + 0.2 * noise }) as f32);
        }
        Volume::new(dims, data, affine, Unit::Suv).unwrap()
    }

    #[test]
    fn the_uniform_organ_is_found() {
        let volume = body();
        let foreground = normalise::foreground(&volume).unwrap();
        let region = homogeneous_region(&volume, &foreground).unwrap();
        let away: f64 = region.centre.iter().zip([-30.0, 20.0, 60.0]).map(|(a, b)| (a - b) * (a - b)).sum();
        assert!(away.sqrt() < 8.0, "{region:?}");
        assert_eq!(region.radius, 15.0);
        let found = statistics::in_sphere(&volume, &region).unwrap().unwrap();
        assert!((found.mean - 2.0).abs() < 0.05);
        // Uniform noise of width 0.2 has a relative deviation of 0.2 / sqrt 12.
        assert!((found.noise().unwrap() - 0.0577).abs() < 0.01, "{found:?}");
    }

    #[test]
    fn a_body_too_small_for_any_sphere_has_none() {
        let mut volume = body();
        for (v, value) in volume.data.iter_mut().enumerate() {
            *value = if v == 25 * 2500 + 25 * 50 + 25 { 9.0 } else { 0.0 };
        }
        let foreground = normalise::foreground(&volume).unwrap();
        assert_eq!(homogeneous_region(&volume, &foreground), None);
    }
}
