//! Where the slices of a PET series contradict each other about SUV.

use darkroom_imaging::suv::{Field, Missing};
use dicom_core::Tag;
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;

use crate::attributes::{item, items, text};

/// An attribute that all slices must agree on: its tag, its name with the tag, and the field that overrules it.
type Shared = (Tag, &'static str, Option<Field>);

const OF_THE_SLICE: [Shared; 6] = [
    (tags::UNITS, "Units (0054,1001)", None),
    (tags::SUV_TYPE, "SUV Type (0054,1006)", None),
    (tags::DECAY_CORRECTION, "Decay Correction (0054,1102)", Some(Field::DecayCorrection)),
    (tags::PATIENT_WEIGHT, "Patient's Weight (0010,1030)", Some(Field::Weight)),
    (tags::PATIENT_SIZE, "Patient's Size (0010,1020)", Some(Field::Height)),
    (tags::PATIENT_SEX, "Patient's Sex (0010,0040)", Some(Field::Sex)),
];

const OF_THE_DRUG: [Shared; 4] = [
    (tags::RADIONUCLIDE_TOTAL_DOSE, "Radionuclide Total Dose (0018,1074)", Some(Field::Dose)),
    (tags::RADIONUCLIDE_HALF_LIFE, "Radionuclide Half Life (0018,1075)", Some(Field::HalfLife)),
    (tags::RADIOPHARMACEUTICAL_START_TIME, "Radiopharmaceutical Start Time (0018,1072)", Some(Field::InjectedAt)),
    (tags::RADIOPHARMACEUTICAL_START_DATE_TIME, "Radiopharmaceutical Start (0018,1078)", Some(Field::InjectedAt)),
];

/// The contradictions, gravest first: an attribute that two slices write differently, one that only some of them have, two
/// injections, and a Rescale Slope (0028,1053) that no slice has.
pub(crate) fn conflicts(slices: &[&InMemDicomObject]) -> Vec<Missing> {
    let drug = |object| item(object, tags::RADIOPHARMACEUTICAL_INFORMATION_SEQUENCE);
    let of_slice = |shared: &Shared| differing(shared, slices.iter().map(|object| text(object, shared.0)));
    let of_drug = |shared: &Shared| differing(shared, slices.iter().map(|object| text(drug(object)?, shared.0)));
    let mut found: Vec<Missing> =
        OF_THE_SLICE.iter().filter_map(of_slice).chain(OF_THE_DRUG.iter().filter_map(of_drug)).collect();
    let injections = |object: &&InMemDicomObject| items(object, tags::RADIOPHARMACEUTICAL_INFORMATION_SEQUENCE).len();
    if let Some(count) = slices.iter().map(injections).find(|&count| count > 1) {
        let what = format!("{count} injections are written (0054,0016), and which the image is of is not");
        found.push(Missing { tag: "(0054,0016)".into(), what, field: Some(Field::Dose) });
    }
    if !slices.is_empty() && slices.iter().all(|object| text(object, tags::RESCALE_SLOPE).is_none()) {
        let what = "the rescale slope (0028,1053) is missing, so the numbers have no scale".into();
        found.push(Missing { tag: "(0028,1053)".into(), what, field: None });
    }
    found
}

fn differing(shared: &Shared, mut values: impl Iterator<Item = Option<String>>) -> Option<Missing> {
    let &(tag, name, field) = shared;
    let first = values.next()?;
    let other = values.find(|value| *value != first)?;
    let told = |value: Option<String>| value.map_or_else(|| "nothing".to_owned(), |value| format!("\"{value}\""));
    let what = format!("its slices contradict each other in {name}: {} and {}", told(first), told(other));
    Some(Missing { tag: format!("({:04X},{:04X})", tag.group(), tag.element()), what, field })
}
