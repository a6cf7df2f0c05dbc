//! A tensor that no WebGPU device need bind in float32: 32 channels of 128^3 voxels are 256 MiB, of which the limits that
//! WebGPU promises everywhere allow 128. Half storage takes exactly those.
//!
//! The input's values are exact in float16, so the result is the definition's but for its own rounding: 2^-10 of each
//! value, and what 864 products summed in float32 leave, below 1e-5 of the largest.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop")]

#[path = "../../crates/graph/tests/encoded/mod.rs"]
#[allow(dead_code, reason = "the reader's own tests need more of it")]
mod encoded;

use std::ops::ControlFlow;
use std::sync::Arc;

use darkroom_compile::{compile, compile_for};
use darkroom_gpu::{Device, GpuError, Options, Session};
use darkroom_graph::FixedGraph;
use darkroom_kernels::{Data, Tier};
use rten_onnx::onnx::{AttributeProto, AttributeType, DataType, TensorProto};

const SIZE: usize = 128;
const CHANNELS: usize = 32;
const TAPS: usize = 27;
const DIMS: [i64; 5] = [1, CHANNELS as i64, SIZE as i64, SIZE as i64, SIZE as i64];

/// A value in -1..1 that float16 holds.
fn value(seed: usize) -> f32 {
    (seed.wrapping_mul(2_654_435_761) >> 7 & 255) as f32 / 128.0 - 1.0
}

fn weight(number: usize) -> f32 {
    value(number + 77) * 0.03
}

/// One convolution of 3x3x3 taps, padded to keep the size.
fn graph() -> FixedGraph {
    let dims = DIMS.map(Some);
    let weights = TensorProto {
        name: Some("w".to_owned()),
        dims: [CHANNELS, CHANNELS, 3, 3, 3].map(|size| size as i64).to_vec(),
        data_type: Some(DataType::FLOAT),
        float_data: (0..CHANNELS * CHANNELS * TAPS).map(weight).collect(),
        ..TensorProto::default()
    };
    let mut conv = encoded::node("Conv", &["x", "w"], "y");
    conv.attribute.push(AttributeProto {
        name: Some("pads".to_owned()),
        ints: vec![1; 6],
        r#type: Some(AttributeType::INTS),
        ..AttributeProto::default()
    });
    let model = encoded::model(vec![encoded::port("x", &dims)], vec![conv], vec![weights], "y");
    encoded::read(&model).unwrap().specialise(&[]).unwrap()
}

/// One voxel by the definition.
fn convolved(x: &[f32], channel: usize, [d, h, w]: [usize; 3]) -> f64 {
    let mut sum = 0.0;
    for c in 0..CHANNELS {
        for tap in 0..TAPS {
            let at = [d + tap / 9, h + tap / 3 % 3, w + tap % 3].map(|i| i.wrapping_sub(1));
            if at.iter().all(|&i| i < SIZE) {
                let x = x[((c * SIZE + at[0]) * SIZE + at[1]) * SIZE + at[2]];
                sum += f64::from(x) * f64::from(weight((channel * CHANNELS + c) * TAPS + tap));
            }
        }
    }
    sum
}

/// A GPU that has no more than WebGPU promises.
fn open(tier: Option<Tier>) -> Option<Arc<Device>> {
    pollster::block_on(Device::open(&Options { tier, least_limits: true, ..Options::default() }))
        .inspect_err(|error| eprintln!("SKIPPED: the least limits of a GPU: {error}"))
        .ok()
}

#[test]
fn what_does_not_fit_in_float32_is_planned_in_half_storage_and_says_why() {
    let Some(device) = open(None).filter(|device| device.info().tier >= Tier::Half) else { return };
    let model = encoded::model(
        vec![encoded::port("x", &DIMS.map(Some))],
        vec![encoded::node("Relu", &["x"], "y")],
        vec![],
        "y",
    );
    let graph = encoded::read(&model).unwrap().specialise(&[]).unwrap();
    let plan = |tier| compile_for(&graph, tier).map_err(|error| GpuError::Driver(error.to_string()));
    let x: Vec<f32> = (0..CHANNELS * SIZE * SIZE * SIZE).map(value).collect();
    let got = pollster::block_on(async {
        let mut session = Session::fitting(&device, plan).await?;
        let why = session.narrowed().unwrap();
        assert!(why.contains("268435456 bytes, this GPU binds at most 134217728"), "{why}");
        assert_eq!(session.tier(), Tier::Half);
        session.run(&[Data::F32(&x)], |_| ControlFlow::Continue(())).await
    });
    let got: Result<_, GpuError> = got;
    let got = got.unwrap().remove(0).into_f32();
    assert!(got.iter().zip(&x).all(|(got, x)| *got == x.max(0.0)));

    // Asked for the baseline, nothing is narrowed.
    let Some(device) = open(Some(Tier::Baseline)) else { return };
    let refused = pollster::block_on(Session::fitting(&device, plan)).unwrap_err();
    assert!(refused.to_string().contains("268435456 bytes"), "{refused}");
}

#[test]
fn a_convolution_of_32_channels_of_128_voxels_cubed_runs_within_the_least_limits() {
    let Some(device) = open(Some(Tier::Half)) else { return };
    let graph = graph();

    let refusal = pollster::block_on(Session::new(&device, compile(&graph).unwrap())).unwrap_err();
    let wanted = "node y: x has 268435456 bytes, this GPU binds at most 134217728; use smaller tiles";
    assert_eq!(refusal.to_string(), wanted);

    let program = compile_for(&graph, Tier::Half).unwrap();
    assert_eq!(program.activation_bytes(), 2 * 134_217_728);
    let x: Vec<f32> = (0..CHANNELS * SIZE * SIZE * SIZE).map(value).collect();
    let got = pollster::block_on(async {
        let mut session = Session::new(&device, program).await?;
        session.run(&[Data::F32(&x)], |_| ControlFlow::Continue(())).await
    });
    let got = got.unwrap().remove(0).into_f32();

    let edges = [[0; 3], [SIZE - 1; 3], [0, SIZE - 1, 64], [64, 0, SIZE - 1]];
    let inside = (0..300).map(|n| [n * 37 % SIZE, n * 53 % SIZE, n * 71 % SIZE]);
    for (n, voxel) in edges.into_iter().chain(inside).enumerate() {
        let channel = n * 7 % CHANNELS;
        let wanted = convolved(&x, channel, voxel);
        let got = f64::from(got[((channel * SIZE + voxel[0]) * SIZE + voxel[1]) * SIZE + voxel[2]]);
        assert!(
            (got - wanted).abs() <= wanted.abs() / 1024.0 + 1e-5,
            "channel {channel} of {voxel:?} is {got}, not {wanted}"
        );
    }
}
