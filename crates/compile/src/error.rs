//! Why a graph cannot be turned into kernels.

use darkroom_graph::{GraphError, Node};
use darkroom_kernels::KernelError;

/// A refusal of the compiler.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// The graph contradicts itself.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// A kernel refused its shapes.
    #[error(transparent)]
    Kernel(#[from] KernelError),
    /// An operand is shorter than the other operands' shapes ask for.
    #[error("node {node}: {binding} has {got} elements, its other operands and attributes ask for {wanted}")]
    Operand {
        /// The node's name.
        node: String,
        /// What the kernel calls the operand.
        binding: &'static str,
        /// Elements there are.
        got: usize,
        /// Elements that would be read.
        wanted: usize,
    },
    /// The network would take too many kernels.
    #[error("node {node}: with it the network takes more than {most} kernels; use shorter sequences")]
    TooLong {
        /// The node that would add one more.
        node: String,
        /// The most there may be.
        most: usize,
    },
    /// No kernel computes this.
    #[error("node {node} ({op}): {reason}")]
    Unsupported {
        /// The node's name.
        node: String,
        /// The operator.
        op: String,
        /// What has no kernel.
        reason: String,
    },
}

impl CompileError {
    pub(crate) fn unsupported(node: &Node, reason: impl Into<String>) -> Self {
        Self::Unsupported { node: node.name.clone(), op: node.op.clone(), reason: reason.into() }
    }
}
