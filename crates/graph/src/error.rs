//! Why a model cannot be used, in sentences.

/// A refusal of the graph reader.
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
pub enum GraphError {
    /// The bytes are no ONNX model, or end too early.
    #[error("this is not a readable ONNX model ({0}); export it again, or check that the download is complete")]
    Protobuf(String),
    /// Something ONNX allows and Darkroom does not run.
    #[error("{0} is not supported")]
    Unsupported(String),
    /// The model contradicts itself.
    #[error("the model is damaged: {0}")]
    Invalid(String),
    /// An operator with a form or type that is not supported.
    #[error("node {node} ({op}): {reason}")]
    Node {
        /// The node's name.
        node: String,
        /// The operator.
        op: String,
        /// What does not fit.
        reason: String,
    },
    /// The caller's input dimensions do not fit the model's.
    #[error("input {name}: {reason}")]
    Input {
        /// The input's name.
        name: String,
        /// What does not fit.
        reason: String,
    },
}
