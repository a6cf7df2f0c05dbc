//! Models made to break the reader: each refusal names the node or the tensor, soon and in little memory.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use darkroom_graph::Graph;
use encoded::{integers, model, node, port, read, with_int};
use rten_onnx::onnx::{AttributeProto, AttributeType, DataType, NodeProto, TensorProto};

mod encoded;

fn with_ints(mut node: NodeProto, name: &str, values: &[i64]) -> NodeProto {
    node.attribute.push(AttributeProto {
        name: Some(name.to_owned()),
        ints: values.to_vec(),
        r#type: Some(AttributeType::INTS),
        ..AttributeProto::default()
    });
    node
}

fn floats(name: &str, dims: &[i64], values: Vec<f32>) -> TensorProto {
    TensorProto {
        name: Some(name.to_owned()),
        dims: dims.to_vec(),
        data_type: Some(DataType::FLOAT),
        float_data: values,
        ..TensorProto::default()
    }
}

/// Why a model of one node called `bad` over a 1x2x6x6 image, with constants, is refused.
fn refusal(node: NodeProto, tensors: Vec<TensorProto>) -> String {
    let node = NodeProto { name: Some("bad".to_owned()), ..node };
    let model = model(vec![port("x", &[Some(1), Some(2), Some(6), Some(6)])], vec![node], tensors, "y");
    read(&model).and_then(|graph| graph.specialise(&[])).unwrap_err().to_string()
}

/// A 3x3 convolution from two channels to two.
fn conv(name: &str, values: &[i64]) -> String {
    conv_of("Conv", name, values)
}

fn conv_of(op: &str, name: &str, values: &[i64]) -> String {
    refusal(with_ints(node(op, &["x", "w"], "y"), name, values), vec![floats("w", &[2, 2, 3, 3], vec![0.5; 36])])
}

#[test]
fn windows_that_make_no_sense_name_their_node() {
    for why in [
        conv("strides", &[0, 1]),
        conv("strides", &[1]),
        conv("strides", &[-1, 1]),
        conv("dilations", &[i64::MAX, 1]),
        conv("dilations", &[4, 4]),
        conv("pads", &[i64::MAX, i64::MAX, i64::MAX, i64::MAX]),
        conv("pads", &[0; 7]),
        conv_of("ConvTranspose", "strides", &[1 << 40, 1 << 40]),
        conv_of("ConvTranspose", "strides", &[1 << 24, 1 << 24]),
        conv_of("ConvTranspose", "pads", &[100, 100, 100, 100]),
        conv_of("ConvTranspose", "output_shape", &[i64::MAX, i64::MAX]),
        refusal(with_ints(node("MaxPool", &["x"], "y"), "kernel_shape", &[1 << 20, 1 << 20]), vec![]),
        refusal(with_ints(node("AveragePool", &["x"], "y"), "kernel_shape", &[0, 3]), vec![]),
        refusal(node("MaxPool", &["x"], "y"), vec![]),
        refusal(
            with_int(node("Conv", &["x", "w"], "y"), "group", i64::MIN),
            vec![floats("w", &[2, 2, 3, 3], vec![0.5; 36])],
        ),
    ] {
        assert!(why.contains("node bad"), "{why}");
    }
}

#[test]
fn axes_and_permutations_that_are_none_name_their_node() {
    let axis = |op: &str, inputs: &[&str], axis| refusal(with_int(node(op, inputs, "y"), "axis", axis), vec![]);
    for why in [
        axis("ArgMax", &["x"], i64::MIN),
        axis("Concat", &["x", "x"], i64::MAX),
        axis("Flatten", &["x"], 5),
        axis("ArgMax", &["x"], -5),
        refusal(with_ints(node("Transpose", &["x"], "y"), "perm", &[0, 1, 1, 2]), vec![]),
        refusal(with_ints(node("Transpose", &["x"], "y"), "perm", &[0, 1]), vec![]),
        refusal(node("Unsqueeze", &["x", "a"], "y"), vec![integers("a", &[0, 0])]),
        refusal(node("Squeeze", &["x", "a"], "y"), vec![integers("a", &[2])]),
        refusal(node("ReduceSum", &["x", "a"], "y"), vec![integers("a", &[7])]),
    ] {
        assert!(why.contains("node bad"), "{why}");
    }
}

#[test]
fn sizes_that_no_tensor_has_name_their_node() {
    let by = |op: &str, values: &[i64]| refusal(node(op, &["x", "n"], "y"), vec![integers("n", values)]);
    for why in [
        by("Reshape", &[-1, -1]),
        by("Reshape", &[-2, 36]),
        by("Reshape", &[1 << 62, 1 << 62]),
        by("Reshape", &[7, -1]),
        by("Expand", &[1 << 31, 2, 6, 6]),
        by("Expand", &[-1, 2, 6, 6]),
        by("Expand", &[5]),
        by("Tile", &[1 << 16, 1 << 16, 1, 1]),
        by("Tile", &[-1, 1, 1, 1]),
        by("Tile", &[i64::MAX; 4]),
        by("Pad", &[0, 0, -9, 0, 0, 0, 0, 0]),
        by("Pad", &[i64::MAX; 8]),
        by("Pad", &[1]),
        refusal(node("Slice", &["x", "n", "n", "n", "z"], "y"), vec![integers("n", &[0]), integers("z", &[0])]),
        refusal(node("Resize", &["x", "", "", "n"], "y"), vec![integers("n", &[1, 2, 1 << 40, 6])]),
        refusal(node("Resize", &["x", "", "", "n"], "y"), vec![integers("n", &[1, 2, -6, 6])]),
        refusal(node("Resize", &["x", "", "s"], "y"), vec![floats("s", &[4], vec![1.0, 1.0, f32::NAN, -1.0])]),
        refusal(node("Resize", &["x", "", "s"], "y"), vec![floats("s", &[4], vec![1.0, 1.0, f32::INFINITY, 1.0])]),
        refusal(node("MatMul", &["x", "w"], "y"), vec![floats("w", &[5, 5], vec![0.5; 25])]),
    ] {
        assert!(why.contains("node bad"), "{why}");
    }
}

#[test]
fn folding_cannot_be_made_to_fill_the_memory() {
    let fill = |n: usize| node("ConstantOfShape", &["n"], &format!("c{n}"));
    let mut nodes: Vec<NodeProto> = (0..1000).map(fill).collect();
    let names: Vec<String> = (0..1000).map(|n| format!("c{n}")).collect();
    nodes.push(node("Sum", &names.iter().map(String::as_str).collect::<Vec<_>>(), "y"));
    let model = model(vec![], nodes, vec![integers("n", &[1 << 24])], "y");
    let why = read(&model).and_then(|graph| graph.specialise(&[])).unwrap_err().to_string();
    assert!(why.contains("node c") && why.contains("too large together"), "{why}");
    let why = refusal(node("ConstantOfShape", &["n"], "y"), vec![integers("n", &[1 << 31])]);
    assert!(why.contains("node bad"), "{why}");
    let numbers = vec![integers("a", &[0]), integers("b", &[i64::MAX]), integers("c", &[1])];
    let why = refusal(node("Range", &["a", "b", "c"], "y"), numbers);
    assert!(why.contains("node bad"), "{why}");
}

#[test]
fn many_inputs_and_nodes_take_no_more_than_their_number() {
    // Quadratic work over these would take minutes.
    const MANY: usize = 60_000;
    let inputs = (0..MANY).map(|n| port(&format!("x{n}"), &[Some(1)])).collect();
    let first = node("Relu", &["x0"], "v0");
    let chain = (1..MANY).map(|n| node("Add", &[&format!("v{}", n - 1), &format!("x{n}")], &format!("v{n}")));
    let last = format!("v{}", MANY - 1);
    let model = model(inputs, std::iter::once(first).chain(chain).collect(), vec![], &last);
    let fixed = read(&model).unwrap().specialise(&[]).unwrap();
    assert_eq!(fixed.nodes.len(), MANY);
}

#[test]
fn weights_that_are_no_numbers_name_tensor_and_node() {
    let why = refusal(node("Add", &["x", "w"], "y"), vec![floats("w", &[1, 3], vec![1.0, f32::NAN, 2.0])]);
    assert!(why.contains("node bad") && why.contains("weights w") && why.contains("element 1"), "{why}");
    // Masks are made of infinities.
    let mask = floats("w", &[6], vec![f32::NEG_INFINITY; 6]);
    let model = model(vec![port("x", &[Some(6)])], vec![node("Add", &["x", "w"], "y")], vec![mask], "y");
    assert!(read(&model).is_ok());
}

#[test]
fn operands_that_nobody_gives_name_their_node() {
    for op in ["Conv", "Add", "MatMul", "Gather", "Concat", "Where", "Relu", "Slice", "LSTM", "Attention"] {
        let why = refusal(node(op, &[], "y"), vec![]);
        assert!(why.contains("bad"), "{op}: {why}");
    }
    let why = refusal(node("Conv", &["x", "nowhere"], "y"), vec![]);
    assert!(why.contains("nothing computes value nowhere") && why.contains("node bad"), "{why}");
}

#[test]
fn a_file_within_a_file_within_a_file_is_refused() {
    // A subgraph in a subgraph, thousands deep, would overflow the stack of whoever decodes it.
    let mut bytes = Vec::new();
    for _ in 0..5000 {
        for field in [6_u8, 5, 1] {
            bytes = delimited(field, &bytes);
        }
    }
    let why = Graph::read(&delimited(7, &bytes)).unwrap_err().to_string();
    assert!(why.contains("nested"), "{why}");
}

fn delimited(field: u8, bytes: &[u8]) -> Vec<u8> {
    let mut message = vec![field << 3 | 2];
    let mut len = bytes.len();
    while len >= 0x80 {
        message.push(len as u8 | 0x80);
        len >>= 7;
    }
    message.push(len as u8);
    message.extend_from_slice(bytes);
    message
}
