//! How far noise reaches: the width of its correlation, measured on the image.

use super::FWHM;
use crate::Volume;
use crate::normalise::Foreground;

/// Deviations beyond this many times the median are edges, not noise.
const EDGE: f64 = 6.0;
/// Widest smoothing tried, in standard deviations of voxels, and the step.
const WIDEST: f64 = 2.5;
const STEP: f64 = 0.01;

/// The full width at half maximum, in millimetres, of the Gaussian that turns white noise into noise whose in-plane second
/// differences are correlated as the image's are; zero for white noise.
pub(super) fn width(volume: &Volume, foreground: &Foreground) -> f64 {
    let Some(found) = correlation(volume, foreground) else { return 0.0 };
    let steps = (WIDEST / STEP) as usize;
    let fits = |deviation: &f64| expected(*deviation) >= found;
    let deviation = (0..=steps).map(|n| n as f64 * STEP).find(fits).unwrap_or(WIDEST);
    let [x, y, _] = volume.spacing();
    FWHM * deviation * f64::midpoint(x, y)
}

/// Correlation of neighbouring second differences of white noise under a Gaussian of so many voxels.
///
/// Smoothed white noise has the autocorrelation rho(k) = exp(-k^2 / (4 deviation^2)), and second differences the
/// autocovariance 6 rho(k) - 4 (rho(k-1) + rho(k+1)) + rho(k-2) + rho(k+2).
fn expected(deviation: f64) -> f64 {
    let rho = |k: f64| {
        if deviation > 0.0 { (-k * k / (4.0 * deviation * deviation)).exp() } else { f64::from(u8::from(k == 0.0)) }
    };
    let at = |k: f64| 6.0 * rho(k) - 4.0 * (rho((k - 1.0).abs()) + rho(k + 1.0)) + rho((k - 2.0).abs()) + rho(k + 2.0);
    at(1.0) / at(0.0)
}

/// Correlation of neighbouring second differences over both in-plane axes of the foreground; `None` without noise.
fn correlation(volume: &Volume, foreground: &Foreground) -> Option<f64> {
    let [nx, ny, nz] = volume.dims;
    let inside = |index: usize| f64::from(foreground.smooth[index]) > foreground.threshold;
    let second = |index: usize, step: usize| {
        let [before, centre, after] = [index - step, index, index + step].map(|at| f64::from(volume.data[at]));
        (before - 2.0 * centre + after) / f64::from(foreground.smooth[index])
    };
    let mut pairs: Vec<[f64; 2]> = Vec::new();
    for k in 0..nz {
        for j in 1..ny.saturating_sub(2) {
            for i in 1..nx.saturating_sub(2) {
                let here = volume.index(i, j, k);
                for step in [1, nx] {
                    if inside(here) && inside(here + step) {
                        pairs.push([second(here, step), second(here + step, step)]);
                    }
                }
            }
        }
    }
    let mut sizes: Vec<f64> = pairs.iter().map(|pair| pair[0].abs()).collect();
    let middle = sizes.len() / 2;
    if sizes.is_empty() {
        return None;
    }
    let (_, median, _) = sizes.select_nth_unstable_by(middle, f64::total_cmp);
    let most = EDGE * *median;
    let (mut product, mut square) = (0.0, 0.0);
    for [a, b] in pairs.into_iter().filter(|pair| pair.iter().all(|value| value.abs() <= most)) {
        product += a * b;
        square += f64::midpoint(a * a, b * b);
    }
    (square > 0.0).then(|| product / square)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_noise_has_two_thirds_and_smooth_noise_less() {
        assert!((expected(0.0) + 2.0 / 3.0).abs() < 1e-12);
        let values: Vec<f64> = (0..=250).map(|n| expected(f64::from(n) * STEP)).collect();
        assert!(values.windows(2).all(|pair| pair[1] >= pair[0] - 1e-12) && values[250] > 0.7);
    }
}
