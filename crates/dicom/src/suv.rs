//! What a PET series says of itself about SUV, gathered for the rules in [`darkroom_imaging::suv`].

use darkroom_imaging::moment;
use darkroom_imaging::suv::{Facts, SliceFacts};
use dicom_core::Tag;
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;

use crate::attributes::{self, item, number, private, text, texts};
use crate::conflicts::conflicts;
use crate::error::DicomError;
use crate::slice::Slice;

/// The facts of a series; slices in the order of the volume.
pub(crate) fn facts(slices: &[Slice]) -> Facts {
    let objects: Vec<&InMemDicomObject> = slices.iter().map(|slice| &slice.file.object).collect();
    let Some(&first) = objects.first() else { return Facts::default() };
    let drug = item(first, tags::RADIOPHARMACEUTICAL_INFORMATION_SEQUENCE);
    let of_drug = |tag: Tag| drug.and_then(|drug| text(drug, tag));
    let nuclide = drug.and_then(|drug| item(drug, tags::RADIONUCLIDE_CODE_SEQUENCE));
    let nuclide = nuclide.map_or_else(Vec::new, |code| {
        [tags::CODE_VALUE, tags::CODE_MEANING].into_iter().filter_map(|tag| text(code, tag)).collect()
    });
    let private_start = private(first, &attributes::GE_INJECTED);
    let mut notes = Vec::new();
    let mut of_slices: Vec<SliceFacts> = objects.iter().map(|object| of_slice(object)).collect();
    if objects.iter().all(|object| text(object, tags::ACQUISITION_DATE).is_none()) {
        notes.extend(over_midnight(&mut of_slices));
    }
    let injected_clock = of_drug(tags::RADIOPHARMACEUTICAL_START_TIME).and_then(|text| moment::time(&text));
    let injected = of_drug(tags::RADIOPHARMACEUTICAL_START_DATE_TIME)
        .and_then(|written| on_the_scanners_clock(first, &written, injected_clock, &mut notes));
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
        injected,
        injected_clock,
        private_start: private_start.and_then(|tag| moment::date_time(&text(first, tag)?)),
        series: moment_of(first, &[tags::SERIES_DATE, tags::ACQUISITION_DATE, tags::STUDY_DATE], tags::SERIES_TIME),
        slices: of_slices,
        notes,
        conflicts: conflicts(&objects),
    }
}

/// Radiopharmaceutical Start DateTime (0018,1078) as the scanner's clock showed it: it alone may carry an offset from UTC.
/// Where the file's own offset (0008,0201) is not written, the start time (0018,1072) tells.
fn on_the_scanners_clock(
    object: &InMemDicomObject,
    written: &str,
    clock: Option<f64>,
    notes: &mut Vec<String>,
) -> Option<f64> {
    let moment = moment::date_time(written)?;
    let Some(own) = moment::offset(written) else { return Some(moment) };
    let here = text(object, tags::TIMEZONE_OFFSET_FROM_UTC).and_then(|text| moment::offset(&text));
    let local = match (here, clock) {
        (Some(here), _) => moment - own + here,
        (None, Some(clock)) => moment::nearest(moment, clock),
        (None, None) => moment,
    };
    if (local - moment).abs() >= 1.0 {
        notes.push(format!(
            "The injection (0018,1078) is written with another offset from UTC; on the scanner's clock it is {}.",
            moment::stamp(local)
        ));
    }
    Some(local)
}

/// Puts what was acquired after midnight on the next day, where slices have times without a date of their own: no scan
/// takes half a day.
fn over_midnight(slices: &mut [SliceFacts]) -> Option<String> {
    let acquired = || slices.iter().filter_map(|slice| slice.acquired);
    let (first, last) = (acquired().fold(f64::INFINITY, f64::min), acquired().fold(f64::NEG_INFINITY, f64::max));
    let middle = f64::midpoint(first, last);
    if last - first <= moment::DAY / 2.0 {
        return None;
    }
    for acquired in slices.iter_mut().filter_map(|slice| slice.acquired.as_mut()).filter(|time| **time < middle) {
        *acquired += moment::DAY;
    }
    Some(
        "Its slices have no Acquisition Date (0008,0022) and span midnight; the early times are the next day's.".into(),
    )
}

fn of_slice(object: &InMemDicomObject) -> SliceFacts {
    let factor = |wanted| number(object, private(object, wanted)?).filter(|factor| *factor > 0.0);
    let dates = [tags::ACQUISITION_DATE, tags::SERIES_DATE, tags::STUDY_DATE];
    let milliseconds = |tag| number(object, tag).map(|milliseconds| milliseconds / 1000.0);
    SliceFacts {
        slope: slope(object),
        intercept: intercept(object),
        acquired: moment_of(object, &dates, tags::ACQUISITION_TIME),
        frame: milliseconds(tags::ACTUAL_FRAME_DURATION).filter(|seconds| *seconds > 0.0),
        frame_reference: milliseconds(tags::FRAME_REFERENCE_TIME),
        suv_factor: factor(&attributes::PHILIPS_SUV),
        activity_factor: factor(&attributes::PHILIPS_ACTIVITY),
    }
}

/// Rescale Slope (0028,1053); where it is absent or zero, which would erase the image, it is one.
pub(crate) fn slope(object: &InMemDicomObject) -> f64 {
    number(object, tags::RESCALE_SLOPE).filter(|slope| *slope != 0.0).unwrap_or(1.0)
}

/// Refuses slices of a PET whose scale is not known: a Rescale Slope (0028,1053) that only others have, or that is no
/// positive number.
///
/// # Errors
/// [`DicomError::Missing`] with the first such file.
pub(crate) fn check_slopes(slices: &[Slice]) -> Result<(), DicomError> {
    let object = |slice: &Slice| text(&slice.file.object, tags::RESCALE_SLOPE);
    let some = slices.iter().any(|slice| object(slice).is_some());
    let bad = |slice: &&Slice| {
        let positive = number(&slice.file.object, tags::RESCALE_SLOPE).is_some_and(|slope| slope > 0.0);
        if object(slice).is_some() { !positive } else { some }
    };
    slices.iter().find(bad).map_or(Ok(()), |slice| {
        Err(DicomError::Missing { name: slice.file.name.clone(), attribute: "rescale slope (0028,1053)" })
    })
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
