//! The layers whose weights can be made narrower.

use std::collections::HashMap;

use crate::message::Message;
use crate::onnx::{self, Floats, Model, attribute, node, tensor};
use crate::scheme::{self, Around, BLOCK, Width};
use crate::{Options, QuantizeError, pattern};

/// Where a weight stands in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// An initialiser, by its number.
    Initializer(usize),
    /// A `Constant` node, by its number.
    Constant(usize),
}

/// A constant weight and the node that reads it first.
#[derive(Debug)]
pub(crate) struct Layer {
    pub(crate) node: String,
    pub(crate) op: String,
    /// Name of the weight.
    pub(crate) weight: String,
    pub(crate) place: Place,
    pub(crate) dims: Vec<usize>,
    pub(crate) values: Vec<f32>,
    /// Whether the file holds it as float16.
    pub(crate) half: bool,
    /// The axis of the output channels.
    pub(crate) channels: usize,
    /// How int4 blocks lie.
    pub(crate) blocks: Blocks,
    /// The narrowest type it can have.
    pub(crate) narrowest: Width,
    /// Why it is left as it is, if it is.
    pub(crate) kept: Option<String>,
}

/// How int4 blocks of 32 lie in a weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blocks {
    /// Along this axis.
    Along(usize),
    /// Along all axes behind the first, which are joined for it.
    Joined,
}

impl Layer {
    /// Relative error of the weights in a type.
    pub(crate) fn error(&self, width: Width) -> f64 {
        let restored = match width {
            Width::Int4 => scheme::int4(&self.values, self.block_view(), self.half).restored,
            Width::Int8 => scheme::int8(&self.values, self.channel_view(), self.half).restored,
            Width::F16 => scheme::float16(&self.values).1,
            Width::Unchanged => return 0.0,
        };
        scheme::relative_error(&self.values, &restored)
    }

    /// Bytes of the weights in a type, with their scales.
    pub(crate) fn bytes(&self, width: Width) -> usize {
        let (count, float) = (self.values.len(), if self.half { 2 } else { 4 });
        match width {
            Width::Int4 => {
                let view = self.block_view();
                count.div_ceil(2) + float * view.outer * view.blocks() * view.inner
            }
            Width::Int8 => count + float * self.dims[self.channels],
            Width::F16 => 2 * count,
            Width::Unchanged => float * count,
        }
    }

    /// The tensor around the axis of its output channels.
    pub(crate) fn channel_view(&self) -> Around {
        Around::new(&self.dims, self.channels)
    }

    /// The tensor around the axis of its int4 blocks.
    pub(crate) fn block_view(&self) -> Around {
        match self.blocks {
            Blocks::Along(axis) => Around::new(&self.dims, axis),
            Blocks::Joined => Around { outer: self.dims[0], length: self.dims[1..].iter().product(), inner: 1 },
        }
    }
}

/// Every constant float weight of a convolution or a matrix product, each once.
pub(crate) fn find(model: &Model, options: &Options) -> Result<Vec<Layer>, QuantizeError> {
    let mut places: HashMap<String, Place> = HashMap::new();
    for (number, proto) in model.initializers.iter().enumerate() {
        places.insert(proto.text(tensor::NAME).to_owned(), Place::Initializer(number));
    }
    for (number, proto) in model.nodes.iter().enumerate().filter(|(_, proto)| proto.text(node::OP) == "Constant") {
        places.extend(proto.texts(node::OUTPUT).into_iter().map(|name| (name, Place::Constant(number))));
    }
    let mut layers: Vec<Layer> = Vec::new();
    for proto in model.nodes.iter().filter(|proto| onnx::is_default_domain(proto.text(node::DOMAIN))) {
        let inputs = proto.texts(node::INPUT);
        let Some((weight, &place)) = inputs.get(1).and_then(|name| places.get_key_value(name)) else { continue };
        if layers.iter().all(|layer| layer.weight != *weight)
            && let Some(layer) = layer(model, proto, weight, place)?
        {
            layers.push(layer);
        }
    }
    for pattern in &options.keep {
        let mut fitting = layers
            .iter_mut()
            .filter(|layer| pattern::matches(pattern, &layer.node) || pattern::matches(pattern, &layer.weight))
            .peekable();
        if fitting.peek().is_none() {
            let known = layers.iter().map(|layer| layer.node.as_str()).collect::<Vec<_>>().join(", ");
            return Err(QuantizeError::UnknownLayer { pattern: pattern.clone(), known });
        }
        fitting.for_each(|layer| layer.kept = Some(format!("kept by {pattern}")));
    }
    for layer in layers.iter_mut().filter(|layer| layer.kept.is_none()) {
        layer.narrowest = layer.narrowest.max(options.weights);
        if layer.bytes(layer.narrowest) >= layer.bytes(Width::Unchanged) {
            layer.kept = Some("it would not become smaller".to_owned());
        }
    }
    Ok(layers)
}

fn layer(model: &Model, proto: &Message, weight: &str, place: Place) -> Result<Option<Layer>, QuantizeError> {
    let op = proto.text(node::OP);
    if !["Conv", "ConvTranspose", "MatMul", "Gemm"].contains(&op) {
        return Ok(None);
    }
    let decoded;
    let data = match place {
        Place::Initializer(number) => &model.initializers[number],
        Place::Constant(number) => {
            let value = onnx::attribute(&model.nodes[number], "value")?;
            let Some(bytes) = value.as_ref().and_then(|value| value.bytes(attribute::TENSOR)) else { return Ok(None) };
            decoded = Message::decode(bytes)?;
            &decoded
        }
    };
    let Some(Floats { dims, values, half }) = onnx::floats(data, weight)? else { return Ok(None) };
    if values.iter().any(|value| !value.is_finite()) {
        return Err(QuantizeError::NotFinite(weight.to_owned()));
    }
    let node = onnx::node_name(proto);
    let rank_fits = if op.starts_with("Conv") { dims.len() >= 3 } else { dims.len() == 2 };
    let groups = usize::try_from(onnx::integer(proto, "group", 1)?).unwrap_or(1).max(1);
    let transposed = onnx::integer(proto, "transB", 0)? != 0;
    let (channels, blocks) = match op {
        "Conv" => (0, Blocks::Joined),
        "ConvTranspose" => (1, Blocks::Along(0)),
        "Gemm" if transposed => (0, Blocks::Along(1)),
        _ => (1, Blocks::Along(0)),
    };
    let kept = (!rank_fits || values.is_empty()).then(|| format!("weights of shape {dims:?}"));
    // A block that reaches over two groups has no place in the kernels, which keep groups apart.
    let straddles = op == "ConvTranspose" && groups > 1 && rank_fits && !(dims[0] / groups).is_multiple_of(BLOCK);
    let narrowest = if straddles { Width::Int8 } else { Width::Int4 };
    Ok(Some(Layer {
        node,
        op: op.to_owned(),
        weight: weight.to_owned(),
        place,
        dims,
        values,
        half,
        channels,
        blocks,
        narrowest,
        kept,
    }))
}
