//! The parts of ONNX's messages that quantisation reads and writes, by their field numbers in `onnx.proto`.

use crate::QuantizeError;
use crate::message::Message;

/// Fields of `ModelProto`.
pub(crate) mod model {
    pub(crate) const IR_VERSION: u32 = 1;
    pub(crate) const GRAPH: u32 = 7;
    pub(crate) const OPSET_IMPORT: u32 = 8;
    pub(crate) const FUNCTIONS: u32 = 25;
}

/// Fields of `OperatorSetIdProto`.
pub(crate) mod opset {
    pub(crate) const DOMAIN: u32 = 1;
    pub(crate) const VERSION: u32 = 2;
}

/// Fields of `GraphProto`.
pub(crate) mod graph {
    pub(crate) const NODE: u32 = 1;
    pub(crate) const INITIALIZER: u32 = 5;
    pub(crate) const INPUT: u32 = 11;
}

/// Fields of `NodeProto`.
pub(crate) mod node {
    pub(crate) const INPUT: u32 = 1;
    pub(crate) const OUTPUT: u32 = 2;
    pub(crate) const NAME: u32 = 3;
    pub(crate) const OP: u32 = 4;
    pub(crate) const ATTRIBUTE: u32 = 5;
    pub(crate) const DOMAIN: u32 = 7;
}

/// Fields of `AttributeProto`, and the values of its type.
pub(crate) mod attribute {
    pub(crate) const NAME: u32 = 1;
    pub(crate) const INT: u32 = 3;
    pub(crate) const STRING: u32 = 4;
    pub(crate) const TENSOR: u32 = 5;
    pub(crate) const GRAPH: u32 = 6;
    pub(crate) const INTS: u32 = 8;
    pub(crate) const GRAPHS: u32 = 11;
    pub(crate) const TYPE: u32 = 20;
    pub(crate) const TYPE_INT: i64 = 2;
}

/// Fields of `TensorProto`, and the values of its type.
pub(crate) mod tensor {
    pub(crate) const DIMS: u32 = 1;
    pub(crate) const TYPE: u32 = 2;
    pub(crate) const FLOATS: u32 = 4;
    pub(crate) const INT32S: u32 = 5;
    pub(crate) const NAME: u32 = 8;
    pub(crate) const RAW: u32 = 9;
    pub(crate) const EXTERNAL: u32 = 13;
    pub(crate) const LOCATION: u32 = 14;
    pub(crate) const FLOAT: i64 = 1;
    pub(crate) const INT8: i64 = 3;
    pub(crate) const INT64: i64 = 7;
    pub(crate) const FLOAT16: i64 = 10;
    pub(crate) const INT4: i64 = 22;
}

/// Field 1 of `ValueInfoProto`: its name.
pub(crate) const VALUE_NAME: u32 = 1;

/// A model, opened as far as its nodes and initialisers.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) message: Message,
    pub(crate) graph: Message,
    pub(crate) nodes: Vec<Message>,
    pub(crate) initializers: Vec<Message>,
    /// Version of the default operator set.
    pub(crate) opset: i64,
}

impl Model {
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, QuantizeError> {
        let message = Message::decode(bytes)?;
        let graph = message
            .bytes(model::GRAPH)
            .ok_or_else(|| QuantizeError::Protobuf("it holds no graph".to_owned()))
            .and_then(Message::decode)?;
        let sets = message.all(model::OPSET_IMPORT).map(Message::decode).collect::<Result<Vec<_>, _>>()?;
        let opset = sets
            .iter()
            .find(|set| is_default_domain(set.text(opset::DOMAIN)))
            .and_then(|set| set.integer(opset::VERSION))
            .ok_or_else(|| QuantizeError::Protobuf("no operator set is named".to_owned()))?;
        let nodes = graph.all(graph::NODE).map(Message::decode).collect::<Result<Vec<_>, _>>()?;
        let initializers = graph.all(graph::INITIALIZER).map(Message::decode).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { message, graph, nodes, initializers, opset })
    }
}

/// Whether a domain is ONNX's own.
pub(crate) fn is_default_domain(domain: &str) -> bool {
    domain.is_empty() || domain == "ai.onnx"
}

/// The attribute of a node with this name.
pub(crate) fn attribute(node: &Message, name: &str) -> Result<Option<Message>, QuantizeError> {
    let mut attributes = node.all(node::ATTRIBUTE).map(Message::decode);
    attributes.find(|one| one.as_ref().map_or(true, |one| one.text(attribute::NAME) == name)).transpose()
}

/// The value of an integer attribute, or its default.
pub(crate) fn integer(node: &Message, name: &str, default: i64) -> Result<i64, QuantizeError> {
    Ok(attribute(node, name)?.and_then(|found| found.integer(attribute::INT)).unwrap_or(default))
}

/// A node's name, or that of its first output where it has none.
pub(crate) fn node_name(node: &Message) -> String {
    let name = node.text(node::NAME);
    if name.is_empty() { node.texts(node::OUTPUT).into_iter().next().unwrap_or_default() } else { name.to_owned() }
}

/// The contents of a float tensor.
#[derive(Debug)]
pub(crate) struct Floats {
    pub(crate) dims: Vec<usize>,
    pub(crate) values: Vec<f32>,
    /// Whether the file holds them as float16.
    pub(crate) half: bool,
}

/// The contents of a float32 or float16 tensor; `None` for another type.
pub(crate) fn floats(proto: &Message, name: &str) -> Result<Option<Floats>, QuantizeError> {
    let kind = proto.integer(tensor::TYPE).unwrap_or(0);
    if kind != tensor::FLOAT && kind != tensor::FLOAT16 {
        return Ok(None);
    }
    if proto.integer(tensor::LOCATION).unwrap_or(0) != 0 || proto.bytes(tensor::EXTERNAL).is_some() {
        return Err(QuantizeError::ExternalData(name.to_owned()));
    }
    let damaged = |what: String| QuantizeError::Invalid(format!("tensor {name} {what}"));
    let dims = proto
        .integers(tensor::DIMS)?
        .into_iter()
        .map(|dim| usize::try_from(dim).map_err(|_| damaged("has a negative dimension".to_owned())))
        .collect::<Result<Vec<_>, _>>()?;
    let raw = proto.bytes(tensor::RAW).filter(|raw| !raw.is_empty());
    let values = match (raw, kind) {
        (Some(raw), tensor::FLOAT) => raw.as_chunks::<4>().0.iter().map(|&four| f32::from_le_bytes(four)).collect(),
        (Some(raw), _) => raw.as_chunks::<2>().0.iter().map(|&two| half::f16::from_le_bytes(two).to_f32()).collect(),
        (None, tensor::FLOAT) => proto.floats(tensor::FLOATS),
        // Each float16 is the low half of an integer.
        (None, _) => {
            proto.integers(tensor::INT32S)?.into_iter().map(|bits| half::f16::from_bits(bits as u16).to_f32()).collect()
        }
    };
    let wanted = dims.iter().try_fold(1_usize, |product, &dim| product.checked_mul(dim));
    if wanted != Some(values.len()) {
        return Err(damaged(format!("of shape {dims:?} carries {} elements", values.len())));
    }
    Ok(Some(Floats { dims, values, half: kind == tensor::FLOAT16 }))
}

/// A tensor message.
pub(crate) fn new_tensor(name: &str, kind: i64, dims: &[usize], raw: Vec<u8>) -> Message {
    let mut proto = Message::default();
    dims.iter().for_each(|&dim| proto.push_integer(tensor::DIMS, dim as i64));
    proto.push_integer(tensor::TYPE, kind);
    proto.push(tensor::NAME, name);
    proto.push(tensor::RAW, raw);
    proto
}

/// A node message with integer attributes.
pub(crate) fn new_node(op: &str, inputs: &[&str], output: &str, attributes: &[(&str, i64)]) -> Message {
    let mut proto = Message::default();
    inputs.iter().for_each(|&input| proto.push(node::INPUT, input));
    proto.push(node::OUTPUT, output);
    proto.push(node::NAME, format!("{output}/{op}"));
    proto.push(node::OP, op);
    for &(name, value) in attributes {
        let mut attribute = Message::default();
        attribute.push(attribute::NAME, name);
        attribute.push_integer(attribute::INT, value);
        attribute.push_integer(attribute::TYPE, attribute::TYPE_INT);
        proto.push(node::ATTRIBUTE, attribute.encode());
    }
    proto
}
