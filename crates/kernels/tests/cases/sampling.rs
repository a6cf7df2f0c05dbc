//! Cases of the kernels that sample a tensor at other points.

use darkroom_kernels::grid_sample::{GridSample, Interpolation, Padding};
use darkroom_kernels::resample::{self, Resample};
use darkroom_kernels::resize::{self, Resize};
use darkroom_kernels::roi_align::RoiAlign;
use darkroom_kernels::sampling::{Coordinates, Filter, Round, Sampling};
use darkroom_kernels::{Elements, Kernel};

use super::{Case, noise};

/// An axis resampled by the ratio of its sizes.
pub(crate) fn axis(input: usize, output: usize, filter: Filter, coordinates: Coordinates) -> Sampling {
    let scale = output as f64 / input as f64;
    Sampling { input, output, scale, filter, coordinates, antialias: false, exclude_outside: false }
}

fn resizes() -> Vec<Case> {
    let filters = [Filter::Nearest(Round::PreferFloor), Filter::Nearest(Round::Ceil), Filter::Linear];
    let mut all = Vec::new();
    for filter in filters {
        for coordinates in [Coordinates::Asymmetric, Coordinates::HalfPixel] {
            for (in_size, out_size) in [([2, 3, 5], [4, 6, 10]), ([3, 5, 7], [5, 4, 1])] {
                let nearest = filter != Filter::Linear;
                let kernel = Resize { channels: 6, in_size, out_size, nearest };
                let taps: [_; 3] = std::array::from_fn(|i| axis(in_size[i], out_size[i], filter, coordinates).taps());
                let table = resize::table([&taps[0], &taps[1], &taps[2]]).unwrap();
                let x = noise(1, kernel.layout()[0].len());
                all.push(Case { kernel: Box::new(kernel), reads: vec![Elements::F32(x), table] });
            }
        }
    }
    all
}

/// Cubic up and down, widened, and with a value of its own beyond the input.
pub(crate) fn samplings() -> Vec<Sampling> {
    let crop = Coordinates::CropAndResize { region: [-0.3, 0.8], beyond: 7.5 };
    vec![
        axis(7, 17, Filter::Cubic(-0.75), Coordinates::HalfPixel),
        Sampling { exclude_outside: true, ..axis(11, 6, Filter::Cubic(-0.5), Coordinates::AlignCorners) },
        Sampling { antialias: true, ..axis(23, 4, Filter::Cubic(-0.75), Coordinates::HalfPixel) },
        Sampling { antialias: true, ..axis(19, 5, Filter::Linear, Coordinates::HalfPixelSymmetric) },
        axis(9, 8, Filter::Linear, crop),
    ]
}

pub(crate) fn resample(sampling: &Sampling) -> Case {
    let (table, taps) = resample::table(&sampling.taps());
    let kernel = Resample { outer: 3, input: sampling.input, output: sampling.output, inner: 13, taps };
    let x = noise(1, kernel.layout()[0].len());
    Case { kernel: Box::new(kernel), reads: vec![Elements::F32(x), table] }
}

/// Images and volumes in every mode.
pub(crate) fn grid_samples() -> Vec<GridSample> {
    let mut all = Vec::new();
    for interpolation in [Interpolation::Nearest, Interpolation::Linear, Interpolation::Cubic] {
        for padding in [Padding::Zeros, Padding::Border, Padding::Reflection] {
            for align_corners in [false, true] {
                let kernel = GridSample {
                    batch: 2,
                    channels: 3,
                    size: [1, 5, 7],
                    points: 91,
                    volume: false,
                    interpolation,
                    padding,
                    align_corners,
                };
                all.push(GridSample { size: [4, 3, 5], volume: true, ..kernel.clone() });
                all.push(kernel);
            }
        }
    }
    all
}

/// Points in and around the image.
pub(crate) fn grid_sample(kernel: &GridSample) -> Case {
    let layout = kernel.layout();
    let grid = noise(2, layout[1].len()).into_iter().map(|v| 1.7 * v).collect();
    let reads = vec![Elements::F32(noise(1, layout[0].len())), Elements::F32(grid)];
    Case { kernel: Box::new(kernel.clone()), reads }
}

/// Both poolings, with samples counted or one a pixel.
pub(crate) fn roi_aligns() -> Vec<RoiAlign> {
    let plain = RoiAlign {
        batch: 2,
        channels: 3,
        size: [9, 13],
        count: 7,
        bins: [2, 3],
        samples: 0,
        scale: 0.5,
        half_pixel: true,
        max: false,
    };
    vec![
        plain.clone(),
        RoiAlign { samples: 3, half_pixel: false, ..plain.clone() },
        RoiAlign { samples: 2, max: true, ..plain.clone() },
        RoiAlign { half_pixel: false, max: true, ..plain },
    ]
}

/// Regions in and around the images, one of them inside out.
pub(crate) fn roi_align(kernel: &RoiAlign) -> Case {
    let x = noise(1, kernel.layout()[0].len());
    let corner = |v: f32, span: f32| 13.0 + span * v;
    let mut regions: Vec<f32> = noise(2, 4 * kernel.count)
        .chunks(4)
        .flat_map(|v| {
            [
                corner(v[0], 17.0),
                corner(v[1], 12.0),
                corner(v[0], 17.0) + 9.0 * (1.1 + v[2]),
                corner(v[1], 12.0) + 8.0 * (1.1 + v[3]),
            ]
        })
        .collect();
    regions.swap(0, 2);
    let owners = (0..kernel.count as i32).map(|n| n % kernel.batch as i32).collect();
    let reads = vec![Elements::F32(x), Elements::F32(regions), Elements::I32(owners)];
    Case { kernel: Box::new(kernel.clone()), reads }
}

/// Every case of this family.
pub(crate) fn all() -> Vec<Case> {
    let mut all = resizes();
    all.extend(samplings().iter().map(resample));
    all.extend(grid_samples().iter().map(grid_sample));
    all.extend(roi_aligns().iter().map(roi_align));
    all
}
