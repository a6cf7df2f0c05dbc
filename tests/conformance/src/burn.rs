//! What runs a case besides the kernels: the reference on Burn.

use darkroom_graph::FixedGraph;
use darkroom_kernels::{Data, Elements};
use darkroom_reference::{Cpu, Reference, operators};

use crate::Executor;
use crate::bake::entry;

/// The graph node by node on Burn's CPU backend, which shares no kernel with the others.
#[derive(Debug, Default)]
pub struct Burn;

impl Executor for Burn {
    fn name(&self) -> &'static str {
        "burn"
    }

    fn lists(&self, operator: &str) -> bool {
        let runs = operators().iter().any(|entry| entry.name == operator);
        runs || entry(operator).is_some_and(|entry| !entry.runs())
    }

    async fn run(&mut self, graph: &FixedGraph, inputs: &[Data<'_>]) -> Result<Vec<Elements>, String> {
        let network = Reference::<Cpu>::new(graph).map_err(|error| error.to_string())?;
        let names = graph.inputs.iter().map(|&value| graph.names[value].as_str());
        let inputs: Vec<_> = names.zip(inputs.iter().copied()).collect();
        network.run(&inputs).map_err(|error| error.to_string())
    }
}
