//! Operators that only give a tensor another shape.

use crate::shape::normal_axis;
use crate::tensor::element_count;
use crate::{GraphError, Node};

/// The shape that `Reshape` asks for, with 0 and -1 resolved.
pub(crate) fn reshape(node: &Node, x: &[usize], wanted: &[i64]) -> Result<Vec<usize>, GraphError> {
    let keep_zero = node.attributes.int("allowzero") == Some(1);
    let mut dims = Vec::with_capacity(wanted.len());
    let mut open = None;
    for (axis, &n) in wanted.iter().enumerate() {
        dims.push(match n {
            -1 if open.replace(axis).is_none() => 1,
            0 if !keep_zero => *x.get(axis).ok_or_else(|| node.refuse("a 0 beyond the axes of its input"))?,
            n => usize::try_from(n).map_err(|_| node.refuse(format!("a shape of {wanted:?}")))?,
        });
    }
    let total = element_count(x).unwrap_or(0);
    let known = element_count(&dims).unwrap_or(0);
    if let Some(axis) = open {
        if known == 0 || !total.is_multiple_of(known) {
            return Err(node.refuse(format!("{total} elements do not fill the shape {wanted:?}")));
        }
        dims[axis] = total / known;
    } else if known != total {
        return Err(node.refuse(format!("{total} elements do not fill the shape {wanted:?}")));
    }
    Ok(dims)
}

/// The result of `Squeeze` or `Unsqueeze`.
pub(crate) fn squeeze(node: &Node, x: &[usize], axes: Option<Vec<i64>>) -> Result<Vec<usize>, GraphError> {
    if node.op == "Unsqueeze" {
        let axes = axes.ok_or_else(|| node.refuse("its axes are missing"))?;
        let rank = x.len() + axes.len();
        let axes = axes.iter().map(|&axis| normal_axis(node, axis, rank)).collect::<Result<Vec<_>, _>>()?;
        let mut rest = x.iter();
        let dims = (0..rank).map(|axis| if axes.contains(&axis) { Some(1) } else { rest.next().copied() });
        return dims.collect::<Option<_>>().ok_or_else(|| node.refuse("an axis is named twice"));
    }
    let axes =
        axes.map(|axes| axes.iter().map(|&axis| normal_axis(node, axis, x.len())).collect::<Result<Vec<_>, _>>());
    let axes = axes.transpose()?;
    let dropped = |axis: usize| axes.as_ref().map_or(x[axis] == 1, |axes| axes.contains(&axis));
    if (0..x.len()).any(|axis| dropped(axis) && x[axis] != 1) {
        return Err(node.refuse(format!("an axis of {x:?} that is not 1")));
    }
    Ok((0..x.len()).filter(|&axis| !dropped(axis)).map(|axis| x[axis]).collect())
}
