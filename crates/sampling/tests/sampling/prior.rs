//! A Gaussian prior, whose denoiser is exact: E\[x0 | x\] = m + a C (a² C + s² I)⁻¹ (x − a m).
//!
//! With it a sampler is an affine map of its noise, so its mean and covariance follow without drawing anything: one run
//! of many copies, each with one unit of noise ([`Basis`]). What differs from the prior's is the error of the steps.

use crate::support::{Basis, finish, output, unscaled};
use darkroom_sampling::{Diffusion, Inputs, Level, Noise, Plan, Run, Settings};

pub(crate) const MEAN: [f64; 2] = [0.7, -0.4];
/// Eigenvalues of the covariance, and its first eigenvector.
pub(crate) const EIGEN: [f64; 2] = [2.25, 0.16];
pub(crate) const AXIS: [f64; 2] = [0.8, 0.6];

/// Applies `f(eigenvalue)` along each axis.
pub(crate) fn along_axes(v: [f64; 2], f: impl Fn(f64) -> f64) -> [f64; 2] {
    let p = [AXIS[0] * v[0] + AXIS[1] * v[1], -AXIS[1] * v[0] + AXIS[0] * v[1]];
    let q = [f(EIGEN[0]) * p[0], f(EIGEN[1]) * p[1]];
    [AXIS[0] * q[0] - AXIS[1] * q[1], AXIS[1] * q[0] + AXIS[0] * q[1]]
}

/// E\[x0 | x\] of every copy.
pub(crate) fn denoise(level: Level, x: &[f64]) -> Vec<f64> {
    let Level { signal: a, noise: s, .. } = level;
    let copy = |x: &[f64]| {
        let v = along_axes([x[0] - a * MEAN[0], x[1] - a * MEAN[1]], |c| a * c / (a * a * c + s * s));
        [MEAN[0] + v[0], MEAN[1] + v[1]]
    };
    x.chunks_exact(2).flat_map(copy).collect()
}

/// The prior's covariance as xx, xy, yy after `f` on its eigenvalues.
pub(crate) fn covariance(f: impl Fn(f64) -> f64) -> [f64; 3] {
    let (first, second) = (along_axes([1.0, 0.0], &f), along_axes([0.0, 1.0], &f));
    [first[0], first[1], second[1]]
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Moments {
    pub(crate) mean: [f64; 2],
    pub(crate) covariance: [f64; 3],
}

impl Moments {
    pub(crate) fn prior() -> Self {
        Self { mean: MEAN, covariance: covariance(|c| c) }
    }

    /// The largest difference of any entry.
    pub(crate) fn error(&self, other: &Self) -> f64 {
        let pairs = self.mean.iter().zip(&other.mean).chain(self.covariance.iter().zip(&other.covariance));
        pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
    }
}

/// The result of a sampler run on copies of the image, and the plan's number of steps.
pub(crate) fn result<N: Noise>(card: &Diffusion, settings: &Settings, noise: N, copies: usize) -> Vec<f64> {
    let plan = Plan::new(card, settings).unwrap();
    let mut run = Run::begin(plan, 2 * copies, noise, Inputs::default()).unwrap();
    let prediction = card.prediction;
    finish(&mut run, &|request, level| {
        let x = unscaled(request, prediction, level);
        output(prediction, level, &x, &denoise(level, &x))
    });
    run.x().iter().copied().map(f64::from).collect()
}

/// The moments that the sampler's affine map has, without drawing.
pub(crate) fn moments(card: &Diffusion, settings: &Settings) -> Moments {
    let basis = Basis { width: 2, steps: Plan::new(card, settings).unwrap().steps().len() };
    affine_moments(&result(card, settings, basis, basis.copies()))
}

pub(crate) fn affine_moments(x: &[f64]) -> Moments {
    let mean = [x[0], x[1]];
    let mut covariance = [0.0; 3];
    for copy in x[2..].chunks_exact(2) {
        let column = [copy[0] - mean[0], copy[1] - mean[1]];
        for (sum, [i, j]) in covariance.iter_mut().zip([[0, 0], [0, 1], [1, 1]]) {
            *sum += column[i] * column[j];
        }
    }
    Moments { mean, covariance }
}
