//! Raising a model's operator set, where that leaves every node's meaning as it was.

use crate::QuantizeError;
use crate::message::Message;
use crate::onnx::{self, attribute, model, node, opset, tensor};
use crate::rewrite::Names;
use crate::scheme::Width;

/// The operator set with the nodes that restore weights of this type.
pub(crate) fn needed(width: Width, half: bool) -> i64 {
    match (width, half) {
        // int4 and blocks.
        (Width::Int4, _) => 21,
        // Scales in float16.
        (Width::Int8, true) => 19,
        // One scale for each index of an axis.
        (Width::Int8, false) => 13,
        (Width::F16 | Width::Unchanged, _) => 0,
    }
}

/// The IR version that goes with an operator set.
fn ir_version(opset: i64) -> i64 {
    match opset {
        21.. => 10,
        19.. => 9,
        _ => 7,
    }
}

/// What happened to an operator in a set: its form with this attribute (with any, if `None`) is the old one.
struct Change {
    op: &'static str,
    since: i64,
    /// The attribute that the new form does not have.
    attribute: Option<&'static str>,
}

const fn change(op: &'static str, since: i64, attribute: Option<&'static str>) -> Change {
    Change { op, since, attribute }
}

/// Attributes that became the second operand.
const MOVED: [Change; 13] = [
    change("ReduceSum", 13, Some("axes")),
    change("Squeeze", 13, Some("axes")),
    change("Unsqueeze", 13, Some("axes")),
    change("Split", 13, Some("split")),
    change("ReduceL1", 18, Some("axes")),
    change("ReduceL2", 18, Some("axes")),
    change("ReduceLogSum", 18, Some("axes")),
    change("ReduceLogSumExp", 18, Some("axes")),
    change("ReduceMax", 18, Some("axes")),
    change("ReduceMean", 18, Some("axes")),
    change("ReduceMin", 18, Some("axes")),
    change("ReduceProd", 18, Some("axes")),
    change("ReduceSumSquare", 18, Some("axes")),
];

/// Changes of meaning that need a person.
const BROKEN: [Change; 10] = [
    change("Dropout", 12, Some("ratio")),
    change("Softmax", 13, None),
    change("LogSoftmax", 13, None),
    change("Hardmax", 13, None),
    change("BatchNormalization", 14, Some("training_mode")),
    change("RoiAlign", 16, None),
    change("DFT", 20, None),
    change("GridSample", 20, Some("mode")),
    change("GroupNormalization", 21, None),
    change("Upsample", 10, None),
];

/// Raises the default operator set of `message` from `from` to `to`, if that is higher.
///
/// Attributes that became operands are moved into `tensors`; an operator whose meaning changed otherwise, a
/// subgraph with either, and functions of the model's own are refused.
pub(crate) fn raise(
    message: &mut Message,
    nodes: &mut [Message],
    tensors: &mut Vec<Message>,
    names: &mut Names,
    from: i64,
    to: i64,
) -> Result<(), QuantizeError> {
    if to <= from {
        return Ok(());
    }
    let refuse = |obstacle: String| QuantizeError::Opset { opset: from, wanted: to, obstacle };
    if message.bytes(model::FUNCTIONS).is_some() {
        return Err(refuse("it holds functions of its own".to_owned()));
    }
    for proto in nodes.iter_mut() {
        if let Some(change) = broken(proto, from, to)? {
            return Err(refuse(told(proto, change)));
        }
        for subgraph in subgraphs(proto)? {
            check_subgraph(&subgraph, from, to)?.map_or(Ok(()), |obstacle| Err(refuse(obstacle)))?;
        }
        if let Some(change) = find(&MOVED, proto, from, to)? {
            move_attribute(proto, change, tensors, names)?;
        } else if proto.text(node::OP) == "Split"
            && (from..to).contains(&17)
            && proto.texts(node::INPUT).len() < 2
            && onnx::attribute(proto, "num_outputs")?.is_none()
        {
            // Since set 18 an even split says into how many parts.
            let mut parts = Message::default();
            parts.push(attribute::NAME, "num_outputs");
            parts.push_integer(attribute::INT, proto.texts(node::OUTPUT).len() as i64);
            parts.push_integer(attribute::TYPE, attribute::TYPE_INT);
            proto.push(node::ATTRIBUTE, parts.encode());
        }
    }
    let sets = message.all(model::OPSET_IMPORT).map(Message::decode).collect::<Result<Vec<_>, _>>()?;
    let raised = sets.into_iter().map(|mut set| {
        if onnx::is_default_domain(set.text(opset::DOMAIN)) {
            set.set_integer(opset::VERSION, to);
        }
        set.encode()
    });
    message.replace(model::OPSET_IMPORT, raised.collect::<Vec<_>>());
    let version = message.integer(model::IR_VERSION).unwrap_or(0).max(ir_version(to));
    message.set_integer(model::IR_VERSION, version);
    Ok(())
}

/// The change in a table that meets a node between two operator sets.
fn find<'t>(table: &'t [Change], proto: &Message, from: i64, to: i64) -> Result<Option<&'t Change>, QuantizeError> {
    if !onnx::is_default_domain(proto.text(node::DOMAIN)) {
        return Ok(None);
    }
    let op = proto.text(node::OP);
    for change in table.iter().filter(|change| change.op == op && from < change.since && change.since <= to) {
        match change.attribute {
            Some(name) if onnx::attribute(proto, name)?.is_none() => {}
            _ => return Ok(Some(change)),
        }
    }
    Ok(None)
}

/// As [`find`] in [`BROKEN`], but for what its table cannot say.
fn broken(proto: &Message, from: i64, to: i64) -> Result<Option<&'static Change>, QuantizeError> {
    let Some(change) = find(&BROKEN, proto, from, to)? else { return Ok(None) };
    // "nearest" kept its name, and so did the last axis.
    let harmless = match change.op {
        "GridSample" => onnx::attribute(proto, "mode")?.is_some_and(|mode| mode.text(attribute::STRING) == "nearest"),
        "Softmax" | "LogSoftmax" | "Hardmax" => onnx::integer(proto, "axis", 1)? == -1,
        _ => false,
    };
    Ok((!harmless).then_some(change))
}

fn told(proto: &Message, change: &Change) -> String {
    format!("node {} ({}) changed its meaning in set {}", onnx::node_name(proto), change.op, change.since)
}

/// The first node of a subgraph, or of one inside it, that any change meets.
fn check_subgraph(graph: &Message, from: i64, to: i64) -> Result<Option<String>, QuantizeError> {
    for bytes in graph.all(onnx::graph::NODE) {
        let proto = Message::decode(bytes)?;
        if let Some(change) = find(&MOVED, &proto, from, to)?.or(broken(&proto, from, to)?) {
            return Ok(Some(told(&proto, change)));
        }
        for inner in subgraphs(&proto)? {
            if let Some(obstacle) = check_subgraph(&inner, from, to)? {
                return Ok(Some(obstacle));
            }
        }
    }
    Ok(None)
}

fn subgraphs(proto: &Message) -> Result<Vec<Message>, QuantizeError> {
    let mut graphs = Vec::new();
    for bytes in proto.all(node::ATTRIBUTE) {
        let attribute = Message::decode(bytes)?;
        for graph in attribute.all(attribute::GRAPH).chain(attribute.all(attribute::GRAPHS)) {
            graphs.push(Message::decode(graph)?);
        }
    }
    Ok(graphs)
}

/// Makes a list of integers that was an attribute the second operand of its node.
fn move_attribute(
    proto: &mut Message,
    change: &Change,
    tensors: &mut Vec<Message>,
    names: &mut Names,
) -> Result<(), QuantizeError> {
    let wanted = change.attribute.unwrap_or_default();
    let attributes = proto.all(node::ATTRIBUTE).map(Message::decode).collect::<Result<Vec<_>, _>>()?;
    let (moved, left): (Vec<_>, Vec<_>) = attributes.into_iter().partition(|one| one.text(attribute::NAME) == wanted);
    let values = moved.iter().map(|one| one.integers(attribute::INTS)).collect::<Result<Vec<_>, _>>()?.concat();
    let name = names.fresh(&format!("{}_{wanted}", onnx::node_name(proto)));
    let raw = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    tensors.push(onnx::new_tensor(&name, tensor::INT64, &[values.len()], raw));
    proto.replace(node::ATTRIBUTE, left.iter().map(Message::encode));
    let first: Vec<Vec<u8>> = proto.all(node::INPUT).take(1).map(<[u8]>::to_vec).collect();
    proto.replace(node::INPUT, first.into_iter().chain([name.into_bytes()]));
    Ok(())
}
