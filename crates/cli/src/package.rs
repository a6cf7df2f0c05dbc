//! `darkroom package`: a bare network and what it does not say become a model package.

use std::path::PathBuf;

use clap::ValueEnum;
use darkroom_graph::Graph;
use darkroom_imaging::NamedBytes;
use darkroom_pipelines::{Axes, Description, Normalisation, PipelineError};

use crate::error::{CliError, read, write};

/// Arguments of `darkroom package`. What is not given is guessed from the network and printed.
#[derive(Debug, clap::Args)]
pub(crate) struct PackageCommand {
    /// The network.
    network: PathBuf,
    /// A folder, or a name ending in .zip.
    output: PathBuf,
    /// Short name, as in file names and provenance.
    #[arg(long)]
    name: Option<String>,
    /// Name for people.
    #[arg(long)]
    title: Option<String>,
    /// Licence of the weights.
    #[arg(long)]
    licence: Option<String>,
    /// DICOM modality of the images it takes: PT, CT, MR.
    #[arg(long)]
    modality: Option<String>,
    /// How values are normalised before the network and brought back after it.
    #[arg(long, value_enum)]
    normalisation: Option<Kind>,
    /// The values that become 0 and 1, for `--normalisation window`.
    #[arg(long, num_args = 2, value_names = ["LOW", "HIGH"], allow_negative_numbers = true)]
    window: Option<Vec<f64>>,
    /// Edge of the part that a tile contributes, in voxels.
    #[arg(long)]
    inner: Option<usize>,
    /// Context around it, at least the network's receptive radius for exact seams.
    #[arg(long)]
    halo: Option<usize>,
    /// What every edge of a tile is a multiple of: 2 to the power of the number of downsamplings.
    #[arg(long)]
    multiple: Option<usize>,
    /// What it was trained on, in a sentence.
    #[arg(long)]
    trained_on: Option<String>,
}

/// The ways to normalise.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    /// Divided by the mean of the foreground, as for PET.
    ForegroundMean,
    /// As they are.
    None,
    /// Smallest 0, largest 1.
    MinMax,
    /// Mean 0, standard deviation 1.
    ZScore,
    /// A window becomes 0 to 1, as for CT.
    Window,
}

impl PackageCommand {
    pub(crate) fn run(self) -> Result<(), CliError> {
        let bytes = read(&self.network)?;
        let graph = Graph::read(&bytes).map_err(PipelineError::from)?;
        let description = self.description(Description::guess(&graph, &self.network.to_string_lossy())?)?;
        let (json, package) = pollster::block_on(description.package(&bytes))?;
        let network = package.manifest.graph.clone();
        if self.output.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zip")) {
            let files = [
                NamedBytes { name: "model.json".to_owned(), bytes: json.into_bytes() },
                NamedBytes { name: network, bytes },
            ];
            write(&self.output, &darkroom_formats::pack(&files)?)?;
        } else {
            write(&self.output.join("model.json"), json.as_bytes())?;
            write(&self.output.join(network), &bytes)?;
        }
        let Description { axes, normalisation, tile, modality, .. } = description;
        println!("{}", self.output.display());
        println!(
            "{modality}, {} normalised by {normalisation:?}",
            if axes == Axes::Volume { "volumes" } else { "slices" }
        );
        println!(
            "tiles of {} voxels with {} around them, edges a multiple of {}",
            tile.inner, tile.halo, tile.multiple
        );
        match &package.manifest.probe {
            Some(probe) => println!("probe: {} values of a test image, computed on the CPU", probe.samples.len()),
            None => println!("no probe: the network is too large for one; no GPU is checked before it runs"),
        }
        Ok(())
    }

    fn description(&self, guess: Description) -> Result<Description, CliError> {
        // The command line takes exactly two numbers.
        let window = self.window.as_deref().and_then(|ends| <[f64; 2]>::try_from(ends).ok());
        let normalisation = match (self.normalisation, window) {
            (None, None) => guess.normalisation,
            (Some(Kind::Window) | None, Some([low, high])) => Normalisation::Window { low, high },
            (Some(Kind::Window), None) => {
                return Err(CliError::Usage("a window needs its two ends: --window LOW HIGH".to_owned()));
            }
            (Some(_), Some(_)) => {
                return Err(CliError::Usage("--window goes with --normalisation window only".to_owned()));
            }
            (Some(Kind::ForegroundMean), None) => Normalisation::ForegroundMean,
            (Some(Kind::None), None) => Normalisation::None,
            (Some(Kind::MinMax), None) => Normalisation::MinMax,
            (Some(Kind::ZScore), None) => Normalisation::ZScore,
        };
        let mut tile = guess.tile;
        tile.inner = self.inner.unwrap_or(tile.inner);
        tile.halo = self.halo.unwrap_or(tile.halo);
        tile.multiple = self.multiple.unwrap_or(tile.multiple);
        let or = |given: &Option<String>, guess: String| given.clone().unwrap_or(guess);
        Ok(Description {
            name: or(&self.name, guess.name),
            title: or(&self.title, guess.title),
            licence: or(&self.licence, guess.licence),
            modality: or(&self.modality, guess.modality),
            training_data: or(&self.trained_on, guess.training_data),
            normalisation,
            axes: guess.axes,
            tile,
        })
    }
}
