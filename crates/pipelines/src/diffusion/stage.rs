//! One of the pipeline's graphs with its shapes fixed, run by the names of its inputs.

use std::ops::ControlFlow;

use darkroom_graph::Graph;

use crate::runner::{Backend, Runner};
use crate::{Memory, PipelineError};

/// A planned graph.
#[derive(Debug)]
pub(super) struct Stage {
    runner: Runner,
    /// The inputs in the graph's order.
    names: Vec<String>,
}

impl Stage {
    /// Plans a graph for inputs of these shapes. Never in half storage unasked: a record promises the same image again.
    pub(super) async fn new(
        graph: &Graph,
        dims: &[(&str, Vec<usize>)],
        backend: &Backend,
    ) -> Result<Self, PipelineError> {
        let dims: Vec<(&str, &[usize])> = dims.iter().map(|(name, dims)| (*name, dims.as_slice())).collect();
        let fixed = graph.specialise(&dims)?;
        let names = graph.inputs.iter().map(|input| graph.names[input.value].clone()).collect();
        Ok(Self { runner: Runner::exact(&fixed, backend).await?, names })
    }

    /// The shape of the first output.
    pub(super) fn output_dims(&self) -> &[usize] {
        self.runner.outputs.first().map_or(&[], |(_, dims)| dims)
    }

    /// What it planned and took.
    pub(super) fn memory(&self) -> Memory {
        self.runner.memory
    }

    /// Runs once and gives the first output.
    pub(super) async fn run(
        &mut self,
        inputs: &[(&str, impl AsRef<[f32]>)],
        watch: &mut dyn FnMut(f64) -> ControlFlow<()>,
    ) -> Result<Vec<f32>, PipelineError> {
        let mut outputs = self.runner.run(&ordered(&self.names, inputs)?, watch).await?;
        if outputs.is_empty() {
            return Err(PipelineError::Manifest("one of its networks has no output".to_owned()));
        }
        Ok(outputs.swap_remove(0))
    }

    /// Seconds the network took in the last run.
    pub(super) fn seconds(&self) -> f64 {
        self.runner.seconds
    }
}

/// The inputs in the graph's order.
fn ordered<'a>(names: &[String], inputs: &'a [(&str, impl AsRef<[f32]>)]) -> Result<Vec<&'a [f32]>, PipelineError> {
    let given = |name: &String| {
        let found = inputs.iter().find(|(given, _)| given == name);
        let missing = || PipelineError::Manifest(format!("no input {name} is given"));
        found.map(|(_, values)| values.as_ref()).ok_or_else(missing)
    };
    names.iter().map(given).collect()
}

/// The shape of an input that holds one number for each item of a batch: as many axes as the graph gives it.
pub(super) fn single(graph: &Graph, name: &str, batch: usize) -> Vec<usize> {
    let rank = graph.input(name).map_or(1, |input| input.dims.len());
    (0..rank).map(|axis| if axis == 0 { batch } else { 1 }).collect()
}

/// Whether the graph takes batches of any size.
pub(super) fn any_batch(graph: &Graph, name: &str) -> bool {
    graph.input(name).is_some_and(|input| input.dims.first().is_some_and(Option::is_none))
}
