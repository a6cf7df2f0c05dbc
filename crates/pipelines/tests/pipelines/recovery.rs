//! Contrast recovery against its twin in training/enhancer.py, and as a step of the pipeline.

use crate::support::{go_on, image, manifest, package, root, weights};
use darkroom_formats::npy;
use darkroom_imaging::{ContrastRecovery, Unit, Volume, recover_contrast};
use darkroom_pipelines::{Backend, EnhanceOptions, Enhancer, Package, PipelineKind};
use pollster::block_on;

fn golden(name: &str) -> Volume {
    let array = npy::read(&std::fs::read(root().join("training/goldens").join(name)).unwrap()).unwrap();
    let affine = [[2.5, 0.0, 0.0, 0.0], [0.0, 2.0, 0.0, 0.0], [0.0, 0.0, 3.0, 0.0]];
    Volume::new([24, 20, 16], array.data, affine, Unit::Suv).unwrap()
}

#[test]
fn it_computes_what_training_computes() {
    let (pet, enhanced, wanted) = (golden("pet.npy"), golden("enhanced.npy"), golden("recovered.npy"));
    // As `recovered` in training/package.py.
    let recovery =
        ContrastRecovery { sigma_mm: 4.0, blob_mm: 3.0, around_mm: 8.0, from: 0.0, full: 0.05, floor: 0.02, passes: 3 };
    let got = recover_contrast(&pet, &enhanced, 1.0, &recovery).unwrap();
    let error = got.iter().zip(&wanted.data).fold(0.0_f32, |error, (a, b)| error.max((a - b).abs()));
    assert!(error < 1e-4, "largest difference {error:e}");
    let moved = got.iter().zip(&enhanced.data).filter(|(a, b)| a != b).count();
    assert!(moved > got.len() / 100, "{moved} voxels moved");
}

#[test]
fn only_what_stands_out_of_its_surroundings_is_recovered() {
    let low = image("torso-low-dose.nii.gz", [24, 20, 8], [40, 40, 32]);
    let run = |recovers: bool| {
        let mut package = package();
        let PipelineKind::OnePass { contrast_recovery, .. } = &mut package.manifest.pipeline;
        assert!(contrast_recovery.is_some(), "the shipped model recovers contrast");
        *contrast_recovery = contrast_recovery.filter(|_| recovers);
        let mut enhancer = block_on(Enhancer::open(package, Backend::cpu())).unwrap();
        let options = EnhanceOptions { dose: Some(0.1), regions: None };
        block_on(enhancer.run(&low, &options, &mut go_on)).unwrap().volume.data
    };
    let (without, with) = (run(false), run(true));
    let moved = with.iter().zip(&without).filter(|(with, without)| with != without).count();
    assert!(moved > 0 && moved < with.len() / 10, "{moved} of {} voxels", with.len());
}

#[test]
fn a_manifest_with_nonsense_is_refused() {
    let manifest = String::from_utf8(manifest()).unwrap();
    let broken = manifest.replace("\"full\": 0.6", "\"full\": 0.2");
    assert_ne!(manifest, broken);
    let error = Package::read(broken.as_bytes(), &weights()).unwrap_err().to_string();
    assert!(error.contains("contrast recovery"), "{error}");
}
