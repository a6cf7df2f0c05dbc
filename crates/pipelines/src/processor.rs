//! The CPU as a place to run networks: Burn natively, a WebAssembly module of its own in the browser.

use std::fmt::Debug;
use std::pin::Pin;

use darkroom_graph::FixedGraph;
use darkroom_kernels::{Data, Elements};

use crate::PipelineError;

/// Makes networks ready to run on the CPU.
pub trait Processor: Debug {
    /// What it is, in a few words for people.
    fn detail(&self) -> &'static str;

    /// Makes `graph` ready.
    ///
    /// # Errors
    /// Operators it does not run, by node.
    fn prepare(&self, graph: &FixedGraph) -> Result<Box<dyn Network>, PipelineError>;
}

/// A network that runs in steps, between which its caller may stop.
pub trait Network: Debug {
    /// Begins a run; `inputs` come in the order of the graph's.
    ///
    /// # Errors
    /// Inputs of another length or kind than the graph's.
    fn start(&mut self, inputs: &[Data<'_>]) -> Result<(), PipelineError>;

    /// Runs the next step and gives the share that is done, 1 after the last.
    ///
    /// # Errors
    /// What the step refuses, by node.
    fn step(&mut self) -> Step<'_>;

    /// Ends the run; the outputs in the order of the graph's.
    ///
    /// # Errors
    /// A run whose last step is not done.
    fn finish(&mut self) -> Result<Vec<Elements>, PipelineError>;
}

/// A step under way.
pub type Step<'a> = Pin<Box<dyn Future<Output = Result<f64, PipelineError>> + 'a>>;
