//! Kernels with constant weights: convolutions and matrix products, in every form of weights.

use darkroom_kernels::conv::Conv;
use darkroom_kernels::conv_transpose::ConvTranspose;
use darkroom_kernels::matmul::{Addend, LEAD, MatMul, Right};
use darkroom_kernels::{Activation, Elements, Kernel, WeightKind};

use super::weights::{Form, Order, Raw};
use super::{ACTIVATIONS, Case, noise, plain};

const PLAIN: Conv = Conv {
    batch: 2,
    in_channels: 6,
    out_channels: 10,
    groups: 2,
    in_size: [5, 7, 11],
    kernel: [3; 3],
    stride: [1; 3],
    dilation: [1; 3],
    pad_begin: [1; 3],
    pad_end: [1; 3],
    weights: WeightKind::F32,
    residual: false,
    activation: Activation::None,
};

/// Shapes for each of the shader's ways to walk a row, each with every form of weights, with and without
/// a residual.
pub(crate) fn convs() -> Vec<(Conv, Form)> {
    let shapes = [
        // One row of taps at a time, six loads for four columns.
        PLAIN,
        Conv { in_channels: 21, out_channels: 9, groups: 1, in_size: [2, 3, 130], ..PLAIN },
        Conv { kernel: [1, 2, 3], pad_begin: [0, 0, 2], pad_end: [0, 1, 0], stride: [2, 2, 1], ..PLAIN },
        // Small planes, in small workgroups.
        Conv { kernel: [1, 3, 3], in_size: [1, 4, 4], pad_begin: [0, 1, 1], pad_end: [0, 1, 1], ..PLAIN },
        // One tap wide.
        Conv { kernel: [1; 3], pad_begin: [0; 3], pad_end: [0; 3], ..PLAIN },
        Conv { kernel: [3, 2, 1], pad_begin: [1, 1, 2], pad_end: [0, 1, 1], dilation: [1, 2, 1], ..PLAIN },
        // Any stride, dilation and width.
        Conv {
            kernel: [3, 2, 5],
            stride: [2, 1, 2],
            dilation: [1, 2, 1],
            pad_begin: [1, 0, 3],
            pad_end: [0, 2, 2],
            ..PLAIN
        },
        Conv {
            kernel: [1, 1, 4],
            in_size: [1, 1, 37],
            dilation: [1, 1, 3],
            pad_begin: [0; 3],
            pad_end: [0; 3],
            ..PLAIN
        },
        Conv {
            groups: 1,
            in_channels: 1,
            out_channels: 3,
            kernel: [9; 3],
            in_size: [9, 10, 13],
            stride: [1, 1, 3],
            ..PLAIN
        },
    ];
    let mut convs = Vec::new();
    for shape in shapes {
        for form in Form::ALL {
            for residual in [false, true] {
                // Every activation comes round with every form.
                let activation = ACTIVATIONS[(convs.len() + convs.len() / 12) % ACTIVATIONS.len()];
                convs.push((Conv { residual, activation, ..shape.clone() }, form));
            }
        }
    }
    convs
}

/// The weights of a convolution, \[out, in / groups, taps\].
pub(crate) fn conv_weights(conv: &Conv, form: Form) -> Raw {
    let taps = conv.kernel.iter().product();
    Raw::new(form, Order::Outputs { outputs: conv.out_channels, inputs: conv.in_channels / conv.groups, taps })
}

pub(crate) fn conv((conv, form): &(Conv, Form)) -> Case {
    let mut conv = conv.clone();
    let bias = noise(4, conv.out_channels);
    let raw = conv_weights(&conv, *form);
    let [packed, table] = raw.lend(|weights| conv.pack(weights, Some(&bias))).unwrap();
    let layout = conv.layout();
    let mut reads = vec![Elements::F32(noise(1, layout[0].len())), packed, table];
    if conv.residual {
        reads.push(Elements::F32(noise(5, layout[3].len())));
    }
    Case { kernel: Box::new(conv), reads }
}

pub(crate) fn transposed() -> Vec<(ConvTranspose, Form)> {
    let plain = ConvTranspose {
        batch: 2,
        in_channels: 6,
        out_channels: 10,
        groups: 2,
        in_size: [3, 4, 7],
        kernel: [2; 3],
        stride: [2; 3],
        dilation: [1; 3],
        pad_begin: [0; 3],
        pad_end: [0; 3],
        output_padding: [0; 3],
        weights: WeightKind::F32,
        activation: Activation::None,
    };
    let shapes = [
        plain.clone(),
        ConvTranspose {
            in_channels: 40,
            out_channels: 9,
            groups: 1,
            in_size: [1, 5, 66],
            kernel: [1, 2, 2],
            stride: [1, 2, 2],
            ..plain.clone()
        },
        ConvTranspose {
            kernel: [3; 3],
            pad_begin: [1; 3],
            pad_end: [1; 3],
            output_padding: [1, 0, 1],
            ..plain.clone()
        },
        ConvTranspose {
            kernel: [4, 3, 5],
            stride: [3, 2, 1],
            dilation: [1, 2, 2],
            pad_begin: [2, 0, 1],
            pad_end: [0, 1, 3],
            ..plain.clone()
        },
        // Dilation and stride share a factor: some phases meet no tap at all.
        ConvTranspose {
            kernel: [1, 1, 3],
            stride: [1, 1, 4],
            dilation: [1, 1, 2],
            in_size: [1, 2, 9],
            ..plain.clone()
        },
        // Small planes, in small workgroups: two taps at a time, and more taps than are staged at once.
        ConvTranspose {
            in_channels: 80,
            out_channels: 16,
            in_size: [1, 4, 4],
            kernel: [1, 4, 4],
            stride: [1, 2, 2],
            pad_begin: [0, 1, 1],
            pad_end: [0, 1, 1],
            ..plain.clone()
        },
        ConvTranspose {
            in_size: [1, 4, 5],
            kernel: [1, 12, 13],
            stride: [1; 3],
            pad_begin: [0, 6, 5],
            pad_end: [0, 6, 5],
            ..plain
        },
    ];
    let mut all = Vec::new();
    for shape in shapes {
        for form in Form::ALL {
            let activation = ACTIVATIONS[(all.len() + all.len() / 6) % ACTIVATIONS.len()];
            all.push((ConvTranspose { activation, ..shape.clone() }, form));
        }
    }
    all
}

/// The weights of a transposed convolution, \[in, out / groups, taps\].
pub(crate) fn transposed_weights(conv: &ConvTranspose, form: Form) -> Raw {
    let (outputs, taps) = (conv.out_channels / conv.groups, conv.kernel.iter().product());
    Raw::new(form, Order::Inputs { inputs: conv.in_channels, group: conv.in_channels / conv.groups, outputs, taps })
}

pub(crate) fn conv_transpose((conv, form): &(ConvTranspose, Form)) -> Case {
    let mut conv = conv.clone();
    let bias = noise(4, conv.out_channels);
    let raw = transposed_weights(&conv, *form);
    let [packed, table] = raw.lend(|weights| conv.pack(weights, Some(&bias))).unwrap();
    let x = noise(1, conv.layout()[0].len());
    Case { kernel: Box::new(conv), reads: vec![Elements::F32(x), packed, table] }
}

/// Products of matrices in memory: each operand transposed or not, batches broadcast both ways, and
/// addends of every shape.
pub(crate) fn matmuls() -> Vec<MatMul> {
    let leads: [[[usize; LEAD]; 2]; 4] =
        [[[1, 1, 1, 2], [1, 1, 1, 2]], [[1; 4], [1, 1, 1, 3]], [[2, 1, 3, 1], [2, 2, 1, 1]], [[1; 4], [1; 4]]];
    let sizes = [(35, 19, 41), (7, 65, 5), (5, 7, 3), (1, 1, 33)];
    let addends = [None, Some((false, true)), Some((true, true)), Some((true, false)), Some((false, false))];
    let mut all = Vec::new();
    for (number, ([a_lead, b_lead], (m, k, n))) in leads.into_iter().zip(sizes).enumerate() {
        for b in [Right::Matrix, Right::Transposed] {
            for (index, addend) in addends.into_iter().enumerate() {
                let addend = addend.map(|(rows, columns)| Addend { rows, columns, beta: -0.75 });
                let (transpose_a, alpha) = ((number + index) % 2 == 1, if index == 0 { 1.0 } else { 0.5 });
                all.push(MatMul { a_lead, b_lead, m, k, n, transpose_a, b, alpha, addend });
            }
        }
    }
    all
}

/// Products with constant matrices, \[k, n\] or transposed.
pub(crate) fn packed_matmuls() -> Vec<(MatMul, Form, bool)> {
    let mut all = Vec::new();
    for (m, k, n) in [(35, 19, 41), (1, 65, 5), (70, 33, 8)] {
        for form in Form::ALL {
            for transposed in [false, true] {
                let a_lead = if n == 8 { [1, 2, 1, 1] } else { [1; LEAD] };
                all.push((MatMul { a_lead, transpose_a: n == 5, ..MatMul::plain(m, k, n) }, form, transposed));
            }
        }
    }
    all
}

/// What a packed product is multiplied by.
pub(crate) const ALPHA: f32 = 0.5;

/// The matrix of a packed product.
pub(crate) fn matrix(mm: &MatMul, form: Form, transposed: bool) -> Raw {
    let (inputs, outputs) = (mm.k, mm.n);
    if transposed {
        Raw::new(form, Order::Outputs { outputs, inputs, taps: 1 })
    } else {
        Raw::new(form, Order::Inputs { inputs, group: inputs, outputs, taps: 1 })
    }
}

pub(crate) fn packed_matmul((mm, form, transposed): &(MatMul, Form, bool)) -> Case {
    let mut mm = mm.clone();
    let bias = noise(4, mm.n);
    let raw = matrix(&mm, *form, *transposed);
    let [packed, table] = raw.lend(|weights| mm.pack(weights, *transposed, Some(&bias), ALPHA)).unwrap();
    let a = noise(1, mm.layout()[0].len());
    Case { kernel: Box::new(mm), reads: vec![Elements::F32(a), packed, table] }
}

/// Every case of these kernels.
pub(crate) fn all() -> Vec<Case> {
    let mut all: Vec<Case> = convs().iter().map(conv).collect();
    all.extend(transposed().iter().map(conv_transpose));
    all.extend(matmuls().into_iter().map(plain));
    all.extend(packed_matmuls().iter().map(packed_matmul));
    all
}
