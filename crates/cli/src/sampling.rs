//! How an image is sampled, as arguments, and what `generate` and `translate` share.

use std::path::PathBuf;

use darkroom_imaging::Volume;
use darkroom_pipelines::diffusion::{Choice, DiffusionManifest, Order, RunRecord};

use crate::error::{CliError, write};
use crate::start::StartOptions;

/// Sampling options; what is not given is as the model's card says.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct SamplingOptions {
    /// The seed; the same seed gives the same image.
    #[arg(long, default_value_t = 0)]
    seed: u32,
    /// Noise levels visited.
    #[arg(long)]
    steps: Option<usize>,
    /// ddpm, ddim, dpm-solver, heun, renoise, adversarial, langevin or predictor-corrector.
    #[arg(long)]
    sampler: Option<String>,
    /// Strength of guidance: 1 is the condition alone, more exaggerates it.
    #[arg(long, allow_negative_numbers = true)]
    guidance: Option<f64>,
    /// A number that the model is told, such as age=63; may be repeated. The others are as its card says.
    #[arg(long, value_name = "NAME=VALUE", value_parser = number)]
    set: Vec<(String, f64)>,
    /// How many samples are made, each from the next seed.
    #[arg(long, default_value_t = 1)]
    pub(crate) samples: usize,
    /// Where the manifest of the run goes, from which it can be made again.
    #[arg(long)]
    record: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) start: StartOptions,
}

impl SamplingOptions {
    /// The order of the first sample.
    pub(crate) fn order(&self, manifest: &DiffusionManifest, class: Option<String>) -> Result<Order, CliError> {
        let Self { seed, steps, guidance, .. } = *self;
        let (sampler, start) = (self.sampler.clone(), self.start.choice());
        let numbers = self.set.iter().cloned().collect();
        Ok(Choice { seed, steps, sampler, guidance, class, numbers, start }.order(manifest)?)
    }

    /// Writes the run's manifest, where it is wanted, and says what was made.
    pub(crate) fn report(
        &self,
        output: &std::path::Path,
        record: &RunRecord,
        notes: &[String],
    ) -> Result<(), CliError> {
        if let Some(path) = &self.record {
            write(path, serde_json::to_string_pretty(record)?.as_bytes())?;
        }
        println!("{}", output.display());
        println!("{} ({}), {:.1} s", record.maker.adapter, record.maker.backend, record.seconds);
        // What a file's reader and the model both say of an image is said once.
        for (_, note) in notes.iter().enumerate().filter(|(at, note)| !notes[..*at].contains(note)) {
            println!("note: {note}");
        }
        println!("{}", record.maker.mark);
        Ok(())
    }
}

/// A number with its name.
fn number(text: &str) -> Result<(String, f64), String> {
    let parsed =
        text.split_once('=').and_then(|(name, value)| Some((name.trim().to_owned(), value.trim().parse().ok()?)));
    parsed.ok_or_else(|| "write a name and a number, such as age=63".to_owned())
}

/// A volume as NIfTI, named after the model.
pub(crate) fn nifti(volume: &Volume, record: &RunRecord, output: &std::path::Path) -> Result<Vec<u8>, CliError> {
    let (model, version) = record.maker.label(&record.origin);
    let description = darkroom_formats::nifti::description(&model, &version);
    let name = output.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    if name.ends_with(".nii.gz") {
        return Ok(darkroom_formats::nifti::write(volume, &description)?);
    }
    if name.ends_with(".nii") {
        return Ok(darkroom_formats::nifti::write_plain(volume, &description)?);
    }
    Err(CliError::Usage(format!("{} is no name of a NIfTI file; end it in .nii or .nii.gz", output.display())))
}
