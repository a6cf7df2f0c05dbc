//! A package is believed only when everything in it fits.

use crate::support::{manifest, package, weights};
use darkroom_pipelines::{Backend, Enhancer, Package, PipelineError};
use pollster::block_on;
use serde_json::{Value, json};

fn changed(change: impl Fn(&mut Value)) -> Result<Package, PipelineError> {
    let mut value: Value = serde_json::from_slice(&manifest()).unwrap();
    change(&mut value);
    Package::read(value.to_string().as_bytes(), &weights())
}

#[test]
fn the_shipped_package_is_whole_and_small() {
    let package = package();
    assert_eq!(package.weights_sha256, package.manifest.model.files[0].sha256);
    assert!(weights().iter().map(|file| file.bytes.len()).sum::<usize>() <= 6 << 20);
    let at = |dose: f64| package.manifest.quality.iter().find(|q| q.dose == dose && q.precision == "int8").unwrap();
    for dose in [0.25, 0.1, 0.05] {
        let quality = at(dose);
        assert!(quality.nrmse < quality.nrmse_gaussian, "at {dose}: {quality:?}");
    }
}

#[test]
fn changed_weights_are_refused_with_both_hashes() {
    let mut files = weights();
    files[0].bytes[1000] ^= 1;
    let error = Package::read(&manifest(), &files).unwrap_err();
    let PipelineError::Checksum { got, wanted, .. } = &error else { unreachable!("{error}") };
    assert!(got != wanted && error.to_string().contains(wanted) && error.next().contains("again"));
}

#[test]
fn a_missing_file_is_named() {
    let error = Package::read(&manifest(), &[]).unwrap_err();
    assert!(error.to_string().contains("pet-enhance.onnx"));
}

#[test]
fn a_manifest_that_does_not_fit_is_refused() {
    assert!(changed(|_| {}).is_ok());
    let refusal = |change: fn(&mut Value)| changed(change).unwrap_err().to_string();
    assert!(refusal(|m| m["format"] = json!(2)).contains("format 2"));
    assert!(refusal(|m| m["input"]["normalisation"] = json!("sharpest")).contains("sharpest"));
    let flat = json!({"window": {"low": 3.0, "high": 3.0}});
    assert!(changed(|m| m["input"]["normalisation"] = flat.clone()).unwrap_err().to_string().contains("no width"));
    assert!(refusal(|m| drop(m.as_object_mut().unwrap().remove("regions"))).contains("network's input regions"));
    assert!(refusal(|m| m["input"]["name"] = json!("ct")).contains("no input ct"));
    assert!(refusal(|m| m["pipeline"]["tile"]["inner"] = json!(0)).contains("inner size"));
    assert!(refusal(|m| m["dose"]["min"] = json!(0)).contains("dose range"));
    assert!(refusal(|m| m["probe"]["dims"] = json!([4096, 4096, 4096])).contains("probe"));
    let segmenter =
        |change: fn(&mut Value)| changed(|m| change(&mut m["regions"]["segmenter"])).map(drop).unwrap_err().to_string();
    assert!(segmenter(|s| s["graph"] = json!("other.onnx")).contains("other.onnx"));
    assert!(segmenter(|s| s["input"] = json!("ct")).contains("segmenter's only input"));
    assert!(segmenter(|s| s["cell_mm"] = json!(0)).contains("cells"));
    assert!(segmenter(|s| s["tile"]["multiple"] = json!(0)).contains("multiple"));
    assert!(segmenter(|s| s["probe"]["samples"] = json!([[9 * 4096, 0.0]])).contains("probe"));
    assert!(Package::read(b"{", &weights()).unwrap_err().to_string().contains("model.json"));
}

#[test]
fn a_backend_that_computes_wrongly_is_found_by_the_probe() {
    let mut package = package();
    package.manifest.probe.as_mut().unwrap().samples[5].1 += 0.01;
    let error = block_on(Enhancer::open(package, Backend::cpu())).unwrap_err();
    assert!(matches!(error, PipelineError::WrongAnswer { .. }), "{error}");
    assert!(error.to_string().contains("CPU gave a wrong answer"));
}
