//! Dropping files of every kind at once.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail like the test")]

use darkroom_formats::{nifti, open, pack};
use darkroom_imaging::{NamedBytes, Unit, Verdict, Volume};

fn named(name: &str, bytes: impl Into<Vec<u8>>) -> NamedBytes {
    NamedBytes { name: name.into(), bytes: bytes.into() }
}

fn volume() -> Volume {
    let affine = [[-2.0, 0.0, 0.0, 0.0], [0.0, 2.0, 0.0, 0.0], [0.0, 0.0, 2.0, 0.0]];
    Volume::new([10, 10, 10], (0..1000).map(|v| v as f32).collect(), affine, Unit::BecquerelPerMl).unwrap()
}

fn dicom() -> Vec<u8> {
    let mut bytes = vec![0; 128];
    bytes.extend(b"DICM....");
    bytes
}

fn reason(verdict: &Verdict) -> &str {
    match verdict {
        Verdict::Usable => "usable",
        Verdict::Refused { what, next } => {
            assert!(what.ends_with('.') && next.ends_with('.'), "not sentences: {what} {next}");
            what
        }
    }
}

#[test]
fn a_mixed_drop_is_sorted_out() {
    let image = nifti::write(&volume(), "").unwrap();
    let inside =
        pack(&[named("b/slice.dcm", dicom()), named("__MACOSX/._x", [1, 2]), named("notes.txt", *b"hi")]).unwrap();
    let archive = pack(&[named("inner.zip", inside), named("a/slice", dicom())]).unwrap();
    let opened = open(vec![
        named("head.nii.gz", image),
        named("study.zip", archive),
        named(".DS_Store", [0; 9]),
        named("array.npy", *b"\x93NUMPY\x01\x00"),
    ]);
    let names: Vec<&str> = opened.dicom.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["study.zip/inner.zip/b/slice.dcm", "study.zip/a/slice"]);
    assert_eq!(opened.findings.len(), 3);
    let head = &opened.findings[0];
    assert_eq!((head.info.title.as_str(), head.info.format.as_str()), ("head.nii.gz", "NIfTI"));
    assert_eq!((head.info.dims, head.info.spacing, head.info.unit.as_str()), ([10; 3], [2.0; 3], "Bq/ml"));
    assert_eq!(head.info.verdict, Verdict::Usable);
    assert_eq!(head.volume.as_ref(), Some(&volume()));
    assert!(reason(&opened.findings[1].info.verdict).contains("NumPy"));
    assert_eq!(reason(&opened.findings[2].info.verdict), "notes.txt is not an image that Darkroom can read.");
}

#[test]
fn each_bad_file_gets_its_own_sentence_and_the_good_one_stays() {
    let good = nifti::write(&volume(), "").unwrap();
    let mut nan = volume();
    nan.data[5] = f32::NAN;
    let one_slice = Volume::new([10, 10, 1], (0..100).map(|v| v as f32).collect(), volume().affine, Unit::Suv).unwrap();
    let constant = volume().with_data(vec![4.0; 1000]).unwrap();
    let mut encrypted = pack(&[named("a", [1; 50])]).unwrap();
    encrypted[6] |= 1;
    let central = encrypted.windows(4).position(|part| part == b"PK\x01\x02").unwrap();
    encrypted[central + 8] |= 1;
    let zipped = pack(&[named("a", [1; 50])]).unwrap();
    let opened = open(vec![
        named("cut.nii.gz", &good[..good.len() / 2]),
        named("nan.nii.gz", nifti::write(&nan, "").unwrap()),
        named("slice.nii.gz", nifti::write(&one_slice, "").unwrap()),
        named("constant.nii.gz", nifti::write(&constant, "").unwrap()),
        named("locked.zip", encrypted),
        named("half.zip", &zipped[..zipped.len() - 30]),
        named("good.nii.gz", good),
    ]);
    let reasons: Vec<&str> = opened.findings.iter().map(|finding| reason(&finding.info.verdict)).collect();
    for (found, expected) in
        reasons.iter().zip(["ends early", "1 value", "one slice", "same value", "encrypted", "damaged", "usable"])
    {
        assert!(found.contains(expected), "{found} / {expected}");
    }
    assert_eq!(reasons.len(), 7);
    assert!(opened.findings.iter().take(6).all(|finding| finding.volume.is_none()));
}

#[test]
fn many_strangers_are_one_line() {
    let names = ["LICENSE", "README", "a.pdf", "b.pdf", "c.pdf"];
    let opened = open(names.iter().map(|name| named(name, *b"text")).collect());
    assert_eq!(opened.findings.len(), 1);
    assert_eq!(opened.findings[0].info.files, 5);
    let what = reason(&opened.findings[0].info.verdict);
    assert_eq!(what, "LICENSE, README, a.pdf and 2 more are not images that Darkroom can read.");
    let one = open(vec![named("scan.dcm", *b"\x89PNG\r\n\x1a\n")]);
    let what = reason(&one.findings[0].info.verdict);
    assert_eq!(what, "scan.dcm is a PNG picture: something to look at, without measured values.");
    assert_eq!(open(Vec::new()), darkroom_formats::Opened::default());
}

#[test]
fn a_volume_that_lies_nowhere_is_listed_with_numbers_only() {
    let mut nowhere = volume();
    nowhere.affine[0][0] = f64::NAN;
    nowhere.affine[1][1] = f64::INFINITY;
    let opened = open(vec![named("nowhere.nii", nifti::write_plain(&nowhere, "").unwrap())]);
    let info = &opened.findings[0].info;
    assert!(reason(&info.verdict).contains("not a number"));
    assert_eq!(info.spacing, [0.0, 0.0, 2.0]);
}
