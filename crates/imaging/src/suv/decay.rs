//! Decay between injection and scan: which moment an image refers to, and what was left then.

use std::f64::consts::LN_2;

use super::injection::injection;
use super::ledger::{Ledger, missing};
use super::{Field, Missing, SliceFacts, Times};
use crate::moment::{DAY, stamp};

/// Uptake times that are told to the user as unusual: outside 30 minutes to 6 hours.
const USUAL_UPTAKE: std::ops::RangeInclusive<f64> = 1800.0..=21_600.0;
/// Seconds by which rounded times may disagree.
const ROUNDED: f64 = 1.0;

/// What undoes decay: one number a slice that becquerel are multiplied with, and the times behind it.
#[derive(Debug)]
pub(super) struct Decay {
    pub(super) growth: Vec<f64>,
    pub(super) correction: String,
    pub(super) times: Option<Times>,
    /// Half-life in seconds, where it was asked for.
    pub(super) half_life: Option<f64>,
    /// The rule in words.
    pub(super) rule: String,
}

/// Decides by Decay Correction (0054,1102).
pub(super) fn decay(ledger: &mut Ledger<'_>) -> Result<Decay, Missing> {
    let correction = correction(ledger)?;
    match correction.as_str() {
        "ADMIN" => Ok(Decay {
            growth: vec![1.0; ledger.facts.slices.len()],
            correction,
            times: None,
            half_life: None,
            rule: "corrected to the injection itself".into(),
        }),
        "NONE" => uncorrected(ledger, correction),
        _ => started(ledger, correction),
    }
}

fn correction(ledger: &mut Ledger<'_>) -> Result<String, Missing> {
    const TAG: &str = "(0054,1102)";
    if let Some(entered) = ledger.entered.decay_correction.clone() {
        ledger.mark(Field::DecayCorrection, "Decay Correction (0054,1102)", entered.clone());
        return named(entered);
    }
    ledger.settled(Field::DecayCorrection)?;
    if let Some(written) = ledger.facts.decay_correction.clone() {
        return named(written);
    }
    if ledger.facts.corrected.iter().any(|step| step == "DECY") {
        let note = "Decay Correction (0054,1102) is missing; correction to the start of the scan is assumed.";
        ledger.notes.push(note.into());
        return Ok("START".into());
    }
    Err(missing(TAG, "it is not said whether decay was corrected (0054,1102)", Some(Field::DecayCorrection)))
}

fn named(correction: String) -> Result<String, Missing> {
    if ["START", "ADMIN", "NONE"].contains(&correction.as_str()) {
        return Ok(correction);
    }
    let what = format!("its decay correction (0054,1102) \"{correction}\" is none of START, ADMIN, NONE");
    Err(missing("(0054,1102)", what, Some(Field::DecayCorrection)))
}

/// Mean activity over a frame to activity at its start: lambda T / (1 - exp(-lambda T)).
fn frame_mean(lambda: f64, seconds: f64) -> f64 {
    let x = lambda * seconds;
    if x > 0.0 { x / -(-x).exp_m1() } else { 1.0 }
}

/// NONE: each slice is brought back from its own acquisition.
fn uncorrected(ledger: &mut Ledger<'_>, correction: String) -> Result<Decay, Missing> {
    let half_life = ledger.half_life()?;
    let lambda = LN_2 / half_life;
    let (starts, shift) = acquisitions(ledger)?;
    let first = starts.iter().copied().fold(f64::INFINITY, f64::min);
    // One injection for all slices: laid before the first of them.
    let injected = injection(ledger, half_life, first)?;
    let mut growth = Vec::with_capacity(starts.len());
    for (slice, start) in ledger.facts.slices.iter().zip(&starts) {
        let frame = slice.frame.ok_or_else(|| {
            missing("(0018,1242)", "the frame duration (0018,1242), which uncorrected values need, is missing", None)
        })?;
        growth.push(frame_mean(lambda, frame) * (lambda * (start - injected)).exp());
    }
    let times = Times { shift, ..times(ledger, first, "acquisition time, slice by slice", injected) };
    let rule = "decay corrected here, slice by slice".into();
    Ok(Decay { growth, correction, times: Some(times), half_life: Some(half_life), rule })
}

/// When each slice was acquired, and by how much an entered start moved them all: beds keep their distances.
fn acquisitions(ledger: &mut Ledger<'_>) -> Result<(Vec<f64>, f64), Missing> {
    let found: Vec<Option<f64>> = ledger.facts.slices.iter().map(|slice| slice.acquired).collect();
    let earliest = found.iter().flatten().copied().reduce(f64::min);
    if let Some(when) = ledger.entered.scanned_at {
        let start = when.on_the_day_of(earliest.or(ledger.facts.series).or(ledger.facts.day).unwrap_or(0.0));
        mark_scan(ledger, start);
        let shift = start - earliest.unwrap_or(start);
        return Ok((found.iter().map(|acquired| acquired.map_or(start, |acquired| acquired + shift)).collect(), shift));
    }
    ledger.settled(Field::ScannedAt)?;
    let absent = || missing("(0008,0032)", "the acquisition time (0008,0032) is missing", Some(Field::ScannedAt));
    Ok((found.into_iter().collect::<Option<Vec<f64>>>().ok_or_else(absent)?, 0.0))
}

/// START: all slices refer to one moment.
fn started(ledger: &mut Ledger<'_>, correction: String) -> Result<Decay, Missing> {
    let half_life = ledger.half_life()?;
    let lambda = LN_2 / half_life;
    let found = reference(ledger, lambda);
    let (reference, source) = match (ledger.entered.scanned_at, found) {
        (Some(when), found) => {
            let day = found.map(|(moment, _)| moment).or(ledger.facts.day);
            let moment = when.on_the_day_of(day.unwrap_or(0.0));
            mark_scan(ledger, moment);
            (moment, "entered")
        }
        (None, found) => {
            ledger.settled(Field::ScannedAt)?;
            let what = "series and acquisition time (0008,0031) (0008,0032) are missing";
            found.ok_or_else(|| missing("(0008,0031)", what, Some(Field::ScannedAt)))?
        }
    };
    let injected = injection(ledger, half_life, reference)?;
    let growth = (lambda * (reference - injected)).exp();
    let times = times(ledger, reference, source, injected);
    let rule = format!("decay corrected to {source}");
    let growth = vec![growth; ledger.facts.slices.len()];
    Ok(Decay { growth, correction, times: Some(times), half_life: Some(half_life), rule })
}

fn mark_scan(ledger: &mut Ledger<'_>, moment: f64) {
    ledger.mark(Field::ScannedAt, "start of the scan, Series Time (0008,0031)", stamp(moment));
}

/// The moment an image of correction START refers to, and where it was found.
fn reference(ledger: &mut Ledger<'_>, lambda: f64) -> Option<(f64, &'static str)> {
    let earliest = |slices: &[SliceFacts]| {
        let timed = slices.iter().filter_map(|slice| Some((slice.acquired?, *slice)));
        timed.min_by(|a, b| a.0.total_cmp(&b.0))
    };
    let earliest = earliest(&ledger.facts.slices);
    if let Some(scan) = ledger.facts.private_start {
        // An anonymiser may have moved or emptied one date and not the other.
        if earliest.is_none_or(|(acquired, _)| (scan - acquired).abs() < DAY / 2.0) {
            return Some((scan, "scan time (0009,100D)"));
        }
        ledger.notes.push(format!(
            "The scan time (0009,100D), {}, does not fit the acquisition (0008,0032) and is not used.",
            stamp(scan)
        ));
    }
    match (ledger.facts.series, earliest) {
        (Some(series), Some((acquired, _))) if series <= acquired => Some((series, "series time")),
        (Some(series), None) => Some((series, "series time")),
        (_, Some((acquired, slice))) => {
            // The series was made anew later, so its time says nothing: back to the start from the frame's own times.
            // The reference time is where the activity equals the frame's mean, ln(lambda T / (1 - exp(-lambda T)))
            // / lambda after the frame's start. A scan does not start after its first acquisition: then the frame's
            // times count from something else.
            let back = slice
                .frame_reference
                .zip(slice.frame)
                .map(|(reference, frame)| acquired - reference + frame_mean(lambda, frame).ln() / lambda)
                .filter(|start| *start <= acquired + ROUNDED);
            Some(back.map_or((acquired, "first acquisition"), |start| (start, "frame reference time")))
        }
        (None, None) => None,
    }
}

fn times(ledger: &mut Ledger<'_>, reference: f64, source: &str, injected: f64) -> Times {
    let elapsed = reference - injected;
    let minutes = elapsed / 60.0;
    if !USUAL_UPTAKE.contains(&elapsed) {
        ledger.doubt(format!("The uptake time of {minutes:.0} min is unusual; check the times of injection and scan."));
    }
    Times {
        reference: stamp(reference),
        reference_source: source.into(),
        injection: stamp(injected),
        elapsed_minutes: minutes,
        moments: [injected, reference],
        shift: 0.0,
    }
}
