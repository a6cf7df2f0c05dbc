//! The commands as a user types them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod support;

use std::path::Path;

use darkroom_formats::{nifti, npy};
use support::{darkroom, refusal, root, scratch};

#[test]
fn infer_writes_pytorchs_numbers() {
    let result = scratch("unet.npy");
    let folder = "tests/goldens/unet2d";
    let output = darkroom(&[
        "infer",
        &format!("{folder}/model.onnx"),
        "--input",
        &format!("image={folder}/image.npy"),
        "--input",
        &format!("context={folder}/context.npy"),
        "--output",
        &format!("output={}", result.display()),
        "--backend",
        "cpu",
    ]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let got = npy::read(&std::fs::read(&result).unwrap()).unwrap();
    let wanted = npy::read(&std::fs::read(root().join(folder).join("output.npy")).unwrap()).unwrap();
    std::fs::remove_file(&result).unwrap();
    assert_eq!(got.shape, wanted.shape);
    let largest = wanted.data.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
    let error = got.data.iter().zip(&wanted.data).fold(0.0_f32, |error, (a, b)| error.max((a - b).abs()));
    assert!(error < 1e-4 * largest, "{error} of {largest}");
}

#[test]
fn enhance_writes_the_inputs_own_grid_and_says_what_it_did() {
    let result = scratch("enhanced.nii.gz");
    let path = result.display().to_string();
    let sample = "web/samples/torso-low-dose.nii.gz";
    let output = darkroom(&["enhance", sample, "-o", &path, "--dose", "0.1", "--backend", "cpu", "--json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["provenance"]["dose"]["fraction"], 0.1);
    assert_eq!(report["provenance"]["backend"], "cpu");
    let read = |path: &Path| nifti::read(&std::fs::read(path).unwrap()).unwrap().volume;
    let (before, after) = (read(&root().join(sample)), read(&result));
    std::fs::remove_file(&result).unwrap();
    assert_eq!((before.dims, before.affine, before.unit), (after.dims, after.affine, after.unit));
    assert!(after.data.iter().all(|value| value.is_finite()));
    let change = report["comparison"]["noise_change"].as_f64().unwrap();
    assert!(change < -30.0, "noise changed by {change} %");
}

#[test]
fn inspect_plans_the_memory_of_the_shipped_network() {
    let output = darkroom(&[
        "inspect",
        "weights/pet-enhance/pet-enhance.onnx",
        "--dims",
        "pet=1,1,32,32,32",
        "--dims",
        "regions=1,10,32,32,32",
        "--json",
    ]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(report["plan"]["activation_bytes"].as_u64().unwrap() > 4 * 32 * 32 * 32);
    assert!(report["parameters"].as_u64().unwrap() > 100_000);
}

#[test]
fn wrong_arguments_end_in_sentences() {
    let sample = "web/samples/torso-low-dose.nii.gz";
    assert!(refusal(&["enhance", "README.md", "-o", "x.nii.gz"]).contains("not an image"));
    assert!(refusal(&["enhance", "nowhere", "-o", "x.nii.gz"]).contains("nowhere"));
    assert!(refusal(&["enhance", sample, "-o", "folder"]).contains("name the output .nii.gz"));
    assert!(refusal(&["enhance", sample, "-o", "x.nii", "--dose", "7", "--backend", "cpu"]).contains("outside"));
    assert!(refusal(&["enhance", sample, "-o", "x.nii", "--model", "web"]).contains("model.json"));
    assert!(refusal(&["mask", sample, "-o", "folder"]).contains(".nii.gz"));
    assert!(refusal(&["infer", "README.md", "--backend", "cpu"]).contains("not a readable ONNX model"));
    let model = "tests/goldens/unet2d/model.onnx";
    assert!(refusal(&["infer", model, "--backend", "cpu"]).contains("input image is missing"));
}

#[test]
fn inspect_shows_operators_memory_and_a_picture_of_it() {
    let picture = scratch("memory.svg");
    let model = "tests/goldens/unet2d/model.onnx";
    let output = darkroom(&["inspect", model, "--memory", "--picture", picture.to_str().unwrap()]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("input  image float") && text.contains(" Conv (") && text.contains("arenas ("), "{text}");
    let report = darkroom(&["inspect", model, "--json"]);
    let report: serde_json::Value = serde_json::from_slice(&report.stdout).unwrap();
    let tensors = report["plan"]["tensors"].as_array().unwrap();
    let svg = std::fs::read_to_string(&picture).unwrap();
    assert_eq!(svg.matches("<title>").count(), tensors.len());
    std::fs::remove_file(picture).unwrap();
}

#[test]
fn a_bare_network_becomes_a_package_that_enhances() {
    // The walk of docs/bring-your-model.md, with a U-Net that MONAI made and PyTorch exported.
    let folder = scratch("own");
    let network = folder.join("monai-unet.onnx");
    let exports = std::fs::read(root().join("tests/networks/exports/monai_unet.zip")).unwrap();
    let export = darkroom_formats::unpack(&exports).unwrap();
    let export = export.into_iter().find(|file| file.name == "dynamo.onnx").unwrap();
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(&network, export.bytes).unwrap();
    let network = network.to_str().unwrap();
    let package = folder.join("package");
    let package = package.to_str().unwrap();
    let output = darkroom(&[
        "package",
        network,
        package,
        "--title",
        "My U-Net",
        "--modality",
        "PT",
        "--normalisation",
        "z-score",
        "--inner",
        "32",
        "--halo",
        "8",
        "--multiple",
        "8",
    ]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("PT, volumes normalised by ZScore") && text.contains("probe: 64 values"), "{text}");

    let volume = folder.join("result.nii");
    let result = volume.to_str().unwrap();
    let output = darkroom(&[
        "enhance",
        "web/samples/torso-low-dose.nii.gz",
        "--output",
        result,
        "--model",
        package,
        "--backend",
        "cpu",
        "--json",
    ]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["provenance"]["model"], "monai-unet");
    assert!(report["provenance"]["dose"].is_null(), "the network takes no dose");
    let sample = std::fs::read(root().join("web/samples/torso-low-dose.nii.gz")).unwrap();
    let [before, after] = [sample, std::fs::read(&volume).unwrap()].map(|bytes| nifti::read(&bytes).unwrap().volume);
    assert_eq!(before.dims, after.dims);
    assert!(after.data.iter().all(|value| value.is_finite()) && after.data != before.data);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_network_with_conditions_is_refused_as_a_package_with_its_inputs() {
    let refused = refusal(&["package", "tests/goldens/unet2d/model.onnx", scratch("no").to_str().unwrap()]);
    assert!(refused.contains("image (float, 4 axes), context (float, 3 axes)"), "{refused}");
    assert!(refused.contains("darkroom infer"), "{refused}");
}

#[test]
fn infer_takes_time_steps_and_classes_as_whole_numbers() {
    // DiT of diffusers: an image, a time step and a class, the last two int64.
    let export = std::fs::read(root().join("tests/networks/exports/diffusers_dit.zip")).unwrap();
    let folder = scratch("dit");
    for file in darkroom_formats::unpack(&export).unwrap() {
        let path = folder.join(&file.name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, file.bytes).unwrap();
    }
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let input = |name: &str| format!("{name}={}", path(&format!("inputs/{name}.npy")));
    let (model, result) = (path("torchscript.onnx"), path("result.npy"));
    let [sample, timestep, classes] = ["sample", "timestep", "classes"].map(input);
    let wanted_file = format!("output={result}");
    let arguments =
        ["infer", &model, "--input", &sample, "--input", &timestep, "--output", &wanted_file, "--backend", "cpu"];
    let output = darkroom(&[&arguments[..], &["--input", &classes]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let [got, wanted] = ["result.npy", "outputs/output.npy"]
        .map(|name| npy::read(&std::fs::read(folder.join(name)).unwrap()).unwrap().data);
    let largest = wanted.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
    assert!(got.iter().zip(&wanted).all(|(a, b)| (a - b).abs() <= 1e-4 * largest));

    let half = folder.join("half.npy");
    std::fs::write(&half, npy::write(&[1], &[0.5]).unwrap()).unwrap();
    let classes = format!("classes={}", half.to_str().unwrap());
    let refused = refusal(&[&arguments[..], &["--input", &classes]].concat());
    assert!(refused.contains("input classes takes whole numbers"), "{refused}");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn half_storage_takes_less_memory_and_changes_little() {
    let network = "weights/pet-enhance/pet-enhance.onnx";
    let dims = ["--dims", "pet=1,1,32,32,32", "--dims", "regions=1,10,32,32,32", "--json"];
    let [full, half] = ["baseline", "half"].map(|tier| {
        let output = darkroom(&[&["inspect", network, "--tier", tier], &dims[..]].concat());
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        report["plan"]["activation_bytes"].as_u64().unwrap()
    });
    // The inputs and the output stay float32: 12 of its channels at the full resolution.
    assert!(10 * half < 7 * full, "{half} bytes of {full}");

    let folder = "tests/goldens/unet2d";
    let result = scratch("unet-half.npy");
    let (model, output) = (format!("{folder}/model.onnx"), format!("output={}", result.display()));
    let [image, context] = ["image", "context"].map(|name| format!("{name}={folder}/{name}.npy"));
    let run = darkroom(&[
        "infer", &model, "--input", &image, "--input", &context, "--output", &output, "--tier", "half", "--json",
    ]);
    if !run.status.success() {
        let error = String::from_utf8_lossy(&run.stderr).into_owned();
        assert!(error.contains("no GPU") || error.contains("does not have the tier half"), "{error}");
        return eprintln!("SKIPPED: half storage on the GPU: {error}");
    }
    let report: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(report["storage"], "float16");
    let got = npy::read(&std::fs::read(&result).unwrap()).unwrap();
    std::fs::remove_file(&result).unwrap();
    let wanted = npy::read(&std::fs::read(root().join(folder).join("output.npy")).unwrap()).unwrap();
    let largest = wanted.data.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
    let error = got.data.iter().zip(&wanted.data).fold(0.0_f32, |error, (a, b)| error.max((a - b).abs())) / largest;
    assert!((1e-5..5e-3).contains(&error), "a relative error of {error} is not that of float16 storage");
}

#[test]
fn tiers_that_are_not_are_refused_with_those_that_are() {
    let model = "tests/goldens/unet2d/model.onnx";
    assert!(refusal(&["infer", model, "--tier", "double"]).contains("there are baseline, half, subgroups"));
    let input = "image=tests/goldens/unet2d/image.npy";
    let context = "context=tests/goldens/unet2d/context.npy";
    let cpu = ["infer", model, "--input", input, "--input", context, "--tier", "half", "--backend", "cpu"];
    assert!(refusal(&cpu).contains("leave out --tier"));
}
