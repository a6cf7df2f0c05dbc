//! The shipped model on the shipped sample, computed by the CPU twins.

use std::ops::ControlFlow;

use crate::support::{go_on, image, labels, package, root};
use darkroom_formats::npy;
use darkroom_imaging::statistics::{in_label, nrmse};
use darkroom_imaging::{LabelMap, Volume};
use darkroom_pipelines::{Backend, EnhanceOptions, Enhancer, PipelineError, PipelineKind, Runner};
use pollster::block_on;

/// A box of the sample with liver, stomach, spine and ribs.
const FROM: [usize; 3] = [24, 20, 8];
const DIMS: [usize; 3] = [40, 40, 32];
const LIVER: u8 = 2;

fn low() -> Volume {
    image("torso-low-dose.nii.gz", FROM, DIMS)
}

fn enhancer() -> Enhancer {
    block_on(Enhancer::open(package(), Backend::cpu())).unwrap()
}

fn dose(fraction: f64) -> EnhanceOptions {
    EnhanceOptions { dose: Some(fraction), regions: None }
}

#[test]
fn the_twins_compute_what_onnx_runtime_computes() {
    let array = |name: &str| npy::read(&std::fs::read(root().join("training/goldens").join(name)).unwrap()).unwrap();
    let (pet, regions, wanted) = (array("pet.npy"), array("regions.npy"), array("enhanced.npy"));
    let graph = package().graph.specialise(&[("pet", &pet.shape), ("regions", &regions.shape)]).unwrap();
    let mut runner = block_on(Runner::new(&graph, &Backend::cpu())).unwrap();
    let inputs = [pet.data.as_slice(), regions.data.as_slice()];
    let got = block_on(runner.run(&inputs, &mut |_| ControlFlow::Continue(()))).unwrap().remove(0);
    let largest = wanted.data.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
    let error = got.iter().zip(&wanted.data).fold(0.0_f32, |error, (a, b)| error.max((a - b).abs())) / largest;
    // Other orders of summation through some ten layers.
    assert!(error < 1e-4, "relative error {error:e}");
}

#[test]
fn a_low_dose_image_comes_nearer_to_the_standard_dose() {
    let (low, standard, regions) = (low(), image("torso-standard-dose.nii.gz", FROM, DIMS), labels(FROM, DIMS));
    let result = block_on(enhancer().run(&low, &dose(0.1), &mut go_on)).unwrap();
    let before = nrmse(&standard, &low).unwrap().unwrap();
    let after = nrmse(&standard, &result.volume).unwrap().unwrap();
    assert!(after < 0.7 * before, "NRMSE {before} -> {after}");
    let liver = |volume: &Volume| in_label(volume, &regions, LIVER).unwrap().unwrap();
    let (before, after) = (liver(&low), liver(&result.volume));
    assert!(after.noise().unwrap() < 0.7 * before.noise().unwrap());
    let change = after.mean / before.mean - 1.0;
    assert!(change.abs() < 0.02, "the liver's mean moved by {change}");
    assert_eq!((result.volume.dims, result.volume.affine), (low.dims, low.affine));
    assert!(result.volume.data.iter().all(|value| value.is_finite() && *value >= 0.0));
}

#[test]
fn tiles_leave_no_seam() {
    // Long enough for three windows of the shipped halo along x.
    let low = image("torso-low-dose.nii.gz", [0, 28, 20], [80, 24, 24]);
    let run = |inner: usize| {
        let mut package = package();
        let PipelineKind::OnePass { tile, .. } = &mut package.manifest.pipeline;
        tile.inner = inner;
        let mut enhancer = block_on(Enhancer::open(package, Backend::cpu())).unwrap();
        block_on(enhancer.run(&low, &dose(0.1), &mut go_on)).unwrap()
    };
    let (whole, tiled) = (run(64), run(8));
    assert_eq!(whole.provenance.tiles, 1);
    assert_eq!(tiled.provenance.tiles, 3);
    // The noise left in the result is some 5 % of its scale; a seam of a thousandth cannot be seen in it.
    let error = whole.volume.data.iter().zip(&tiled.volume.data).fold(0.0_f32, |e, (a, b)| e.max((a - b).abs()));
    let scale = whole.provenance.scale as f32;
    assert!(error < 1e-3 * scale, "largest difference {error} at a scale of {scale}");
}

#[test]
fn the_scale_of_the_unit_does_not_matter() {
    let low = low();
    let becquerel = low.with_data(low.data.iter().map(|value| value * 4321.0).collect()).unwrap();
    let mut enhancer = enhancer();
    let suv = block_on(enhancer.run(&low, &dose(0.1), &mut go_on)).unwrap().volume;
    let activity = block_on(enhancer.run(&becquerel, &dose(0.1), &mut go_on)).unwrap().volume;
    let largest = suv.data.iter().copied().fold(0.0, f32::max);
    let error = suv.data.iter().zip(&activity.data).fold(0.0_f32, |e, (a, b)| e.max((a - b / 4321.0).abs()));
    assert!(error < 1e-4 * largest, "{error}");
}

#[test]
fn a_mask_and_the_dose_reach_the_network() {
    let low = low();
    let mut enhancer = enhancer();
    let plain = block_on(enhancer.run(&low, &dose(0.1), &mut go_on)).unwrap();
    let masked = EnhanceOptions { dose: Some(0.1), regions: Some(labels(FROM, DIMS).into()) };
    let masked = block_on(enhancer.run(&low, &masked, &mut go_on)).unwrap();
    assert!(masked.provenance.mask && masked.volume != plain.volume);
    let other = block_on(enhancer.run(&low, &dose(0.5), &mut go_on)).unwrap();
    assert!(other.volume != plain.volume);
}

#[test]
fn the_dose_is_estimated_from_the_noise() {
    let low = image("torso-low-dose.nii.gz", [0; 3], [80, 80, 64]);
    let standard = image("torso-standard-dose.nii.gz", [0; 3], [80, 80, 64]);
    let enhancer = enhancer();
    let (low, standard) = (enhancer.estimate_dose(&low).unwrap(), enhancer.estimate_dose(&standard).unwrap());
    // Scanners differ, so the estimate is an equivalent: right to a factor of about two and a half.
    assert!((0.04..=0.25).contains(&low), "{low}");
    // Ten times the counts; scanners' counts differ as much, so the estimate keeps to the middle.
    assert!(standard > 1.5 * low, "{standard} against {low}");
}

#[test]
fn what_cannot_be_run_is_refused_in_sentences() {
    let mut enhancer = enhancer();
    let mut refusal = |volume: &Volume, options: &EnhanceOptions| {
        let error = block_on(enhancer.run(volume, options, &mut go_on)).unwrap_err();
        assert!(!error.next().is_empty());
        error.to_string()
    };
    let low = low();
    assert!(refusal(&low, &dose(1.5)).contains("outside the model's range"));
    assert!(refusal(&low, &dose(f64::NAN)).contains("outside the model's range"));
    let map = LabelMap { dims: [1, 1, 1], labels: vec![2] };
    assert!(refusal(&low, &EnhanceOptions { dose: None, regions: Some(map.into()) }).contains("mask"));
    let mut broken = low.clone();
    broken.data[7] = f32::NAN;
    assert!(refusal(&broken, &dose(0.1)).contains("not a finite number"));
    let flat = low.with_data(vec![3.0; low.data.len()]).unwrap();
    assert!(refusal(&flat, &dose(0.1)).contains("same value"));
    let slice = Volume::new([40, 40, 1], low.data[..1600].to_vec(), low.affine, low.unit.clone()).unwrap();
    assert!(refusal(&slice, &dose(0.1)).contains("one slice"));
}

#[test]
fn a_run_can_be_ended() {
    let mut calls = 0;
    let outcome = block_on(enhancer().run(&low(), &dose(0.1), &mut |progress| {
        calls += 1;
        if progress.done > 0.3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }));
    assert!(matches!(outcome, Err(PipelineError::Cancelled)));
    assert!(calls > 3);
}

#[test]
fn a_mask_that_does_not_fit_is_dropped_aloud() {
    let low = low();
    // Three voxels of 4.5 mm to the side.
    let [x, y, z] = FROM;
    let options = EnhanceOptions { dose: Some(0.1), regions: Some(labels([x + 3, y, z], DIMS).into()) };
    let result = block_on(enhancer().run(&low, &options, &mut go_on)).unwrap();
    assert!(!result.provenance.mask);
    assert!(result.notes.iter().any(|note| note.contains("does not fit this image")), "{:?}", result.notes);
}

#[test]
fn a_map_without_known_labels_is_dropped_aloud() {
    let low = low();
    let nothing = LabelMap { dims: DIMS, labels: vec![0; low.data.len()] };
    let options = EnhanceOptions { dose: Some(0.1), regions: Some(nothing.into()) };
    let result = block_on(enhancer().run(&low, &options, &mut go_on)).unwrap();
    assert!(!result.provenance.mask);
    assert!(result.notes.iter().any(|note| note.contains("mask")), "{:?}", result.notes);
}
