//! ONNX in, a folded graph with every shape known out.
//!
//! [`Graph::read`] takes the bytes of a model; [`Graph::specialise`] fixes the input dimensions,
//! folds all shape arithmetic and constant branches of the graph away and infers the shape of every
//! value. [`memory::place`] shares buffers between tensors that are never alive together.
//! Nothing here knows a GPU, and nothing waits.

mod attributes;
mod control;
mod element;
mod error;
mod evaluate;
mod graph;
mod guard;
mod input_shape;
pub mod memory;
mod order;
mod read;
mod shape;
mod simplify;
mod specialise;
mod tensor;
mod window;

pub use attributes::{Attribute, Attributes};
pub use element::ElementType;
pub use error::GraphError;
pub use graph::{Graph, InputSpec, Node, Subgraph, ValueId};
pub use shape::{AttentionShape, AxisScale, Dft, Einsum, Reduction, SliceRange};
pub use specialise::FixedGraph;
pub use tensor::{Tensor, TensorData};
pub use window::Window;
