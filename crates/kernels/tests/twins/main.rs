//! The twins against the definitions, written out index by index in float64.
//!
//! A twin adds up to a few thousand float32 products; 1e-5 of the largest result covers their
//! rounding, and nothing that a wrong index, stride or padding would leave.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failing test should stop where it fails")]

#[path = "../cases/mod.rs"]
mod cases;
mod definition;
mod diffusion;
mod indexing;
mod oddments;
mod pointwise;
mod recurrent;
mod reduction;
mod sampling;
mod weighted;

use cases::{Case, noise};
use darkroom_kernels::attention::Attention;
use darkroom_kernels::copy::Copy;
use darkroom_kernels::norm_apply::NormApply;
use darkroom_kernels::norm_combine::NormCombine;
use darkroom_kernels::norm_stats::NormStats;
use darkroom_kernels::pad::PadMode;
use darkroom_kernels::softmax::Softmax;
use darkroom_kernels::{Activation, Data, Kernel, RANK, Step};
use definition::{close, f64s, flat, indices};

fn activate(activation: Activation, v: f64) -> f64 {
    match activation {
        Activation::None => v,
        Activation::Relu => v.max(0.0),
        Activation::LeakyRelu(alpha) => v.max(0.0) + f64::from(alpha) * v.min(0.0),
        Activation::Sigmoid => 1.0 / (1.0 + (-v).exp()),
        Activation::Silu => v / (1.0 + (-v).exp()),
        Activation::Tanh => v.tanh(),
    }
}

#[test]
fn group_norm_survives_an_offset_mean() {
    let (batch, channels, groups, spatial) = (2, 6, 3, 2311);
    let x: Vec<f32> = noise(1, batch * channels * spatial).iter().map(|v| 1000.0 + v).collect();
    let (gamma, beta) = (noise(2, channels), noise(3, channels));
    let len = channels / groups * spatial;
    let stats = NormStats { rows: batch * groups, len };
    let combine = NormCombine { batch, channels, groups, partials: stats.partials(), epsilon: 1e-5 };
    let apply = NormApply { batch, channels, spatial, per_batch: true, modulated: false, activation: Activation::Silu };
    let mut partials = vec![0.0; stats.layout()[1].len()];
    stats.cpu(&[Data::F32(&x)], &mut partials);
    let mut table = vec![0.0; 2 * batch * channels];
    combine.cpu(&[Data::F32(&partials), Data::F32(&gamma), Data::F32(&beta)], &mut table);
    let mut y = vec![0.0; x.len()];
    apply.cpu(&[Data::F32(&x), Data::F32(&table)], &mut y);

    for (row, (x, y)) in x.chunks(len).zip(y.chunks(len)).enumerate() {
        let mean = x.iter().map(|&v| f64::from(v)).sum::<f64>() / len as f64;
        let variance = x.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum::<f64>() / len as f64;
        for (i, (&x, &y)) in x.iter().zip(y).enumerate() {
            let c = row % groups * (channels / groups) + i / spatial;
            let normal = (f64::from(x) - mean) / (variance + 1e-5).sqrt();
            let wanted = activate(Activation::Silu, normal * f64::from(gamma[c]) + f64::from(beta[c]));
            // x and shift are float32 near 1000 / sigma: each is rounded to 1e-4.
            assert!((f64::from(y) - wanted).abs() < 3e-4, "row {row}, element {i}: {y}, not {wanted}");
        }
    }
}

#[test]
fn norm_apply_scales_shifts_and_modulates() {
    for apply in cases::norm_applies() {
        let case = cases::plain(apply.clone());
        let reads: Vec<Vec<f64>> = case.reads.iter().map(f64s).collect();
        let shape = [apply.batch, apply.channels, apply.spatial];
        let wanted: Vec<f64> = indices(shape)
            .map(|[n, c, p]| {
                let i = flat(shape, [n, c, p]);
                let table = 2 * (c + if apply.per_batch { n * apply.channels } else { 0 });
                let normal = reads[0][i] * reads[1][table] + reads[1][table + 1];
                let value = if apply.modulated { reads[2][i] * normal + reads[3][i] } else { normal };
                activate(apply.activation, value)
            })
            .collect();
        close(&apply, case.twin().data().f32(), &wanted);
    }
}

#[test]
fn attention_weighs_values_by_the_softmax_of_scores() {
    for att in cases::attentions() {
        let case = cases::plain(att.clone());
        let [q, k, v] = [0, 1, 2].map(|i| f64s(&case.reads[i]));
        let Attention { batch, heads, queries, keys, head_dim, value_dim, scale } = att;
        let wanted: Vec<f64> = indices([batch * heads, queries, value_dim])
            .map(|[map, l, e]| {
                let weight = |s: usize| {
                    let product =
                        |d| q[flat([1, queries, head_dim], [map, l, d])] * k[flat([1, keys, head_dim], [map, s, d])];
                    (f64::from(scale) * (0..head_dim).map(product).sum::<f64>()).exp()
                };
                let total: f64 = (0..keys).map(weight).sum();
                (0..keys).map(|s| weight(s) * v[flat([1, keys, value_dim], [map, s, e])]).sum::<f64>() / total
            })
            .collect();
        close(&att, case.twin().data().f32(), &wanted);
    }
}

#[test]
fn softmax_sums_to_one_along_its_axis() {
    for softmax in cases::softmaxes() {
        let case = cases::plain(softmax.clone());
        let x = f64s(&case.reads[0]);
        let Softmax { outer, len, inner } = softmax;
        let wanted: Vec<f64> = indices([outer, len, inner])
            .map(|[o, i, n]| {
                let at = |i: usize| x[(o * len + i) * inner + n].exp();
                at(i) / (0..len).map(at).sum::<f64>()
            })
            .collect();
        close(&softmax, case.twin().data().f32(), &wanted);
    }
}

#[test]
fn copy_moves_each_element_of_the_box() {
    for copy in cases::copies() {
        let case = cases::plain(copy.clone());
        let source = f64s(&case.reads[0]);
        let Copy { dims, source: read, destination: write } = copy;
        let mut wanted = vec![0.0; write.len];
        for index in indices(dims) {
            let at = |offset: usize, strides: [isize; RANK]| {
                index
                    .iter()
                    .zip(strides)
                    .fold(offset, |at, (&i, stride)| at.strict_add_signed(i.cast_signed() * stride))
            };
            wanted[at(write.offset, write.strides)] = source[at(read.offset, read.strides)];
        }
        close(&copy, case.twin().data().f32(), &wanted);
    }
}

#[test]
fn pad_repeats_mirrors_or_fills() {
    for pad in cases::pads() {
        let case = cases::plain(pad.clone());
        let x = f64s(&case.reads[0]);
        let wanted: Vec<f64> = indices(pad.out_dims())
            .map(|index| {
                let mut inside = [0; RANK];
                for i in 0..RANK {
                    let mut c = index[i].cast_signed() - pad.begin[i].cast_signed();
                    let last = pad.dims[i].cast_signed() - 1;
                    c = match pad.mode {
                        PadMode::Constant(value) if c < 0 || c > last => return f64::from(f32::from_bits(value)),
                        PadMode::Wrap => c.rem_euclid(last + 1),
                        PadMode::Reflect if c < 0 => -c,
                        PadMode::Reflect if c > last => 2 * last - c,
                        _ => c.clamp(0, last),
                    };
                    inside[i] = c.unsigned_abs();
                }
                x[flat(pad.dims, inside)]
            })
            .collect();
        close(&pad, case.twin().data().f32(), &wanted);
    }
}

#[test]
fn every_step_fits_its_uniform_slot_and_the_dispatch_limit() {
    for Case { kernel, .. } in cases::all() {
        let step = kernel.step();
        assert!(step.params.len() <= Step::PARAM_WORDS, "{kernel:?}");
        assert!(step.workgroups.iter().all(|n| (1..=65_535).contains(n)), "{kernel:?}");
        assert!(kernel.work() > 0, "{kernel:?}");
    }
}
