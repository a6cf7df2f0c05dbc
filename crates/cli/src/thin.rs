//! `darkroom thin`: a standard-dose image at a lower dose, for teaching.

use std::path::PathBuf;

use darkroom_dicom::{Derivation, Work};
use darkroom_formats::nifti;
use darkroom_imaging::Unit;
use darkroom_imaging::thin::{Thinned, short_of, thin};
use darkroom_pipelines::as_typed;
use serde_json::json;

use crate::entered::EnteredArguments;
use crate::error::CliError;
use crate::input;
use crate::output::{Target, Written};

/// Arguments of `darkroom thin`.
#[derive(Debug, clap::Args)]
pub(crate) struct Thin {
    /// A PET: a NIfTI file, a DICOM folder or a zip.
    input: PathBuf,
    /// Where the result goes: a name ending in .nii or .nii.gz, or a new folder or .zip for DICOM.
    output: PathBuf,
    /// Share of the dose to keep, such as 1/4 or 0.25.
    #[arg(long, value_parser = share)]
    dose: f64,
    /// Which of many possible scans: the same seed gives the same image.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Title of the series to take, where there are several.
    #[arg(long)]
    series: Option<String>,
    #[command(flatten)]
    entered: EnteredArguments,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Thin {
    pub(crate) fn run(self) -> Result<(), CliError> {
        let image = input::open_entered(&self.input, self.series.as_deref(), &self.entered.values())?;
        if image.volume.unit == Unit::Hounsfield || !matches!(image.info.modality.as_str(), "" | "PT") {
            return Err(CliError::Refused {
                what: format!("\"{}\" is no PET; counts are a thing of PET.", image.info.title),
                next: "Choose a PET series.".into(),
            });
        }
        let target = Target::of(&self.output, &image)?;
        let thinned = thin(&image.volume, self.dose, self.seed)?;
        let version = env!("CARGO_PKG_VERSION");
        let process = format!(
            "Thinned to {} of the dose, simulated: binomial counts, gamma noise, Philox seed {}, noise {:.4} to {:.4}, texture {:.1} mm, by",
            self.dose, self.seed, thinned.noise_before, thinned.noise_after, thinned.texture_mm
        );
        let derivation = Derivation {
            model: format!("thin {}", self.dose),
            version: version.into(),
            software: format!("Darkroom {version}"),
            weights_sha256: String::new(),
            quantisation: String::new(),
            backend: "cpu".into(),
            adapter: String::new(),
            dose: None,
            mask: false,
            segmenter_sha256: None,
            ct_sha256: None,
            thinned: None,
            work: Work::Simulated,
            process: Some(process),
        };
        let by_hand = if image.by_hand() { " SUV by hand" } else { "" };
        let description = nifti::description(&format!("thin {} seed {}{by_hand}", self.dose, self.seed), version);
        target.save(&self.output, &image, &Written { volume: &thinned.volume, description, derivation })?;
        let lost = target.lost(&image, &thinned.volume);
        self.report(&image, &thinned, lost)
    }

    fn report(&self, image: &input::Image, thinned: &Thinned, lost: Option<String>) -> Result<(), CliError> {
        let short = short_of(self.dose, thinned.noise_before, thinned.noise_after);
        let notes: Vec<&String> = image.info.notes.iter().chain(&lost).chain(&short).collect();
        let Thinned { noise_before, noise_after, texture_mm, .. } = thinned;
        if self.json {
            let report = json!({
                "output": self.output,
                "dose": self.dose,
                "seed": self.seed,
                "noise": { "before": noise_before, "after": noise_after },
                "texture_mm": texture_mm,
                "entered": as_typed(image.entered(), &self.entered.values()),
                "notes": notes,
            });
            println!("{}", serde_json::to_string_pretty(&report)?);
            return Ok(());
        }
        println!("{}", self.output.display());
        println!("dose {}, seed {}", self.dose, self.seed);
        println!("noise {:.1} -> {:.1} %, texture {texture_mm:.1} mm", 100.0 * noise_before, 100.0 * noise_after);
        for note in notes {
            println!("note: {note}");
        }
        println!("Simulated. Research and teaching only. Not for diagnosis.");
        Ok(())
    }
}

/// A share as 0.25 or 1/4.
fn share(text: &str) -> Result<f64, String> {
    let wrong = || "write a share such as 1/4 or 0.25".to_owned();
    let number = |text: &str| text.trim().parse::<f64>().map_err(|_| wrong());
    match text.split_once('/') {
        Some((top, bottom)) => Ok(number(top)? / number(bottom)?),
        None => number(text),
    }
}
