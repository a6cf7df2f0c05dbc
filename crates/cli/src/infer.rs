//! `darkroom infer`: one run of an ONNX network on NPY files.

use std::ops::ControlFlow;
use std::path::PathBuf;

use darkroom_formats::npy;
use darkroom_graph::Graph;
use darkroom_pipelines::{PipelineError, Runner};
use serde_json::json;

use crate::backend::BackendChoice;
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
    /// What computes.
    #[arg(long, value_enum, default_value_t)]
    backend: BackendChoice,
    /// Print shapes and memory as JSON.
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
        let (runner, results) = pollster::block_on(async {
            let mut runner = Runner::new(&fixed, &self.backend.open().await?).await?;
            let results = runner.run(&inputs, &mut |_| ControlFlow::Continue(())).await?;
            Ok::<_, PipelineError>((runner, results))
        })?;
        for (name, path) in &self.outputs {
            let known = || runner.outputs.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
            let index = runner.outputs.iter().position(|(output, _)| output == name);
            let index = index
                .ok_or_else(|| CliError::Usage(format!("the network has no output {name}; it has {}", known())))?;
            write(path, &npy::write(&runner.outputs[index].1, &results[index])?)?;
        }
        if self.json {
            let report = json!({ "outputs": runner.outputs, "memory": runner.memory });
            println!("{}", serde_json::to_string_pretty(&report)?);
        }
        Ok(())
    }
}
