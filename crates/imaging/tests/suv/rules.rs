//! Each rule, and what is told beside it.

use darkroom_imaging::Unit;
use darkroom_imaging::moment::DAY;
use darkroom_imaging::suv::{Facts, Field, Missing};

use crate::{HOUR, LAMBDA, TODAY, after, expect, notes, with};

#[test]
fn becquerel_by_each_decay_correction() {
    let found = with(|_| {});
    expect(&found, after(HOUR));
    assert_eq!(found.record.times.as_ref().unwrap().reference_source, "series time");
    assert!((found.record.times.as_ref().unwrap().elapsed_minutes - 60.0).abs() < 1e-9);
    assert_eq!((found.record.slices.different_slopes, found.record.slices.slope), (4, [1.0, 4.0]));
    expect(&with(|f| f.decay_correction = Some("ADMIN".into())), after(0.0));
    let x = LAMBDA * 180.0;
    let found = with(|f| {
        f.decay_correction = Some("NONE".into());
        f.corrected = vec!["ATTN".into()];
    });
    expect(&found, after(HOUR) * x / (1.0 - (-x).exp()));
    assert!(!notes(&found).contains("contradict"));
    // Beds after each other: another factor a slice.
    let found = with(|f| {
        f.decay_correction = Some("NONE".into());
        f.slices[3].acquired = Some(TODAY + 11.5 * HOUR);
    });
    assert!((found.factors[3] / found.factors[0] - (LAMBDA * 1800.0).exp()).abs() < 1e-9);
    assert!(notes(&found).contains("contradict"));
}

#[test]
fn the_reference_of_start_is_chosen_in_order() {
    // GE's private time comes first, even where the series' time is plausible.
    expect(&with(|f| f.private_start = Some(TODAY + 10.5 * HOUR)), after(HOUR / 2.0));
    // The series' time, where it is not after the first acquisition.
    expect(&with(|f| f.slices.iter_mut().for_each(|s| s.acquired = Some(TODAY + 12.0 * HOUR))), after(HOUR));
    // Else back from the acquisition by the frame's own times.
    let mean = (LAMBDA * 180.0 / (1.0 - (-LAMBDA * 180.0).exp())).ln() / LAMBDA;
    let late = |f: &mut Facts| f.series = Some(TODAY + 15.0 * HOUR);
    expect(&with(late), after(HOUR - 90.0 + mean));
    // Else the first acquisition itself.
    let found = with(|f| {
        late(f);
        f.slices.iter_mut().for_each(|s| s.frame_reference = None);
    });
    expect(&found, after(HOUR));
    assert_eq!(found.record.times.unwrap().reference_source, "first acquisition");
    // A start after the first acquisition is none: the reference time counts from something else.
    let found = with(|f| {
        late(f);
        f.slices.iter_mut().for_each(|s| s.frame_reference = Some(0.0));
    });
    expect(&found, after(HOUR));
    // GE's private time, emptied by an anonymiser to another century.
    let found = with(|f| f.private_start = Some(TODAY - 40_000.0 * DAY));
    expect(&found, after(HOUR));
    assert!(notes(&found).contains("(0009,100D)"));
}

#[test]
fn what_a_rule_does_not_ask_for_may_be_missing_or_contradictory() {
    let admin = with(|f| {
        f.decay_correction = Some("ADMIN".into());
        (f.half_life, f.nuclide, f.injected_clock) = (None, Vec::new(), None);
    });
    expect(&admin, after(0.0));
    let grams = with(|f| {
        f.units = Some("GML".into());
        let what = "two doses (0018,1074)".into();
        f.conflicts = vec![Missing { tag: "(0018,1074)".into(), what, field: Some(Field::Dose) }];
    });
    expect(&grams, 1.0);
}

#[test]
fn numbers_whose_unit_is_contradictory_have_none() {
    for units in ["BQML", "GML"] {
        let torn = with(|f| {
            f.units = Some(units.into());
            f.conflicts =
                vec![Missing { tag: "(0054,1001)".into(), what: "two units (0054,1001)".into(), field: None }];
        });
        assert_eq!(torn.unit, Unit::Other(String::new()));
    }
}

#[test]
fn injection_times_cross_midnight_and_survive_moved_dates() {
    let night = |f: &mut Facts| {
        f.series = Some(TODAY + 0.5 * HOUR);
        f.slices.iter_mut().for_each(|s| s.acquired = f.series);
        f.injected_clock = Some(23.5 * HOUR);
    };
    expect(&with(night), after(HOUR));
    expect(&with(|f| f.injected = Some(TODAY + 9.0 * HOUR)), after(2.0 * HOUR));
    let moved = with(|f| f.injected = Some(TODAY - 4000.0 * DAY));
    expect(&moved, after(HOUR));
    assert!(notes(&moved).contains("does not fit the scan"));
    // Only a full moment, and that one of another day: its time of day is believed.
    let found = with(|f| {
        f.injected_clock = None;
        f.injected = Some(TODAY - 4000.0 * DAY + 10.0 * HOUR);
    });
    expect(&found, after(HOUR));
}

#[test]
fn nuclides_that_outlast_days_may_be_injected_days_before() {
    let zirconium = |f: &mut Facts| {
        f.nuclide = vec!["Zr-89".into()];
        f.half_life = Some(282_258.0);
    };
    let four_days = with(|f| {
        zirconium(f);
        f.injected = Some(TODAY - 4.0 * DAY + 10.0 * HOUR);
    });
    let left = (-std::f64::consts::LN_2 / 282_258.0 * (4.0 * DAY + HOUR)).exp();
    expect(&four_days, 70_000.0 / (370e6 * left));
    let dayless = with(zirconium);
    assert!(dayless.record.available && notes(&dayless).contains("The day of injection is not written"));
    let moved = with(|f| {
        zirconium(f);
        f.injected = Some(TODAY - 400.0 * DAY);
    });
    assert_eq!(moved.record.missing.unwrap().field, Some(Field::InjectedAt));
}

#[test]
fn magnitudes_and_units_that_are_mixed_up_are_told_apart() {
    let found = with(|f| f.dose = Some(370.0));
    expect(&found, after(HOUR));
    assert!(notes(&found).contains("taken for megabecquerel"));
    let found = with(|f| f.weight = Some(70_000.0));
    expect(&found, after(HOUR));
    assert!(notes(&found).contains("taken for grams"));
    let found = with(|f| f.half_life = Some(109.77));
    assert!((found.factors[0] / after(HOUR) - 1.0).abs() < 1e-4);
    assert!(notes(&found).contains("taken for minutes"));
    expect(&with(|f| f.half_life = Some(6_586_200.0)), after(HOUR));
    assert!(notes(&with(|f| f.half_life = Some(4000.0))).contains("not that of F-18"));
}

#[test]
fn other_nuclides_are_known() {
    for (name, half_life) in [("^68^Gallium", 4057.7), ("C-11", 1223.4), ("^82^Rubidium", 75.48), ("Zr-89", 282_258.0)]
    {
        let found = with(|f| {
            f.nuclide = vec![name.into()];
            f.half_life = None;
            f.injected_clock = Some(10.9 * HOUR);
        });
        expect(&found, 70_000.0 / 370e6 * (std::f64::consts::LN_2 / half_life * 0.1 * HOUR).exp());
        assert!(notes(&found).contains("half-life (0018,1075) is missing"));
    }
}

#[test]
fn grams_per_millilitre_of_every_kind_come_to_body_weight() {
    let gml = |kind: Option<&str>, sex: &str| {
        with(|f| {
            f.units = Some("GML".into());
            f.suv_type = kind.map(str::to_owned);
            f.sex = Some(sex.into());
        })
    };
    expect(&gml(None, "F"), 1.0);
    expect(&gml(Some("BW"), "O"), 1.0);
    // 70 kg at 1.75 m: (W/H)^2 = 0.16, body mass index 22.857142857.
    let index = 70.0 / 3.0625;
    let janma = [9270.0 * 70.0 / (6680.0 + 216.0 * index), 9270.0 * 70.0 / (8780.0 + 244.0 * index)];
    for (kind, male, female) in [
        ("LBM", 1.10 * 70.0 - 120.0 * 0.16, 1.07 * 70.0 - 148.0 * 0.16),
        ("LBMJAMES128", 1.10 * 70.0 - 128.0 * 0.16, 1.07 * 70.0 - 148.0 * 0.16),
        ("LBMJANMA", janma[0], janma[1]),
        ("IBW", 48.0 + 1.06 * 23.0, 45.5 + 0.91 * 23.0),
    ] {
        expect(&gml(Some(kind), "M"), 70.0 / male);
        expect(&gml(Some(kind), "F"), 70.0 / female);
        let other = gml(Some(kind), "O");
        expect(&other, 70.0 / ((male + female) / 2.0));
        assert!(notes(&other).contains("mean of both formulas"));
    }
    let unknown = gml(Some("XYZ"), "F");
    assert_eq!(unknown.record.missing.unwrap().tag, "(0054,1006)");
    // By surface, in cm2/ml: Du Bois.
    let surface = 0.007_184 * 175_f64.powf(0.725) * 70_f64.powf(0.425);
    expect(&with(|f| f.units = Some("CM2ML".into())), 70_000.0 / (surface * 1e4));
}

#[test]
fn counts_of_philips_by_either_factor() {
    let counts = |suv: Option<f64>, activity: Option<f64>| {
        with(|f| {
            f.units = Some("CNTS".into());
            for (n, slice) in f.slices.iter_mut().enumerate() {
                slice.suv_factor = suv.map(|factor| factor * (n + 1) as f64);
                slice.activity_factor = activity;
            }
        })
    };
    let found = counts(Some(0.0005), Some(2.5));
    assert_eq!(found.factors, [0.0005, 0.001, 0.0015, 0.002]);
    assert_eq!(found.record.factor, Some([0.0005, 0.002]));
    expect(&counts(None, Some(2.5)), 2.5 * after(HOUR));
    let none = counts(Some(0.0), None);
    let missing = none.record.missing.unwrap();
    assert_eq!((missing.tag.as_str(), missing.field), ("(7053,1000)", None));
    assert_eq!(none.unit, Unit::Other("counts".into()));
}

#[test]
fn unusual_uptake_and_missing_corrections_are_told() {
    assert!(notes(&with(|f| f.injected_clock = Some(10.9 * HOUR))).contains("6 min is unusual"));
    let small = with(|f| f.dose = Some(368_080.0));
    assert!(small.record.available && notes(&small).contains("check the dose (0018,1074)"));
    assert!(notes(&with(|f| f.corrected = vec!["DECY".into()])).contains("attenuation"));
    assert!(notes(&with(|f| f.decay_correction = None)).contains("start of the scan is assumed"));
}
