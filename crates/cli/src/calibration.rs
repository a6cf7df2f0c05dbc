//! Calibration inputs on disk, and networks run on them.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use darkroom_formats::npy::{self, Array};
use darkroom_graph::Graph;
use darkroom_pipelines::{Backend, PipelineError, Runner};
use darkroom_quantize::Runs;

use crate::backend::Processor;
use crate::error::{CliError, read};

/// Inputs, and what computes networks on them.
pub(crate) struct Samples {
    /// For each sample the name and contents of each input.
    samples: Vec<Vec<(String, Array)>>,
    backend: Backend,
}

impl Samples {
    /// Reads the samples at `paths` for the inputs of `model`.
    pub(crate) fn open(paths: &[PathBuf], model: &[u8], processor: Processor) -> Result<Self, CliError> {
        let graph = Graph::read(model).map_err(PipelineError::from)?;
        let names: Vec<&str> = graph.inputs.iter().map(|input| graph.names[input.value].as_str()).collect();
        let mut samples = Vec::new();
        paths.iter().try_for_each(|path| collect(path, &names, &mut samples))?;
        if samples.is_empty() {
            let wanted = names.iter().map(|name| format!("{name}.npy")).collect::<Vec<_>>().join(" and ");
            return Err(CliError::Usage(format!("no calibration input found; a folder with {wanted} is one")));
        }
        Ok(Self { samples, backend: pollster::block_on(processor.open())? })
    }
}

/// Adds the samples under `path`.
fn collect(path: &Path, names: &[&str], samples: &mut Vec<Vec<(String, Array)>>) -> Result<(), CliError> {
    let array = |path: &Path| Ok::<_, CliError>(npy::read(&read(path)?)?);
    if !path.is_dir() {
        let &[name] = names else {
            return Err(CliError::Usage(format!(
                "{} is one file, and the network has {} inputs; give a folder with a NAME.npy for each",
                path.display(),
                names.len()
            )));
        };
        samples.push(vec![(name.to_owned(), array(path)?)]);
        return Ok(());
    }
    let file = |name: &str| path.join(format!("{name}.npy"));
    if names.iter().all(|name| file(name).is_file()) {
        let sample = names.iter().map(|name| Ok(((*name).to_owned(), array(&file(name))?)));
        samples.push(sample.collect::<Result<_, CliError>>()?);
        return Ok(());
    }
    let wrap = |source| CliError::File { path: path.to_owned(), source };
    let mut entries = std::fs::read_dir(path).map_err(wrap)?.collect::<Result<Vec<_>, _>>().map_err(wrap)?;
    entries.sort_by_key(std::fs::DirEntry::path);
    let paths = entries.iter().map(std::fs::DirEntry::path);
    let fitting = paths.filter(|path| path.is_dir() || path.extension().is_some_and(|end| end == "npy"));
    fitting.into_iter().try_for_each(|path| collect(&path, names, samples))
}

impl Runs for Samples {
    fn run(&mut self, model: &[u8]) -> Result<Vec<Vec<f32>>, String> {
        self.outputs(model).map_err(|error| error.to_string())
    }
}

impl Samples {
    fn outputs(&self, model: &[u8]) -> Result<Vec<Vec<f32>>, PipelineError> {
        let graph = Graph::read(model)?;
        let mut outputs = Vec::new();
        for sample in &self.samples {
            let dims: Vec<_> = sample.iter().map(|(name, array)| (name.as_str(), array.shape.as_slice())).collect();
            let fixed = graph.specialise(&dims)?;
            let inputs: Vec<&[f32]> = sample.iter().map(|(_, array)| array.data.as_slice()).collect();
            outputs.extend(pollster::block_on(async {
                let mut runner = Runner::new(&fixed, &self.backend).await?;
                runner.run(&inputs, &mut |_| ControlFlow::Continue(())).await
            })?);
        }
        Ok(outputs)
    }
}
