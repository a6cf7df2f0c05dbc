//! A network with fixed shapes, ready to run: on the GPU, or on the kernels' CPU twins.

use std::ops::ControlFlow;
use std::sync::Arc;

use darkroom_gpu::{Device, Session};
use darkroom_graph::FixedGraph;
use darkroom_kernels::{Data, Elements, Program};
use serde::{Deserialize, Serialize};

use crate::PipelineError;

/// What computes.
#[derive(Clone, Debug)]
pub enum Backend {
    /// The GPU, or the software that stands in for one.
    Gpu(Arc<Device>),
    /// The plain-Rust twins of the kernels, one thread.
    Cpu,
}

impl Backend {
    /// Its name for people.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Gpu(device) => device.info().name.clone(),
            Self::Cpu => "CPU".to_owned(),
        }
    }

    /// "gpu", "software gpu" or "cpu".
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Gpu(device) if device.info().software => "software gpu",
            Self::Gpu(_) => "gpu",
            Self::Cpu => "cpu",
        }
    }
}

/// Bytes a runner planned and took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// Planned for activations, after sharing buffers.
    pub activations: u64,
    /// Planned for weights and tables.
    pub constants: u64,
    /// Planned in all: with what reading results back takes.
    pub planned: u64,
    /// What the backend allocated in all.
    pub allocated: u64,
}

/// A planned network.
#[derive(Debug)]
pub struct Runner {
    engine: Engine,
    /// The outputs' names and dimensions.
    pub outputs: Vec<(String, Vec<usize>)>,
    /// What it planned and took.
    pub memory: Memory,
}

#[derive(Debug)]
enum Engine {
    Gpu(Session),
    Cpu(Program),
}

impl Runner {
    /// Plans `graph` for `backend`: lowers it, places its tensors, uploads its weights.
    ///
    /// # Errors
    /// Operators without a kernel, tensors beyond the adapter's limits, a GPU out of memory.
    pub async fn new(graph: &FixedGraph, backend: &Backend) -> Result<Self, PipelineError> {
        let program = darkroom_compile::compile(graph)?;
        program.check()?;
        let outputs = program.outputs.iter().map(|port| (port.name.clone(), port.dims.clone())).collect();
        let (activations, constants) = (program.activation_bytes() as u64, program.constant_bytes() as u64);
        let (engine, planned, allocated) = match backend {
            Backend::Gpu(device) => {
                let session = Session::new(device, program).await?;
                let memory = session.memory();
                (Engine::Gpu(session), memory.planned(), memory.allocated)
            }
            Backend::Cpu => (Engine::Cpu(program), activations + constants, activations + constants),
        };
        Ok(Self { engine, outputs, memory: Memory { activations, constants, planned, allocated } })
    }

    /// Runs once. `inputs` come in the order of the graph's inputs; `watch` gets the share done and
    /// may end the run.
    ///
    /// # Errors
    /// [`PipelineError::Cancelled`] when `watch` ended it, otherwise what the backend says.
    pub async fn run(
        &mut self,
        inputs: &[&[f32]],
        watch: &mut dyn FnMut(f64) -> ControlFlow<()>,
    ) -> Result<Vec<Vec<f32>>, PipelineError> {
        let inputs: Vec<Data<'_>> = inputs.iter().map(|values| Data::F32(values)).collect();
        let outputs = match &mut self.engine {
            Engine::Gpu(session) => session.run(&inputs, watch).await?,
            Engine::Cpu(program) => program.run_cpu(&inputs, watch)?,
        };
        Ok(outputs.into_iter().map(Elements::into_f32).collect())
    }
}
