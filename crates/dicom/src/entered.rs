//! Values entered by hand, written to the attributes they stand for, so that the SUV of a derived series is the SUV that
//! its user saw. The derivation says that they were entered.

use darkroom_imaging::moment;
use darkroom_imaging::suv::{Entered, Field, Record};
use dicom_core::{DataElement, VR, value::DataSetSequence};
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;

use crate::attributes;
use crate::derive::put;
use crate::suv::acquired;

/// Writes what was entered and used.
pub(crate) fn write(object: &mut InMemDicomObject, entered: &Entered, record: &Record) {
    let used = |field| record.entered.iter().any(|value| value.field == field);
    for (field, tag, value) in [
        (Field::Weight, tags::PATIENT_WEIGHT, entered.weight_kg),
        (Field::Height, tags::PATIENT_SIZE, entered.height_m),
    ] {
        if let Some(value) = value.filter(|_| used(field)) {
            put(object, tag, VR::DS, decimal(value));
        }
    }
    if let Some(sex) = entered.sex.filter(|_| used(Field::Sex)) {
        put(object, tags::PATIENT_SEX, VR::CS, sex.code().to_owned());
    }
    if let Some(correction) = entered.decay_correction.clone().filter(|_| used(Field::DecayCorrection)) {
        put(object, tags::DECAY_CORRECTION, VR::CS, correction);
    }
    let moments = record.times.as_ref().map(|times| times.moments);
    if let Some(times) = record.times.as_ref().filter(|_| used(Field::ScannedAt)) {
        let [_, scanned] = times.moments;
        // Slices that are not corrected to one moment keep their distances.
        let own = acquired(object).filter(|_| record.decay_correction == "NONE").map(|own| own + times.shift);
        set_scan(object, scanned, own.unwrap_or(scanned));
    }
    let mut drug = attributes::item(object, tags::RADIOPHARMACEUTICAL_INFORMATION_SEQUENCE).cloned();
    let item = drug.get_or_insert_with(InMemDicomObject::new_empty);
    let mut changed = false;
    for (field, tag, value) in [
        (Field::Dose, tags::RADIONUCLIDE_TOTAL_DOSE, entered.dose_mbq.map(|dose| dose * 1e6)),
        (Field::HalfLife, tags::RADIONUCLIDE_HALF_LIFE, entered.half_life_s),
    ] {
        if let Some(value) = value.filter(|_| used(field)) {
            put(item, tag, VR::DS, decimal(value));
            changed = true;
        }
    }
    if let Some([injected, _]) = moments.filter(|_| used(Field::InjectedAt)) {
        put(item, tags::RADIOPHARMACEUTICAL_START_TIME, VR::TM, moment::digits(injected));
        match date(injected) {
            Some(date) => put(
                item,
                tags::RADIOPHARMACEUTICAL_START_DATE_TIME,
                VR::DT,
                format!("{date}{}", moment::digits(injected)),
            ),
            None => {
                item.remove_element(tags::RADIOPHARMACEUTICAL_START_DATE_TIME);
            }
        }
        changed = true;
    }
    if let Some(drug) = drug.filter(|_| changed) {
        let items = DataSetSequence::from(vec![drug]);
        object.put(DataElement::new(tags::RADIOPHARMACEUTICAL_INFORMATION_SEQUENCE, VR::SQ, items));
    }
}

/// The start of the scan as the moment of the series, and the slice's own: whatever said otherwise gives way.
fn set_scan(object: &mut InMemDicomObject, scanned: f64, acquired: f64) {
    object.retain(|element| element.header().tag.group() != 0x0009);
    for (day, time, moment) in
        [(tags::SERIES_DATE, tags::SERIES_TIME, scanned), (tags::ACQUISITION_DATE, tags::ACQUISITION_TIME, acquired)]
    {
        if let Some(date) = date(moment) {
            put(object, day, VR::DA, date);
        }
        put(object, time, VR::TM, moment::digits(moment));
    }
}

fn date(seconds: f64) -> Option<String> {
    moment::day(seconds).map(|day| day.replace('-', ""))
}

/// A decimal string (DS) of at most 16 characters.
fn decimal(value: f64) -> String {
    let plain = value.to_string();
    if plain.len() <= 16 { plain } else { format!("{value:.9E}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_fit() {
        assert_eq!(decimal(71.5), "71.5");
        assert!(decimal(std::f64::consts::PI * 1e8).len() <= 16);
        assert_eq!(decimal(370e6), "370000000");
    }
}
