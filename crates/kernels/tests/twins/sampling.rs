//! The twins that sample a tensor at other points, against sums over all its elements.

use super::cases;
use super::definition::{close, f64s, flat, indices};
use darkroom_kernels::grid_sample::{GridSample, Interpolation, Padding};
use darkroom_kernels::roi_align::RoiAlign;

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

#[test]
fn roi_align_pools_samples_by_hats_around_every_pixel() {
    for align in cases::sampling::roi_aligns() {
        let case = cases::sampling::roi_align(&align);
        let (x, regions, owners) = (f64s(&case.reads[0]), f64s(&case.reads[1]), f64s(&case.reads[2]));
        let RoiAlign { batch, channels, size: [height, width], count, bins: [rows, columns], .. } = align;
        let shift = if align.half_pixel { 0.5 } else { 0.0 };
        // The samples of a bin along one axis of a region.
        let samples = |low: f64, high: f64, bins: usize, bin: usize| -> Vec<f64> {
            let extent = (high - low) * f64::from(align.scale);
            let size = if align.half_pixel { extent } else { extent.max(1.0) } / bins as f64;
            let n = if align.samples > 0 { align.samples } else { size.ceil().max(0.0) as usize };
            let at =
                |k: usize| low * f64::from(align.scale) - shift + (bin as f64 + (k as f64 + 0.5) / n as f64) * size;
            (0..n).map(at).collect()
        };
        let hat = |v: f64, pixel: usize, size: usize| {
            let inside = (-1.0..=size as f64).contains(&v);
            if inside { (1.0 - (v.clamp(0.0, size as f64 - 1.0) - pixel as f64).abs()).max(0.0) } else { 0.0 }
        };
        let wanted: Vec<f64> = indices([count, channels, rows, columns])
            .map(|[n, c, a, b]| {
                let region = &regions[4 * n..4 * n + 4];
                let points = samples(region[1], region[3], rows, a)
                    .into_iter()
                    .flat_map(|v| samples(region[0], region[2], columns, b).into_iter().map(move |u| (v, u)));
                // The four weighted corners of every sample; those without weight are zeros.
                let weighted: Vec<Vec<f64>> = points
                    .map(|(v, u)| {
                        let weights = indices([height, width])
                            .map(|[i, j]| ([i, j], hat(v, i, height) * hat(u, j, width)))
                            .filter(|&(_, weight)| weight > 0.0);
                        let place =
                            |[i, j]: [usize; 2]| flat([batch, channels, height, width], [owners[n] as usize, c, i, j]);
                        let mut corners: Vec<f64> = weights.map(|(at, weight)| weight * x[place(at)]).collect();
                        corners.resize(4, 0.0);
                        corners
                    })
                    .collect();
                match (weighted.is_empty(), align.max) {
                    (true, _) => 0.0,
                    (_, false) => weighted.iter().flatten().sum::<f64>() / weighted.len() as f64,
                    (_, true) => weighted.iter().flatten().copied().fold(f64::MIN, f64::max),
                }
            })
            .collect();
        close(&align, case.twin().data().f32(), &wanted);
    }
}
