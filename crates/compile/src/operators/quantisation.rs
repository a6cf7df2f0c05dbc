//! `QuantizeLinear`, `DequantizeLinear` and `DynamicQuantizeLinear` on tensors of the run.
//!
//! y = saturate(round(x / scale) + zero) and back y = (x - zero) scale, with one scale for the tensor,
//! for each index of an axis, or for each block of elements along an axis.

use darkroom_graph::{ElementType, Node, ValueId};
use darkroom_kernels::pointwise::{Binary, BinaryOp, Convert, ConvertOp, Unary, UnaryOp};
use darkroom_kernels::reduce::ReduceOp;
use darkroom_kernels::{Element, Elements, RANK};

use super::{binary, padded, reduction};
use crate::CompileError;
use crate::builder::{Builder, Operand};

/// How the scale's shape lies along that of x.
struct Layout {
    /// x, with the axis parted into blocks where there are any.
    x: [usize; RANK],
    /// The scale and zero.
    scale: [usize; RANK],
}

impl Layout {
    fn new(builder: &Builder<'_>, node: &Node) -> Result<Self, CompileError> {
        let (x, scale) = (builder.dims(builder.input(node, 0)?), builder.dims(builder.input(node, 1)?));
        if scale.iter().product::<usize>() == 1 {
            return Ok(Self { x: padded(node, x)?, scale: [1; RANK] });
        }
        let axis = builder.graph.axis(node, 1)?;
        let refuse = || CompileError::unsupported(node, format!("a scale of shape {scale:?} for a tensor of {x:?}"));
        if let [channels] = *scale {
            if channels != x[axis] {
                return Err(refuse());
            }
            let mut along = vec![1; x.len()];
            along[axis] = channels;
            return Ok(Self { x: padded(node, x)?, scale: padded(node, &along)? });
        }
        let fits = scale.len() == x.len()
            && scale[axis] > 0
            && x[axis].is_multiple_of(scale[axis])
            && (0..x.len()).all(|a| a == axis || x[a] == scale[a]);
        if !fits {
            return Err(refuse());
        }
        let parted = |dims: &[usize], block: usize| [&dims[..=axis], &[block], &dims[axis + 1..]].concat();
        let mut blocks = x.to_vec();
        blocks[axis] = scale[axis];
        let whole = parted(&blocks, x[axis] / scale[axis]);
        Ok(Self { x: padded(node, &whole)?, scale: padded(node, &parted(scale, 1))? })
    }
}

fn numbers(node: &Node, element: ElementType) -> Result<(i64, i64), CompileError> {
    element.range().ok_or_else(|| CompileError::unsupported(node, format!("quantisation to {element}")))
}

pub(super) fn quantize(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let (x, scale, output) = (builder.input(node, 0)?, builder.input(node, 1)?, builder.output(node)?);
    let (low, high) = numbers(node, builder.graph.elements[output])?;
    let layout = Layout::new(builder, node)?;
    let mut x = float(builder, node, x)?;
    let scale = float(builder, node, scale)?;
    let len = layout.x.iter().product();
    let divide = Binary { op: BinaryOp::Div, element: Element::F32, a: layout.x, b: layout.scale };
    x = Operand::Tensor(builder.emit(&node.name, divide, vec![x, scale])?);
    x = Operand::Tensor(builder.emit(&node.name, Unary { op: UnaryOp::Round, len }, vec![x])?);
    x = Operand::Tensor(builder.emit(&node.name, Convert { op: ConvertOp::Truncate, len }, vec![x])?);
    if let Some(zero) = node.input(2) {
        // The sum stays far from the ends of 32 bits.
        let bounded = Convert { op: ConvertOp::Clip(-(1 << 30), 1 << 30), len };
        x = Operand::Tensor(builder.emit(&node.name, bounded, vec![x])?);
        let zero = builder.operand(node, zero)?;
        let add = Binary { op: BinaryOp::Add, element: Element::I32, a: layout.x, b: layout.scale };
        x = Operand::Tensor(builder.emit(&node.name, add, vec![x, zero])?);
    }
    let clip = Convert { op: ConvertOp::Clip(low as i32, high.min(i64::from(i32::MAX)) as i32), len };
    let result = builder.emit(&node.name, clip, vec![x])?;
    builder.bind(output, result);
    Ok(())
}

pub(super) fn dequantize(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let output = builder.output(node)?;
    // A constant is dequantised where it is read.
    if builder.is_ready(output) {
        return Ok(());
    }
    let (x, scale) = (builder.input(node, 0)?, builder.input(node, 1)?);
    let layout = Layout::new(builder, node)?;
    let len = layout.x.iter().product();
    let mut x = builder.operand(node, x)?;
    if let Some(zero) = node.input(2) {
        let zero = builder.operand(node, zero)?;
        let subtract = Binary { op: BinaryOp::Sub, element: Element::I32, a: layout.x, b: layout.scale };
        x = Operand::Tensor(builder.emit(&node.name, subtract, vec![x, zero])?);
    }
    x = binary::to_float(builder, node, x, len)?;
    let scale = float(builder, node, scale)?;
    let multiply = Binary { op: BinaryOp::Mul, element: Element::F32, a: layout.x, b: layout.scale };
    let result = builder.emit(&node.name, multiply, vec![x, scale])?;
    builder.bind(output, result);
    Ok(())
}

/// The operand of a value, as float32.
fn float(builder: &mut Builder<'_>, node: &Node, value: ValueId) -> Result<Operand, CompileError> {
    let operand = builder.operand(node, value)?;
    if builder.element(value) == Element::F32 {
        return Ok(operand);
    }
    binary::to_float(builder, node, operand, builder.dims(value).iter().product())
}

/// `DynamicQuantizeLinear`: scale and zero from the extrema of x, to uint8.
pub(super) fn dynamic(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let x = builder.input(node, 0)?;
    let axes: Vec<usize> = (0..builder.dims(x).len()).collect();
    let largest = reduction::along(builder, node, x, ReduceOp::Max, &axes, false)?;
    let smallest = reduction::along(builder, node, x, ReduceOp::Min, &axes, false)?;
    let one = [1; RANK];
    let unary = |op| Unary { op, len: 1 };
    let binary = |op| Binary { op, element: Element::F32, a: one, b: one };
    // The range holds zero.
    let top = builder.emit(&node.name, unary(UnaryOp::Clip(0.0, f32::MAX)), vec![Operand::Tensor(largest)])?;
    let bottom = builder.emit(&node.name, unary(UnaryOp::Clip(f32::MIN, 0.0)), vec![Operand::Tensor(smallest)])?;
    let reads = vec![Operand::Tensor(top), Operand::Tensor(bottom)];
    let span = builder.emit(&node.name, binary(BinaryOp::Sub), reads)?;
    let levels = builder.constant(Elements::F32(vec![255.0]));
    let scale = builder.emit(&node.name, binary(BinaryOp::Div), vec![Operand::Tensor(span), levels])?;
    let reads = vec![Operand::Tensor(bottom), Operand::Tensor(scale)];
    let shift = builder.emit(&node.name, binary(BinaryOp::Div), reads)?;
    let negated = builder.emit(&node.name, unary(UnaryOp::Neg), vec![Operand::Tensor(shift)])?;
    let rounded = builder.emit(&node.name, unary(UnaryOp::Round), vec![Operand::Tensor(negated)])?;
    let convert = |op, len| Convert { op, len };
    let whole = builder.emit(&node.name, convert(ConvertOp::Truncate, 1), vec![Operand::Tensor(rounded)])?;
    let zero = builder.emit(&node.name, convert(ConvertOp::Clip(0, 255), 1), vec![Operand::Tensor(whole)])?;

    let dims = padded(node, builder.dims(x))?;
    let len = dims.iter().product();
    let source = builder.operand(node, x)?;
    let divide = Binary { op: BinaryOp::Div, element: Element::F32, a: dims, b: one };
    let divided = builder.emit(&node.name, divide, vec![source, Operand::Tensor(scale)])?;
    let rounded = builder.emit(&node.name, Unary { op: UnaryOp::Round, len }, vec![Operand::Tensor(divided)])?;
    let whole = builder.emit(&node.name, convert(ConvertOp::Truncate, len), vec![Operand::Tensor(rounded)])?;
    let add = Binary { op: BinaryOp::Add, element: Element::I32, a: dims, b: one };
    let sum = builder.emit(&node.name, add, vec![Operand::Tensor(whole), Operand::Tensor(zero)])?;
    let result = builder.emit(&node.name, convert(ConvertOp::Clip(0, 255), len), vec![Operand::Tensor(sum)])?;
    for (index, tensor) in [result, scale, zero].into_iter().enumerate() {
        if let Some(value) = builder.result(node, index) {
            builder.bind(value, tensor);
        }
    }
    Ok(())
}
