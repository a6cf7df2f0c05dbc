//! Decay between injection and scan: which moment an image refers to, and what was left then.

use super::ledger::{Ledger, missing};
use super::{Facts, Field, Missing, SliceFacts, Times};
use crate::moment::{DAY, stamp};

/// Uptake times that are told to the user as unusual: outside 30 minutes to 6 hours.
const USUAL_UPTAKE: std::ops::RangeInclusive<f64> = 1800.0..=21_600.0;
/// After so many half-lives a thousandth of the dose is left, which nobody images.
const HALF_LIVES_LEFT: f64 = 10.0;

/// What undoes decay: one number a slice that becquerel are multiplied with, and the times behind it.
#[derive(Debug)]
pub(super) struct Decay {
    pub(super) growth: Vec<f64>,
    pub(super) correction: String,
    pub(super) times: Option<Times>,
    /// The rule in words.
    pub(super) rule: String,
}

/// Decides by Decay Correction (0054,1102). `lambda` is the decay constant in 1/s.
pub(super) fn decay(ledger: &mut Ledger<'_>, lambda: f64) -> Result<Decay, Missing> {
    let correction = correction(ledger)?;
    match correction.as_str() {
        "ADMIN" => Ok(Decay {
            growth: vec![1.0; ledger.facts.slices.len()],
            correction,
            times: None,
            rule: "corrected to the injection itself".into(),
        }),
        "NONE" => uncorrected(ledger, lambda, correction),
        _ => started(ledger, lambda, correction),
    }
}

fn correction(ledger: &mut Ledger<'_>) -> Result<String, Missing> {
    const TAG: &str = "(0054,1102)";
    if let Some(entered) = ledger.entered.decay_correction.clone() {
        ledger.mark(Field::DecayCorrection, "Decay Correction (0054,1102)", entered.clone());
        return named(entered);
    }
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
fn uncorrected(ledger: &mut Ledger<'_>, lambda: f64, correction: String) -> Result<Decay, Missing> {
    let entered = ledger.entered.scanned_at;
    let acquired = |slice: &SliceFacts| match (entered, slice.acquired) {
        (Some(when), acquired) => Ok(when.on_the_day_of(acquired.or(ledger.facts.series).unwrap_or(0.0))),
        (None, Some(acquired)) => Ok(acquired),
        (None, None) => {
            Err(missing("(0008,0032)", "the acquisition time (0008,0032) is missing", Some(Field::ScannedAt)))
        }
    };
    let starts = ledger.facts.slices.iter().map(acquired).collect::<Result<Vec<f64>, _>>()?;
    if entered.is_some() {
        mark_scan(ledger, starts[0]);
    }
    let first = starts.iter().copied().fold(f64::INFINITY, f64::min);
    // One injection for all slices: laid before the first of them.
    let injected = injection(ledger, lambda, first)?;
    let mut growth = Vec::with_capacity(starts.len());
    for (slice, start) in ledger.facts.slices.iter().zip(&starts) {
        let frame = slice.frame.ok_or_else(|| {
            missing("(0018,1242)", "the frame duration (0018,1242), which uncorrected values need, is missing", None)
        })?;
        growth.push(frame_mean(lambda, frame) * (lambda * (start - injected)).exp());
    }
    let times = times(ledger, first, "acquisition time, slice by slice", injected);
    Ok(Decay { growth, correction, times: Some(times), rule: "decay corrected here, slice by slice".into() })
}

/// START: all slices refer to one moment.
fn started(ledger: &mut Ledger<'_>, lambda: f64, correction: String) -> Result<Decay, Missing> {
    let found = reference(ledger.facts, lambda);
    let (reference, source) = match (ledger.entered.scanned_at, found) {
        (Some(when), found) => {
            let moment = when.on_the_day_of(found.map_or(0.0, |(moment, _)| moment));
            mark_scan(ledger, moment);
            (moment, "entered")
        }
        (None, Some(found)) => found,
        (None, None) => {
            let what = "series and acquisition time (0008,0031) (0008,0032) are missing";
            return Err(missing("(0008,0031)", what, Some(Field::ScannedAt)));
        }
    };
    let injected = injection(ledger, lambda, reference)?;
    let growth = (lambda * (reference - injected)).exp();
    let times = times(ledger, reference, source, injected);
    let rule = format!("decay corrected to {source}");
    Ok(Decay { growth: vec![growth; ledger.facts.slices.len()], correction, times: Some(times), rule })
}

fn mark_scan(ledger: &mut Ledger<'_>, moment: f64) {
    ledger.mark(Field::ScannedAt, "start of the scan, Series Time (0008,0031)", stamp(moment));
}

/// The moment an image of correction START refers to, and where it was found.
fn reference(facts: &Facts, lambda: f64) -> Option<(f64, &'static str)> {
    if let Some(scan) = facts.private_start {
        return Some((scan, "scan time (0009,100D)"));
    }
    let earliest =
        facts.slices.iter().filter_map(|slice| Some((slice.acquired?, slice))).min_by(|a, b| a.0.total_cmp(&b.0));
    match (facts.series, earliest) {
        (Some(series), Some((acquired, _))) if series <= acquired => Some((series, "series time")),
        (Some(series), None) => Some((series, "series time")),
        (_, Some((acquired, slice))) => {
            // The series was made anew later, so its time says nothing: back to the start from the frame's own times.
            // The reference time is where the activity equals the frame's mean, ln(lambda T / (1 - exp(-lambda T)))
            // / lambda after the frame's start.
            let back = slice
                .frame_reference
                .zip(slice.frame)
                .map(|(reference, frame)| acquired - reference + frame_mean(lambda, frame).ln() / lambda);
            Some(back.map_or((acquired, "first acquisition"), |start| (start, "frame reference time")))
        }
        (None, None) => None,
    }
}

/// When the tracer was injected, on the axis of `reference`. `lambda` is the decay constant in 1/s.
fn injection(ledger: &mut Ledger<'_>, lambda: f64, reference: f64) -> Result<f64, Missing> {
    let refuse = |what: String| Err(missing("(0018,1078)", what, Some(Field::InjectedAt)));
    let longest = DAY.max(HALF_LIVES_LEFT * std::f64::consts::LN_2 / lambda);
    if let Some(when) = ledger.entered.injected_at {
        let injected = when.before(reference);
        ledger.mark(Field::InjectedAt, "Radiopharmaceutical Start (0018,1078)", stamp(injected));
        let told = format!("the injection entered for (0018,1078), {}", stamp(injected));
        if injected > reference {
            return refuse(format!("{told}, lies after the scan at {}", stamp(reference)));
        }
        if reference - injected > longest {
            let days = (reference - injected) / DAY;
            return refuse(format!(
                "{told}, lies {days:.1} days before the scan, when nothing of the dose would be left"
            ));
        }
        return Ok(injected);
    }
    let dated = ledger.facts.injected;
    if let Some(injected) = dated.filter(|injected| (0.0..longest).contains(&(reference - injected))) {
        return Ok(injected);
    }
    let clock = ledger.facts.injected_clock.or(dated.map(|injected| injected.rem_euclid(DAY)));
    let Some(clock) = clock else {
        let what = "the time of injection (0018,1072) is missing";
        return Err(missing("(0018,1072)", what, Some(Field::InjectedAt)));
    };
    let injected = super::When::Clock(clock).before(reference);
    // A nuclide that outlasts days may have been injected on any of them.
    let lasting = longest > DAY;
    if let Some(dated) = dated {
        let (dated, scan) = (stamp(dated), stamp(reference));
        if lasting {
            return refuse(format!("the injection (0018,1078) at {dated} does not fit the scan at {scan}"));
        }
        // A date that anonymisation moved apart from the scan's is worse than none.
        ledger.notes.push(format!(
            "The injection (0018,1078) at {dated} does not fit the scan at {scan}; {} is taken.",
            stamp(injected)
        ));
    } else if lasting {
        ledger.notes.push(format!(
            "The day of injection is not written, and the nuclide outlasts days; {} is taken.",
            stamp(injected)
        ));
    }
    Ok(injected)
}

fn times(ledger: &mut Ledger<'_>, reference: f64, source: &str, injected: f64) -> Times {
    let elapsed = reference - injected;
    let minutes = elapsed / 60.0;
    if !USUAL_UPTAKE.contains(&elapsed) {
        ledger
            .notes
            .push(format!("The uptake time of {minutes:.0} min is unusual; check the times of injection and scan."));
    }
    Times {
        reference: stamp(reference),
        reference_source: source.into(),
        injection: stamp(injected),
        elapsed_minutes: minutes,
        moments: [injected, reference],
    }
}
