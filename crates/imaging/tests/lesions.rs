//! Lesions lost and invented against the golden pair that `training/golden_lesions.py` made.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::path::Path;

use darkroom_formats::npy::{self, Array};
use darkroom_imaging::{LabelMap, LesionCounts, LesionDetector, Unit, Volume, VolumeError};

/// Edges of a voxel, i, j, k, in mm, as in the script.
const SPACING: [f64; 3] = [3.2, 3.2, 4.0];

/// The arrays of the golden file.
struct Golden(Vec<(String, Array)>);

impl Golden {
    fn open() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../training/goldens/lesions.npz");
        let files = darkroom_formats::unpack(&std::fs::read(path).unwrap()).unwrap();
        Self(files.into_iter().map(|file| (file.name, npy::read(&file.bytes).unwrap())).collect())
    }

    fn array(&self, name: &str) -> &Array {
        &self.0.iter().find(|(file, _)| *file == format!("{name}.npy")).unwrap().1
    }

    fn volume(&self, name: &str) -> Volume {
        let Array { shape, data } = self.array(name);
        let mut affine = [[0.0; 4]; 3];
        for axis in 0..3 {
            affine[axis][axis] = SPACING[axis];
        }
        Volume::new([shape[2], shape[1], shape[0]], data.clone(), affine, Unit::Suv).unwrap()
    }

    fn lesions(&self) -> LabelMap {
        let volume = self.volume("lesions");
        LabelMap { dims: volume.dims, labels: volume.data.iter().map(|&label| label as u8).collect() }
    }

    fn body(&self) -> Vec<bool> {
        self.array("body").data.iter().map(|&inside| inside > 0.0).collect()
    }

    fn counts(&self, name: &str) -> LesionCounts {
        let [shown, lost, invented]: [f32; 3] = self.array(name).data.clone().try_into().unwrap();
        LesionCounts { shown: shown as usize, lost: lost as usize, invented: invented as usize }
    }
}

#[test]
fn contrast_is_what_training_measures() {
    let golden = Golden::open();
    let detector = LesionDetector::new(&golden.volume("standard"), None, golden.body(), None).unwrap();
    let found = detector.contrast(&golden.volume("result")).unwrap();
    let wanted = &golden.array("contrast").data;
    let error = found.iter().zip(wanted).fold(0.0_f32, |error, (a, b)| error.max((a - b).abs()));
    assert!(error < 1e-4, "largest difference {error:e}");
    assert!(wanted.iter().any(|&contrast| contrast > 1.0));
}

#[test]
fn counts_are_those_of_training_with_and_without_lesions_and_truth() {
    let golden = Golden::open();
    let (standard, truth, result) = (golden.volume("standard"), golden.volume("noise_free"), golden.volume("result"));
    let lesions = golden.lesions();
    for (name, truth, lesions) in [
        ("counts_all", Some(&truth), Some(&lesions)),
        ("counts_no_lesions", Some(&truth), None),
        ("counts_standard_only", None, None),
    ] {
        let detector = LesionDetector::new(&standard, truth, golden.body(), lesions).unwrap();
        assert_eq!(detector.counts(&result), Ok(golden.counts(name)), "{name}");
        let itself = LesionCounts { lost: 0, invented: 0, ..golden.counts(name) };
        assert_eq!(detector.counts(&standard), Ok(itself), "{name}, the standard dose against itself");
    }
}

#[test]
fn another_grid_is_refused() {
    let golden = Golden::open();
    let standard = golden.volume("standard");
    let small = Volume::new([1; 3], vec![1.0], standard.affine, Unit::Suv).unwrap();
    let detector = LesionDetector::new(&standard, None, golden.body(), None).unwrap();
    assert!(matches!(detector.counts(&small), Err(VolumeError::Grid(..))));
    assert!(matches!(LesionDetector::new(&standard, Some(&small), golden.body(), None), Err(VolumeError::Grid(..))));
}
