//! What a kernel does not handle it refuses with a sentence, before anything runs.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failing test should stop where it fails")]

use darkroom_kernels::conv::Conv;
use darkroom_kernels::copy::{Copy, View};
use darkroom_kernels::matmul::MatMul;
use darkroom_kernels::pad::{Pad, PadMode};
use darkroom_kernels::pointwise::{Binary, BinaryOp, Unary, UnaryOp};
use darkroom_kernels::{Activation, Element, Kernel, WeightKind, Weights};

fn conv() -> Conv {
    Conv {
        batch: 1,
        in_channels: 4,
        out_channels: 6,
        groups: 2,
        in_size: [1, 5, 5],
        kernel: [1, 3, 3],
        stride: [1; 3],
        dilation: [1; 3],
        pad_begin: [0; 3],
        pad_end: [0; 3],
        weights: WeightKind::Int8,
        residual: false,
        activation: Activation::None,
    }
}

fn refusal(kernel: &dyn Kernel) -> String {
    kernel.check().unwrap_err().to_string()
}

#[test]
fn convolutions_name_what_does_not_fit() {
    conv().check().unwrap();
    let refused = refusal(&Conv { groups: 3, ..conv() });
    assert_eq!(refused, "conv: 4 input and 6 output channels do not divide into 3 groups");
    assert!(refusal(&Conv { in_size: [1, 2, 5], ..conv() }).contains("smaller than the kernel"));
    assert!(refusal(&Conv { stride: [1, 0, 1], ..conv() }).contains("must be positive"));
    assert!(refusal(&Conv { kernel: [1, 1, 200], in_size: [1, 1, 300], ..conv() }).contains("200 wide"));
    assert!(refusal(&Conv { batch: 0, ..conv() }).contains("x is empty"));
    assert!(refusal(&Conv { in_size: [4000; 3], ..conv() }).contains("at most 2147483647 elements"));
    let error = conv().pack(&Weights::F32(&[0.0; 5]), None).unwrap_err().to_string();
    assert_eq!(error, "conv: 5 weights were given, the shapes ask for 108");
    let error = conv().pack(&Weights::F32(&[0.0; 108]), Some(&[0.0; 2])).unwrap_err().to_string();
    assert_eq!(error, "conv: 2 biases were given for 6 output channels");
}

#[test]
fn shapes_that_do_not_meet_are_refused() {
    let dims = [1, 1, 1, 1, 2, 3];
    assert!(
        refusal(&Binary { op: BinaryOp::Add, element: Element::F32, a: dims, b: [1, 1, 1, 1, 3, 3] })
            .contains("cannot be broadcast")
    );
    let mm = MatMul { a_lead: [1, 1, 1, 2], b_lead: [1, 1, 1, 3], ..MatMul::plain(1, 1, 1) };
    assert!(refusal(&mm).contains("must be equal"));
    assert!(refusal(&Unary { op: UnaryOp::Neg, len: 0 }).contains("empty"));
    let reflect = Pad { dims, begin: [0, 0, 0, 0, 2, 0], end: [0; 6], mode: PadMode::Reflect };
    assert!(refusal(&reflect).contains("must be smaller"));
}

#[test]
fn a_box_beyond_its_buffer_is_refused() {
    let dims = [1, 1, 1, 1, 2, 3];
    let whole = View::contiguous(dims);
    Copy { dims, source: whole, destination: whole }.check().unwrap();
    let late = View { offset: 1, ..whole };
    assert!(refusal(&Copy { dims, source: late, destination: whole }).contains("inside its source"));
    let backwards = View { strides: [0, 0, 0, 0, 3, -1], ..whole };
    assert!(refusal(&Copy { dims, source: whole, destination: backwards }).contains("inside its destination"));
}
