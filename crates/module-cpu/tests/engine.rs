//! Plans and the CPU engine on a golden of PyTorch's, without a browser.

#![allow(clippy::unwrap_used, reason = "a failing test should stop where it fails")]

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use darkroom_graph::ElementType;
use darkroom_kernels::{Data, Elements};
use darkroom_module::{ArrayKind, Constant, Engine, Plan, Values, plan};
use darkroom_module_cpu::Cpu;

fn golden(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/goldens/sequence1d").join(file)
}

fn planned() -> Plan {
    plan(&std::fs::read(golden("model.onnx")).unwrap(), Vec::new(), &[]).unwrap()
}

/// The float32 values of a `.npy` file of version 1.
fn values(file: &str) -> Vec<f32> {
    let bytes = std::fs::read(golden(file)).unwrap();
    let start = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    bytes[start..].chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}

#[test]
fn it_runs_and_agrees_with_pytorch() {
    let plan = planned();
    assert_eq!((plan.inputs[0].name.as_str(), plan.inputs[0].element), ("signal", ElementType::Float));
    assert_eq!(plan.outputs[0].dims, [3, 4, 23]);
    let signal = values("signal.npy");
    let outputs = pollster::block_on(Cpu::new(&plan.graph).unwrap().run(&[Data::F32(&signal)])).unwrap();
    let Elements::F32(got) = &outputs[0] else { panic!("not floats") };
    let wanted = values("output.npy");
    assert_eq!(got.len(), wanted.len());
    assert!(got.iter().zip(&wanted).all(|(a, b)| (a - b).abs() < 1e-5), "{got:?} {wanted:?}");
}

#[test]
fn a_profile_times_every_node_by_the_given_clock() {
    /// Ticks once each time it is read.
    fn clock() -> f64 {
        static READ: AtomicU32 = AtomicU32::new(0);
        f64::from(READ.fetch_add(1, Ordering::Relaxed))
    }
    let plan = planned();
    let signal = values("signal.npy");
    let timings = pollster::block_on(Cpu::new(&plan.graph).unwrap().profile(&[Data::F32(&signal)], clock)).unwrap();
    assert_eq!(timings.len(), plan.graph.nodes.len());
    assert!(timings.iter().all(|timing| timing.milliseconds == 1.0 && !timing.node.is_empty()));
    assert!(timings.iter().any(|timing| timing.shader == "Conv"));
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    let onnx = std::fs::read(golden("model.onnx")).unwrap();
    let constant = |name: &str, kind, values, dims: &[usize]| Constant {
        name: name.to_owned(),
        dims: dims.to_vec(),
        kind,
        values,
    };
    let floats = || Values::Floats(vec![0.0; 189]);
    let cases = [
        (constant("noise", ArrayKind::Float32, floats(), &[189]), "no input noise; it takes signal"),
        (constant("signal", ArrayKind::Int32, Values::Integers(vec![0]), &[1]), "a Float32Array, since"),
        (constant("signal", ArrayKind::Float32, floats(), &[3, 3, 22]), "[3, 3, 22] and 189 values"),
    ];
    for (constant, words) in cases {
        let error = plan(&onnx, vec![constant], &[]).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
    let port = &planned().inputs[0];
    assert!(port.check(&[3, 3, 21], ArrayKind::Float32, 189).is_ok());
    for (dims, kind, len, words) in [
        (vec![3, 3, 20], ArrayKind::Float32, 180, "made for [3, 3, 21]"),
        (vec![3, 3, 21], ArrayKind::BigInt64, 189, "a Float32Array, since"),
        (vec![3, 3, 21], ArrayKind::Float32, 188, "188 values"),
    ] {
        let error = port.check(&dims, kind, len).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
}
