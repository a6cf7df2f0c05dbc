//! Single nodes with results worked out by hand, and refusals.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use darkroom_graph::{Attribute, Attributes, ElementType, FixedGraph, Node, Tensor, TensorData};
use darkroom_kernels::{Data, Elements};
use darkroom_reference::{Cpu, Reference, ReferenceError, operators};

/// An operand: known before the run, or given to it.
enum Operand {
    Floats(Vec<usize>, Vec<f32>),
    Integers(Vec<usize>, Vec<i32>),
    Known(Vec<i64>),
}

use Operand::{Floats, Integers, Known};

fn int(name: &str, value: i64) -> (String, Attribute) {
    (name.to_owned(), Attribute::Int(value))
}

fn text(name: &str, value: &str) -> (String, Attribute) {
    (name.to_owned(), Attribute::String(value.to_owned()))
}

fn run(
    op: &str,
    attributes: Vec<(String, Attribute)>,
    operands: &[Operand],
    results: &[&[usize]],
) -> Result<Vec<Elements>, ReferenceError> {
    let mut graph = FixedGraph {
        names: vec![],
        dims: vec![],
        elements: vec![],
        constants: vec![],
        nodes: vec![],
        inputs: vec![],
        outputs: vec![],
        output_names: vec![],
        opset: 24,
    };
    let mut given = Vec::new();
    for (n, operand) in operands.iter().enumerate() {
        let (dims, element, constant) = match operand {
            Floats(dims, values) => {
                given.push((format!("operand{n}"), Data::F32(values)));
                (dims.clone(), ElementType::Float, None)
            }
            Integers(dims, values) => {
                given.push((format!("operand{n}"), Data::I32(values)));
                (dims.clone(), ElementType::Int64, None)
            }
            Known(values) => {
                let data = TensorData::I64(values.clone());
                let tensor = Tensor::new(vec![values.len()], ElementType::Int64, data).unwrap();
                (vec![values.len()], ElementType::Int64, Some(tensor))
            }
        };
        if constant.is_none() {
            graph.inputs.push(n);
        }
        graph.names.push(format!("operand{n}"));
        graph.dims.push(dims);
        graph.elements.push(element);
        graph.constants.push(constant);
    }
    for (n, dims) in results.iter().enumerate() {
        graph.outputs.push(operands.len() + n);
        graph.output_names.push(format!("result{n}"));
        graph.names.push(format!("result{n}"));
        graph.dims.push(dims.to_vec());
        graph.elements.push(ElementType::Float);
        graph.constants.push(None);
    }
    graph.nodes.push(Node {
        name: "the node".to_owned(),
        op: op.to_owned(),
        inputs: (0..operands.len()).map(Some).collect(),
        outputs: graph.outputs.iter().copied().map(Some).collect(),
        attributes: Attributes(attributes),
    });
    let given: Vec<(&str, Data<'_>)> = given.iter().map(|(name, data)| (name.as_str(), *data)).collect();
    Reference::<Cpu>::new(&graph)?.run(&given)
}

fn one(op: &str, attributes: Vec<(String, Attribute)>, operands: &[Operand], dims: &[usize]) -> Vec<f32> {
    run(op, attributes, operands, &[dims]).unwrap().remove(0).into_f32()
}

#[test]
fn halves_round_to_even() {
    let x = Floats(vec![6], vec![-2.5, -1.5, -0.5, 0.5, 1.5, 16_777_215.0]);
    assert_eq!(one("Round", vec![], &[x], &[6]), [-2.0, -2.0, 0.0, 0.0, 2.0, 16_777_215.0]);
}

#[test]
fn integers_divide_towards_zero_and_wrap_to_narrow_types() {
    let pair = || [Integers(vec![2], vec![-7, 7]), Integers(vec![1], vec![2])];
    assert_eq!(one("Div", vec![], &pair(), &[2]), [-3.0, 3.0]);
    assert_eq!(one("Mod", vec![], &pair(), &[2]), [1.0, 1.0]);
    assert_eq!(one("Mod", vec![int("fmod", 1)], &pair(), &[2]), [-1.0, 1.0]);
    let wide = Integers(vec![3], vec![300, -1, 128]);
    assert_eq!(one("Cast", vec![int("to", 3)], &[wide], &[3]), [44.0, -1.0, -128.0]);
}

#[test]
fn padding_reflects_repeats_and_wraps() {
    let padded = |mode: &str| {
        one("Pad", vec![text("mode", mode)], &[Floats(vec![3], vec![1.0, 2.0, 3.0]), Known(vec![3, 1])], &[7])
    };
    assert_eq!(padded("reflect"), [2.0, 3.0, 2.0, 1.0, 2.0, 3.0, 2.0]);
    assert_eq!(padded("edge"), [1.0, 1.0, 1.0, 1.0, 2.0, 3.0, 3.0]);
    assert_eq!(padded("wrap"), [1.0, 2.0, 3.0, 1.0, 2.0, 3.0, 1.0]);
    assert_eq!(padded("constant"), [0.0, 0.0, 0.0, 1.0, 2.0, 3.0, 0.0]);
}

#[test]
fn einsum_takes_diagonals_batches_and_sums() {
    let equation = |text_: &str| vec![text("equation", text_)];
    let square = || Floats(vec![2, 2], vec![1.0, 2.0, 3.0, 4.0]);
    assert_eq!(one("Einsum", equation("ii->i"), &[square()], &[2]), [1.0, 4.0]);
    assert_eq!(one("Einsum", equation("ij->"), &[square()], &[]), [10.0]);
    assert_eq!(one("Einsum", equation("ij, kj -> ik"), &[square(), square()], &[2, 2]), [5.0, 11.0, 11.0, 25.0]);
    let batch = Floats(vec![2, 1, 2], vec![1.0, 0.0, 0.0, 1.0]);
    assert_eq!(one("Einsum", equation("b...i,ij->b...j"), &[batch, square()], &[2, 1, 2]), [1.0, 2.0, 3.0, 4.0]);
}

#[test]
fn equal_elements_keep_their_order_in_top_k() {
    let results = run("TopK", vec![], &[Floats(vec![4], vec![1.0, 3.0, 3.0, 2.0]), Known(vec![3])], &[&[3], &[3]]);
    let results: Vec<_> = results.unwrap().into_iter().map(Elements::into_f32).collect();
    assert_eq!(results, [[3.0, 3.0, 2.0], [1.0, 2.0, 3.0]]);
}

#[test]
fn attention_looks_only_back_when_it_is_causal() {
    let q = Floats(vec![1, 1, 2, 1], vec![0.0, 0.0]);
    let k = Floats(vec![1, 1, 2, 1], vec![1.0, 1.0]);
    let v = Floats(vec![1, 1, 2, 1], vec![2.0, 4.0]);
    assert_eq!(one("Attention", vec![int("is_causal", 1)], &[q, k, v], &[1, 1, 2, 1]), [2.0, 3.0]);
}

#[test]
fn pooling_counts_only_what_lies_on_the_input() {
    let pool = |include: i64| {
        let ints = |name: &str, values: &[i64]| (name.to_owned(), Attribute::Ints(values.to_vec()));
        let attributes = vec![
            ints("kernel_shape", &[2]),
            ints("strides", &[2]),
            ints("pads", &[1, 0]),
            int("count_include_pad", include),
        ];
        one("AveragePool", attributes, &[Floats(vec![1, 1, 3], vec![2.0, 4.0, 6.0])], &[1, 1, 2])
    };
    assert_eq!(pool(0), [2.0, 5.0]);
    assert_eq!(pool(1), [1.0, 5.0]);
}

#[test]
fn refusals_name_the_node() {
    let refusal =
        |op: &str, operands: &[Operand], dims: &[usize]| run(op, vec![], operands, &[dims]).unwrap_err().to_string();
    let x = || Floats(vec![2], vec![1.0, 2.0]);
    assert_eq!(
        refusal("Gather", &[x(), Integers(vec![1], vec![2])], &[1]),
        "node the node (Gather): its index 2 lies outside an axis of 2"
    );
    assert_eq!(
        refusal("Div", &[Integers(vec![1], vec![1]), Integers(vec![1], vec![0])], &[1]),
        "node the node (Div): integers divided by 0"
    );
    assert!(refusal("Frobnicate", &[x()], &[2]).starts_with("node the node (Frobnicate): the CPU path has no such"));
    assert!(refusal("Relu", &[x()], &[3]).contains("it gave a tensor of [2], the graph expects [3]"));
    let large = Known(vec![1 << 40]);
    assert!(refusal("Add", &[Integers(vec![1], vec![1]), large], &[1]).contains("integers beyond 32 bits"));
}

#[test]
fn inputs_are_checked_by_name_and_length() {
    let long = run("Relu", vec![], &[Floats(vec![2], vec![1.0])], &[&[2]]).unwrap_err().to_string();
    assert_eq!(long, "input operand0: it has 1 elements; the graph wants 2, as [2]");
}

#[test]
fn no_operator_is_listed_twice() {
    let names: Vec<_> = operators().into_iter().map(|operator| operator.name).collect();
    assert!(names.windows(2).all(|pair| pair[0] < pair[1]));
    assert!(names.len() > 120, "{}", names.len());
}
