//! From files to series: grouped, ordered, scaled, each with a verdict.

use std::collections::BTreeMap;

use darkroom_imaging::{NamedBytes, Refusal, SeriesInfo, Verdict, Volume, checks};
use dicom_core::Tag;
use dicom_dictionary_std::tags;

use crate::open::{File, open};
use crate::slice::{Geometry, Slice};
use crate::stack::{Stack, stack};
use crate::suv::{Scaling, scaling};
use crate::{DicomError, attributes, kind, pixels};

/// A series as found, with what is needed to write a result back as DICOM.
#[derive(Clone, Debug)]
pub struct Series {
    /// What to show.
    pub info: SeriesInfo,
    /// The voxels; `None` when refused. In SUV where the files allow it, else as stored.
    pub volume: Option<Volume>,
    /// Slices in the order of the volume, without their pixels; empty when refused.
    pub(crate) slices: Vec<Slice>,
    /// What the rescaled numbers of each slice were multiplied with.
    pub(crate) factors: Vec<f64>,
}

/// Reads DICOM files into series. Nothing fails as a whole: what cannot be used is a refused series beside the others.
///
/// Files are grouped by Series Instance UID, and within it by size, spacing, orientation and image type, so that two
/// series mixed in one stay apart.
#[must_use]
pub fn read(files: Vec<NamedBytes>) -> Vec<Series> {
    let mut groups: BTreeMap<(String, String), Group> = BTreeMap::new();
    let mut broken = Vec::new();
    for file in files {
        match open(file) {
            Ok(file) if kind::is_directory(&file.object) => {}
            Ok(file) => {
                let (key, member) = sort(file);
                groups.entry(key).or_default().push(member);
            }
            Err(error) => broken.push(error),
        }
    }
    let mut parts: BTreeMap<String, usize> = BTreeMap::new();
    for (uid, _) in groups.keys() {
        *parts.entry(uid.clone()).or_default() += 1;
    }
    let mut found: Vec<Series> =
        groups.into_iter().map(|((uid, _), group)| finish(group, parts.get(&uid).copied().unwrap_or(1))).collect();
    // Usable series first, the rest behind, each in the order of their numbers in the study.
    found.sort_by_key(|series| series.info.verdict != Verdict::Usable);
    found.extend(refuse_broken(&broken));
    found
}

/// Files that belong together: slices of a PET volume, or files that are refused and why.
#[derive(Default)]
struct Group {
    slices: Vec<Slice>,
    refused: Vec<(File, DicomError)>,
}

enum Member {
    Slice(Box<Slice>),
    Refused(Box<File>, DicomError),
}

impl Group {
    fn push(&mut self, member: Member) {
        match member {
            Member::Slice(slice) => self.slices.push(*slice),
            Member::Refused(file, error) => self.refused.push((*file, error)),
        }
    }
}

/// The group that a file belongs to: its series, and what it shares with the other slices of its volume.
fn sort(mut file: File) -> ((String, String), Member) {
    let uid = attributes::text(&file.object, tags::SERIES_INSTANCE_UID).unwrap_or_default();
    if let Some(error) = kind::refuse(&file.object) {
        // Its pixels are not wanted, and a CT of the same study would fill the memory.
        pixels::strip(&mut file.object);
        return ((uid, error.to_string()), Member::Refused(Box::new(file), error));
    }
    match Geometry::read(&file) {
        Ok(geometry) => {
            let slice = Slice { file, geometry };
            ((uid, slice.likeness()), Member::Slice(Box::new(slice)))
        }
        Err(error) => {
            pixels::strip(&mut file.object);
            ((uid, "without geometry".into()), Member::Refused(Box::new(file), error))
        }
    }
}

fn finish(group: Group, parts: usize) -> Series {
    let Group { slices, refused } = group;
    if let Some((file, error)) = refused.first() {
        return refuse(info(file, refused.len()), &error.refusal());
    }
    let Some(first) = slices.first() else {
        return refuse(
            SeriesInfo { title: String::new(), ..blank() },
            &Refusal::new("The series is empty.", "Drop its files."),
        );
    };
    let mut info = info(&first.file, slices.len());
    info.dims = [first.geometry.size[0], first.geometry.size[1], slices.len()];
    if parts > 1 {
        info.title = format!(
            "{} ({} x {}, {} slices)",
            info.title,
            first.geometry.size[0],
            first.geometry.size[1],
            slices.len()
        );
        info.notes.push(format!("The series mixes {parts} kinds of image; this is one of them."));
    }
    match assemble(slices, info.clone()) {
        Ok(series) => series,
        Err(error) => refuse(info, &error.refusal()),
    }
}

/// Makes the volume of a group of like slices.
fn assemble(slices: Vec<Slice>, mut info: SeriesInfo) -> Result<Series, DicomError> {
    checks::check_size([slices[0].geometry.size[0], slices[0].geometry.size[1], slices.len()])?;
    let Stack { mut slices, affine, notes } = stack(slices)?;
    info.notes.extend(notes);
    let Scaling { unit, factors, notes } = scaling(&slices);
    info.notes.extend(notes);
    let dims = [slices[0].geometry.size[0], slices[0].geometry.size[1], slices.len()];
    let mut data = Vec::with_capacity(dims.iter().product());
    let mut shifted = 0_usize;
    for (slice, factor) in slices.iter_mut().zip(&factors) {
        let object = &slice.file.object;
        let slope = attributes::number(object, tags::RESCALE_SLOPE).filter(|slope| *slope != 0.0).unwrap_or(1.0);
        let intercept = attributes::number(object, tags::RESCALE_INTERCEPT).unwrap_or(0.0);
        shifted += usize::from(intercept != 0.0);
        let numbers = pixels::decode(&slice.file)?;
        data.extend(numbers.iter().map(|number| ((number * slope + intercept) * factor) as f32));
        pixels::strip(&mut slice.file.object);
    }
    if shifted > 0 {
        info.notes.push(format!("{shifted} slices have a rescale intercept, which PET must not have; it is applied."));
    }
    let volume = Volume::new(dims, data, affine, unit)?;
    info.dims = dims;
    info.spacing = volume.spacing();
    info.unit = volume.unit.label().to_owned();
    info.notes.extend(checks::check(&volume)?);
    Ok(Series { info, volume: Some(volume), slices, factors })
}

fn blank() -> SeriesInfo {
    SeriesInfo {
        title: String::new(),
        format: "DICOM".into(),
        modality: String::new(),
        dims: [0; 3],
        spacing: [0.0; 3],
        unit: String::new(),
        files: 0,
        verdict: Verdict::Usable,
        notes: Vec::new(),
    }
}

fn info(file: &File, files: usize) -> SeriesInfo {
    let text = |tag: Tag| attributes::text(&file.object, tag);
    let modality = text(tags::MODALITY).unwrap_or_default();
    let title = text(tags::SERIES_DESCRIPTION)
        .or_else(|| text(tags::SERIES_NUMBER).map(|number| format!("{modality} series {number}")))
        .unwrap_or_else(|| file.name.clone());
    SeriesInfo { title, modality, files, ..blank() }
}

fn refuse(mut info: SeriesInfo, refusal: &Refusal) -> Series {
    info.verdict = refusal.clone().into();
    Series { info, volume: None, slices: Vec::new(), factors: Vec::new() }
}

/// One entry for all files that could not be opened: the first reason, and how many there are.
fn refuse_broken(broken: &[DicomError]) -> Option<Series> {
    let first = broken.first()?;
    let mut what = first.to_string();
    if broken.len() > 1 {
        let others = broken.len() - 1;
        let noun = if others == 1 { "file" } else { "files" };
        what += &format!(" {others} other {noun} cannot be read either.");
    }
    let title =
        if broken.len() == 1 { "1 unreadable file".into() } else { format!("{} unreadable files", broken.len()) };
    Some(refuse(SeriesInfo { title, files: broken.len(), ..blank() }, &Refusal::new(what, first.next())))
}
