//! Constants as kernels take them: floats, or whole numbers behind a `DequantizeLinear`.

use std::borrow::Cow;

use darkroom_graph::{ElementType, Node, Tensor, TensorData, ValueId};
use darkroom_kernels::{Codes, Weights};

use crate::builder::Builder;

/// A constant tensor of a float type.
pub(crate) enum Constant<'g> {
    /// Plain values.
    Floats(Vec<f32>),
    /// Whole numbers with scales.
    Quantised(Quantised<'g>),
}

impl Constant<'_> {
    /// Hands the constant to a kernel that packs it.
    pub(crate) fn lend<R>(&self, take: impl FnOnce(&Weights<'_>) -> R) -> R {
        match self {
            Self::Floats(values) => take(&Weights::F32(values)),
            Self::Quantised(quantised) => {
                let shared = |n: usize| quantised.shared(n);
                take(&Weights::Codes(quantised.codes(&shared)))
            }
        }
    }
}

/// A constant `DequantizeLinear`: y = code * scale + offset, in the order of its tensor.
pub(crate) struct Quantised<'g> {
    codes: Cow<'g, [i8]>,
    four_bits: bool,
    scales: Vec<f32>,
    /// One for each scale, or none if all are zero.
    offsets: Vec<f32>,
    sharing: Sharing,
}

/// Which elements share a scale.
#[derive(Clone, Copy, Debug)]
enum Sharing {
    /// All.
    Whole,
    /// Those with the same index along an axis of this length, with so many elements behind one index.
    Axis { length: usize, inner: usize },
    /// Those in the same block of this size along such an axis.
    Blocks { length: usize, inner: usize, size: usize },
}

impl Quantised<'_> {
    /// The scale of element n.
    fn shared(&self, n: usize) -> usize {
        match self.sharing {
            Sharing::Whole => 0,
            Sharing::Axis { length, inner } => n / inner % length,
            Sharing::Blocks { length, inner, size } => {
                let (outer, along) = (n / inner / length, n / inner % length);
                (outer * length.div_ceil(size) + along / size) * inner + n % inner
            }
        }
    }

    fn codes<'a>(&'a self, shared: &'a dyn Fn(usize) -> usize) -> Codes<'a> {
        let Self { codes, four_bits, scales, offsets, .. } = self;
        Codes { codes, four_bits: *four_bits, scales, offsets, shared }
    }
}

/// Whether `value` is known before the run. Cheaper than asking for it.
pub(crate) fn is_constant(builder: &Builder<'_>, value: ValueId) -> bool {
    builder.graph.constant(Some(value)).is_some() || dequantizer(builder, value).is_some()
}

/// The constant behind `value`, or `None` if it is none.
pub(crate) fn weights<'g>(builder: &Builder<'g>, value: ValueId) -> Option<Constant<'g>> {
    if let Some(tensor) = builder.graph.constant(Some(value)) {
        return Some(Constant::Floats(tensor.to_f32()));
    }
    dequantizer(builder, value).and_then(|node| dequantised(builder, node))
}

/// The float32 values of a constant, dequantised if need be.
pub(crate) fn constant(builder: &Builder<'_>, value: ValueId) -> Option<Vec<f32>> {
    weights(builder, value).map(|constant| match constant {
        Constant::Floats(values) => values,
        Constant::Quantised(quantised) => {
            let shared = |n: usize| quantised.shared(n);
            quantised.codes(&shared).restored()
        }
    })
}

/// The `DequantizeLinear` of constants that makes `value`, perhaps with another shape put on it.
fn dequantizer<'g>(builder: &Builder<'g>, value: ValueId) -> Option<&'g Node> {
    let mut node = builder.producer(value)?;
    while ["Reshape", "Flatten", "Squeeze", "Unsqueeze"].contains(&node.op.as_str()) {
        node = builder.producer(node.input(0)?)?;
    }
    let known = node.inputs.iter().flatten().all(|&operand| builder.graph.constant(Some(operand)).is_some());
    (node.op == "DequantizeLinear" && known).then_some(node)
}

fn dequantised<'g>(builder: &Builder<'g>, node: &Node) -> Option<Constant<'g>> {
    let graph = builder.graph;
    let tensor = graph.constant(node.input(0))?;
    let scale = graph.constant(node.input(1))?;
    let sharing = sharing(builder, node, tensor, scale)?;
    let scales = scale.to_f32();
    let (codes, four_bits, middle) = codes(tensor);
    let zeros = match node.input(2) {
        Some(zero) => graph.constant(Some(zero))?.to_f32(),
        None => vec![0.0],
    };
    if zeros.len() != scales.len() && zeros.len() != 1 {
        return None;
    }
    let offset = |(n, scale): (usize, &f32)| (middle - zeros[if zeros.len() == 1 { 0 } else { n }]) * scale;
    let offsets: Vec<f32> = scales.iter().enumerate().map(offset).collect();
    let offsets = if offsets.iter().all(|&offset| offset == 0.0) { vec![] } else { offsets };
    let quantised = Quantised { codes: codes.unwrap_or_default(), four_bits, scales, offsets, sharing };
    if quantised.codes.len() == tensor.data.len() {
        return Some(Constant::Quantised(quantised));
    }
    // Integers wider than a byte are only ever biases and the like.
    let restored = tensor.to_f32().into_iter().enumerate().map(|(n, code)| {
        let s = quantised.shared(n);
        code * quantised.scales[s] + quantised.offsets.get(s).copied().unwrap_or(0.0)
    });
    Some(Constant::Floats(restored.collect()))
}

/// The elements as signed codes, if they have at most eight bits; whether four are enough; and what a code
/// lies below its element.
fn codes(tensor: &Tensor) -> (Option<Cow<'_, [i8]>>, bool, f32) {
    let four_bits = matches!(tensor.element, ElementType::Int4 | ElementType::Uint4);
    match &tensor.data {
        TensorData::I8(values) => (Some(Cow::Borrowed(values.as_slice())), four_bits, 0.0),
        TensorData::U8(values) => {
            let middle: u8 = if four_bits { 8 } else { 128 };
            let code = |&value: &u8| value.wrapping_sub(middle).cast_signed();
            (Some(values.iter().map(code).collect()), four_bits, f32::from(middle))
        }
        _ => (None, false, 0.0),
    }
}

/// Which elements of a quantised tensor share a scale; `None` where the scales do not fit it.
fn sharing(builder: &Builder<'_>, node: &Node, tensor: &Tensor, scale: &Tensor) -> Option<Sharing> {
    let dims = &tensor.dims;
    let size = node.attributes.int("block_size").and_then(|size| usize::try_from(size).ok()).unwrap_or(0);
    if size == 0 && scale.data.len() == 1 {
        return Some(Sharing::Whole);
    }
    let axis = builder.graph.axis(node, 1).ok().filter(|&axis| axis < dims.len())?;
    let (length, inner) = (dims[axis], dims[axis + 1..].iter().product());
    if size == 0 {
        return (scale.data.len() == length).then_some(Sharing::Axis { length, inner });
    }
    let mut wanted = dims.clone();
    wanted[axis] = length.div_ceil(size);
    (scale.dims == wanted).then_some(Sharing::Blocks { length, inner, size })
}
