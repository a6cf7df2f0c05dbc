//! `darkroom enhance`: a low-dose PET in, an enhanced PET out.

use std::io::{IsTerminal, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;

use darkroom_dicom::Derivation;
use darkroom_formats::nifti;
use darkroom_imaging::statistics::Statistics;
use darkroom_pipelines::{EnhanceOptions, Enhanced, Enhancer, Maker, Mask, Package, Progress, as_typed};
use serde_json::json;

use crate::backend::Processor;
use crate::entered::EnteredArguments;
use crate::error::CliError;
use crate::input::{Image, NamedLabels};
use crate::output::{Target, Written};
use crate::{ct, input, model};

/// Where the mask comes from.
#[derive(Clone, Debug)]
enum MaskChoice {
    File(PathBuf),
    Estimated,
    None,
}

impl From<&str> for MaskChoice {
    fn from(text: &str) -> Self {
        match text {
            "auto" => Self::Estimated,
            "none" => Self::None,
            path => Self::File(path.into()),
        }
    }
}

/// Arguments of `darkroom enhance`.
#[derive(Debug, clap::Args)]
pub(crate) struct Enhance {
    /// A NIfTI file, a DICOM folder or a zip.
    input: PathBuf,
    /// Where the result goes: a name ending in .nii or .nii.gz, or a new folder or .zip for DICOM.
    #[arg(short, long)]
    output: PathBuf,
    /// Dose of the image as a fraction of the standard dose, such as 0.1; estimated from the noise when not given.
    #[arg(long)]
    dose: Option<f64>,
    /// Region labels as NIfTI, named in the file as by TotalSegmentator, or 1 heart, 2 liver, 3 spleen, 4 lungs, 5 stomach,
    /// 6 kidneys, 7 spine, 8 ribs. Or `auto`: estimated from the image. Without one, the model is told of no region.
    #[arg(long, value_name = "FILE|auto|none")]
    mask: Option<MaskChoice>,
    /// The patient's CT: a NIfTI file, a DICOM folder or a zip. Lungs, spine and ribs are found in it, in place of a mask.
    #[arg(long, conflicts_with = "mask")]
    ct: Option<PathBuf>,
    /// Another model: the folder or zip of a package, or a bare .onnx network.
    #[arg(long)]
    model: Option<PathBuf>,
    /// Title of the series to take, where there are several.
    #[arg(long)]
    series: Option<String>,
    #[command(flatten)]
    processor: Processor,
    #[command(flatten)]
    entered: EnteredArguments,
    /// Print the provenance and the numbers as JSON.
    #[arg(long)]
    json: bool,
}

impl Enhance {
    pub(crate) fn run(self) -> Result<(), CliError> {
        let package = model::open(self.model.as_deref())?;
        let image = input::open_entered(&self.input, self.series.as_deref(), &self.entered.values())?;
        fits(&package.manifest.input.modality, &image)?;
        let target = Target::of(&self.output, &image)?;
        let (given, notes) = self.given_mask(&image, &package)?;
        let enhanced = pollster::block_on(async {
            let mut enhancer = Enhancer::open(package, self.processor.open().await?).await?;
            let regions = match &self.mask {
                Some(MaskChoice::Estimated) => Some(enhancer.estimate_mask(&image.volume, &mut show).await?),
                Some(MaskChoice::File(_) | MaskChoice::None) | None => given,
            };
            enhancer.run(&image.volume, &EnhanceOptions { dose: self.dose, regions }, &mut show).await
        });
        clear();
        let mut enhanced = enhanced?;
        enhanced.notes.extend(notes);
        enhanced.notes.extend(target.lost(&image, &enhanced.volume));
        enhanced.provenance.origin.entered = as_typed(image.entered(), &self.entered.values());
        enhanced.provenance.origin.inherited = image.inherited();
        enhanced.provenance.origin.input_warnings.clone_from(&image.info.warnings);
        let provenance = &enhanced.provenance;
        let (model, version) = provenance.maker.label(&provenance.origin);
        let written = Written {
            volume: &enhanced.volume,
            description: nifti::description(&model, &version),
            derivation: Derivation::from_json(&serde_json::to_string(provenance)?)?,
        };
        target.save(&self.output, &image, &written)?;
        self.report(&image, &enhanced)
    }

    /// The mask from a file or from the CT, and what to tell of it.
    fn given_mask(&self, image: &Image, package: &Package) -> Result<(Option<Mask>, Vec<String>), CliError> {
        if let Some(path) = &self.ct {
            let (mask, notes) = ct::mask(path, image, package)?;
            return Ok((Some(mask), notes));
        }
        let Some(MaskChoice::File(path)) = &self.mask else { return Ok((None, Vec::new())) };
        let NamedLabels { map, names, note: other_grid } = input::named_labels(path, &image.volume)?;
        let (mask, by_name) = Mask::given(package, map, &names);
        Ok((Some(mask), other_grid.into_iter().chain(by_name).collect()))
    }

    fn report(&self, image: &Image, enhanced: &Enhanced) -> Result<(), CliError> {
        let notes: Vec<&String> = image.info.notes.iter().chain(&enhanced.notes).collect();
        if self.json {
            let report = json!({
                "output": self.output,
                "unit": image.volume.unit.label(),
                "comparison": enhanced.comparison,
                "provenance": enhanced.provenance,
                "notes": notes,
            });
            println!("{}", serde_json::to_string_pretty(&report)?);
            return Ok(());
        }
        let provenance = &enhanced.provenance;
        println!("{}", self.output.display());
        if let Some(dose) = provenance.dose {
            println!("{}dose {:.3}", if dose.estimated { "estimated " } else { "" }, dose.fraction);
        }
        let Maker { adapter, backend, storage, mark, .. } = &provenance.maker;
        println!("{adapter} ({backend}, {storage})");
        if let Some(comparison) = &enhanced.comparison {
            let unit = image.volume.unit.label();
            let (before, after) = (&comparison.input, &comparison.result);
            let noise = |statistics: &Statistics| 100.0 * statistics.noise().unwrap_or(f64::NAN);
            println!(
                "in a uniform region: mean {:.4} -> {:.4} {unit}, noise {:.1} -> {:.1} %",
                before.mean,
                after.mean,
                noise(before),
                noise(after)
            );
        }
        for note in notes {
            println!("note: {note}");
        }
        println!("{mark}");
        Ok(())
    }
}

/// Whether a model for images of this modality may be given this one; files that do not say are let through.
pub(crate) fn fits(modality: &str, image: &Image) -> Result<(), CliError> {
    let found = &image.info.modality;
    if found.is_empty() || modality == "OT" || found == modality {
        return Ok(());
    }
    Err(CliError::Refused {
        what: format!("This is a series of modality {found}, and the model is for {modality}."),
        next: "Choose another series with --series, or a model for this one with --model.".into(),
    })
}

/// Progress on one line of a terminal; nothing where output goes to a file.
pub(crate) fn show(progress: Progress) -> ControlFlow<()> {
    if std::io::stderr().is_terminal() {
        let tiles =
            if progress.tiles > 0 { format!(", tile {} of {}", progress.tile, progress.tiles) } else { String::new() };
        eprint!("\r\x1b[K{:3.0} % {}{tiles}", 100.0 * progress.done, progress.stage);
        // A terminal that cannot be flushed shows the line a little later.
        let _ = std::io::stderr().flush();
    }
    ControlFlow::Continue(())
}

pub(crate) fn clear() {
    if std::io::stderr().is_terminal() {
        eprint!("\r\x1b[K");
    }
}
