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
