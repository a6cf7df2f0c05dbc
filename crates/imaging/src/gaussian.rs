//! Gaussian smoothing in millimetres.

use crate::Volume;

/// Where the kernel is cut, in standard deviations, where nothing else is asked for.
const TRUNCATE: f64 = 4.0;

/// What lies beyond the edges of a volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edges {
    /// The outermost voxel again and again.
    Replicated,
    /// The volume mirrored, the outermost voxel twice: SciPy's "reflect".
    Mirrored,
}

impl Edges {
    /// The voxel of a line of `n` that stands at a place, which may lie beyond its ends.
    fn at(self, place: isize, n: usize) -> usize {
        match self {
            Self::Replicated => place.clamp(0, n as isize - 1) as usize,
            Self::Mirrored => {
                let turn = place.rem_euclid(2 * n as isize) as usize;
                turn.min(2 * n - 1 - turn)
            }
        }
    }
}

/// The volume's values under a Gaussian of standard deviation `sigma_mm`, edges replicated.
///
/// Separable; each axis has its own width in voxels. Sums are float64, i fastest as in the volume.
#[must_use]
pub fn gaussian(volume: &Volume, sigma_mm: f64) -> Vec<f32> {
    smoothed(volume, sigma_mm, TRUNCATE, Edges::Replicated)
}

/// [`gaussian`] with the kernel cut at so many standard deviations and the edges as told.
pub(crate) fn smoothed(volume: &Volume, sigma_mm: f64, truncate: f64, edges: Edges) -> Vec<f32> {
    let mut data = volume.data.clone();
    let mut stride = 1;
    for (axis, spacing) in volume.spacing().into_iter().enumerate() {
        let taps = taps(sigma_mm / spacing, truncate);
        along(&mut data, volume.dims[axis], stride, &taps, edges);
        stride *= volume.dims[axis];
    }
    data
}

/// One half of the kernel, the centre first; both halves together sum to one.
fn taps(sigma: f64, truncate: f64) -> Vec<f64> {
    let reach = (truncate * sigma).round().max(0.0) as usize;
    let half: Vec<f64> =
        (0..=reach).map(|n| (-0.5 * (n as f64 / sigma.max(f64::MIN_POSITIVE)).powi(2)).exp()).collect();
    let sum = 2.0 * half.iter().sum::<f64>() - half[0];
    half.into_iter().map(|tap| tap / sum).collect()
}

/// Convolves every line of `n` values that lie `stride` apart.
fn along(data: &mut [f32], n: usize, stride: usize, taps: &[f64], edges: Edges) {
    let reach = taps.len() - 1;
    // The line with what lies beyond its ends, so that no place in it is a special case.
    let mut line = vec![0.0_f64; n + 2 * reach];
    for block in data.chunks_exact_mut((n * stride).max(1)) {
        for start in 0..stride {
            for (place, slot) in line.iter_mut().enumerate() {
                *slot = f64::from(block[start + edges.at(place as isize - reach as isize, n) * stride]);
            }
            for at in 0..n {
                let (before, here, after) = (&line[at..at + reach], line[at + reach], &line[at + reach + 1..]);
                let sides = before.iter().rev().zip(after).zip(&taps[1..]);
                let sum: f64 = sides.map(|((before, after), tap)| tap * (before + after)).sum();
                block[start + at * stride] = (taps[0] * here + sum) as f32;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Unit;

    fn volume(dims: [usize; 3], spacing: [f64; 3], data: Vec<f32>) -> Volume {
        let [x, y, z] = spacing;
        let affine = [[x, 0.0, 0.0, 0.0], [0.0, y, 0.0, 0.0], [0.0, 0.0, z, 0.0]];
        Volume::new(dims, data, affine, Unit::Suv).unwrap()
    }

    #[test]
    fn a_point_spreads_with_the_variance_asked_for_on_every_axis() {
        let dims = [41, 31, 21];
        let mut data = vec![0.0; 41 * 31 * 21];
        data[(10 * 31 + 15) * 41 + 20] = 1.0;
        let spacing = [1.0, 1.5, 2.5];
        let smooth = gaussian(&volume(dims, spacing, data), 4.0);
        let sum: f64 = smooth.iter().map(|&v| f64::from(v)).sum();
        assert!((sum - 1.0).abs() < 1e-4, "{sum}");
        for axis in 0..3 {
            let variance: f64 = (0..smooth.len())
                .map(|n| {
                    let at = [n % 41, n / 41 % 31, n / (41 * 31)][axis] as f64;
                    let distance = (at - [20.0, 15.0, 10.0][axis]) * spacing[axis];
                    f64::from(smooth[n]) * distance * distance
                })
                .sum();
            assert!((variance.sqrt() - 4.0).abs() < 0.05, "axis {axis}: {}", variance.sqrt());
        }
    }

    #[test]
    fn beyond_the_edge_lies_what_was_asked_for() {
        let places = |edges: Edges| (-4..8).map(|place| edges.at(place, 3)).collect::<Vec<_>>();
        assert_eq!(places(Edges::Replicated), [0, 0, 0, 0, 0, 1, 2, 2, 2, 2, 2, 2]);
        // c | c b a | a b c | c b a | a b
        assert_eq!(places(Edges::Mirrored), [2, 2, 1, 0, 0, 1, 2, 2, 1, 0, 0, 1]);
    }

    #[test]
    fn a_constant_stays_up_to_the_edge() {
        let smooth = gaussian(&volume([5, 4, 3], [2.0; 3], vec![7.0; 60]), 12.0);
        assert!(smooth.iter().all(|value| (value - 7.0).abs() < 1e-5));
    }
}
