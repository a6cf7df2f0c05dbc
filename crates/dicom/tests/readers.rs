//! Derived series of each kind in front of other readers.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail like the test")]

mod support;

use std::process::Command;

use darkroom_dicom::{derive, read};
use darkroom_imaging::{NamedBytes, Verdict};
use dicom_dictionary_std::tags;
use support::derived::{derivation, expect_valid, object, result, scratch, text};
use support::series;

#[test]
fn derived_ct_and_mr_read_back_and_pass_the_iod_check() {
    // The last is as small as a map of diffusion coefficients.
    for (make, class, scale) in
        [(support::ct as fn(usize) -> _, "CTImage", 1.0), (support::mr, "MRImage", 1.0), (support::mr, "MRImage", 1e-7)]
    {
        let source = read(support::files_of(make)).remove(0);
        assert_eq!(source.info.verdict, Verdict::Usable, "{:?}", source.info);
        let volume = source.volume.as_ref().unwrap();
        // Values below zero and between the source's.
        let data = volume.data.iter().map(|value| (value * 0.75 - 3.3) * scale).collect();
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
