//! Tissues from real CTs: held against labels where there are some, and none where there are no lungs.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::path::{Path, PathBuf};

use darkroom_formats::nifti;
use darkroom_imaging::ct::{CtTissues, Tissue};
use darkroom_imaging::{LabelMap, Unit, Volume, resample};

/// A folder of the CTs; `None` where the test data is absent.
fn folder(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("DARKROOM_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    let folder = root.join("ct").join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: no test data in ct/{name}; point DARKROOM_DATA at the folder that holds it");
    None
}

fn ct(path: &Path) -> Volume {
    nifti::read(&std::fs::read(path).unwrap()).unwrap().volume
}

fn label(tissue: Tissue) -> u8 {
    match tissue {
        Tissue::Lungs => 4,
        Tissue::Spine => 7,
        Tissue::Ribs => 8,
    }
}

/// The tissue that a class of the labelled torso belongs to, as the phantoms made of it have it.
fn tissue_of(class: u8) -> u8 {
    match class {
        10..=14 => 4,
        27..=50 | 79 => 7,
        92..=115 => 8,
        _ => 0,
    }
}

/// A grid over the same box with voxels of `edge` millimetres.
fn coarser(volume: &Volume, edge: f64) -> Volume {
    let spacing = volume.spacing();
    let dims: [usize; 3] = std::array::from_fn(|axis| (volume.dims[axis] as f64 * spacing[axis] / edge) as usize);
    let affine = volume.affine.map(|row| {
        let scaled: [f64; 3] = std::array::from_fn(|axis| row[axis] * edge / spacing[axis]);
        let shift: f64 = (0..3).map(|axis| (scaled[axis] - row[axis]) / 2.0).sum();
        [scaled[0], scaled[1], scaled[2], row[3] + shift]
    });
    Volume::new(dims, vec![0.0; dims.iter().product()], affine, Unit::Suv).unwrap()
}

fn dice(found: &LabelMap, drawn: &LabelMap, tissue: Tissue) -> f64 {
    let is = |labels: &LabelMap| labels.labels.iter().filter(|&&one| one == label(tissue)).count();
    let both = found.labels.iter().zip(&drawn.labels).filter(|&(&a, &b)| a == b && a == label(tissue)).count();
    2.0 * both as f64 / (is(found) + is(drawn)) as f64
}

#[test]
fn the_labelled_torso_is_found_again() {
    let Some(folder) = folder("torso") else { return };
    let ct = ct(&folder.join("example_ct.nii.gz"));
    let classes = std::fs::read(folder.join("example_ct_seg117.nii.gz")).unwrap();
    let nifti::Labels { map: classes, affine, names } = nifti::read_labels(&classes).unwrap();
    // The classes are those that the map names.
    for (class, name) in names {
        let families = [(4, "lung_"), (7, "vertebrae_"), (7, "spinal_cord"), (8, "rib_")];
        let family = families.into_iter().find(|(_, family)| name.starts_with(family) && name != "vertebrae_S1");
        assert_eq!(family.map_or(0, |(tissue, _)| tissue), tissue_of(class), "{name}");
    }
    let drawn = LabelMap { labels: classes.labels.iter().map(|&class| tissue_of(class)).collect(), ..classes };
    let tissues = CtTissues::find(&ct).unwrap();
    for (name, image) in [("the CT's grid", ct.clone()), ("4 mm", coarser(&ct, 4.0))] {
        let drawn = resample::nearest(&drawn, &affine, &image).unwrap();
        let (found, _) = tissues.onto(&image, label).unwrap();
        let [lungs, spine, ribs] = Tissue::ALL.map(|tissue| dice(&found, &drawn, tissue));
        println!("{name}: lungs {lungs:.2}, spine {spine:.2}, ribs {ribs:.2}");
        assert!(lungs > 0.85 && spine > 0.75 && ribs > 0.5);
    }
}

#[test]
fn limbs_and_a_head_have_no_lungs() {
    let (Some(limbs), Some(torso)) = (folder("limbs"), folder("torso")) else { return };
    let images = std::fs::read_dir(limbs).unwrap().map(|entry| entry.unwrap().path());
    let images = images.filter(|path| path.extension().is_some_and(|end| end == "gz"));
    for path in images.chain([torso.join("ct_brain_atlas_1mm.nii.gz")]) {
        let refused = CtTissues::find(&ct(&path)).unwrap_err();
        println!("{}: {}", path.display(), refused.what);
    }
}

#[test]
fn chest_and_abdomen_have_all_three() {
    let [Some(chest), Some(abdomen)] = ["chest", "abdomen"].map(folder) else { return };
    for path in [chest.join("LIDC-IDRI-0314_half.nii.gz"), abdomen.join("CRLM-CT-1004_256.nii.gz")] {
        let ct = ct(&path);
        let (found, _) = CtTissues::find(&ct).unwrap().onto(&ct, label).unwrap();
        let ml = |tissue: Tissue| {
            let voxels = found.labels.iter().filter(|&&one| one == label(tissue)).count();
            voxels as f64 * ct.spacing().iter().product::<f64>() / 1000.0
        };
        let [lungs, spine, ribs] = Tissue::ALL.map(ml);
        println!("{}: lungs {lungs:.0} ml, spine {spine:.0} ml, ribs {ribs:.0} ml", path.display());
        assert!(lungs > 1000.0 && spine > 200.0 && ribs > 60.0);
    }
}
