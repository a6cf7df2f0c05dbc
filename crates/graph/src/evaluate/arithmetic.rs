//! Folding of elementwise arithmetic, comparisons and sums.

use super::moving::expand;
use crate::shape::{self, Operands};
use crate::{ElementType, GraphError, Node, Tensor, TensorData};

/// Sums and products of two tensors, and comparisons of them.
pub(super) fn binary(node: &Node, operands: &Operands<'_>) -> Result<Tensor, GraphError> {
    let [Some(a), Some(b)] = operands.constants[..] else { return Err(node.refuse("it needs two operands")) };
    let dims = shape::broadcast(node, &a.dims, &b.dims)?;
    let (a, b) = (expand(a, dims.clone()), expand(b, dims.clone()));
    let element = a.element;
    if let Some(holds) = comparison(&node.op) {
        // Integers of the size of shapes are exact in f64.
        let wide = |tensor: &Tensor| -> Vec<f64> {
            match &tensor.data {
                TensorData::F32(values) => values.iter().map(|&value| f64::from(value)).collect(),
                _ => tensor.to_i64().iter().map(|&value| value as f64).collect(),
            }
        };
        let values = wide(&a).into_iter().zip(wide(&b)).map(|(x, y)| i64::from(holds(x, y))).collect();
        return Tensor::new(dims, ElementType::Bool, TensorData::I64(values));
    }
    if element.is_float() {
        let apply = |(x, y): (&f32, &f32)| match node.op.as_str() {
            "Add" => x + y,
            "Sub" => x - y,
            "Mul" => x * y,
            "Div" => x / y,
            "Min" => x.min(*y),
            "Max" => x.max(*y),
            "Mod" => x % y,
            _ => x.powf(*y),
        };
        let data = TensorData::F32(a.to_f32().iter().zip(&b.to_f32()).map(apply).collect());
        return Tensor::new(dims, element, data);
    }
    let apply = |(&x, &y): (&i64, &i64)| match node.op.as_str() {
        "Add" => x.checked_add(y),
        "Sub" => x.checked_sub(y),
        "Mul" => x.checked_mul(y),
        "Div" => x.checked_div(y),
        // The sign of the divisor, or with fmod of the dividend.
        "Mod" if node.attributes.int("fmod").unwrap_or(0) != 0 => x.checked_rem(y),
        "Mod" => x.checked_rem(y).map(|rest| if rest != 0 && (rest < 0) != (y < 0) { rest + y } else { rest }),
        "Pow" => u32::try_from(y).ok().and_then(|y| x.checked_pow(y)),
        "Min" => Some(x.min(y)),
        _ => Some(x.max(y)),
    };
    let values: Option<Vec<i64>> = a.to_i64().iter().zip(&b.to_i64()).map(apply).collect();
    let values = values.ok_or_else(|| node.refuse("integers that overflow or divide by 0"))?;
    Ok(Tensor::new(dims, ElementType::Int64, TensorData::I64(values))?.cast(element))
}

fn comparison(op: &str) -> Option<fn(f64, f64) -> bool> {
    Some(match op {
        "Equal" => |x, y| x == y,
        "Less" => |x, y| x < y,
        "LessOrEqual" => |x, y| x <= y,
        "Greater" => |x, y| x > y,
        "GreaterOrEqual" => |x, y| x >= y,
        "And" => |x, y| x != 0.0 && y != 0.0,
        "Or" => |x, y| x != 0.0 || y != 0.0,
        "Xor" => |x, y| (x != 0.0) != (y != 0.0),
        _ => return None,
    })
}

/// Functions of one element.
pub(super) fn unary(node: &Node, x: &Tensor) -> Tensor {
    let data = match (&x.data, node.op.as_str()) {
        (TensorData::I64(values), "Not") => {
            TensorData::I64(values.iter().map(|&value| i64::from(value == 0)).collect())
        }
        (TensorData::I64(values), "Neg") => TensorData::I64(values.iter().map(|&value| value.wrapping_neg()).collect()),
        (TensorData::I64(values), "Relu") => TensorData::I64(values.iter().map(|&value| value.max(0)).collect()),
        (TensorData::I64(values), "Abs") => TensorData::I64(values.iter().map(|&value| value.wrapping_abs()).collect()),
        _ => {
            let apply: fn(f32) -> f32 = match node.op.as_str() {
                "Floor" => f32::floor,
                "Ceil" => f32::ceil,
                "Round" => f32::round_ties_even,
                "Sqrt" => f32::sqrt,
                "Exp" => f32::exp,
                "Log" => f32::ln,
                "Sin" => f32::sin,
                "Cos" => f32::cos,
                "Abs" => f32::abs,
                "Reciprocal" => f32::recip,
                "Relu" => |value| if value < 0.0 { 0.0 } else { value },
                _ => std::ops::Neg::neg,
            };
            TensorData::F32(x.to_f32().into_iter().map(apply).collect())
        }
    };
    Tensor { dims: x.dims.clone(), element: x.element, data }
}

/// Elements of the second operand where the first is true, of the third elsewhere.
pub(super) fn choose(node: &Node, operands: &Operands<'_>) -> Result<Tensor, GraphError> {
    let [Some(condition), Some(a), Some(b)] = operands.constants[..] else {
        return Err(node.refuse("it needs three operands"));
    };
    let dims = shape::broadcast(node, &shape::broadcast(node, &condition.dims, &a.dims)?, &b.dims)?;
    let condition = expand(condition, dims.clone()).to_i64();
    let (a, b) = (expand(a, dims.clone()), expand(b, dims.clone()));
    let pick = |n: usize| condition[n] != 0;
    let data = if a.element.is_float() {
        let (x, y) = (a.to_f32(), b.to_f32());
        TensorData::F32((0..x.len()).map(|n| if pick(n) { x[n] } else { y[n] }).collect())
    } else {
        let (x, y) = (a.to_i64(), b.to_i64());
        TensorData::I64((0..x.len()).map(|n| if pick(n) { x[n] } else { y[n] }).collect())
    };
    Ok(Tensor { dims, element: ElementType::Int64, data }.cast(a.element))
}

/// A sum, product, maximum or minimum along axes.
pub(super) fn reduce(node: &Node, x: &Tensor, operands: &Operands<'_>) -> Result<Tensor, GraphError> {
    let reduction = shape::reduce::reduce(node, operands)?;
    let len: usize = reduction.dims.iter().product();
    let values = x.to_i64();
    let apply = |a: i64, b: i64| match node.op.as_str() {
        "ReduceSum" => a.checked_add(b),
        "ReduceProd" => a.checked_mul(b),
        "ReduceMax" => Some(a.max(b)),
        _ => Some(a.min(b)),
    };
    let mut result: Vec<Option<i64>> = vec![None; len];
    for (n, &value) in values.iter().enumerate() {
        let mut rest = n;
        let (mut place, mut stride) = (0, 1);
        for axis in (0..x.dims.len()).rev() {
            let position = rest % x.dims[axis];
            rest /= x.dims[axis];
            if !reduction.axes.contains(&axis) {
                place += position * stride;
                stride *= x.dims[axis];
            }
        }
        result[place] = Some(match result[place] {
            Some(sum) => apply(sum, value).ok_or_else(|| node.refuse("integers that overflow"))?,
            None => value,
        });
    }
    let empty = if node.op == "ReduceProd" { 1 } else { 0 };
    let values = result.into_iter().map(|value| value.unwrap_or(empty)).collect();
    Ok(Tensor::new(reduction.dims, ElementType::Int64, TensorData::I64(values))?.cast(x.element))
}

/// Evenly spaced numbers from a start up to a limit: `Range`.
pub(super) fn range(node: &Node, operands: &Operands<'_>, longest: usize) -> Result<Tensor, GraphError> {
    let [Some(start), Some(limit), Some(step)] = operands.constants[..] else {
        return Err(node.refuse("its limits are missing"));
    };
    let single = |tensor: &Tensor| match &tensor.data {
        TensorData::F32(values) => values.first().map(|&value| f64::from(value)),
        _ => tensor.to_i64().first().map(|&value| value as f64),
    };
    let number = |tensor| single(tensor).ok_or_else(|| node.refuse("a limit is empty"));
    let (from, to, by) = (number(start)?, number(limit)?, number(step)?);
    let len = ((to - from) / by).ceil().max(0.0);
    if by == 0.0 || !len.is_finite() || len > longest as f64 {
        return Err(node.refuse(format!("a range from {from} to {to} by {by}")));
    }
    let values = (0..len as usize).map(|n| from + n as f64 * by);
    if start.element.is_float() {
        let values: Vec<f32> = values.map(|value| value as f32).collect();
        return Ok(Tensor::floats(values).cast(start.element));
    }
    Ok(Tensor::integers(values.map(|value| value as i64).collect()).cast(start.element))
}
