//! Both directions of a recurrent layer: the backward one is the forward one on the reversed input.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failing test should stop where it fails")]

use std::ops::ControlFlow;

use darkroom_compile::compile;
use darkroom_graph::{Attribute, Attributes, ElementType, Graph, InputSpec, Node, Tensor, TensorData};
use darkroom_kernels::{Data, Elements};

const STEPS: usize = 4;
const BATCH: usize = 2;
const INPUTS: usize = 3;
const HIDDEN: usize = 5;

/// Repeatable values between -1 and 1.
fn values(seed: usize, len: usize) -> Vec<f32> {
    (0..len).map(|n| ((n * 7919 + seed * 104_729) % 997) as f32 / 498.5 - 1.0).collect()
}

/// A layer whose weights are those of the directions in `weights`; the layer's name is its operator.
fn layer(op: &str, gates: usize, direction: &str, weights: &[usize]) -> Graph {
    let tensor = |seed: usize, rows: usize, columns: usize| {
        let data = weights.iter().flat_map(|d| values(10 * d + seed, rows * columns)).collect();
        // The biases have one axis less.
        let dims = if columns == 1 { vec![weights.len(), rows] } else { vec![weights.len(), rows, columns] };
        Tensor::new(dims, ElementType::Float, TensorData::F32(data)).unwrap()
    };
    let width = gates * HIDDEN;
    let attributes = vec![("direction".to_owned(), Attribute::String(direction.to_owned()))];
    Graph {
        names: ["x", "w", "r", "b", "y", "last"].map(str::to_owned).to_vec(),
        constants: vec![
            None,
            Some(tensor(1, width, INPUTS)),
            Some(tensor(2, width, HIDDEN)),
            Some(tensor(3, 2 * width, 1)),
            None,
            None,
        ],
        nodes: vec![Node {
            name: op.to_owned(),
            op: op.to_owned(),
            inputs: (0..4).map(Some).collect(),
            outputs: vec![Some(4), Some(5)],
            attributes: Attributes(attributes),
        }],
        inputs: vec![InputSpec {
            value: 0,
            element: ElementType::Float,
            dims: [STEPS, BATCH, INPUTS].map(Some).to_vec(),
        }],
        outputs: vec![4, 5],
        opset: 14,
        producer: String::new(),
    }
}

fn run(graph: &Graph, x: &[f32]) -> [Vec<f32>; 2] {
    let program = compile(&graph.specialise(&[]).unwrap()).unwrap();
    let outputs = program.run_cpu(&[Data::F32(x)], |_| ControlFlow::Continue(())).unwrap();
    outputs.into_iter().map(Elements::into_f32).collect::<Vec<_>>().try_into().unwrap()
}

/// The steps of a tensor in reverse order.
fn reversed(x: &[f32]) -> Vec<f32> {
    x.chunks(x.len() / STEPS).rev().flatten().copied().collect()
}

#[test]
fn the_second_direction_reads_backwards_with_weights_of_its_own() {
    for (op, gates) in [("LSTM", 4), ("GRU", 3), ("RNN", 1)] {
        let x = values(0, STEPS * BATCH * INPUTS);
        let [both, both_last] = run(&layer(op, gates, "bidirectional", &[1, 2]), &x);
        let [forward, forward_last] = run(&layer(op, gates, "forward", &[1]), &x);
        let [backward, backward_last] = run(&layer(op, gates, "forward", &[2]), &reversed(&x));
        let [alone, alone_last] = run(&layer(op, gates, "reverse", &[2]), &x);
        let rows = BATCH * HIDDEN;
        let wanted: Vec<f32> = forward
            .chunks(rows)
            .zip(reversed(&backward).chunks(rows))
            .flat_map(|(forward, backward)| [forward, backward].concat())
            .collect();
        assert_eq!(both, wanted, "{op}");
        assert_eq!(both_last, [forward_last, backward_last.clone()].concat(), "{op}");
        assert_eq!((alone, alone_last), (reversed(&backward), backward_last), "{op}");
        assert!(forward.iter().any(|v| v.abs() > 0.1), "{op}");
    }
}

#[test]
fn a_layer_that_cannot_be_computed_is_refused_by_name() {
    let mut graph = layer("LSTM", 4, "forward", &[1]);
    graph.nodes[0].attributes.0.push(("clip".to_owned(), Attribute::Float(3.0)));
    let error = compile(&graph.specialise(&[]).unwrap()).unwrap_err().to_string();
    assert!(error.starts_with("node LSTM (LSTM): clipped gates"), "{error}");
}
