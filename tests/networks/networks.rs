//! Every export in `exports/`, run by the CPU twins and on the GPU, against PyTorch's own outputs.
//!
//! Tolerance: both sides sum float32 in another order; rounding through the deepest of these networks stays below 2e-5 in
//! ONNX Runtime. In half storage each tensor is rounded to 5e-4 of itself; through these networks that adds up to at
//! most 5e-3. A wrong axis, pad or group is off by 1e-1.
//!
//! `not_yet.txt` names the exports that do not run yet, each with the sentence Darkroom refuses it by. One that runs, or
//! that is refused for another reason, fails the test until its line is gone or right, so the list only shrinks.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop")]

mod export;
mod not_yet;

use std::ops::ControlFlow;

use darkroom_gpu::{Device, Options, Session};
use darkroom_graph::memory::{Lifetime, lower_bound};
use darkroom_kernels::{Data, Elements, Placed, Program, Tier, Width};

use export::Export;
use not_yet::Backend;

/// Largest absolute error over largest absolute value.
fn tolerance(tier: Tier) -> f32 {
    if tier == Tier::Baseline { 1e-4 } else { 5e-3 }
}

#[test]
fn every_export_on_the_cpu_is_what_pytorch_computes() {
    on_the_cpu(Tier::Baseline);
}

#[test]
fn every_export_on_the_cpu_in_half_storage_is_what_pytorch_computes() {
    on_the_cpu(Tier::Half);
}

#[test]
fn every_export_on_the_gpu_is_what_pytorch_computes() {
    on_the_gpu(Tier::Baseline);
}

#[test]
fn every_export_on_the_gpu_in_half_storage_is_what_pytorch_computes() {
    on_the_gpu(Tier::Half);
}

#[test]
fn every_export_on_the_gpu_with_subgroups_is_what_pytorch_computes() {
    on_the_gpu(Tier::Subgroups);
}

fn on_the_cpu(tier: Tier) {
    compare(Backend::Cpu, tier, |program, inputs| {
        program.run_cpu(inputs, |_| ControlFlow::Continue(())).map_err(|error| error.to_string())
    });
}

fn on_the_gpu(tier: Tier) {
    let device = match pollster::block_on(Device::open(&Options { tier: Some(tier), ..Options::default() })) {
        Ok(device) => device,
        Err(error) => {
            eprintln!("SKIPPED: networks on the GPU at the tier {}: {error}", tier.name());
            return;
        }
    };
    compare(Backend::Gpu, tier, |program, inputs| {
        let run = async {
            let mut session = Session::new(&device, program).await?;
            session.run(inputs, |_| ControlFlow::Continue(())).await
        };
        pollster::block_on(run).map_err(|error| error.to_string())
    });
}

/// What one exporter spells out and the other does not, or both do.
const RECOGNISED: [&str; 6] =
    ["GroupNormalization", "InstanceNormalization", "LayerNormalization", "Attention", "Swish", "Gelu"];

#[test]
fn both_exporters_of_a_network_come_down_to_the_same_operators() {
    let counts = |export: &Export| {
        let graph = export.graph().unwrap_or_else(|reason| panic!("{}: {reason}", export.name));
        let count = |op: &str| graph.nodes.iter().filter(|node| node.op == op).count();
        for part in ["Erf", "ReduceMean"] {
            assert_eq!(count(part), 0, "{}: a part of GELU or of a normalisation is left", export.name);
        }
        RECOGNISED.map(|op| (op, count(op)))
    };
    let exports = export::all();
    let (pairs, []) = exports.as_chunks::<2>() else { panic!("an exporter is missing") };
    for [torchscript, dynamo] in pairs {
        assert_eq!(counts(torchscript), counts(dynamo), "{} against {}", torchscript.name, dynamo.name);
    }
}

type Run<'r> = dyn Fn(Program, &[Data<'_>]) -> Result<Vec<Elements>, String> + 'r;

/// Runs every export and holds the outcomes against the list.
fn compare(backend: Backend, tier: Tier, run: impl Fn(Program, &[Data<'_>]) -> Result<Vec<Elements>, String>) {
    let listed = not_yet::read(backend);
    let mut wrong = Vec::new();
    for export in export::all() {
        let outcome = matches_pytorch(&export, tier, &run);
        let name = &export.name;
        match (outcome, listed.get(name)) {
            (Ok(error), None) => eprintln!("{backend} {} {name}: relative error {error:.1e}", tier.name()),
            (Ok(_), Some(_)) => wrong.push(format!("{backend} {name} runs: take its line out of not_yet.txt")),
            (Err(reason), None) => wrong.push(format!("{backend} {name} {reason}")),
            (Err(reason), Some(wanted)) if reason != *wanted => {
                wrong.push(format!("{backend} {name} is listed for another reason; now: {reason}"));
            }
            (Err(_), Some(_)) => {}
        }
    }
    assert!(wrong.is_empty(), "{} exports:\n{}", wrong.len(), wrong.join("\n"));
}

/// The largest relative error of the export's outputs, or why there is none within the tolerance.
fn matches_pytorch(export: &Export, tier: Tier, run: &Run<'_>) -> Result<f32, String> {
    let program = export.program(tier)?;
    let narrow = program.tensors.iter().any(|tensor| tensor.place.width == Width::Half);
    assert_eq!(narrow, tier >= Tier::Half, "{}: half storage", export.name);
    let inputs = export.inputs(&program)?;
    let ports = program.outputs.clone();
    let inputs: Vec<Data<'_>> = inputs.iter().map(Elements::data).collect();
    let results = run(program, &inputs)?;
    let mut worst = 0.0_f32;
    for (port, result) in ports.iter().zip(results) {
        let wanted = export.output(&port.name)?;
        if port.dims != wanted.shape {
            return Err(format!("output {} has shape {:?}, not {:?}", port.name, port.dims, wanted.shape));
        }
        let got: Vec<f32> = match result {
            Elements::F32(values) => values,
            Elements::I32(values) => values.into_iter().map(|value| value as f32).collect(),
            Elements::U32(_) => return Err(format!("output {} is packed", port.name)),
        };
        let largest = wanted.data.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
        // A NaN is no error below the tolerance.
        let differs = |(a, b): (&f32, &f32)| if a.is_finite() { (a - b).abs() } else { f32::INFINITY };
        let error = got.iter().zip(&wanted.data).map(differs).fold(0.0_f32, f32::max) / largest;
        if error > tolerance(tier) {
            eprintln!("{}: output {} differs by {error:.1e}", export.name, port.name);
            return Err(format!("output {} is wrong", port.name));
        }
        worst = worst.max(error);
    }
    Ok(worst)
}

/// How much more than what is alive at once a plan may take.
const OVERHEAD: f64 = 0.05;

#[test]
fn plans_take_little_more_memory_than_what_is_alive_at_once() {
    println!("{:52} tensors  KiB alive    planned  operations that read the arena they write", "network");
    let mut over = Vec::new();
    for (export, tier) in export::all().iter().flat_map(|export| [(export, Tier::Baseline), (export, Tier::Half)]) {
        let Ok(program) = export.program(tier) else { continue };
        let lifetime = |tensor: &Placed| Lifetime { len: tensor.words(), first: tensor.first, last: tensor.last };
        let bound = lower_bound(&program.tensors.iter().map(lifetime).collect::<Vec<_>>());
        let more = program.arenas.iter().sum::<usize>() as f64 / bound as f64 - 1.0;
        let name = format!("{} {tier:?}", export.name);
        let (tensors, operations) = (program.tensors.len(), program.operations.len());
        let shared = program.operations.iter().filter(|operation| operation.shared() != 0).count();
        println!("{name:52} {tensors:7} {:10} {:+8.1} %  {shared} of {operations}", bound >> 8, 100.0 * more);
        if more > OVERHEAD {
            over.push(name);
        }
    }
    assert!(over.is_empty(), "more than 5 % above what is alive at once: {}", over.join(", "));
}
