//! What a PET series says of itself about SUV, gathered for the rules in [`darkroom_imaging::suv`].

use darkroom_imaging::moment;
use darkroom_imaging::suv::{Facts, SliceFacts};
use dicom_core::Tag;
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;

use crate::attributes::{item, number, private, text, texts};
use crate::slice::Slice;

/// The facts of a series; slices in the order of the volume.
pub(crate) fn facts(slices: &[Slice]) -> Facts {
    let Some(first) = slices.first().map(|slice| &slice.file.object) else { return Facts::default() };
    let drug = item(first, tags::RADIOPHARMACEUTICAL_INFORMATION_SEQUENCE);
    let of_drug = |tag: Tag| drug.and_then(|drug| text(drug, tag));
    let nuclide = drug.and_then(|drug| item(drug, tags::RADIONUCLIDE_CODE_SEQUENCE));
    let nuclide = nuclide.map_or_else(Vec::new, |code| {
        [tags::CODE_VALUE, tags::CODE_MEANING].into_iter().filter_map(|tag| text(code, tag)).collect()
    });
    let private_start = private(first, 0x0009, &["GEMS_PETD_01"], 0x0D);
    Facts {
        units: text(first, tags::UNITS),
        suv_type: text(first, tags::SUV_TYPE),
        decay_correction: text(first, tags::DECAY_CORRECTION),
        corrected: texts(first, tags::CORRECTED_IMAGE),
        weight: number(first, tags::PATIENT_WEIGHT),
        height: number(first, tags::PATIENT_SIZE),
        sex: text(first, tags::PATIENT_SEX),
        drug: drug.is_some(),
        dose: drug.and_then(|drug| number(drug, tags::RADIONUCLIDE_TOTAL_DOSE)),
        half_life: drug.and_then(|drug| number(drug, tags::RADIONUCLIDE_HALF_LIFE)),
        nuclide,
        injected: of_drug(tags::RADIOPHARMACEUTICAL_START_DATE_TIME).and_then(|text| moment::date_time(&text)),
        injected_clock: of_drug(tags::RADIOPHARMACEUTICAL_START_TIME).and_then(|text| moment::time(&text)),
        private_start: private_start.and_then(|tag| moment::date_time(&text(first, tag)?)),
        series: moment_of(first, &[tags::SERIES_DATE, tags::ACQUISITION_DATE, tags::STUDY_DATE], tags::SERIES_TIME),
        slices: slices.iter().map(|slice| of_slice(&slice.file.object)).collect(),
    }
}

fn of_slice(object: &InMemDicomObject) -> SliceFacts {
    let factor = |element: u8| {
        let tag = private(object, 0x7053, &["Philips PET Private Group"], element)?;
        number(object, tag).filter(|factor| *factor > 0.0)
    };
    let dates = [tags::ACQUISITION_DATE, tags::SERIES_DATE, tags::STUDY_DATE];
    let milliseconds = |tag| number(object, tag).map(|milliseconds| milliseconds / 1000.0);
    SliceFacts {
        slope: slope(object),
        intercept: intercept(object),
        acquired: moment_of(object, &dates, tags::ACQUISITION_TIME),
        frame: milliseconds(tags::ACTUAL_FRAME_DURATION).filter(|seconds| *seconds > 0.0),
        frame_reference: milliseconds(tags::FRAME_REFERENCE_TIME),
        suv_factor: factor(0x00),
        activity_factor: factor(0x09),
    }
}

/// Rescale Slope (0028,1053); absent or zero, which would erase the image, is one.
pub(crate) fn slope(object: &InMemDicomObject) -> f64 {
    number(object, tags::RESCALE_SLOPE).filter(|slope| *slope != 0.0).unwrap_or(1.0)
}

/// Rescale Intercept (0028,1052).
pub(crate) fn intercept(object: &InMemDicomObject) -> f64 {
    number(object, tags::RESCALE_INTERCEPT).unwrap_or(0.0)
}

/// A moment from a time and the first date there is; without any date, on day zero like all others of the file.
fn moment_of(object: &InMemDicomObject, dates: &[Tag], time: Tag) -> Option<f64> {
    let date = dates.iter().find_map(|&tag| moment::date(&text(object, tag)?)).unwrap_or(0);
    Some(date as f64 * moment::DAY + moment::time(&text(object, time)?)?)
}
