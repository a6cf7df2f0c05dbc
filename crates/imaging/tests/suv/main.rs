//! Every rule of SUV on facts made for it, against values worked out apart.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use darkroom_imaging::Unit;
use darkroom_imaging::moment::DAY;
use darkroom_imaging::suv::{Entered, Facts, Scaling, SliceFacts, scaling};

mod missing;
mod rules;

const LAMBDA: f64 = std::f64::consts::LN_2 / 6586.2;
const HOUR: f64 = 3600.0;
/// The day of the default scan.
const TODAY: f64 = 20_000.0 * DAY;

/// 70 kg, 1.75 m, female, 370 MBq of F-18 at 10:00, scanned at 11:00, frames of 180 s.
fn facts() -> Facts {
    let slice = |n: usize| SliceFacts {
        slope: 1.0 + n as f64,
        acquired: Some(TODAY + 11.0 * HOUR),
        frame: Some(180.0),
        frame_reference: Some(90.0),
        ..SliceFacts::default()
    };
    Facts {
        units: Some("BQML".into()),
        decay_correction: Some("START".into()),
        corrected: ["ATTN", "DECY"].map(str::to_owned).to_vec(),
        weight: Some(70.0),
        height: Some(1.75),
        sex: Some("F".into()),
        drug: true,
        dose: Some(370e6),
        half_life: Some(6586.2),
        nuclide: vec!["C-111A1".into()],
        injected_clock: Some(10.0 * HOUR),
        series: Some(TODAY + 11.0 * HOUR),
        slices: (0..4).map(slice).collect(),
        ..Facts::default()
    }
}

fn with(edit: impl FnOnce(&mut Facts)) -> Scaling {
    let mut facts = facts();
    edit(&mut facts);
    scaling(&facts, &Entered::default())
}

/// The factor after some seconds of decay.
fn after(seconds: f64) -> f64 {
    70_000.0 / (370e6 * (-LAMBDA * seconds).exp())
}

fn expect(found: &Scaling, factor: f64) {
    assert_eq!(found.unit, Unit::Suv, "{:?}", found.record);
    assert!(found.record.available && found.record.missing.is_none());
    for value in &found.factors {
        assert!((value / factor - 1.0).abs() < 1e-9, "{value} {factor} {:?}", found.record);
    }
}

fn notes(found: &Scaling) -> String {
    found.record.notes.join(" ")
}
