//! `--ct`: the mask as the patient's CT shows it.

use std::path::Path;

use darkroom_imaging::ct::other_frame;
use darkroom_pipelines::{Mask, Package};

use crate::error::CliError;
use crate::input::{self, Image};

/// The mask that a model is told of an image, from the CT under `path`, and what to tell of it.
pub(crate) fn mask(path: &Path, image: &Image, package: &Package) -> Result<(Mask, Vec<String>), CliError> {
    let ct = input::open_ct(path)?;
    let (mask, note) = Mask::from_ct(package, &image.volume, &ct.volume)?;
    Ok((mask, note.into_iter().chain(other_frame(&ct.info, &image.info)).collect()))
}
