//! Operators that change nothing, and chains of moves that are one move.

use super::Rewrite;
use super::sight::Sight;
use crate::Node;

/// Whether an operator keeps the elements in order and only changes the shape.
fn is_reshape(node: &Node) -> bool {
    matches!(node.op.as_str(), "Reshape" | "Flatten" | "Squeeze" | "Unsqueeze")
}

/// A move that leaves every element where it is, or a cast to the type it has.
pub(super) fn unmoved(sight: &mut Sight<'_>, node: &Node) -> Option<Rewrite> {
    let (x, y) = (node.input(0)?, node.outputs.first().copied().flatten()?);
    if sight.dims(x) != sight.dims(y) || sight.element(x) != sight.element(y) {
        return None;
    }
    let idle = match node.op.as_str() {
        "Expand" | "Cast" | "CastLike" => true,
        "Slice" => sight.graph.slice_ranges(node).ok()?.iter().all(|range| range.step == 1 || range.len <= 1),
        "Pad" => sight.graph.pads(node).ok()?.iter().all(|&pads| pads == (0, 0)),
        "Transpose" => sight.graph.permutation(node).ok()?.into_iter().eq(0..sight.dims(x).len()),
        "Concat" => node.inputs.len() == 1,
        _ => is_reshape(node),
    };
    idle.then_some(Rewrite::Same(x))
}

/// A reshape of a reshape.
pub(super) fn reshaped_twice(sight: &mut Sight<'_>, node: &Node) -> Option<Rewrite> {
    let (x, y) = (node.input(0)?, node.outputs.first().copied().flatten()?);
    if !is_reshape(node) {
        return None;
    }
    let origin = ["Reshape", "Flatten", "Squeeze", "Unsqueeze"].iter().find_map(|op| sight.by(x, op))?.input(0)?;
    Some(Rewrite::Nodes(vec![sight.reshape(node, origin, y)]))
}

/// A sum with 0 or a product with 1, which exporters leave where a scale is switched off.
pub(super) fn neutral(sight: &mut Sight<'_>, node: &Node) -> Option<Rewrite> {
    let (a, b) = Sight::pair(node)?;
    let y = node.outputs.first().copied().flatten()?;
    let from_right = |number: f32| (sight.number(b) == Some(number) && sight.dims(a) == sight.dims(y)).then_some(a);
    let from_either = |number: f32| sight.with_number(node).filter(|&(_, n)| n == number).map(|(value, _)| value);
    let kept = match node.op.as_str() {
        "Add" => from_either(0.0),
        "Mul" => from_either(1.0),
        "Sub" => from_right(0.0),
        "Div" | "Pow" => from_right(1.0),
        _ => None,
    }?;
    Some(Rewrite::Same(kept))
}
