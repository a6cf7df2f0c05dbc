//! The kernels' plain-Rust twins as a processor: slow, and at hand wherever Darkroom runs.

use std::ops::ControlFlow;

use darkroom_graph::FixedGraph;
use darkroom_kernels::{Data, Elements, Program};

use crate::PipelineError;
use crate::processor::{Network, Processor, Step};

/// The kernels' plain-Rust twins.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Twins;

#[derive(Debug)]
struct TwinsNetwork {
    program: Program,
    inputs: Vec<Elements>,
    outputs: Vec<Elements>,
}

impl Processor for Twins {
    fn detail(&self) -> &'static str {
        "plain Rust, one thread"
    }

    fn prepare(&self, graph: &FixedGraph) -> Result<Box<dyn Network>, PipelineError> {
        let program = darkroom_compile::compile(graph)?;
        program.check()?;
        Ok(Box::new(TwinsNetwork { program, inputs: Vec::new(), outputs: Vec::new() }))
    }
}

impl Network for TwinsNetwork {
    fn start(&mut self, inputs: &[Data<'_>]) -> Result<(), PipelineError> {
        self.inputs = inputs.iter().map(|data| Elements::of(data.element(), data.u32())).collect();
        Ok(())
    }

    /// The whole run is one step.
    fn step(&mut self) -> Step<'_> {
        let inputs: Vec<Data<'_>> = self.inputs.iter().map(Elements::data).collect();
        let outputs = self.program.run_cpu(&inputs, |_| ControlFlow::Continue(()));
        Box::pin(std::future::ready(outputs.map_err(PipelineError::from).map(|outputs| {
            self.outputs = outputs;
            1.0
        })))
    }

    fn finish(&mut self) -> Result<Vec<Elements>, PipelineError> {
        Ok(std::mem::take(&mut self.outputs))
    }
}
