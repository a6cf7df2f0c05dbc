//! `darkroom generate` and `darkroom translate` as a user types them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use darkroom_formats::{nifti, npy};
use darkroom_pipelines::diffusion::RunRecord;

const MODEL: &str = "tests/goldens/diffusion";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn darkroom(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_darkroom")).current_dir(root()).args(arguments).output().unwrap()
}

/// A folder of one test, gone afterwards.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("darkroom-diffusion-{}-{name}", std::process::id())))
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A folder that stays behind harms no other test.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn samples_are_made_from_seeds_and_their_record_says_how() {
    let scratch = Scratch::new("generate");
    let (image, record) = (scratch.path("samples.nii.gz"), scratch.path("run.json"));
    let arguments = ["generate", MODEL, "-o", &image, "--class", "one", "--seed", "6", "--samples", "2"];
    let output = darkroom(&[&arguments[..], &["--record", &record, "--backend", "cpu"]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains("Not for diagnosis"));

    let read = nifti::read(&std::fs::read(&image).unwrap()).unwrap().volume;
    assert_eq!(read.dims, [32, 32, 2]);
    // Seed 7, the second sample, is the golden's; -1 to 1 are -1000 to 1000 HU.
    let wanted = npy::read(&std::fs::read(root().join(MODEL).join("image.npy")).unwrap()).unwrap().data;
    let error = read.data[1024..].iter().zip(&wanted).fold(0.0_f32, |error, (a, b)| error.max((a - 1000.0 * b).abs()));
    assert!(error < 5.0, "off by {error} HU");
    let record: RunRecord = serde_json::from_slice(&std::fs::read(&record).unwrap()).unwrap();
    assert_eq!((record.seed, record.samples, record.class.as_deref()), (6, 2, Some("one")));
}

#[test]
fn a_volume_is_translated_with_its_spread() {
    let scratch = Scratch::new("translate");
    let (image, spread) = (scratch.path("mean.nii.gz"), scratch.path("spread.nii"));
    let arguments = ["translate", "web/samples/torso-regions.nii.gz", "--model", "tests/goldens/translation"];
    let rest =
        ["-o", &image, "--spread", &spread, "--samples", "2", "--steps", "1", "--dose", "0.2", "--backend", "cpu"];
    let output = darkroom(&[&arguments[..], &rest].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let [mean, spread] = [image, spread].map(|path| nifti::read(&std::fs::read(path).unwrap()).unwrap().volume);
    assert_eq!(mean.dims, spread.dims);
    assert!(mean.data.iter().all(|value| value.is_finite()));
    assert!(spread.data.iter().all(|value| *value >= 0.0) && spread.data.iter().any(|value| *value > 0.0));
}

/// A box of labels on the grid of a sample, as NIfTI.
fn write_mask(sample: &darkroom_imaging::Volume, path: &str) {
    let [wide, tall, _] = sample.dims;
    let marked = |at: usize| (tall / 4..tall / 2).contains(&(at / wide)) && at % wide > wide / 2;
    let labels = (0..wide * tall).map(|at| f32::from(u8::from(marked(at)))).collect();
    let unit = darkroom_imaging::Unit::Other(String::new());
    let mask = darkroom_imaging::Volume { unit, ..sample.with_data(labels).unwrap() };
    std::fs::write(path, nifti::write(&mask, "mask").unwrap()).unwrap();
}

#[test]
fn a_sample_is_begun_from_another_and_its_record_makes_it_again() {
    let scratch = Scratch::new("start");
    let [first, mask, second, again] =
        ["first.nii", "mask.nii.gz", "second.nii", "again.nii"].map(|name| scratch.path(name));
    let record = scratch.path("run.json");
    let run = |arguments: &[&str]| {
        let output = darkroom(&[&["generate", MODEL, "--class", "one", "--backend", "cpu"], arguments].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let read = |path: &str| nifti::read(&std::fs::read(path).unwrap()).unwrap().volume;
    run(&["-o", &first, "--seed", "6"]);
    let sample = read(&first);
    write_mask(&sample, &mask);
    let how = ["--start", &first, "--mask", &mask, "--strength", "0.8", "--repeats", "2", "--seed", "9"];
    run(&[&["-o", &second, "--record", &record], &how[..]].concat());
    let made = read(&second);
    assert_eq!((made.dims, made.affine), (sample.dims, sample.affine));
    let changed = made.data.iter().zip(&sample.data).filter(|(a, b)| (*a - *b).abs() > 1.0).count();
    assert!((20..=8 * 15).contains(&changed), "{changed} pixels are new");

    let record: RunRecord = serde_json::from_slice(&std::fs::read(&record).unwrap()).unwrap();
    let hash = record.start.as_ref().map(|start| start.sha256.clone()).unwrap();
    assert_eq!(hash.len(), 64);
    assert!(record.start.unwrap().mask_sha256.is_some());
    // What the record says, said again.
    let start = serde_json::to_value(record.settings.start).unwrap();
    let repeats = record.settings.inpaint.unwrap().repeats.to_string();
    let (strength, seed) = (start["strength"].to_string(), record.seed.to_string());
    let from = ["-o", &again, "--start", &first, "--mask", &mask];
    let told = ["--mask-labels", "1", "--strength", &strength, "--repeats", &repeats, "--seed", &seed];
    run(&[&from[..], &told[..]].concat());
    assert_eq!(read(&again).data, made.data);
    let missing = [&["generate", MODEL, "--class", "one", "--backend", "cpu"], &from[..], &["--mask-labels", "1,2"]];
    let refused = darkroom(&missing.concat());
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && said.contains("no label 2; it holds 1"), "{said}");
}

#[test]
fn numbers_are_set_by_name() {
    let scratch = Scratch::new("numbers");
    let (image, record) = (scratch.path("told.nii"), scratch.path("run.json"));
    let arguments = ["generate", "tests/goldens/numbers", "-o", &image, "--record", &record, "--backend", "cpu"];
    let output = darkroom(&[&arguments[..], &["--seed", "7", "--set", "age=63", "--set", "sex=1"]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read = nifti::read(&std::fs::read(&image).unwrap()).unwrap().volume;
    let wanted = npy::read(&std::fs::read(root().join("tests/goldens/numbers/denoiser.npy")).unwrap()).unwrap().data;
    // -1 to 1 is 0 to 1.
    let off = |(a, b): (&f32, &f32)| (a - (b + 1.0) / 2.0).abs();
    let error = read.data.iter().zip(&wanted).map(off).fold(0.0_f32, f32::max);
    assert!(error < 5e-3, "off by {error}");
    let record: RunRecord = serde_json::from_slice(&std::fs::read(&record).unwrap()).unwrap();
    assert_eq!(record.numbers.into_values().collect::<Vec<_>>(), [63.0, 1.0, 0.3]);
}

#[test]
fn what_cannot_be_done_is_said_in_a_sentence() {
    for (arguments, wanted) in [
        (vec!["generate", MODEL, "-o", "out.nii.gz"], "choose one"),
        (vec!["generate", MODEL, "-o", "out.nii.gz", "--class", "liver"], "zero, one"),
        (vec!["generate", MODEL, "-o", "out.nii.gz", "--class", "0", "--sampler", "magic"], "no sampler magic"),
        (vec!["generate", MODEL, "-o", "out.nii.gz", "--class", "0", "--steps", "5000"], "at most 1000"),
        (vec!["generate", MODEL, "-o", "out.nii.gz", "--class", "0", "--samples", "0"], "at least one sample"),
        (vec!["generate", MODEL, "-o", "o.nii", "--class", "0", "--seed", "4294967295", "--samples", "2"], "2^32"),
        (vec!["generate", MODEL, "-o", "out.nii.gz", "--class", "0", "--guidance", "-3"], "guidance scale is -3"),
        (vec!["generate", "weights/pet-enhance", "-o", "out.nii.gz"], "one-pass model"),
        (vec!["translate", "web/samples/torso-low-dose.nii.gz", "--model", MODEL, "-o", "out.nii.gz"], "takes none"),
        (vec!["generate", "tests/goldens/numbers", "-o", "out.nii", "--set", "age=30"], "age is 30"),
        (vec!["generate", "tests/goldens/numbers", "-o", "out.nii", "--set", "age"], "such as age=63"),
        (vec!["generate", MODEL, "-o", "out.nii", "--class", "0", "--set", "age=30"], "no numbers"),
        (vec!["generate", MODEL, "-o", "out.nii", "--class", "0", "--strength", "0.5"], "--start"),
        (
            vec!["generate", MODEL, "-o", "out.nii", "--class", "0", "--start", "web/samples/torso-low-dose.nii.gz"],
            "in SUV",
        ),
        (
            vec![
                "translate",
                "web/samples/torso-low-dose.nii.gz",
                "--model",
                "weights/mr-translate",
                "-o",
                "out.nii",
                "--class",
                "T2",
                "--dose",
                "0.5",
            ],
            "told no dose",
        ),
        (vec!["translate", "x.nii", "--model", MODEL, "-o", "out.nii", "--spread", "s.nii"], "--samples 2"),
    ] {
        let output = darkroom(&[&arguments[..], &["--backend", "cpu"]].concat());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(wanted), "{arguments:?}: {said}");
    }
}
