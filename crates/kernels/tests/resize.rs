//! Resize against the worked examples of the ONNX operator specification, and its own symmetries.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failing test should stop where it fails")]

use darkroom_kernels::resize::{self, Resize};
use darkroom_kernels::sampling::{Coordinates, Filter, Round, Sampling};
use darkroom_kernels::{Data, Elements, Kernel};

fn sampling(input: usize, output: usize, scale: f64, filter: Filter, coordinates: Coordinates) -> Sampling {
    Sampling { input, output, scale, filter, coordinates, antialias: false, exclude_outside: false }
}

/// A row resampled as its taps say.
fn sampled(sampling: Sampling, input: &[f32]) -> Vec<f32> {
    let tap = |taps: &darkroom_kernels::sampling::Taps| {
        let sum: f64 = taps.inputs.iter().map(|&(n, weight)| f64::from(input[n]) * weight).sum();
        taps.constant + sum as f32
    };
    sampling.taps().iter().map(tap).collect()
}

fn row(input: &[f32], out: usize, scale: f64, filter: Filter, coordinates: Coordinates) -> Vec<f32> {
    sampled(sampling(input.len(), out, scale, filter, coordinates), input)
}

fn close(got: &[f32], wanted: &[f32]) {
    assert_eq!(got.len(), wanted.len());
    assert!(got.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-5), "{got:?}, not {wanted:?}");
}

#[test]
fn linear_rows_follow_the_onnx_examples() {
    let x = [1.0, 2.0];
    close(&row(&x, 4, 2.0, Filter::Linear, Coordinates::HalfPixel), &[1.0, 1.25, 1.75, 2.0]);
    close(&row(&x, 4, 2.0, Filter::Linear, Coordinates::AlignCorners), &[1.0, 1.333_333_3, 1.666_666_6, 2.0]);
    close(&row(&x, 4, 2.0, Filter::Linear, Coordinates::Asymmetric), &[1.0, 1.5, 2.0, 2.0]);
    // The model's own factor counts, not the ratio of sizes: 4 * 0.6 is 2 voxels after rounding down.
    let x = [1.0, 2.0, 3.0, 4.0];
    close(&row(&x, 2, 0.6, Filter::Linear, Coordinates::HalfPixel), &[1.333_333_3, 3.0]);
    close(&row(&x, 2, 0.6, Filter::Linear, Coordinates::AlignCorners), &[1.0, 3.142_857]);
    close(&row(&x, 1, 0.25, Filter::Linear, Coordinates::PytorchHalfPixel), &[1.0]);
}

#[test]
fn nearest_rows_round_as_asked() {
    let x = [1.0, 2.0, 3.0, 4.0];
    let nearest = |round, coordinates| row(&x, 8, 2.0, Filter::Nearest(round), coordinates);
    close(&nearest(Round::Floor, Coordinates::Asymmetric), &[1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0]);
    close(&nearest(Round::PreferFloor, Coordinates::HalfPixel), &[1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0]);
    close(&nearest(Round::Ceil, Coordinates::Asymmetric), &[1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0, 4.0]);
    close(&nearest(Round::PreferFloor, Coordinates::Asymmetric), &[1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0]);
    close(&nearest(Round::PreferCeil, Coordinates::Asymmetric), &[1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0, 4.0]);
}

#[test]
fn cubic_rows_are_those_of_onnx_runtime() {
    let x = [1.0, 2.0, 3.0, 4.0];
    let cubic = |a| sampling(4, 3, 0.8, Filter::Cubic(a), Coordinates::HalfPixel);
    close(&sampled(cubic(-0.75), &x), &[1.094_238_3, 2.404_296_9, 3.705_566_4]);
    let apart = Sampling { exclude_outside: true, ..cubic(-0.5) };
    close(&sampled(apart, &x), &[1.073_625_3, 2.375, 3.718_835_4]);
    let widened = Sampling { antialias: true, ..sampling(4, 2, 0.6, Filter::Linear, Coordinates::HalfPixel) };
    let weights: f64 = widened.taps().iter().flat_map(|taps| &taps.inputs).map(|(_, weight)| weight).sum();
    assert!((weights - 2.0).abs() < 1e-12, "the weights of each output sum to one");
}

#[test]
fn beyond_a_region_lies_a_value_of_its_own() {
    let crop = Coordinates::CropAndResize { region: [0.5, 2.0], beyond: 10.0 };
    let x = [1.0, 2.0, 3.0];
    close(&row(&x, 4, 4.0 / 3.0, Filter::Linear, crop), &[2.0, 3.0, 10.0, 10.0]);
}

#[test]
fn linear_resampling_keeps_a_linear_volume_linear_in_every_channel() {
    let (in_size, out_size) = ([3, 4, 5], [5, 7, 9]);
    let resize = Resize { channels: 2, in_size, out_size, nearest: false };
    let axes: [_; 3] = std::array::from_fn(|i| {
        let scale = out_size[i] as f64 / in_size[i] as f64;
        sampling(in_size[i], out_size[i], scale, Filter::Linear, Coordinates::AlignCorners).taps()
    });
    let table = resize::table([&axes[0], &axes[1], &axes[2]]).unwrap();
    let Elements::U32(table) = table else { panic!("the table has words") };
    let volume = |c: f32, z: f32, y: f32, x: f32| 10.0 * c + z + 0.1 * y - 0.7 * x;
    let sample = |size: [usize; 3]| {
        let mut values = Vec::new();
        for c in 0..2 {
            for z in 0..size[0] {
                for y in 0..size[1] {
                    for x in 0..size[2] {
                        let at =
                            |i: usize, axis: usize| i as f32 * (in_size[axis] - 1) as f32 / (size[axis] - 1) as f32;
                        values.push(volume(c as f32, at(z, 0), at(y, 1), at(x, 2)));
                    }
                }
            }
        }
        values
    };
    let mut y = vec![0.0; resize.layout()[2].len()];
    resize.check().unwrap();
    resize.cpu(&[Data::F32(&sample(in_size)), Data::U32(&table)], &mut y);
    close(&y, &sample(out_size));
}
