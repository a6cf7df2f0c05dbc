//! One pair: a standard-dose image, the same at lower doses, and what may be known about it.

use std::path::Path;

use darkroom_formats::nifti;
use darkroom_formats::npy::{self, Array};
use darkroom_imaging::{Affine, LabelMap, NamedBytes, Unit, Volume, VolumeError, quality};

use crate::error::{CliError, read};

/// How a pair is laid out, for `--help`.
pub(crate) const LAYOUT: &str = "\
A pair as a folder of NIfTI files: standard.nii.gz, low-0.25.nii.gz (one a dose, the dose in its name), and where known \
truth.nii.gz (noise-free), body.nii.gz, regions.nii.gz and lesions.nii.gz (labels), all on one grid.
A pair as .npz, or as a folder of its .npy files, as training/simulate.py writes it: standard, low (doses first), doses, \
voxel_mm (z, y, x), and where known noise_free, body, regions, lesions.";

/// A pair.
pub(crate) struct Item {
    pub(crate) name: String,
    pub(crate) standard: Volume,
    /// Each dose with its image, from the highest down.
    pub(crate) low: Vec<(f64, Volume)>,
    pub(crate) truth: Option<Volume>,
    pub(crate) regions: Option<LabelMap>,
    pub(crate) lesions: Option<LabelMap>,
    drawn: Option<LabelMap>,
}

impl Item {
    /// Where the body is: as drawn, or as the standard dose tells.
    pub(crate) fn body(&self) -> Result<Vec<bool>, CliError> {
        match &self.drawn {
            Some(map) => Ok(map.labels.iter().map(|&label| label > 0).collect()),
            None => Ok(quality::body(&self.standard)?),
        }
    }
}

/// The pairs in a folder, in the order of their names.
pub(crate) fn all(folder: &Path, limit: Option<usize>) -> Result<Vec<Item>, CliError> {
    let wrap = |source| CliError::File { path: folder.to_owned(), source };
    let mut places = std::fs::read_dir(folder).map_err(wrap)?.collect::<Result<Vec<_>, _>>().map_err(wrap)?;
    places.sort_by_key(std::fs::DirEntry::path);
    let mut items = Vec::new();
    for place in places {
        if items.len() == limit.unwrap_or(usize::MAX) {
            break;
        }
        let path = place.path();
        let npz = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("npz"));
        if npz || path.is_dir() {
            let files = if npz { darkroom_formats::unpack(&read(&path)?)? } else { contents(&path)? };
            let name = place.file_name().to_string_lossy().trim_end_matches(".npz").to_owned();
            items.push(item(name, &files)?);
        }
    }
    if items.is_empty() {
        return Err(CliError::Refused {
            what: format!("{} holds no pair.", folder.display()),
            next: "Put one .npz or one folder in it for each pair; darkroom evaluate --help says how it is laid out."
                .into(),
        });
    }
    Ok(items)
}

fn contents(folder: &Path) -> Result<Vec<NamedBytes>, CliError> {
    let wrap = |source| CliError::File { path: folder.to_owned(), source };
    let entries = std::fs::read_dir(folder).map_err(wrap)?.collect::<Result<Vec<_>, _>>().map_err(wrap)?;
    let files = entries.into_iter().filter(|entry| entry.path().is_file());
    files
        .map(|entry| {
            Ok(NamedBytes { name: entry.file_name().to_string_lossy().into_owned(), bytes: read(&entry.path())? })
        })
        .collect()
}

fn item(name: String, files: &[NamedBytes]) -> Result<Item, CliError> {
    let arrays = files.iter().any(|file| file.name == "standard.npy");
    let found = if arrays { from_arrays(name, files)? } else { from_nifti(name, files)? };
    let grids = found.low.iter().map(|(_, volume)| volume.dims).chain(found.truth.iter().map(|volume| volume.dims));
    let maps = [&found.regions, &found.lesions, &found.drawn].into_iter().flatten().map(|map| map.dims);
    if let Some(other) = grids.chain(maps).find(|dims| *dims != found.standard.dims) {
        return Err(refused(&found.name, &VolumeError::Grid(other, found.standard.dims).to_string()));
    }
    if found.low.is_empty() {
        return Err(refused(&found.name, "it has no image at a lower dose"));
    }
    Ok(found)
}

fn from_nifti(name: String, files: &[NamedBytes]) -> Result<Item, CliError> {
    let bytes = |wanted: &str| files.iter().find(|file| stem(&file.name) == wanted).map(|file| file.bytes.as_slice());
    let volume = |wanted: &str| bytes(wanted).map(|bytes| nifti::read(bytes).map(|image| image.volume)).transpose();
    let labels =
        |wanted: &str| bytes(wanted).map(|bytes| nifti::read_labels(bytes).map(|labels| labels.map)).transpose();
    let standard =
        volume("standard")?.ok_or_else(|| refused(&name, "it has no standard.nii.gz and no standard.npy"))?;
    let mut low = Vec::new();
    for file in files {
        let Some(dose) = stem(&file.name).strip_prefix("low-") else { continue };
        let share = dose.parse().ok().filter(|share: &f64| *share > 0.0 && *share <= 1.0);
        let share = share.ok_or_else(|| refused(&name, &format!("{} names no dose such as low-0.25", file.name)))?;
        low.push((share, nifti::read(&file.bytes)?.volume));
    }
    low.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (truth, drawn) = (volume("truth")?, labels("body")?);
    Ok(Item { standard, low, truth, regions: labels("regions")?, lesions: labels("lesions")?, drawn, name })
}

/// A file's name without its endings.
fn stem(name: &str) -> &str {
    name.trim_end_matches(".gz").trim_end_matches(".nii")
}

fn from_arrays(name: String, files: &[NamedBytes]) -> Result<Item, CliError> {
    let array = |wanted: &str| {
        let file = files.iter().find(|file| file.name.strip_suffix(".npy") == Some(wanted));
        file.map(|file| npy::read(&file.bytes)).transpose()
    };
    let needed = |wanted: &str| array(wanted)?.ok_or_else(|| refused(&name, &format!("it has no {wanted}.npy")));
    let voxel = needed("voxel_mm")?.data;
    let [z, y, x] = voxel[..] else { return Err(refused(&name, "voxel_mm does not hold three edges")) };
    let affine = [[x, 0.0, 0.0, 0.0], [0.0, y, 0.0, 0.0], [0.0, 0.0, z, 0.0]].map(|row| row.map(f64::from));
    let standard = volume(&name, needed("standard")?, affine)?;
    let (all, doses) = (needed("low")?, needed("doses")?.data);
    if all.shape.len() != 4 || all.shape[0] != doses.len() {
        return Err(refused(&name, "low holds another number of images than doses says"));
    }
    let voxels = standard.data.len();
    let mut low = Vec::new();
    for (dose, data) in doses.into_iter().zip(all.data.chunks_exact(voxels.max(1))) {
        low.push((
            f64::from(dose),
            volume(&name, Array { shape: all.shape[1..].to_vec(), data: data.to_vec() }, affine)?,
        ));
    }
    low.sort_by(|a, b| b.0.total_cmp(&a.0));
    let truth = array("noise_free")?.map(|array| volume(&name, array, affine)).transpose()?;
    let labels = |wanted: &str| -> Result<Option<LabelMap>, CliError> {
        let Some(found) = array(wanted)? else { return Ok(None) };
        let map = volume(&name, found, affine)?;
        Ok(Some(LabelMap { dims: map.dims, labels: map.data.iter().map(|&value| value as u8).collect() }))
    };
    Ok(Item {
        regions: labels("regions")?,
        lesions: labels("lesions")?,
        drawn: labels("body")?,
        standard,
        low,
        truth,
        name,
    })
}

/// An array (z, y, x) as a volume.
fn volume(name: &str, array: Array, affine: Affine) -> Result<Volume, CliError> {
    let [z, y, x] = array.shape[..] else {
        return Err(refused(name, &format!("an array of shape {:?} is no volume", array.shape)));
    };
    Volume::new([x, y, z], array.data, affine, Unit::Suv).map_err(unusable)
}

fn refused(name: &str, why: &str) -> CliError {
    CliError::Refused {
        what: format!("The pair {name} cannot be used: {why}."),
        next: "darkroom evaluate --help says how a pair is laid out.".into(),
    }
}

/// A grid that does not fit.
pub(crate) fn unusable(error: VolumeError) -> CliError {
    CliError::Usage(error.to_string())
}
