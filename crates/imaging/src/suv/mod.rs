//! Standardised uptake values: from what a PET series says of itself to one factor a slice.
//!
//! The order of rules follows the QIBA vendor-neutral pseudo-code and the OncoRay/IBSI SUV manual where they agree.
//! Where they do not, the order here is the one that gives the IBSI reference objects their stated values. The page
//! `docs/suv.md` has the order in words. Everything here is arithmetic on [`Facts`]; whoever reads files fills them.

mod body;
mod decay;
mod entered;
mod facts;
mod injection;
mod ledger;
mod nuclide;
mod record;
pub mod typed;

pub use body::{Basis, Sex, surface};
pub use entered::{Entered, Field, When};
pub use facts::{Facts, SliceFacts};
pub use nuclide::Nuclide;
pub use record::{ENTERED, EnteredValue, Missing, Record, SliceCheck, Times};

use ledger::{Ledger, missing};

use crate::Unit;

/// Doses in MBq/kg that are not told as unusual: below a tenth of what total-body scanners are tried with, and above the
/// rubidium of a heart scan.
const USUAL_DOSE: std::ops::RangeInclusive<f64> = 0.03..=60.0;
/// Kilograms below which a body is taken for an animal's.
const LEAST_PERSON: f64 = 2.0;

/// What to multiply the rescaled numbers of each slice with, and what they then measure.
#[derive(Clone, Debug, PartialEq)]
pub struct Scaling {
    /// SUV where it was reached, else what the file's numbers are.
    pub unit: Unit,
    /// One factor a slice.
    pub factors: Vec<f64>,
    /// How, or why not.
    pub record: Record,
}

/// What a rule comes to.
struct Reached {
    factors: Vec<f64>,
    rule: String,
}

/// The scaling of a PET series, whose slices may differ in time and in factors.
#[must_use]
pub fn scaling(facts: &Facts, entered: &Entered) -> Scaling {
    let mut ledger = Ledger::new(facts, entered);
    let mut record = Record {
        units: facts.units.clone().unwrap_or_default(),
        slices: slice_check(&facts.slices),
        inherited: facts.inherited.clone(),
        ..Record::default()
    };
    let reached = by_units(&mut ledger, &mut record).and_then(usable);
    let unused = ledger.unused();
    let mut notes = std::mem::take(&mut ledger.notes);
    record.entered = std::mem::take(&mut ledger.used);
    let (unit, factors) = match reached {
        Ok(Reached { factors, rule }) => {
            record.available = true;
            record.factor = range(&factors);
            record.rule = rule;
            notes.push(summary(&record));
            (Unit::Suv, factors)
        }
        Err(missing) => {
            notes.push(format!("SUV not available: {}.", missing.what));
            record.missing = Some(missing);
            (unit(facts), vec![1.0; facts.slices.len()])
        }
    };
    notes.extend(record.entered_sentences());
    notes.extend(unused);
    record.notes = notes;
    record.doubts = ledger.doubts;
    Scaling { unit, factors, record }
}

/// What the numbers are as they stand in the file; of no unit where slices contradict each other in that.
fn unit(facts: &Facts) -> Unit {
    if facts.conflicts.iter().any(|conflict| conflict.field.is_none()) {
        return Unit::Other(String::new());
    }
    match facts.units.as_deref() {
        Some("BQML") => Unit::BecquerelPerMl,
        Some("CNTS") => Unit::Other("counts".into()),
        Some("GML") => Unit::Other(format!("SUV {}", facts.suv_type.as_deref().unwrap_or_default())),
        Some("CM2ML") => Unit::Other("SUV BSA".into()),
        other => Unit::Other(other.unwrap_or_default().to_owned()),
    }
}

/// Factors that numbers can be multiplied with.
fn usable(reached: Reached) -> Result<Reached, Missing> {
    match reached.factors.iter().find(|factor| !factor.is_normal() || **factor < 0.0) {
        Some(factor) => Err(missing("", format!("its attributes lead to a factor of {factor}"), None)),
        None => Ok(reached),
    }
}

fn by_units(ledger: &mut Ledger<'_>, record: &mut Record) -> Result<Reached, Missing> {
    ledger.agreement()?;
    let count = ledger.facts.slices.len();
    match ledger.facts.units.as_deref() {
        Some("BQML") => activity(ledger, record, "BQML"),
        Some("GML") => grams(ledger, record),
        Some("CM2ML") => {
            // SUV by surface: activity in Bq/ml over dose per square centimetre.
            let (square_metres, weight) = ledger.surface()?;
            record.weight_kg = Some(weight);
            let factor = weight * 1000.0 / (square_metres * 1e4);
            Ok(Reached { factors: vec![factor; count], rule: "CM2ML: from body surface (Du Bois) to weight".into() })
        }
        Some("CNTS") => counts(ledger, record),
        Some(other) => {
            let what = format!("the values are in {other} (0054,1001), from which no rule leads to SUV");
            Err(missing("(0054,1001)", what, None))
        }
        None => Err(missing("(0054,1001)", "Units (0054,1001) is missing", None)),
    }
}

/// GML: SUV already, by body weight or by something else that is turned back into it.
fn grams(ledger: &mut Ledger<'_>, record: &mut Record) -> Result<Reached, Missing> {
    let count = ledger.facts.slices.len();
    let suv_type = ledger.facts.suv_type.as_deref().unwrap_or("BW");
    if suv_type == "BW" {
        return Ok(Reached { factors: vec![1.0; count], rule: "GML: SUV by body weight already".into() });
    }
    let Some(basis) = Basis::of(suv_type) else {
        let what = format!("the values are SUV of the type \"{suv_type}\" (0054,1006), which is not known");
        return Err(missing("(0054,1006)", what, None));
    };
    let name = basis.name();
    let (kilograms, weight) = ledger.basis(basis).map_err(|missing| Missing {
        what: format!("the values are SUV {suv_type}, by {name}, and {}", missing.what),
        ..missing
    })?;
    record.weight_kg = Some(weight);
    ledger.notes.push(format!("The values are SUV by {name}, {kilograms:.1} kg; they are brought to body weight."));
    Ok(Reached { factors: vec![weight / kilograms; count], rule: format!("GML: from {name} to body weight") })
}

/// CNTS of Philips: private factors to SUV (7053,xx00) or to Bq/ml (7053,xx09), which may differ by slice.
fn counts(ledger: &mut Ledger<'_>, record: &mut Record) -> Result<Reached, Missing> {
    let factors = |of: fn(&SliceFacts) -> Option<f64>| -> Option<Vec<f64>> {
        ledger.facts.slices.iter().map(|slice| of(slice).filter(|factor| *factor > 0.0)).collect()
    };
    if let Some(factors) = factors(|slice| slice.suv_factor) {
        return Ok(Reached { factors, rule: "CNTS: SUV by the scanner's own factor (7053,1000)".into() });
    }
    let Some(to_activity) = factors(|slice| slice.activity_factor) else {
        let what = "the values are counts, and the scanner's factors (7053,1000) and (7053,1009) are missing";
        return Err(missing("(7053,1000)", what, None));
    };
    let mut reached = activity(ledger, record, "CNTS by (7053,1009)")?;
    for (factor, to_activity) in reached.factors.iter_mut().zip(to_activity) {
        *factor *= to_activity;
    }
    Ok(reached)
}

/// Becquerel per millilitre to SUV: weight over the dose left at the moment that the image is corrected to.
fn activity(ledger: &mut Ledger<'_>, record: &mut Record, units: &str) -> Result<Reached, Missing> {
    correction_notes(ledger);
    let weight = ledger.weight()?;
    let dose = ledger.dose()?;
    ledger.notes.extend(unusual_dose(dose, weight));
    let decay = decay::decay(ledger)?;
    record.weight_kg = Some(weight);
    record.dose_mbq = Some(dose);
    record.half_life_s = decay.half_life;
    record.decay_correction.clone_from(&decay.correction);
    record.times = decay.times;
    let per_becquerel = weight * 1000.0 / (dose * 1e6);
    let factors = decay.growth.iter().map(|growth| per_becquerel * growth).collect();
    Ok(Reached { factors, rule: format!("{units}, {}: {}", decay.correction, decay.rule) })
}

/// A dose that no scanner would see, or no body would be given.
fn unusual_dose(megabecquerel: f64, kilograms: f64) -> Option<String> {
    let of_a_person = kilograms >= LEAST_PERSON;
    (of_a_person && !USUAL_DOSE.contains(&(megabecquerel / kilograms))).then(|| {
        format!("A dose of {megabecquerel} MBq for {kilograms} kg is unusual; check the dose (0018,1074) and its unit.")
    })
}

fn correction_notes(ledger: &mut Ledger<'_>) {
    let facts = ledger.facts;
    let lacks = |step: &str| !facts.corrected.iter().any(|done| done == step);
    if lacks("ATTN") {
        ledger.doubt(
            "Corrected Image (0028,0051) does not say that attenuation was corrected; SUV may be wrong.".to_owned(),
        );
    }
    let correction = facts.decay_correction.as_deref();
    if lacks("DECY") == matches!(correction, Some("START" | "ADMIN")) && correction.is_some() {
        ledger.notes.push(
            "Corrected Image (0028,0051) and Decay Correction (0054,1102) contradict each other; the latter is followed."
                .to_owned(),
        );
    }
}

fn summary(record: &Record) -> String {
    let mut parts = Vec::new();
    parts.extend(record.weight_kg.map(|weight| format!("{weight:.1} kg")));
    parts.extend(record.dose_mbq.map(|dose| format!("{dose:.1} MBq")));
    if let Some(times) = &record.times {
        parts.push(format!(
            "injected {}, scanned {}, {:.0} min",
            times.injection, times.reference, times.elapsed_minutes
        ));
    }
    parts.push(record.rule.clone());
    format!("SUV by body weight: {}.", parts.join(", "))
}

fn slice_check(slices: &[SliceFacts]) -> SliceCheck {
    let mut slopes: Vec<f64> = slices.iter().map(|slice| slice.slope).collect();
    slopes.sort_by(f64::total_cmp);
    let slope = range(&slopes).unwrap_or_default();
    slopes.dedup();
    SliceCheck {
        count: slices.len(),
        slope,
        different_slopes: slopes.len(),
        with_intercept: slices.iter().filter(|slice| slice.intercept != 0.0).count(),
    }
}

fn range(values: &[f64]) -> Option<[f64; 2]> {
    let least = values.iter().copied().reduce(f64::min)?;
    Some([least, values.iter().copied().fold(least, f64::max)])
}
