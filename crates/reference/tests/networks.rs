//! Whole networks on Burn's CPU and wgpu backends, against PyTorch's outputs and against the kernels' twins.
//!
//! Tolerance: all sides sum float32 in another order, so an error relative to the largest output of
//! 1e-4 is what a few layers of rounding explain; a wrong pad, axis or group is off by 1e-1.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use burn_backend::Backend;
use darkroom_compile::compile;
use darkroom_formats::npy;
use darkroom_graph::{FixedGraph, Graph};
use darkroom_kernels::{Data, Elements};
use darkroom_reference::Reference;

const TOLERANCE: f32 = 1e-4;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn floats(path: &Path) -> Vec<f32> {
    npy::read(&std::fs::read(path).unwrap()).unwrap().data
}

fn read(path: &Path) -> Graph {
    Graph::read(&std::fs::read(path).unwrap()).unwrap()
}

/// The first output of `graph`, whose inputs are given in its order.
fn computed<B: Backend>(graph: &FixedGraph, inputs: &[Vec<f32>]) -> Vec<f32> {
    let network = Reference::<B>::new(graph).unwrap();
    let named: Vec<_> =
        graph.inputs.iter().zip(inputs).map(|(&value, data)| (graph.names[value].as_str(), Data::F32(data))).collect();
    network.run(&named).unwrap().remove(0).into_f32()
}

fn assert_close(what: &str, got: &[f32], wanted: &[f32]) {
    assert_eq!(got.len(), wanted.len(), "{what}");
    let largest = wanted.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
    let error = got.iter().zip(wanted).fold(0.0_f32, |error, (a, b)| error.max((a - b).abs())) / largest;
    assert!(error <= TOLERANCE, "{what}: relative error {error:e}");
}

fn matches_pytorch<B: Backend>(case: &str) {
    let folder = root().join("tests/goldens").join(case);
    let graph = read(&folder.join("model.onnx")).specialise(&[]).unwrap();
    let input = |&value: &usize| floats(&folder.join(format!("{}.npy", graph.names[value])));
    let inputs: Vec<_> = graph.inputs.iter().map(input).collect();
    assert_close(case, &computed::<B>(&graph, &inputs), &floats(&folder.join("output.npy")));
}

fn shipped_model_agrees_with_twins<B: Backend>() {
    let model = read(&root().join("weights/pet-enhance/pet-enhance.onnx"));
    let dims: Vec<(String, Vec<usize>)> = model
        .inputs
        .iter()
        .map(|input| (model.names[input.value].clone(), input.dims.iter().map(|n| n.unwrap_or(16)).collect()))
        .collect();
    let named: Vec<(&str, &[usize])> = dims.iter().map(|(name, dims)| (name.as_str(), dims.as_slice())).collect();
    let graph = model.specialise(&named).unwrap();
    let ramp = |&value: &usize| {
        let len = graph.dims[value].iter().product::<usize>();
        (0..len).map(|n| (n * 7919 % 1000) as f32 / 500.0).collect()
    };
    let inputs: Vec<Vec<f32>> = graph.inputs.iter().map(ramp).collect();
    let data: Vec<Data<'_>> = inputs.iter().map(|values| Data::F32(values)).collect();
    let twins = compile(&graph).unwrap().run_cpu(&data, |_| ControlFlow::Continue(())).unwrap();
    let wanted = twins.into_iter().next().map(Elements::into_f32).unwrap();
    assert_close("pet-enhance", &computed::<B>(&graph, &inputs), &wanted);
}

/// The same tests on each backend.
macro_rules! on_backend {
    ($name:ident, $backend:ty) => {
        mod $name {
            #[test]
            fn unet_with_group_norm_and_attention() {
                super::matches_pytorch::<$backend>("unet2d");
            }

            #[test]
            fn region_adaptive_network() {
                super::matches_pytorch::<$backend>("regions3d");
            }

            #[test]
            fn region_adaptive_network_with_int8_weights() {
                super::matches_pytorch::<$backend>("regions3d_int8");
            }

            #[test]
            fn reflection_groups_dilation_slices() {
                super::matches_pytorch::<$backend>("oddments2d");
            }

            #[test]
            fn one_dimension() {
                super::matches_pytorch::<$backend>("sequence1d");
            }

            #[test]
            fn the_shipped_model_agrees_with_the_kernels_twins() {
                super::shipped_model_agrees_with_twins::<$backend>();
            }
        }
    };
}

on_backend!(cpu, darkroom_reference::Cpu);
// On the adapter that wgpu finds first: without a GPU Mesa's software Vulkan.
#[cfg(feature = "wgpu")]
on_backend!(wgpu, darkroom_reference::Wgpu);
