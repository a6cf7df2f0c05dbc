//! Folding of operators that move elements.

use super::dims_from;
use crate::shape::{self, Operands};
use crate::{GraphError, Node, Tensor, TensorData};

pub(super) fn gather(node: &Node, operands: &Operands<'_>) -> Result<Tensor, GraphError> {
    let (Some(x), Some(indices)) = (operands.constant(0), operands.constant(1)) else {
        return Err(node.refuse("its indices are missing"));
    };
    let axis = shape::normal_axis(node, node.attributes.int("axis").unwrap_or(0), x.dims.len())?;
    let picks = indices.to_i64();
    let picks = picks.iter().map(|&index| shape::normal_axis(node, index, x.dims[axis]));
    let picks = picks.collect::<Result<Vec<_>, _>>()?;
    let inner: usize = x.dims[axis + 1..].iter().product();
    let dims = [&x.dims[..axis], &indices.dims, &x.dims[axis + 1..]].concat();
    let block = picks.len() * inner;
    Ok(x.gather(dims, |n| (n / block * x.dims[axis] + picks[n % block / inner]) * inner + n % inner))
}

pub(super) fn concat(node: &Node, operands: &Operands<'_>) -> Result<Tensor, GraphError> {
    let dims = shape::moving::concat(node, operands)?;
    let axis = shape::normal_axis(node, node.attributes.int("axis").unwrap_or(0), dims.len())?;
    let parts: Vec<&Tensor> = operands.constants.iter().copied().flatten().collect();
    let outer: usize = dims[..axis].iter().product();
    let rows = |part: &Tensor| part.dims[axis..].iter().product::<usize>();
    let mut order = Vec::with_capacity(dims.iter().product());
    for row in 0..outer {
        for (which, part) in parts.iter().enumerate() {
            let len = rows(part);
            order.extend((row * len..(row + 1) * len).map(|n| (which, n)));
        }
    }
    let floats = parts.iter().any(|part| matches!(part.data, TensorData::F32(_)));
    let data = if floats {
        let values: Vec<_> = parts.iter().map(|part| part.to_f32()).collect();
        TensorData::F32(order.into_iter().map(|(which, n)| values[which][n]).collect())
    } else {
        let values: Vec<_> = parts.iter().map(|part| part.to_i64()).collect();
        TensorData::I64(order.into_iter().map(|(which, n)| values[which][n]).collect())
    };
    Tensor::new(dims, parts.first().map_or_else(Default::default, |part| part.element), data)
}

/// Distances between neighbours along each axis of a row-major tensor.
fn strides(dims: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; dims.len()];
    for axis in (1..dims.len()).rev() {
        strides[axis - 1] = strides[axis] * dims[axis];
    }
    strides
}

/// The flat source index of element `n` of `dims`, when axis `a` of it moves by `steps[a]` in the source.
fn source_index(n: usize, dims: &[usize], steps: &[i64], origin: i64) -> usize {
    let mut rest = n;
    let mut index = origin;
    for axis in (0..dims.len()).rev() {
        index += (rest % dims[axis]) as i64 * steps[axis];
        rest /= dims[axis];
    }
    index as usize
}

pub(super) fn transpose(node: &Node, x: &Tensor) -> Result<Tensor, GraphError> {
    let perm = shape::moving::permutation(node, x.dims.len())?;
    let from = strides(&x.dims);
    let dims: Vec<usize> = perm.iter().map(|&axis| x.dims[axis]).collect();
    let steps: Vec<i64> = perm.iter().map(|&axis| from[axis] as i64).collect();
    Ok(x.gather(dims.clone(), |n| source_index(n, &dims, &steps, 0)))
}

pub(super) fn slice(node: &Node, x: &Tensor, operands: &Operands<'_>) -> Result<Tensor, GraphError> {
    let ranges = shape::moving::slice(node, &x.dims, operands)?;
    let from = strides(&x.dims);
    let dims: Vec<usize> = ranges.iter().map(|range| range.len).collect();
    let steps: Vec<i64> = ranges.iter().zip(&from).map(|(range, &stride)| range.step * stride as i64).collect();
    let origin = ranges.iter().zip(&from).map(|(range, &stride)| (range.start * stride) as i64).sum();
    Ok(x.gather(dims.clone(), |n| source_index(n, &dims, &steps, origin)))
}

pub(super) fn expand(x: &Tensor, dims: Vec<usize>) -> Tensor {
    let from = strides(&x.dims);
    let lead = dims.len() - x.dims.len();
    let step = |axis: usize| axis.checked_sub(lead).filter(|&a| x.dims[a] != 1).map_or(0, |a| from[a] as i64);
    let steps: Vec<i64> = (0..dims.len()).map(step).collect();
    x.gather(dims.clone(), |n| source_index(n, &dims, &steps, 0))
}

/// A reversed or repeated whole: `Tile`.
pub(super) fn tile(node: &Node, x: &Tensor, operands: &Operands<'_>) -> Result<Tensor, GraphError> {
    let dims = shape::moving::tile(node, operands)?;
    dims_from(node, &dims.iter().map(|&n| n as i64).collect::<Vec<_>>())?;
    let from = strides(&x.dims);
    let repeated = dims.clone();
    Ok(x.gather(dims, |n| {
        let mut rest = n;
        (0..repeated.len()).rev().fold(0, |index, axis| {
            let position = rest % repeated[axis];
            rest /= repeated[axis];
            index + position % x.dims[axis] * from[axis]
        })
    }))
}

/// The parts of a `Split`.
pub(super) fn split(node: &Node, x: &Tensor, operands: &Operands<'_>) -> Result<Vec<Tensor>, GraphError> {
    let parts = shape::moving::split(node, operands)?;
    let axis = shape::normal_axis(node, node.attributes.int("axis").unwrap_or(0), x.dims.len())?;
    let from = strides(&x.dims);
    let steps: Vec<i64> = from.iter().map(|&stride| stride as i64).collect();
    let mut start = 0;
    Ok(parts
        .into_iter()
        .map(|part| {
            let origin = (start * from[axis]) as i64;
            start += part.dims[axis];
            let dims = part.dims;
            x.gather(dims.clone(), |n| source_index(n, &dims, &steps, origin))
        })
        .collect())
}

/// The positions of the elements that are not zero, one column each: `NonZero`.
pub(super) fn non_zero(x: &Tensor) -> Tensor {
    let from = strides(&x.dims);
    let found: Vec<usize> =
        x.to_f32().iter().enumerate().filter(|&(_, &value)| value != 0.0).map(|(index, _)| index).collect();
    let axes = (0..x.dims.len()).map(|axis| (from[axis], x.dims[axis]));
    let rows = axes.flat_map(|(stride, dim)| found.iter().map(move |&index| (index / stride % dim) as i64));
    Tensor { dims: vec![x.dims.len(), found.len()], ..Tensor::integers(rows.collect()) }
}
