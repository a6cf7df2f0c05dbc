//! The shipped segmenter on the shipped sample: what it finds, and what a run makes of it.

use std::ops::ControlFlow;

use darkroom_imaging::{LabelMap, Volume};
use darkroom_pipelines::{Backend, EnhanceOptions, Enhancer, Mask, MaskSource, Package, PipelineError};
use pollster::block_on;

use crate::support::{DIMS, FROM, WHOLE, cut, dice, go_on, image, labels, package, whole};

fn enhancer(package: Package) -> Enhancer {
    block_on(Enhancer::open(package, Backend::cpu())).unwrap()
}

#[test]
fn the_organs_of_the_sample_are_found_and_used() {
    let mut enhancer = enhancer(package());
    let low = whole();
    let mask = block_on(enhancer.estimate_mask(&low, &mut go_on)).unwrap();
    assert_eq!(mask.source, MaskSource::Segmenter);
    let (liver, lungs, spine) = (2, 4, 7);
    let drawn = labels([0; 3], WHOLE);
    for (label, least) in [(liver, 0.8), (lungs, 0.7), (spine, 0.6)] {
        let found = dice(&mask.labels, &drawn, label);
        assert!(found > least, "label {label}: {found}");
    }
    assert_eq!(enhancer.objection(&low, &mask).unwrap(), None);

    let low = image("torso-low-dose.nii.gz", FROM, DIMS);
    let mut run = |regions: Option<Mask>| {
        block_on(enhancer.run(&low, &EnhanceOptions { dose: Some(0.1), regions }, &mut go_on)).unwrap()
    };
    let plain = run(None);
    let masked = run(Some(Mask { labels: cut(&mask.labels, FROM), source: MaskSource::Segmenter }));
    assert!(masked.volume != plain.volume);
    assert!(masked.notes.iter().any(|note| note.contains("estimated from the image")), "{:?}", masked.notes);
    let sha256 = package().manifest.model.files[1].sha256.clone();
    assert!(
        masked
            .provenance
            .sentence()
            .contains(&format!("with a mask estimated from the image (segmenter sha256 {sha256})"))
    );
    assert_eq!((masked.provenance.mask, masked.provenance.segmenter_sha256), (true, Some(sha256)));
    assert_eq!((plain.provenance.mask, plain.provenance.segmenter_sha256), (false, None));

    // The same mask, six voxels to the side.
    let [x, y, z] = FROM;
    let moved = run(Some(Mask { labels: cut(&mask.labels, [x + 6, y, z]), source: MaskSource::Segmenter }));
    assert!(
        moved.notes.iter().any(|note| note.starts_with("The estimated mask does not fit this image")),
        "{:?}",
        moved.notes
    );
    assert!(!moved.provenance.mask && moved.provenance.segmenter_sha256.is_none() && moved.volume == plain.volume);
    let empty = LabelMap { dims: DIMS, labels: vec![0; low.data.len()] };
    let nothing = run(Some(Mask { labels: empty, source: MaskSource::Segmenter }));
    assert!(
        nothing.notes.iter().any(|note| note.starts_with("None of the 8 tissues was found")),
        "{:?}",
        nothing.notes
    );
    assert!(nothing.volume == plain.volume);
}

#[test]
fn an_image_that_lies_otherwise_gets_the_same_labels() {
    // From right to left, as DICOM has it, instead of from left to right.
    let low = whole();
    let [nx, ny, nz] = low.dims;
    let turned = |values: &[f32]| -> Vec<f32> {
        let row = |row: usize| values[row * nx..][..nx].iter().rev().copied();
        (0..ny * nz).flat_map(row).collect()
    };
    let mut affine = low.affine;
    for row in &mut affine {
        row[3] += row[0] * (nx - 1) as f64;
        row[0] = -row[0];
    }
    let other = Volume::new(low.dims, turned(&low.data), affine, low.unit.clone()).unwrap();
    let mut enhancer = enhancer(package());
    let mut labelled = |volume: &Volume| {
        let mask = block_on(enhancer.estimate_mask(volume, &mut go_on)).unwrap();
        mask.labels.labels.iter().map(|&label| f32::from(label)).collect::<Vec<_>>()
    };
    let (first, second) = (labelled(&low), labelled(&other));
    assert!(turned(&first) == second && first.contains(&2.0));
}

#[test]
fn what_cannot_be_estimated_is_refused_in_sentences() {
    let low = whole();
    let mut plain = package();
    plain.segmenter = None;
    let error = block_on(enhancer(plain).estimate_mask(&low, &mut go_on)).unwrap_err();
    assert!(error.to_string().contains("no segmenter") && error.next().contains("label map"), "{error}");

    let mut wrong = package();
    let segmenter = wrong.segmenter.as_mut().unwrap();
    segmenter.spec.probe.samples[40].1 += 2.0 * segmenter.spec.probe.tolerance;
    let error = block_on(enhancer(wrong).estimate_mask(&low, &mut go_on)).unwrap_err();
    assert!(matches!(error, PipelineError::WrongAnswer { .. }), "{error}");

    let flat = low.with_data(vec![1.0; low.data.len()]).unwrap();
    let error = block_on(enhancer(package()).estimate_mask(&flat, &mut go_on)).unwrap_err();
    assert!(!error.next().is_empty() && error.to_string().contains("same value"), "{error}");

    let ended = block_on(enhancer(package()).estimate_mask(&low, &mut |_| ControlFlow::Break(())));
    assert!(matches!(ended, Err(PipelineError::Cancelled)));
}
