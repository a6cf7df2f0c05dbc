//! `darkroom inspect`: what is in a network, a model package or an image file.

mod network;

use std::path::{Path, PathBuf};

use darkroom_graph::Graph;
use darkroom_imaging::{SeriesInfo, Verdict};
use darkroom_pipelines::diffusion::DiffusionPackage;
use darkroom_pipelines::{Identity, PipelineError};

use network::Network;

use crate::error::{CliError, read};
use crate::{input, model};

/// Arguments of `darkroom inspect`.
#[derive(Debug, clap::Args)]
pub(crate) struct Inspect {
    /// An .onnx file, a model package (folder), or an image file, folder or zip.
    path: PathBuf,
    #[command(flatten)]
    network: Network,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Inspect {
    pub(crate) fn run(self) -> Result<(), CliError> {
        if self.path.extension().is_some_and(|extension| extension == "onnx") {
            let graph = Graph::read(&read(&self.path)?).map_err(PipelineError::from)?;
            return self.network.run(&graph, self.json);
        }
        if self.path.join("model.json").is_file() {
            if DiffusionPackage::is(&read(&self.path.join("model.json"))?) {
                return self.diffusion();
            }
            let package = model::open(Some(&self.path))?;
            if self.json {
                println!("{}", serde_json::to_string_pretty(&package.manifest)?);
                return Ok(());
            }
            print(&package.manifest.model);
            return self.network.run(&package.graph, self.json);
        }
        self.images(&self.path)
    }

    /// A diffusion package: what it is, how it is sampled, and the network of every step.
    fn diffusion(&self) -> Result<(), CliError> {
        let package = model::diffusion(&self.path)?;
        let manifest = &package.manifest;
        if self.json {
            println!("{}", serde_json::to_string_pretty(manifest)?);
            return Ok(());
        }
        print(&manifest.model);
        let steps = manifest.pipeline.sampling.steps;
        println!(
            "sampled by {} in {steps} steps; {}, asked at each:",
            manifest.sampler(),
            manifest.pipeline.denoiser.file
        );
        self.network.run(&package.denoiser, self.json)
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
            println!("{}", [&info.title, &info.format, &info.modality].map(String::as_str).join(" ").trim_end());
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

/// What every package says of its model.
fn print(model: &Identity) {
    println!("{} {}: {}", model.name, model.version, model.title);
    println!("licence {}, {}", model.licence, model.quantisation);
    println!("trained on: {}", model.training_data);
}
