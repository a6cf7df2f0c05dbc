//! Operators evaluated before the run: the shape arithmetic that exporters leave in a graph.

mod arithmetic;
mod moving;
mod spectral;

use crate::shape::{self, Operands};
use crate::tensor::element_count;
use crate::{ElementType, GraphError, Node, Tensor};

/// The longest tensor that folding will make; shape arithmetic stays far below it.
const FOLD_LIMIT: usize = 1 << 24;

/// The results of `node`, or `None` when an operand is not constant or the operator is not one that is folded.
pub(crate) fn evaluate(node: &Node, operands: &Operands<'_>) -> Result<Option<Vec<Tensor>>, GraphError> {
    let given = operands.dims.iter().zip(&operands.constants);
    if given.into_iter().any(|(dims, constant)| dims.is_some() && constant.is_none()) {
        // The only operator whose result follows from its operand's shape and is no shape itself.
        return if node.op == "EyeLike" { Ok(Some(vec![eye_like(node, operands)?])) } else { Ok(None) };
    }
    let x = || operands.constant(0).ok_or_else(|| node.refuse("its operand is missing"));
    // A tensor of weights stays what the file made it: folding is for the arithmetic of shapes.
    let integers = |tensor: &Tensor| !tensor.element.is_float();
    let tensor = match node.op.as_str() {
        "Constant" => constant(node)?,
        "ConstantOfShape" => {
            let dims = dims_from(node, &x()?.to_i64())?;
            let fill = node.attributes.tensor("value").cloned().unwrap_or(Tensor::floats(vec![0.0]));
            if fill.data.len() != 1 {
                return Err(node.refuse("its value is not a single element"));
            }
            fill.gather(dims, |_| 0)
        }
        "EyeLike" => eye_like(node, operands)?,
        "Cast" => x()?.cast(shape::cast_target(node)?),
        "CastLike" => x()?.cast(operands.element(1)),
        "Gather" => moving::gather(node, operands)?,
        "Concat" => moving::concat(node, operands)?,
        "Reshape" | "Flatten" | "Squeeze" | "Unsqueeze" => {
            let fact = shape::infer(node, operands)?.swap_remove(0);
            x()?.reshaped(fact.dims)
        }
        "Transpose" => moving::transpose(node, x()?)?,
        "Slice" => moving::slice(node, x()?, operands)?,
        "Split" => return Ok(Some(moving::split(node, x()?, operands)?)),
        "Tile" => moving::tile(node, x()?, operands)?,
        "NonZero" => moving::non_zero(x()?),
        "Expand" => {
            let wanted = operands.integers(node, 1)?.ok_or_else(|| node.refuse("its shape is missing"))?;
            let dims = shape::broadcast(node, &x()?.dims, &dims_from(node, &wanted)?)?;
            dims_from(node, &dims.iter().map(|&n| n as i64).collect::<Vec<_>>())?;
            moving::expand(x()?, dims)
        }
        "HannWindow" | "HammingWindow" | "BlackmanWindow" => spectral::window(node, operands, FOLD_LIMIT)?,
        "Range" => arithmetic::range(node, operands, FOLD_LIMIT)?,
        "Add" | "Sub" | "Mul" | "Div" | "Min" | "Max" | "Pow" | "Mod" | "Equal" | "Less" | "LessOrEqual"
        | "Greater" | "GreaterOrEqual" | "And" | "Or" | "Xor"
            if operands.constants.len() == 2 =>
        {
            arithmetic::binary(node, operands)?
        }
        "Where" => arithmetic::choose(node, operands)?,
        "Floor" | "Ceil" | "Round" | "Sqrt" | "Neg" | "Exp" | "Log" | "Sin" | "Cos" | "Abs" | "Reciprocal" | "Relu"
        | "Not" => arithmetic::unary(node, x()?),
        "ReduceSum" | "ReduceProd" | "ReduceMax" | "ReduceMin" if integers(x()?) => {
            arithmetic::reduce(node, x()?, operands)?
        }
        _ => return Ok(None),
    };
    Ok(Some(vec![tensor]))
}

/// Ones on a diagonal, zeros elsewhere, in the shape of the operand.
fn eye_like(node: &Node, operands: &Operands<'_>) -> Result<Tensor, GraphError> {
    let x = operands.dims(node, 0)?;
    let &[rows, columns] = x else { return Err(node.refuse(format!("an operand of shape {x:?} is no matrix"))) };
    let len = element_count(x).filter(|&len| len <= FOLD_LIMIT).ok_or_else(|| node.refuse("a matrix too large"))?;
    let shift = node.attributes.int("k").unwrap_or(0);
    let code = node.attributes.int("dtype").and_then(|code| i32::try_from(code).ok());
    let element = match code {
        Some(code) => ElementType::from_code(code).ok_or_else(|| node.refuse("a type that is no number"))?,
        None => operands.element(0),
    };
    let on_diagonal = |n: usize| (n % columns) as i64 == (n / columns) as i64 + shift;
    let ones = (0..len).map(|n| i64::from(on_diagonal(n))).collect();
    Ok(Tensor { dims: vec![rows, columns], ..Tensor::integers(ones) }.cast(element))
}

/// A tensor of one integer repeated.
pub(crate) fn filled(node: &Node, dims: &[usize], element: ElementType, value: i64) -> Result<Tensor, GraphError> {
    let len = element_count(dims).filter(|&len| len <= FOLD_LIMIT);
    let len = len.ok_or_else(|| node.refuse(format!("a constant of shape {dims:?}")))?;
    Ok(Tensor { dims: dims.to_vec(), element, ..Tensor::integers(vec![value; len]) })
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
        return Ok(Tensor::integer(value));
    }
    if let Some(value) = attributes.float("value_float") {
        return Ok(Tensor::floats(vec![value]).reshaped(vec![]));
    }
    if let Some(values) = attributes.ints("value_ints") {
        return Ok(Tensor::integers(values.to_vec()));
    }
    if let Some(values) = attributes.floats("value_floats") {
        return Ok(Tensor::floats(values.to_vec()));
    }
    Err(node.refuse("a constant that is not a tensor, a number or a list of numbers"))
}
