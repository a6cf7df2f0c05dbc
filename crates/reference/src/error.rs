//! Why a graph did not run, in sentences.

/// A refusal or failure of the executor.
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
pub enum ReferenceError {
    /// A node that this executor does not run, or whose operands do not fit.
    #[error("node {node} ({op}): {reason}")]
    Node {
        /// The node's name.
        node: String,
        /// The operator.
        op: String,
        /// What does not fit.
        reason: String,
    },
    /// The caller's tensors are not those the graph wants.
    #[error("input {name}: {reason}")]
    Input {
        /// The input's name.
        name: String,
        /// What does not fit.
        reason: String,
    },
    /// The backend could not compute or read back.
    #[error("the processor stopped: {0}; try again, and with smaller inputs if it happens again")]
    Backend(String),
}

impl From<darkroom_graph::GraphError> for ReferenceError {
    fn from(error: darkroom_graph::GraphError) -> Self {
        match error {
            darkroom_graph::GraphError::Node { node, op, reason } => Self::Node { node, op, reason },
            other => Self::Backend(other.to_string()),
        }
    }
}
