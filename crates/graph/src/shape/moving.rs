//! Operators that move, repeat or drop elements.

use crate::shape::{Fact, Operands, normal_axis};
use crate::{GraphError, Node};

/// The shape of `Concat`.
pub(crate) fn concat(node: &Node, operands: &Operands<'_>) -> Result<Vec<usize>, GraphError> {
    let mut dims = operands.dims(node, 0)?.to_vec();
    let axis = normal_axis(node, node.attributes.int("axis").unwrap_or(0), dims.len())?;
    for index in 1..operands.dims.len() {
        let other = operands.dims(node, index)?;
        let fits = other.len() == dims.len() && (0..dims.len()).all(|a| a == axis || other[a] == dims[a]);
        if !fits {
            return Err(node.refuse(format!("shapes {dims:?} and {other:?} cannot be joined along axis {axis}")));
        }
        dims[axis] += other[axis];
    }
    Ok(dims)
}

/// The permutation of `Transpose`.
pub(crate) fn permutation(node: &Node, rank: usize) -> Result<Vec<usize>, GraphError> {
    let Some(perm) = node.attributes.ints("perm") else { return Ok((0..rank).rev().collect()) };
    let perm = perm.iter().map(|&axis| normal_axis(node, axis, rank)).collect::<Result<Vec<_>, _>>()?;
    let mut sorted = perm.clone();
    sorted.sort_unstable();
    if sorted.into_iter().eq(0..rank) { Ok(perm) } else { Err(node.refuse("its perm is no permutation")) }
}

/// The part of an axis that `Slice` keeps: `start + n * step` for n below `len`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SliceRange {
    /// First index.
    pub start: usize,
    /// Distance between indices; may be negative.
    pub step: i64,
    /// Number of indices.
    pub len: usize,
}

/// One range an axis.
pub(crate) fn slice(node: &Node, x: &[usize], operands: &Operands<'_>) -> Result<Vec<SliceRange>, GraphError> {
    let need = |values: Option<Vec<i64>>| values.ok_or_else(|| node.refuse("its starts or ends are missing"));
    let starts = need(operands.integers(node, 1)?)?;
    let ends = need(operands.integers(node, 2)?)?;
    let axes = operands.integers(node, 3)?.unwrap_or_else(|| (0..starts.len() as i64).collect());
    let steps = operands.integers(node, 4)?.unwrap_or_else(|| vec![1; starts.len()]);
    if ends.len() != starts.len() || axes.len() != starts.len() || steps.len() != starts.len() {
        return Err(node.refuse("starts, ends, axes and steps differ in length"));
    }
    let mut ranges: Vec<_> = x.iter().map(|&len| SliceRange { start: 0, step: 1, len }).collect();
    for (((start, end), axis), step) in starts.into_iter().zip(ends).zip(axes).zip(steps) {
        let axis = normal_axis(node, axis, x.len())?;
        let n = x[axis] as i64;
        let from_end = |index: i64| if index < 0 { index.saturating_add(n) } else { index };
        let (start, len) = match step {
            1.. => {
                let (start, end) = (from_end(start).clamp(0, n), from_end(end).clamp(0, n));
                (start, (end - start).max(0) as u64)
            }
            0 => return Err(node.refuse("a step of 0")),
            _ => {
                let (start, end) = (from_end(start).clamp(0, n - 1), from_end(end).clamp(-1, n - 1));
                (start, (start - end).max(0) as u64)
            }
        };
        ranges[axis] = SliceRange { start: start as usize, step, len: len.div_ceil(step.unsigned_abs()) as usize };
    }
    Ok(ranges)
}

/// Elements that `Pad` adds before and after each axis; negative ones cut.
pub(crate) fn pads(node: &Node, rank: usize, operands: &Operands<'_>) -> Result<Vec<(i64, i64)>, GraphError> {
    let pads = match node.attributes.ints("pads") {
        Some(pads) => pads.to_vec(),
        None => operands.integers(node, 1)?.ok_or_else(|| node.refuse("its pads are missing"))?,
    };
    let axes = match operands.integers(node, 3)? {
        Some(axes) => axes.iter().map(|&axis| normal_axis(node, axis, rank)).collect::<Result<Vec<_>, _>>()?,
        None => (0..rank).collect(),
    };
    if pads.len() != 2 * axes.len() {
        return Err(node.refuse("its pads do not fit its axes"));
    }
    let mut result = vec![(0, 0); rank];
    for (n, &axis) in axes.iter().enumerate() {
        result[axis] = (pads[n], pads[n + axes.len()]);
    }
    Ok(result)
}

/// The results of `Split`: equal parts, or those named; the last of an uneven split is smaller.
pub(crate) fn split(node: &Node, operands: &Operands<'_>) -> Result<Vec<Fact>, GraphError> {
    let x = operands.dims(node, 0)?;
    let axis = normal_axis(node, node.attributes.int("axis").unwrap_or(0), x.len())?;
    let named = match node.attributes.ints("split") {
        Some(parts) => Some(parts.to_vec()),
        None => operands.integers(node, 1)?,
    };
    let parts: Vec<usize> = match named {
        Some(parts) => parts.iter().map(|&n| usize::try_from(n)).collect::<Result<_, _>>().unwrap_or_default(),
        None => {
            let count = node.outputs.len().max(1);
            let size = x[axis].div_ceil(count);
            (0..count).map(|n| size.min(x[axis].saturating_sub(n * size))).collect()
        }
    };
    let sum = parts.iter().try_fold(0_usize, |sum, &n| sum.checked_add(n));
    if sum != Some(x[axis]) || parts.len() < node.outputs.len() {
        return Err(node.refuse(format!("its parts {parts:?} do not fill the {} elements of axis {axis}", x[axis])));
    }
    let part = |n: usize| {
        let mut dims = x.to_vec();
        dims[axis] = n;
        Fact { dims, element: operands.element(0) }
    };
    Ok(parts.into_iter().map(part).collect())
}

/// The shape of `Tile`.
pub(crate) fn tile(node: &Node, operands: &Operands<'_>) -> Result<Vec<usize>, GraphError> {
    let x = operands.dims(node, 0)?;
    let repeats = operands.integers(node, 1)?.unwrap_or_default();
    let grown = x.iter().zip(&repeats).map(|(&n, &repeat)| n.checked_mul(usize::try_from(repeat).ok()?));
    let grown: Option<Vec<usize>> = grown.collect();
    grown
        .filter(|_| repeats.len() == x.len())
        .ok_or_else(|| node.refuse(format!("its repeats {repeats:?} do not fit a tensor of shape {x:?}")))
}

/// The shape of `DepthToSpace` and `SpaceToDepth`.
pub(super) fn space(node: &Node, operands: &Operands<'_>) -> Result<Vec<usize>, GraphError> {
    let x = operands.dims(node, 0)?;
    let block = usize::try_from(node.attributes.int("blocksize").unwrap_or(0)).ok().filter(|&block| block > 0);
    let dims = match (x, block) {
        (&[n, c, h, w], Some(b)) if node.op == "DepthToSpace" => {
            let square = b.checked_mul(b).filter(|&square| c.is_multiple_of(square));
            square.and_then(|square| Some(vec![n, c / square, h.checked_mul(b)?, w.checked_mul(b)?]))
        }
        (&[n, c, h, w], Some(b)) if h.is_multiple_of(b) && w.is_multiple_of(b) => {
            c.checked_mul(b).and_then(|c| c.checked_mul(b)).map(|c| vec![n, c, h / b, w / b])
        }
        _ => None,
    };
    dims.ok_or_else(|| node.refuse(format!("its block size does not fit a tensor of shape {x:?}")))
}

/// The shape of `CenterCropPad`.
pub(super) fn center_crop_pad(node: &Node, operands: &Operands<'_>) -> Result<Vec<usize>, GraphError> {
    let x = operands.dims(node, 0)?;
    let wanted = operands.integers(node, 1)?.unwrap_or_default();
    let axes: Vec<usize> = match node.attributes.ints("axes") {
        Some(axes) => axes.iter().map(|&axis| normal_axis(node, axis, x.len())).collect::<Result<_, _>>()?,
        None => (0..x.len()).collect(),
    };
    let wanted: Option<Vec<usize>> = wanted.iter().map(|&n| usize::try_from(n).ok()).collect();
    let wanted = wanted.filter(|wanted| wanted.len() == axes.len());
    let wanted = wanted.ok_or_else(|| node.refuse("its shape does not fit its axes"))?;
    let mut dims = x.to_vec();
    for (axis, n) in axes.into_iter().zip(wanted) {
        dims[axis] = n;
    }
    Ok(dims)
}
