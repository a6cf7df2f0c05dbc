//! The mask from a CT of the shipped sample's phantom: what is found, and what a run makes of it.

use darkroom_imaging::{Unit, Volume};
use darkroom_pipelines::{Backend, EnhanceOptions, Enhancer, Mask, MaskSource};
use pollster::block_on;

use crate::support::{DIMS, FROM, WHOLE, cut, dice, go_on, image, labels, package, whole};

/// The CT that the sample's labels would give: a wall of soft tissue around them, lungs and bones where they say.
fn ct() -> Volume {
    let regions = labels([0; 3], WHOLE);
    let value = |(at, label): (usize, &u8)| {
        let across = |n: usize, middle: f64, half: f64| ((n as f64 - middle).abs() / half).powf(2.5);
        match label {
            4 => -800.0,
            7 => 300.0,
            8 => 400.0,
            0 if across(at % WHOLE[0], 39.0, 38.0) + across(at / WHOLE[0] % WHOLE[1], 39.5, 29.0) > 1.0 => -1000.0,
            _ => 40.0,
        }
    };
    let ct = whole().with_data(regions.labels.iter().enumerate().map(value).collect()).unwrap();
    Volume { unit: Unit::Hounsfield, ..ct }
}

#[test]
fn the_tissues_of_a_ct_are_found_used_and_recorded() {
    let mut enhancer = block_on(Enhancer::open(package(), Backend::cpu())).unwrap();
    let (mask, note) = Mask::from_ct(enhancer.package(), &whole(), &ct()).unwrap();
    let MaskSource::Ct { sha256 } = mask.source.clone() else { panic!("{:?}", mask.source) };
    let drawn = labels([0; 3], WHOLE);
    for (label, least) in [(4, 0.95), (7, 0.85), (8, 0.5)] {
        let found = dice(&mask.labels, &drawn, label);
        assert!(found > least, "label {label}: {found}");
    }
    assert!(mask.labels.labels.iter().all(|label| [0, 4, 7, 8].contains(label)) && note.is_none());
    assert_eq!(enhancer.objection(&whole(), &mask).unwrap(), None);

    let low = image("torso-low-dose.nii.gz", FROM, DIMS);
    let mut run = |from: Option<[usize; 3]>| {
        let regions = from.map(|from| Mask { labels: cut(&mask.labels, from), source: mask.source.clone() });
        block_on(enhancer.run(&low, &EnhanceOptions { dose: Some(0.1), regions }, &mut go_on)).unwrap()
    };
    let (plain, masked) = (run(None), run(Some(FROM)));
    assert!(masked.volume != plain.volume);
    assert!(masked.notes.iter().any(|note| note.contains("found in the CT by thresholds")), "{:?}", masked.notes);
    assert!(masked.provenance.sentence().contains(&format!("with a mask found in the CT (sha256 {sha256})")));
    let record = &masked.provenance;
    assert_eq!((record.mask, record.ct_sha256.clone(), record.segmenter_sha256.clone()), (true, Some(sha256), None));

    // The same mask, six voxels to the side.
    let moved = run(Some([FROM[0] + 6, FROM[1], FROM[2]]));
    let dropped = moved.notes.iter().any(|note| note.starts_with("The mask from the CT does not fit this image"));
    assert!(dropped && moved.provenance.ct_sha256.is_none() && moved.volume == plain.volume, "{:?}", moved.notes);
}

#[test]
fn what_gives_no_mask_is_refused_in_sentences() {
    let said = |input: &Volume, ct: &Volume| Mask::from_ct(&package(), input, ct).unwrap_err().to_string();
    let mut away = ct();
    away.affine[2][3] += 1000.0;
    assert!(said(&whole(), &away).contains("do not overlap"));
    assert!(said(&whole(), &whole()).contains("it is a PET"));

    let mut blind = package();
    blind.manifest.regions = None;
    let error = Mask::from_ct(&blind, &whole(), &ct()).unwrap_err();
    assert!(error.to_string().contains("no tissue that a CT shows") && error.next().contains("without a mask"));
}
