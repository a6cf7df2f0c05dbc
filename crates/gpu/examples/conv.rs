//! Speed of one convolution on the adapter at hand: 16 to 16 channels, 3x3x3, on 48^3 voxels.
//!
//! Prints the median of several interleaved runs for staged and direct weights in every type.
//! `cargo run --release -p darkroom-gpu --example conv`

use darkroom_gpu::{Device, Options, Session};
use darkroom_kernels::conv::Conv;
use darkroom_kernels::{
    Activation, Codes, Data, Element, Elements, KernelError, Operation, Place, Port, Program, Source, WeightKind,
    Weights,
};
use std::error::Error;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Instant;

const RUNS: usize = 7;

/// Weights of a convolution of 16 to 16 channels with 27 taps.
#[derive(Clone, Copy, Debug)]
enum Form {
    Float32,
    Float16,
    Int8,
    Int4,
}

/// Packs repeatable weights.
fn pack(conv: &mut Conv, form: Form) -> Result<[Elements; 2], KernelError> {
    const LEN: usize = 16 * 16 * 27;
    let codes: Vec<i8> = (0..LEN).map(|n| (n % 15) as i8 - 7).collect();
    let (four_bits, share) = match form {
        Form::Float32 => return conv.pack(&Weights::F32(&[0.01; LEN]), None),
        Form::Float16 => return conv.pack(&Weights::F32(&[0.125; LEN]), None),
        Form::Int8 => (false, 16 * 27),
        Form::Int4 => (true, 32),
    };
    // Blocks end where an output channel ends.
    let blocks = (16_usize * 27).div_ceil(share);
    let shared = |n: usize| n / (16 * 27) * blocks + n % (16 * 27) / share;
    let scales = vec![0.01; 16 * blocks];
    conv.pack(&Weights::Codes(Codes { codes: &codes, four_bits, scales: &scales, offsets: &[], shared: &shared }), None)
}

fn program(form: Form) -> Result<Program, KernelError> {
    let mut conv = Conv {
        batch: 1,
        in_channels: 16,
        out_channels: 16,
        groups: 1,
        in_size: [48; 3],
        kernel: [3; 3],
        stride: [1; 3],
        dilation: [1; 3],
        pad_begin: [1; 3],
        pad_end: [1; 3],
        weights: WeightKind::F32,
        residual: false,
        activation: Activation::Relu,
    };
    let [packed, table] = pack(&mut conv, form)?;
    let len = 16 * 48 * 48 * 48;
    let port = |name: &str, slot| Port {
        name: name.to_owned(),
        dims: vec![1, 16, 48, 48, 48],
        element: Element::F32,
        place: Place::start(slot),
    };
    Ok(Program {
        arenas: vec![len, len],
        constants: vec![packed, table],
        operations: vec![Operation {
            label: "conv".to_owned(),
            kernel: Box::new(conv),
            reads: vec![Source::Tensor(Place::start(0)), Source::Constant(0), Source::Constant(1)],
            write: Place::start(1),
        }],
        inputs: vec![port("x", 0)],
        outputs: vec![port("y", 1)],
        ..Program::default()
    })
}

async fn session(device: &Arc<Device>, form: Form) -> Result<Session, Box<dyn Error>> {
    Ok(Session::new(device, program(form)?).await?)
}

async fn measure() -> Result<(), Box<dyn Error>> {
    let open = async |direct| Device::open(&Options { direct_weights: Some(direct), ..Options::default() }).await;
    let (staged, direct) = (open(false).await?, open(true).await?);
    println!("{} ({})", staged.info().name, staged.info().backend);
    let mut sessions = Vec::new();
    for (name, device) in [("staged", &staged), ("direct", &direct)] {
        for form in [Form::Int8, Form::Float32, Form::Float16, Form::Int4] {
            sessions.push((format!("{name} {form:?}"), session(device, form).await?, Vec::new()));
        }
    }
    let x: Vec<f32> = (0..16 * 48 * 48 * 48).map(|i| (i % 101) as f32 * 0.01 - 0.5).collect();
    for _ in 0..=RUNS {
        for (_, session, seconds) in &mut sessions {
            seconds.push(match session.profile(&[Data::F32(&x)]).await {
                Ok(timings) => timings.iter().map(|timing| timing.seconds).sum(),
                Err(_) => {
                    let start = Instant::now();
                    session.run(&[Data::F32(&x)], |_| ControlFlow::Continue(())).await?;
                    start.elapsed().as_secs_f64()
                }
            });
        }
    }
    let flop = 2.0 * program(Form::Float32)?.operations.iter().map(|o| o.kernel.work()).sum::<u64>() as f64;
    for (name, _, seconds) in &mut sessions {
        // The first run is a warm-up.
        let seconds = &mut seconds[1..];
        seconds.sort_by(f64::total_cmp);
        let median = seconds[seconds.len() / 2];
        println!("{name:15} {:7.1} ms {:7.2} GFLOP/s", 1e3 * median, flop / median * 1e-9);
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    pollster::block_on(measure())
}
