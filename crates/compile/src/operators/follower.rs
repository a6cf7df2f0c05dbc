//! A sum or product with another tensor of the same shape, behind an operator whose kernel can compute it.

use darkroom_graph::ValueId;

use crate::builder::Builder;

/// The `op` that alone reads a value, and its other operand.
pub(super) struct Follower {
    /// The node.
    pub(super) index: usize,
    /// The other operand, of the same shape.
    pub(super) other: ValueId,
    /// What it makes.
    pub(super) result: ValueId,
}

/// The node with operator `op` that alone reads `value`, if its other operand has the same shape.
pub(super) fn follower(builder: &Builder<'_>, value: ValueId, op: &str) -> Option<Follower> {
    let index = builder.sole_consumer(value)?;
    let node = builder.node(index);
    let (a, b) = (node.input(0)?, node.input(1)?);
    let other = if a == value { b } else { a };
    let fits = node.op == op && a != b && builder.dims(other) == builder.dims(value);
    let result = node.outputs.first().copied().flatten()?;
    fits.then_some(Follower { index, other, result })
}
