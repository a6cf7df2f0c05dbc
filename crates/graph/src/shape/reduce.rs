//! Operators that sum up one or more axes.

use crate::shape::{Fact, Operands, axes, normal_axis};
use crate::{GraphError, Node};

/// Which axes a reduction takes, and its shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reduction {
    /// The reduced axes, sorted.
    pub axes: Vec<usize>,
    /// The shape of the result.
    pub dims: Vec<usize>,
}

/// The axes and shape of a `Reduce...` node.
pub(crate) fn reduce(node: &Node, operands: &Operands<'_>) -> Result<Reduction, GraphError> {
    let x = operands.dims(node, 0)?;
    let keep = node.attributes.int("keepdims").unwrap_or(1) != 0;
    let axes = match axes(node, operands)? {
        Some(axes) if !axes.is_empty() => {
            axes.iter().map(|&axis| normal_axis(node, axis, x.len())).collect::<Result<Vec<_>, _>>()?
        }
        _ if node.attributes.int("noop_with_empty_axes").unwrap_or(0) != 0 => Vec::new(),
        _ => (0..x.len()).collect(),
    };
    Ok(reduction(x, axes, keep))
}

fn reduction(x: &[usize], mut axes: Vec<usize>, keep: bool) -> Reduction {
    axes.sort_unstable();
    axes.dedup();
    let kept = |axis: usize| if axes.contains(&axis) { keep.then_some(1) } else { Some(x[axis]) };
    let dims = (0..x.len()).filter_map(kept).collect();
    Reduction { axes, dims }
}

/// The shape of `ArgMax` and `ArgMin`.
pub(super) fn argument(node: &Node, operands: &Operands<'_>) -> Result<Vec<usize>, GraphError> {
    let x = operands.dims(node, 0)?;
    let axis = normal_axis(node, node.attributes.int("axis").unwrap_or(0), x.len())?;
    Ok(reduction(x, vec![axis], node.attributes.int("keepdims").unwrap_or(1) != 0).dims)
}

/// The results of `LayerNormalization` and `RMSNormalization`: y, mean, inverse deviation.
pub(super) fn layer_norm(node: &Node, operands: &Operands<'_>) -> Result<Vec<Fact>, GraphError> {
    let x = operands.dims(node, 0)?;
    let axis = normal_axis(node, node.attributes.int("axis").unwrap_or(-1), x.len())?;
    let element = operands.element(0);
    let statistics = reduction(x, (axis..x.len()).collect(), true).dims;
    let fact = |dims: &[usize]| Fact { dims: dims.to_vec(), element };
    Ok(vec![fact(x), fact(&statistics), fact(&statistics)])
}
