//! The model with its weights in their new types.

use std::collections::HashSet;

use half::slice::HalfFloatSliceExt;

use crate::layers::{Blocks, Layer, Place};
use crate::message::Message;
use crate::onnx::{self, Model, graph, model, node, tensor};
use crate::scheme::{self, BLOCK, Quantised, Width};
use crate::{QuantizeError, opset};

/// Writes `parsed` with each layer's weight in its width.
///
/// The narrow tensor takes a new name; the nodes that restore it come first in the graph and give the
/// weight its own name, so that no other node changes.
pub(crate) fn apply(parsed: &Model, layers: &[Layer], widths: &[Width]) -> Result<Vec<u8>, QuantizeError> {
    let changed = || layers.iter().zip(widths).filter(|(_, width)| **width != Width::Unchanged);
    let mut names = Names::of(parsed);
    let mut restoring: Vec<Message> = Vec::new();
    let mut tensors: Vec<Message> = parsed.initializers.clone();
    let mut added: Vec<Message> = Vec::new();
    let mut gone: HashSet<usize> = HashSet::new();
    let mut wanted = parsed.opset;
    for (layer, &width) in changed() {
        let narrow = Narrow::new(layer, width, &mut names);
        wanted = wanted.max(opset::needed(width, layer.half));
        match layer.place {
            Place::Initializer(number) => narrow.replace(&mut tensors[number]),
            Place::Constant(number) => {
                gone.insert(number);
                let mut proto = Message::default();
                narrow.replace(&mut proto);
                added.push(proto);
            }
        }
        added.extend(narrow.others);
        restoring.extend(narrow.nodes);
    }
    let mut nodes: Vec<Message> = parsed
        .nodes
        .iter()
        .enumerate()
        .filter(|(number, _)| !gone.contains(number))
        .map(|(_, node)| node.clone())
        .collect();
    let mut message = parsed.message.clone();
    opset::raise(&mut message, &mut nodes, &mut added, &mut names, parsed.opset, wanted)?;

    let replaced: HashSet<&str> = changed().map(|(layer, _)| layer.weight.as_str()).collect();
    let mut graph = parsed.graph.clone();
    graph.replace(graph::NODE, restoring.iter().chain(&nodes).map(Message::encode));
    graph.replace(graph::INITIALIZER, tensors.iter().chain(&added).map(Message::encode));
    // Files before IR version 4 declare every initialiser as an input.
    let inputs = graph.all(graph::INPUT).map(|bytes| Ok((Message::decode(bytes)?, bytes.to_vec())));
    let inputs = inputs.collect::<Result<Vec<_>, QuantizeError>>()?;
    let left = inputs.into_iter().filter(|(input, _)| !replaced.contains(input.text(onnx::VALUE_NAME)));
    graph.replace(graph::INPUT, left.map(|(_, bytes)| bytes));
    message.replace(model::GRAPH, [graph.encode()]);
    Ok(message.encode())
}

/// A narrow weight, and what restores it.
struct Narrow {
    name: String,
    kind: i64,
    dims: Vec<usize>,
    raw: Vec<u8>,
    /// Scales and shapes.
    others: Vec<Message>,
    nodes: Vec<Message>,
}

impl Narrow {
    fn new(layer: &Layer, width: Width, names: &mut Names) -> Self {
        let weight = layer.weight.as_str();
        let (kind, suffix) = match width {
            Width::Int4 => (tensor::INT4, "int4"),
            Width::Int8 => (tensor::INT8, "int8"),
            Width::F16 | Width::Unchanged => (tensor::FLOAT16, "float16"),
        };
        let name = names.fresh(&format!("{weight}_{suffix}"));
        if kind == tensor::FLOAT16 {
            let (halves, _) = scheme::float16(&layer.values);
            let raw = halves.reinterpret_cast().iter().flat_map(|bits: &u16| bits.to_le_bytes()).collect();
            let cast = onnx::new_node("Cast", &[&name], weight, &[("to", tensor::FLOAT)]);
            return Self { name, kind, dims: layer.dims.clone(), raw, others: vec![], nodes: vec![cast] };
        }
        let scale = names.fresh(&format!("{weight}_scale"));
        let dequantize = |output: &str, attributes: &[(&str, i64)]| {
            onnx::new_node("DequantizeLinear", &[&name, &scale], output, attributes)
        };
        let axis = |axis: usize| ("axis", axis as i64);
        if kind == tensor::INT8 {
            let quantised = scheme::int8(&layer.values, layer.channel_view(), layer.half);
            let others = vec![scales(&scale, &[layer.dims[layer.channels]], &quantised, layer.half)];
            let raw = quantised.codes.iter().map(|code| code.cast_unsigned()).collect();
            let nodes = vec![dequantize(weight, &[axis(layer.channels)])];
            return Self { name, kind, dims: layer.dims.clone(), raw, others, nodes };
        }
        let view = layer.block_view();
        let quantised = scheme::int4(&layer.values, view, layer.half);
        let size = ("block_size", BLOCK as i64);
        let (dims, scale_dims, nodes, shape) = match layer.blocks {
            Blocks::Along(along) => {
                let mut scale_dims = layer.dims.clone();
                scale_dims[along] = view.blocks();
                (layer.dims.clone(), scale_dims, vec![dequantize(weight, &[axis(along), size])], None)
            }
            Blocks::Joined => {
                let (flat, shape) = (names.fresh(&format!("{weight}_flat")), names.fresh(&format!("{weight}_shape")));
                let nodes =
                    vec![dequantize(&flat, &[axis(1), size]), onnx::new_node("Reshape", &[&flat, &shape], weight, &[])];
                let raw = layer.dims.iter().flat_map(|&dim| (dim as i64).to_le_bytes()).collect();
                let shape = onnx::new_tensor(&shape, tensor::INT64, &[layer.dims.len()], raw);
                (vec![view.outer, view.length], vec![view.outer, view.blocks()], nodes, Some(shape))
            }
        };
        let others = [Some(scales(&scale, &scale_dims, &quantised, layer.half)), shape].into_iter().flatten().collect();
        // Two to a byte, the first in the low half.
        let raw = quantised.codes.chunks(2).map(|two| {
            let nibble = |n: usize| two.get(n).map_or(0, |code| code.cast_unsigned() & 0xf);
            nibble(0) | nibble(1) << 4
        });
        Self { name, kind, dims, raw: raw.collect(), others, nodes }
    }

    /// Puts the narrow weight into its tensor message; what else the message says stays.
    fn replace(&self, proto: &mut Message) {
        let new = onnx::new_tensor(&self.name, self.kind, &self.dims, self.raw.clone());
        for field in [tensor::DIMS, tensor::TYPE, tensor::FLOATS, tensor::INT32S, tensor::NAME, tensor::RAW] {
            proto.clear(field);
        }
        proto.extend(new);
    }
}

fn scales(name: &str, dims: &[usize], quantised: &Quantised, half: bool) -> Message {
    if half {
        let raw = quantised.scales.iter().flat_map(|&scale| half::f16::from_f32(scale).to_le_bytes()).collect();
        onnx::new_tensor(name, tensor::FLOAT16, dims, raw)
    } else {
        let raw = quantised.scales.iter().flat_map(|scale| scale.to_le_bytes()).collect();
        onnx::new_tensor(name, tensor::FLOAT, dims, raw)
    }
}

/// The names in use.
pub(crate) struct Names(HashSet<String>);

impl Names {
    fn of(parsed: &Model) -> Self {
        let inputs = parsed.graph.all(graph::INPUT).filter_map(|bytes| Message::decode(bytes).ok());
        let inputs: Vec<String> = inputs.map(|input| input.text(onnx::VALUE_NAME).to_owned()).collect();
        let tensors = parsed.initializers.iter().map(|proto| proto.text(tensor::NAME).to_owned());
        let results = parsed.nodes.iter().flat_map(|proto| proto.texts(node::OUTPUT));
        Self(inputs.into_iter().chain(tensors).chain(results).collect())
    }

    /// `name`, or `name` with a number behind it if it is taken.
    pub(crate) fn fresh(&mut self, name: &str) -> String {
        let numbered = (2..).map(|number: usize| format!("{name}_{number}"));
        let free = std::iter::once(name.to_owned()).chain(numbered).find(|name| !self.0.contains(name));
        // The numbers never end.
        let free = free.unwrap_or_default();
        self.0.insert(free.clone());
        free
    }
}
