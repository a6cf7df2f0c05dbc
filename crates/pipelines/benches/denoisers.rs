//! What a step of a diffusion model costs: its network, and everything else.
//!
//! `cargo xtask bench denoisers` calls it with `--backend gpu` and the folders of packages; it prints a line of JSON for
//! each. The network's time is from its first submit until its outputs can be read; the rest of a step is making and copying
//! its inputs, reading its outputs and the sampler's arithmetic. Both are medians over the steps of one run.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a bench that cannot go on should stop")]

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use darkroom_gpu::{Device, Options};
use darkroom_imaging::NamedBytes;
use darkroom_pipelines::Backend;
use darkroom_pipelines::diffusion::{DiffusionPackage, Generator, Given, Order};
use serde_json::{Value, json};

/// Height and width of the slice that a model is given.
const SLICE: usize = 128;

fn main() {
    // Cargo adds flags of its own, as `--bench`.
    let folders = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    for folder in folders {
        let line = pollster::block_on(measure(Path::new(&folder)));
        println!("{line}");
    }
}

fn package(folder: &Path) -> DiffusionPackage {
    let bytes = |name: &str| std::fs::read(folder.join(name)).expect(name);
    let json = bytes("model.json");
    let manifest: Value = serde_json::from_slice(&json).unwrap();
    let names = manifest["files"].as_array().unwrap().iter().map(|file| file["name"].as_str().unwrap());
    let files: Vec<_> = names.map(|name| NamedBytes { name: name.to_owned(), bytes: bytes(name) }).collect();
    DiffusionPackage::read(&json, &files).unwrap()
}

async fn measure(folder: &Path) -> Value {
    let device = Device::open(&Options::default()).await.unwrap();
    let package = package(folder);
    let given = package.manifest.pipeline.condition.as_ref().map(|condition| {
        let dims = [condition.slices, SLICE, SLICE];
        Given { values: (0..dims.iter().product()).map(|n| (n % 97) as f32 / 97.0).collect(), dims, dose: 0.5 }
    });
    let class = package.manifest.pipeline.classes.as_ref().map(|_| "0".to_owned());
    let order =
        Order { settings: package.manifest.pipeline.sampling.clone(), seed: 1, class, numbers: BTreeMap::new() };
    let mut generator = Generator::open(package, Backend::Gpu(device)).await.unwrap();
    let go_on = &mut |_| ControlFlow::Continue(());

    // The first preview with everything still to plan, as after a click.
    let click = Instant::now();
    let mut generation = generator.begin(&order, given.as_ref(), None).await.unwrap();
    generation.step(go_on).await.unwrap();
    generation.image().await.unwrap();
    let preview = click.elapsed().as_secs_f64();

    let (mut rest, mut network) = (Vec::new(), Vec::new());
    while !generation.run().finished() {
        let (before, earlier) = (Instant::now(), generation.network_seconds());
        generation.step(go_on).await.unwrap();
        let seconds = generation.network_seconds() - earlier;
        rest.push(before.elapsed().as_secs_f64() - seconds);
        network.push(seconds);
    }
    let (rest, network) = (median(rest), median(network));
    let memory = generation.memory();
    json!({
        "model": generator.manifest().model.name, "adapter": generator.backend().name(), "kind": generator.backend().kind(),
        "evaluations": generation.evaluations(), "guided": order.settings.guidance.is_some(),
        "preview_seconds": preview, "rest_seconds": rest, "network_seconds": network,
        "activation_bytes": memory.activations, "weight_bytes": memory.constants, "allocated_bytes": memory.allocated,
    })
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
