//! `darkroom mask`: the tissues that the model's segmenter finds in an image, or a CT shows, as a label map.

use std::path::PathBuf;

use darkroom_formats::nifti;
use darkroom_pipelines::{Enhancer, PipelineError};
use serde_json::json;

use crate::backend::Processor;
use crate::enhance::{clear, fits, show};
use crate::error::{CliError, write};
use crate::{ct, input, model};

/// Arguments of `darkroom mask`.
#[derive(Debug, clap::Args)]
pub(crate) struct MaskCommand {
    /// A NIfTI file, a DICOM folder or a zip.
    input: PathBuf,
    /// Where the label map goes: a name ending in .nii.gz.
    #[arg(short, long)]
    output: PathBuf,
    /// The patient's CT: a NIfTI file, a DICOM folder or a zip. The tissues are then found in it and not in the image.
    #[arg(long)]
    ct: Option<PathBuf>,
    /// Another model: the folder or zip of a package.
    #[arg(long)]
    model: Option<PathBuf>,
    /// Title of the series to take, where there are several.
    #[arg(long)]
    series: Option<String>,
    #[command(flatten)]
    processor: Processor,
    /// Print the tissues' volumes, and whether a run would use the mask, as JSON.
    #[arg(long)]
    json: bool,
}

impl MaskCommand {
    pub(crate) fn run(self) -> Result<(), CliError> {
        if !self.output.to_string_lossy().to_lowercase().ends_with(".nii.gz") {
            let message = format!("{} is no name for a label map; end it in .nii.gz", self.output.display());
            return Err(CliError::Usage(message));
        }
        let package = model::open(self.model.as_deref())?;
        let classes = package.manifest.regions.as_ref().map_or_else(Vec::new, |regions| regions.classes.clone());
        let maker = format!("{} {}", package.manifest.model.name, package.manifest.model.version);
        let image = input::open(&self.input, self.series.as_deref())?;
        fits(&package.manifest.input.modality, &image)?;
        let of_ct = self.ct.as_ref().map(|path| ct::mask(path, &image, &package)).transpose()?;
        let (made, closing) = match of_ct {
            Some(_) => {
                ("found in a CT", "Found in the CT by thresholds, not drawn by anybody; other tissues are unknown.")
            }
            None => ("estimated", "Estimated by a small network, not drawn by anybody."),
        };
        let found = pollster::block_on(async {
            let mut enhancer = Enhancer::open(package, self.processor.open().await?).await?;
            let (mask, notes) = match of_ct {
                Some(found) => found,
                None => (enhancer.estimate_mask(&image.volume, &mut show).await?, Vec::new()),
            };
            let objection = enhancer.objection(&image.volume, &mask)?;
            Ok::<_, PipelineError>((mask.labels, notes, objection))
        });
        clear();
        let (map, notes, objection) = found?;
        let description = format!("Darkroom {maker}: labels {made}, not for diagnosis");
        write(&self.output, &nifti::write_labels(&map, &image.volume.affine, &description)?)?;
        let voxel: f64 = image.volume.spacing().iter().product();
        let millilitres = |label: usize| {
            let voxels = map.labels.iter().filter(|&&one| usize::from(one) == label).count();
            voxels as f64 * voxel / 1000.0
        };
        let volumes: Vec<_> = classes.iter().enumerate().map(|(n, name)| (name, millilitres(n + 1))).collect();
        if self.json {
            let tissues: Vec<_> = volumes.iter().map(|(name, ml)| json!({ "name": name, "ml": ml })).collect();
            let report = json!({ "output": self.output, "tissues": tissues, "objection": objection, "notes": notes });
            println!("{}", serde_json::to_string_pretty(&report)?);
            return Ok(());
        }
        println!("{}", self.output.display());
        for (label, (name, ml)) in volumes.iter().enumerate().filter(|(_, (_, ml))| *ml > 0.0) {
            println!("{} {name}: {ml:.0} ml", label + 1);
        }
        for note in notes.into_iter().chain(objection) {
            println!("note: {note}");
        }
        println!("{closing} Not for diagnosis.");
        Ok(())
    }
}
