//! Branches and loops that are known before the run are gone after specialising.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod encoded;

use darkroom_graph::{FixedGraph, TensorData};
use encoded::{integers, model, node, port, read, with_int};
use rten_onnx::onnx::{AttributeProto, AttributeType, GraphProto, NodeProto, TensorProto, ValueInfoProto};

fn body(inputs: &[&str], nodes: Vec<NodeProto>, tensors: Vec<TensorProto>, outputs: &[&str]) -> GraphProto {
    let ports = |names: &[&str]| names.iter().map(|name| port(name, &[])).collect::<Vec<ValueInfoProto>>();
    let (input, output) = (ports(inputs), ports(outputs));
    GraphProto { node: nodes, initializer: tensors, input, output, value_info: vec![] }
}

fn with_graph(mut node: NodeProto, name: &str, graph: GraphProto) -> NodeProto {
    node.attribute.push(AttributeProto {
        name: Some(name.to_owned()),
        g: Some(graph),
        r#type: Some(AttributeType::GRAPH),
        ..AttributeProto::default()
    });
    node
}

fn branches(condition: &str) -> NodeProto {
    let branch = |op: &str| body(&[], vec![node(op, &["x"], "inner")], vec![], &["inner"]);
    with_graph(with_graph(node("If", &[condition], "y"), "then_branch", branch("Exp")), "else_branch", branch("Neg"))
}

fn ops(graph: &FixedGraph) -> Vec<&str> {
    graph.nodes.iter().map(|node| node.op.as_str()).collect()
}

#[test]
fn the_branch_of_a_known_condition_is_taken() {
    // As exporters write it: squeeze an axis if it is one.
    let nodes = |wanted: i64| {
        let nodes = vec![
            node("Shape", &["x"], "shape"),
            with_int(node("Gather", &["shape", "first"], "rows"), "axis", 0),
            node("Equal", &["rows", "wanted"], "condition"),
            branches("condition"),
        ];
        model(vec![port("x", &[Some(3)])], nodes, vec![integers("first", &[0]), integers("wanted", &[wanted])], "y")
    };
    for (wanted, op) in [(3, "Exp"), (4, "Neg")] {
        let graph = read(&nodes(wanted)).unwrap().specialise(&[]).unwrap();
        assert_eq!(ops(&graph), [op]);
        assert_eq!(graph.output_names, ["y"]);
    }
}

#[test]
fn both_branches_are_computed_where_only_a_run_knows() {
    let nodes = vec![node("Greater", &["x", "x"], "condition"), branches("condition")];
    let graph = read(&model(vec![port("x", &[Some(1)])], nodes, vec![], "y")).unwrap().specialise(&[]).unwrap();
    assert_eq!(ops(&graph), ["Greater", "Exp", "Neg", "Where"]);
}

#[test]
fn branches_of_different_shapes_are_refused_where_only_a_run_knows() {
    let branch = |target: &str| body(&[], vec![node("Reshape", &["x", target], "inner")], vec![], &["inner"]);
    let choice = with_graph(node("If", &["condition"], "y"), "then_branch", branch("row"));
    let choice = with_graph(choice, "else_branch", branch("column"));
    let tensors = vec![integers("row", &[1, 3]), integers("column", &[3, 1])];
    let nodes = vec![node("Greater", &["x", "x"], "condition"), choice];
    let error = read(&model(vec![port("x", &[Some(3)])], nodes, tensors, "y")).unwrap().specialise(&[]).unwrap_err();
    assert!(error.to_string().contains("[1, 3] and [3, 1]"), "{error}");
}

/// sum = x; `turns` times: scanned = x + sum, sum = scanned + turn. The body hides the name of the model's output.
fn sums(turns: TensorProto, condition: NodeProto) -> rten_onnx::onnx::ModelProto {
    let nodes = vec![
        node("Add", &["x", "sum"], "y"),
        with_int(node("Cast", &["turn"], "number"), "to", 1),
        node("Add", &["y", "number"], "next"),
        condition,
    ];
    let inner = body(&["turn", "going", "sum"], nodes, vec![], &["still", "next", "y"]);
    let mut turns_of = with_graph(node("Loop", &["turns", "", "x"], "last"), "body", inner);
    turns_of.output.push("all".to_owned());
    let nodes = vec![turns_of, node("Add", &["last", "all"], "y")];
    model(vec![port("x", &[Some(2)])], nodes, vec![turns], "y")
}

#[test]
fn a_loop_of_known_length_is_written_out() {
    let model = sums(integers("turns", &[3]), node("Identity", &["going"], "still"));
    let graph = read(&model).unwrap().specialise(&[]).unwrap();
    // Three times two sums, of which the last turn's second and the first turn's scan are also results; adding turn 0
    // changes nothing, so it is not there.
    let count = |op: &str| ops(&graph).iter().filter(|&&other| other == op).count();
    assert_eq!((count("Concat"), count("Loop"), count("Add")), (1, 0, 6));
    assert_eq!(graph.dims[graph.outputs[0]], [3, 2]);
    let turns = graph.constants.iter().flatten().filter_map(|tensor| match &tensor.data {
        TensorData::F32(values) => Some(values.clone()),
        _ => None,
    });
    assert_eq!(turns.collect::<Vec<_>>(), [[1.0], [2.0]]);
}

#[test]
fn a_loop_ends_when_its_condition_does() {
    // Goes on while the turn is below 1: two turns of at most a thousand.
    let mut model = sums(integers("turns", &[1000]), node("Less", &["turn", "one"], "still"));
    model.graph.as_mut().unwrap().initializer.push(integers("one", &[1]));
    let graph = read(&model).unwrap().specialise(&[]).unwrap();
    assert_eq!(graph.dims[graph.outputs[0]], [2, 2]);
}

#[test]
fn loops_without_end_are_refused() {
    let model = sums(integers("turns", &[i64::MAX]), node("Identity", &["going"], "still"));
    let error = read(&model).unwrap().specialise(&[]).unwrap_err();
    assert!(error.to_string().contains("more than 4096 turns"), "{error}");
}

#[test]
fn a_node_comes_after_what_its_branch_reads() {
    let late = |name: &str| body(&[], vec![node("Exp", &["later"], name)], vec![], &[name]);
    let choice = with_graph(node("If", &["yes"], "y"), "then_branch", late("a"));
    let choice = with_graph(choice, "else_branch", late("b"));
    let nodes = vec![choice, node("Neg", &["x"], "later")];
    let model = model(vec![port("x", &[Some(2)])], nodes, vec![integers("yes", &[1])], "y");
    assert_eq!(ops(&read(&model).unwrap().specialise(&[]).unwrap()), ["Neg", "Exp"]);
}

#[test]
fn a_name_that_nothing_in_or_around_a_branch_makes_is_refused() {
    let branch = || body(&[], vec![node("Exp", &["nowhere"], "inner")], vec![], &["inner"]);
    let choice = with_graph(node("If", &["yes"], "y"), "then_branch", branch());
    let choice = with_graph(choice, "else_branch", branch());
    let error = read(&model(vec![port("x", &[Some(2)])], vec![choice], vec![integers("yes", &[1])], "y")).unwrap_err();
    assert!(error.to_string().contains("nothing computes value nowhere"), "{error}");
}
