//! `darkroom inspect`: what is in a network, a model package or an image file.

use std::path::{Path, PathBuf};

use darkroom_graph::Graph;
use darkroom_imaging::{SeriesInfo, Verdict};
use darkroom_pipelines::PipelineError;
use serde::Serialize;

use crate::error::{CliError, read};
use crate::{input, model};

/// Arguments of `darkroom inspect`.
#[derive(Debug, clap::Args)]
pub(crate) struct Inspect {
    /// An .onnx file, a model package (folder), or an image file, folder or zip.
    path: PathBuf,
    /// Dimensions of a network's input as NAME=1,1,64,64,64, to plan its memory; once for each open input.
    #[arg(long = "dims", value_name = "NAME=N,N,...", value_parser = dimensions)]
    dims: Vec<(String, Vec<usize>)>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

fn dimensions(text: &str) -> Result<(String, Vec<usize>), String> {
    let (name, sizes) = text.split_once('=').ok_or("write it as NAME=1,1,64,64,64")?;
    let sizes: Result<Vec<usize>, _> = sizes.split(',').map(|size| size.trim().parse()).collect();
    Ok((name.to_owned(), sizes.map_err(|_| format!("{text}: dimensions are whole numbers"))?))
}

impl Inspect {
    pub(crate) fn run(self) -> Result<(), CliError> {
        if self.path.extension().is_some_and(|extension| extension == "onnx") {
            let graph = Graph::read(&read(&self.path)?).map_err(PipelineError::from)?;
            return self.network(&graph);
        }
        if self.path.join("model.json").is_file() {
            let package = model::open(Some(&self.path))?;
            if self.json {
                println!("{}", serde_json::to_string_pretty(&package.manifest)?);
                return Ok(());
            }
            let manifest = &package.manifest;
            println!("{} {}: {}", manifest.name, manifest.version, manifest.title);
            println!("licence {}, {}", manifest.licence, manifest.quantisation);
            println!("trained on: {}", manifest.training_data);
            return self.network(&package.graph);
        }
        self.images(&self.path)
    }

    fn network(&self, graph: &Graph) -> Result<(), CliError> {
        let report = NetworkReport::new(graph, &self.dims)?;
        if self.json {
            println!("{}", serde_json::to_string_pretty(&report)?);
            return Ok(());
        }
        println!("opset {}, exported by {}, {} parameters", report.opset, report.producer, report.parameters);
        for (name, dims) in &report.inputs {
            println!("input  {name} {}", dims.join(" x "));
        }
        for name in &report.outputs {
            println!("output {name}");
        }
        for (operator, count) in &report.operators {
            println!("{count:6} {operator}");
        }
        match &report.plan {
            Some(plan) => println!(
                "plan: {} kernels, {:.1} MiB of activations in {} buffers, {:.1} MiB of weights, {:.2} G multiply-adds",
                plan.kernels,
                mebibytes(plan.activation_bytes),
                plan.buffers,
                mebibytes(plan.constant_bytes),
                plan.work as f64 / 1e9
            ),
            None => println!("no plan: give every open input's dimensions with --dims"),
        }
        Ok(())
    }

    fn images(&self, path: &Path) -> Result<(), CliError> {
        let found = input::find(path)?;
        let infos: Vec<&SeriesInfo> = found.iter().map(input::Found::info).collect();
        if self.json {
            println!("{}", serde_json::to_string_pretty(&infos)?);
            return Ok(());
        }
        for info in infos {
            let [i, j, k] = info.dims;
            let [x, y, z] = info.spacing;
            println!("{} ({} {})", info.title, info.format, info.modality);
            println!("  {i} x {j} x {k} voxels of {x:.3} x {y:.3} x {z:.3} mm, {} files, {}", info.files, info.unit);
            match &info.verdict {
                Verdict::Usable => println!("  usable"),
                Verdict::Refused { what, next } => println!("  {what} {next}"),
            }
            for note in &info.notes {
                println!("  note: {note}");
            }
        }
        Ok(())
    }
}

#[derive(Debug, Serialize)]
struct NetworkReport {
    opset: i64,
    producer: String,
    parameters: usize,
    inputs: Vec<(String, Vec<String>)>,
    outputs: Vec<String>,
    operators: Vec<(String, usize)>,
    plan: Option<PlanReport>,
}

#[derive(Debug, Serialize)]
struct PlanReport {
    kernels: usize,
    buffers: usize,
    activation_bytes: usize,
    constant_bytes: usize,
    work: u64,
}

impl NetworkReport {
    fn new(graph: &Graph, dims: &[(String, Vec<usize>)]) -> Result<Self, CliError> {
        let given: Vec<(&str, &[usize])> = dims.iter().map(|(name, dims)| (name.as_str(), dims.as_slice())).collect();
        let open = |input: &darkroom_graph::InputSpec| input.dims.iter().any(Option::is_none);
        let known = |input: &darkroom_graph::InputSpec| given.iter().any(|(name, _)| *name == graph.names[input.value]);
        let plan = if graph.inputs.iter().all(|input| known(input) || !open(input)) {
            let fixed = graph.specialise(&given).map_err(PipelineError::from)?;
            let program = darkroom_compile::compile(&fixed).map_err(PipelineError::from)?;
            Some(PlanReport {
                kernels: program.operations.len(),
                buffers: program.slots.len(),
                activation_bytes: program.activation_bytes(),
                constant_bytes: program.constant_bytes(),
                work: program.work(),
            })
        } else {
            None
        };
        let shape = |input: &darkroom_graph::InputSpec| {
            input.dims.iter().map(|dim| dim.map_or("?".to_owned(), |n| n.to_string())).collect()
        };
        Ok(Self {
            opset: graph.opset,
            producer: graph.producer.clone(),
            parameters: graph.parameters(),
            inputs: graph.inputs.iter().map(|input| (graph.names[input.value].clone(), shape(input))).collect(),
            outputs: graph.outputs.iter().map(|&value| graph.names[value].clone()).collect(),
            operators: graph.operators(),
            plan,
        })
    }
}

fn mebibytes(bytes: usize) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
