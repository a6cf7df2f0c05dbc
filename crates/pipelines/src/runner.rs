//! A network with fixed shapes, ready to run: on the GPU, or on the CPU.

use std::ops::ControlFlow;
use std::rc::Rc;
use std::sync::Arc;

use darkroom_gpu::{Device, Session, Tier, Timing};
use darkroom_graph::FixedGraph;
use darkroom_graph::memory::{Lifetime, lower_bound};
use darkroom_kernels::{Data, Elements};
use serde::{Deserialize, Serialize};
use web_time::Instant;

use crate::PipelineError;
use crate::processor::{Network, Processor};

/// What computes.
#[derive(Clone, Debug)]
pub enum Backend {
    /// The GPU, or the software that stands in for one.
    Gpu(Arc<Device>),
    /// The CPU.
    Cpu(Rc<dyn Processor>),
}

impl Backend {
    /// The CPU of a native machine.
    #[cfg(not(target_arch = "wasm32"))]
    #[must_use]
    pub fn cpu() -> Self {
        Self::Cpu(Rc::new(crate::Burn))
    }

    /// Its name for people.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Gpu(device) => device.info().name.clone(),
            Self::Cpu(_) => "CPU".to_owned(),
        }
    }

    /// "gpu", "software gpu" or "cpu".
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Gpu(device) if device.info().software => "software gpu",
            Self::Gpu(_) => "gpu",
            Self::Cpu(_) => "cpu",
        }
    }

    /// How tensors are stored between kernels where that is not left to what fits: "float32" or "float16".
    #[must_use]
    pub fn storage(&self) -> &'static str {
        match self {
            Self::Gpu(device) => storage(device.tier()),
            Self::Cpu(_) => "float32",
        }
    }
}

/// How tensors are stored between kernels at a tier.
fn storage(tier: Tier) -> &'static str {
    if tier >= Tier::Half { "float16" } else { "float32" }
}

/// Bytes a runner planned and took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// Planned for activations, after sharing buffers; on the CPU, which shares by itself, the largest
    /// set of tensors alive together.
    pub activations: u64,
    /// Planned for weights and tables.
    pub constants: u64,
    /// Planned in all: with what reading results back takes.
    pub planned: u64,
    /// What the backend allocated in all; on the CPU, as planned.
    pub allocated: u64,
}

/// A planned network.
#[derive(Debug)]
pub struct Runner {
    engine: Engine,
    /// The inputs' names, and whether they hold integers or bools.
    inputs: Vec<(String, bool)>,
    /// The outputs' names and dimensions.
    pub outputs: Vec<(String, Vec<usize>)>,
    /// What it planned and took.
    pub memory: Memory,
    /// Seconds the network took in the last run, without copying inputs and reading outputs.
    pub seconds: f64,
}

#[derive(Debug)]
enum Engine {
    Gpu(Box<Session>),
    Cpu(Box<dyn Network>),
}

impl Runner {
    /// Plans `graph` for `backend`: on a GPU lowers it, places its tensors and uploads its weights. A plan that does not
    /// fit the GPU in float32 is made again with tensors stored as float16, see [`Runner::narrowed`].
    ///
    /// # Errors
    /// Operators without a kernel, tensors beyond the adapter's limits, a GPU out of memory.
    pub async fn new(graph: &FixedGraph, backend: &Backend) -> Result<Self, PipelineError> {
        Self::planned(graph, backend, true).await
    }

    /// The same, but what does not fit in float32 is refused unless float16 storage was asked for.
    ///
    /// # Errors
    /// As [`Runner::new`].
    pub async fn exact(graph: &FixedGraph, backend: &Backend) -> Result<Self, PipelineError> {
        Self::planned(graph, backend, false).await
    }

    async fn planned(graph: &FixedGraph, backend: &Backend, may_narrow: bool) -> Result<Self, PipelineError> {
        let output = |(name, &value): (&String, &usize)| (name.clone(), graph.dims[value].clone());
        let outputs = graph.output_names.iter().zip(&graph.outputs).map(output).collect();
        let (engine, memory) = match backend {
            Backend::Gpu(device) => {
                let plan = |tier| Ok::<_, PipelineError>(darkroom_compile::compile_for(graph, tier)?);
                let session = if may_narrow {
                    Session::fitting(device, plan).await?
                } else {
                    Session::new(device, plan(device.tier())?).await?
                };
                let darkroom_gpu::Memory { activations, constants, allocated, .. } = session.memory();
                let planned = session.memory().planned();
                (Engine::Gpu(Box::new(session)), Memory { activations, constants, planned, allocated })
            }
            Backend::Cpu(processor) => (Engine::Cpu(processor.prepare(graph)?), on_cpu(graph)),
        };
        let input = |&value: &usize| (graph.names[value].clone(), !graph.elements[value].is_float());
        let inputs = graph.inputs.iter().map(input).collect();
        Ok(Self { engine, inputs, outputs, memory, seconds: 0.0 })
    }

    /// How tensors are stored between kernels: "float32" or "float16".
    #[must_use]
    pub fn storage(&self) -> &'static str {
        match &self.engine {
            Engine::Gpu(session) => storage(session.tier()),
            Engine::Cpu(_) => "float32",
        }
    }

    /// That tensors are stored as float16 though nobody asked for it, and why.
    #[must_use]
    pub fn narrowed(&self) -> Option<String> {
        let Engine::Gpu(session) = &self.engine else { return None };
        let why = session.narrowed()?;
        Some(format!("In float32 {why}. So tensors were stored as float16, which rounds them to 0.05 %."))
    }

    /// Runs once. `inputs` come in the order of the graph's inputs, those of integers as whole numbers; `watch` gets
    /// the share done and may end the run.
    ///
    /// # Errors
    /// [`PipelineError::NotWhole`] for an integer input that holds anything else, [`PipelineError::Cancelled`] when `watch` ended it, otherwise what the backend says.
    pub async fn run(
        &mut self,
        inputs: &[&[f32]],
        watch: &mut dyn FnMut(f64) -> ControlFlow<()>,
    ) -> Result<Vec<Vec<f32>>, PipelineError> {
        let whole = self.whole(inputs)?;
        let inputs = data(inputs, &whole);
        let outputs = match &mut self.engine {
            Engine::Gpu(session) => {
                let outputs = session.run(&inputs, watch).await?;
                self.seconds = session.seconds();
                outputs
            }
            Engine::Cpu(network) => {
                network.start(&inputs)?;
                let start = Instant::now();
                loop {
                    let done = network.step().await?;
                    if watch(done).is_break() {
                        return Err(PipelineError::Cancelled);
                    }
                    if done >= 1.0 {
                        self.seconds = start.elapsed().as_secs_f64();
                        break network.finish()?;
                    }
                }
            }
        };
        Ok(outputs.into_iter().map(Elements::into_f32).collect())
    }

    /// Runs once with a clock around every operation; results are not read back.
    ///
    /// # Errors
    /// As [`Runner::run`]; [`PipelineError::Cpu`] on the CPU, and the GPU's refusal where it takes no timestamps.
    pub async fn profile(&mut self, inputs: &[&[f32]]) -> Result<Vec<Timing>, PipelineError> {
        let whole = self.whole(inputs)?;
        match &mut self.engine {
            Engine::Gpu(session) => Ok(session.profile(&data(inputs, &whole)).await?),
            Engine::Cpu(_) => Err(PipelineError::Cpu("single operations are timed on a GPU only".to_owned())),
        }
    }

    /// The values of those inputs that hold integers.
    fn whole(&self, inputs: &[&[f32]]) -> Result<Vec<Option<Vec<i32>>>, PipelineError> {
        let integers =
            |((name, integers), values): (&(String, bool), &&[f32])| integers.then(|| whole(name, values)).transpose();
        self.inputs.iter().zip(inputs).map(integers).collect()
    }
}

/// What a backend takes: integers where there are any.
fn data<'a>(inputs: &[&'a [f32]], whole: &'a [Option<Vec<i32>>]) -> Vec<Data<'a>> {
    let integers = |n: usize| whole.get(n).and_then(Option::as_deref);
    inputs.iter().enumerate().map(|(n, values)| integers(n).map_or(Data::F32(values), Data::I32)).collect()
}

/// The largest whole number that float32 tells from its neighbours.
const LARGEST_WHOLE: f32 = 16_777_216.0;

/// Values of an integer input, which callers hold as float32.
fn whole(name: &str, values: &[f32]) -> Result<Vec<i32>, PipelineError> {
    let exact = |value: &f32| value.fract() == 0.0 && value.abs() <= LARGEST_WHOLE;
    match values.iter().find(|value| !exact(value)) {
        Some(&value) => Err(PipelineError::NotWhole { name: name.to_owned(), value }),
        None => Ok(values.iter().map(|&value| value as i32).collect()),
    }
}

/// The memory that a graph needs where nothing is planned.
fn on_cpu(graph: &FixedGraph) -> Memory {
    let bytes = |value: usize| 4 * graph.dims[value].iter().product::<usize>();
    let last_use = |value: usize, first: usize| {
        let reads = graph.nodes.iter().rposition(|node| node.inputs.contains(&Some(value)));
        if graph.outputs.contains(&value) { graph.nodes.len() } else { reads.unwrap_or(first) }
    };
    let results =
        graph.nodes.iter().enumerate().flat_map(|(n, node)| node.outputs.iter().flatten().map(move |&v| (v, n)));
    let values = graph.inputs.iter().map(|&value| (value, 0)).chain(results);
    let lifetimes: Vec<Lifetime> =
        values.map(|(value, first)| Lifetime { len: bytes(value), first, last: last_use(value, first) }).collect();
    let activations = lower_bound(&lifetimes) as u64;
    let known = |value: &usize| graph.constants[*value].is_some();
    let constants = (0..graph.names.len()).filter(known).map(bytes).sum::<usize>() as u64;
    let planned = activations + constants;
    Memory { activations, constants, planned, allocated: planned }
}
