//! SUV: each rule on a series made for it, and the IBSI reference objects.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of a test may fail like the test")]

mod support;

use darkroom_dicom::{Series, read};
use darkroom_imaging::suv::{Entered, Field};
use darkroom_imaging::{Unit, Verdict};
use dicom_core::{Tag, VR};
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;
use support::{drug, put, series, set_drug, slope, stored};

const LAMBDA: f64 = std::f64::consts::LN_2 / 6586.2;

fn read_one(edit: impl Fn(usize, &mut InMemDicomObject)) -> Series {
    read(series(edit)).remove(0)
}

/// What a value of slice `k` was multiplied with, beyond the slope.
fn factor_of(found: &Series, k: usize) -> f64 {
    let volume = found.volume.as_ref().unwrap();
    f64::from(volume.data[volume.index(3, 4, k)]) / (f64::from(stored(3, 4, k)) * slope(k))
}

fn expect(edit: impl Fn(usize, &mut InMemDicomObject), factor: f64) {
    let found = read_one(edit);
    assert_eq!(found.volume.as_ref().unwrap().unit, Unit::Suv, "{:?}", found.info.notes);
    for k in [0, 9] {
        let measured = factor_of(&found, k);
        assert!((measured / factor - 1.0).abs() < 1e-6, "{measured} {factor} {:?}", found.info.notes);
    }
}

/// The factor after some seconds of decay.
fn after(seconds: f64) -> f64 {
    70_000.0 / (370e6 * (-LAMBDA * seconds).exp())
}

fn edit_drug(object: &mut InMemDicomObject, tag: Tag, vr: VR, value: &str) {
    let mut drug = drug();
    put(&mut drug, tag, vr, value);
    set_drug(object, drug);
}

#[test]
fn start_uses_the_series_time_and_its_special_cases() {
    expect(|_, _| {}, after(3600.0));
    // Injected before midnight, seen after it.
    expect(
        |_, o| {
            put(o, tags::SERIES_TIME, VR::TM, "003000");
            put(o, tags::ACQUISITION_TIME, VR::TM, "003000");
            edit_drug(o, tags::RADIOPHARMACEUTICAL_START_TIME, VR::TM, "233000");
        },
        after(3600.0),
    );
    // A full date and time of injection comes before the time alone.
    expect(|_, o| edit_drug(o, tags::RADIOPHARMACEUTICAL_START_DATE_TIME, VR::DT, "20250301093000.00"), after(5400.0));
    // A date moved by anonymisation is passed over.
    expect(|_, o| edit_drug(o, tags::RADIOPHARMACEUTICAL_START_DATE_TIME, VR::DT, "19990101093000"), after(3600.0));
    // GE's private scan time comes before the series' time.
    expect(
        |_, o| {
            put(o, Tag(0x0009, 0x0010), VR::LO, "GEMS_PETD_01");
            put(o, Tag(0x0009, 0x100D), VR::DT, "20250301105000.00");
        },
        after(3000.0),
    );
    // A series made anew later: back from the acquisition by the frame's own times.
    let frame: f64 = 180.0;
    let mean = (LAMBDA * frame / (1.0 - (-LAMBDA * frame).exp())).ln() / LAMBDA;
    expect(
        |n, o| {
            put(o, tags::SERIES_TIME, VR::TM, "150000");
            put(o, tags::ACQUISITION_TIME, VR::TM, if n < 5 { "110200" } else { "110000" });
        },
        after(3600.0 - 90.0 + mean),
    );
}

#[test]
fn other_corrections_units_and_magnitudes() {
    expect(|_, o| put(o, tags::DECAY_CORRECTION, VR::CS, "ADMIN"), after(0.0));
    let frame: f64 = 180.0;
    let mean = LAMBDA * frame / (1.0 - (-LAMBDA * frame).exp());
    expect(|_, o| put(o, tags::DECAY_CORRECTION, VR::CS, "NONE"), after(3600.0) * mean);
    expect(|_, o| edit_drug(o, tags::RADIONUCLIDE_TOTAL_DOSE, VR::DS, "370"), after(3600.0));
    expect(|_, o| put(o, tags::PATIENT_WEIGHT, VR::DS, "70000"), after(3600.0));
    expect(|_, o| put(o, tags::UNITS, VR::CS, "GML"), 1.0);
    let philips = |element: u16, value: &'static str| {
        move |_: usize, o: &mut InMemDicomObject| {
            put(o, tags::UNITS, VR::CS, "CNTS");
            put(o, Tag(0x7053, 0x0011), VR::LO, "Philips PET Private Group");
            put(o, Tag(0x7053, 0x1100 + element), VR::DS, value);
        }
    };
    expect(philips(0x00, "0.0005"), 0.0005);
    expect(philips(0x09, "2.5"), 2.5 * after(3600.0));
    // No half-life, but a known nuclide.
    expect(
        |_, o| {
            let mut drug = drug();
            drug.remove_element(tags::RADIONUCLIDE_HALF_LIFE);
            set_drug(o, drug);
        },
        after(3600.0),
    );
}

#[test]
fn why_suv_is_not_possible_is_told_by_tag() {
    let note = |edit: &dyn Fn(&mut InMemDicomObject), unit: Unit| {
        let found = read_one(|_, o| edit(o));
        assert_eq!(found.info.verdict, Verdict::Usable);
        assert_eq!(found.volume.as_ref().unwrap().unit, unit);
        assert_eq!(factor_of(&found, 0), 1.0);
        found.info.notes.join(" ")
    };
    let drop_drug = |tag: Tag| {
        move |o: &mut InMemDicomObject| {
            let mut drug = drug();
            drug.remove_element(tag);
            set_drug(o, drug);
        }
    };
    let activity = Unit::BecquerelPerMl;
    let weight = |o: &mut InMemDicomObject| o.retain(|element| element.header().tag != tags::PATIENT_WEIGHT);
    assert!(note(&weight, activity.clone()).contains("weight (0010,1030)"));
    assert!(note(&drop_drug(tags::RADIONUCLIDE_TOTAL_DOSE), activity.clone()).contains("dose (0018,1074)"));
    assert!(note(&drop_drug(tags::RADIOPHARMACEUTICAL_START_TIME), activity.clone()).contains("injection (0018,1072)"));
    let times = |o: &mut InMemDicomObject| {
        o.remove_element(tags::SERIES_TIME);
        o.remove_element(tags::ACQUISITION_TIME);
    };
    assert!(note(&times, activity).contains("(0008,0031)"));
    let counts = |o: &mut InMemDicomObject| put(o, tags::UNITS, VR::CS, "CNTS");
    assert!(note(&counts, Unit::Other("counts".into())).contains("(7053,1000)"));
    let lean = |o: &mut InMemDicomObject| {
        put(o, tags::UNITS, VR::CS, "GML");
        put(o, tags::SUV_TYPE, VR::CS, "LBM");
    };
    assert!(note(&lean, Unit::Other("SUV LBM".into())).contains("LBM"));
}

/// The SUV of a series is not available, for the reason that `tag` names.
fn expect_missing(edit: impl Fn(usize, &mut InMemDicomObject), tag: &str) {
    let found = read_one(edit).suv.unwrap();
    let missing = found.missing.unwrap_or_else(|| panic!("SUV by {}", found.rule));
    assert_eq!(missing.tag, tag, "{}", missing.what);
}

#[test]
fn slices_that_contradict_each_other_have_no_suv() {
    expect_missing(|n, o| put(o, tags::PATIENT_WEIGHT, VR::DS, if n < 5 { "70" } else { "140" }), "(0010,1030)");
    expect_missing(|n, o| put(o, tags::UNITS, VR::CS, if n < 5 { "CNTS" } else { "BQML" }), "(0054,1001)");
    let dose = |n: usize| if n == 9 { "185000000" } else { "370000000" };
    expect_missing(|n, o| edit_drug(o, tags::RADIONUCLIDE_TOTAL_DOSE, VR::DS, dose(n)), "(0018,1074)");
    let two = |_: usize, o: &mut InMemDicomObject| {
        let both = support::sequence(vec![drug(), drug()]);
        o.put(dicom_core::DataElement::new(tags::RADIOPHARMACEUTICAL_INFORMATION_SEQUENCE, VR::SQ, both));
    };
    expect_missing(two, "(0054,0016)");
    // Neither's time is known where only the dose is entered.
    let mut found = read_one(two);
    let dose = Entered { dose_mbq: Some(370.0), ..Entered::default() };
    found.enter(&dose).unwrap();
    assert_eq!(found.suv.as_ref().unwrap().missing.as_ref().unwrap().field, Some(Field::InjectedAt));
    found.enter(&Entered { injected_at: Some("10:00".parse().unwrap()), ..dose }).unwrap();
    assert!((factor_of(&found, 0) / after(3600.0) - 1.0).abs() < 1e-6);
}

#[test]
fn the_same_value_written_in_two_ways_is_no_contradiction() {
    expect(|n, o| put(o, tags::PATIENT_WEIGHT, VR::DS, if n < 5 { "70" } else { "70.0" }), after(3600.0));
    let time = |n: usize| if n < 5 { "100000" } else { "100000.00" };
    expect(|n, o| edit_drug(o, tags::RADIOPHARMACEUTICAL_START_TIME, VR::TM, time(n)), after(3600.0));
}

#[test]
fn what_cannot_be_read_is_quoted() {
    for weight in ["70,5", "70\\80", "NaN"] {
        expect_missing(|_, o| put(o, tags::PATIENT_WEIGHT, VR::DS, weight), "(0010,1030)");
        let found = read_one(|_, o| put(o, tags::PATIENT_WEIGHT, VR::DS, weight));
        assert!(found.info.notes.iter().any(|note| note.contains(weight)), "{:?}", found.info.notes);
    }
    let found = read_one(|_, o| edit_drug(o, tags::RADIOPHARMACEUTICAL_START_TIME, VR::TM, "250000"));
    assert!(found.info.notes.iter().any(|note| note.contains("\"250000\", cannot be read")), "{:?}", found.info.notes);
}

#[test]
fn a_moment_that_differs_from_slice_to_slice_is_the_earliest_and_told() {
    let found = read_one(|n, o| put(o, tags::SERIES_TIME, VR::TM, if n < 5 { "110000" } else { "105000" }));
    assert!((factor_of(&found, 0) / after(3000.0) - 1.0).abs() < 1e-6);
    assert!(found.info.notes.iter().any(|note| note.contains("Series Time (0008,0031) differs")));
    let half = |n: usize, o: &mut InMemDicomObject| {
        let steps = if n < 5 { "DECY" } else { "DECY\\ATTN" };
        put(o, tags::CORRECTED_IMAGE, VR::CS, steps);
    };
    assert!(read_one(half).info.notes.iter().any(|note| note.contains("attenuation")));
}

#[test]
fn values_without_a_scale_are_not_made_up() {
    let without = |tag: Tag, some: bool| {
        read_one(move |n, o| {
            if !some || n == 3 {
                o.remove_element(tag);
            }
        })
    };
    assert!(matches!(without(tags::RESCALE_SLOPE, true).info.verdict, Verdict::Refused { .. }));
    let missing = without(tags::RESCALE_SLOPE, false).suv.unwrap().missing.unwrap();
    assert_eq!(missing.tag, "(0028,1053)");
    for slope in ["0,5", "0", "-0.5"] {
        let found = read_one(|n, o| {
            if n == 3 {
                put(o, tags::RESCALE_SLOPE, VR::DS, slope);
            }
        });
        assert!(matches!(found.info.verdict, Verdict::Refused { .. }), "{slope}: {:?}", found.info);
    }
    let ct = |edit: fn(&mut InMemDicomObject)| {
        let files = support::files_of(support::ct).into_iter().map(|file| {
            let mut object = dicom_object::from_reader(&file.bytes[..]).unwrap().into_inner();
            edit(&mut object);
            support::file(&file.name, object)
        });
        read(files.collect()).remove(0)
    };
    assert_eq!(ct(|_| {}).volume.unwrap().unit, Unit::Hounsfield);
    let bare = ct(|o| {
        o.remove_element(tags::RESCALE_SLOPE);
        o.remove_element(tags::RESCALE_INTERCEPT);
    });
    assert_ne!(bare.volume.unwrap().unit, Unit::Hounsfield);
    assert!(bare.info.notes.iter().any(|note| note.contains("no Hounsfield units")), "{:?}", bare.info.notes);
}

#[test]
fn an_injection_in_universal_time_is_brought_to_the_scanners_clock() {
    let universal = |o: &mut InMemDicomObject| {
        let mut drug = drug();
        put(&mut drug, tags::RADIOPHARMACEUTICAL_START_DATE_TIME, VR::DT, "20250301090000+0000");
        set_drug(o, drug);
    };
    // 09:00 UTC is 10:00 where the scanner stands, which either its offset or the start time tells.
    expect(|_, o| universal(o), after(3600.0));
    let offset = |_: usize, o: &mut InMemDicomObject| {
        universal(o);
        put(o, tags::TIMEZONE_OFFSET_FROM_UTC, VR::SH, "+0100");
    };
    expect(offset, after(3600.0));
    let notes = read_one(offset).info.notes;
    assert!(notes.iter().any(|note| note.contains("offset from UTC")), "{notes:?}");
}

#[test]
fn a_foreign_private_block_is_not_taken_for_the_scanners_own() {
    let private = |creator: &'static str, maker: &'static str| {
        move |_: usize, o: &mut InMemDicomObject| {
            if !creator.is_empty() {
                put(o, Tag(0x0009, 0x0010), VR::LO, creator);
            }
            put(o, tags::MANUFACTURER, VR::LO, maker);
            put(o, Tag(0x0009, 0x100D), VR::DT, "20250301120000");
        }
    };
    expect(private("GEMS_PETD_01", "Nobody"), after(7200.0));
    expect(private("", "GE MEDICAL SYSTEMS"), after(7200.0));
    expect(private("ACME PET 1", "GE MEDICAL SYSTEMS"), after(3600.0));
    expect(private("", "Nobody"), after(3600.0));
}

#[test]
fn slices_without_a_date_may_span_midnight() {
    let found = read_one(|n, o| {
        o.remove_element(tags::ACQUISITION_DATE);
        put(o, tags::DECAY_CORRECTION, VR::CS, "NONE");
        put(o, tags::CORRECTED_IMAGE, VR::CS, "ATTN");
        put(o, tags::SERIES_TIME, VR::TM, "235500");
        put(o, tags::ACQUISITION_TIME, VR::TM, if n < 5 { "235500" } else { "000500" });
        edit_drug(o, tags::RADIOPHARMACEUTICAL_START_TIME, VR::TM, "225500");
    });
    let mean = LAMBDA * 180.0 / (1.0 - (-LAMBDA * 180.0).exp());
    for (k, seconds) in [(0, 3600.0), (9, 4200.0)] {
        let ratio = factor_of(&found, k) / (after(seconds) * mean);
        assert!((ratio - 1.0).abs() < 1e-6, "{k}: {ratio} {:?}", found.info.notes);
    }
    assert!(found.info.notes.iter().any(|note| note.contains("span midnight")), "{:?}", found.info.notes);
}

#[test]
fn acquisitions_without_a_date_lie_beside_the_series_over_midnight() {
    let dateless = |series: &'static str, acquired: &'static str, injected: &'static str| {
        move |_: usize, o: &mut InMemDicomObject| {
            o.remove_element(tags::ACQUISITION_DATE);
            o.remove_element(tags::FRAME_REFERENCE_TIME);
            put(o, tags::SERIES_TIME, VR::TM, series);
            put(o, tags::ACQUISITION_TIME, VR::TM, acquired);
            edit_drug(o, tags::RADIOPHARMACEUTICAL_START_TIME, VR::TM, injected);
        }
    };
    // Begun before midnight, the first bed after it; and made anew after midnight from a scan before it.
    expect(dateless("235000", "000500", "225000"), after(3600.0));
    expect(dateless("001500", "235500", "225500"), after(3600.0));
    let notes = read_one(dateless("235000", "000500", "225000")).info.notes;
    assert!(notes.iter().any(|note| note.contains("the next day's")), "{notes:?}");
}

#[test]
fn an_unusual_uptake_time_and_missing_corrections_are_warned_of() {
    let late = read_one(|_, o| edit_drug(o, tags::RADIOPHARMACEUTICAL_START_TIME, VR::TM, "105500"));
    for words in [&late.info.notes, &late.info.warnings] {
        assert!(words.iter().any(|note| note.contains("5 min is unusual")), "{words:?}");
    }
    let mut raw = read_one(|_, o| put(o, tags::CORRECTED_IMAGE, VR::CS, "DECY"));
    assert!(raw.info.notes.iter().any(|note| note.contains("attenuation")));
    // Entered values leave one warning of each kind, and take back that of a time that was wrong.
    raw.enter(&Entered { weight_kg: Some(71.0), ..Entered::default() }).unwrap();
    assert_eq!(raw.info.warnings.iter().filter(|warning| warning.contains("attenuation")).count(), 1);
}

#[test]
fn values_entered_by_hand_scale_a_series_anew() {
    let silent = |_: usize, o: &mut InMemDicomObject| {
        o.remove_element(tags::PATIENT_WEIGHT);
        let mut drug = drug();
        drug.remove_element(tags::RADIONUCLIDE_TOTAL_DOSE);
        set_drug(o, drug);
    };
    let mut found = read_one(silent);
    assert_eq!(found.suv.as_ref().unwrap().missing.as_ref().unwrap().tag, "(0010,1030)");
    assert_eq!(found.info.unit, "Bq/ml");
    let weight = Entered { weight_kg: Some(70.0), ..Entered::default() };
    found.enter(&weight).unwrap();
    assert_eq!(found.suv.as_ref().unwrap().missing.as_ref().unwrap().tag, "(0018,1074)");
    found.enter(&Entered { dose_mbq: Some(370.0), ..weight }).unwrap();
    assert_eq!((found.info.unit.as_str(), found.volume.as_ref().unwrap().unit.clone()), ("SUV", Unit::Suv));
    assert!((factor_of(&found, 4) / after(3600.0) - 1.0).abs() < 1e-6);
    assert!(found.info.notes.iter().any(|note| note.starts_with("Entered by hand: ")), "{:?}", found.info.notes);
    // Taken back, the series is as it was read.
    found.enter(&Entered::default()).unwrap();
    assert_eq!(found.info, read_one(silent).info);
}

#[test]
fn the_ibsi_reference_objects_read_as_stated() {
    let Some(folder) = support::data("pet/suv_reference_objects") else { return };
    let mut tested = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path().join("PT");
        if !path.is_dir() {
            continue;
        }
        let found = read(support::files(&path));
        assert_eq!(found.len(), 1);
        let volume = found[0].volume.as_ref().unwrap_or_else(|| panic!("{:?}", found[0].info));
        assert_eq!((volume.dims[2], volume.unit.clone()), (20, Unit::Suv), "{path:?}: {:?}", found[0].info.notes);
        let mut positive: Vec<f32> = volume.data.iter().copied().filter(|value| *value > 0.0).collect();
        positive.sort_by(f32::total_cmp);
        let read = [positive[0], positive[positive.len() / 2], positive[positive.len() - 1]];
        for (value, stated) in read.iter().zip([0.2, 1.0, 4.0]) {
            assert!((value - stated).abs() < 0.005, "{path:?}: {read:?} {:?}", found[0].info.notes);
        }
        tested += 1;
    }
    assert_eq!(tested, 5);
}

#[test]
fn the_real_series_opens() {
    let Some(folder) = support::data("pet/sts001_dicom") else { return };
    let files = support::files(&folder).into_iter().filter(|file| file.name.ends_with(".dcm")).collect();
    let found = read(files);
    assert_eq!(found.len(), 2);
    let (info, volume) = (&found[0].info, found[0].volume.as_ref().unwrap());
    assert_eq!((info.title.as_str(), info.files, volume.dims), ("PET AC", 267, [128, 128, 267]));
    assert_eq!(volume.unit, Unit::Suv);
    assert_eq!(&info.spacing[..2], [4.6875, 4.6875]);
    assert!((info.spacing[2] - 3.27).abs() < 0.01, "{info:?}");
    assert!(info.notes.iter().any(|note| note.contains("3.19 and 3.29")), "{:?}", info.notes);
    assert!(matches!(&found[1].info.verdict, Verdict::Refused { what, .. } if what.contains("structure set")));
    // 71 kg and 388.8 MBq at 10:35:00, 45 minutes and 11 seconds before the scan: a body at rest has an SUV near one.
    let foreground = darkroom_imaging::normalise::foreground(volume).unwrap();
    assert!((0.5..2.0).contains(&foreground.scale), "{}", foreground.scale);
}
