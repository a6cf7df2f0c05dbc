//! Results into the file system: a NIfTI file, a DICOM folder, a zip.

use std::path::Path;

use darkroom_dicom::{Derivation, clipped, derive};
use darkroom_formats::nifti;
use darkroom_imaging::Volume;

use crate::error::{CliError, write};
use crate::input::Image;

/// How a result is written.
pub(crate) enum Target {
    Nifti,
    DicomFolder,
    DicomZip,
}

/// A result and what its files say of it.
pub(crate) struct Written<'a> {
    /// The voxels, on the grid and in the unit of the image they were made of.
    pub(crate) volume: &'a Volume,
    /// The description in a NIfTI file.
    pub(crate) description: String,
    /// The derivation in DICOM files.
    pub(crate) derivation: Derivation,
}

impl Target {
    /// Decided before the run, so that a wrong name does not cost one.
    pub(crate) fn of(output: &Path, image: &Image) -> Result<Self, CliError> {
        let name = output.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        let target = if name.ends_with(".nii") || name.ends_with(".nii.gz") {
            return Ok(Self::Nifti);
        } else if name.ends_with(".zip") {
            Self::DicomZip
        } else {
            Self::DicomFolder
        };
        if image.series.is_none() {
            let message = format!(
                "{} asks for DICOM, but the input is {}; name the output .nii.gz",
                output.display(),
                image.info.format
            );
            return Err(CliError::Usage(message));
        }
        if matches!(target, Self::DicomFolder) {
            expect_empty(output)?;
        }
        Ok(target)
    }

    /// What the files will not hold of a result, a sentence.
    pub(crate) fn lost(&self, image: &Image, result: &Volume) -> Option<String> {
        let series = image.series.as_ref().filter(|_| !matches!(self, Self::Nifti));
        series.and_then(|series| clipped(series, result))
    }

    pub(crate) fn save(&self, output: &Path, image: &Image, result: &Written<'_>) -> Result<(), CliError> {
        let Some(series) = image.series.as_ref().filter(|_| !matches!(self, Self::Nifti)) else {
            return write(output, &nifti(output, result)?);
        };
        let files = derive(series, result.volume, &result.derivation)?;
        if matches!(self, Self::DicomZip) {
            return write(output, &darkroom_formats::pack(&files)?);
        }
        files.iter().try_for_each(|file| write(&output.join(&file.name), &file.bytes))
    }
}

/// Refuses a folder that holds anything, the input's own or an earlier result: a reader takes all files of a folder together.
fn expect_empty(folder: &Path) -> Result<(), CliError> {
    match std::fs::read_dir(folder).map(|mut entries| entries.next().is_some()) {
        Ok(false) => Ok(()),
        Ok(true) => Err(CliError::Refused {
            what: format!("{} already holds files; the slices of the result would lie among them.", folder.display()),
            next: "Name a new folder, or empty this one.".into(),
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(CliError::File { path: folder.to_owned(), source }),
    }
}

fn nifti(output: &Path, result: &Written<'_>) -> Result<Vec<u8>, CliError> {
    let compressed = output.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz"));
    if compressed {
        Ok(nifti::write(result.volume, &result.description)?)
    } else {
        Ok(nifti::write_plain(result.volume, &result.description)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_new_or_empty_folder_is_written_to() {
        let folder = std::env::temp_dir().join(format!("darkroom-output-{}", std::process::id()));
        expect_empty(&folder).unwrap();
        std::fs::create_dir_all(&folder).unwrap();
        expect_empty(&folder).unwrap();
        let file = folder.join("00010.dcm");
        std::fs::write(&file, "of an earlier result").unwrap();
        let refused = expect_empty(&folder).unwrap_err();
        assert!(refused.to_string().contains("already holds files") && refused.next().is_some());
        assert!(expect_empty(&file).is_err());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
