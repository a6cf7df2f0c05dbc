//! A fixed graph, node by node, on any Burn backend.
//!
//! The second, independent executor: it shares the graph with the kernels and nothing else, so what
//! both agree on is no fault of either. On [`Cpu`] it is also the path for machines without a GPU,
//! natively and as WebAssembly with SIMD.
//!
//! ```
//! use darkroom_reference::{Cpu, Reference};
//! # fn run(graph: &darkroom_graph::FixedGraph, image: &[f32]) -> Result<(), darkroom_reference::ReferenceError> {
//! let network = Reference::<Cpu>::new(graph)?;
//! let outputs = network.run(&[("image", darkroom_kernels::Data::F32(image))])?;
//! # Ok(())
//! # }
//! ```

mod call;
mod error;
mod operators;
mod reference;
mod tensor;

pub use error::ReferenceError;
pub use operators::{Operator, operators};
pub use reference::{Reference, Run};

/// Burn's CPU backend: vectors, one thread in the browser.
pub type Cpu = burn_flex::Flex;

/// Burn's wgpu backend, for comparison on native machines.
#[cfg(feature = "wgpu")]
pub type Wgpu = burn_wgpu::Wgpu;
