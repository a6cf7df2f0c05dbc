//! An image that sampling starts from, and the part of it that is made anew, as arguments.

use std::path::{Path, PathBuf};

use darkroom_imaging::{LabelMap, Volume};
use darkroom_pipelines::diffusion::FromImage;

use crate::error::{CliError, read};
use crate::input;

/// What `generate` and `translate` may start from in place of noise.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct StartOptions {
    /// An image to start from in place of noise: a NIfTI file, a DICOM folder or a zip. `translate` brings one on another
    /// grid onto that of its input.
    #[arg(long)]
    start: Option<PathBuf>,
    /// The share of the steps that is taken from it, above 0 and up to 1; 0.5 without a mask.
    #[arg(long, requires = "start", allow_negative_numbers = true)]
    strength: Option<f64>,
    /// What of it is made anew: a label map as NIfTI, labels above 0. The rest stays as it is. On another grid than the
    /// image, each voxel takes the nearest label.
    #[arg(long, requires = "start")]
    mask: Option<PathBuf>,
    /// Which labels of the mask count, such as 2,5; without it all above 0.
    #[arg(long, requires = "mask", value_delimiter = ',')]
    mask_labels: Vec<u8>,
    /// How often each step is taken, so that what is new fits what is kept.
    #[arg(long, requires = "mask")]
    repeats: Option<usize>,
}

/// An image to start from, as read.
pub(crate) struct Start {
    pub(crate) volume: Volume,
    pub(crate) mask: Option<LabelMap>,
    /// What the user should know of the files.
    pub(crate) notes: Vec<String>,
}

impl StartOptions {
    /// How the image is used; `None` without one.
    pub(crate) fn choice(&self) -> Option<FromImage> {
        let Self { strength, repeats, .. } = *self;
        self.start.as_ref().map(|_| FromImage { strength, masked: self.mask.is_some(), repeats })
    }

    /// Reads the image and its mask; `None` without one.
    pub(crate) fn open(&self) -> Result<Option<Start>, CliError> {
        let Some(path) = &self.start else { return Ok(None) };
        let (volume, mut notes) = image(path)?;
        let Some(path) = &self.mask else { return Ok(Some(Start { volume, mask: None, notes })) };
        let (mask, note) = input::labels(path, &volume)?;
        notes.extend(note);
        let mask = if self.mask_labels.is_empty() { mask } else { mask.only(&self.mask_labels)? };
        Ok(Some(Start { volume, mask: Some(mask), notes }))
    }
}

/// An image of one slice or more: what a model generated is no series for the other commands.
fn image(path: &Path) -> Result<(Volume, Vec<String>), CliError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    if name.ends_with(".nii") || name.ends_with(".nii.gz") {
        let image = darkroom_formats::nifti::read(&read(path)?)?;
        return Ok((image.volume, [image.notes, image.warnings].concat()));
    }
    let image = input::open(path, None)?;
    Ok((image.volume, image.info.notes))
}
