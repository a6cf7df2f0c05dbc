//! A small PET series, made attribute by attribute, that passes an IOD check as it is.

#![allow(clippy::unwrap_used, dead_code, reason = "each test binary uses a part of this")]

pub(crate) mod derived;
pub(crate) mod found;

use std::path::PathBuf;

use darkroom_imaging::NamedBytes;
use dicom_core::{DataElement, PrimitiveValue, Tag, VR, value::DataSetSequence};
use dicom_dictionary_std::{tags, uids};
use dicom_object::{FileMetaTableBuilder, InMemDicomObject};

pub(crate) const COLUMNS: usize = 16;
pub(crate) const ROWS: usize = 12;
pub(crate) const SLICES: usize = 10;
/// Millimetres between slices.
pub(crate) const STEP: f64 = 3.25;

pub(crate) fn put(object: &mut InMemDicomObject, tag: Tag, vr: VR, value: &str) {
    let values: Vec<&str> = value.split('\\').collect();
    let value = if values.len() > 1 {
        PrimitiveValue::Strs(values.iter().map(|v| (*v).to_owned()).collect())
    } else {
        value.into()
    };
    object.put(DataElement::new(tag, vr, value));
}

pub(crate) fn sequence(items: Vec<InMemDicomObject>) -> DataSetSequence<InMemDicomObject> {
    DataSetSequence::from(items)
}

pub(crate) fn code(value: &str, scheme: &str, meaning: &str) -> InMemDicomObject {
    let mut item = InMemDicomObject::new_empty();
    put(&mut item, tags::CODE_VALUE, VR::SH, value);
    put(&mut item, tags::CODING_SCHEME_DESIGNATOR, VR::SH, scheme);
    put(&mut item, tags::CODE_MEANING, VR::LO, meaning);
    item
}

/// The drug item of the default series: 370 MBq of F-18 at 10:00:00.
pub(crate) fn drug() -> InMemDicomObject {
    let mut drug = InMemDicomObject::new_empty();
    put(&mut drug, tags::RADIOPHARMACEUTICAL, VR::LO, "Fluorodeoxyglucose");
    put(&mut drug, tags::RADIOPHARMACEUTICAL_START_TIME, VR::TM, "100000.00");
    put(&mut drug, tags::RADIONUCLIDE_TOTAL_DOSE, VR::DS, "370000000");
    put(&mut drug, tags::RADIONUCLIDE_HALF_LIFE, VR::DS, "6586.2");
    put(&mut drug, tags::RADIONUCLIDE_POSITRON_FRACTION, VR::DS, "0.967");
    let f18 = code("C-111A1", "SRT", "^18^Fluorine");
    drug.put(DataElement::new(tags::RADIONUCLIDE_CODE_SEQUENCE, VR::SQ, sequence(vec![f18])));
    drug
}

pub(crate) fn set_drug(object: &mut InMemDicomObject, drug: InMemDicomObject) {
    object.put(DataElement::new(tags::RADIOPHARMACEUTICAL_INFORMATION_SEQUENCE, VR::SQ, sequence(vec![drug])));
}

/// The stored number of a pixel.
pub(crate) fn stored(column: usize, row: usize, slice: usize) -> i16 {
    (slice * 1000 + row * 40 + column) as i16
}

/// The rescale slope of a slice: another in each.
pub(crate) fn slope(slice: usize) -> f64 {
    0.5 + slice as f64 * 0.25
}

/// Slice `n` of the default series: 70 kg, Bq/ml, corrected to the series' start at 11:00:00.
pub(crate) fn slice(n: usize) -> InMemDicomObject {
    let mut o = InMemDicomObject::new_empty();
    for (tag, vr, value) in [
        (tags::SPECIFIC_CHARACTER_SET, VR::CS, "ISO_IR 100".to_owned()),
        (tags::IMAGE_TYPE, VR::CS, "ORIGINAL\\PRIMARY".into()),
        (tags::SOP_CLASS_UID, VR::UI, uids::POSITRON_EMISSION_TOMOGRAPHY_IMAGE_STORAGE.into()),
        (tags::SOP_INSTANCE_UID, VR::UI, format!("2.25.1000{n}")),
        (tags::STUDY_DATE, VR::DA, "20250301".into()),
        (tags::SERIES_DATE, VR::DA, "20250301".into()),
        (tags::ACQUISITION_DATE, VR::DA, "20250301".into()),
        (tags::CONTENT_DATE, VR::DA, "20250301".into()),
        (tags::STUDY_TIME, VR::TM, "105500".into()),
        (tags::SERIES_TIME, VR::TM, "110000".into()),
        (tags::ACQUISITION_TIME, VR::TM, "110000".into()),
        (tags::CONTENT_TIME, VR::TM, "111000".into()),
        (tags::ACCESSION_NUMBER, VR::SH, "A1".into()),
        (tags::MODALITY, VR::CS, "PT".into()),
        (tags::MANUFACTURER, VR::LO, "Nobody".into()),
        (tags::REFERRING_PHYSICIAN_NAME, VR::PN, "Doe^Jo".into()),
        (tags::SERIES_DESCRIPTION, VR::LO, "PET AC".into()),
        (tags::PATIENT_NAME, VR::PN, "Müller^Zoë".into()),
        (tags::PATIENT_ID, VR::LO, "P1".into()),
        (tags::PATIENT_BIRTH_DATE, VR::DA, "19600101".into()),
        (tags::PATIENT_SEX, VR::CS, "F".into()),
        (tags::PATIENT_WEIGHT, VR::DS, "70".into()),
        (tags::SLICE_THICKNESS, VR::DS, STEP.to_string()),
        (tags::ACTUAL_FRAME_DURATION, VR::IS, "180000".into()),
        (tags::STUDY_INSTANCE_UID, VR::UI, "2.25.1".into()),
        (tags::SERIES_INSTANCE_UID, VR::UI, "2.25.2".into()),
        (tags::STUDY_ID, VR::SH, "S1".into()),
        (tags::SERIES_NUMBER, VR::IS, "4".into()),
        // Against the order of positions, as some scanners count.
        (tags::INSTANCE_NUMBER, VR::IS, (SLICES - n).to_string()),
        (tags::IMAGE_POSITION_PATIENT, VR::DS, format!("-20\\-30\\{}", -100.0 + STEP * n as f64)),
        (tags::IMAGE_ORIENTATION_PATIENT, VR::DS, "1\\0\\0\\0\\1\\0".into()),
        (tags::FRAME_OF_REFERENCE_UID, VR::UI, "2.25.3".into()),
        (tags::POSITION_REFERENCE_INDICATOR, VR::LO, "SN".into()),
        (tags::PHOTOMETRIC_INTERPRETATION, VR::CS, "MONOCHROME2".into()),
        (tags::PIXEL_SPACING, VR::DS, "4\\5".into()),
        (tags::CORRECTED_IMAGE, VR::CS, "DECY\\ATTN\\SCAT".into()),
        (tags::RESCALE_INTERCEPT, VR::DS, "0".into()),
        (tags::RESCALE_SLOPE, VR::DS, slope(n).to_string()),
        (tags::SERIES_TYPE, VR::CS, "STATIC\\IMAGE".into()),
        (tags::UNITS, VR::CS, "BQML".into()),
        (tags::COUNTS_SOURCE, VR::CS, "EMISSION".into()),
        (tags::COLLIMATOR_TYPE, VR::CS, "RING".into()),
        (tags::RANDOMS_CORRECTION_METHOD, VR::CS, "DLYD".into()),
        (tags::DECAY_CORRECTION, VR::CS, "START".into()),
        (tags::FRAME_REFERENCE_TIME, VR::DS, "90000".into()),
        (tags::DECAY_FACTOR, VR::DS, "1.01".into()),
        (tags::RECONSTRUCTION_METHOD, VR::LO, "OSEM".into()),
        (tags::ATTENUATION_CORRECTION_METHOD, VR::LO, "measured".into()),
        (tags::SCATTER_CORRECTION_METHOD, VR::LO, "model".into()),
    ] {
        put(&mut o, tag, vr, &value);
    }
    let shorts = [
        (tags::SAMPLES_PER_PIXEL, 1),
        (tags::ROWS, ROWS as u16),
        (tags::COLUMNS, COLUMNS as u16),
        (tags::BITS_ALLOCATED, 16),
        (tags::BITS_STORED, 16),
        (tags::HIGH_BIT, 15),
        (tags::PIXEL_REPRESENTATION, 1),
        (tags::IMAGE_INDEX, n as u16 + 1),
        (tags::NUMBER_OF_SLICES, SLICES as u16),
    ];
    for (tag, value) in shorts {
        o.put(DataElement::new(tag, VR::US, PrimitiveValue::from(value)));
    }
    let mut lying = code("F-10450", "SRT", "recumbent");
    let supine = code("F-10340", "SRT", "supine");
    lying.put(DataElement::new(tags::PATIENT_ORIENTATION_MODIFIER_CODE_SEQUENCE, VR::SQ, sequence(vec![supine])));
    o.put(DataElement::new(tags::PATIENT_ORIENTATION_CODE_SEQUENCE, VR::SQ, sequence(vec![lying])));
    let gantry = code("F-10470", "SRT", "headfirst");
    o.put(DataElement::new(tags::PATIENT_GANTRY_RELATIONSHIP_CODE_SEQUENCE, VR::SQ, sequence(vec![gantry])));
    set_drug(&mut o, drug());
    let pixels: Vec<i16> = (0..ROWS * COLUMNS).map(|at| stored(at % COLUMNS, at / COLUMNS, n)).collect();
    set_pixels(&mut o, &pixels);
    o
}

/// Slice `n` as CT: what only PET has taken away, what CT asks for put in.
pub(crate) fn ct(n: usize) -> InMemDicomObject {
    let mut o = without_pet(slice(n));
    put(&mut o, tags::SOP_CLASS_UID, VR::UI, uids::CT_IMAGE_STORAGE);
    put(&mut o, tags::MODALITY, VR::CS, "CT");
    put(&mut o, tags::IMAGE_TYPE, VR::CS, "ORIGINAL\\PRIMARY\\AXIAL");
    put(&mut o, tags::KVP, VR::DS, "120");
    put(&mut o, tags::RESCALE_SLOPE, VR::DS, "1");
    put(&mut o, tags::RESCALE_INTERCEPT, VR::DS, "-1024");
    put(&mut o, tags::RESCALE_TYPE, VR::LO, "HU");
    o
}

/// Slice `n` as MR, which has no rescaling of its own.
pub(crate) fn mr(n: usize) -> InMemDicomObject {
    let mut o = without_pet(slice(n));
    for (tag, vr, value) in [
        (tags::SOP_CLASS_UID, VR::UI, uids::MR_IMAGE_STORAGE),
        (tags::MODALITY, VR::CS, "MR"),
        (tags::IMAGE_TYPE, VR::CS, "ORIGINAL\\PRIMARY\\M_SE\\M\\SE"),
        (tags::SCANNING_SEQUENCE, VR::CS, "SE"),
        (tags::SEQUENCE_VARIANT, VR::CS, "NONE"),
        (tags::SCAN_OPTIONS, VR::CS, ""),
        (tags::MR_ACQUISITION_TYPE, VR::CS, "2D"),
        (tags::REPETITION_TIME, VR::DS, "500"),
        (tags::ECHO_TIME, VR::DS, "12"),
        (tags::ECHO_TRAIN_LENGTH, VR::IS, "1"),
    ] {
        put(&mut o, tag, vr, value);
    }
    o.remove_element(tags::RESCALE_SLOPE);
    o.remove_element(tags::RESCALE_INTERCEPT);
    o
}

fn without_pet(mut object: InMemDicomObject) -> InMemDicomObject {
    let pet = [tags::CORRECTED_IMAGE, tags::ACTUAL_FRAME_DURATION];
    object.retain(|element| element.header().tag.group() != 0x0054 && !pet.contains(&element.header().tag));
    put(&mut object, tags::PATIENT_POSITION, VR::CS, "HFS");
    put(&mut object, tags::ACQUISITION_NUMBER, VR::IS, "1");
    put(&mut object, tags::LATERALITY, VR::CS, "");
    object
}

/// Files of a series of ten slices.
pub(crate) fn files_of(make: fn(usize) -> InMemDicomObject) -> Vec<NamedBytes> {
    (0..SLICES).map(|n| file(&format!("{n}.dcm"), make(n))).collect()
}

pub(crate) fn set_pixels(object: &mut InMemDicomObject, pixels: &[i16]) {
    let words: Vec<u16> = pixels.iter().map(|&value| value as u16).collect();
    object.put(DataElement::new(tags::PIXEL_DATA, VR::OW, PrimitiveValue::U16(words.into())));
}

/// A complete file of an object.
pub(crate) fn file(name: &str, object: InMemDicomObject) -> NamedBytes {
    let meta = FileMetaTableBuilder::new().transfer_syntax(uids::EXPLICIT_VR_LITTLE_ENDIAN);
    let mut bytes = Vec::new();
    object.with_meta(meta).unwrap().write_all(&mut bytes).unwrap();
    NamedBytes { name: name.into(), bytes }
}

/// The default series, its files in no order, each edited.
pub(crate) fn series(edit: impl Fn(usize, &mut InMemDicomObject)) -> Vec<NamedBytes> {
    (0..SLICES)
        .map(|at| {
            let n = at * 7 % SLICES;
            let mut object = slice(n);
            edit(n, &mut object);
            file(&format!("{n}.dcm"), object)
        })
        .collect()
}

/// The optional folder of test data, or `None` after saying so.
pub(crate) fn data(path: &str) -> Option<PathBuf> {
    let root = std::env::var_os("DARKROOM_DATA")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    let folder = root.join(path);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: no test data in {path}; point DARKROOM_DATA at the folder that holds it");
    None
}

/// All files under a folder.
pub(crate) fn files(folder: &std::path::Path) -> Vec<NamedBytes> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(NamedBytes { name: path.to_string_lossy().into_owned(), bytes: std::fs::read(&path).unwrap() });
        }
    }
    found
}
