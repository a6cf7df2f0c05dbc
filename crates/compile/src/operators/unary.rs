//! Functions of one element.

use darkroom_graph::{Node, Tensor};
use darkroom_kernels::Element;
use darkroom_kernels::pointwise::{BinaryOp, Convert, ConvertOp, Unary, UnaryOp};

use super::{activation, binary};
use crate::CompileError;
use crate::builder::{Builder, Operand};

pub(super) fn unary(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let x = builder.input(node, 0)?;
    let len = builder.dims(x).iter().product();
    if builder.element(x) == Element::I32 {
        let op = of_integers(builder, node)?;
        return convert(builder, node, op);
    }
    // x * sigmoid(x) where x comes from a kernel that takes in no activation.
    let silu = activation::silu(builder, x).filter(|_| node.op == "Sigmoid");
    let (op, value) = match silu {
        Some((_, product, output)) => {
            builder.take(product);
            (UnaryOp::Silu(1.0), output)
        }
        None => (of_floats(node)?, builder.output(node)?),
    };
    let source = builder.operand(node, x)?;
    let result = builder.emit(&node.name, Unary { op, len }, vec![source])?;
    builder.bind(value, result);
    Ok(())
}

fn of_floats(node: &Node) -> Result<UnaryOp, CompileError> {
    let number = |name: &str, default: f32| node.attributes.float(name).unwrap_or(default);
    Ok(match node.op.as_str() {
        "Relu" => UnaryOp::Relu,
        "LeakyRelu" => UnaryOp::LeakyRelu(number("alpha", 0.01)),
        "ThresholdedRelu" => UnaryOp::ThresholdedRelu(number("alpha", 1.0)),
        "Elu" => UnaryOp::Elu(number("alpha", 1.0)),
        "Selu" => UnaryOp::Selu(number("alpha", 1.673_263_2), number("gamma", 1.050_701)),
        "Celu" => UnaryOp::Celu(number("alpha", 1.0)),
        "Sigmoid" => UnaryOp::Sigmoid,
        "HardSigmoid" => UnaryOp::HardSigmoid(number("alpha", 0.2), number("beta", 0.5)),
        "HardSwish" => UnaryOp::HardSwish,
        "Silu" | "Swish" => UnaryOp::Silu(number("alpha", 1.0)),
        "Mish" => UnaryOp::Mish,
        "Gelu" if node.attributes.string("approximate") == Some("tanh") => UnaryOp::GeluTanh,
        "Gelu" => UnaryOp::Gelu,
        "Softplus" => UnaryOp::Softplus,
        "Softsign" => UnaryOp::Softsign,
        "Shrink" => UnaryOp::Shrink(number("lambd", 0.5), number("bias", 0.0)),
        "Erf" => UnaryOp::Erf,
        "Exp" => UnaryOp::Exp,
        "Log" => UnaryOp::Log,
        "Sqrt" => UnaryOp::Sqrt,
        "Reciprocal" => UnaryOp::Reciprocal,
        "Neg" => UnaryOp::Neg,
        "Abs" => UnaryOp::Abs,
        "Sign" => UnaryOp::Sign,
        "Floor" => UnaryOp::Floor,
        "Ceil" => UnaryOp::Ceil,
        "Round" => UnaryOp::Round,
        "Sin" => UnaryOp::Sin,
        "Cos" => UnaryOp::Cos,
        "Tan" => UnaryOp::Tan,
        "Asin" => UnaryOp::Asin,
        "Acos" => UnaryOp::Acos,
        "Atan" => UnaryOp::Atan,
        "Sinh" => UnaryOp::Sinh,
        "Cosh" => UnaryOp::Cosh,
        "Tanh" => UnaryOp::Tanh,
        "Asinh" => UnaryOp::Asinh,
        "Acosh" => UnaryOp::Acosh,
        "Atanh" => UnaryOp::Atanh,
        _ => return Err(CompileError::unsupported(node, "it is not defined for floats")),
    })
}

fn of_integers(builder: &Builder<'_>, node: &Node) -> Result<ConvertOp, CompileError> {
    let range = builder.graph.elements[builder.input(node, 0)?].range();
    Ok(match node.op.as_str() {
        "Not" => ConvertOp::Not,
        "BitwiseNot" => ConvertOp::BitwiseNot,
        "Neg" => ConvertOp::Neg,
        "Abs" => ConvertOp::Abs,
        // A number without a sign is 0 or above.
        "Sign" if range.is_some_and(|(low, _)| low == 0) => ConvertOp::ToBool,
        "Sign" => ConvertOp::Sign,
        "Relu" => ConvertOp::Clip(0, i32::MAX),
        // Integers are whole already.
        "Floor" | "Ceil" | "Round" => ConvertOp::Clip(i32::MIN, i32::MAX),
        _ => return Err(CompileError::unsupported(node, "it is not computed on integers")),
    })
}

/// A function of an integer, wrapped to the width of its type.
fn convert(builder: &mut Builder<'_>, node: &Node, op: ConvertOp) -> Result<(), CompileError> {
    let x = builder.input(node, 0)?;
    let output = builder.output(node)?;
    let len = builder.dims(x).iter().product();
    let source = builder.operand(node, x)?;
    let result = builder.emit(&node.name, Convert { op, len }, vec![source])?;
    let result = binary::wrapped(builder, node, output, result)?;
    builder.bind(output, result);
    Ok(())
}

/// `IsNaN` and `IsInf`.
pub(super) fn test(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let detects = |name| node.attributes.int(name).unwrap_or(1) != 0;
    let op = if node.op == "IsNaN" {
        ConvertOp::IsNan
    } else {
        ConvertOp::IsInf { positive: detects("detect_positive"), negative: detects("detect_negative") }
    };
    convert(builder, node, op)
}

/// `Clip`: bounds are attributes up to opset 10, optional scalar operands since.
pub(super) fn clip(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let (x, output) = (builder.input(node, 0)?, builder.output(node)?);
    let len: usize = builder.dims(x).iter().product();
    let known = |index: usize| node.input(index).is_none_or(|value| builder.graph.constant(Some(value)).is_some());
    let mut operand = builder.operand(node, x)?;
    if known(1) && known(2) {
        let bound = |index: usize| builder.graph.constant(node.input(index));
        operand = Operand::Tensor(if builder.element(x) == Element::F32 {
            let value = |index, name, default: f32| {
                let value = bound(index).map(Tensor::to_f32).and_then(|value| value.first().copied());
                value.or(node.attributes.float(name)).unwrap_or(default)
            };
            let op = UnaryOp::Clip(value(1, "min", f32::MIN), value(2, "max", f32::MAX));
            builder.emit(&node.name, Unary { op, len }, vec![operand])?
        } else {
            let value = |index, default: i32| {
                let value = bound(index).map(Tensor::to_i64).and_then(|value| value.first().copied());
                value.map_or(default, |v| v.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32)
            };
            let op = ConvertOp::Clip(value(1, i32::MIN), value(2, i32::MAX));
            builder.emit(&node.name, Convert { op, len }, vec![operand])?
        });
    } else {
        for (index, op) in [(1, BinaryOp::Max), (2, BinaryOp::Min)] {
            if let Some(bound) = node.input(index) {
                operand = Operand::Tensor(binary::emit(builder, node, op, (operand, x), bound)?);
            }
        }
    }
    let Operand::Tensor(result) = operand else {
        return super::shaping::rename(builder, index);
    };
    builder.bind(output, result);
    Ok(())
}
