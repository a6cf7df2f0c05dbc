//! `darkroom quantize`: a network with narrower weights.

use std::path::PathBuf;

use darkroom_quantize::{Options, Report, Runs, Width, quantize};

use crate::backend::Processor;
use crate::calibration::Samples;
use crate::error::{CliError, read, write};

/// Arguments of `darkroom quantize`.
#[derive(Debug, clap::Args)]
pub(crate) struct Quantize {
    /// The network.
    model: PathBuf,
    /// Where the network with narrower weights goes.
    result: PathBuf,
    /// The type of the weights.
    #[arg(long, value_enum)]
    weights: Weights,
    /// Inputs to measure the loss on: .npy files of a network's only input, or folders of them; for several
    /// inputs, folders that hold a NAME.npy for each.
    #[arg(long, value_name = "PATH", num_args = 1..)]
    calibrate: Vec<PathBuf>,
    /// Layers to leave as they are, by node or weight name; * stands for anything.
    #[arg(long, value_name = "PATTERN")]
    keep: Vec<String>,
    /// The largest relative error: of the outputs on the calibration inputs (by default 0.01 for int8, 0.05
    /// for int4, 0.001 for f16), without them of each layer's weights (0.02, 0.15, 0.0005).
    #[arg(long)]
    tolerance: Option<f64>,
    #[command(flatten)]
    processor: Processor,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

/// The choice on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Weights {
    /// One scale for each output channel.
    Int8,
    /// One scale for every 32 weights along the inputs.
    Int4,
    /// IEEE float16.
    F16,
}

impl From<Weights> for Width {
    fn from(weights: Weights) -> Self {
        match weights {
            Weights::Int8 => Self::Int8,
            Weights::Int4 => Self::Int4,
            Weights::F16 => Self::F16,
        }
    }
}

impl Quantize {
    pub(crate) fn run(self) -> Result<(), CliError> {
        if self.tolerance.is_some_and(|tolerance| !(tolerance > 0.0 && tolerance.is_finite())) {
            return Err(CliError::Usage("--tolerance must be a positive number, such as 0.01".to_owned()));
        }
        let model = read(&self.model)?;
        let options = Options { weights: self.weights.into(), keep: self.keep, tolerance: self.tolerance };
        let mut samples = if self.calibrate.is_empty() {
            None
        } else {
            Some(Samples::open(&self.calibrate, &model, self.processor)?)
        };
        let runs = samples.as_mut().map(|samples| samples as &mut dyn Runs);
        let (bytes, report) = quantize(&model, &options, runs)?;
        write(&self.result, &bytes)?;
        if self.json {
            println!("{}", serde_json::to_string_pretty(&report)?);
        } else {
            print(&report);
        }
        Ok(())
    }
}

fn print(report: &Report) {
    let width = report.layers.iter().map(|layer| layer.node.len()).max().unwrap_or(0).max("layer".len());
    let percent = |error: f64| format!("{:.3} %", 1e2 * error);
    println!("{:width$}  operator       type       weight error  output error       bytes", "layer");
    for layer in &report.layers {
        let kind = match layer.width {
            Width::Int4 => "int4",
            Width::Int8 => "int8",
            Width::F16 => "f16",
            Width::Unchanged => "unchanged",
        };
        println!(
            "{:width$}  {:13}  {kind:9}  {:>12}  {:>12}  {:>10}  {}",
            layer.node,
            layer.op,
            percent(layer.weight_error),
            layer.output_error.map_or(String::new(), percent),
            layer.bytes_after,
            layer.reason.as_deref().unwrap_or(""),
        );
    }
    if let Some(error) = report.output_error {
        println!("largest error of an output: {}", percent(error));
    }
    let share = report.bytes_after as f64 / report.bytes_before as f64;
    println!("{} bytes became {} ({:.0} %)", report.bytes_before, report.bytes_after, 1e2 * share);
}
