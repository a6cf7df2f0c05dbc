//! Functions of two and more elements, with broadcasting.

use darkroom_graph::{Node, ValueId};
use darkroom_kernels::pointwise::{Binary, BinaryOp, Convert, ConvertOp, Select, Unary, UnaryOp};
use darkroom_kernels::{Element, Elements};

use super::padded;
use crate::CompileError;
use crate::builder::{Builder, Operand, TensorId};

fn operator(node: &Node) -> Result<BinaryOp, CompileError> {
    Ok(match node.op.as_str() {
        "Add" | "Sum" | "Mean" => BinaryOp::Add,
        "Sub" => BinaryOp::Sub,
        "Mul" => BinaryOp::Mul,
        "Div" => BinaryOp::Div,
        "Min" => BinaryOp::Min,
        "Max" => BinaryOp::Max,
        "Pow" => BinaryOp::Pow,
        "PRelu" => BinaryOp::PRelu,
        "Mod" if node.attributes.int("fmod").unwrap_or(0) != 0 => BinaryOp::Fmod,
        "Mod" => BinaryOp::Mod,
        "Equal" => BinaryOp::Equal,
        "Less" => BinaryOp::Less,
        "LessOrEqual" => BinaryOp::LessOrEqual,
        "Greater" => BinaryOp::Greater,
        "GreaterOrEqual" => BinaryOp::GreaterOrEqual,
        "And" | "BitwiseAnd" => BinaryOp::And,
        "Or" | "BitwiseOr" => BinaryOp::Or,
        "Xor" | "BitwiseXor" => BinaryOp::Xor,
        "BitShift" if node.attributes.string("direction") == Some("LEFT") => BinaryOp::ShiftLeft,
        "BitShift" => BinaryOp::ShiftRight,
        _ => return Err(CompileError::unsupported(node, "it is no function of two elements")),
    })
}

/// Any function of two elements; `Min`, `Max`, `Sum` and `Mean` take any number of operands in turn.
pub(super) fn binary(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let op = operator(node)?;
    let output = builder.output(node)?;
    let first = builder.input(node, 0)?;
    let element = builder.element(first);
    let mut dims = padded(node, builder.dims(first))?;
    let mut left = builder.operand(node, first)?;
    for index in 1..node.inputs.len() {
        let right = builder.input(node, index)?;
        let b = padded(node, builder.dims(right))?;
        // The exponent may have another type than the base.
        let (a_operand, b_operand, common) = match (element, builder.element(right)) {
            (Element::I32, Element::F32) => {
                let operand = builder.operand(node, right)?;
                (to_float(builder, node, left, dims.iter().product())?, operand, Element::F32)
            }
            (Element::F32, Element::I32) => {
                let operand = builder.operand(node, right)?;
                (left, to_float(builder, node, operand, b.iter().product())?, Element::F32)
            }
            (common, _) => (left, builder.operand(node, right)?, common),
        };
        let kernel = Binary { op, element: common, a: dims, b };
        dims = kernel.out_dims();
        let mut result = builder.emit(&node.name, kernel, vec![a_operand, b_operand])?;
        if common != element {
            let len = dims.iter().product();
            let truncate = Convert { op: ConvertOp::Truncate, len };
            result = builder.emit(&node.name, truncate, vec![Operand::Tensor(result)])?;
        }
        left = Operand::Tensor(result);
    }
    if node.op == "Mean" {
        let share = builder.constant(Elements::F32(vec![1.0 / node.inputs.len() as f32]));
        let kernel = Binary { op: BinaryOp::Mul, element, a: dims, b: [1; darkroom_kernels::RANK] };
        left = Operand::Tensor(builder.emit(&node.name, kernel, vec![left, share])?);
    }
    let Operand::Tensor(result) = left else {
        return super::shaping::rename(builder, index);
    };
    let overflows = matches!(op, BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::ShiftLeft | BinaryOp::Pow);
    let result = if overflows { wrapped(builder, node, output, result)? } else { result };
    builder.bind(output, result);
    Ok(())
}

/// Integers as float32.
pub(super) fn to_float(
    builder: &mut Builder<'_>,
    node: &Node,
    operand: Operand,
    len: usize,
) -> Result<Operand, CompileError> {
    let convert = Convert { op: ConvertOp::ToFloat, len };
    Ok(Operand::Tensor(builder.emit(&node.name, convert, vec![operand])?))
}

/// One kernel over an operand that stands for `value`, and another value.
pub(super) fn emit(
    builder: &mut Builder<'_>,
    node: &Node,
    op: BinaryOp,
    (operand, value): (Operand, ValueId),
    other: ValueId,
) -> Result<TensorId, CompileError> {
    let (a, b) = (padded(node, builder.dims(value))?, padded(node, builder.dims(other))?);
    let element = builder.element(value);
    let right = builder.operand(node, other)?;
    builder.emit(&node.name, Binary { op, element, a, b }, vec![operand, right])
}

/// A result of an integer type narrower than 32 bits, wrapped to its width.
pub(super) fn wrapped(
    builder: &mut Builder<'_>,
    node: &Node,
    value: ValueId,
    result: TensorId,
) -> Result<TensorId, CompileError> {
    let element = builder.graph.elements[value];
    let Some((low, high)) = element.range().filter(|(low, high)| high - low < i64::from(u32::MAX)) else {
        return Ok(result);
    };
    let bits = (high - low + 1).ilog2();
    let len = builder.dims(value).iter().product();
    let convert = Convert { op: ConvertOp::Wrap { bits, signed: low < 0 }, len };
    builder.emit(&node.name, convert, vec![Operand::Tensor(result)])
}

/// `Where`.
pub(super) fn choose(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let [condition, a, b] = [0, 1, 2].map(|index| builder.input(node, index));
    let (condition, a, b) = (condition?, a?, b?);
    let kernel = Select {
        condition: padded(node, builder.dims(condition))?,
        a: padded(node, builder.dims(a))?,
        b: padded(node, builder.dims(b))?,
    };
    let reads = vec![builder.operand(node, condition)?, builder.operand(node, a)?, builder.operand(node, b)?];
    let result = builder.emit(&node.name, kernel, reads)?;
    builder.bind(builder.output(node)?, result);
    Ok(())
}

/// `Cast` and `CastLike`. Float types are float32 inside; a cast to a narrower one rounds to its values.
pub(super) fn cast(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    use darkroom_graph::ElementType as T;
    let node = builder.node(index);
    let (x, output) = (builder.input(node, 0)?, builder.output(node)?);
    let (from, to) = (builder.graph.elements[x], builder.graph.elements[output]);
    let len = builder.dims(x).iter().product();
    let narrows = |bits: u32, signed| {
        let kept = from
            .range()
            .is_some_and(|(low, high)| to.range().is_some_and(|(to_low, to_high)| to_low <= low && high <= to_high));
        (bits < 32 && !kept).then_some(ConvertOp::Wrap { bits, signed })
    };
    let wrap = to.range().and_then(|(low, high)| narrows((high - low + 1).ilog2(), low < 0));
    let steps: Vec<ConvertOp> = match (from.is_float(), to.is_float()) {
        (true, true) => vec![],
        (true, false) if to == T::Bool => vec![ConvertOp::FloatToBool],
        (true, false) => [ConvertOp::Truncate].into_iter().chain(wrap).collect(),
        (false, true) if from == T::Uint32 => vec![ConvertOp::UnsignedToFloat],
        (false, true) => vec![ConvertOp::ToFloat],
        (false, false) if to == T::Bool && from != T::Bool => vec![ConvertOp::ToBool],
        (false, false) => wrap.into_iter().collect(),
    };
    let mut operand = builder.operand(node, x)?;
    for op in steps {
        operand = Operand::Tensor(builder.emit(&node.name, Convert { op, len }, vec![operand])?);
    }
    let narrow = match to {
        T::Float16 => Some(UnaryOp::Half),
        T::Bfloat16 => Some(UnaryOp::Brain),
        _ => None,
    };
    if let Some(op) = narrow.filter(|_| from != to) {
        operand = Operand::Tensor(builder.emit(&node.name, Unary { op, len }, vec![operand])?);
    }
    match operand {
        Operand::Tensor(tensor) => {
            builder.bind(output, tensor);
            Ok(())
        }
        Operand::Constant(_) => super::shaping::rename(builder, index),
    }
}
