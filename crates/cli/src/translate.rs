//! `darkroom translate`: a volume through a diffusion model, slice by slice.

use std::ops::ControlFlow;
use std::path::PathBuf;

use darkroom_pipelines::diffusion::{Checkpoint, Generator, Translation};

use crate::backend::Processor;
use crate::error::{CliError, write};
use crate::sampling::{SamplingOptions, nifti};
use crate::{input, model};

/// Arguments of `darkroom translate`.
#[derive(Debug, clap::Args)]
pub(crate) struct Translate {
    /// A NIfTI file, a DICOM folder or a zip.
    input: PathBuf,
    /// A diffusion model that is given an image: the folder or zip of its package.
    #[arg(long)]
    model: PathBuf,
    /// Where the result goes, the mean of all samples: a name ending in .nii or .nii.gz.
    #[arg(short, long)]
    output: PathBuf,
    /// Where the standard deviation over the samples goes; needs --samples 2 or more.
    #[arg(long)]
    spread: Option<PathBuf>,
    /// The class, by name or number, of a model that knows classes.
    #[arg(long)]
    class: Option<String>,
    /// Dose of the image as a fraction of the standard dose, for models that are told one.
    #[arg(long, allow_negative_numbers = true)]
    dose: Option<f64>,
    /// Title of the series to take, where there are several.
    #[arg(long)]
    series: Option<String>,
    #[command(flatten)]
    sampling: SamplingOptions,
    #[command(flatten)]
    processor: Processor,
}

impl Translate {
    pub(crate) fn run(self) -> Result<(), CliError> {
        if self.spread.is_some() && self.sampling.samples < 2 {
            return Err(CliError::Usage("a spread is taken over samples; add --samples 2 or more".to_owned()));
        }
        let package = model::diffusion(&self.model)?;
        let image = input::open(&self.input, self.series.as_deref())?;
        let start = self.sampling.start.open()?;
        let mut translated = pollster::block_on(async {
            let mut generator = Generator::open(package, self.processor.open().await?).await?;
            let order = self.sampling.order(generator.manifest(), self.class.clone())?;
            let go_on = &mut |_, _, _| ControlFlow::Continue(());
            let translation = Translation {
                order: &order,
                samples: self.sampling.samples,
                dose: self.dose,
                start: start.as_ref().map(|start| &start.volume),
                mask: start.as_ref().and_then(|start| start.mask.as_ref()),
            };
            Ok::<_, CliError>(generator.translate(&image.volume, translation, &mut Checkpoint::default(), go_on).await?)
        })?;
        translated.record.origin.entered = image.entered();
        translated.record.origin.inherited = image.inherited();
        translated.record.origin.input_warnings.clone_from(&image.info.warnings);
        let record = &translated.record;
        write(&self.output, &nifti(&translated.volume, record, &self.output)?)?;
        if let Some((path, spread)) = self.spread.as_ref().zip(translated.spread.as_ref()) {
            write(path, &nifti(spread, record, path)?)?;
        }
        let of_start = start.iter().flat_map(|start| &start.notes);
        let notes: Vec<String> = image.info.notes.iter().chain(of_start).chain(&translated.notes).cloned().collect();
        self.sampling.report(&self.output, record, &notes)
    }
}
