//! Changes to a model that leave it readable, and changes to its bytes that may not.

use rten_onnx::onnx::{AttributeProto, AttributeType, DataType, GraphProto, ModelProto, NodeProto, TensorProto};

use crate::random::Random;

/// One change to the decoded model; `others` lend their nodes, attributes and names.
pub(crate) fn model(model: &mut ModelProto, others: &[ModelProto], random: &mut Random) {
    let other = random.pick(others).and_then(|other| other.graph.as_ref());
    if random.below(16) == 0 {
        for opset in &mut model.opset_import {
            opset.version = Some(11 + random.below(16) as i64);
        }
    }
    let Some(graph) = &mut model.graph else { return };
    match random.below(10) {
        0 => input_dims(graph, random),
        1 | 2 => tensor_of(graph, random),
        3..=5 => attribute_of(graph, other, random),
        6 => operator_of(graph, other, random),
        7 | 8 => wiring(graph, random),
        _ => splice(graph, other, random),
    }
}

/// Changes to the bytes: flipped, cut, repeated, overwritten.
pub(crate) fn bytes(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..=random.below(4) {
        let Some(at) = random.index(bytes.len()) else { return };
        match random.below(5) {
            0 => bytes[at] ^= 1 << random.below(8),
            1 => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][random.below(5)],
            2 => bytes.truncate(at),
            3 => {
                let end = (at + random.below(16)).min(bytes.len());
                let copied = bytes[at..end].to_vec();
                let to = random.below(bytes.len() + 1);
                bytes.splice(to..to, copied);
            }
            _ => {
                let end = (at + random.below(8)).min(bytes.len());
                bytes.drain(at..end);
            }
        }
    }
}

fn input_dims(graph: &mut GraphProto, random: &mut Random) {
    let Some(at) = random.index(graph.input.len()) else { return };
    let kind = graph.input[at].r#type.as_mut().and_then(|kind| kind.tensor_type.as_mut());
    let Some(tensor) = kind else { return };
    if random.below(4) == 0 {
        tensor.elem_type = Some(DataType(random.below(25) as i32));
    }
    let Some(shape) = &mut tensor.shape else { return };
    match (random.below(4), random.index(shape.dim.len())) {
        (0, _) => shape.dim.extend(shape.dim.first().cloned()),
        (1, Some(axis)) => drop(shape.dim.remove(axis)),
        (_, Some(axis)) => shape.dim[axis].dim_value = Some(random.absurd()),
        _ => {}
    }
}

fn tensor_of(graph: &mut GraphProto, random: &mut Random) {
    let in_nodes = graph.node.iter_mut().flat_map(|node| &mut node.attribute).filter_map(|a| a.t.as_mut());
    let mut tensors: Vec<&mut TensorProto> = graph.initializer.iter_mut().chain(in_nodes).collect();
    let Some(at) = random.index(tensors.len()) else { return };
    tensor(tensors[at], random);
}

fn tensor(tensor: &mut TensorProto, random: &mut Random) {
    match random.below(6) {
        0 => tensor.data_type = Some(DataType(random.below(25) as i32)),
        1 => tensor.dims.push(random.absurd()),
        2 => drop(tensor.dims.pop()),
        3 => {
            if let Some(axis) = random.index(tensor.dims.len()) {
                tensor.dims[axis] = random.absurd();
            }
        }
        _ => values(tensor, random),
    }
}

/// Puts an absurd number among the elements, or takes some away.
fn values(tensor: &mut TensorProto, random: &mut Random) {
    if let Some(at) = random.index(tensor.int64_data.len()) {
        tensor.int64_data[at] = random.absurd();
    }
    let Some(raw) = &mut tensor.raw_data else { return };
    let raw = raw.get_mut();
    let float = random.below(2) == 0;
    let number =
        if float { (absurd_float(random).to_bits() as u64).to_le_bytes() } else { random.absurd().to_le_bytes() };
    let width = if tensor.data_type == Some(DataType::INT64) { 8 } else { 4 };
    if raw.len() >= width {
        let at = random.below(raw.len() / width) * width;
        raw[at..at + width].copy_from_slice(&number[..width]);
    }
    if random.below(4) == 0 {
        raw.truncate(random.below(raw.len() + 1));
    }
}

fn absurd_float(random: &mut Random) -> f32 {
    const VALUES: [f32; 8] = [0.0, -0.0, f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e30, 1e-30, -7.5];
    VALUES[random.below(VALUES.len())]
}

fn attribute_of(graph: &mut GraphProto, other: Option<&GraphProto>, random: &mut Random) {
    let Some(at) = random.index(graph.node.len()) else { return };
    let attributes = &mut graph.node[at].attribute;
    let index = random.index(attributes.len());
    match (random.below(8), index) {
        (0, Some(index)) => drop(attributes.remove(index)),
        (1, Some(index)) => attributes.push(attributes[index].clone()),
        (2, _) => attributes.extend(borrowed_attribute(other, random)),
        (3 | 4, _) => attributes.push(made_up_attribute(random)),
        (_, Some(index)) => attribute(&mut attributes[index], random),
        _ => attributes.push(made_up_attribute(random)),
    }
}

fn borrowed_attribute(other: Option<&GraphProto>, random: &mut Random) -> Option<AttributeProto> {
    let node = random.pick(&other?.node)?;
    random.pick(&node.attribute).cloned()
}

/// A number or a list of them under a name that many operators know.
fn made_up_attribute(random: &mut Random) -> AttributeProto {
    const LISTS: [&str; 7] = ["strides", "dilations", "pads", "kernel_shape", "output_padding", "axes", "perm"];
    const NUMBERS: [&str; 6] = ["axis", "group", "num_groups", "keepdims", "ceil_mode", "blocksize"];
    let list = random.below(2) == 0;
    let name = if list { LISTS[random.below(LISTS.len())] } else { NUMBERS[random.below(NUMBERS.len())] };
    AttributeProto {
        name: Some(name.to_owned()),
        i: (!list).then(|| random.absurd()),
        ints: if list { (0..random.below(7)).map(|_| random.absurd()).collect() } else { Vec::new() },
        r#type: Some(if list { AttributeType::INTS } else { AttributeType::INT }),
        ..AttributeProto::default()
    }
}

fn attribute(attribute: &mut AttributeProto, random: &mut Random) {
    if random.below(12) == 0 {
        attribute.r#type = Some(AttributeType(random.below(15) as i32));
    }
    if attribute.i.is_some() {
        attribute.i = Some(random.absurd());
    }
    if attribute.f.is_some() {
        attribute.f = Some(absurd_float(random));
    }
    if let Some(text) = &mut attribute.s {
        let at = random.index(text.len()).unwrap_or(0);
        if text.is_char_boundary(at) {
            text.truncate(at);
        }
    }
    match (random.below(4), random.index(attribute.ints.len())) {
        (0, _) => attribute.ints.push(random.absurd()),
        (1, Some(at)) => drop(attribute.ints.remove(at)),
        (_, Some(at)) => attribute.ints[at] = random.absurd(),
        _ => {}
    }
    if let Some(inner) = &mut attribute.t {
        tensor(inner, random);
    }
    if let Some(graph) = &mut attribute.g {
        wiring(graph, random);
    }
}

fn operator_of(graph: &mut GraphProto, other: Option<&GraphProto>, random: &mut Random) {
    let lent = other.and_then(|other| random.pick(&other.node)).and_then(|node| node.op_type.clone());
    if let (Some(at), Some(op)) = (random.index(graph.node.len()), lent) {
        graph.node[at].op_type = Some(op);
    }
}

/// Operands and results dropped, doubled and crossed, cycles among them.
fn wiring(graph: &mut GraphProto, random: &mut Random) {
    let names = |nodes: &[NodeProto]| nodes.iter().flat_map(|n| n.input.iter().chain(&n.output)).cloned().collect();
    let names: Vec<String> = names(&graph.node);
    let (Some(name), Some(at)) = (random.pick(&names).cloned(), random.index(graph.node.len())) else { return };
    let node = &mut graph.node[at];
    match (random.below(8), random.index(node.input.len()), random.index(node.output.len())) {
        (0, _, _) => node.input.push(name),
        (1, Some(index), _) => drop(node.input.remove(index)),
        (2 | 3, Some(index), _) => node.input[index] = name,
        (4, Some(index), _) => node.input[index].clear(),
        (5, _, Some(index)) => node.output[index] = name,
        (6, _, _) => node.output.push(format!("more{}", node.output.len())),
        (7, _, _) => {
            if let Some(index) = random.index(graph.initializer.len()) {
                graph.initializer.remove(index);
            }
        }
        _ => {}
    }
}

/// Puts the nodes of another model behind those of this one.
fn splice(graph: &mut GraphProto, other: Option<&GraphProto>, random: &mut Random) {
    let Some(other) = other else { return };
    let last = graph.node.last().and_then(|node| node.output.first()).cloned();
    graph.initializer.extend(other.initializer.iter().cloned());
    for node in &other.node {
        let mut node = node.clone();
        if let (Some(operand), Some(last)) = (node.input.first_mut(), &last) {
            operand.clone_from(last);
        }
        graph.node.push(node);
    }
    if random.below(2) == 0 {
        graph.output.clone_from(&other.output);
    }
}
