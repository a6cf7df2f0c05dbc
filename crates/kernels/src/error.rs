//! Why a kernel cannot run, in sentences.

use crate::Element;

/// A kernel's refusal.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum KernelError {
    /// A shape or attribute the shader does not handle.
    #[error("{kernel}: {reason}")]
    Unsupported {
        /// The kernel's name.
        kernel: &'static str,
        /// What does not fit, and what would.
        reason: String,
    },
    /// A kernel refused inside a network.
    #[error("node {node}: {source}")]
    Node {
        /// The ONNX node.
        node: String,
        /// The kernel's own refusal.
        source: Box<KernelError>,
    },
    /// A run was given the wrong number of tensors.
    #[error("the network takes {wanted} inputs, {got} were given")]
    InputCount {
        /// How many were given.
        got: usize,
        /// How many the network takes.
        wanted: usize,
    },
    /// A run was given a tensor of the wrong length.
    #[error("input {name} has {got} values, the plan was made for {wanted}")]
    InputLength {
        /// The input's name.
        name: String,
        /// Values given.
        got: usize,
        /// Values the plan was made for.
        wanted: usize,
    },
    /// A run was given a tensor of the wrong type.
    #[error("input {name} has {got} values, the network takes {wanted}")]
    InputType {
        /// The input's name.
        name: String,
        /// The type given.
        got: Element,
        /// The type the network takes.
        wanted: Element,
    },
    /// A number that float16 storage does not hold.
    #[error("{place} holds {value}, float16 holds at most 65504; run the network at the tier baseline")]
    Beyond {
        /// The node that made it, or the input.
        place: String,
        /// The number.
        value: String,
    },
    /// The caller ended the run.
    #[error("cancelled")]
    Cancelled,
}

impl KernelError {
    /// A refusal of `kernel` with its reason, a clause that starts in lower case.
    pub(crate) fn unsupported(kernel: &'static str, reason: impl Into<String>) -> Self {
        Self::Unsupported { kernel, reason: reason.into() }
    }

    /// A number of a node or an input that float16 storage does not hold.
    #[must_use]
    pub fn beyond(place: &str, value: f32) -> Self {
        Self::Beyond { place: place.to_owned(), value: value.to_string() }
    }

    /// The same refusal, with the node it came from.
    #[must_use]
    pub fn in_node(self, node: &str) -> Self {
        Self::Node { node: node.to_owned(), source: Box::new(self) }
    }
}
