//! Networks exported by PyTorch, run by the kernels' CPU twins, against PyTorch's own outputs.
//!
//! Tolerance: both sides sum float32 in another order, so an error relative to the largest output of
//! 1e-4 is what a few layers of rounding explain; a wrong pad, axis or group is off by 1e-1.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use darkroom_compile::compile;
use darkroom_formats::npy;
use darkroom_graph::Graph;
use darkroom_graph::memory::{Lifetime, lower_bound};
use darkroom_kernels::{Data, Placed, Program};

const TOLERANCE: f32 = 1e-4;

fn folder(case: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/goldens").join(case)
}

fn array(path: &Path) -> (Vec<usize>, Vec<f32>) {
    let array = npy::read(&std::fs::read(path).unwrap()).unwrap();
    (array.shape, array.data)
}

struct Golden {
    program: Program,
    inputs: Vec<Vec<f32>>,
    shape: Vec<usize>,
    output: Vec<f32>,
}

fn golden(case: &str) -> Golden {
    let graph = Graph::read(&std::fs::read(folder(case).join("model.onnx")).unwrap()).unwrap();
    let program = compile(&graph.specialise(&[]).unwrap()).unwrap();
    let inputs = program.inputs.iter().map(|port| {
        let (shape, values) = array(&folder(case).join(format!("{}.npy", port.name)));
        assert_eq!(shape, port.dims);
        values
    });
    let inputs = inputs.collect();
    let (shape, output) = array(&folder(case).join("output.npy"));
    Golden { program, inputs, shape, output }
}

fn matches_pytorch(case: &str) {
    let Golden { program, inputs, shape, output: wanted } = golden(case);
    assert_eq!(program.outputs[0].dims, shape);
    let inputs: Vec<Data<'_>> = inputs.iter().map(|values| Data::F32(values)).collect();
    let got = program.run_cpu(&inputs, |_| ControlFlow::Continue(())).unwrap().remove(0).into_f32();
    let largest = wanted.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
    let error = got.iter().zip(&wanted).fold(0.0_f32, |error, (a, b)| error.max((a - b).abs())) / largest;
    assert!(error <= TOLERANCE, "{case}: relative error {error:e}");
}

#[test]
fn unet_with_group_norm_and_attention() {
    matches_pytorch("unet2d");
}

#[test]
fn region_adaptive_network() {
    matches_pytorch("regions3d");
}

#[test]
fn region_adaptive_network_with_int8_weights() {
    matches_pytorch("regions3d_int8");
}

#[test]
fn reflection_groups_dilation_slices() {
    matches_pytorch("oddments2d");
}

#[test]
fn one_dimension() {
    matches_pytorch("sequence1d");
}

#[test]
fn int8_weights_stay_int8_in_memory() {
    let Golden { program, .. } = golden("regions3d_int8");
    let words: usize =
        program.constants.iter().filter(|c| matches!(c, darkroom_kernels::Elements::U32(_))).map(|c| c.bytes()).sum();
    let floats: usize = program.constants.iter().map(|c| c.bytes()).sum::<usize>() - words;
    assert!(words > floats, "{words} bytes of packed weights, {floats} of float32");
}

#[test]
fn kernels_take_in_what_follows_them() {
    let Golden { program, .. } = golden("regions3d");
    // Two region norms, each one kernel: normalise, modulate, activate.
    let norms = program.operations.iter().filter(|op| op.kernel.key().shader == "norm_apply");
    let defines: Vec<_> = norms.map(|op| op.kernel.key().defines).collect();
    assert_eq!(defines.len(), 2);
    assert!(defines.iter().all(|defines| defines.contains(&"MODULATED")));
    // No activation and no sum is left for an element-wise kernel.
    assert!(
        program.operations.iter().all(|op| op.kernel.key().shader != "unary" && op.kernel.key().shader != "binary")
    );
}

#[test]
fn activations_take_little_more_than_what_is_alive_at_once() {
    for case in ["unet2d", "regions3d", "oddments2d"] {
        let program = golden(case).program;
        let lifetime = |tensor: &Placed| Lifetime { len: tensor.len, first: tensor.first, last: tensor.last };
        let bound = lower_bound(&program.tensors.iter().map(lifetime).collect::<Vec<_>>());
        let total: usize = program.arenas.iter().sum();
        assert!(total as f64 <= 1.05 * bound as f64, "{case}: {total} elements, {bound} are alive at once");
    }
}
