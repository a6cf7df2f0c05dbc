//! From stored PET numbers to SUV by body weight.
//!
//! The order of rules follows the QIBA vendor-neutral pseudo-code and the OncoRay/IBSI SUV manual where they agree.
//! Where they do not, the order here is the one that gives the IBSI reference objects their stated values.

use darkroom_imaging::Unit;
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;

use crate::attributes::{count, item, number, private, text, texts};
use crate::moment::{self, DAY, clock};
use crate::slice::Slice;

/// What to multiply the rescaled numbers of each slice with, and what they then measure.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scaling {
    pub(crate) unit: Unit,
    /// One factor a slice.
    pub(crate) factors: Vec<f64>,
    pub(crate) notes: Vec<String>,
}

/// Activities below this, in becquerel, are taken for megabecquerel: no one images with less than a drop.
const LEAST_DOSE: f64 = 1e5;
/// Weights above this, in kilograms, are taken for grams.
const MOST_WEIGHT: f64 = 1000.0;
/// Uptake times that are told to the user as unusual: outside 30 minutes to 6 hours.
const USUAL_UPTAKE: std::ops::RangeInclusive<f64> = 1800.0..=21_600.0;

/// The scaling of a PET series, whose slices may differ in time.
pub(crate) fn scaling(slices: &[Slice]) -> Scaling {
    let objects: Vec<&InMemDicomObject> = slices.iter().map(|slice| &slice.file.object).collect();
    let plain = |unit, notes| Scaling { unit, factors: vec![1.0; objects.len()], notes };
    let Some(&first) = objects.first() else { return plain(Unit::Other(String::new()), Vec::new()) };
    match text(first, tags::UNITS).as_deref() {
        Some("BQML") => by_weight(&objects),
        Some("GML") => match text(first, tags::SUV_TYPE).as_deref() {
            None | Some("BW") => plain(Unit::Suv, Vec::new()),
            Some(other) => {
                let note =
                    format!("The values are SUV of type {other}, not by body weight; they are kept as they are.");
                plain(Unit::Other(format!("SUV {other}")), vec![note])
            }
        },
        Some("CNTS") => counts(&objects),
        Some(other) => {
            let note = format!("SUV not available: the values are in {other} (0054,1001).");
            plain(Unit::Other(other.to_owned()), vec![note])
        }
        None => plain(Unit::Other(String::new()), vec!["SUV not available: Units (0054,1001) is missing.".into()]),
    }
}

/// Philips: counts with private factors to SUV (7053,xx00) or to Bq/ml (7053,xx09), which may differ by slice.
fn counts(objects: &[&InMemDicomObject]) -> Scaling {
    let factors = |element: u8| -> Option<Vec<f64>> {
        let creators = ["Philips PET Private Group"];
        let factor = |object: &&InMemDicomObject| {
            number(object, private(object, 0x7053, &creators, element)?).filter(|factor| *factor > 0.0)
        };
        objects.iter().map(factor).collect()
    };
    if let Some(factors) = factors(0x00) {
        return Scaling {
            unit: Unit::Suv,
            factors,
            notes: vec!["SUV by the scanner's own factor (7053,1000).".into()],
        };
    }
    if let Some(activity) = factors(0x09) {
        let mut scaling = by_weight(objects);
        for (factor, activity) in scaling.factors.iter_mut().zip(activity) {
            *factor *= activity;
        }
        return scaling;
    }
    let note =
        "SUV not available: the values are counts, and the scanner's factors (7053,1000) and (7053,1009) are missing.";
    Scaling { unit: Unit::Other("counts".into()), factors: vec![1.0; objects.len()], notes: vec![note.into()] }
}

/// Becquerel per millilitre to SUV: weight over the dose left at the time that the image is corrected to.
fn by_weight(objects: &[&InMemDicomObject]) -> Scaling {
    let mut notes = correction_notes(objects[0]);
    match dose(objects[0]).and_then(|dose| factors(objects, &dose, &mut notes)) {
        Ok(factors) => Scaling { unit: Unit::Suv, factors, notes },
        Err(reason) => {
            notes.push(format!("SUV not available: {reason}."));
            Scaling { unit: Unit::BecquerelPerMl, factors: vec![1.0; objects.len()], notes }
        }
    }
}

/// What was injected into whom.
struct Dose {
    /// Becquerel at the time of injection.
    activity: f64,
    /// Grams.
    weight: f64,
    /// Decay constant, 1/s.
    lambda: f64,
}

fn dose(object: &InMemDicomObject) -> Result<Dose, &'static str> {
    let positive = |value: Option<f64>| value.filter(|v| *v > 0.0);
    let weight = positive(number(object, tags::PATIENT_WEIGHT)).ok_or("the patient's weight (0010,1030) is missing")?;
    let drug = item(object, tags::RADIOPHARMACEUTICAL_INFORMATION_SEQUENCE)
        .ok_or("the radiopharmaceutical information (0054,0016) is missing")?;
    let activity =
        positive(number(drug, tags::RADIONUCLIDE_TOTAL_DOSE)).ok_or("the injected dose (0018,1074) is missing")?;
    let half_life = positive(number(drug, tags::RADIONUCLIDE_HALF_LIFE))
        .or_else(|| half_life(drug))
        .ok_or("the half-life (0018,1075) is missing and the radionuclide is not known")?;
    Ok(Dose {
        activity: if activity < LEAST_DOSE { activity * 1e6 } else { activity },
        weight: if weight > MOST_WEIGHT { weight } else { weight * 1000.0 },
        lambda: std::f64::consts::LN_2 / half_life,
    })
}

/// Half-life in seconds by the code or name of the radionuclide.
fn half_life(drug: &InMemDicomObject) -> Option<f64> {
    let code = item(drug, tags::RADIONUCLIDE_CODE_SEQUENCE)?;
    let value = text(code, tags::CODE_VALUE).unwrap_or_default();
    let name: String = text(code, tags::CODE_MEANING)
        .unwrap_or_default()
        .to_lowercase()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    let is = |srt: &str, starts: &[&str]| value == srt || starts.iter().any(|start| name.starts_with(start));
    [
        ("C-111A1", ["18f", "f18"], 6586.2),
        ("C-131A3", ["68ga", "ga68"], 4057.7),
        ("C-105A1", ["11c", "c11"], 1223.4),
        ("C-107A1", ["13n", "n13"], 597.9),
        ("C-B1038", ["15o", "o15"], 122.2),
    ]
    .into_iter()
    .find_map(|(srt, starts, seconds)| is(srt, &starts).then_some(seconds))
}

/// One factor a slice, by the decay correction that the scanner has made.
fn factors(objects: &[&InMemDicomObject], dose: &Dose, notes: &mut Vec<String>) -> Result<Vec<f64>, &'static str> {
    let Dose { activity, weight, lambda } = *dose;
    let corrected = texts(objects[0], tags::CORRECTED_IMAGE).iter().any(|step| step == "DECY");
    let correction = text(objects[0], tags::DECAY_CORRECTION);
    match correction.as_deref() {
        Some("ADMIN") => {
            notes.push(summary(dose, "corrected to the injection itself"));
            Ok(vec![weight / activity; objects.len()])
        }
        Some("NONE") => {
            let per_slice = |object: &&InMemDicomObject| -> Result<f64, &'static str> {
                let acquired = acquisition(object).ok_or("the acquisition time (0008,0032) is missing")?;
                let elapsed = acquired - injection(objects[0], acquired)?;
                let frame = frame_seconds(object).ok_or("the frame duration (0018,1242) is missing")?;
                let mean = lambda * frame / -(-lambda * frame).exp_m1();
                Ok(weight / activity * mean * (lambda * elapsed).exp())
            };
            let factors = objects.iter().map(per_slice).collect::<Result<_, _>>()?;
            notes.push(summary(dose, "decay corrected here, slice by slice"));
            Ok(factors)
        }
        Some("START") | None => {
            if correction.is_none() {
                if !corrected {
                    return Err("it is not said whether decay was corrected (0054,1102)");
                }
                notes.push(
                    "Decay Correction (0054,1102) is missing; correction to the start of the scan is assumed.".into(),
                );
            }
            let (reference, source) =
                reference(objects, lambda).ok_or("series and acquisition time (0008,0031) (0008,0032) are missing")?;
            let injected = injection(objects[0], reference)?;
            let elapsed = reference - injected;
            if !USUAL_UPTAKE.contains(&elapsed) {
                notes.push(format!(
                    "The uptake time of {:.0} min is unusual; check the times of injection and scan.",
                    elapsed / 60.0
                ));
            }
            let when = format!(
                "injected {}, decay to {} ({source}), {:.0} min",
                clock(injected),
                clock(reference),
                elapsed / 60.0
            );
            notes.push(summary(dose, &when));
            Ok(vec![weight / (activity * (-lambda * elapsed).exp()); objects.len()])
        }
        Some(_) => Err("its decay correction (0054,1102) is none of START, ADMIN, NONE"),
    }
}

fn summary(dose: &Dose, when: &str) -> String {
    format!("SUV by body weight: {:.1} kg, {:.1} MBq, {when}.", dose.weight / 1000.0, dose.activity / 1e6)
}

/// The moment an image of correction START refers to, and where it was found.
fn reference(objects: &[&InMemDicomObject], lambda: f64) -> Option<(f64, &'static str)> {
    let first = objects[0];
    let scan = private(first, 0x0009, &["GEMS_PETD_01"], 0x0D).and_then(|tag| moment::date_time(&text(first, tag)?));
    if let Some(scan) = scan {
        return Some((scan, "scan time (0009,100D)"));
    }
    let earliest =
        objects.iter().filter_map(|object| Some((acquisition(object)?, object))).min_by(|a, b| a.0.total_cmp(&b.0));
    let series = moment(first, &[tags::SERIES_DATE, tags::ACQUISITION_DATE, tags::STUDY_DATE], tags::SERIES_TIME);
    match (series, earliest) {
        (Some(series), Some((acquired, _))) if series <= acquired => Some((series, "series time")),
        (Some(series), None) => Some((series, "series time")),
        (_, Some((acquired, object))) => {
            // The series was made anew later, so its time says nothing: back to the start from the frame's own times.
            let back =
                number(object, tags::FRAME_REFERENCE_TIME).zip(frame_seconds(object)).map(|(milliseconds, frame)| {
                    let mean = (lambda * frame / -(-lambda * frame).exp_m1()).ln() / lambda;
                    acquired - milliseconds / 1000.0 + mean
                });
            Some(back.map_or((acquired, "first acquisition"), |start| (start, "frame reference time")))
        }
        (None, None) => None,
    }
}

/// When the tracer was injected, on the axis of `reference`.
fn injection(object: &InMemDicomObject, reference: f64) -> Result<f64, &'static str> {
    let drug = item(object, tags::RADIOPHARMACEUTICAL_INFORMATION_SEQUENCE)
        .ok_or("the radiopharmaceutical information (0054,0016) is missing")?;
    let dated = text(drug, tags::RADIOPHARMACEUTICAL_START_DATE_TIME).and_then(|text| moment::date_time(&text));
    // A date that anonymisation moved apart from the scan's is worse than none.
    if let Some(injected) = dated.filter(|injected| (0.0..DAY).contains(&(reference - injected))) {
        return Ok(injected);
    }
    let time = text(drug, tags::RADIOPHARMACEUTICAL_START_TIME)
        .and_then(|text| moment::time(&text))
        .or(dated.map(|injected| injected.rem_euclid(DAY)))
        .ok_or("the time of injection (0018,1072) is missing")?;
    let same_day = (reference / DAY).floor() * DAY + time;
    Ok(if same_day > reference { same_day - DAY } else { same_day })
}

fn acquisition(object: &InMemDicomObject) -> Option<f64> {
    moment(object, &[tags::ACQUISITION_DATE, tags::SERIES_DATE, tags::STUDY_DATE], tags::ACQUISITION_TIME)
}

/// A moment from a time and the first date there is; without any date, on day zero like all others of the file.
fn moment(object: &InMemDicomObject, dates: &[dicom_core::Tag], time: dicom_core::Tag) -> Option<f64> {
    let date = dates.iter().find_map(|&tag| moment::date(&text(object, tag)?)).unwrap_or(0);
    Some(date as f64 * DAY + moment::time(&text(object, time)?)?)
}

fn frame_seconds(object: &InMemDicomObject) -> Option<f64> {
    count(object, tags::ACTUAL_FRAME_DURATION).filter(|&milliseconds| milliseconds > 0).map(|ms| ms as f64 / 1000.0)
}

fn correction_notes(object: &InMemDicomObject) -> Vec<String> {
    let steps = texts(object, tags::CORRECTED_IMAGE);
    let lacks = |step: &str| !steps.iter().any(|done| done == step);
    let mut notes = Vec::new();
    if lacks("ATTN") {
        notes.push(
            "Corrected Image (0028,0051) does not say that attenuation was corrected; SUV may be wrong.".to_owned(),
        );
    }
    if lacks("DECY") && matches!(text(object, tags::DECAY_CORRECTION).as_deref(), Some("START" | "ADMIN")) {
        notes.push("Corrected Image (0028,0051) and Decay Correction (0054,1102) contradict each other; the latter is followed.".to_owned());
    }
    notes
}
