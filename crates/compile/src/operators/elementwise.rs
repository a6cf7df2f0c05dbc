//! Functions of one element and of two, with broadcasting.

use darkroom_graph::Node;
use darkroom_kernels::pointwise::{Binary, BinaryOp, Unary, UnaryOp};

use super::{activation, padded};
use crate::CompileError;
use crate::builder::Builder;

pub(super) fn unary(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let x = builder.input(node, 0)?;
    let len = builder.dims(x).iter().product();
    // x * sigmoid(x) where x comes from a kernel that takes in no activation.
    let silu = activation::silu(builder, x).filter(|_| node.op == "Sigmoid");
    let (op, value) = match silu {
        Some((_, product, output)) => {
            builder.take(product);
            (UnaryOp::Silu, output)
        }
        None => (operator(builder, node)?, builder.output(node)?),
    };
    let source = builder.operand(node, x)?;
    let result = builder.emit(&node.name, Unary { op, len }, vec![source])?;
    builder.bind(value, result);
    Ok(())
}

fn operator(builder: &Builder<'_>, node: &Node) -> Result<UnaryOp, CompileError> {
    let number = |name: &str, default: f32| node.attributes.float(name).unwrap_or(default);
    // The bounds of Clip: attributes up to opset 10, scalar operands since.
    let bound = |index: usize, default: f32| {
        let value = builder.graph.constant(node.input(index)).map(darkroom_graph::Tensor::to_f32);
        value.and_then(|value| value.first().copied()).unwrap_or(default)
    };
    Ok(match node.op.as_str() {
        "Relu" => UnaryOp::Relu,
        "LeakyRelu" => UnaryOp::LeakyRelu(number("alpha", 0.01)),
        "Elu" => UnaryOp::Elu(number("alpha", 1.0)),
        "Sigmoid" => UnaryOp::Sigmoid,
        "HardSigmoid" => UnaryOp::HardSigmoid(number("alpha", 0.2), number("beta", 0.5)),
        "Silu" => UnaryOp::Silu,
        "Swish" if number("alpha", 1.0) == 1.0 => UnaryOp::Silu,
        "Gelu" if node.attributes.string("approximate") == Some("tanh") => UnaryOp::GeluTanh,
        "Gelu" => UnaryOp::Gelu,
        "Erf" => UnaryOp::Erf,
        "Softplus" => UnaryOp::Softplus,
        "Tanh" => UnaryOp::Tanh,
        "Exp" => UnaryOp::Exp,
        "Log" => UnaryOp::Log,
        "Sqrt" => UnaryOp::Sqrt,
        "Reciprocal" => UnaryOp::Reciprocal,
        "Neg" => UnaryOp::Neg,
        "Abs" => UnaryOp::Abs,
        "Floor" => UnaryOp::Floor,
        "Ceil" => UnaryOp::Ceil,
        "Clip" => UnaryOp::Clip(bound(1, f32::MIN), bound(2, f32::MAX)),
        _ => return Err(CompileError::unsupported(node, "no kernel computes it yet")),
    })
}

pub(super) fn binary(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let (a, b) = (builder.input(node, 0)?, builder.input(node, 1)?);
    let op = match node.op.as_str() {
        "Add" => BinaryOp::Add,
        "Sub" => BinaryOp::Sub,
        "Mul" => BinaryOp::Mul,
        "Div" => BinaryOp::Div,
        "Min" => BinaryOp::Min,
        "Max" => BinaryOp::Max,
        "Pow" => BinaryOp::Pow,
        _ => return Err(CompileError::unsupported(node, "no kernel computes it yet")),
    };
    let kernel = Binary { op, a: padded(node, builder.dims(a))?, b: padded(node, builder.dims(b))? };
    let reads = vec![builder.operand(node, a)?, builder.operand(node, b)?];
    let result = builder.emit(&node.name, kernel, reads)?;
    builder.bind(builder.output(node)?, result);
    Ok(())
}

/// float16 and double tensors are float32 inside, so a cast between floats renames.
pub(super) fn cast(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    super::shaping::rename(builder, index)
}

/// Nothing to do: a constant is dequantised where it is read.
pub(super) fn dequantize(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    if builder.is_ready(builder.output(node)?) {
        Ok(())
    } else {
        Err(CompileError::unsupported(node, "an operand that is not constant"))
    }
}
