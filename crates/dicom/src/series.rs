//! From files to series: grouped, ordered, scaled, each with a verdict.

use std::collections::BTreeMap;

use darkroom_imaging::suv::{self, Entered, Record};
use darkroom_imaging::{NamedBytes, Refusal, SeriesInfo, Unit, Verdict, Volume, checks};
use dicom_core::Tag;
use dicom_dictionary_std::tags;

use crate::listing::{blank, info, refuse, refuse_broken, tell_apart, tell_broken};
use crate::open::{File, open};
use crate::slice::{Geometry, Grids, Slice};
use crate::stack::{Stack, stack};
use crate::suv::{facts, intercept, slope};
use crate::{DicomError, Kind, attributes, kind, pixels, rescale};

/// A series as found, with what is needed to write a result back as DICOM.
#[derive(Clone, Debug)]
pub struct Series {
    /// What to show.
    pub info: SeriesInfo,
    /// The voxels; `None` when refused. PET in SUV where the files allow it, else as stored; CT in Hounsfield units.
    pub volume: Option<Volume>,
    /// How PET values became SUV, or why not; `None` for other images and when refused.
    pub suv: Option<Record>,
    /// What was entered by hand for SUV.
    pub(crate) entered: Entered,
    /// Slices in the order of the volume, without their pixels; empty when refused.
    pub(crate) slices: Vec<Slice>,
    /// What the rescaled numbers of each slice were multiplied with.
    pub(crate) factors: Vec<f64>,
    /// The notes that do not come from SUV.
    pub(crate) notes: Vec<String>,
}

impl Series {
    /// What names the patient or the day: to be shown only where a person asks for it. Name and value of each attribute
    /// that is there.
    #[must_use]
    pub fn identifiers(&self) -> Vec<(&'static str, String)> {
        let Some(first) = self.slices.first() else { return Vec::new() };
        [
            ("Patient's Name", tags::PATIENT_NAME),
            ("Patient ID", tags::PATIENT_ID),
            ("Patient's Birth Date", tags::PATIENT_BIRTH_DATE),
            ("Study Date", tags::STUDY_DATE),
            ("Accession Number", tags::ACCESSION_NUMBER),
            ("Series Description", tags::SERIES_DESCRIPTION),
        ]
        .into_iter()
        .filter_map(|(name, tag)| Some((name, attributes::text(&first.file.object, tag)?)))
        .collect()
    }

    /// Scales a PET series anew with values entered by hand, which come before the file's own. Other series and refused
    /// ones stay as they are.
    ///
    /// # Errors
    /// When a value of the volume leaves what float32 can hold.
    pub fn enter(&mut self, entered: &Entered) -> Result<(), DicomError> {
        let (Some(volume), true) = (&mut self.volume, self.suv.is_some()) else { return Ok(()) };
        let suv::Scaling { unit, factors, record } = suv::scaling(&facts(&self.slices), entered);
        let area = volume.dims[0] * volume.dims[1];
        let changes: Vec<f64> = factors.iter().zip(&self.factors).map(|(new, old)| new / old).collect();
        let scaled = |value: f32, change: f64| (f64::from(value) * change) as f32;
        // Asked first: a series that is half changed could not be entered anew.
        let mut planes = volume.data.chunks_exact(area).zip(&changes);
        if !planes.all(|(plane, &change)| plane.iter().all(|&value| scaled(value, change).is_finite())) {
            return Err(DicomError::Entered("its values would be beyond what float32 holds".into()));
        }
        for (plane, &change) in volume.data.chunks_exact_mut(area).zip(&changes) {
            plane.iter_mut().for_each(|value| *value = scaled(*value, change));
        }
        volume.unit = unit;
        self.factors = factors;
        self.info.unit = volume.unit.label().to_owned();
        self.info.notes = [&self.notes[..], &record.notes].concat();
        let before = self.suv.as_ref().map(|record| record.doubts.clone()).unwrap_or_default();
        self.info.warnings.retain(|warning| !before.contains(warning));
        self.info.warnings.extend(record.doubts.iter().cloned());
        self.suv = Some(record);
        self.entered = entered.clone();
        Ok(())
    }
}

/// Reads DICOM files into series of PET, CT and MR, as [`read_only`] does.
#[must_use]
pub fn read(files: Vec<NamedBytes>) -> Vec<Series> {
    read_only(files, &[Kind::Pet, Kind::Ct, Kind::Mr])
}

/// Reads DICOM files into series of the wanted kinds. Nothing fails as a whole: what cannot be used or is not wanted is a
/// refused series beside the others.
///
/// Files are grouped by Series Instance UID, and within it by size, spacing, orientation and image type, so that two
/// series mixed in one stay apart.
#[must_use]
pub fn read_only(files: Vec<NamedBytes>, wanted: &[Kind]) -> Vec<Series> {
    let mut groups: BTreeMap<(String, String), Group> = BTreeMap::new();
    let mut grids = Grids::default();
    let mut broken = Vec::new();
    for file in files {
        match open(file) {
            Ok(file) if kind::is_directory(&file.object) => {}
            Ok(file) => {
                let (key, member) = sort(file, wanted, &mut grids);
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
    // Usable series first, of them PET first, the rest behind.
    found.sort_by_key(|series| (series.info.verdict != Verdict::Usable, series.info.modality != "PT"));
    tell_apart(&mut found);
    tell_broken(&mut found, &broken);
    found.extend(refuse_broken(&broken));
    found
}

/// Files that belong together: slices of a volume, or files that are refused and why.
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
fn sort(mut file: File, wanted: &[Kind], grids: &mut Grids) -> ((String, String), Member) {
    let uid = attributes::text(&file.object, tags::SERIES_INSTANCE_UID).unwrap_or_default();
    if let Some(error) = kind::refuse(&file.object, wanted) {
        // Its pixels are not wanted, and a CT of the same study would fill the memory.
        pixels::strip(&mut file.object);
        return ((uid, error.to_string()), Member::Refused(Box::new(file), error));
    }
    match Geometry::read(&file) {
        Ok(geometry) => {
            let slice = Slice { file, geometry };
            ((uid, grids.likeness(&slice)), Member::Slice(Box::new(slice)))
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
    let first = &slices[0].file.object;
    for warning in kind::warnings(first) {
        info.warn(warning);
    }
    let kind = Kind::of(first);
    rescale::refuse_mixed(&slices)?;
    if kind == Some(Kind::Pet) {
        rescale::refuse_unusable(&slices)?;
    }
    let scaling = (kind == Some(Kind::Pet)).then(|| suv::scaling(&facts(&slices), &Entered::default()));
    let (unit, factors, record) = match scaling {
        Some(suv::Scaling { unit, factors, record }) => (unit, factors, Some(record)),
        None => {
            let (unit, note) = plain_unit(kind, &slices);
            info.notes.extend(note);
            (unit, vec![1.0; slices.len()], None)
        }
    };
    let dims = [slices[0].geometry.size[0], slices[0].geometry.size[1], slices.len()];
    let mut data = Vec::with_capacity(dims.iter().product());
    let mut shifted = 0_usize;
    for (slice, factor) in slices.iter_mut().zip(&factors) {
        let (slope, intercept) = (slope(&slice.file.object), intercept(&slice.file.object));
        shifted += usize::from(intercept != 0.0);
        let numbers = pixels::decode(&slice.file)?;
        data.extend(numbers.iter().map(|number| ((number * slope + intercept) * factor) as f32));
        pixels::strip(&mut slice.file.object);
    }
    if shifted > 0 && kind == Some(Kind::Pet) {
        info.notes.push(format!("{shifted} slices have a rescale intercept, which PET must not have; it is applied."));
    }
    let volume = Volume::new(dims, data, affine, unit)?;
    info.dims = dims;
    info.spacing = volume.spacing();
    info.unit = volume.unit.label().to_owned();
    info.notes.extend(checks::check(&volume)?);
    if kind == Some(Kind::Pet) {
        info.notes.extend(checks::below_zero(&volume));
    }
    let notes = info.notes.clone();
    info.notes.extend(record.iter().flat_map(|record| record.notes.clone()));
    info.warnings.extend(record.iter().flat_map(|record| record.doubts.clone()));
    Ok(Series { info, volume: Some(volume), suv: record, entered: Entered::default(), slices, factors, notes })
}

/// What rescaled numbers measure without any rule, and what must be told of it.
fn plain_unit(kind: Option<Kind>, slices: &[Slice]) -> (Unit, Option<String>) {
    let scaled = |tag: Tag| slices.iter().all(|slice| attributes::number(&slice.file.object, tag).is_some());
    match kind {
        Some(Kind::Ct) if scaled(tags::RESCALE_SLOPE) && scaled(tags::RESCALE_INTERCEPT) => (Unit::Hounsfield, None),
        Some(Kind::Ct) => {
            let note =
                "Rescale Slope and Intercept (0028,1053) (0028,1052) are missing: these are no Hounsfield units.";
            (Unit::Other(String::new()), Some(note.into()))
        }
        _ => (Unit::Other(String::new()), None),
    }
}
