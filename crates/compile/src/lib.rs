//! A graph with fixed shapes becomes a program of kernels.
//!
//! [`compile`] walks the nodes once. Each operator's file under `operators/` makes the kernels it
//! needs and takes in the nodes behind it that one kernel can compute along with it (an activation,
//! a residual, a region-adaptive modulation). Reshapes cost nothing: they rename a tensor. At the end
//! the tensors' lifetimes decide which of them share a buffer.

mod builder;
mod error;
mod operators;
mod placing;
mod weights;
mod widths;

pub use error::CompileError;
pub use operators::{OPERATORS, Operator};

use darkroom_graph::FixedGraph;
use darkroom_kernels::{Program, Tier};

/// Lowers `graph` to kernels and places its tensors, for any device.
///
/// # Errors
/// An operator without a kernel, or a form of one that no kernel computes; each names the node.
pub fn compile(graph: &FixedGraph) -> Result<Program, CompileError> {
    compile_for(graph, Tier::Baseline)
}

/// The same for devices of `tier`: from [`Tier::Half`] on tensors are stored as float16 wherever kernels allow.
///
/// # Errors
/// As [`compile`].
pub fn compile_for(graph: &FixedGraph, tier: Tier) -> Result<Program, CompileError> {
    let mut builder = builder::Builder::new(graph);
    for index in 0..graph.nodes.len() {
        for head in builder.due(index).into_iter().chain([index]) {
            if !builder.is_taken(head) {
                operators::lower(&mut builder, head)?;
            }
        }
    }
    builder.finish(tier)
}
