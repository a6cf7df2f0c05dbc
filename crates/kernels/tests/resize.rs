//! Resize against the worked examples of the ONNX operator specification, and its own symmetries.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failing test should stop where it fails")]

use darkroom_kernels::resize::{Coordinates, Mode, Resize, Round};
use darkroom_kernels::{Data, Elements, Kernel};

fn row(input: &[f32], out: usize, scale: f32, mode: Mode, coordinates: Coordinates) -> Vec<f32> {
    let resize = Resize {
        channels: 1,
        in_size: [1, 1, input.len()],
        out_size: [1, 1, out],
        scale: [1.0, 1.0, scale],
        mode,
        coordinates,
    };
    run(&resize, input)
}

fn run(resize: &Resize, input: &[f32]) -> Vec<f32> {
    resize.check().unwrap();
    let Elements::U32(table) = resize.table() else { panic!("the table has words") };
    let mut y = vec![0.0; resize.layout()[2].len()];
    resize.cpu(&[Data::F32(input), Data::U32(&table)], &mut y);
    y
}

fn close(got: &[f32], wanted: &[f32]) {
    assert_eq!(got.len(), wanted.len());
    assert!(got.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-5), "{got:?}, not {wanted:?}");
}

#[test]
fn linear_rows_follow_the_onnx_examples() {
    let x = [1.0, 2.0];
    close(&row(&x, 4, 2.0, Mode::Linear, Coordinates::HalfPixel), &[1.0, 1.25, 1.75, 2.0]);
    close(&row(&x, 4, 2.0, Mode::Linear, Coordinates::AlignCorners), &[1.0, 1.333_333_3, 1.666_666_6, 2.0]);
    close(&row(&x, 4, 2.0, Mode::Linear, Coordinates::Asymmetric), &[1.0, 1.5, 2.0, 2.0]);
    // The model's own factor counts, not the ratio of sizes: 4 * 0.6 is 2 voxels after rounding down.
    let x = [1.0, 2.0, 3.0, 4.0];
    close(&row(&x, 2, 0.6, Mode::Linear, Coordinates::HalfPixel), &[1.333_333_3, 3.0]);
    close(&row(&x, 2, 0.6, Mode::Linear, Coordinates::AlignCorners), &[1.0, 4.0]);
    close(&row(&x, 1, 0.25, Mode::Linear, Coordinates::PytorchHalfPixel), &[1.0]);
}

#[test]
fn nearest_rows_round_as_asked() {
    let x = [1.0, 2.0, 3.0, 4.0];
    let nearest = |round, coordinates| row(&x, 8, 2.0, Mode::Nearest { round }, coordinates);
    close(&nearest(Round::Floor, Coordinates::Asymmetric), &[1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0]);
    close(&nearest(Round::PreferFloor, Coordinates::HalfPixel), &[1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0]);
    close(&nearest(Round::Ceil, Coordinates::Asymmetric), &[1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0, 4.0]);
    close(&nearest(Round::PreferFloor, Coordinates::Asymmetric), &[1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0]);
    close(&nearest(Round::PreferCeil, Coordinates::Asymmetric), &[1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0, 4.0]);
}

#[test]
fn linear_resampling_keeps_a_linear_volume_linear_in_every_channel() {
    let (in_size, out_size) = ([3, 4, 5], [5, 7, 9]);
    let scale = std::array::from_fn(|i| out_size[i] as f32 / in_size[i] as f32);
    let resize =
        Resize { channels: 2, in_size, out_size, scale, mode: Mode::Linear, coordinates: Coordinates::AlignCorners };
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
    close(&run(&resize, &sample(in_size)), &sample(out_size));
}
