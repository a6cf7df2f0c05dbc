//! Slices that are no volume together: each series is refused with the place, or taken apart.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of a test may fail like the test")]

mod support;

use darkroom_dicom::read;
use darkroom_imaging::{NamedBytes, Verdict};
use dicom_core::VR;
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;
use support::found::{one, what};
use support::{SLICES, STEP, put, series};

fn place(object: &mut InMemDicomObject, [x, y, z]: [f64; 3]) {
    put(object, tags::IMAGE_POSITION_PATIENT, VR::DS, &format!("{x}\\{y}\\{z}"));
}

#[test]
fn steps_that_change_within_the_stack_are_refused_and_seams_are_not() {
    // Steps of three, four and three millimetres: none is half as long again as another.
    let places = [0.0, 3.0, 6.0, 9.0, 13.0, 17.0, 21.0, 25.0, 28.0, 31.0];
    let told = one(series(|n, o| place(o, [-20.0, -30.0, places[n]])));
    assert!(
        what(&told).starts_with("The slices are not evenly spaced: slice 4 at 9.0 mm lies 1.3 mm"),
        "{}",
        what(&told)
    );
    // Two seams of a fifth of a step: no slice comes to lie a quarter of a step off.
    let seams = |n: usize| STEP * n as f64 - [0.0, 0.2, 0.4][n / 4] * STEP;
    let found = one(series(|n, o| place(o, [-20.0, -30.0, seams(n)])));
    assert_eq!(found.info.verdict, Verdict::Usable);
    assert!(found.info.notes.iter().any(|note| note.contains("as at bed seams")), "{:?}", found.info.notes);
}

#[test]
fn a_slice_beside_the_stack_is_refused_and_a_tilt_is_not() {
    let aside = one(series(|n, o| place(o, [if n == 4 { -15.0 } else { -20.0 }, -30.0, STEP * n as f64])));
    assert!(what(&aside).contains("slice 5 at 13.0 mm lies 5.0 mm beside"), "{}", what(&aside));
    let tilted = one(series(|n, o| place(o, [-20.0, -30.0 + 0.5 * n as f64, STEP * n as f64])));
    assert_eq!(tilted.info.verdict, Verdict::Usable);
    // Less than half a pixel, which is four by five millimetres here.
    let near = one(series(|n, o| place(o, [if n == 4 { -19.0 } else { -20.0 }, -30.0, STEP * n as f64])));
    assert_eq!(near.info.verdict, Verdict::Usable);
}

#[test]
fn frames_of_reference_are_volumes_of_their_own() {
    let mut files = series(|_, _| {});
    files.extend(series(|n, o| {
        put(o, tags::SOP_INSTANCE_UID, VR::UI, &format!("2.25.44{n}"));
        put(o, tags::FRAME_OF_REFERENCE_UID, VR::UI, "2.25.4");
        place(o, [-20.0, -30.0, 1.0 + STEP * n as f64]);
    }));
    let found = read(files);
    assert_eq!(found.len(), 2);
    for series in &found {
        assert_eq!((series.info.verdict.clone(), series.info.files), (Verdict::Usable, SLICES));
        assert!(series.info.notes.iter().any(|note| note.contains("mixes 2 kinds")), "{:?}", series.info.notes);
    }
    assert_ne!(found[0].info.frame, found[1].info.frame);
}

#[test]
fn slices_of_two_patients_are_refused_without_their_names() {
    for (tag, vr, other) in [(tags::PATIENT_ID, VR::LO, "P2"), (tags::PATIENT_NAME, VR::PN, "Smith^Ann")] {
        let mixed = one(series(|n, o| {
            if n > 4 {
                put(o, tag, vr, other);
            }
        }));
        assert!(what(&mixed).contains("two patients"), "{}", what(&mixed));
        assert!(!what(&mixed).contains(other) && !what(&mixed).contains("P1"), "{}", what(&mixed));
    }
    // The same name in other letters and with empty parts, and one that is not there.
    let same = one(series(|n, o| match n {
        1 => put(o, tags::PATIENT_NAME, VR::PN, "MÜLLER^ZOË^^"),
        2 => put(o, tags::PATIENT_ID, VR::LO, ""),
        _ => {}
    }));
    assert_eq!(same.info.verdict, Verdict::Usable);
}

#[test]
fn a_rescaling_that_only_some_slices_have_is_refused_for_ct_and_mr() {
    for make in [support::ct as fn(usize) -> InMemDicomObject, support::mr] {
        let files = |slopes: fn(usize) -> &'static str| -> Vec<NamedBytes> {
            let edited = |n: usize| {
                let mut object = make(n);
                object.remove_element(tags::RESCALE_SLOPE);
                if !slopes(n).is_empty() {
                    put(&mut object, tags::RESCALE_SLOPE, VR::DS, slopes(n));
                }
                support::file(&format!("{n}.dcm"), object)
            };
            (0..SLICES).map(edited).collect()
        };
        let mixed = one(files(|n| if n == 6 { "" } else { "2" }));
        assert_eq!(what(&mixed), "6.dcm lacks a usable rescale slope (0028,1053).");
        let shifted = (0..SLICES).map(|n| {
            let mut object = make(n);
            put(&mut object, tags::RESCALE_SLOPE, VR::DS, "1");
            put(&mut object, tags::RESCALE_INTERCEPT, VR::DS, if n == 3 { "" } else { "-1024" });
            support::file(&format!("{n}.dcm"), object)
        });
        assert_eq!(what(&one(shifted.collect())), "3.dcm lacks a usable rescale intercept (0028,1052).");
        assert_eq!(one(files(|_| "2")).info.verdict, Verdict::Usable);
        assert_eq!(one(files(|_| "")).info.verdict, Verdict::Usable);
    }
}
