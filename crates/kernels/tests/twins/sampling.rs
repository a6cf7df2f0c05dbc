//! The twins that sample a tensor at other points, against sums over all its elements.

use super::cases;
use super::definition::{close, f64s, flat, indices};
use darkroom_kernels::grid_sample::{GridSample, Interpolation, Padding};

#[test]
fn resample_sums_inputs_times_weights() {
    for sampling in cases::sampling::samplings() {
        let case = cases::sampling::resample(&sampling);
        let x = f64s(&case.reads[0]);
        let taps = sampling.taps();
        let wanted: Vec<f64> = indices([3, sampling.output, 13])
            .map(|[o, n, i]| {
                let sum: f64 =
                    taps[n].inputs.iter().map(|&(m, w)| w * x[flat([3, sampling.input, 13], [o, m, i])]).sum();
                sum + f64::from(taps[n].constant)
            })
            .collect();
        close(&sampling, case.twin().data().f32(), &wanted);
    }
}

/// The pixel that lies at any position, counted from the first; `None` where there are zeros.
fn pixel(sample: &GridSample, mut position: i64, size: i64) -> Option<usize> {
    while !(0..size).contains(&position) {
        position = match sample.padding {
            Padding::Zeros => return None,
            Padding::Border => position.clamp(0, size - 1),
            // Mirrors lie on the outermost pixels, or half a pixel beyond them.
            Padding::Reflection if sample.align_corners && position < 0 => -position,
            Padding::Reflection if sample.align_corners => 2 * (size - 1) - position,
            Padding::Reflection if position < 0 => -1 - position,
            Padding::Reflection => 2 * size - 1 - position,
        };
    }
    Some(position as usize)
}

/// The weight of every pixel along one axis.
fn weights(sample: &GridSample, coordinate: f64, size: usize) -> Vec<f64> {
    let n = size as f64;
    let edge = if sample.align_corners { 0.0 } else { 0.5 };
    let (low, high) = (-edge, n - 1.0 + edge);
    let mut c = low + (coordinate + 1.0) / 2.0 * (high - low);
    while !(low..=high).contains(&c) {
        c = match sample.padding {
            Padding::Zeros => break,
            Padding::Border => c.clamp(0.0, n - 1.0),
            Padding::Reflection if c < low => 2.0 * low - c,
            Padding::Reflection => 2.0 * high - c,
        };
    }
    let weight = |d: f64| match sample.interpolation {
        Interpolation::Nearest => f64::from(u8::from(d <= 0.5)),
        Interpolation::Linear => (1.0 - d).max(0.0),
        Interpolation::Cubic if d <= 1.0 => 1.25 * d.powi(3) - 2.25 * d.powi(2) + 1.0,
        Interpolation::Cubic if d < 2.0 => -0.75 * (d.powi(3) - 5.0 * d.powi(2) + 8.0 * d - 4.0),
        Interpolation::Cubic => 0.0,
    };
    let mut weights = vec![0.0; size];
    for position in -20..20 + size as i64 {
        if let Some(pixel) = pixel(sample, position, size as i64) {
            weights[pixel] += weight((c - position as f64).abs());
        }
    }
    weights
}

#[test]
fn grid_sample_sums_all_pixels_by_their_distance() {
    for sample in cases::sampling::grid_samples() {
        let case = cases::sampling::grid_sample(&sample);
        let (x, grid) = (f64s(&case.reads[0]), f64s(&case.reads[1]));
        let GridSample { batch, channels, size: [d, h, w], points, .. } = sample;
        let axes = if sample.volume { 3 } else { 2 };
        let wanted: Vec<f64> = indices([batch, channels, points])
            .map(|[n, c, p]| {
                let at = &grid[(n * points + p) * axes..][..axes];
                let (columns, rows) = (weights(&sample, at[0], w), weights(&sample, at[1], h));
                let planes = at.get(2).map_or(vec![1.0], |&z| weights(&sample, z, d));
                let product = |[i, j, k]: [usize; 3]| {
                    planes[i] * rows[j] * columns[k] * x[flat([batch, channels, d, h, w], [n, c, i, j, k])]
                };
                indices([d, h, w]).map(product).sum()
            })
            .collect();
        close(&sample, case.twin().data().f32(), &wanted);
    }
}
