//! Convolutions and matrix products against their definitions, in every form of weights.

use darkroom_kernels::conv::Conv;
use darkroom_kernels::conv_transpose::ConvTranspose;
use darkroom_kernels::matmul::{LEAD, MatMul, Right};
use darkroom_kernels::{Data, Elements, Kernel, WeightKind, Weights};

use crate::activate;
use crate::cases::weights::Form;
use crate::cases::{noise, plain, weighted};
use crate::definition::{close, f64s, flat, indices};

#[test]
fn conv_is_the_sum_over_taps() {
    for (conv, form) in weighted::convs() {
        let case = weighted::conv(&(conv.clone(), form));
        let (x, residual) = (f64s(&case.reads[0]), case.reads.get(3).map(f64s));
        let Conv { batch, in_channels, out_channels, groups, in_size: [d, h, w], kernel: [kd, kh, kw], .. } = conv;
        let (inputs, outputs) = (in_channels / groups, out_channels / groups);
        let weights = weighted::conv_weights(&conv, form).values;
        let bias = noise(4, out_channels);
        let out = conv.out_shape();
        let wanted: Vec<f64> = indices(out)
            .map(|[n, o, z, y, x_]| {
                let mut sum = 0.0;
                for [c, a, b, e] in indices([inputs, kd, kh, kw]) {
                    let at = |i: usize, p: usize, k: usize| {
                        (p * conv.stride[i] + k * conv.dilation[i])
                            .checked_sub(conv.pad_begin[i])
                            .filter(|&q| q < conv.in_size[i])
                    };
                    if let (Some(in_z), Some(in_y), Some(in_x)) = (at(0, z, a), at(1, y, b), at(2, x_, e)) {
                        let value =
                            x[flat([batch, in_channels, d, h, w], [n, o / outputs * inputs + c, in_z, in_y, in_x])];
                        sum += value * f64::from(weights[flat([out_channels, inputs, kd, kh, kw], [o, c, a, b, e])]);
                    }
                }
                let added = residual.as_ref().map_or(0.0, |r| r[flat(out, [n, o, z, y, x_])]);
                activate(conv.activation, sum + f64::from(bias[o]) + added)
            })
            .collect();
        close(&(&conv, form), case.twin().data().f32(), &wanted);
    }
}

#[test]
fn conv_transpose_scatters_each_input_through_every_tap() {
    for (conv, form) in weighted::transposed() {
        let case = weighted::conv_transpose(&(conv.clone(), form));
        let x = f64s(&case.reads[0]);
        let ConvTranspose {
            batch, in_channels, out_channels, groups, in_size: [d, h, w], kernel: [kd, kh, kw], ..
        } = conv;
        let (inputs, outputs) = (in_channels / groups, out_channels / groups);
        let weights = weighted::transposed_weights(&conv, form).values;
        let bias = noise(4, out_channels);
        let out = conv.out_shape();
        let mut sums = vec![0.0; out.iter().product()];
        for [n, c, z, y, x_] in indices([batch, in_channels, d, h, w]) {
            for [o, a, b, e] in indices([outputs, kd, kh, kw]) {
                let at = |i: usize, p: usize, k: usize| {
                    (p * conv.stride[i] + k * conv.dilation[i])
                        .checked_sub(conv.pad_begin[i])
                        .filter(|&q| q < out[2 + i])
                };
                if let (Some(oz), Some(oy), Some(ox)) = (at(0, z, a), at(1, y, b), at(2, x_, e)) {
                    let weight = weights[flat([in_channels, outputs, kd, kh, kw], [c, o, a, b, e])];
                    sums[flat(out, [n, c / inputs * outputs + o, oz, oy, ox])] +=
                        x[flat([batch, in_channels, d, h, w], [n, c, z, y, x_])] * f64::from(weight);
                }
            }
        }
        let wanted: Vec<f64> = indices(out)
            .zip(sums)
            .map(|([_, o, ..], sum)| activate(conv.activation, sum + f64::from(bias[o])))
            .collect();
        close(&(&conv, form), case.twin().data().f32(), &wanted);
    }
}

/// Row-major position of an index in an operand that is repeated along its dimensions of one.
fn broadcast<const N: usize>(dims: [usize; N], index: [usize; N]) -> usize {
    flat(dims, std::array::from_fn(|i| if dims[i] == 1 { 0 } else { index[i] }))
}

#[test]
fn matmul_is_rows_times_columns() {
    for mm in weighted::matmuls() {
        let case = plain(mm.clone());
        let (a, b) = (f64s(&case.reads[0]), f64s(&case.reads[1]));
        let MatMul { a_lead, b_lead, m, k, n, .. } = mm;
        let lead: [usize; LEAD] = std::array::from_fn(|i| a_lead[i].max(b_lead[i]));
        let wanted: Vec<f64> = indices([lead[0], lead[1], lead[2], lead[3], m, n])
            .map(|[i, j, p, q, row, column]| {
                let at = [i, j, p, q];
                let a_at = |s| broadcast(a_lead, at) * m * k + if mm.transpose_a { s * m + row } else { row * k + s };
                let b_row = |s| if mm.b == Right::Transposed { column * k + s } else { s * n + column };
                let b_at = |s| broadcast(b_lead, at) * k * n + b_row(s);
                let sum: f64 = (0..k).map(|s| a[a_at(s)] * b[b_at(s)]).sum();
                let added = mm.addend.map_or(0.0, |addend| {
                    let dims = [if addend.rows { m } else { 1 }, if addend.columns { n } else { 1 }];
                    f64::from(addend.beta) * f64s(&case.reads[2])[broadcast(dims, [row, column])]
                });
                f64::from(mm.alpha) * sum + added
            })
            .collect();
        close(&mm, case.twin().data().f32(), &wanted);
    }
}

#[test]
fn packed_matmul_is_rows_times_columns() {
    for (mm, form, transposed) in weighted::packed_matmuls() {
        let case = weighted::packed_matmul(&(mm.clone(), form, transposed));
        let (a, b) = (f64s(&case.reads[0]), weighted::matrix(&mm, form, transposed).values);
        let (bias, m, k, n) = (noise(4, mm.n), mm.m, mm.k, mm.n);
        let rows: usize = mm.a_lead.iter().product();
        let wanted: Vec<f64> = indices([rows, m, n])
            .map(|[matrix, row, column]| {
                let a_at = |s| matrix * m * k + if mm.transpose_a { s * m + row } else { row * k + s };
                let b_at = |s| if transposed { column * k + s } else { s * n + column };
                let sum: f64 = (0..k).map(|s| a[a_at(s)] * f64::from(b[b_at(s)])).sum();
                f64::from(weighted::ALPHA) * sum + f64::from(bias[column])
            })
            .collect();
        close(&(&mm, form, transposed), case.twin().data().f32(), &wanted);
    }
}

#[test]
fn weights_are_packed_in_the_narrowest_kind_that_holds_them() {
    let conv = weighted::convs().swap_remove(0).0;
    let bytes = |form: Form| {
        let mut conv = conv.clone();
        let [packed, _] = weighted::conv_weights(&conv, form).lend(|weights| conv.pack(weights, None)).unwrap();
        (conv.weights, packed.bytes())
    };
    let (kind, float) = bytes(Form::Float);
    assert_eq!(kind, WeightKind::F32);
    assert_eq!(bytes(Form::Half), (WeightKind::F16, float / 2));
    assert_eq!(bytes(Form::Int8), (WeightKind::Int8, float / 4));
    let (kind, eight) = bytes(Form::Offset8);
    assert!(matches!(kind, WeightKind::ScaledInt8(rows) if rows.offsets) && eight == float / 4);
    for form in [Form::Int4, Form::Tap4] {
        let (kind, four) = bytes(form);
        assert!(matches!(kind, WeightKind::ScaledInt4(_)) && four == float / 8, "{form:?}");
    }
}

/// Runs copies on the CPU, from one buffer into another.
fn copied(copies: &[darkroom_kernels::copy::Copy], source: &[f32], start: Vec<f32>) -> Vec<f32> {
    copies.iter().fold(start, |mut write, copy| {
        copy.cpu(&[Data::F32(source)], &mut write);
        write
    })
}

#[test]
fn weights_packed_at_run_time_give_what_those_packed_before_do() {
    for (conv, form) in weighted::convs().into_iter().filter(|(_, form)| *form == Form::Float) {
        let before = weighted::conv(&(conv.clone(), form));
        let arrangement = conv.arrangement();
        let weights = weighted::conv_weights(&conv, form).values;
        let packed = copied(&arrangement.weights, &weights, vec![f32::NAN; before.reads[1].len()]);
        let table = arrangement.table.into_f32();
        let table = copied(&arrangement.biases, &noise(4, conv.out_channels), table);
        let mut after = weighted::conv(&(conv.clone(), form));
        (after.reads[1], after.reads[2]) = (Elements::F32(packed), Elements::F32(table));
        assert_eq!(after.twin(), before.twin(), "{conv:?}");
    }
    for (conv, form) in weighted::transposed().into_iter().filter(|(_, form)| *form == Form::Float) {
        let before = weighted::conv_transpose(&(conv.clone(), form));
        let arrangement = conv.arrangement();
        let weights = weighted::transposed_weights(&conv, form).values;
        let packed = copied(&arrangement.weights, &weights, vec![f32::NAN; before.reads[1].len()]);
        let table = copied(&arrangement.biases, &noise(4, conv.out_channels), arrangement.table.into_f32());
        let mut after = weighted::conv_transpose(&(conv.clone(), form));
        (after.reads[1], after.reads[2]) = (Elements::F32(packed), Elements::F32(table));
        assert_eq!(after.twin(), before.twin(), "{conv:?}");
    }
}

#[test]
fn scales_that_no_row_can_follow_become_floats() {
    // Every weight of a channel has a scale of its own but the first two.
    let mut conv = weighted::convs().swap_remove(0).0;
    let len = conv.out_channels * conv.in_channels / conv.groups * 27;
    let codes: Vec<i8> = (0..len).map(|n| (n % 15) as i8 - 7).collect();
    let scales: Vec<f32> = (0..len).map(|n| 0.01 + n as f32 * 1e-5).collect();
    let shared = |n: usize| if n % 81 == 1 { n - 1 } else { n };
    let weights =
        darkroom_kernels::Codes { codes: &codes, four_bits: true, scales: &scales, offsets: &[], shared: &shared };
    let restored = weights.restored();
    let [packed, _] = conv.pack(&Weights::Codes(weights), None).unwrap();
    assert_eq!(conv.weights, WeightKind::F32);
    let [floats, _] = conv.pack(&Weights::F32(&restored), None).unwrap();
    assert_eq!(packed, floats);
}
