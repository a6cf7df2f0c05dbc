//! Group, layer and instance normalisation from what exporters write for them.

use super::Rewrite;
use super::sight::{Sight, instead};
use crate::{Attribute, ElementType, Node, Tensor, ValueId};

/// The operators whose scale and shift may take in a product and a sum with constants.
const NORMS: [&str; 3] = ["GroupNormalization", "InstanceNormalization", "LayerNormalization"];

/// An instance normalisation of groups of channels laid out as channels, between two reshapes.
pub(super) fn grouped(sight: &mut Sight<'_>, node: &Node) -> Option<Rewrite> {
    let (normed, y) = (node.input(0).filter(|_| node.op == "Reshape")?, node.outputs.first().copied().flatten()?);
    let norm = sight.by(normed, "InstanceNormalization")?.clone();
    let rows = norm.input(0)?;
    let x = sight.by(rows, "Reshape")?.input(0)?;
    let (x_dims, row_dims, y_dims) = (sight.dims(x).to_vec(), sight.dims(rows), sight.dims(y));
    let (&[batch, channels, ..], &[row_batch, groups, _, ..]) = (x_dims.as_slice(), row_dims) else { return None };
    let keeps = batch == row_batch && y_dims.get(..2) == Some(&[batch, channels]);
    if !keeps || groups == 0 || !channels.is_multiple_of(groups) || x_dims.len() < 3 {
        return None;
    }
    let spread = |index: usize| -> Option<Tensor> {
        let values = sight.constant(norm.input(index)?)?.to_f32();
        let per_channel = (0..channels).map(|channel| values.get(channel / (channels / groups)).copied());
        Some(Tensor { element: sight.element(x), ..Tensor::floats(per_channel.collect::<Option<_>>()?) })
    };
    let (scale, bias) = (spread(1)?, spread(2)?);
    let same = y_dims == x_dims;
    let scale = sight.new_constant(node, "scale", scale);
    let bias = sight.new_constant(node, "bias", bias);
    let result = if same { y } else { sight.value(node, "normalised", x_dims, sight.element(x)) };
    let mut attributes = vec![("num_groups".to_owned(), Attribute::Int(groups as i64))];
    attributes.extend(epsilon(&norm));
    let mut nodes = vec![instead(node, "GroupNormalization", vec![x, scale, bias], result, attributes)];
    if !same {
        nodes.push(sight.reshape(node, result, y));
    }
    Some(Rewrite::Nodes(nodes))
}

fn epsilon(norm: &Node) -> Option<(String, Attribute)> {
    norm.attributes.float("epsilon").map(|epsilon| ("epsilon".to_owned(), Attribute::Float(epsilon)))
}

/// (x - mean) / sqrt(variance + epsilon) over the last axis, or over all axes behind the channels.
pub(super) fn moments(sight: &mut Sight<'_>, node: &Node) -> Option<Rewrite> {
    let y = node.outputs.first().copied().flatten()?;
    let (a, b) = Sight::pair(node)?;
    let (centred, deviation) = match node.op.as_str() {
        "Div" => (a, b),
        "Mul" => [(a, b), (b, a)]
            .into_iter()
            .find_map(|(centred, inverse)| Some((centred, sight.by(inverse, "Reciprocal")?.input(0)?)))?,
        _ => return None,
    };
    let (variance, epsilon) = sight.with_number(sight.by(sight.by(deviation, "Sqrt")?.input(0)?, "Add")?)?;
    let (square, axes) = mean(sight, variance)?;
    let (x, average) = sight.by(centred, "Sub").and_then(Sight::pair)?;
    if !is_square(sight, square, centred) || mean(sight, average)? != (x, axes.clone()) {
        return None;
    }
    let dims = sight.dims(x);
    let rank = dims.len();
    let (op, affine, mut attributes) = if axes == [rank - 1] {
        ("LayerNormalization", vec![dims[rank - 1]], vec![("axis".to_owned(), Attribute::Int(-1))])
    } else if rank >= 3 && axes.iter().copied().eq(2..rank) {
        ("InstanceNormalization", vec![dims[1]], Vec::new())
    } else {
        return None;
    };
    attributes.push(("epsilon".to_owned(), Attribute::Float(epsilon)));
    let len = affine.iter().product();
    let element = sight.element(x);
    let table = |value: f32| Tensor { dims: affine.clone(), element, ..Tensor::floats(vec![value; len]) };
    let (scale, bias) = (table(1.0), table(0.0));
    let scale = sight.new_constant(node, "scale", scale);
    let bias = sight.new_constant(node, "bias", bias);
    Some(Rewrite::Nodes(vec![instead(node, op, vec![x, scale, bias], y, attributes)]))
}

/// What a `ReduceMean` that keeps its axes averages, and over which.
fn mean(sight: &Sight<'_>, value: ValueId) -> Option<(ValueId, Vec<usize>)> {
    let node = sight.by(value, "ReduceMean").filter(|node| node.attributes.int("keepdims").unwrap_or(1) != 0)?;
    Some((node.input(0)?, sight.graph.reduction(node).ok()?.axes))
}

fn is_square(sight: &Sight<'_>, value: ValueId, of: ValueId) -> bool {
    let product = sight.by(value, "Mul").and_then(Sight::pair) == Some((of, of));
    let power = sight.by(value, "Pow").is_some_and(|power| {
        power.input(0) == Some(of) && power.input(1).and_then(|exponent| sight.number(exponent)) == Some(2.0)
    });
    product || power
}

/// A product of a normalisation with constants: they are its scale.
pub(super) fn scaled(sight: &mut Sight<'_>, node: &Node) -> Option<Rewrite> {
    let affine = Affine::before(sight, node, "Mul")?;
    let product = |values: &[f32]| values.iter().zip(&affine.factor).map(|(value, factor)| value * factor).collect();
    let (scale, bias) = (product(&affine.scale), product(&affine.bias));
    affine.with(sight, node, scale, bias)
}

/// A sum of a normalisation with constants: they are its shift.
pub(super) fn shifted(sight: &mut Sight<'_>, node: &Node) -> Option<Rewrite> {
    let affine = Affine::before(sight, node, "Add")?;
    let bias = affine.bias.iter().zip(&affine.factor).map(|(value, summand)| value + summand).collect();
    let scale = affine.scale.clone();
    affine.with(sight, node, scale, bias)
}

/// A normalisation with constant scale and shift, and the constants behind it, one for each of theirs.
struct Affine {
    norm: Node,
    dims: Vec<usize>,
    element: ElementType,
    scale: Vec<f32>,
    bias: Vec<f32>,
    factor: Vec<f32>,
}

impl Affine {
    fn before(sight: &Sight<'_>, node: &Node, op: &str) -> Option<Self> {
        let (a, b) = Sight::pair(node).filter(|_| node.op == op)?;
        let norm_of = |value: ValueId| NORMS.iter().find_map(|norm| sight.by(value, norm));
        let (norm, normed, constant) = norm_of(a).map(|norm| (norm, a, b)).or_else(|| Some((norm_of(b)?, b, a)))?;
        let (x, tensor) = (norm.input(0)?, sight.constant(constant)?);
        let rank = sight.dims(x).len();
        let lead = rank.checked_sub(tensor.dims.len())?;
        // Read by others too, it would be computed twice.
        if !sight.is_read_once(normed) || !tensor.element.is_float() {
            return None;
        }
        let scale = sight.constant(norm.input(1)?)?;
        let (dims, element, scale) = (scale.dims.clone(), scale.element, scale.to_f32());
        let bias = match norm.input(2) {
            Some(bias) => sight.constant(bias)?.to_f32(),
            None => vec![0.0; scale.len()],
        };
        // The axes that have a scale of their own: the channels, or the normalised axes at the end.
        let own = if norm.op == "LayerNormalization" { rank.checked_sub(dims.len())?..rank } else { 1..2 };
        let wanted: Vec<usize> = sight.dims(x).get(own.clone())?.to_vec();
        let outside =
            (0..rank).filter(|axis| !own.contains(axis)).all(|axis| axis < lead || tensor.dims[axis - lead] == 1);
        let inside: Vec<usize> = own.map(|axis| if axis < lead { 1 } else { tensor.dims[axis - lead] }).collect();
        let values = tensor.to_f32();
        let factor = match *values.as_slice() {
            [single] if outside => vec![single; scale.len()],
            _ if outside && inside == wanted => values,
            _ => return None,
        };
        let whole = wanted.iter().product::<usize>() == scale.len() && bias.len() == scale.len();
        (whole && factor.len() == scale.len()).then(|| Self { norm: norm.clone(), dims, element, scale, bias, factor })
    }

    /// The normalisation with another scale and shift, in the place of `node`.
    fn with(self, sight: &mut Sight<'_>, node: &Node, scale: Vec<f32>, bias: Vec<f32>) -> Option<Rewrite> {
        let element = self.element;
        let table = |values: Vec<f32>| Tensor { dims: self.dims.clone(), element, ..Tensor::floats(values) };
        let inputs = vec![
            self.norm.input(0)?,
            sight.new_constant(node, "scale", table(scale)),
            sight.new_constant(node, "bias", table(bias)),
        ];
        let output = node.outputs.first().copied().flatten()?;
        Some(Rewrite::Nodes(vec![instead(node, &self.norm.op, inputs, output, self.norm.attributes.0)]))
    }
}
