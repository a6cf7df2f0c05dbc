//! Derived series: they read back as written, keep their SUV, say what they are, and pass an IOD check.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of a test may fail like the test")]

mod support;

use darkroom_dicom::{Derivation, Series, Work, clipped, derive, read};
use darkroom_imaging::suv::Entered;
use darkroom_imaging::{NamedBytes, Verdict, Volume};
use dicom_core::{DataElement, PrimitiveValue, Tag, VR};
use dicom_dictionary_std::tags;
use dicom_object::DefaultDicomObject;
use support::derived::{derivation, expect_valid, object, result, source, text};
use support::{code, put, sequence, series};

/// Holds a derived series against the result it was made of: same grid, same values to half a slope, also below zero.
fn expect_same(result: &Volume, files: Vec<NamedBytes>) -> Series {
    let mut again = read(files);
    assert_eq!(again.len(), 1);
    let again = again.remove(0);
    assert_eq!(again.info.verdict, Verdict::Usable);
    let volume = again.volume.as_ref().unwrap();
    assert_eq!((volume.dims, volume.affine, &volume.unit), (result.dims, result.affine, &result.unit));
    let area = result.dims[0] * result.dims[1];
    // A slope is a slice's largest magnitude over 32767, and an error at most half of it.
    for k in 0..result.dims[2] {
        let [wanted, found] = [result, volume].map(|volume| &volume.data[k * area..(k + 1) * area]);
        let top = wanted.iter().copied().fold(0.0, |top: f32, value| top.max(value.abs()));
        let step = f64::from(top) / 32767.0;
        for (w, f) in wanted.iter().zip(found) {
            let error = (f64::from(*w) - f64::from(*f)).abs();
            assert!(error <= step * 0.51 + 1e-6 * f64::from(top), "slice {k}: {w} became {f}");
        }
    }
    again
}

#[test]
fn a_derived_series_reads_back_as_the_result() {
    let source = source();
    let result = result(&source);
    let files = derive(&source, &result, &derivation()).unwrap();
    assert_eq!(files.len(), support::SLICES);
    let again = expect_same(&result, files.clone());
    assert_eq!(again.info.title, "PET AC | SYNTH pet-enhance 1.0.0");
    // The same result gives the same files, another gives others.
    assert_eq!(derive(&source, &result, &derivation()).unwrap(), files);
    let other = derive(&source, source.volume.as_ref().unwrap(), &derivation()).unwrap();
    assert_ne!(
        text(&object(&other[0]), tags::SERIES_INSTANCE_UID),
        text(&object(&files[0]), tags::SERIES_INSTANCE_UID)
    );
}

#[test]
fn noise_around_zero_keeps_its_mean() {
    let source = source();
    let volume = source.volume.as_ref().unwrap();
    // A hundredth of the volume is bright, so that the slope is coarse against the noise of the rest.
    let noise = (0..volume.data.len()).map(|v| if v % 100 == 0 { 8.0 } else { ((v * 37 % 101) as f32 - 50.0) * 1e-3 });
    let result = volume.with_data(noise.collect()).unwrap();
    assert_eq!(clipped(&source, &result), None);
    expect_same(&result, derive(&source, &result, &derivation()).unwrap());
}

#[test]
fn values_that_unsigned_numbers_cannot_hold_are_told() {
    let unsigned = |_: usize, o: &mut dicom_object::InMemDicomObject| {
        o.put(DataElement::new(tags::PIXEL_REPRESENTATION, VR::US, PrimitiveValue::from(0_u16)));
    };
    let source = read(series(unsigned)).remove(0);
    let mut result = source.volume.clone().unwrap();
    assert_eq!(clipped(&source, &result), None);
    for voxel in [5, 300, 301] {
        result.data[voxel] = -1e-3;
    }
    let told = clipped(&source, &result).unwrap();
    assert!(told.starts_with("3 voxels below zero became zero"), "{told}");
    let files = derive(&source, &result, &derivation()).unwrap();
    assert!(text(&object(&files[9]), tags::DERIVATION_DESCRIPTION).contains(&told));
    expect_valid(&files, "PETImage");
    let again = read(files).remove(0).volume.unwrap();
    assert_eq!([5, 300, 301].map(|voxel| again.data[voxel]), [0.0; 3]);
}

#[test]
fn codes_say_what_kind_of_work_it_was() {
    let derived_before = |_: usize, o: &mut dicom_object::InMemDicomObject| {
        let smoothed = sequence(vec![code("113087", "DCM", "Smoothing")]);
        o.put(DataElement::new(tags::DERIVATION_CODE_SEQUENCE, VR::SQ, smoothed));
    };
    let source = read(series(derived_before)).remove(0);
    let by_network = Some("123110".to_owned());
    for (work, derived, purpose) in [
        (Work::Enhanced, by_network.clone(), "109102"),
        (Work::Generated, by_network, "109100"),
        (Work::Simulated, None, "109102"),
    ] {
        let derivation = Derivation { work, process: Some("Made somehow by".into()), ..derivation() };
        let files = derive(&source, &result(&source), &derivation).unwrap();
        let file = object(&files[0]);
        let value =
            |item: &dicom_object::InMemDicomObject| item.get(tags::CODE_VALUE).unwrap().to_str().unwrap().into_owned();
        let code = file.get(tags::DERIVATION_CODE_SEQUENCE).map(|element| value(&element.items().unwrap()[0]));
        assert_eq!(code, derived, "{work:?}");
        let equipment = &file.get(tags::CONTRIBUTING_EQUIPMENT_SEQUENCE).unwrap().items().unwrap()[0];
        let purposes = equipment.get(tags::PURPOSE_OF_REFERENCE_CODE_SEQUENCE).unwrap();
        assert_eq!(value(&purposes.items().unwrap()[0]), purpose, "{work:?}");
        expect_valid(&files, "PETImage");
    }
}

#[test]
fn what_scales_the_sources_numbers_is_left_out() {
    let other_scales = |_: usize, o: &mut dicom_object::InMemDicomObject| {
        for tag in [tags::REAL_WORLD_VALUE_MAPPING_SEQUENCE, tags::MODALITY_LUT_SEQUENCE] {
            o.put(DataElement::new(tag, VR::SQ, sequence(vec![code("Bq/ml", "UCUM", "Bq/ml")])));
        }
    };
    let source = read(series(other_scales)).remove(0);
    for file in derive(&source, &result(&source), &derivation()).unwrap() {
        let file = object(&file);
        assert!(file.get(tags::REAL_WORLD_VALUE_MAPPING_SEQUENCE).is_none());
        assert!(file.get(tags::MODALITY_LUT_SEQUENCE).is_none());
    }
}

#[test]
fn an_identity_keeps_every_stored_slope_of_the_suv_chain() {
    // Each way of reaching SUV is undone on writing and done again on reading.
    let edits: [fn(usize, &mut dicom_object::InMemDicomObject); 4] = [
        |_, o| put(o, tags::DECAY_CORRECTION, VR::CS, "NONE"),
        |_, o| put(o, tags::UNITS, VR::CS, "GML"),
        |_, o| {
            put(o, tags::UNITS, VR::CS, "CNTS");
            put(o, Tag(0x7053, 0x0010), VR::LO, "Philips PET Private Group");
            put(o, Tag(0x7053, 0x1000), VR::DS, "0.00031");
        },
        |_, o| o.retain(|element| element.header().tag != tags::PATIENT_WEIGHT),
    ];
    for edit in edits {
        let source = read(series(edit)).remove(0);
        let result = source.volume.clone().unwrap();
        let files = derive(&source, &result, &derivation()).unwrap();
        expect_same(&result, files);
    }
}

#[test]
fn entered_values_are_written_and_marked() {
    let timeless = |_: usize, o: &mut dicom_object::InMemDicomObject| {
        o.remove_element(tags::PATIENT_WEIGHT);
        o.remove_element(tags::SERIES_TIME);
        o.remove_element(tags::ACQUISITION_TIME);
        o.remove_element(tags::RADIOPHARMACEUTICAL_INFORMATION_SEQUENCE);
    };
    let mut source = read(series(timeless)).remove(0);
    let entered = Entered {
        weight_kg: Some(71.5),
        dose_mbq: Some(388.8),
        injected_at: Some("23:40".parse().unwrap()),
        scanned_at: Some("00:50".parse().unwrap()),
        half_life_s: Some(4057.7),
        ..Entered::default()
    };
    source.enter(&entered).unwrap();
    assert_eq!(source.volume.as_ref().unwrap().unit, darkroom_imaging::Unit::Suv, "{:?}", source.info.notes);
    let result = result(&source);
    let files = derive(&source, &result, &derivation()).unwrap();
    let description = text(&object(&files[0]), tags::DERIVATION_DESCRIPTION);
    assert!(description.contains("Entered by hand: Patient's Weight (0010,1030) 71.5 kg"), "{description}");
    assert_eq!(text(&object(&files[0]), tags::PATIENT_WEIGHT), "71.5");
    expect_same(&result, files);
}

#[test]
fn what_was_entered_stays_marked_in_what_is_made_of_the_result() {
    let mut source = read(series(|_, _| {})).remove(0);
    source.enter(&Entered { weight_kg: Some(80.0), ..Entered::default() }).unwrap();
    let first = derive(&source, &result(&source), &derivation()).unwrap();
    let again = read(first).remove(0);
    let said = "Entered by hand: Patient's Weight (0010,1030) 80 kg.";
    assert!(again.info.notes.iter().any(|note| note == said), "{:?}", again.info.notes);
    let second = derive(&again, &result(&again), &derivation()).unwrap();
    let description = text(&object(&second[0]), tags::DERIVATION_DESCRIPTION);
    assert!(description.contains(said), "{description}");
}

#[test]
fn beds_of_an_entered_start_keep_their_distances() {
    let beds = |n: usize, o: &mut dicom_object::InMemDicomObject| {
        put(o, tags::DECAY_CORRECTION, VR::CS, "NONE");
        put(o, tags::ACQUISITION_TIME, VR::TM, if n < 5 { "110000" } else { "111000" });
    };
    let mut source = read(series(beds)).remove(0);
    source.enter(&Entered { scanned_at: Some("11:30".parse().unwrap()), ..Entered::default() }).unwrap();
    let result = result(&source);
    let files = derive(&source, &result, &derivation()).unwrap();
    let times: Vec<String> = files.iter().map(|file| text(&object(file), tags::ACQUISITION_TIME)).collect();
    assert_eq!((times[0].as_str(), times[9].as_str()), ("113000.000000", "114000.000000"));
    expect_same(&result, files);
}

#[test]
fn every_file_says_what_it_is_and_keeps_what_places_it() {
    let source = source();
    let files = derive(&source, &result(&source), &derivation()).unwrap();
    let originals: Vec<DefaultDicomObject> = series(|_, _| {}).iter().map(object).collect();
    for file in &files {
        let o = object(file);
        let at = text(&o, tags::IMAGE_POSITION_PATIENT);
        let original = originals.iter().find(|original| text(original, tags::IMAGE_POSITION_PATIENT) == at).unwrap();
        for tag in [
            tags::STUDY_INSTANCE_UID,
            tags::FRAME_OF_REFERENCE_UID,
            tags::SOP_CLASS_UID,
            tags::PATIENT_NAME,
            tags::PATIENT_WEIGHT,
            tags::IMAGE_ORIENTATION_PATIENT,
            tags::PIXEL_SPACING,
            tags::UNITS,
            tags::SERIES_TIME,
            tags::INSTANCE_NUMBER,
        ] {
            assert_eq!(text(&o, tag), text(original, tag), "{tag}");
        }
        assert_eq!(text(&o, tags::IMAGE_TYPE), "DERIVED\\PRIMARY");
        assert_eq!(text(&o, tags::SYNTHETIC_DATA), "YES");
        assert_eq!(text(&o, tags::IMAGE_COMMENTS), "Synthetic. Research and teaching only. Not for diagnosis.");
        assert_eq!(text(&o, tags::SERIES_NUMBER), "9004");
        assert_eq!(text(&o, tags::RESCALE_INTERCEPT), "0");
        let description = text(&o, tags::DERIVATION_DESCRIPTION);
        for part in
            ["pet-enhance 1.0.0", "9f86d081884c7d65", "int8", "estimated dose 0.100", "Some GPU", "darkroom 0.1.0"]
        {
            assert!(description.contains(part), "{part}: {description}");
        }
        let item = &o.get(tags::SOURCE_IMAGE_SEQUENCE).unwrap().items().unwrap()[0];
        let referenced = item.get(tags::REFERENCED_SOP_INSTANCE_UID).unwrap().to_str().unwrap().into_owned();
        assert_eq!(referenced, text(original, tags::SOP_INSTANCE_UID));
        assert_ne!(text(&o, tags::SOP_INSTANCE_UID), referenced);
        assert_eq!(o.meta().media_storage_sop_instance_uid(), text(&o, tags::SOP_INSTANCE_UID));
        assert!(o.meta().information_group_length > 0);
    }
}

#[test]
fn long_names_never_push_out_the_mark() {
    let source = read(series(|_, o| put(o, tags::SERIES_DESCRIPTION, VR::LO, &"é".repeat(60)))).remove(0);
    let derivation = Derivation { model: "m\\odel".repeat(40), ..derivation() };
    let files = derive(&source, &result(&source), &derivation).unwrap();
    let description = text(&object(&files[0]), tags::SERIES_DESCRIPTION);
    assert!(description.chars().count() <= 64 && description.contains("| SYNTH m?odel"), "{description}");
}

#[test]
fn a_result_that_does_not_belong_is_refused() {
    let source = source();
    let volume = source.volume.clone().unwrap();
    let refused = |result: &Volume| derive(&source, result, &derivation()).unwrap_err().to_string();
    let half = Volume::new([16, 12, 5], volume.data[..960].to_vec(), volume.affine, volume.unit.clone()).unwrap();
    assert!(refused(&half).contains("[16, 12, 5]"));
    let mut other_unit = volume.clone();
    other_unit.unit = darkroom_imaging::Unit::BecquerelPerMl;
    assert!(refused(&other_unit).contains("Bq/ml"));
    let mut nan = volume.clone();
    nan.data[7] = f32::NAN;
    assert!(refused(&nan).contains("not finite"));
    let refused_series = read(vec![support::file("one", support::slice(0))]).remove(0);
    assert!(derive(&refused_series, &volume, &derivation()).is_err());
    assert!(Derivation::from_json("{}").is_err());
}

#[test]
fn a_derived_series_passes_the_iod_check() {
    let source = source();
    expect_valid(&derive(&source, &result(&source), &derivation()).unwrap(), "PETImage");
}

#[test]
fn a_derived_real_series_reads_back_and_passes_the_iod_check() {
    let Some(folder) = support::data("pet/sts001_dicom") else { return };
    let files = support::files(&folder).into_iter().filter(|file| file.name.ends_with(".dcm")).collect();
    let source = read(files).remove(0);
    let result = result(&source);
    let files = derive(&source, &result, &derivation()).unwrap();
    assert_eq!(files.len(), 267);
    expect_valid(&files, "PETImage");
    expect_same(&result, files);
}
