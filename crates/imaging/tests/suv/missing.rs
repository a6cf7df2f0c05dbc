//! What is missing or absurd, and what is entered in its place.

use darkroom_imaging::moment::DAY;
use darkroom_imaging::suv::{Entered, Facts, Field, Missing, Sex, When, scaling};

use crate::{HOUR, TODAY, after, expect, facts, notes, with};

#[test]
fn what_is_missing_or_absurd_is_named_with_its_tag_and_field() {
    let refused = |edit: &dyn Fn(&mut Facts)| {
        let found = with(edit);
        assert!(!found.record.available && found.factors.iter().all(|factor| *factor == 1.0));
        let missing = found.record.missing.clone().unwrap();
        assert!(missing.what.contains(&missing.tag), "{missing:?}");
        assert!(notes(&found).contains(&format!("SUV not available: {}.", missing.what)));
        (missing.tag, missing.field)
    };
    let weight = ("(0010,1030)".to_owned(), Some(Field::Weight));
    for value in [None, Some(0.0), Some(-70.0), Some(900.0), Some(1e9)] {
        assert_eq!(refused(&|f| f.weight = value), weight);
    }
    let dose = ("(0018,1074)".to_owned(), Some(Field::Dose));
    for value in [None, Some(0.0), Some(-370e6), Some(0.37), Some(99_000.0), Some(4e11)] {
        assert_eq!(refused(&|f| f.dose = value), dose);
    }
    let unknown = |value: Option<f64>| {
        refused(&|f| {
            f.half_life = value;
            f.nuclide = Vec::new();
        })
    };
    for value in [None, Some(0.0), Some(-6586.2), Some(1e12)] {
        assert_eq!(unknown(value), ("(0018,1075)".into(), Some(Field::HalfLife)));
    }
    assert_eq!(refused(&|f| f.injected_clock = None), ("(0018,1072)".into(), Some(Field::InjectedAt)));
    let timeless = |f: &mut Facts| {
        f.series = None;
        f.slices.iter_mut().for_each(|s| s.acquired = None);
    };
    assert_eq!(refused(&timeless), ("(0008,0031)".into(), Some(Field::ScannedAt)));
    let silent = |f: &mut Facts| {
        f.decay_correction = None;
        f.corrected = vec!["ATTN".into()];
    };
    assert_eq!(refused(&silent), ("(0054,1102)".into(), Some(Field::DecayCorrection)));
    assert_eq!(refused(&|f| f.units = None), ("(0054,1001)".into(), None));
    let torn = |f: &mut Facts| f.conflicts = vec![conflict()];
    assert_eq!(refused(&torn), weight);
    assert_eq!(refused(&|f| f.units = Some("PROPCPS".into())), ("(0054,1001)".into(), None));
    let lean = |f: &mut Facts| {
        f.units = Some("GML".into());
        f.suv_type = Some("LBM".into());
    };
    let height = ("(0010,1020)".to_owned(), Some(Field::Height));
    for value in [None, Some(-1.0), Some(500.0)] {
        assert_eq!(
            refused(&|f| {
                lean(f);
                f.height = value;
            }),
            height
        );
    }
    let sexless = |f: &mut Facts| {
        lean(f);
        f.sex = None;
    };
    assert_eq!(refused(&sexless), ("(0010,0040)".into(), Some(Field::Sex)));
}

fn conflict() -> Missing {
    Missing { tag: "(0010,1030)".into(), what: "two weights (0010,1030)".into(), field: Some(Field::Weight) }
}

#[test]
fn an_entered_value_settles_what_slices_contradict_each_other_in() {
    let torn = Facts { conflicts: vec![conflict()], ..facts() };
    expect(&scaling(&torn, &Entered { weight_kg: Some(70.0), ..Entered::default() }), after(HOUR));
    assert!(!scaling(&torn, &Entered { dose_mbq: Some(370.0), ..Entered::default() }).record.available);
}

#[test]
fn an_entered_injection_lies_within_what_the_nuclide_lasts() {
    let at =
        |day: f64| Entered { injected_at: Some(When::Moment(TODAY - day * DAY + 10.0 * HOUR)), ..Entered::default() };
    expect(&scaling(&facts(), &at(0.0)), after(HOUR));
    for days in [2.0, 3650.0] {
        let missing = scaling(&facts(), &at(days)).record.missing.unwrap();
        assert_eq!(missing.field, Some(Field::InjectedAt));
        assert!(missing.what.contains("days before the scan"), "{}", missing.what);
    }
}

#[test]
fn an_injection_of_which_nothing_would_be_left_is_refused() {
    let refused = |edit: &dyn Fn(&mut Facts)| {
        let missing = with(edit).record.missing.unwrap();
        assert_eq!(missing.field, Some(Field::InjectedAt));
        missing.what
    };
    // Ten seconds after the scan: not the day before.
    let late = |f: &mut Facts| (f.injected, f.injected_clock) = (Some(TODAY + 11.0 * HOUR + 10.0), None);
    assert!(refused(&late).contains("lies after the scan"));
    assert!(refused(&|f| f.injected_clock = Some(11.0 * HOUR + 10.0)).contains("24.0 hours before the scan"));
    let carbon = |f: &mut Facts| {
        f.nuclide = vec!["C-11".into()];
        f.half_life = None;
        f.injected_clock = Some(HOUR);
    };
    assert!(refused(&carbon).contains("29 half-lives"));
    // A half-life in minutes that no nuclide corrects.
    let minutes = |f: &mut Facts| (f.half_life, f.nuclide) = (Some(109.77), Vec::new());
    assert!(refused(&minutes).contains("33 half-lives of 110 s"));
    let entered = Entered { half_life_s: Some(4000.0), ..Entered::default() };
    assert!(notes(&scaling(&facts(), &entered)).contains("is not that of F-18"));
}

#[test]
fn an_entered_start_moves_beds_together() {
    let beds = |f: &mut Facts| {
        f.decay_correction = Some("NONE".into());
        f.slices[3].acquired = Some(TODAY + 11.5 * HOUR);
    };
    let mut facts = facts();
    beds(&mut facts);
    let entered = Entered { scanned_at: Some(When::Clock(12.0 * HOUR)), ..Entered::default() };
    let (moved, before) = (scaling(&facts, &entered), with(beds));
    for (moved, before) in moved.factors.iter().zip(&before.factors) {
        assert!((moved / before / (crate::LAMBDA * HOUR).exp() - 1.0).abs() < 1e-9);
    }
    assert!((moved.record.times.unwrap().shift - HOUR).abs() < 1e-9);
}

#[test]
fn what_was_entered_for_an_earlier_series_is_told_again() {
    let found = with(|f| f.inherited = Some("Entered by hand: weight 80 kg.".into()));
    expect(&found, after(HOUR));
    assert!(notes(&found).contains("Entered by hand: weight 80 kg."));
    assert_eq!(found.record.entered_sentences().count(), 1);
}

#[test]
fn entered_values_come_first_and_are_told() {
    let entered = Entered {
        weight_kg: Some(80.0),
        dose_mbq: Some(400.0),
        injected_at: Some(When::Clock(9.0 * HOUR)),
        scanned_at: Some(When::Clock(10.5 * HOUR)),
        half_life_s: Some(6000.0),
        ..Entered::default()
    };
    let mut silent = facts();
    (silent.weight, silent.dose, silent.injected_clock, silent.half_life) = (None, None, None, None);
    let factor = 80_000.0 / 400e6 * (std::f64::consts::LN_2 / 6000.0 * 1.5 * HOUR).exp();
    for facts in [facts(), silent] {
        let found = scaling(&facts, &entered);
        expect(&found, factor);
        let sentence = found.record.entered_sentence().unwrap();
        for part in ["(0010,1030) 80 kg", "(0018,1074) 400 MBq", "(0018,1078)", "(0018,1075) 6000 s", "(0008,0031)"] {
            assert!(sentence.contains(part), "{part}: {sentence}");
        }
    }
    // What is not used is not told.
    let mut already = facts();
    already.units = Some("GML".into());
    assert!(scaling(&already, &entered).record.entered.is_empty());
    let absurd = Entered { weight_kg: Some(-3.0), ..Entered::default() };
    assert_eq!(scaling(&facts(), &absurd).record.missing.unwrap().field, Some(Field::Weight));
    assert!(notes(&scaling(&already, &entered)).contains("Entered, but not used"));
    let late = Entered { injected_at: Some(When::Moment(TODAY + 12.0 * HOUR)), ..Entered::default() };
    assert!(scaling(&facts(), &late).record.missing.unwrap().what.contains("after the scan"));
    let mut lean = facts();
    (lean.units, lean.suv_type, lean.height, lean.sex) = (Some("GML".into()), Some("IBW".into()), None, None);
    let body = Entered { height_m: Some(1.75), sex: Some(Sex::Male), ..Entered::default() };
    expect(&scaling(&lean, &body), 70.0 / 72.38);
    let mut silent = facts();
    (silent.decay_correction, silent.corrected) = (None, Vec::new());
    let none = Entered { decay_correction: Some("ADMIN".into()), ..Entered::default() };
    expect(&scaling(&silent, &none), after(0.0));
}
