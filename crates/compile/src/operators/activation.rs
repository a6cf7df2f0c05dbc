//! Activations behind another operator, computed by that operator's kernel.

use darkroom_graph::{Node, ValueId};
use darkroom_kernels::Activation;

use crate::builder::Builder;

/// The activation that alone reads `value`, taken in, and the value it makes; else `value` itself.
pub(super) fn follow(builder: &mut Builder<'_>, value: ValueId) -> (Activation, ValueId) {
    if let Some(index) = builder.sole_consumer(value)
        && let Some(activation) = activation(builder.node(index))
        && let Some(output) = builder.node(index).outputs.first().copied().flatten()
    {
        builder.take(index);
        return (activation, output);
    }
    // x * sigmoid(x), as exporters spell SiLU: two readers of x, one of them the other's operand.
    if let Some((sigmoid, product, output)) = silu(builder, value) {
        builder.take(sigmoid);
        builder.take(product);
        return (Activation::Silu, output);
    }
    (Activation::None, value)
}

fn activation(node: &Node) -> Option<Activation> {
    Some(match node.op.as_str() {
        "Relu" => Activation::Relu,
        "LeakyRelu" => Activation::LeakyRelu(node.attributes.float("alpha").unwrap_or(0.01)),
        "Sigmoid" => Activation::Sigmoid,
        "Silu" => Activation::Silu,
        "Swish" if node.attributes.float("alpha").unwrap_or(1.0) == 1.0 => Activation::Silu,
        "Tanh" => Activation::Tanh,
        _ => return None,
    })
}

/// The nodes of `Mul(x, Sigmoid(x))` and its result, if nothing else reads x or the sigmoid.
pub(super) fn silu(builder: &Builder<'_>, x: ValueId) -> Option<(usize, usize, ValueId)> {
    let &[a, b] = builder.consumers(x) else { return None };
    let (sigmoid, product) = if builder.node(a).op == "Sigmoid" { (a, b) } else { (b, a) };
    let gate = builder.node(sigmoid).outputs.first().copied().flatten()?;
    let fits = builder.node(sigmoid).op == "Sigmoid"
        && builder.node(product).op == "Mul"
        && builder.sole_consumer(gate) == Some(product)
        && !builder.graph.outputs.contains(&x);
    fits.then_some((sigmoid, product, builder.node(product).outputs.first().copied().flatten()?))
}
