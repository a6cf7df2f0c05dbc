//! `darkroom quantize` as a user types it, and its files in the hands of others.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const FOLDER: &str = "tests/goldens/unet2d";

fn darkroom(arguments: &[&str]) -> Output {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    Command::new(env!("CARGO_BIN_EXE_darkroom")).current_dir(root).args(arguments).output().unwrap()
}

/// What a command that must succeed prints.
fn printed(arguments: &[&str]) -> String {
    let output = darkroom(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A folder of one test in the temporary folder.
fn scratch(test: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("darkroom-quantize-{}-{test}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn a_calibrated_model_tells_what_each_layer_costs() {
    let folder = scratch("calibrated");
    let (model, result) = (format!("{FOLDER}/model.onnx"), folder.join("int4.onnx"));
    let result = result.to_str().unwrap();
    let arguments = ["quantize", &model, result, "--weights", "int4", "--calibrate", FOLDER, "--backend", "cpu"];
    let table = printed(&[&arguments[..], &["--keep", "/leave/*"]].concat());
    assert!(table.lines().any(|line| line.starts_with("/leave/conv1/Conv") && line.ends_with("kept by /leave/*")));
    assert!(table.lines().any(|line| line.starts_with("/down/Conv") && line.contains(" int4 ")), "{table}");
    assert!(table.contains("largest error of an output: "), "{table}");
    let report: serde_json::Value = serde_json::from_str(&printed(&[&arguments[..], &["--json"]].concat())).unwrap();
    assert!(report["output_error"].as_f64().unwrap() <= 0.05);
    assert_eq!(report["bytes_after"].as_u64().unwrap(), std::fs::metadata(result).unwrap().len());
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn what_does_not_fit_is_said_in_a_sentence() {
    let folder = scratch("refused");
    let result = folder.join("out.onnx");
    let model = format!("{FOLDER}/model.onnx");
    let quantize = ["quantize", &model, result.to_str().unwrap(), "--weights", "int8"];
    for (more, sentence) in [
        (["--calibrate", &format!("{FOLDER}/image.npy")], "give a folder with a NAME.npy for each"),
        (["--calibrate", "tests/goldens/sequence1d"], "the network has 2 inputs"),
        (["--keep", "/nowhere"], "no layer is called /nowhere"),
        (["--tolerance", "0"], "--tolerance must be a positive number"),
    ] {
        let output = darkroom(&[&quantize[..], &more[..]].concat());
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && error.contains(sentence), "{more:?}: {error}");
    }
    assert!(!result.exists());
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn onnx_and_onnx_runtime_agree_with_what_was_written() {
    let folder = scratch("foreign");
    let model = format!("{FOLDER}/model.onnx");
    let mut pairs = Vec::new();
    for weights in ["int8", "int4", "f16"] {
        let (result, output) = (folder.join(format!("{weights}.onnx")), folder.join(format!("{weights}.npy")));
        let (result, output) = (result.to_str().unwrap().to_owned(), output.to_str().unwrap().to_owned());
        printed(&["quantize", &model, &result, "--weights", weights]);
        let [image, context] = ["image", "context"].map(|name| format!("{name}={FOLDER}/{name}.npy"));
        let wanted = format!("output={output}");
        let infer = ["infer", &result, "--input", &image, "--input", &context, "--output", &wanted, "--backend", "cpu"];
        printed(&infer);
        pairs.extend([result, output]);
    }
    // Another interpreter than the system's may have the packages.
    let python = std::env::var("DARKROOM_PYTHON").unwrap_or("python3".to_owned());
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let arguments = ["tests/quantise/check.py", &model, FOLDER];
    let output = Command::new(&python).current_dir(root).args(arguments).args(&pairs).output();
    match output {
        Ok(output) if output.status.code() != Some(77) => {
            let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            assert!(output.status.success(), "{}{}", said(&output.stdout), said(&output.stderr));
        }
        _ => eprintln!("SKIPPED: quantised files in ONNX Runtime: {python} lacks onnx or onnxruntime"),
    }
    std::fs::remove_dir_all(folder).unwrap();
}
