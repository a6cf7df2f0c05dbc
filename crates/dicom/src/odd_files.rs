//! The odd files that come with pydicom: each opens or is explained, and every compression gives the pixels that pydicom
//! (with Pillow's decoder) gives.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop")]

use std::path::{Path, PathBuf};
use std::process::Command;

use darkroom_imaging::{NamedBytes, Verdict};

use crate::open::open;
use crate::{pixels, read};

/// The folder of pydicom's test files, or `None` after saying so. `DARKROOM_PYTHON` is asked where it is.
fn folder() -> Option<PathBuf> {
    let python = std::env::var("DARKROOM_PYTHON").unwrap_or("python3".to_owned());
    let program = "import os, pydicom; print(os.path.join(os.path.dirname(pydicom.__file__), 'data', 'test_files'))";
    let said = Command::new(&python).args(["-c", program]).output().ok().filter(|output| output.status.success());
    let folder = said.map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    if folder.as_ref().is_none_or(|folder| !folder.is_dir()) {
        eprintln!("SKIPPED: no odd DICOM files: {python} lacks pydicom; set DARKROOM_PYTHON to one that has it");
        return None;
    }
    folder
}

fn file(path: &Path) -> NamedBytes {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    NamedBytes { name, bytes: std::fs::read(path).unwrap() }
}

fn walk(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { walk(&path, paths) } else { paths.push(path) }
    }
}

#[test]
fn each_opens_or_is_explained() {
    let Some(folder) = folder() else { return };
    let mut paths = Vec::new();
    walk(&folder, &mut paths);
    assert!(paths.len() > 70, "{}", paths.len());
    for path in &paths {
        for found in read(vec![file(path)]) {
            let info = &found.info;
            assert_eq!(found.volume.is_some(), info.verdict == Verdict::Usable, "{path:?}");
            if let Verdict::Refused { what, next } = &info.verdict {
                assert!(what.len() > 15 && what.ends_with('.') && next.ends_with('.'), "{path:?}: {what} {next}");
            }
        }
    }
    // All at once is one study of every kind, and no worse.
    let found = read(paths.iter().map(|path| file(path)).collect());
    assert!(found.len() > 20, "{}", found.len());
}

#[test]
fn files_without_meta_or_of_implicit_compression_are_told_by_what_they_are() {
    let Some(folder) = folder() else { return };
    for (name, wanted) in [
        ("ExplVR_BigEndNoMeta.dcm", "radiotherapy plan"),
        ("ExplVR_LitEndNoMeta.dcm", "radiotherapy plan"),
        ("SC_rgb_jpeg.dcm", "screenshot"),
        ("rtdose_rle.dcm", "radiotherapy dose"),
        ("MR_truncated.dcm", "ends early"),
        ("rtplan_truncated.dcm", "ends early"),
        ("no_meta.dcm", "not a DICOM file"),
    ] {
        let found = read(vec![file(&folder.join(name))]).remove(0);
        match &found.info.verdict {
            Verdict::Refused { what, .. } => assert!(what.contains(wanted), "{name}: {what}"),
            Verdict::Usable => panic!("{name} is usable"),
        }
    }
}

/// Sum, least and largest stored number.
fn summary(numbers: &[f64]) -> (f64, f64, f64) {
    let fold = |pick: fn(f64, f64) -> f64| numbers.iter().copied().reduce(pick).unwrap_or(0.0);
    (numbers.iter().sum(), fold(f64::min), fold(f64::max))
}

#[test]
fn every_compression_gives_the_pixels_of_another_reader() {
    let Some(folder) = folder() else { return };
    let decoded = |name: &str| {
        let opened = open(file(&folder.join(name))).unwrap_or_else(|error| panic!("{name}: {error}"));
        pixels::decode(&opened).unwrap_or_else(|error| panic!("{name}: {error}"))
    };
    let reference = decoded("MR_small.dcm");
    assert_eq!(summary(&reference), (2_125_338.0, 127.0, 2145.0));
    for name in [
        "MR_small_RLE.dcm",
        "MR_small_bigendian.dcm",
        "MR_small_implicit.dcm",
        "MR_small_padded.dcm",
        "MR_small_jp2klossless.dcm",
        "MR_small_jpeg_ls_lossless.dcm",
    ] {
        assert!(decoded(name) == reference, "{name}");
    }
    for (name, sum, least, largest) in [
        ("image_dfl.dcm", 33_322_688.0, 0.0, 255.0),
        ("J2K_pixelrep_mismatch.dcm", -172_605_258.0, -2000.0, 1896.0),
        ("rtdose_rle_1frame.dcm", 101_378_000.0, 795_000.0, 1_254_000.0),
        ("rtdose_expb_1frame.dcm", 101_378_000.0, 795_000.0, 1_254_000.0),
    ] {
        assert_eq!(summary(&decoded(name)), (sum, least, largest), "{name}");
    }
    // Lossy streams: two decoders may round apart by one.
    for (name, sum, least, largest) in
        [("693_J2KI.dcm", -2_181_784.0, -2971.0, 2836.0), ("JPEG2000.dcm", 3_527_976.0, -30.0, 245.0)]
    {
        let numbers = decoded(name);
        let found = summary(&numbers);
        assert!((found.0 - sum).abs() < 0.05 * numbers.len() as f64, "{name}: {found:?}");
        assert!((found.1 - least).abs() <= 1.0 && (found.2 - largest).abs() <= 1.0, "{name}: {found:?}");
    }
    for (name, count) in [("JPEGLSNearLossless_08.dcm", 450), ("JPEGLSNearLossless_16.dcm", 500)] {
        assert_eq!(decoded(name).len(), count, "{name}");
    }
    // Twelve bits in JPEG's extended process: no decoder here, and said so.
    let extended = open(file(&folder.join("JPGExtended.dcm"))).unwrap();
    let refused = pixels::decode(&extended).unwrap_err().to_string();
    assert!(refused.contains("cannot be decoded here") && refused.contains("1.2.840.10008.1.2.4.51"), "{refused}");
}

#[test]
fn damaged_compression_never_panics() {
    let Some(folder) = folder() else { return };
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut below = |n: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % n as u64) as usize
    };
    for name in
        ["MR_small_jp2klossless.dcm", "MR_small_jpeg_ls_lossless.dcm", "MR_small_RLE.dcm", "JPEGLSNearLossless_16.dcm"]
    {
        let whole = file(&folder.join(name));
        let start = whole.bytes.windows(4).position(|tag| tag == [0xE0, 0x7F, 0x10, 0]).unwrap() + 28;
        for _ in 0..300 {
            let mut damaged = whole.clone();
            for _ in 0..=below(4) {
                let at = start + below(damaged.bytes.len() - start);
                damaged.bytes[at] = [0, 0xFF, below(256) as u8][below(3)];
            }
            if let Ok(opened) = open(damaged) {
                // Whatever comes out, it comes out.
                let _ = pixels::decode(&opened);
            }
        }
    }
}
