//! A convolution behind a doubling by repetition: one transposed convolution, with the values of both.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failing test should stop where it fails")]

use std::ops::ControlFlow;

use darkroom_compile::compile;
use darkroom_graph::{Attribute, Attributes, ElementType, Graph, InputSpec, Node, Tensor, TensorData};
use darkroom_kernels::{Data, Elements, Program};

const GROUPS: usize = 2;
const INPUTS: usize = 4; // channels
const OUTPUTS: usize = 6;
const EXTENTS: [usize; 3] = [3, 5, 4];

/// Repeatable values between -1 and 1.
fn values(seed: usize, len: usize) -> Vec<f32> {
    (0..len).map(|n| ((n * 7919 + seed * 104_729) % 997) as f32 / 498.5 - 1.0).collect()
}

/// Resize by 2 along `rank` axes, then a convolution whose pads are `pad`; with `shown` the doubled image is a result too.
fn graph(rank: usize, pad: i64, shown: bool) -> Graph {
    let float =
        |dims: &[usize], data| Some(Tensor::new(dims.to_vec(), ElementType::Float, TensorData::F32(data)).unwrap());
    let weights = OUTPUTS * INPUTS / GROUPS * 3_usize.pow(rank as u32);
    let scales: Vec<f32> = [1.0, 1.0].into_iter().chain(vec![2.0; rank]).collect();
    let node = |op: &str, inputs: &[Option<usize>], output, attributes| Node {
        name: op.to_owned(),
        op: op.to_owned(),
        inputs: inputs.to_vec(),
        outputs: vec![Some(output)],
        attributes: Attributes(attributes),
    };
    let text = |name: &str, value: &str| (name.to_owned(), Attribute::String(value.to_owned()));
    let nearest = [("mode", "nearest"), ("coordinate_transformation_mode", "asymmetric"), ("nearest_mode", "floor")];
    let pads = ("pads".to_owned(), Attribute::Ints(vec![pad; 2 * rank]));
    let whole: Vec<usize> = [OUTPUTS, INPUTS / GROUPS].into_iter().chain(vec![3; rank]).collect();
    Graph {
        names: ["x", "scales", "doubled", "w", "b", "y"].map(str::to_owned).to_vec(),
        constants: vec![
            None,
            float(&[rank + 2], scales),
            None,
            float(&whole, values(1, weights)),
            float(&[OUTPUTS], values(2, OUTPUTS)),
            None,
        ],
        nodes: vec![
            node("Resize", &[Some(0), None, Some(1)], 2, nearest.map(|(name, value)| text(name, value)).to_vec()),
            node(
                "Conv",
                &[Some(2), Some(3), Some(4)],
                5,
                vec![pads, ("group".to_owned(), Attribute::Int(GROUPS as i64))],
            ),
        ],
        inputs: vec![InputSpec {
            value: 0,
            element: ElementType::Float,
            dims: [1, INPUTS].into_iter().chain(EXTENTS[..rank].iter().copied()).map(Some).collect(),
        }],
        outputs: if shown { vec![5, 2] } else { vec![5] },
        opset: 18,
        producer: String::new(),
    }
}

fn program(graph: &Graph) -> Program {
    compile(&graph.specialise(&[]).unwrap()).unwrap()
}

fn shaders(program: &Program) -> Vec<&'static str> {
    program.operations.iter().map(|operation| operation.kernel.key().shader).collect()
}

fn run(program: &Program, x: &[f32]) -> Vec<f32> {
    let outputs = program.run_cpu(&[Data::F32(x)], |_| ControlFlow::Continue(())).unwrap();
    outputs.into_iter().map(Elements::into_f32).next().unwrap()
}

#[test]
fn one_kernel_gives_what_two_give() {
    for rank in 1..=3 {
        // A doubled image that is a result keeps both kernels.
        let (one, two) = (program(&graph(rank, 1, false)), program(&graph(rank, 1, true)));
        assert_eq!(shaders(&one), ["conv_transpose"]);
        assert_eq!(shaders(&two), ["resize", "conv"]);
        let x = values(3, INPUTS * EXTENTS[..rank].iter().product::<usize>());
        let (one, two) = (run(&one, &x), run(&two, &x));
        assert_eq!(one.len(), two.len());
        let error = one.iter().zip(&two).fold(0.0_f32, |error, (a, b)| error.max((a - b).abs()));
        assert!(error < 1e-5, "{rank} axes: {error}");
    }
}

#[test]
fn other_pads_keep_both_kernels() {
    assert_eq!(shaders(&program(&graph(2, 0, false))), ["resize", "conv"]);
}
