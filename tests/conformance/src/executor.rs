//! What runs a case: the kernels' CPU twins, the GPU session.

use std::ops::ControlFlow;
use std::sync::Arc;

use darkroom_compile::compile;
use darkroom_gpu::{Device, GpuError, Options, Session};
use darkroom_graph::FixedGraph;
use darkroom_kernels::{Data, Elements};

use crate::bake::entry;

/// Something that runs a graph whose shapes are fixed.
pub trait Executor {
    /// Its name in the report and in the list of known failures.
    fn name(&self) -> &'static str;

    /// Whether it says that it runs `operator`.
    fn lists(&self, operator: &str) -> bool {
        entry(operator).is_some()
    }

    /// The outputs of `graph`, in its order, for inputs in its order.
    ///
    /// # Errors
    /// The executor's own sentence.
    fn run(&mut self, graph: &FixedGraph, inputs: &[Data<'_>]) -> impl Future<Output = Result<Vec<Elements>, String>>;
}

/// The plain-Rust twins of the kernels.
#[derive(Debug, Default)]
pub struct CpuTwins;

impl Executor for CpuTwins {
    fn name(&self) -> &'static str {
        "cpu"
    }

    async fn run(&mut self, graph: &FixedGraph, inputs: &[Data<'_>]) -> Result<Vec<Elements>, String> {
        let program = compile(graph).map_err(|error| error.to_string())?;
        program.run_cpu(inputs, |_| ControlFlow::Continue(())).map_err(|error| error.to_string())
    }
}

/// The kernels on a GPU, or on a software Vulkan driver.
#[derive(Debug)]
pub struct Gpu {
    device: Arc<Device>,
    name: &'static str,
}

impl Gpu {
    /// Opens the GPU, to be called `name` in the report.
    ///
    /// # Errors
    /// There is none.
    pub async fn open(name: &'static str) -> Result<Self, GpuError> {
        Ok(Self { device: Device::open(&Options::default()).await?, name })
    }
}

impl Executor for Gpu {
    fn name(&self) -> &'static str {
        self.name
    }

    async fn run(&mut self, graph: &FixedGraph, inputs: &[Data<'_>]) -> Result<Vec<Elements>, String> {
        let program = compile(graph).map_err(|error| error.to_string())?;
        let mut session = Session::new(&self.device, program).await.map_err(|error| error.to_string())?;
        session.run(inputs, |_| ControlFlow::Continue(())).await.map_err(|error| error.to_string())
    }
}
