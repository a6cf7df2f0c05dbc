//! Images from the file system: a NIfTI file, a DICOM folder, a zip.

use std::path::{Path, PathBuf};

use darkroom_dicom::Series;
use darkroom_imaging::{LabelMap, NamedBytes, SeriesInfo, Verdict, Volume};

use crate::error::{CliError, read};

/// A usable image with what it came from.
pub(crate) struct Image {
    /// What was found.
    pub(crate) info: SeriesInfo,
    /// The voxels.
    pub(crate) volume: Volume,
    /// The DICOM series, if it is one.
    pub(crate) series: Option<Series>,
}

/// A series as found, usable or not.
pub(crate) enum Found {
    /// From a NIfTI file or something unreadable.
    Plain(darkroom_imaging::Finding),
    /// From DICOM files.
    Dicom(Series),
}

impl Found {
    pub(crate) fn info(&self) -> &SeriesInfo {
        match self {
            Self::Plain(finding) => &finding.info,
            Self::Dicom(series) => &series.info,
        }
    }
}

/// Every series under `path`.
pub(crate) fn find(path: &Path) -> Result<Vec<Found>, CliError> {
    let mut paths = Vec::new();
    collect(path, &mut paths)?;
    let files = paths
        .iter()
        .map(|path| Ok(NamedBytes { name: path.display().to_string(), bytes: read(path)? }))
        .collect::<Result<Vec<_>, CliError>>()?;
    let opened = darkroom_formats::open(files);
    let mut found: Vec<Found> = darkroom_dicom::read(opened.dicom).into_iter().map(Found::Dicom).collect();
    found.extend(opened.findings.into_iter().map(Found::Plain));
    Ok(found)
}

/// The one usable series under `path`, or the one whose title `wanted` names.
pub(crate) fn open(path: &Path, wanted: Option<&str>) -> Result<Image, CliError> {
    let found = find(path)?;
    let titles =
        |found: &[&Found]| found.iter().map(|one| format!("\"{}\"", one.info().title)).collect::<Vec<_>>().join(", ");
    let usable = |one: &&Found| one.info().verdict == Verdict::Usable;
    let mut fitting: Vec<&Found> =
        found.iter().filter(usable).filter(|one| wanted.is_none_or(|title| one.info().title == title)).collect();
    // A PET beside its CT is what a study folder holds; the PET is meant.
    if wanted.is_none() && fitting.iter().any(|one| one.info().modality == "PT") {
        fitting.retain(|one| one.info().modality == "PT");
    }
    match fitting.len() {
        1 => {}
        0 => return Err(refusal(&found, path)),
        count => {
            return Err(CliError::Usage(format!(
                "{} holds {count} usable series ({}); name one with --series",
                path.display(),
                titles(&fitting)
            )));
        }
    }
    let title = fitting[0].info().title.clone();
    let chosen = found.into_iter().find(|one| usable(&one) && one.info().title == title);
    let image = match chosen {
        Some(Found::Plain(finding)) => finding.volume.map(|volume| Image { info: finding.info, volume, series: None }),
        Some(Found::Dicom(series)) => {
            series.volume.clone().map(|volume| Image { info: series.info.clone(), volume, series: Some(series) })
        }
        None => None,
    };
    image.ok_or_else(|| CliError::Usage(format!("{title} has no voxels")))
}

/// A label map from a NIfTI file, on the grid of `volume`.
pub(crate) fn labels(path: &Path, volume: &Volume) -> Result<LabelMap, CliError> {
    let (map, affine) = darkroom_formats::nifti::read_labels(&read(path)?)?;
    darkroom_imaging::resample::nearest(&map, &affine, volume)
        .map_err(|error| CliError::Usage(format!("the mask: {error}")))
}

fn refusal(found: &[Found], path: &Path) -> CliError {
    let refused = found.iter().find_map(|one| match &one.info().verdict {
        Verdict::Refused { what, next } => Some(CliError::Refused { what: what.clone(), next: next.clone() }),
        Verdict::Usable => None,
    });
    refused.unwrap_or_else(|| CliError::Usage(format!("{} holds no series that can be used", path.display())))
}

/// All files under `path`, sorted, so that a folder reads alike everywhere.
fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), CliError> {
    let wrap = |source| CliError::File { path: path.to_owned(), source };
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let mut entries = std::fs::read_dir(path).map_err(wrap)?.collect::<Result<Vec<_>, _>>().map_err(wrap)?;
    entries.sort_by_key(std::fs::DirEntry::path);
    entries.iter().try_for_each(|entry| collect(&entry.path(), files))
}
