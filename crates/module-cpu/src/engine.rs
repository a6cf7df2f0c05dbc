//! Burn's CPU backend as an engine of the module.

use darkroom_graph::FixedGraph;
use darkroom_kernels::{Data, Elements};
use darkroom_module::{Engine, ModuleError, Pending, Timing};
use darkroom_reference::Reference;

/// A network on one thread of the processor.
#[derive(Debug)]
pub struct Cpu {
    network: Reference<darkroom_reference::Cpu>,
    inputs: Vec<String>,
}

impl Cpu {
    /// Makes `graph` ready.
    ///
    /// # Errors
    /// An operator that the CPU path does not run, with its node.
    pub fn new(graph: &FixedGraph) -> Result<Self, ModuleError> {
        let network = Reference::new(graph).map_err(ModuleError::engine)?;
        Ok(Self { network, inputs: graph.inputs.iter().map(|&value| graph.names[value].clone()).collect() })
    }

    fn named<'a>(&'a self, inputs: &[Data<'a>]) -> Vec<(&'a str, Data<'a>)> {
        self.inputs.iter().map(String::as_str).zip(inputs.iter().copied()).collect()
    }
}

impl Engine for Cpu {
    fn run<'a>(&'a mut self, inputs: &'a [Data<'a>]) -> Pending<'a, Vec<Elements>> {
        Box::pin(async { self.network.run(&self.named(inputs)).map_err(ModuleError::engine) })
    }

    fn profile<'a>(&'a mut self, inputs: &'a [Data<'a>], now: fn() -> f64) -> Pending<'a, Vec<Timing>> {
        Box::pin(async move {
            let mut run = self.network.start(&self.named(inputs)).map_err(ModuleError::engine)?;
            let mut timings = Vec::new();
            while let Some(node) = self.network.next(&run) {
                let (node, shader) = (node.name.clone(), node.op.clone());
                let start = now();
                self.network.step(&mut run).map_err(ModuleError::engine)?;
                timings.push(Timing { node, shader, milliseconds: now() - start, work: None });
            }
            Ok(timings)
        })
    }
}
