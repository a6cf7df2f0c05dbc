//! Every kernel and variant on the GPU at hand against its plain-Rust twin, on ragged shapes.
//!
//! Both compute in float32, but add in another order, fuse multiply-adds or not, and take exp and
//! its kin from different libraries. So results agree to about 1e-5 of the largest value written; the
//! sums here are of at most a thousand terms, each rounded to 6e-8. WGSL promises sine and cosine only
//! to 2^-11. The moments of `norm_stats` differ in size by orders (count, mean, spread), so each is
//! compared on its own scale.
//!
//! Every case runs in float32 and again in half storage, where both round what they keep to float16: to the nearest in
//! the twin, to one of the two neighbours in WGSL, which are 2^-10 apart.
//!
//! Not checked here: the arithmetic itself, which the twins' own tests compare with definitions.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failing test should stop where it fails")]

#[path = "../../kernels/tests/cases/mod.rs"]
mod cases;

use cases::{Case, weighted};
use darkroom_gpu::{Device, GpuError, Options, Session};
use darkroom_kernels::{
    Binding, Data, Element, Elements, KernelError, Key, Operation, Place, Port, Program, Source, Tier, Width, keys,
};
use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::Arc;

/// How the floats of a case are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Storage {
    Single,
    /// What is read and what is written.
    Half,
    /// Only what is read.
    HalfReads,
    /// Only what is written.
    HalfWrite,
}

/// A case as a program of one kernel, and its inputs: the tensors that are not constants.
struct Planned {
    program: Program,
    inputs: Vec<Elements>,
}

impl Planned {
    /// A kernel whose reads are constants, but those stored as float16.
    fn new(case: Case, storage: Storage) -> Self {
        let layout = case.kernel.layout();
        let words = || layout.iter().zip(&case.reads).filter(|(binding, _)| binding.element == Element::U32);
        let moves_floats = words().all(|(binding, read)| !binding.or_half || matches!(read, Elements::F32(_)));
        let half = |binding: &Binding, wanted: bool| {
            let fits = wanted && binding.or_half && (binding.element == Element::F32 || moves_floats);
            if fits { Width::Half } else { Width::Single }
        };
        let (mut arenas, mut inputs, mut ports, mut constants) = (vec![], vec![], vec![], vec![]);
        let mut place = |len, width: Width| {
            arenas.push(width.words(len));
            Place { width, ..Place::start(arenas.len() - 1) }
        };
        let port = |name: &str, len, element, place| Port { name: name.to_owned(), dims: vec![len], element, place };
        let reads_half = matches!(storage, Storage::Half | Storage::HalfReads);
        let reads = layout.iter().zip(case.reads).map(|(binding, read)| match half(binding, reads_half) {
            Width::Single => {
                constants.push(read);
                Source::Constant(constants.len() - 1)
            }
            Width::Half => {
                let place = place(read.len(), Width::Half);
                ports.push(port(binding.name, read.len(), Element::F32, place));
                inputs.push(read);
                Source::Tensor(place)
            }
        });
        let reads = reads.collect();
        let write = layout.last().unwrap();
        let write_width = half(write, matches!(storage, Storage::Half | Storage::HalfWrite));
        let written = place(write.len(), write_width);
        let element = if write_width == Width::Half { Element::F32 } else { write.element };
        let outputs = vec![port("y", write.len(), element, written)];
        let operation = Operation { label: "case".to_owned(), reads, kernel: case.kernel, write: written };
        let program =
            Program { arenas, constants, operations: vec![operation], inputs: ports, outputs, ..Program::default() };
        Self { program, inputs }
    }

    fn inputs(&self) -> Vec<Data<'_>> {
        self.inputs.iter().map(Elements::data).collect()
    }

    fn twin(&self) -> Result<Elements, KernelError> {
        self.program.run_cpu(&self.inputs(), |_| ControlFlow::Continue(())).map(|mut outputs| outputs.remove(0))
    }
}

fn tolerance(key: Key) -> f64 {
    // WGSL promises little of the trigonometric functions, and drivers give little more.
    let coarse = ["SIN", "COS", "TAN", "ASIN", "ACOS", "ATAN"];
    if key.defines.iter().any(|name| coarse.contains(name)) { 5e-4 } else { 1e-5 }
}

fn compare(key: Key, description: &str, storage: Storage, got: Elements, wanted: Elements) {
    // Words are moved, not computed.
    if let Elements::U32(_) = wanted {
        assert_eq!(got, wanted, "{description}");
        return;
    }
    let (got, wanted) = (got.into_f32(), wanted.into_f32());
    assert_eq!(got.len(), wanted.len(), "{description}");
    let largest = wanted.iter().fold(0.0_f64, |a, &b| a.max(f64::from(b).abs()));
    for (i, (&got, &wanted)) in got.iter().zip(&wanted).enumerate() {
        let scale = if key.shader == "norm_stats" { f64::from(wanted).abs() } else { largest };
        let error = (f64::from(got) - f64::from(wanted)).abs();
        let rounding = if matches!(storage, Storage::Half | Storage::HalfWrite) {
            f64::from(wanted).abs() * (1.0 / 1024.0)
        } else {
            0.0
        };
        assert!(
            // Infinities are equal, and not a number apart.
            got.to_bits() == wanted.to_bits() || error <= tolerance(key) * scale + rounding + 1e-6,
            "{description}\n{key:?} in {storage:?}: element {i} is {got}, the twin has {wanted}"
        );
    }
}

/// Runs the cases, each in one of the storages in turn. Gives the pipelines that ran.
async fn agree(device: &Arc<Device>, cases: Vec<Case>, storages: &[Storage]) -> Result<HashSet<Key>, GpuError> {
    let (mut seen, mut pipelines) = (HashSet::new(), HashSet::new());
    for (case, &storage) in cases.into_iter().zip(storages.iter().cycle()) {
        let (key, description) = (case.kernel.key(), format!("{:?}", case.kernel));
        let alone = (storage == Storage::Single).then(|| case.twin());
        let planned = Planned::new(case, storage);
        let twin = alone.map_or_else(|| planned.twin(), Ok);
        let Planned { program, inputs } = planned;
        let narrow = program.operations[0].narrow();
        let inputs: Vec<Data<'_>> = inputs.iter().map(Elements::data).collect();
        let mut session = Session::new(device, program).await?;
        let got = session.run(&inputs, |_| ControlFlow::Continue(())).await.map(|mut outputs| outputs.remove(0));
        match (got, twin) {
            (Ok(got), Ok(wanted)) => compare(key, &description, storage, got, wanted),
            (Err(GpuError::Beyond), Err(KernelError::Beyond { .. })) => {}
            (got, twin) => panic!("{description}\n{key:?} in {storage:?} gives {got:?}, the twin {twin:?}"),
        }
        seen.insert(key);
        pipelines.insert((key, narrow));
    }
    assert_eq!(device.pipelines(), pipelines.len(), "sessions share pipelines");
    Ok(seen)
}

fn open(options: &Options) -> Option<Arc<Device>> {
    pollster::block_on(Device::open(options))
        .inspect_err(|error| eprintln!("SKIPPED: kernels on the GPU: {error}"))
        .ok()
}

fn weights(direct: bool) -> Options {
    Options { direct_weights: Some(direct), ..Options::default() }
}

#[test]
fn kernels_agree_with_their_twins() {
    let Some(device) = open(&weights(false)) else { return };
    let seen = pollster::block_on(agree(&device, cases::all(), &[Storage::Single])).unwrap();
    for key in keys() {
        assert!(seen.contains(&key), "no case runs {key:?}");
    }
}

#[test]
fn convolutions_agree_with_their_twins_when_weights_are_read_directly() {
    let Some(device) = open(&weights(true)) else { return };
    let transposed = weighted::transposed();
    let cases =
        weighted::convs().iter().map(weighted::conv).chain(transposed.iter().map(weighted::conv_transpose)).collect();
    pollster::block_on(agree(&device, cases, &[Storage::Single])).unwrap();
}

#[test]
fn kernels_that_sum_over_subgroups_agree_with_their_twins() {
    let Some(device) = open(&Options { tier: Some(Tier::Subgroups), ..weights(false) }) else { return };
    let sums = ["layer_norm", "norm_combine", "norm_stats", "softmax"];
    let cases: Vec<Case> = cases::all().into_iter().filter(|case| sums.contains(&case.kernel.key().shader)).collect();
    let seen = pollster::block_on(agree(&device, cases, &[Storage::Single])).unwrap();
    assert_eq!(seen.iter().map(|key| key.shader).collect::<HashSet<_>>(), HashSet::from(sums));
}

#[test]
fn kernels_agree_with_their_twins_in_half_storage() {
    let half = Options { tier: Some(Tier::Half), ..weights(false) };
    let Some(device) = open(&half) else { return };
    pollster::block_on(agree(&device, cases::all(), &[Storage::Half])).unwrap();
    // A tensor of a kernel may be wide beside a narrow one: inputs, outputs, constants.
    let Some(device) = open(&half) else { return };
    let some = cases::all().into_iter().step_by(5).collect();
    pollster::block_on(agree(&device, some, &[Storage::HalfReads, Storage::HalfWrite])).unwrap();
}
