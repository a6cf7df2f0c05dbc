//! A result of the default series, and what is asked of files derived from it.

use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use darkroom_dicom::{Derivation, Series, read};
use darkroom_imaging::{NamedBytes, Volume};
use dicom_core::Tag;
use dicom_object::{DefaultDicomObject, from_reader};

use super::series;

/// As a run writes it, with fields that a file has no place for.
pub(crate) const PROVENANCE: &str = r#"{
    "mark": "Synthetic image.", "software": "darkroom 0.1.0", "model": "pet-enhance", "version": "1.0.0",
    "weights_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "quantisation": "int8",
    "backend": "gpu", "adapter": "Some GPU", "dose": {"fraction": 0.1, "estimated": true}, "mask": false, "tiles": 18
}"#;

pub(crate) fn derivation() -> Derivation {
    Derivation::from_json(PROVENANCE).unwrap()
}

pub(crate) fn source() -> Series {
    read(series(|_, _| {})).remove(0)
}

/// A result with values that no quantisation of the source's would hit, some below zero.
pub(crate) fn result(source: &Series) -> Volume {
    let volume = source.volume.as_ref().unwrap();
    let data = volume.data.iter().enumerate().map(|(v, value)| value * 0.937 + (v % 7) as f32 * 1e-3 - 2e-3).collect();
    volume.with_data(data).unwrap()
}

pub(crate) fn object(file: &NamedBytes) -> DefaultDicomObject {
    from_reader(&file.bytes[128..]).unwrap()
}

pub(crate) fn text(object: &DefaultDicomObject, tag: Tag) -> String {
    object.get(tag).map_or_else(String::new, |element| element.to_str().unwrap().trim().to_owned())
}

pub(crate) fn scratch(name: &str) -> PathBuf {
    // Tests that run side by side each have one of their own.
    static MADE: AtomicUsize = AtomicUsize::new(0);
    let count = MADE.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("darkroom-derive-{}-{count}-{name}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Synthetic Data (0008,001C) is of 2023. A `dciodvfy` that does not know it yet takes it for a mistake.
pub(crate) const OLDER_THAN_SYNTHETIC_DATA: &str =
    "</(0008,001c)> - Attribute with an even group number is not a recognized standard attribute";

/// Runs `dciodvfy` on every file; its complaints are lines that begin with "Error".
pub(crate) fn expect_valid(files: &[NamedBytes], class: &str) {
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
