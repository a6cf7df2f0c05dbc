//! Where a PET series contradicts itself about SUV, or says what cannot be read.

use darkroom_imaging::moment;
use darkroom_imaging::suv::{Field, Missing};
use dicom_core::Tag;
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;

use crate::attributes::{item, items, text};

/// How the text of an attribute is meant.
#[derive(Clone, Copy)]
enum Form {
    Text,
    Number,
    Time,
    Moment,
}

impl Form {
    /// The value behind a text; `None` for one that is not of this form, as two values are not.
    fn read(self, text: &str) -> Option<f64> {
        match self {
            Self::Text => Some(0.0),
            Self::Number => text.parse().ok().filter(|number: &f64| number.is_finite()),
            Self::Time => moment::time(text),
            Self::Moment => moment::date_time(text),
        }
    }

    /// Whether two texts say the same: 70 and 70.0 do.
    fn same(self, one: Option<&str>, other: Option<&str>) -> bool {
        let read = |text: Option<&str>| text.and_then(|text| self.read(text));
        one == other || !matches!(self, Self::Text) && read(one).is_some() && read(one) == read(other)
    }
}

/// An attribute that all slices must agree on: its tag, its name with the tag, its form, and the field that overrules it.
type Shared = (Tag, &'static str, Form, Option<Field>);

const OF_THE_SLICE: [Shared; 6] = [
    (tags::UNITS, "Units (0054,1001)", Form::Text, None),
    (tags::SUV_TYPE, "SUV Type (0054,1006)", Form::Text, None),
    (tags::DECAY_CORRECTION, "Decay Correction (0054,1102)", Form::Text, Some(Field::DecayCorrection)),
    (tags::PATIENT_WEIGHT, "Patient's Weight (0010,1030)", Form::Number, Some(Field::Weight)),
    (tags::PATIENT_SIZE, "Patient's Size (0010,1020)", Form::Number, Some(Field::Height)),
    (tags::PATIENT_SEX, "Patient's Sex (0010,0040)", Form::Text, Some(Field::Sex)),
];

const OF_THE_DRUG: [Shared; 4] = [
    (tags::RADIONUCLIDE_TOTAL_DOSE, "Radionuclide Total Dose (0018,1074)", Form::Number, Some(Field::Dose)),
    (tags::RADIONUCLIDE_HALF_LIFE, "Radionuclide Half Life (0018,1075)", Form::Number, Some(Field::HalfLife)),
    (
        tags::RADIOPHARMACEUTICAL_START_TIME,
        "Radiopharmaceutical Start Time (0018,1072)",
        Form::Time,
        Some(Field::InjectedAt),
    ),
    (
        tags::RADIOPHARMACEUTICAL_START_DATE_TIME,
        "Radiopharmaceutical Start (0018,1078)",
        Form::Moment,
        Some(Field::InjectedAt),
    ),
];

/// The contradictions, gravest first: an attribute that two slices write differently, or that only some of them have, or
/// that cannot be read; two injections; and a Rescale Slope (0028,1053) that no slice has.
pub(crate) fn conflicts(slices: &[&InMemDicomObject]) -> Vec<Missing> {
    let drug = |object| item(object, tags::RADIOPHARMACEUTICAL_INFORMATION_SEQUENCE);
    let of_slice = |shared: &Shared| settled(shared, slices.iter().map(|object| text(object, shared.0)));
    let of_drug = |shared: &Shared| settled(shared, slices.iter().map(|object| text(drug(object)?, shared.0)));
    let mut found: Vec<Missing> =
        OF_THE_SLICE.iter().filter_map(of_slice).chain(OF_THE_DRUG.iter().filter_map(of_drug)).collect();
    let injections = |object: &&InMemDicomObject| items(object, tags::RADIOPHARMACEUTICAL_INFORMATION_SEQUENCE).len();
    if let Some(count) = slices.iter().map(injections).find(|&count| count > 1) {
        // Dose and time belong to the same of them, so one entered value does not settle the other.
        for (field, value) in [(Field::Dose, "dose"), (Field::InjectedAt, "time")] {
            let what = format!("{count} injections are written (0054,0016), and whose {value} the image is of is not");
            found.push(Missing { tag: "(0054,0016)".into(), what, field: Some(field) });
        }
    }
    if !slices.is_empty() && slices.iter().all(|object| text(object, tags::RESCALE_SLOPE).is_none()) {
        let what = "the rescale slope (0028,1053) is missing, so the numbers have no scale".into();
        found.push(Missing { tag: "(0028,1053)".into(), what, field: None });
    }
    found
}

/// What speaks against the values that the slices have for an attribute.
fn settled(shared: &Shared, mut values: impl Iterator<Item = Option<String>>) -> Option<Missing> {
    let &(tag, name, form, field) = shared;
    let refuse =
        |what: String| Some(Missing { tag: format!("({:04X},{:04X})", tag.group(), tag.element()), what, field });
    let first = values.next()?;
    if let Some(other) = values.find(|value| !form.same(value.as_deref(), first.as_deref())) {
        let told = |value: Option<String>| value.map_or_else(|| "nothing".to_owned(), |value| format!("\"{value}\""));
        return refuse(format!("its slices contradict each other in {name}: {} and {}", told(first), told(other)));
    }
    match first {
        // A time that cannot be read is told where times are, since another may stand in for it.
        Some(text) if matches!(form, Form::Number) && form.read(&text).is_none() => {
            refuse(format!("its {name}, \"{text}\", is no number"))
        }
        _ => None,
    }
}
