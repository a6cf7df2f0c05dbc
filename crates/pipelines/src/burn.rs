//! Burn's CPU backend, on a native machine.

use darkroom_graph::FixedGraph;
use darkroom_kernels::{Data, Elements};
use darkroom_reference::{Cpu, Reference, ReferenceError, Run};

use crate::PipelineError;
use crate::processor::{Network, Processor, Step};

/// Burn's CPU backend.
#[derive(Clone, Copy, Debug, Default)]
pub struct Burn;

#[derive(Debug)]
struct BurnNetwork {
    reference: Reference<Cpu>,
    inputs: Vec<String>,
    run: Option<Run<Cpu>>,
}

impl Processor for Burn {
    fn detail(&self) -> &'static str {
        "Burn, vectors, one thread"
    }

    fn prepare(&self, graph: &FixedGraph) -> Result<Box<dyn Network>, PipelineError> {
        let inputs = graph.inputs.iter().map(|&value| graph.names[value].clone()).collect();
        Ok(Box::new(BurnNetwork { reference: Reference::new(graph).map_err(told)?, inputs, run: None }))
    }
}

impl Network for BurnNetwork {
    fn start(&mut self, inputs: &[Data<'_>]) -> Result<(), PipelineError> {
        let named: Vec<(&str, Data<'_>)> = self.inputs.iter().map(String::as_str).zip(inputs.iter().copied()).collect();
        self.run = Some(self.reference.start(&named).map_err(told)?);
        Ok(())
    }

    fn step(&mut self) -> Step<'_> {
        let done = self.run.as_mut().map_or(Ok(1.0), |run| self.reference.step(run).map_err(told));
        Box::pin(std::future::ready(done))
    }

    fn finish(&mut self) -> Result<Vec<Elements>, PipelineError> {
        let run = self.run.take().ok_or_else(|| PipelineError::Cpu("no run was begun".to_owned()))?;
        self.reference.finish(run).map_err(told)
    }
}

fn told(error: ReferenceError) -> PipelineError {
    PipelineError::Cpu(error.to_string())
}
