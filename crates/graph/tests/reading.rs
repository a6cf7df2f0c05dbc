//! Reading, folding and refusing, on models encoded here with the same wire-format library.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod encoded;

use darkroom_graph::{Graph, TensorData};
use encoded::{integers, model, node, port, read, with_int};
use rten_onnx::onnx::{DataLocation, DataType, ModelProto, TensorProto};

/// A model that reads a vector of four and reshapes it by `tensor`.
fn reshape_by(tensor: TensorProto) -> ModelProto {
    model(vec![port("x", &[Some(4)])], vec![node("Reshape", &["x", "w"], "y")], vec![tensor], "y")
}

#[test]
fn shape_arithmetic_folds_away() {
    // Reshape(x, Concat(Gather(Shape(x), 0), [-1])): how exporters flatten.
    let nodes = vec![
        node("Shape", &["x"], "shape"),
        with_int(node("Gather", &["shape", "first"], "batch"), "axis", 0),
        with_int(node("Concat", &["batch", "rest"], "target"), "axis", 0),
        node("Reshape", &["x", "target"], "y"),
    ];
    let tensors = vec![integers("first", &[0]), integers("rest", &[-1])];
    let graph = read(&model(vec![port("x", &[None, Some(3), None])], nodes, tensors, "y")).unwrap();
    let fixed = graph.specialise(&[("x", &[2, 3, 5])]).unwrap();
    assert_eq!(fixed.nodes.len(), 1);
    assert_eq!(fixed.dims[fixed.outputs[0]], [2, 15]);
    let target = fixed.constant(fixed.nodes[0].input(1)).unwrap();
    assert_eq!(target.data, TensorData::I64(vec![2, -1]));
}

#[test]
fn nodes_come_in_an_order_that_can_run() {
    let nodes = vec![node("Relu", &["b"], "c"), node("Exp", &["x"], "unused"), node("Sqrt", &["x"], "b")];
    let graph = read(&model(vec![port("x", &[Some(4)])], nodes, vec![], "c")).unwrap();
    let ops: Vec<&str> = graph.nodes.iter().map(|node| node.op.as_str()).collect();
    assert_eq!(ops, ["Sqrt", "Relu"]);
}

#[test]
fn damaged_graphs_are_refused_in_sentences() {
    let refusal =
        |nodes, output| read(&model(vec![port("x", &[Some(4)])], nodes, vec![], output)).unwrap_err().to_string();
    let cycle = vec![node("Add", &["x", "b"], "a"), node("Relu", &["a"], "b")];
    assert!(refusal(cycle, "b").contains("cycle"));
    assert!(refusal(vec![node("Relu", &["missing"], "y")], "y").contains("nothing computes value missing"));
    let twice = vec![node("Relu", &["x"], "y"), node("Exp", &["x"], "y")];
    assert!(refusal(twice, "y").contains("produced twice"));
}

#[test]
fn damaged_tensors_are_refused_in_sentences() {
    let refusal = |change: fn(&mut TensorProto)| {
        let mut tensor = integers("w", &[1, 2, 3]);
        change(&mut tensor);
        read(&reshape_by(tensor)).unwrap_err().to_string()
    };
    assert!(refusal(|tensor| tensor.dims = vec![4]).contains("carries 3 elements"));
    assert!(refusal(|tensor| tensor.dims = vec![i64::MAX, i64::MAX]).contains("impossible shape"));
    assert!(refusal(|tensor| tensor.dims = vec![-1]).contains("negative"));
    assert!(refusal(|tensor| tensor.data_location = Some(DataLocation::EXTERNAL)).contains("external data"));
    assert!(refusal(|tensor| tensor.data_type = Some(DataType::COMPLEX64)).contains("COMPLEX64"));
}

#[test]
fn a_model_older_than_opset_7_is_refused() {
    let mut old = reshape_by(integers("w", &[2, 2]));
    old.opset_import[0].version = Some(6);
    assert!(read(&old).unwrap_err().to_string().contains("operator set 6"));
}

#[test]
fn truncated_bytes_never_panic() {
    let bytes = reshape_by(integers("w", &[2, 2])).write_buf().unwrap();
    assert!(Graph::read(&bytes).is_ok());
    let readable = (0..bytes.len()).filter(|&len| {
        // Some prefixes are valid messages with less in them; what matters is that none panics.
        Graph::read(&bytes[..len]).and_then(|graph| graph.specialise(&[])).is_ok()
    });
    assert!(readable.count() < bytes.len() / 2);
    assert!(Graph::read(b"not a model at all").is_err());
}

#[test]
fn wrong_input_dimensions_name_both_shapes() {
    let graph = read(&model(vec![port("x", &[None, Some(3)])], vec![node("Relu", &["x"], "y")], vec![], "y")).unwrap();
    let refusal = |dims: &[(&str, &[usize])]| graph.specialise(dims).unwrap_err().to_string();
    assert_eq!(refusal(&[("x", &[2, 4])]), "input x: the model wants ? x 3, the data is [2, 4]");
    assert!(refusal(&[]).contains("open and none were given"));
    assert!(refusal(&[("x", &[2, 3]), ("z", &[1])]).contains("no such input; it has x"));
    assert!(refusal(&[("x", &[usize::MAX, 3])]).contains("larger than any adapter"));
}

#[test]
fn an_operator_without_a_shape_rule_is_named() {
    let graph = read(&model(vec![port("x", &[Some(4)])], vec![node("Frobnicate", &["x"], "y")], vec![], "y")).unwrap();
    assert!(graph.specialise(&[]).unwrap_err().to_string().contains("operator Frobnicate"));
}
