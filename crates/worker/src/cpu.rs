//! The CPU path: a WebAssembly module of its own, brought to life by `web/worker.js` when no GPU computes.

use darkroom_graph::FixedGraph;
use darkroom_kernels::{Data, Elements};
use darkroom_pipelines::{Network, PipelineError, Processor, Step};
use js_sys::{Array, Date, Float32Array, Function, Int32Array, Promise, Uint8Array, Uint32Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::DedicatedWorkerGlobalScope;

/// The worker hears its messages at least so often, in milliseconds, so that a run can be cancelled.
const LISTEN_EVERY: f64 = 50.0;

#[wasm_bindgen]
extern "C" {
    /// The module's exports.
    #[derive(Clone, Debug)]
    pub(crate) type CpuModule;

    #[wasm_bindgen(method, catch)]
    fn prepare(this: &CpuModule, model: &Uint8Array, dims: &Array) -> Result<CpuNetwork, JsValue>;

    /// A network that it made ready.
    #[derive(Debug)]
    type CpuNetwork;

    #[wasm_bindgen(method, catch)]
    fn start(this: &CpuNetwork, inputs: &Array) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch)]
    fn step(this: &CpuNetwork) -> Result<f64, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn finish(this: &CpuNetwork) -> Result<Array, JsValue>;

    #[wasm_bindgen(method)]
    fn free(this: &CpuNetwork);
}

/// The module with the networks it is to run: the names of the values in each, and its file.
#[derive(Debug)]
pub(crate) struct CpuPath {
    module: CpuModule,
    networks: Vec<(Vec<String>, Uint8Array)>,
}

impl CpuPath {
    /// Brings the module to life. `open` is the worker's function that does so; `networks` has the names of the values
    /// in each network's graph, and its file.
    pub(crate) async fn open(open: &Function, networks: Vec<(Vec<String>, Uint8Array)>) -> Result<Self, PipelineError> {
        let promise: Promise = open.call0(&JsValue::NULL).map_err(broken)?.unchecked_into();
        Ok(Self { module: JsFuture::from(promise).await.map_err(broken)?.unchecked_into(), networks })
    }

    /// The file of a graph: fixing shapes adds names behind those of the file and changes none.
    fn file(&self, graph: &FixedGraph) -> Result<&Uint8Array, PipelineError> {
        let found = self.networks.iter().find(|(names, _)| graph.names.starts_with(names));
        found.map(|(_, file)| file).ok_or_else(|| PipelineError::Cpu("the network's file is not there".to_owned()))
    }
}

impl Processor for CpuPath {
    fn detail(&self) -> &'static str {
        "Burn in WebAssembly, vectors, one thread"
    }

    fn prepare(&self, graph: &FixedGraph) -> Result<Box<dyn Network>, PipelineError> {
        let dims: Array = graph
            .inputs
            .iter()
            .map(|&value| {
                let dims: Vec<u32> = graph.dims[value].iter().map(|&n| n as u32).collect();
                Array::of2(&graph.names[value].as_str().into(), &Uint32Array::from(dims.as_slice()))
            })
            .collect();
        let network = self.module.prepare(self.file(graph)?, &dims).map_err(broken)?;
        Ok(Box::new(CpuRun { network, listened: Date::now() }))
    }
}

#[derive(Debug)]
struct CpuRun {
    network: CpuNetwork,
    /// When messages were last heard.
    listened: f64,
}

impl Drop for CpuRun {
    fn drop(&mut self) {
        self.network.free();
    }
}

impl Network for CpuRun {
    fn start(&mut self, inputs: &[Data<'_>]) -> Result<(), PipelineError> {
        let inputs: Array = inputs
            .iter()
            .map(|data| match data {
                Data::F32(values) => JsValue::from(Float32Array::from(*values)),
                Data::I32(values) => Int32Array::from(*values).into(),
                Data::U32(words) => Uint32Array::from(*words).into(),
            })
            .collect();
        self.network.start(&inputs).map_err(broken)
    }

    fn step(&mut self) -> Step<'_> {
        Box::pin(async {
            let done = self.network.step().map_err(broken)?;
            if Date::now() - self.listened > LISTEN_EVERY {
                listen().await?;
                self.listened = Date::now();
            }
            Ok(done)
        })
    }

    fn finish(&mut self) -> Result<Vec<Elements>, PipelineError> {
        let output = |values: JsValue| match values.dyn_into::<Int32Array>() {
            Ok(integers) => Elements::I32(integers.to_vec()),
            Err(values) => Elements::F32(Float32Array::new(&values).to_vec()),
        };
        Ok(self.network.finish().map_err(broken)?.iter().map(output).collect())
    }
}

/// Gives the worker a turn for its messages.
async fn listen() -> Result<(), PipelineError> {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let turn = Promise::new(&mut |resolve, reject| {
        if let Err(error) = scope.set_timeout_with_callback(&resolve) {
            // A promise that its own callback rejects cannot fail once more.
            let _ = reject.call1(&JsValue::NULL, &error);
        }
    });
    JsFuture::from(turn).await.map(drop).map_err(broken)
}

fn broken(thrown: JsValue) -> PipelineError {
    let message = js_sys::Reflect::get(&thrown, &"message".into()).ok().and_then(|message| message.as_string());
    PipelineError::Cpu(message.unwrap_or_else(|| "its module stopped".to_owned()))
}
