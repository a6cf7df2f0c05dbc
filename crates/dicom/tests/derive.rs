//! Derived series: they read back as written, keep their SUV, say what they are, and pass an IOD check.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of a test may fail like the test")]

mod support;

use std::path::PathBuf;
use std::process::Command;

use darkroom_dicom::{Derivation, Series, derive, read};
use darkroom_imaging::suv::Entered;
use darkroom_imaging::{NamedBytes, Verdict, Volume};
use dicom_core::{Tag, VR};
use dicom_dictionary_std::tags;
use dicom_object::{DefaultDicomObject, from_reader};
use support::{put, series};

/// As a run writes it, with fields that a file has no place for.
const PROVENANCE: &str = r#"{
    "mark": "Synthetic image.", "software": "darkroom 0.1.0", "model": "pet-enhance", "version": "1.0.0",
    "weights_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "quantisation": "int8",
    "backend": "gpu", "adapter": "Some GPU", "dose": {"fraction": 0.1, "estimated": true}, "mask": false, "tiles": 18
}"#;

fn derivation() -> Derivation {
    Derivation::from_json(PROVENANCE).unwrap()
}

fn source() -> Series {
    read(series(|_, _| {})).remove(0)
}

/// A result with values that no quantisation of the source's would hit, some below zero.
fn result(source: &Series) -> Volume {
    let volume = source.volume.as_ref().unwrap();
    let data = volume.data.iter().enumerate().map(|(v, value)| value * 0.937 + (v % 7) as f32 * 1e-3 - 2e-3).collect();
    volume.with_data(data).unwrap()
}

fn object(file: &NamedBytes) -> DefaultDicomObject {
    from_reader(&file.bytes[128..]).unwrap()
}

fn text(object: &DefaultDicomObject, tag: Tag) -> String {
    object.get(tag).map_or_else(String::new, |element| element.to_str().unwrap().trim().to_owned())
}

/// Holds a derived series against the result it was made of: same grid, same values to half a slope.
fn expect_same(result: &Volume, files: Vec<NamedBytes>) -> Series {
    let mut again = read(files);
    assert_eq!(again.len(), 1);
    let again = again.remove(0);
    assert_eq!(again.info.verdict, Verdict::Usable);
    let volume = again.volume.as_ref().unwrap();
    assert_eq!((volume.dims, volume.affine, &volume.unit), (result.dims, result.affine, &result.unit));
    let area = result.dims[0] * result.dims[1];
    // A slope is a slice's largest value over 32767, and an error at most half of it.
    for k in 0..result.dims[2] {
        let [wanted, found] = [result, volume].map(|volume| &volume.data[k * area..(k + 1) * area]);
        let top = wanted.iter().copied().fold(0.0, f32::max);
        let step = f64::from(top) / 32767.0;
        for (w, f) in wanted.iter().zip(found) {
            let error = (f64::from(w.max(0.0)) - f64::from(*f)).abs();
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

fn scratch(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("darkroom-derive-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Synthetic Data (0008,001C) is of 2023. A `dciodvfy` that does not know it yet takes it for a mistake.
const OLDER_THAN_SYNTHETIC_DATA: &str =
    "</(0008,001c)> - Attribute with an even group number is not a recognized standard attribute";

/// Runs `dciodvfy` on every file; its complaints are lines that begin with "Error".
fn expect_valid(files: &[NamedBytes], class: &str) {
    let folder = scratch(&format!("{class}-{}", files.len()));
    std::fs::create_dir_all(&folder).unwrap();
    for file in files {
        let path = folder.join(&file.name);
        std::fs::write(&path, &file.bytes).unwrap();
        let output = match Command::new("dciodvfy").arg("-new").arg(&path).output() {
            Ok(output) => output,
            Err(error) => {
                eprintln!("SKIPPED: no dciodvfy to check DICOM files with ({error}); apt install dicom3tools");
                break;
            }
        };
        let told = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
        assert!(told.contains(class), "{}: not seen as {class}: {told}", file.name);
        let errors: Vec<&str> = told
            .lines()
            .filter(|line| line.starts_with("Error") && !line.contains(OLDER_THAN_SYNTHETIC_DATA))
            .collect();
        assert!(errors.is_empty(), "{}: {errors:#?}", file.name);
    }
    std::fs::remove_dir_all(&folder).unwrap();
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

#[test]
fn derived_ct_and_mr_read_back_and_pass_the_iod_check() {
    for (make, class) in [(support::ct as fn(usize) -> _, "CTImage"), (support::mr, "MRImage")] {
        let source = read(support::files_of(make)).remove(0);
        assert_eq!(source.info.verdict, Verdict::Usable, "{:?}", source.info);
        let volume = source.volume.as_ref().unwrap();
        // Values below zero and between the source's.
        let data = volume.data.iter().map(|value| value * 0.75 - 3.3).collect();
        let result = volume.with_data(data).unwrap();
        let files = derive(&source, &result, &derivation()).unwrap();
        expect_valid(&files, class);
        expect_read_alike(&files);
        let kind = text(&object(&files[0]), tags::IMAGE_TYPE);
        assert!(kind.starts_with("DERIVED\\PRIMARY\\") && !kind.contains("ORIGINAL"), "{kind}");
        let again = read(files).remove(0).volume.unwrap();
        assert_eq!((again.dims, again.affine, again.unit), (result.dims, result.affine, result.unit.clone()));
        let range = result.data.iter().fold(0.0_f32, |most, value| most.max(value.abs())) * 2.0;
        for (wanted, found) in result.data.iter().zip(&again.data) {
            assert!((wanted - found).abs() <= range / 65_535.0, "{wanted} became {found}");
        }
    }
}

#[test]
fn other_readers_see_the_voxels_that_ours_sees() {
    // Without a weight the values stay in Bq/ml, which is what slope and intercept alone give.
    let source = read(series(|_, o| o.retain(|element| element.header().tag != tags::PATIENT_WEIGHT))).remove(0);
    let files = derive(&source, &result(&source), &derivation()).unwrap();
    expect_read_alike(&files);
}

/// Holds what pydicom and dcmtk read in files, whose values need no factor, against what our reader reads in them.
fn expect_read_alike(files: &[NamedBytes]) {
    let series = read(files.to_vec()).remove(0);
    let volume = series.volume.unwrap();
    let folder = scratch(&format!("alike-{}", series.info.modality));
    for file in files {
        std::fs::write(folder.join(&file.name), &file.bytes).unwrap();
    }
    let values = folder.join("values");
    std::fs::write(&values, volume.data.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>()).unwrap();
    let python = std::env::var("DARKROOM_PYTHON").unwrap_or("python3".to_owned());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/readers/compare.py");
    match Command::new(&python).args([script, "dicom"]).args([&folder, &values]).output() {
        Ok(output) if output.status.code() != Some(77) => {
            let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{said}");
            eprint!("{}", if said.contains("SKIPPED") { said.as_str() } else { "" });
        }
        _ => eprintln!("SKIPPED: no pydicom to read DICOM files with; set DARKROOM_PYTHON to a Python that has it"),
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
