//! Before the first run: the weights are checked, the adapter opened and probed.

use std::rc::Rc;

use darkroom_gpu::{Device, Options, Tier};
use darkroom_imaging::NamedBytes;
use darkroom_messages::{Backend as Shown, FromWorker, ModelSummary};
use darkroom_pipelines::{Backend, Enhancer, Package, PipelineError};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsValue;

use crate::engine::Bench;
use crate::post::post;
use crate::trouble::sentence;

/// What to do where there is no GPU.
const WITHOUT_GPU: &str = "To get the GPU: turn on \u{201c}Use graphics acceleration\u{201d} in the browser's settings, \
    update the graphics driver, or try Chrome or Edge 113+, Safari 26+, Firefox 141+. Or use the CPU, which is much slower.";

/// Reads and checks the weights. On failure the page hears why, and `false` comes back.
pub(crate) fn read_package(bench: &Bench, weights: &Array) -> bool {
    let files: Vec<NamedBytes> = weights.iter().map(|pair| named(&Array::from(&pair))).collect();
    let part = |name: &str| files.iter().find(|file| file.name == name).map(|file| file.bytes.as_slice());
    match Package::read(part("model.json").unwrap_or_default(), &files) {
        Ok(package) => {
            let card = String::from_utf8_lossy(part("CARD.md").unwrap_or_default()).into_owned();
            post(&FromWorker::Model(summary(&package, card)));
            bench.package.replace(Some(package));
            true
        }
        Err(error) => {
            broken(&error);
            false
        }
    }
}

/// Opens the adapter, or the CPU once the user asked for it, and runs the package's probe on it.
pub(crate) async fn open(bench: Rc<Bench>) {
    let Some(package) = bench.package.borrow().clone() else { return };
    let cpu = bench.cpu.get();
    let opened = if cpu { Enhancer::open(package, Backend::Cpu).await } else { on_gpu(package).await };
    // Asked for the CPU meanwhile: this answer is about the GPU and no longer of interest.
    if cpu != bench.cpu.get() {
        return;
    }
    match opened {
        Ok(enhancer) => {
            post(&FromWorker::Ready(shown(enhancer.backend())));
            bench.enhancer.replace(Some(enhancer));
        }
        Err(error @ (PipelineError::Gpu(_) | PipelineError::WrongAnswer { .. } | PipelineError::NotFinite(_)))
            if !cpu =>
        {
            let what = if has_webgpu() {
                sentence(&error.to_string())
            } else {
                "This browser or computer offers no WebGPU.".to_owned()
            };
            let next = match error {
                PipelineError::Gpu(_) => WITHOUT_GPU.to_owned(),
                error => error.next(),
            };
            post(&FromWorker::NoGpu { what, next });
        }
        Err(error) => broken(&error),
    }
}

async fn on_gpu(package: Package) -> Result<Enhancer, PipelineError> {
    let device = Device::open(&Options::default()).await?;
    Enhancer::open(package, Backend::Gpu(device)).await
}

fn broken(error: &PipelineError) {
    post(&FromWorker::Broken { what: sentence(&error.to_string()), next: error.next() });
}

fn shown(backend: &Backend) -> Shown {
    let gpu = matches!(backend, Backend::Gpu(_));
    let slow = backend.kind() != "gpu";
    let tier = match backend {
        Backend::Cpu => "plain Rust, one thread",
        Backend::Gpu(device) => match device.info().tier {
            Tier::Baseline => "float32",
            Tier::Half => "float32, could do float16",
            Tier::HalfSubgroup => "float32, could do float16 and subgroups",
        },
    };
    Shown { name: backend.name(), slow, gpu, tier: tier.to_owned() }
}

fn summary(package: &Package, card: String) -> ModelSummary {
    let manifest = &package.manifest;
    ModelSummary {
        title: manifest.title.clone(),
        name: manifest.name.clone(),
        version: manifest.version.clone(),
        licence: manifest.licence.clone(),
        precision: manifest.quantisation.clone(),
        bytes: manifest.files.iter().map(|file| file.bytes).sum(),
        card,
    }
}

fn named(pair: &Array) -> NamedBytes {
    NamedBytes { name: pair.get(0).as_string().unwrap_or_default(), bytes: Uint8Array::new(&pair.get(1)).to_vec() }
}

fn has_webgpu() -> bool {
    let get = |object: &JsValue, name: &str| js_sys::Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED);
    let navigator = get(&js_sys::global(), "navigator");
    get(&navigator, "gpu").is_truthy()
}
