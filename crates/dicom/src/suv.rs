//! What a PET series says of itself about SUV, gathered for the rules in [`darkroom_imaging::suv`].

use darkroom_imaging::moment;
use darkroom_imaging::suv::{ENTERED, Facts, SliceFacts};
use dicom_core::Tag;
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;

use crate::attributes::{self, item, number, private, text, texts};
use crate::conflicts::conflicts;
use crate::slice::Slice;

/// Dates that a series' time may lie on, the nearest to it first.
const SERIES_DATES: [Tag; 3] = [tags::SERIES_DATE, tags::ACQUISITION_DATE, tags::STUDY_DATE];

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
    let mut notes = Vec::new();
    let mut of_slices: Vec<SliceFacts> = objects.iter().map(|object| of_slice(object)).collect();
    let series = objects.iter().filter_map(|object| series_moment(object));
    let series = earliest(series, "Series Time (0008,0031)", &mut notes);
    if objects.iter().all(|object| text(object, tags::ACQUISITION_DATE).is_none()) {
        notes.extend(over_midnight(&mut of_slices));
        notes.extend(beside_midnight(&mut of_slices, series));
    }
    let private_start = objects
        .iter()
        .filter_map(|object| moment::date_time(&text(object, private(object, &attributes::GE_SCANNED)?)?));
    let private_start = earliest(private_start, "GE's scan time (0009,100D)", &mut notes);
    let mut told = |name: &str, tag: Tag, read: fn(&str) -> Option<f64>| {
        let written = of_drug(tag)?;
        if read(&written).is_none() {
            notes.push(format!("{name}, \"{written}\", cannot be read as a time and is not used."));
        }
        Some(written)
    };
    let clock = told("The injection (0018,1072)", tags::RADIOPHARMACEUTICAL_START_TIME, moment::time);
    let dated = told("The injection (0018,1078)", tags::RADIOPHARMACEUTICAL_START_DATE_TIME, moment::date_time);
    let injected_clock = clock.and_then(|text| moment::time(&text));
    let injected = dated.and_then(|written| on_the_scanners_clock(first, &written, injected_clock, &mut notes));
    Facts {
        units: text(first, tags::UNITS),
        suv_type: text(first, tags::SUV_TYPE),
        decay_correction: text(first, tags::DECAY_CORRECTION),
        corrected: corrected(&objects),
        weight: number(first, tags::PATIENT_WEIGHT),
        height: number(first, tags::PATIENT_SIZE),
        sex: text(first, tags::PATIENT_SEX),
        drug: drug.is_some(),
        dose: drug.and_then(|drug| number(drug, tags::RADIONUCLIDE_TOTAL_DOSE)),
        half_life: drug.and_then(|drug| number(drug, tags::RADIONUCLIDE_HALF_LIFE)),
        nuclide,
        injected,
        injected_clock,
        private_start,
        series,
        day: day_of(first, &SERIES_DATES),
        inherited: inherited(first),
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

/// Steps that all slices say they were corrected by (0028,0051).
fn corrected(objects: &[&InMemDicomObject]) -> Vec<String> {
    let steps: Vec<Vec<String>> = objects.iter().map(|object| texts(object, tags::CORRECTED_IMAGE)).collect();
    let Some(first) = steps.first() else { return Vec::new() };
    first.iter().filter(|step| steps.iter().all(|of_slice| of_slice.contains(step))).cloned().collect()
}

/// The one moment of a series; where slices differ, the earliest, which is told.
fn earliest(moments: impl Iterator<Item = f64> + Clone, name: &str, notes: &mut Vec<String>) -> Option<f64> {
    let first = moments.clone().reduce(f64::min)?;
    if moments.reduce(f64::max).is_some_and(|last| last - first >= 1.0) {
        notes.push(format!("{name} differs from slice to slice; the earliest, {}, is taken.", moment::stamp(first)));
    }
    Some(first)
}

/// What the series says was entered by hand for what it was made of.
fn inherited(object: &InMemDicomObject) -> Option<String> {
    let told = text(object, tags::DERIVATION_DESCRIPTION)?;
    let (_, values) = told.split_once(ENTERED)?;
    // The sentence ends where the next begins, and numbers hold points too.
    let values = values.split(". ").next()?.trim().trim_end_matches('.');
    Some(format!("{ENTERED} {values}."))
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

/// Puts acquisitions, whose times have no date of their own, on the day that lies nearest to the series': no scan starts or
/// ends half a day from it.
fn beside_midnight(slices: &mut [SliceFacts], series: Option<f64>) -> Option<String> {
    let first = slices.iter().filter_map(|slice| slice.acquired).reduce(f64::min)?;
    let days = ((series? - first) / moment::DAY).round();
    if days == 0.0 {
        return None;
    }
    slices.iter_mut().filter_map(|slice| slice.acquired.as_mut()).for_each(|time| *time += days * moment::DAY);
    let which = if days > 0.0 { "next" } else { "previous" };
    Some(format!(
        "Its slices have no Acquisition Date (0008,0022) and lie half a day from Series Time (0008,0031); they are taken for \
         the {which} day's."
    ))
}

fn of_slice(object: &InMemDicomObject) -> SliceFacts {
    let factor = |wanted| number(object, private(object, wanted)?).filter(|factor| *factor > 0.0);
    let milliseconds = |tag| number(object, tag).map(|milliseconds| milliseconds / 1000.0);
    SliceFacts {
        slope: slope(object),
        intercept: intercept(object),
        acquired: acquired(object),
        frame: milliseconds(tags::ACTUAL_FRAME_DURATION).filter(|seconds| *seconds > 0.0),
        frame_reference: milliseconds(tags::FRAME_REFERENCE_TIME),
        suv_factor: factor(&attributes::PHILIPS_SUV),
        activity_factor: factor(&attributes::PHILIPS_ACTIVITY),
    }
}

/// Acquisition Date and Time (0008,0022) (0008,0032), on the series' day where it has none of its own.
pub(crate) fn acquired(object: &InMemDicomObject) -> Option<f64> {
    moment_of(object, &[tags::ACQUISITION_DATE, tags::SERIES_DATE, tags::STUDY_DATE], tags::ACQUISITION_TIME)
}

/// Rescale Slope (0028,1053); where it is absent or zero, which would erase the image, it is one.
pub(crate) fn slope(object: &InMemDicomObject) -> f64 {
    number(object, tags::RESCALE_SLOPE).filter(|slope| *slope != 0.0).unwrap_or(1.0)
}

/// Rescale Intercept (0028,1052).
pub(crate) fn intercept(object: &InMemDicomObject) -> f64 {
    number(object, tags::RESCALE_INTERCEPT).unwrap_or(0.0)
}

fn series_moment(object: &InMemDicomObject) -> Option<f64> {
    moment_of(object, &SERIES_DATES, tags::SERIES_TIME)
}

/// The midnight of the first date there is.
fn day_of(object: &InMemDicomObject, dates: &[Tag]) -> Option<f64> {
    dates.iter().find_map(|&tag| moment::date(&text(object, tag)?)).map(|days| days as f64 * moment::DAY)
}

/// A moment from a time and the first date there is; without any date, on day zero like all others of the file.
fn moment_of(object: &InMemDicomObject, dates: &[Tag], time: Tag) -> Option<f64> {
    Some(day_of(object, dates).unwrap_or(0.0) + moment::time(&text(object, time)?)?)
}
