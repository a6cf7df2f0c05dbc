//! Speed of the kernels that sum over a workgroup, through workgroup memory and over subgroups.
//!
//! Prints the medians of several interleaved runs, on rows from short to long.
//! `cargo run --release -p darkroom-gpu --example sums`

use darkroom_gpu::{Device, Options, Session, Tier};
use darkroom_kernels::layer_norm::LayerNorm;
use darkroom_kernels::norm_stats::NormStats;
use darkroom_kernels::softmax::Softmax;
use darkroom_kernels::{Element, Elements, Kernel, Operation, Place, Port, Program, Source};
use std::error::Error;
use std::time::Instant;

const RUNS: usize = 7;

/// Elements of every case.
const ELEMENTS: usize = 1 << 20;

/// A program of one kernel on rows of `len` elements.
fn program(name: &str, len: usize) -> Program {
    let rows = ELEMENTS / len;
    let kernel: Box<dyn Kernel> = match name {
        "softmax" => Box::new(Softmax { outer: rows, len, inner: 1 }),
        "layer_norm" => Box::new(LayerNorm { rows, len, epsilon: 1e-5, bias: false, rms: false }),
        _ => Box::new(NormStats { rows, len }),
    };
    let layout = kernel.layout();
    let (reads, write) = layout.split_at(layout.len() - 1);
    let values = |len: usize| Elements::F32((0..len).map(|i| (i % 101) as f32 * 0.01 - 0.5).collect());
    Program {
        arenas: vec![write[0].len()],
        constants: reads.iter().map(|binding| values(binding.len())).collect(),
        operations: vec![Operation {
            label: name.to_owned(),
            reads: (0..reads.len()).map(Source::Constant).collect(),
            kernel,
            write: Place::start(0),
        }],
        // One element, so that reading back costs nothing.
        outputs: vec![Port { name: "y".to_owned(), dims: vec![1], element: Element::F32, place: Place::start(0) }],
        ..Program::default()
    }
}

async fn measure() -> Result<(), Box<dyn Error>> {
    let mut devices = Vec::new();
    for tier in [Tier::Baseline, Tier::Subgroups] {
        devices.push(Device::open(&Options { tier: Some(tier), ..Options::default() }).await?);
    }
    println!("{} ({})", devices[0].info().name, devices[0].info().backend);
    for name in ["norm_stats", "layer_norm", "softmax"] {
        for len in [32, 256, 4096] {
            let mut sessions = Vec::new();
            for device in &devices {
                sessions.push((Session::new(device, program(name, len)).await?, Vec::new()));
            }
            for _ in 0..=RUNS {
                for (session, seconds) in &mut sessions {
                    seconds.push(match session.profile(&[]).await {
                        Ok(timings) => timings.iter().map(|timing| timing.seconds).sum(),
                        Err(_) => {
                            let start = Instant::now();
                            session.run(&[], |_| std::ops::ControlFlow::Continue(())).await?;
                            start.elapsed().as_secs_f64()
                        }
                    });
                }
            }
            // The first run is a warm-up.
            let medians: Vec<f64> = sessions
                .iter_mut()
                .map(|(_, seconds)| {
                    seconds[1..].sort_by(f64::total_cmp);
                    1e3 * seconds[1 + RUNS / 2]
                })
                .collect();
            println!("{name:10} rows of {len:4}: {:7.2} ms, over subgroups {:7.2} ms", medians[0], medians[1]);
        }
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    pollster::block_on(measure())
}
