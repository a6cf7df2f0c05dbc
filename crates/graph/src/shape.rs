//! Output shapes of the operators that are left after folding.

use crate::tensor::element_count;
use crate::window::Window;
use crate::{GraphError, Node, Tensor};

/// Shapes and constants of a node's operands, for [`infer`].
pub(crate) struct Operands<'a> {
    pub(crate) dims: Vec<Option<&'a [usize]>>,
    pub(crate) constants: Vec<Option<&'a Tensor>>,
}

impl<'a> Operands<'a> {
    pub(crate) fn dims(&self, node: &Node, index: usize) -> Result<&'a [usize], GraphError> {
        self.dims.get(index).copied().flatten().ok_or_else(|| node.refuse(format!("operand {index} is missing")))
    }

    /// A constant operand as integers; `None` when the operand is left out.
    pub(crate) fn integers(&self, node: &Node, index: usize) -> Result<Option<Vec<i64>>, GraphError> {
        if self.dims.get(index).copied().flatten().is_none() {
            return Ok(None);
        }
        match self.constants.get(index).copied().flatten() {
            Some(tensor) => Ok(Some(tensor.to_i64())),
            None => Err(node.refuse(format!("operand {index} must be known before the run"))),
        }
    }
}

/// The shape of each output of `node`.
pub(crate) fn infer(node: &Node, operands: &Operands<'_>) -> Result<Vec<Vec<usize>>, GraphError> {
    let x = || operands.dims(node, 0);
    let shape = match node.op.as_str() {
        "Relu"
        | "LeakyRelu"
        | "Sigmoid"
        | "Tanh"
        | "Silu"
        | "Swish"
        | "HardSwish"
        | "HardSigmoid"
        | "Gelu"
        | "Erf"
        | "Exp"
        | "Log"
        | "Sqrt"
        | "Abs"
        | "Neg"
        | "Reciprocal"
        | "Softplus"
        | "Elu"
        | "Clip"
        | "Floor"
        | "Ceil"
        | "Softmax"
        | "Cast"
        | "BatchNormalization"
        | "InstanceNormalization"
        | "GroupNormalization"
        | "DequantizeLinear" => x()?.to_vec(),
        "Add" | "Sub" | "Mul" | "Div" | "Pow" | "PRelu" | "Min" | "Max" => binary(node, operands)?,
        "Conv" => {
            let (x, w) = (x()?, operands.dims(node, 1)?);
            let spatial = conv_axes(node, x, w)?;
            let groups = node.attributes.int("group").unwrap_or(1);
            if groups < 1 || w[1].checked_mul(groups as usize) != Some(x[1]) || !w[0].is_multiple_of(groups as usize) {
                return Err(
                    node.refuse(format!("weights of shape {w:?} in {groups} groups do not fit {} channels", x[1]))
                );
            }
            [&[x[0], w[0]], Window::conv(node, spatial, &w[2..])?.output.as_slice()].concat()
        }
        "ConvTranspose" => {
            let (x, w) = (x()?, operands.dims(node, 1)?);
            let spatial = conv_axes(node, x, w)?;
            let groups = node.attributes.int("group").unwrap_or(1);
            if groups < 1 || w[0] != x[1] || !w[0].is_multiple_of(groups as usize) {
                return Err(
                    node.refuse(format!("weights of shape {w:?} in {groups} groups do not fit {} channels", x[1]))
                );
            }
            let window = Window::conv_transpose(node, spatial, &w[2..])?;
            [&[x[0], w[1] * groups as usize], window.output.as_slice()].concat()
        }
        "Concat" => concat(node, operands)?,
        "Resize" => resize(node, operands)?,
        "Reshape" => {
            let wanted = operands.integers(node, 1)?.ok_or_else(|| node.refuse("its shape is missing"))?;
            reshape(node, x()?, &wanted)?
        }
        "Flatten" => {
            let x = x()?;
            let axis = normal_axis(node, node.attributes.int("axis").unwrap_or(1), x.len() + 1)?;
            vec![x[..axis].iter().product(), x[axis..].iter().product()]
        }
        "Unsqueeze" | "Squeeze" => squeeze(node, x()?, axes(node, operands)?)?,
        "Transpose" => {
            permutation(node, x()?.len())?.into_iter().map(|axis| Ok(x()?[axis])).collect::<Result<_, GraphError>>()?
        }
        "Slice" => slice(node, x()?, operands)?.into_iter().map(|range| range.len).collect(),
        "Pad" => {
            let pads = pads(node, x()?.len(), operands)?;
            let grow = |(&n, &(before, after)): (&usize, &(i64, i64))| usize::try_from(n as i64 + before + after).ok();
            let dims: Option<Vec<usize>> = x()?.iter().zip(&pads).map(grow).collect();
            dims.ok_or_else(|| node.refuse("it cuts more than there is"))?
        }
        "MatMul" => matmul(node, operands)?,
        "Gemm" => gemm(node, operands)?,
        "Attention" => {
            let (q, v) = (x()?, operands.dims(node, 2)?);
            if q.len() != 4 || v.len() != 4 {
                return Err(node.refuse("only operands of 4 axes (batch, heads, tokens, channels) are supported"));
            }
            vec![q[0], q[1], q[2], v[3]]
        }
        _ => return Err(GraphError::Unsupported(format!("operator {} (node {})", node.op, node.name))),
    };
    if element_count(&shape).is_none_or(|len| len > i32::MAX as usize) {
        return Err(node.refuse(format!("its result of shape {shape:?} is larger than any adapter can hold")));
    }
    Ok(vec![shape])
}

/// The shape of an elementwise operator's result.
pub(crate) fn broadcast(node: &Node, a: &[usize], b: &[usize]) -> Result<Vec<usize>, GraphError> {
    let rank = a.len().max(b.len());
    let at = |dims: &[usize], axis: usize| (axis + dims.len()).checked_sub(rank).map_or(1, |axis| dims[axis]);
    (0..rank)
        .map(|axis| match (at(a, axis), at(b, axis)) {
            (m, n) if m == n => Ok(m),
            (1, n) => Ok(n),
            (m, 1) => Ok(m),
            _ => Err(node.refuse(format!("shapes {a:?} and {b:?} do not fit together"))),
        })
        .collect()
}

fn binary(node: &Node, operands: &Operands<'_>) -> Result<Vec<usize>, GraphError> {
    if operands.dims.len() != 2 {
        return Err(node.refuse(format!("{} operands; two are supported", operands.dims.len())));
    }
    broadcast(node, operands.dims(node, 0)?, operands.dims(node, 1)?)
}

fn conv_axes<'a>(node: &Node, x: &'a [usize], w: &[usize]) -> Result<&'a [usize], GraphError> {
    if x.len() != w.len() || !(3..=5).contains(&x.len()) {
        return Err(node.refuse(format!("an input of shape {x:?} with weights of shape {w:?}")));
    }
    Ok(&x[2..])
}

/// A possibly negative axis as an index below `rank`.
pub(crate) fn normal_axis(node: &Node, axis: i64, rank: usize) -> Result<usize, GraphError> {
    let index = if axis < 0 { axis + rank as i64 } else { axis };
    usize::try_from(index)
        .ok()
        .filter(|&index| index < rank)
        .ok_or_else(|| node.refuse(format!("axis {axis} of a tensor with {rank} axes")))
}

fn concat(node: &Node, operands: &Operands<'_>) -> Result<Vec<usize>, GraphError> {
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

fn resize(node: &Node, operands: &Operands<'_>) -> Result<Vec<usize>, GraphError> {
    let x = operands.dims(node, 0)?;
    if let Some(sizes) = operands.integers(node, 3)? {
        let sizes: Option<Vec<usize>> = sizes.iter().map(|&n| usize::try_from(n).ok()).collect();
        return sizes
            .filter(|sizes| sizes.len() == x.len())
            .ok_or_else(|| node.refuse("its sizes do not fit its input"));
    }
    let scales = operands.constants.get(2).copied().flatten().map(Tensor::to_f32).unwrap_or_default();
    if scales.len() != x.len() || !scales.iter().all(|&scale| scale > 0.0) {
        return Err(node.refuse("neither sizes nor positive scales for every axis are known before the run"));
    }
    // ONNX: output = floor(input * scale); in f64, so that 1/3-like scales keep their integers.
    Ok(x.iter().zip(&scales).map(|(&n, &scale)| (n as f64 * f64::from(scale)).floor().max(1.0) as usize).collect())
}

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

/// The axes of `Squeeze` and `Unsqueeze`: an attribute up to opset 12, an operand since.
pub(crate) fn axes(node: &Node, operands: &Operands<'_>) -> Result<Option<Vec<i64>>, GraphError> {
    match node.attributes.ints("axes") {
        Some(axes) => Ok(Some(axes.to_vec())),
        None => operands.integers(node, 1),
    }
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
    let pads = operands.integers(node, 1)?.ok_or_else(|| node.refuse("its pads are missing"))?;
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

fn matmul(node: &Node, operands: &Operands<'_>) -> Result<Vec<usize>, GraphError> {
    let (a, b) = (operands.dims(node, 0)?, operands.dims(node, 1)?);
    if a.len() < 2 || b.len() < 2 || a[a.len() - 1] != b[b.len() - 2] {
        return Err(node.refuse(format!("a product of shapes {a:?} and {b:?}")));
    }
    let mut dims = broadcast(node, &a[..a.len() - 2], &b[..b.len() - 2])?;
    dims.extend([a[a.len() - 2], b[b.len() - 1]]);
    Ok(dims)
}

fn gemm(node: &Node, operands: &Operands<'_>) -> Result<Vec<usize>, GraphError> {
    let (a, b) = (operands.dims(node, 0)?, operands.dims(node, 1)?);
    let flipped = |name| node.attributes.int(name).unwrap_or(0) != 0;
    let [m, ka] = *a else { return Err(node.refuse("its first operand is no matrix")) };
    let [kb, n] = *b else { return Err(node.refuse("its second operand is no matrix")) };
    let (m, ka) = if flipped("transA") { (ka, m) } else { (m, ka) };
    let (kb, n) = if flipped("transB") { (n, kb) } else { (kb, n) };
    if ka != kb {
        return Err(node.refuse(format!("a product of shapes {a:?} and {b:?}")));
    }
    Ok(vec![m, n])
}
