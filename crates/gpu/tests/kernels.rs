//! Every kernel and variant on the GPU at hand against its plain-Rust twin, on ragged shapes.
//!
//! Both compute in float32, but add in another order, fuse multiply-adds or not, and take exp and
//! its kin from different libraries. So results agree to about 1e-5 of the largest value written; the
//! sums here are of at most a thousand terms, each rounded to 6e-8. WGSL promises sine and cosine only
//! to 2^-11. The moments of `norm_stats` differ in size by orders (count, mean, spread), so each is
//! compared on its own scale.
//!
//! Not checked here: the arithmetic itself, which the twins' own tests compare with definitions.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failing test should stop where it fails")]

#[path = "../../kernels/tests/cases/mod.rs"]
mod cases;

use cases::{Case, weighted};
use darkroom_gpu::{Device, GpuError, Options, Session};
use darkroom_kernels::{Element, Elements, Key, Operation, Place, Port, Program, Source, keys};
use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::Arc;

/// A program of one kernel whose reads are constants.
fn program(case: Case) -> Program {
    let layout = case.kernel.layout();
    let (len, element) = layout.last().map_or((0, Element::F32), |write| (write.len(), write.element));
    Program {
        arenas: vec![len],
        operations: vec![Operation {
            label: "case".to_owned(),
            reads: (0..case.reads.len()).map(Source::Constant).collect(),
            kernel: case.kernel,
            write: Place::start(0),
        }],
        constants: case.reads,
        inputs: vec![],
        outputs: vec![Port { name: "y".to_owned(), dims: vec![len], element, place: Place::start(0) }],
        ..Program::default()
    }
}

fn tolerance(key: Key) -> f64 {
    // WGSL promises little of the trigonometric functions, and drivers give little more.
    let coarse = ["SIN", "COS", "TAN", "ASIN", "ACOS", "ATAN"];
    if key.defines.iter().any(|name| coarse.contains(name)) { 5e-4 } else { 1e-5 }
}

fn compare(key: Key, description: &str, got: Elements, wanted: Elements) {
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
        assert!(
            error <= tolerance(key) * scale + 1e-6,
            "{description}\n{key:?}: element {i} is {got}, the twin has {wanted}"
        );
    }
}

async fn agree(device: &Arc<Device>, cases: Vec<Case>) -> Result<HashSet<Key>, GpuError> {
    let mut seen = HashSet::new();
    for case in cases {
        let (key, description, wanted) = (case.kernel.key(), format!("{:?}", case.kernel), case.twin());
        let mut session = Session::new(device, program(case)).await?;
        let got = session.run(&[], |_| ControlFlow::Continue(())).await?.remove(0);
        compare(key, &description, got, wanted);
        seen.insert(key);
    }
    assert_eq!(device.pipelines(), seen.len(), "sessions share pipelines");
    Ok(seen)
}

fn open(direct_weights: bool) -> Option<Arc<Device>> {
    let options = Options { direct_weights: Some(direct_weights), ..Options::default() };
    pollster::block_on(Device::open(&options))
        .inspect_err(|error| eprintln!("SKIPPED: kernels on the GPU: {error}"))
        .ok()
}

#[test]
fn kernels_agree_with_their_twins() {
    let Some(device) = open(false) else { return };
    let seen = pollster::block_on(agree(&device, cases::all())).unwrap();
    for key in keys() {
        assert!(seen.contains(&key), "no case runs {key:?}");
    }
}

#[test]
fn convolutions_agree_with_their_twins_when_weights_are_read_directly() {
    let Some(device) = open(true) else { return };
    pollster::block_on(agree(&device, weighted::convs().iter().map(weighted::conv).collect())).unwrap();
}
