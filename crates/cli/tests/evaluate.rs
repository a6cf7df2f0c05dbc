//! `darkroom evaluate` on a pair cut from the page's sample.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod support;

use std::path::Path;

use darkroom_formats::nifti;
use darkroom_imaging::Volume;
use serde_json::Value;
use support::{darkroom, refusal, root, scratch};

/// The middle of a sample, small enough for a quick run.
fn cut(name: &str) -> Volume {
    let whole = nifti::read(&std::fs::read(root().join("web/samples").join(name)).unwrap()).unwrap().volume;
    let dims = [32, 32, 24];
    let first: [usize; 3] = std::array::from_fn(|axis| (whole.dims[axis] - dims[axis]) / 2);
    let places = (0..dims[2]).flat_map(|k| (0..dims[1]).flat_map(move |j| (0..dims[0]).map(move |i| [i, j, k])));
    let value = |[i, j, k]: [usize; 3]| whole.data[whole.index(i + first[0], j + first[1], k + first[2])];
    Volume::new(dims, places.map(value).collect(), whole.affine, whole.unit.clone()).unwrap()
}

fn write(path: &Path, volume: &Volume) {
    std::fs::write(path, nifti::write(volume, "a test's pair").unwrap()).unwrap();
}

/// rms(error) / rms(reference), as the documentation defines it.
fn nrmse(image: &Volume, reference: &Volume) -> f64 {
    let square = |values: &mut dyn Iterator<Item = f32>| values.map(|value| f64::from(value).powi(2)).sum::<f64>();
    let error = square(&mut image.data.iter().zip(&reference.data).map(|(a, b)| a - b));
    (error / square(&mut reference.data.iter().copied())).sqrt()
}

#[test]
fn the_model_is_set_beside_the_low_dose_and_a_gaussian() {
    let folder = scratch("evaluate");
    let pair = folder.join("torso");
    std::fs::create_dir_all(&pair).unwrap();
    let (low, standard) = (cut("torso-low-dose.nii.gz"), cut("torso-standard-dose.nii.gz"));
    write(&pair.join("low-0.1.nii.gz"), &low);
    write(&pair.join("standard.nii.gz"), &standard);
    write(&pair.join("body.nii.gz"), &standard.with_data(vec![1.0; standard.data.len()]).unwrap());
    let pairs = folder.to_str().unwrap();

    let output = darkroom(&["evaluate", pairs, "--backend", "cpu", "--json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let of = |method: &str| {
        let rows = report["rows"].as_array().unwrap();
        rows.iter().find(|row| row["method"] == method).unwrap()["standard"]["nrmse"].as_f64().unwrap()
    };
    let wanted = nrmse(&low, &standard);
    assert!((of("untouched") - wanted).abs() < 1e-3 * wanted, "{} is not {wanted}", of("untouched"));
    assert!(of("gaussian") < of("untouched") && of("model") < of("untouched"), "{report}");

    let counts = &report["rows"].as_array().unwrap().iter().find(|row| row["method"] == "untouched").unwrap()["counts"];
    assert!(counts["shown"].as_u64().unwrap() > 0 && counts["invented"].as_u64().unwrap() > 0, "{counts}");

    let plot = folder.join("doses.svg");
    let output = darkroom(&["evaluate", pairs, "--backend", "cpu", "--plot", plot.to_str().unwrap()]);
    let svg = std::fs::read_to_string(&plot).unwrap();
    assert!(
        svg.contains(">1/10</text>") && svg.contains(">pet-enhance ") && svg.matches("<polyline").count() == 6,
        "{svg}"
    );
    std::fs::remove_file(plot).unwrap();
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(
        table.starts_with("# pet-enhance") && table.contains("| 1/10 |") && table.contains("Lesions lost"),
        "{table}"
    );

    std::fs::remove_file(pair.join("standard.nii.gz")).unwrap();
    let said = refusal(&["evaluate", pairs, "--backend", "cpu"]);
    assert!(said.contains("standard"), "{said}");
    std::fs::remove_dir_all(folder).unwrap();
}
