//! Operators from their formulas.

use darkroom_graph::Attribute;

use crate::model::{Model, perm};

/// Two groups of three channels, as PyTorch's exporters write `GroupNorm(2, 6)`; gives the values on the way too.
fn group_norm(model: &mut Model, x: usize, dims: &[i64]) -> [usize; 3] {
    let rows = model.integers(&[0, 2, -1]);
    let back = model.integers(dims);
    let (ones, zeros) = (model.floats(&[2], vec![1.0; 2]), model.floats(&[2], vec![0.0; 2]));
    let scale = model.floats(&[6, 1, 1], (1..=6).map(|n| n as f32).collect());
    let shift = model.floats(&[6, 1, 1], (1..=6).map(|n| -n as f32).collect());
    let grouped = model.op("Reshape", &[x, rows]);
    let normed =
        model.op_with("InstanceNormalization", &[grouped, ones, zeros], &[("epsilon", Attribute::Float(1e-6))]);
    let restored = model.op("Reshape", &[normed, back]);
    let product = model.op("Mul", &[restored, scale]);
    [restored, product, model.op("Add", &[product, shift])]
}

#[test]
fn group_normalisation_takes_in_its_scale_and_shift() {
    let mut model = Model::default();
    let x = model.input(&[2, 6, 4, 5]);
    let [_, _, y] = group_norm(&mut model, x, &[2, 6, 4, 5]);
    let graph = model.fixed(&[y]);
    let [node] = graph.nodes.as_slice() else { panic!("{:?}", graph.nodes) };
    assert_eq!(node.op, "GroupNormalization");
    assert_eq!(node.attributes.int("num_groups"), Some(2));
    assert_eq!(node.attributes.float("epsilon"), Some(1e-6));
    assert_eq!(graph.constant(node.input(1)).unwrap().to_f32(), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    assert_eq!(graph.constant(node.input(2)).unwrap().to_f32(), [-1.0, -2.0, -3.0, -4.0, -5.0, -6.0]);
    assert_eq!(node.outputs, [Some(y)]);
}

#[test]
fn a_product_that_something_else_reads_stays() {
    let mut model = Model::default();
    let x = model.input(&[2, 6, 4, 5]);
    let [_, product, y] = group_norm(&mut model, x, &[2, 6, 4, 5]);
    assert_eq!(model.ops(&[y, product]), ["GroupNormalization", "Add"]);
}

#[test]
fn rows_that_are_no_groups_are_left() {
    let mut model = Model::default();
    let x = model.input(&[2, 6, 4, 5]);
    let (rows, back) = (model.integers(&[0, 2, -1]), model.integers(&[2, 3, 8, 5]));
    let (ones, zeros) = (model.floats(&[2], vec![1.0; 2]), model.floats(&[2], vec![0.0; 2]));
    let grouped = model.op("Reshape", &[x, rows]);
    let normed = model.op("InstanceNormalization", &[grouped, ones, zeros]);
    // Three channels of eight rows: not the way back.
    let y = model.op("Reshape", &[normed, back]);
    assert_eq!(model.ops(&[y]), ["Reshape", "InstanceNormalization", "Reshape"]);
}

/// (x - mean) / sqrt(mean of squares + epsilon) over some axes.
fn moments(model: &mut Model, x: usize, axes: &[i64]) -> usize {
    let over = [("axes", Attribute::Ints(axes.to_vec()))];
    let (two, epsilon) = (model.number(2.0), model.number(1e-5));
    let mean = model.op_with("ReduceMean", &[x], &over);
    let centred = model.op("Sub", &[x, mean]);
    let square = model.op("Pow", &[centred, two]);
    let variance = model.op_with("ReduceMean", &[square], &over);
    let raised = model.op("Add", &[variance, epsilon]);
    let deviation = model.op("Sqrt", &[raised]);
    model.op("Div", &[centred, deviation])
}

#[test]
fn layer_normalisation_is_found_in_its_formula() {
    let mut model = Model::default();
    let x = model.input(&[2, 7, 3]);
    let normed = moments(&mut model, x, &[-1]);
    let scale = model.floats(&[3], vec![2.0, 3.0, 4.0]);
    let y = model.op("Mul", &[normed, scale]);
    let graph = model.fixed(&[y]);
    let [node] = graph.nodes.as_slice() else { panic!("{:?}", graph.nodes) };
    assert_eq!(node.op, "LayerNormalization");
    assert_eq!(graph.constant(node.input(1)).unwrap().to_f32(), [2.0, 3.0, 4.0]);
}

#[test]
fn moments_behind_the_channels_are_an_instance_normalisation_and_over_the_channels_nothing() {
    for (axes, op) in [(&[2, 3][..], "InstanceNormalization"), (&[1], "Div")] {
        let mut model = Model::default();
        let x = model.input(&[2, 6, 4, 5]);
        let y = moments(&mut model, x, axes);
        assert_eq!(model.ops(&[y]).last().unwrap(), op);
    }
}

#[test]
fn silu_is_found_where_others_read_its_operand() {
    let mut model = Model::default();
    let x = model.input(&[2, 8]);
    let gate = model.op("Sigmoid", &[x]);
    let silu = model.op("Mul", &[gate, x]);
    let sum = model.op("Add", &[silu, x]);
    assert_eq!(model.ops(&[sum]), ["Swish", "Add"]);
}

/// x / 2 (1 + curve), the numbers where `half_first` puts them.
fn gelu(model: &mut Model, x: usize, curve: usize, half_first: bool) -> usize {
    let (one, half) = (model.number(1.0), model.number(0.5));
    let gate = model.op("Add", &[curve, one]);
    if half_first {
        let halved = model.op("Mul", &[half, x]);
        model.op("Mul", &[halved, gate])
    } else {
        let product = model.op("Mul", &[x, gate]);
        model.op("Mul", &[product, half])
    }
}

#[test]
fn gelu_is_found_in_both_forms() {
    for half_first in [false, true] {
        let mut model = Model::default();
        let x = model.input(&[2, 8]);
        let root = model.number(std::f32::consts::SQRT_2);
        let scaled = model.op("Div", &[x, root]);
        let erf = model.op("Erf", &[scaled]);
        let y = gelu(&mut model, x, erf, half_first);
        let graph = model.fixed(&[y]);
        assert_eq!(graph.nodes.len(), 1);
        assert_eq!(graph.nodes[0].attributes.string("approximate"), Some("none"));
    }
    let mut model = Model::default();
    let x = model.input(&[2, 8]);
    let (three, small, large) = (model.number(3.0), model.number(0.044_715), model.number(0.797_884_6));
    let cube = model.op("Pow", &[x, three]);
    let cube = model.op("Mul", &[cube, small]);
    let sum = model.op("Add", &[x, cube]);
    let inside = model.op("Mul", &[large, sum]);
    let tanh = model.op("Tanh", &[inside]);
    let y = gelu(&mut model, x, tanh, false);
    let graph = model.fixed(&[y]);
    assert_eq!(graph.nodes.len(), 1);
    assert_eq!(graph.nodes[0].attributes.string("approximate"), Some("tanh"));
}

#[test]
fn an_error_function_of_another_width_is_no_gelu() {
    let mut model = Model::default();
    let x = model.input(&[2, 8]);
    let root = model.number(1.5);
    let scaled = model.op("Div", &[x, root]);
    let erf = model.op("Erf", &[scaled]);
    let y = gelu(&mut model, x, erf, false);
    assert!(!model.ops(&[y]).contains(&"Gelu".to_owned()));
}

#[test]
fn attention_by_products_is_one_node_and_keeps_its_scale() {
    let mut model = Model::default();
    let (q, k, v) = (model.input(&[2, 3, 7, 4]), model.input(&[2, 5, 3, 4]), model.input(&[2, 3, 5, 6]));
    let (by_q, by_k) = (model.number(0.5), model.number(0.25));
    let k = model.op_with("Transpose", &[k], &perm(&[0, 2, 3, 1]));
    let (q, k) = (model.op("Mul", &[q, by_q]), model.op("Mul", &[k, by_k]));
    let scores = model.op("MatMul", &[q, k]);
    let weights = model.op_with("Softmax", &[scores], &[("axis", Attribute::Int(-1))]);
    let y = model.op("MatMul", &[weights, v]);
    let graph = model.fixed(&[y]);
    let ops: Vec<&str> = graph.nodes.iter().map(|node| node.op.as_str()).collect();
    // Both transpositions of the keys have become one.
    assert_eq!(ops, ["Transpose", "Attention"]);
    assert_eq!(graph.permutation(&graph.nodes[0]).unwrap(), [0, 2, 1, 3]);
    assert_eq!(graph.nodes[1].attributes.float("scale"), Some(0.125));
    assert_eq!(graph.dims[y], [2, 3, 7, 6]);
}

#[test]
fn attention_by_einsum_is_one_node() {
    let mut model = Model::default();
    let (q, k, v) = (model.input(&[2, 3, 7, 4]), model.input(&[2, 3, 5, 4]), model.input(&[2, 3, 5, 6]));
    let equation = |text: &str| [("equation", Attribute::String(text.to_owned()))];
    let scores = model.op_with("Einsum", &[q, k], &equation("blxd,blyd->blxy"));
    let weights = model.op_with("Softmax", &[scores], &[("axis", Attribute::Int(3))]);
    let y = model.op_with("Einsum", &[weights, v], &equation("bhxy,bhyd->bhxd"));
    assert_eq!(model.ops(&[y]), ["Attention"]);
}

#[test]
fn attention_of_three_axes_has_one_head() {
    let mut model = Model::default();
    let (q, k, v) = (model.input(&[2, 7, 4]), model.input(&[2, 4, 5]), model.input(&[2, 5, 6]));
    let scores = model.op("MatMul", &[q, k]);
    let weights = model.op("Softmax", &[scores]);
    let y = model.op("MatMul", &[weights, v]);
    assert!(model.ops(&[y]).contains(&"Attention".to_owned()));
}

#[test]
fn a_softmax_over_queries_is_no_attention() {
    let mut model = Model::default();
    let (q, k, v) = (model.input(&[2, 3, 5, 4]), model.input(&[2, 3, 4, 5]), model.input(&[2, 3, 5, 6]));
    let scores = model.op("MatMul", &[q, k]);
    let weights = model.op_with("Softmax", &[scores], &[("axis", Attribute::Int(2))]);
    let y = model.op("MatMul", &[weights, v]);
    assert_eq!(model.ops(&[y]), ["MatMul", "Softmax", "MatMul"]);
}

#[test]
fn a_linear_layer_of_tokens_is_a_gemm_of_rows() {
    let mut model = Model::default();
    let x = model.input(&[2, 3, 2]);
    let weight = model.floats(&[2, 4], vec![0.5; 8]);
    let bias = model.floats(&[4], vec![1.0; 4]);
    let product = model.op("MatMul", &[x, weight]);
    let y = model.op("Add", &[bias, product]);
    let graph = model.fixed(&[y]);
    let ops: Vec<&str> = graph.nodes.iter().map(|node| node.op.as_str()).collect();
    assert_eq!(ops, ["Reshape", "Gemm", "Reshape"]);
    assert_eq!(graph.nodes[1].input(2), Some(bias));
    assert_eq!(graph.dims[y], [2, 3, 4]);
}
