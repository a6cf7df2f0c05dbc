//! Before the first run: the weights are checked, the adapter opened and probed.

use std::rc::Rc;
use std::sync::Arc;

use darkroom_gpu::{Device, Options, Tier};
use darkroom_imaging::NamedBytes;
use darkroom_messages::{Backend as Shown, FromWorker, ModelFacts, ModelSummary};
use darkroom_pipelines::{Backend, Enhancer, Identity, Package, PackageFiles, PipelineError};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsValue;

use crate::cpu::CpuPath;
use crate::engine::Bench;
use crate::post::post;
use crate::trouble::sentence;

/// What to do where there is no GPU.
const WITHOUT_GPU: &str = "To get the GPU: turn on \u{201c}Use graphics acceleration\u{201d} in the browser's settings, \
    update the graphics driver, or try Chrome or Edge 113+, Safari 26+, Firefox 141+.";

/// Reads and checks the weights. On failure the page hears why, and `false` comes back.
pub(crate) fn read_package(bench: &Bench, weights: &Array) -> bool {
    let files = package_files(weights);
    match files.manifest().and_then(|manifest| Package::read(manifest, files.all())) {
        Ok(package) => {
            post(&FromWorker::Model(summary(&package, files.card())));
            bench.networks.replace(networks(&package, &files));
            bench.package.replace(Some(package));
            true
        }
        Err(error) => {
            broken(&error);
            false
        }
    }
}

/// Takes another package into use; its weights replace those the page came with.
pub(crate) async fn take(bench: &Rc<Bench>, package: Package, card: String, networks: Vec<Uint8Array>) {
    post(&FromWorker::Model(summary(&package, card)));
    bench.enhancer.replace(None);
    bench.networks.replace(networks);
    bench.package.replace(Some(package));
    open(bench.clone()).await;
}

/// Lets go of what computes and opens it anew; whether that went well.
pub(crate) async fn reopen(bench: &Rc<Bench>) -> bool {
    bench.enhancer.replace(None);
    if let Some(studio) = bench.studio.borrow_mut().as_mut() {
        studio.failed_backend();
    }
    open(bench.clone()).await;
    bench.enhancer.borrow().is_some()
}

/// Opens what is to compute and runs the package's probe on it.
///
/// A GPU if there is one. The CPU where there is none, where only software stands in for one, which is slower than the
/// CPU itself, and once the user asked for it: a GPU that computes wrongly is never replaced unasked.
pub(crate) async fn open(bench: Rc<Bench>) {
    let Some(package) = bench.package.borrow().clone() else { return };
    let cpu = bench.cpu.get();
    let opening = bench.openings.get() + 1;
    bench.openings.set(opening);
    let opened = if cpu {
        on_cpu(&bench, package, "You asked for the CPU.".to_owned()).await
    } else {
        chosen(&bench, package).await
    };
    // Asked for the CPU or for another model meanwhile: this answer is no longer of interest.
    if opening != bench.openings.get() {
        return;
    }
    match opened {
        Ok((enhancer, why)) => {
            post(&FromWorker::Ready(shown(enhancer.backend(), why)));
            bench.enhancer.replace(Some(enhancer));
            // The diffusion model follows to the same backend.
            if let Some(studio) = bench.studio.borrow_mut().as_mut() {
                studio.lost_backend();
            }
        }
        Err(error @ (PipelineError::Gpu(_) | PipelineError::WrongAnswer { .. } | PipelineError::NotFinite(_)))
            if !cpu =>
        {
            let next = match error {
                PipelineError::Gpu(_) => format!("{WITHOUT_GPU} Or use the CPU, which is slower."),
                ref error => error.next(),
            };
            post(&FromWorker::NoGpu { what: sentence(&error.to_string()), next });
        }
        Err(error) => broken(&error),
    }
}

/// The backend for this computer, and why it is the CPU where it is.
async fn chosen(bench: &Bench, package: Package) -> Result<(Enhancer, String), PipelineError> {
    let has_cpu = bench.open_cpu.is_some();
    let why = match device(&bench.tier).await {
        Ok(device) if device.info().software && has_cpu && bench.wish != "gpu" && bench.tier.is_empty() => {
            format!("WebGPU is only software here ({}), which is slower than the CPU itself.", device.info().name)
        }
        Ok(device) => return Ok((Enhancer::open(package, Backend::Gpu(device)).await?, String::new())),
        Err(error) if !has_cpu || bench.wish == "gpu" || !bench.tier.is_empty() => return Err(error),
        Err(_) if !has_webgpu() => "This browser or computer offers no WebGPU.".to_owned(),
        Err(error) => sentence(&error.to_string()),
    };
    on_cpu(bench, package, format!("{why} {WITHOUT_GPU}")).await
}

/// The GPU, at the tier of that name if there is one.
async fn device(tier: &str) -> Result<Arc<Device>, PipelineError> {
    let named = Tier::named(tier);
    if named.is_none() && !tier.is_empty() {
        let known = Tier::ALL.map(Tier::name).join(", ");
        return Err(PipelineError::Tier { name: tier.to_owned(), known });
    }
    Ok(Device::open(&Options { tier: named, ..Options::default() }).await?)
}

async fn on_cpu(bench: &Bench, package: Package, why: String) -> Result<(Enhancer, String), PipelineError> {
    let open = bench.open_cpu.as_ref().ok_or_else(|| PipelineError::Cpu("this page came without it".to_owned()))?;
    let segmenter = package.segmenter.as_ref().map(|segmenter| &segmenter.graph);
    let graphs = std::iter::once(&package.graph).chain(segmenter).map(|graph| graph.names.clone());
    let files = bench.networks.borrow().clone();
    let path = CpuPath::open(open, graphs.zip(files).collect()).await?;
    Ok((Enhancer::open(package, Backend::Cpu(Rc::new(path))).await?, format!("The CPU computes. {why}")))
}

fn broken(error: &PipelineError) {
    post(&FromWorker::Broken { what: sentence(&error.to_string()), next: error.next() });
}

fn shown(backend: &Backend, why: String) -> Shown {
    let gpu = matches!(backend, Backend::Gpu(_));
    let slow = backend.kind() != "gpu";
    let tier = match backend {
        Backend::Cpu(processor) => processor.detail().to_owned(),
        Backend::Gpu(device) if device.forced().is_none() && device.info().tier > Tier::Baseline => {
            format!("{}; could do {}", device.tier(), device.info().tier)
        }
        Backend::Gpu(device) => device.tier().to_string(),
    };
    Shown { name: backend.name(), slow, gpu, tier, why }
}

fn summary(package: &Package, card: String) -> ModelSummary {
    let manifest = &package.manifest;
    ModelSummary {
        facts: facts(&manifest.model, card),
        modality: manifest.input.modality.clone(),
        takes_dose: manifest.dose.is_some(),
        takes_regions: manifest.regions.is_some(),
        estimates_regions: package.segmenter.is_some(),
    }
}

/// What the page shows of every model.
pub(crate) fn facts(model: &Identity, card: String) -> ModelFacts {
    ModelFacts {
        title: model.title.clone(),
        name: model.name.clone(),
        version: model.version.clone(),
        licence: model.licence.clone(),
        precision: model.quantisation.clone(),
        bytes: model.bytes(),
        card,
    }
}

/// The files of a package's networks, its own first.
pub(crate) fn networks(package: &Package, files: &PackageFiles) -> Vec<Uint8Array> {
    let segmenter = package.segmenter.as_ref().map(|segmenter| &segmenter.spec.graph);
    let names = std::iter::once(&package.manifest.graph).chain(segmenter);
    names.map(|name| Uint8Array::from(files.part(name).unwrap_or_default())).collect()
}

/// The files of a package that came as pairs of name and bytes.
pub(crate) fn package_files(pairs: &Array) -> PackageFiles {
    let files = pairs.iter().map(|pair| Array::from(&pair)).map(|pair| NamedBytes {
        name: pair.get(0).as_string().unwrap_or_default(),
        bytes: Uint8Array::new(&pair.get(1)).to_vec(),
    });
    files.collect::<Vec<_>>().into()
}

fn has_webgpu() -> bool {
    let get = |object: &JsValue, name: &str| js_sys::Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED);
    let navigator = get(&js_sys::global(), "navigator");
    get(&navigator, "gpu").is_truthy()
}
