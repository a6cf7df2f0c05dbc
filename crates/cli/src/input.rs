//! Images from the file system: a NIfTI file, a DICOM folder, a zip.

use std::path::{Path, PathBuf};

use darkroom_dicom::Series;
use darkroom_formats::nifti;
use darkroom_imaging::suv::{Entered, EnteredValue, Record};
use darkroom_imaging::{LabelMap, NamedBytes, Refusal, SeriesInfo, Verdict, Volume};

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

impl Image {
    /// What was entered by hand for its SUV.
    pub(crate) fn entered(&self) -> Vec<EnteredValue> {
        self.record().map_or_else(Vec::new, |record| record.entered.clone())
    }

    /// What was entered by hand for a series that it was made of, in a sentence.
    pub(crate) fn inherited(&self) -> Option<String> {
        self.record()?.inherited.clone()
    }

    /// Whether its SUV rests on what was entered by hand, for it or for what it was made of.
    pub(crate) fn by_hand(&self) -> bool {
        self.record().is_some_and(|record| record.entered_sentences().next().is_some())
    }

    fn record(&self) -> Option<&Record> {
        self.series.as_ref()?.suv.as_ref()
    }
}

/// A series as found, usable or not.
pub(crate) enum Found {
    /// From a NIfTI file or something unreadable.
    Plain(Box<darkroom_imaging::Finding>),
    /// From DICOM files.
    Dicom(Box<Series>),
}

impl Found {
    pub(crate) fn info(&self) -> &SeriesInfo {
        match self {
            Self::Plain(finding) => &finding.info,
            Self::Dicom(series) => &series.info,
        }
    }
}

/// Every series under `path`, at least one.
pub(crate) fn find(path: &Path) -> Result<Vec<Found>, CliError> {
    let mut paths = Vec::new();
    collect(path, &mut paths)?;
    let files = paths
        .iter()
        .map(|path| Ok(NamedBytes { name: path.display().to_string(), bytes: read(path)? }))
        .collect::<Result<Vec<_>, CliError>>()?;
    let opened = darkroom_formats::open(files);
    let mut found: Vec<Found> =
        darkroom_dicom::read(opened.dicom).into_iter().map(|series| Found::Dicom(Box::new(series))).collect();
    found.extend(opened.findings.into_iter().map(|finding| Found::Plain(Box::new(finding))));
    if found.is_empty() {
        return Err(CliError::Refused {
            what: format!("{} holds no image.", path.display()),
            next: "Give a DICOM series (files, folder or zip) or a NIfTI image (.nii, .nii.gz).".to_owned(),
        });
    }
    Ok(found)
}

/// As [`open`], with values for SUV entered by hand.
pub(crate) fn open_entered(path: &Path, wanted: Option<&str>, entered: &Entered) -> Result<Image, CliError> {
    let mut image = open(path, wanted)?;
    if entered.is_empty() {
        return Ok(image);
    }
    let Some(series) = image.series.as_mut().filter(|series| series.suv.is_some()) else {
        let message = format!("values for SUV are entered, but {} is no PET series of DICOM files", path.display());
        return Err(CliError::Usage(message));
    };
    series.enter(entered)?;
    image.info = series.info.clone();
    if let Some(volume) = &series.volume {
        image.volume.clone_from(volume);
    }
    Ok(image)
}

/// The one usable series under `path`, or the one whose title `wanted` names.
pub(crate) fn open(path: &Path, wanted: Option<&str>) -> Result<Image, CliError> {
    let found: Vec<Found> = find(path)?;
    let named: Vec<usize> =
        usable(&found).filter(|&at| wanted.is_none_or(|title| found[at].info().title == title)).collect();
    if let Some(title) = wanted.filter(|_| named.is_empty() && usable(&found).next().is_some()) {
        return Err(CliError::Usage(format!(
            "{} holds no usable series \"{title}\", but {}",
            path.display(),
            titles(&found, usable(&found))
        )));
    }
    // A PET beside its CT is what a study folder holds; the PET is meant.
    let fitting = if wanted.is_none() { preferred(&found, named, "PT") } else { named };
    only(found, &fitting, path, "name one with --series")
}

/// The one CT under `path`.
pub(crate) fn open_ct(path: &Path) -> Result<Image, CliError> {
    let found = find(path)?;
    let fitting = preferred(&found, usable(&found).collect(), "CT");
    let ct = only(found, &fitting, path, "give a folder that holds only the CT wanted")?;
    if matches!(ct.info.modality.as_str(), "" | "CT") {
        return Ok(ct);
    }
    Err(CliError::Refused {
        what: format!("{} holds no CT: its series is of modality {}.", path.display(), ct.info.modality),
        next: "Give the CT of this patient and study, or a label map with --mask.".into(),
    })
}

/// The titles of some series, quoted.
fn titles(found: &[Found], places: impl Iterator<Item = usize>) -> String {
    let titles: Vec<String> = places.map(|at| format!("\"{}\"", found[at].info().title)).collect();
    titles.join(", ")
}

/// The places of the series that can be used.
fn usable(found: &[Found]) -> impl Iterator<Item = usize> {
    (0..found.len()).filter(|&at| found[at].info().verdict == Verdict::Usable)
}

/// Those of a modality, or all where there is none of it.
fn preferred(found: &[Found], fitting: Vec<usize>, modality: &str) -> Vec<usize> {
    let of_modality: Vec<usize> = fitting.iter().copied().filter(|&at| found[at].info().modality == modality).collect();
    if of_modality.is_empty() { fitting } else { of_modality }
}

/// The one series that fits; `otherwise` says what to do where there are several.
fn only(mut found: Vec<Found>, fitting: &[usize], path: &Path, otherwise: &str) -> Result<Image, CliError> {
    let at = match fitting {
        [at] => *at,
        [] => return Err(refusal(&found, path)),
        several => {
            let (count, titles) = (several.len(), titles(&found, several.iter().copied()));
            return Err(CliError::Usage(format!(
                "{} holds {count} usable series ({titles}); {otherwise}",
                path.display()
            )));
        }
    };
    let title = found[at].info().title.clone();
    let image = match found.swap_remove(at) {
        Found::Plain(finding) => {
            let darkroom_imaging::Finding { info, volume } = *finding;
            volume.map(|volume| Image { info, volume, series: None })
        }
        Found::Dicom(series) => {
            series.volume.clone().map(|volume| Image { info: series.info.clone(), volume, series: Some(*series) })
        }
    };
    image.ok_or_else(|| CliError::Usage(format!("{title} has no voxels")))
}

/// A label map from a NIfTI file, on the grid of `volume`, and what to tell of it.
pub(crate) fn labels(path: &Path, volume: &Volume) -> Result<(LabelMap, Option<String>), CliError> {
    let NamedLabels { map, note, .. } = named_labels(path, volume)?;
    Ok((map, note))
}

/// The same, with label and name of each region that the file names.
pub(crate) fn named_labels(path: &Path, volume: &Volume) -> Result<NamedLabels, CliError> {
    let named =
        |Refusal { what, next }: Refusal| CliError::Refused { what: format!("{}: {what}", path.display()), next };
    let nifti::Labels { map, affine, names } =
        nifti::read_labels(&read(path)?).map_err(|error| named(error.refusal()))?;
    let (map, note) = darkroom_imaging::resample::onto(&map, &affine, volume).map_err(named)?;
    Ok(NamedLabels { map, names, note })
}

/// A label map that may name its regions.
pub(crate) struct NamedLabels {
    pub(crate) map: LabelMap,
    pub(crate) names: Vec<(u8, String)>,
    /// What to tell of it.
    pub(crate) note: Option<String>,
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
