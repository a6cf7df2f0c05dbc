//! The twins of the diffusion kernels, against their definitions.

use super::cases::{self, Case};
use crate::definition::{close, f64s, flat, indices};
use darkroom_kernels::denoise::Denoise;
use darkroom_kernels::haar::Haar;

/// Box and Muller in float64: the upper 24 bits of each word.
fn normal(radius: u32, angle: u32) -> [f64; 2] {
    let share = |word: u32, more: u32| f64::from((word >> 8) + more) / 16_777_216.0;
    let (sine, cosine) = (std::f64::consts::TAU * share(angle, 0)).sin_cos();
    let radius = (-2.0 * share(radius, 1).ln()).sqrt();
    [radius * cosine, radius * sine]
}

#[test]
fn noise_begins_with_the_known_answer_of_philox() {
    // Random123, kat_vectors, "philox4x32 10" of zeros.
    let words = [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8];
    let wanted = [normal(words[0], words[1]), normal(words[2], words[3])].concat();
    let case = &cases::diffusion::noises()[0];
    close(&case.kernel, case.twin().data().f32(), &wanted);
}

#[test]
fn noise_is_standard_normal_and_differs_between_draws() {
    let all: Vec<Vec<f64>> = cases::diffusion::noises().iter().map(|case| f64s(&case.twin())).collect();
    let long = all.iter().max_by_key(|values| values.len()).unwrap();
    let count = long.len() as f64;
    let mean = long.iter().sum::<f64>() / count;
    let variance = long.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
    // Five standard deviations of a mean and of a variance over so many.
    assert!(
        mean.abs() < 5.0 / count.sqrt() && (variance - 1.0).abs() < 5.0 * (2.0 / count).sqrt(),
        "{mean} {variance}"
    );
    for (n, values) in all.iter().enumerate() {
        assert!(all[..n].iter().all(|other| other[0] != values[0]));
    }
}

#[test]
fn denoise_predicts_clamps_and_combines() {
    for (Denoise { len, learned }, case) in cases::diffusion::denoises() {
        let [with, state, output, anchor, noise] = [0, 1, 2, 3, 4].map(|n| f64s(&case.reads[n]));
        let (mut next, mut predicted) = (Vec::new(), Vec::new());
        for i in 0..len {
            let x0 = (with[0] * state[i] + with[1] * output[i]).max(-with[2]).min(with[2]) / with[3];
            let share = if learned { (output[len + i] + 1.0) / 2.0 } else { 0.0 };
            let spread = if learned { f64::exp((with[10] + (with[11] - with[10]) * share) / 2.0) } else { 1.0 };
            let images = with[4] * state[i] + with[5] * x0 + with[6] * output[i] + with[7] * state[len + i];
            next.push(images + with[8] * anchor[i] + with[9] * spread * noise[i]);
            predicted.push(x0);
        }
        close(&case.kernel, case.twin().data().f32(), &[next, predicted].concat());
    }
}

/// One level along one axis of a tensor: means in the first half, details in the second.
fn halves<const N: usize>(x: &[f64], dims: [usize; N], axis: usize) -> Vec<f64> {
    let mut y = vec![0.0; x.len()];
    let half = dims[axis] / 2;
    for index in indices(dims) {
        let at = |place: usize| {
            let mut moved = index;
            moved[axis] = place;
            flat(dims, moved)
        };
        let pair = 2 * (index[axis] % half);
        let (a, b) = (x[at(pair)], x[at(pair + 1)]);
        y[flat(dims, index)] = if index[axis] < half { a + b } else { a - b } / 2.0_f64.sqrt();
    }
    y
}

#[test]
fn haar_halves_each_axis_into_means_and_details() {
    for haar in cases::diffusion::haars().into_iter().filter(|haar| !haar.inverse) {
        let case = cases::plain(haar.clone());
        let Haar { batch, channels, dims: [depth, height, width], volume, .. } = haar;
        let deep = if volume { 2 } else { 1 };
        let dims = [batch, channels, deep * depth, 2 * height, 2 * width];
        let mut x = f64s(&case.reads[0]);
        for axis in if volume { 2..5 } else { 3..5 } {
            x = halves(&x, dims, axis);
        }
        let bands = 4 * deep;
        let wanted: Vec<f64> = indices([batch, bands, channels, depth, height, width])
            .map(|[b, k, c, d, h, w]| {
                let place = [b, c, d + (k >> 2) * depth, h + (k >> 1 & 1) * height, w + (k & 1) * width];
                x[flat(dims, place)]
            })
            .collect();
        close(&haar, case.twin().data().f32(), &wanted);
    }
}

#[test]
fn haar_comes_back() {
    for haar in cases::diffusion::haars().into_iter().filter(|haar| !haar.inverse) {
        let case = cases::plain(haar.clone());
        let wanted = f64s(&case.reads[0]);
        let back = Case { kernel: Box::new(Haar { inverse: true, ..haar.clone() }), reads: vec![case.twin()] };
        close(&haar, back.twin().data().f32(), &wanted);
    }
}
