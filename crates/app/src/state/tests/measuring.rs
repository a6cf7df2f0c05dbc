//! Regions, what they are called, and the numbers that are typed for them.

use darkroom_imaging::suv::EnteredValue;

use super::*;

fn labels(state: &mut State, name: &str, label: u8) {
    let _ = reduce(state, Event::Labels(name.to_owned()));
    let report = FromWorker::Labels { name: name.to_owned(), note: Some("On another grid.".to_owned()) };
    hear(state, report, Payload::Bytes(vec![label; DIMS.iter().product()]));
}

fn names(state: &State) -> Vec<&str> {
    state.measurement.regions.iter().map(|one| one.numbers.region.as_str()).collect()
}

fn saved(state: &mut State, event: MeasureEvent) -> (String, String) {
    match measure(state, event).pop() {
        Some(Effect::Save { name, bytes }) => (name, String::from_utf8(bytes).unwrap()),
        other => panic!("{other:?}"),
    }
}

/// A record as the ledger keeps it: the time of day that was typed, on the day that the file names.
fn injected_by_hand() -> Record {
    let injected = EnteredValue {
        field: Field::InjectedAt,
        name: "Radiopharmaceutical Start (0018,1078)".to_owned(),
        value: "2025-03-01 11:00:00".to_owned(),
    };
    Record { available: true, entered: vec![injected], ..Record::default() }
}

#[test]
fn a_sphere_is_measured_before_and_after_a_run_and_a_change_beyond_the_limit_is_flagged() {
    let mut state = running();
    state.study.as_mut().unwrap().suv = Some(injected_by_hand().into());
    typed(&mut state, MeasureField::Radius, "8");
    assert_eq!(measure(&mut state, MeasureEvent::Sphere), []);
    let [measured] = state.measurement.regions.as_slice() else { panic!("one region") };
    assert_eq!((measured.region.voxels.len(), measured.numbers.result), (33, None));
    // The ramp's mean in a sphere is its value at the centre.
    assert!((measured.numbers.input.mean - 0.01 * 400.0).abs() < 1e-6, "{}", measured.numbers.input.mean);

    hear(&mut state, enhanced(), values(0.0112));
    let flagged = |state: &State| state.measurement.regions[0].numbers.flagged();
    assert!(state.measurement.regions[0].numbers.result.is_some() && !flagged(&state), "12 % lie within 15 %");
    typed(&mut state, MeasureField::Limit, "10");
    assert!(flagged(&state));

    let report = measure(&mut state, MeasureEvent::Report);
    let [Effect::Save { name, bytes }] = report.as_slice() else { panic!("{report:?}") };
    let html = String::from_utf8_lossy(bytes);
    assert_eq!(name, "darkroom-report.html");
    for said in ["Not for diagnosis", "pet-enhance", "Sphere of 8 mm at", "Bland and Altman", "Start (0018,1078)"] {
        assert!(html.contains(said), "{said}");
    }
    assert!(!html.contains("2025") && !html.contains("11:00"), "no day, and no time that was completed by one");
    assert!(!html.contains("scan.zip") && !html.contains("PET</"), "nothing that the files are called");
    measure(&mut state, MeasureEvent::Remove(0));
    assert_eq!(measure(&mut state, MeasureEvent::Report), []);
}

#[test]
fn what_stands_out_is_outlined_and_another_series_forgets_it() {
    let mut state = opened();
    typed(&mut state, MeasureField::Radius, "12");
    measure(&mut state, MeasureEvent::Sphere);
    measure(&mut state, MeasureEvent::Hot);
    let voxels: Vec<usize> = state.measurement.regions.iter().map(|one| one.region.voxels.len()).collect();
    assert!(voxels[1] > 0 && voxels[1] <= voxels[0], "{voxels:?}");
    assert_eq!(scene(&state, PLANES[0], false).map(|scene| scene.regions.len()), Some(2));
    state.series.push(info("Other", true));
    hear(&mut state, reopened(2), values(0.01));
    assert!(state.measurement.regions.is_empty());
}

#[test]
fn a_box_is_measured_by_its_edges_and_outlined() {
    let mut state = opened();
    for (axis, edge) in ["8", "16", "4"].into_iter().enumerate() {
        typed(&mut state, MeasureField::Edge(axis), edge);
    }
    measure(&mut state, MeasureEvent::Cuboid);
    // Voxels of 4 mm whose centres lie within 4, 8 and 2 mm of that under the crosshair.
    assert_eq!(state.measurement.regions[0].region.voxels.len(), 3 * 5);
    assert!(names(&state)[0].starts_with("Box of 8 × 16 × 4 mm at "), "{:?}", names(&state));
    let drawn = |state: &State, plane| scene(state, plane, false).map_or_else(Vec::new, |scene| scene.regions);
    let [outline] = drawn(&state, PLANES[0])[..] else { panic!("one outline") };
    assert_eq!((outline.half, outline.round), ([1.0, 2.0], false));
    reduce(&mut state, Event::View(ViewEvent::Step { axis: 2, by: 1 })).clear();
    assert_eq!(drawn(&state, PLANES[0]), [], "the next slice is outside");
}

#[test]
fn regions_are_told_apart_by_their_size_and_place() {
    let mut state = opened();
    measure(&mut state, MeasureEvent::Sphere);
    typed(&mut state, MeasureField::Radius, "7.5");
    measure(&mut state, MeasureEvent::Sphere);
    measure(&mut state, MeasureEvent::Hot);
    let place = readout(&state).place;
    let named = ["Sphere of 15 mm at", "Sphere of 7.5 mm at", "41 % in a sphere of 7.5 mm at"];
    assert_eq!(names(&state), named.map(|name| format!("{name} {place}")));
    measure(&mut state, MeasureEvent::RemoveAll);
    assert!(names(&state).is_empty());
}

#[test]
fn a_place_is_rounded_once() {
    let mut state = opened();
    let FromWorker::Opened { header, info, suv, .. } = reopened(1) else { panic!("a series") };
    let affine = [[-4.0, 0.0, 0.0, 16.46], [0.0, 4.0, 0.0, -16.04], [0.0, 0.0, 4.0, -100.0]];
    let opened = FromWorker::Opened { series: 1, header: Header { affine, ..header }, info, suv };
    hear(&mut state, opened, values(0.01));
    measure(&mut state, MeasureEvent::Sphere);
    let place = readout(&state).place;
    assert!(place.starts_with("R 0  P 0"), "{place}");
    assert!(names(&state)[0].ends_with(&place), "{:?} at {place}", names(&state));
}

#[test]
fn label_maps_are_named_by_their_file_and_read_again_they_take_their_own_place() {
    let mut state = opened();
    labels(&mut state, "lesions.nii.gz", 1);
    labels(&mut state, "organs.nii", 1);
    labels(&mut state, "lesions.nii.gz", 2);
    assert_eq!(names(&state), ["organs.nii: label 1", "lesions.nii.gz: label 2"]);
    let (_, html) = saved(&mut state, MeasureEvent::Report);
    assert!(html.contains("label map 1: label 1") && html.contains("label map 2: label 2"), "{html}");
    assert!(!html.contains("lesions") && !html.contains("organs"), "a file's name may be a patient's");
    // One that is refused has no note, and neither has the one before it any more.
    assert!(state.measurement.labels.is_some());
    let _ = reduce(&mut state, Event::Labels("elsewhere.nii".to_owned()));
    hear(&mut state, FromWorker::Refused { what: "No.".into(), next: "Else.".into() }, Payload::None);
    assert_eq!((state.measurement.labels.clone(), names(&state).len()), (None, 2));
}

#[test]
fn the_table_has_a_line_a_region_and_its_units_in_the_header() {
    let mut state = running();
    measure(&mut state, MeasureEvent::Sphere);
    measure(&mut state, MeasureEvent::Cuboid);
    labels(&mut state, "Smith, John.nii", 1);
    hear(&mut state, enhanced(), values(0.02));
    let (name, csv) = saved(&mut state, MeasureEvent::Table);
    assert_eq!(name, "darkroom-table.csv");
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 4);
    assert!(
        lines[0].starts_with("region,volume (mL),voxels,max input (SUV),max result (SUV),max change (%),mean input")
    );
    assert!(csv.is_ascii() && lines.iter().all(|line| line.split(',').count() == 19), "{csv}");
    assert!(lines[1].starts_with("Sphere of 15 mm at") && lines[1].ends_with(",yes"), "{}", lines[1]);
    assert!(lines[3].starts_with("label 1,46.08,720,7.19") && !csv.contains("Smith"), "{}", lines[3]);
    measure(&mut state, MeasureEvent::RemoveAll);
    assert_eq!(measure(&mut state, MeasureEvent::Table), []);
}

#[test]
fn a_number_that_cannot_be_used_is_refused_aloud_and_the_one_in_use_stays() {
    let mut state = opened();
    for (field, text) in [
        (MeasureField::Radius, "-5"),
        (MeasureField::Radius, ""),
        (MeasureField::Radius, "600"),
        (MeasureField::Limit, "0"),
        (MeasureField::Limit, "-1"),
        (MeasureField::Edge(1), "NaN"),
    ] {
        state.alert = None;
        let before = state.measurement.clone();
        typed(&mut state, field, text);
        assert_eq!(state.measurement, before, "{field:?} {text}");
        assert!(state.alert.as_ref().is_some_and(|alert| alert.next.contains("up to")), "{field:?} {text}");
    }
    typed(&mut state, MeasureField::Radius, "7,5");
    assert_eq!(state.measured_with(MeasureField::Radius), 7.5);
}

#[test]
fn the_report_says_how_suv_and_dose_were_reached_and_what_puts_the_input_in_doubt() {
    let mut state = running();
    let record = Record { available: true, rule: "BQML, START".to_owned(), ..Record::default() };
    state.study.as_mut().unwrap().suv = Some(Box::new(record));
    state.series[1].warn("The tracer is Ga-68 PSMA-11.".to_owned());
    state.series[1].notes.push(format!("{} Smith.dcm", darkroom_imaging::UNREAD));
    hear(&mut state, enhanced(), values(0.02));
    measure(&mut state, MeasureEvent::Sphere);
    let (_, html) = saved(&mut state, MeasureEvent::Report);
    for said in [
        "<dt>SUV</dt><dd>BQML, START</dd>",
        "<dt>Dose</dt><dd>1/10 of the standard dose, estimated from the image</dd>",
        "sphere of 1 mL",
        "Ga-68 PSMA-11",
    ] {
        assert!(html.contains(said), "{said}");
    }
    assert!(!html.contains("Smith"), "a file's name may be a patient's");
}
