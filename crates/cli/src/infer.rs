//! `darkroom infer`: one run of an ONNX network on NPY files.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;

use darkroom_formats::npy;
use darkroom_gpu::Timing;
use darkroom_graph::Graph;
use darkroom_pipelines::{PipelineError, Runner};
use serde_json::json;

use crate::backend::Processor;
use crate::error::{CliError, read, write};

/// Arguments of `darkroom infer`.
#[derive(Debug, clap::Args)]
pub(crate) struct Infer {
    /// The network.
    model: PathBuf,
    /// An input of the network, as NAME=FILE.npy; once for each.
    #[arg(long = "input", value_name = "NAME=FILE", value_parser = binding)]
    inputs: Vec<(String, PathBuf)>,
    /// An output of the network, as NAME=FILE.npy; once for each that is wanted.
    #[arg(long = "output", value_name = "NAME=FILE", value_parser = binding)]
    outputs: Vec<(String, PathBuf)>,
    #[command(flatten)]
    processor: Processor,
    /// How often to run; the results are the last run's.
    #[arg(long, default_value = "1")]
    runs: NonZeroUsize,
    /// Print the time of every operation of one more run; the GPU must take timestamps.
    #[arg(long)]
    profile: bool,
    /// Print shapes, memory, and the seconds to create and of each run, as JSON.
    #[arg(long)]
    json: bool,
}

fn binding(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, file)) if !name.is_empty() && !file.is_empty() => Ok((name.to_owned(), PathBuf::from(file))),
        _ => Err("write it as NAME=FILE.npy".to_owned()),
    }
}

impl Infer {
    pub(crate) fn run(self) -> Result<(), CliError> {
        let graph = Graph::read(&read(&self.model)?).map_err(PipelineError::from)?;
        let arrays = self
            .inputs
            .iter()
            .map(|(name, path)| Ok((name.as_str(), npy::read(&read(path)?)?)))
            .collect::<Result<Vec<_>, CliError>>()?;
        let dims: Vec<(&str, &[usize])> = arrays.iter().map(|(name, array)| (*name, array.shape.as_slice())).collect();
        let fixed = graph.specialise(&dims).map_err(PipelineError::from)?;
        let inputs = fixed
            .inputs
            .iter()
            .map(|&value| {
                let name = &fixed.names[value];
                let array = arrays.iter().find(|(given, _)| given == name);
                array.map(|(_, array)| array.data.as_slice()).ok_or_else(|| {
                    CliError::Usage(format!("the network's input {name} is missing; add --input {name}=FILE.npy"))
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        let (runner, results, seconds, timings) = pollster::block_on(async {
            let backend = self.processor.open().await?;
            let start = Instant::now();
            let mut runner = Runner::new(&fixed, &backend).await?;
            let created = start.elapsed().as_secs_f64();
            let (mut results, mut runs) = (Vec::new(), Vec::new());
            for _ in 0..self.runs.get() {
                let start = Instant::now();
                results = runner.run(&inputs, &mut |_| ControlFlow::Continue(())).await?;
                runs.push(start.elapsed().as_secs_f64());
            }
            let timings = if self.profile { runner.profile(&inputs).await? } else { Vec::new() };
            let seconds =
                json!({ "backend": backend.kind(), "adapter": backend.name(), "create": created, "runs": runs });
            Ok::<_, PipelineError>((runner, results, seconds, timings))
        })?;
        timings.iter().for_each(print_timing);
        for (name, path) in &self.outputs {
            let known = || runner.outputs.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
            let index = runner.outputs.iter().position(|(output, _)| output == name);
            let index = index
                .ok_or_else(|| CliError::Usage(format!("the network has no output {name}; it has {}", known())))?;
            write(path, &npy::write(&runner.outputs[index].1, &results[index])?)?;
        }
        if let Some(note) = runner.narrowed() {
            eprintln!("note: {note}");
        }
        if self.json {
            let report = json!({ "outputs": runner.outputs, "memory": runner.memory, "storage": runner.storage(), "seconds": seconds });
            println!("{}", serde_json::to_string_pretty(&report)?);
        }
        Ok(())
    }
}

/// One operation: its time, its speed (a multiply-add counts as two), its shader and its node.
fn print_timing(timing: &Timing) {
    let speed = 2e-9 * timing.work as f64 / timing.seconds.max(1e-9);
    println!("{:10.3} ms {speed:8.2} GFLOP/s  {:16} {}", 1e3 * timing.seconds, timing.shader, timing.label);
}
