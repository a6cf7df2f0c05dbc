//! Operators evaluated before the run: the shape arithmetic that exporters leave in a graph.

use crate::shape::{self, Operands};
use crate::tensor::element_count;
use crate::{GraphError, Node, Tensor, TensorData};

/// The longest tensor that folding will make; shape arithmetic stays far below it.
const FOLD_LIMIT: usize = 1 << 24;

/// The value of `node`, or `None` when the operator is not one that is folded.
///
/// All operands are constant; `Shape` needs dimensions only and is folded by the caller.
pub(crate) fn evaluate(node: &Node, operands: &Operands<'_>) -> Result<Option<Tensor>, GraphError> {
    let x = || operands.constants.first().copied().flatten().ok_or_else(|| node.refuse("its operand is missing"));
    let tensor = match node.op.as_str() {
        "Constant" => constant(node)?,
        "ConstantOfShape" => {
            let dims = dims_from(node, &x()?.to_i64())?;
            let fill = node.attributes.tensor("value").cloned();
            let fill = fill.unwrap_or(Tensor { dims: vec![1], data: TensorData::F32(vec![0.0]) });
            if fill.data.len() != 1 {
                return Err(node.refuse("its value is not a single element"));
            }
            fill.gather(dims, |_| 0)
        }
        "Cast" => cast(node, x()?)?,
        "Gather" => gather(node, operands)?,
        "Concat" => concat(node, operands)?,
        "Reshape" => {
            let wanted = operands.integers(node, 1)?.ok_or_else(|| node.refuse("its shape is missing"))?;
            Tensor { dims: shape::reshape(node, &x()?.dims, &wanted)?, data: x()?.data.clone() }
        }
        "Squeeze" | "Unsqueeze" => {
            let dims = shape::squeeze(node, &x()?.dims, shape::axes(node, operands)?)?;
            Tensor { dims, data: x()?.data.clone() }
        }
        "Transpose" => transpose(node, x()?)?,
        "Slice" => slice(node, x()?, operands)?,
        "Expand" => {
            let wanted = operands.integers(node, 1)?.ok_or_else(|| node.refuse("its shape is missing"))?;
            let dims = shape::broadcast(node, &x()?.dims, &dims_from(node, &wanted)?)?;
            expand(x()?, dims)
        }
        "Range" => range(node, operands)?,
        "Add" | "Sub" | "Mul" | "Div" | "Min" | "Max" | "Pow" => binary(node, operands)?,
        "Floor" | "Ceil" | "Sqrt" | "Neg" | "Exp" | "Abs" => unary(node, x()?),
        _ => return Ok(None),
    };
    Ok(Some(tensor))
}

fn dims_from(node: &Node, values: &[i64]) -> Result<Vec<usize>, GraphError> {
    let dims: Option<Vec<usize>> = values.iter().map(|&n| usize::try_from(n).ok()).collect();
    dims.filter(|dims| element_count(dims).is_some_and(|len| len <= FOLD_LIMIT))
        .ok_or_else(|| node.refuse(format!("a constant of shape {values:?}")))
}

fn constant(node: &Node) -> Result<Tensor, GraphError> {
    let attributes = &node.attributes;
    if let Some(tensor) = attributes.tensor("value") {
        return Ok(tensor.clone());
    }
    if let Some(value) = attributes.int("value_int") {
        return Ok(Tensor { dims: vec![], data: TensorData::I64(vec![value]) });
    }
    if let Some(value) = attributes.float("value_float") {
        return Ok(Tensor { dims: vec![], data: TensorData::F32(vec![value]) });
    }
    if let Some(values) = attributes.ints("value_ints") {
        return Ok(Tensor::integers(values.to_vec()));
    }
    if let Some(values) = attributes.floats("value_floats") {
        return Ok(Tensor { dims: vec![values.len()], data: TensorData::F32(values.to_vec()) });
    }
    Err(node.refuse("a constant that is not a tensor, a number or a list of numbers"))
}

fn cast(node: &Node, x: &Tensor) -> Result<Tensor, GraphError> {
    // TensorProto.DataType: 1, 10, 11, 16 are floats; 9 is bool; 2 and 3 are bytes.
    let data = match node.attributes.int("to") {
        Some(1 | 10 | 11 | 16) => TensorData::F32(x.to_f32()),
        Some(9) => TensorData::I64(x.to_f32().iter().map(|&value| i64::from(value != 0.0)).collect()),
        Some(4..=7 | 12 | 13) => TensorData::I64(x.to_i64()),
        Some(2) => TensorData::U8(x.to_i64().iter().map(|&value| value as u8).collect()),
        Some(3) => TensorData::I8(x.to_i64().iter().map(|&value| value as i8).collect()),
        _ => return Err(node.refuse("a cast to a type that is not a number")),
    };
    Ok(Tensor { dims: x.dims.clone(), data })
}

fn gather(node: &Node, operands: &Operands<'_>) -> Result<Tensor, GraphError> {
    let (Some(x), Some(indices)) = (operands.constants[0], operands.constants.get(1).copied().flatten()) else {
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

fn concat(node: &Node, operands: &Operands<'_>) -> Result<Tensor, GraphError> {
    let dims = shape::infer(node, operands)?.remove(0);
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
    Tensor::new(dims, data)
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

fn transpose(node: &Node, x: &Tensor) -> Result<Tensor, GraphError> {
    let perm = shape::permutation(node, x.dims.len())?;
    let from = strides(&x.dims);
    let dims: Vec<usize> = perm.iter().map(|&axis| x.dims[axis]).collect();
    let steps: Vec<i64> = perm.iter().map(|&axis| from[axis] as i64).collect();
    Ok(x.gather(dims.clone(), |n| source_index(n, &dims, &steps, 0)))
}

fn slice(node: &Node, x: &Tensor, operands: &Operands<'_>) -> Result<Tensor, GraphError> {
    let ranges = shape::slice(node, &x.dims, operands)?;
    let from = strides(&x.dims);
    let dims: Vec<usize> = ranges.iter().map(|range| range.len).collect();
    let steps: Vec<i64> = ranges.iter().zip(&from).map(|(range, &stride)| range.step * stride as i64).collect();
    let origin = ranges.iter().zip(&from).map(|(range, &stride)| (range.start * stride) as i64).sum();
    Ok(x.gather(dims.clone(), |n| source_index(n, &dims, &steps, origin)))
}

fn expand(x: &Tensor, dims: Vec<usize>) -> Tensor {
    let from = strides(&x.dims);
    let lead = dims.len() - x.dims.len();
    let step = |axis: usize| axis.checked_sub(lead).filter(|&a| x.dims[a] != 1).map_or(0, |a| from[a] as i64);
    let steps: Vec<i64> = (0..dims.len()).map(step).collect();
    x.gather(dims.clone(), |n| source_index(n, &dims, &steps, 0))
}

fn range(node: &Node, operands: &Operands<'_>) -> Result<Tensor, GraphError> {
    let number = |index: usize| {
        let value = operands.constants.get(index).copied().flatten().map(Tensor::to_i64);
        value.and_then(|value| value.first().copied()).ok_or_else(|| node.refuse("its limits are missing"))
    };
    let (start, limit, step) = (number(0)?, number(1)?, number(2)?);
    if step == 0 {
        return Err(node.refuse("a step of 0"));
    }
    let len = ((limit - start) as f64 / step as f64).ceil().max(0.0) as usize;
    if len > FOLD_LIMIT {
        return Err(node.refuse(format!("a range of {len} elements")));
    }
    Ok(Tensor::integers((0..len as i64).map(|n| start + n * step).collect()))
}

fn binary(node: &Node, operands: &Operands<'_>) -> Result<Tensor, GraphError> {
    let [Some(a), Some(b)] = operands.constants[..] else { return Err(node.refuse("it needs two operands")) };
    let dims = shape::broadcast(node, &a.dims, &b.dims)?;
    let (a, b) = (expand(a, dims.clone()), expand(b, dims.clone()));
    let data = match (&a.data, &b.data) {
        (TensorData::I64(x), TensorData::I64(y)) if node.op != "Pow" => {
            let apply = |(&x, &y): (&i64, &i64)| match node.op.as_str() {
                "Add" => x.checked_add(y),
                "Sub" => x.checked_sub(y),
                "Mul" => x.checked_mul(y),
                "Div" => x.checked_div(y),
                "Min" => Some(x.min(y)),
                _ => Some(x.max(y)),
            };
            let values: Option<Vec<i64>> = x.iter().zip(y).map(apply).collect();
            TensorData::I64(values.ok_or_else(|| node.refuse("integers that overflow or divide by 0"))?)
        }
        _ => {
            let apply = |(x, y): (&f32, &f32)| match node.op.as_str() {
                "Add" => x + y,
                "Sub" => x - y,
                "Mul" => x * y,
                "Div" => x / y,
                "Min" => x.min(*y),
                "Max" => x.max(*y),
                _ => x.powf(*y),
            };
            TensorData::F32(a.to_f32().iter().zip(&b.to_f32()).map(apply).collect())
        }
    };
    Tensor::new(dims, data)
}

fn unary(node: &Node, x: &Tensor) -> Tensor {
    let data = match (&x.data, node.op.as_str()) {
        (TensorData::I64(values), "Neg") => TensorData::I64(values.iter().map(|&value| value.wrapping_neg()).collect()),
        (TensorData::I64(values), "Abs") => TensorData::I64(values.iter().map(|&value| value.wrapping_abs()).collect()),
        _ => {
            let apply: fn(f32) -> f32 = match node.op.as_str() {
                "Floor" => f32::floor,
                "Ceil" => f32::ceil,
                "Sqrt" => f32::sqrt,
                "Exp" => f32::exp,
                "Abs" => f32::abs,
                _ => std::ops::Neg::neg,
            };
            TensorData::F32(x.to_f32().into_iter().map(apply).collect())
        }
    };
    Tensor { dims: x.dims.clone(), data }
}
