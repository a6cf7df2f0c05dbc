//! The commands for PET: `suv`, `measure`, `thin`, `mask`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod support;

use std::path::PathBuf;

use darkroom_formats::nifti;
use support::{darkroom, refusal, root, scratch};

/// The folder of a reference object, or `None` after saying so.
fn reference_object(name: &str) -> Option<PathBuf> {
    let data = std::env::var_os("DARKROOM_DATA").map_or_else(|| root().join("../shared/data"), PathBuf::from);
    let folder = data.join("pet/suv_reference_objects").join(name).join("PT");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: no reference objects of SUV; point DARKROOM_DATA at the folder that holds pet/");
    None
}

#[test]
fn suv_tells_factor_rule_and_times() {
    let Some(folder) = reference_object("DRO_1_0") else { return };
    let folder = folder.to_str().unwrap();
    let output = darkroom(&["suv", folder, "--json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    for (name, wanted) in [("min", 0.2), ("median", 1.0), ("max", 4.0)] {
        assert!((report["suv"][name].as_f64().unwrap() - wanted).abs() < 0.005, "{report}");
    }
    assert_eq!((report["units"].as_str(), report["times"]["elapsed_minutes"].as_f64()), (Some("BQML"), Some(60.0)));
    assert_eq!(report["slices"]["different_slopes"], 2);
    // Half the weight, entered by hand, halves the values and is told.
    let output = darkroom(&["suv", folder, "--weight", "35"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("most 2.000") && text.contains("Entered by hand"), "{text}");
    assert!(refusal(&["suv", folder, "--dose=-3"]).contains("(0018,1074)"));
    let refused = refusal(&["suv", folder, "--injected-at", "2030-01-01 10:00"]);
    assert!(refused.contains("after the scan") && refused.contains("--injected-at"), "{refused}");
    assert!(refusal(&["suv", "web/samples/torso-low-dose.nii.gz"]).contains("no PET series"));
}

#[test]
fn a_reader_that_stops_reading_is_no_error() {
    use std::process::{Command, Stdio};
    let sample = "web/samples/torso-low-dose.nii.gz";
    let mut child = Command::new(env!("CARGO_BIN_EXE_darkroom"))
        .current_dir(root())
        .args(["measure", sample, "--threshold"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(output.status.success(), "{}", output.status);
}

#[test]
fn measure_compares_regions_and_reports_without_names() {
    let sample = "web/samples/torso-low-dose.nii.gz";
    let folder = scratch("measure");
    std::fs::create_dir_all(&folder).unwrap();
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    // A result that is 20 % higher everywhere.
    let image = nifti::read(&std::fs::read(root().join(sample)).unwrap()).unwrap().volume;
    let higher = image.with_data(image.data.iter().map(|value| value * 1.2).collect()).unwrap();
    std::fs::write(folder.join("higher.nii"), nifti::write_plain(&higher, "").unwrap()).unwrap();
    let middle = [image.dims[0] / 2, image.dims[1] / 2, image.dims[2] / 2];
    let centre = darkroom_imaging::geometry::to_world(&image.affine, middle.map(|n| n as f64));
    let sphere = format!("{},{},{},20", centre[0], centre[1], centre[2]);
    let (result, report) = (path("higher.nii"), path("report.html"));
    let arguments = ["measure", sample, &result, "--sphere", &sphere, "--json", "--report", &report];
    let output = darkroom(&arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let change = json["regions"][0]["changes"]["mean"]["percent"].as_f64().unwrap();
    assert!((change - 20.0).abs() < 0.01 && json["flagged"] == 1, "{json}");
    assert!(json["regions"][0]["input"]["peak"].as_f64().unwrap() > 0.0);
    assert!(json["agreement"]["bias"].as_f64().unwrap() > 0.0);
    let html = std::fs::read_to_string(&report).unwrap();
    assert!(html.contains("+20.0 % (beyond 15 %)") && html.contains("Not for diagnosis"), "{html}");
    assert!(!html.contains("torso-low-dose") && !html.contains("darkroom-cli"), "a file name is in the report");
    let output =
        darkroom(&["measure", sample, "--sphere", &sphere, "--threshold", "--report", &report, "--identifiers"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("41 % of the maximum in the sphere") && text.contains("peak"), "{text}");
    assert!(std::fs::read_to_string(&report).unwrap().contains("torso-low-dose"));
    let small = format!("{},{},{},8", centre[0], centre[1], centre[2]);
    let text = String::from_utf8(darkroom(&["measure", sample, "--sphere", &small, "--threshold"]).stdout).unwrap();
    assert!(text.contains("goes on outside the region that was searched"), "{text}");

    // A label map of one voxel of 20 mm around the centre, on a grid of its own; and the same a metre away.
    let at = |x: f64| {
        let affine = [[20.0, 0.0, 0.0, x], [0.0, 20.0, 0.0, centre[1]], [0.0, 0.0, 20.0, centre[2]]];
        let labels =
            darkroom_imaging::Volume::new([1; 3], vec![3.0], affine, darkroom_imaging::Unit::Other(String::new()));
        nifti::write_plain(&labels.unwrap(), "").unwrap()
    };
    let labels = path("labels.nii");
    std::fs::write(&labels, at(centre[0])).unwrap();
    let text = String::from_utf8(darkroom(&["measure", sample, "--labels", &labels]).stdout).unwrap();
    assert!(text.contains("label 3: ") && text.contains("on another grid (1 x 1 x 1 voxels of 20.00"), "{text}");
    std::fs::write(&labels, at(centre[0] + 1000.0)).unwrap();
    assert!(refusal(&["measure", sample, "--labels", &labels]).contains("do not overlap"));
    assert!(refusal(&["enhance", sample, "-o", "x.nii", "--mask", &labels]).contains("do not overlap"));

    // An image as large that lies elsewhere, as a CT of another bed would.
    let moved = path("moved.nii");
    let mut elsewhere = nifti::read(&std::fs::read(root().join(sample)).unwrap()).unwrap().volume;
    elsewhere.affine[2][3] += 1000.0;
    std::fs::write(&moved, nifti::write_plain(&elsewhere, "").unwrap()).unwrap();
    let said = refusal(&["measure", sample, &moved, "--sphere", &sphere]);
    assert!(said.contains("not on one grid") && said.contains("1000.00 mm apart"), "{said}");
    // A result of an earlier run.
    let enhanced = path("enhanced.nii");
    let made = nifti::write_plain(&elsewhere, &nifti::description("pet-enhance", "1.1.0")).unwrap();
    std::fs::write(&enhanced, made).unwrap();
    let text = String::from_utf8(darkroom(&["measure", &enhanced, "--threshold"]).stdout).unwrap();
    assert!(text.contains("synthetic already"), "{text}");

    assert!(refusal(&["measure", sample]).contains("--sphere"));
    assert!(refusal(&["measure", sample, "--sphere", "1,2,3"]).contains("x,y,z,r"));
    assert!(refusal(&["measure", sample, "--sphere", "9999,0,0,5"]).contains("no voxel"));
    assert!(refusal(&["measure", sample, "--threshold", "0"]).contains('%'));
    assert!(refusal(&["measure", sample, "--labels", sample]).contains("label"));
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn thin_simulates_a_lower_dose_by_seed() {
    let Some(folder) = reference_object("DRO_1_0") else { return };
    // The reference object has no noise to measure, and says so.
    let output = scratch("thin.nii.gz");
    let path = output.to_str().unwrap();
    assert!(!darkroom(&["thin", folder.to_str().unwrap(), path, "--dose", "1/4"]).status.success());
    let sample = "web/samples/torso-low-dose.nii.gz";
    let run = |seed: &str| {
        let made = darkroom(&["thin", sample, path, "--dose", "1/4", "--seed", seed, "--json"]);
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let report: serde_json::Value = serde_json::from_slice(&made.stdout).unwrap();
        let ratio = report["noise"]["after"].as_f64().unwrap() / report["noise"]["before"].as_f64().unwrap();
        // Measured on the result, not worked out from the share.
        assert!((ratio - 2.0).abs() < 0.1, "{ratio}");
        std::fs::read(&output).unwrap()
    };
    let first = run("7");
    assert!(first == run("7") && first != run("8"));
    let image = nifti::read(&first).unwrap().volume;
    let source = nifti::read(&std::fs::read(root().join(sample)).unwrap()).unwrap().volume;
    assert_eq!((image.dims, image.affine, &image.unit), (source.dims, source.affine, &source.unit));
    std::fs::remove_file(output).unwrap();
    assert!(refusal(&["thin", sample, "x.nii", "--dose", "2"]).contains("share"));
    assert!(refusal(&["thin", sample, "x.nii", "--dose", "half"]).contains("1/4"));
    assert!(refusal(&["thin", sample, "folder", "--dose", "1/2"]).contains("name the output .nii.gz"));
}

#[test]
fn a_result_is_not_written_among_other_files() {
    let Some(folder) = reference_object("DRO_1_0") else { return };
    let input = folder.to_str().unwrap();
    let output = scratch("not-empty");
    std::fs::create_dir_all(&output).unwrap();
    // A tenth slice, where the result has other ones.
    std::fs::write(output.join("00010.dcm"), "of an earlier result").unwrap();
    let path = output.to_str().unwrap();
    for arguments in [&["thin", input, path, "--dose", "1/4"][..], &["enhance", input, "-o", path, "--backend", "cpu"]]
    {
        let said = refusal(arguments);
        assert!(said.contains("already holds files") && said.contains("Name a new folder"), "{said}");
    }
    assert_eq!(std::fs::read_dir(&output).unwrap().count(), 1);
    std::fs::remove_dir_all(output).unwrap();
}

#[test]
fn a_mask_is_estimated_written_and_used() {
    let folder = scratch("mask");
    std::fs::create_dir_all(&folder).unwrap();
    let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
    // A box of the sample around liver, stomach and kidneys.
    let whole = nifti::read(&std::fs::read(root().join("web/samples/torso-low-dose.nii.gz")).unwrap()).unwrap().volume;
    let (from, dims) = ([8, 12, 12], [64, 56, 40]);
    let voxel = |n: usize| [from[0] + n % dims[0], from[1] + n / dims[0] % dims[1], from[2] + n / (dims[0] * dims[1])];
    let data = (0..dims.iter().product()).map(voxel).map(|[i, j, k]| whole.data[whole.index(i, j, k)]).collect();
    let part = darkroom_imaging::Volume::new(dims, data, whole.affine, whole.unit).unwrap();
    let (input, labels, output) = (path("part.nii.gz"), path("labels.nii.gz"), path("out.nii.gz"));
    std::fs::write(&input, nifti::write(&part, "").unwrap()).unwrap();

    let json = |arguments: &[&str]| -> serde_json::Value {
        let made = darkroom(&[arguments, &["--backend", "cpu", "--json"]].concat());
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        serde_json::from_slice(&made.stdout).unwrap()
    };
    let found = json(&["mask", &input, "-o", &labels]);
    let nifti::Labels { map, affine, .. } = nifti::read_labels(&std::fs::read(&labels).unwrap()).unwrap();
    assert_eq!((map.dims, affine), (part.dims, part.affine));
    let liver =
        map.labels.iter().filter(|&&label| label == 2).count() as f64 * part.spacing().iter().product::<f64>() / 1000.0;
    assert_eq!(found["tissues"][1]["name"], "liver");
    assert!(liver > 500.0 && (found["tissues"][1]["ml"].as_f64().unwrap() - liver).abs() < 1e-6, "{found}");

    // Estimated on the way or read from the file that the estimate was written to: the same result, told apart.
    let estimated = json(&["enhance", &input, "-o", &output, "--dose", "0.1", "--mask", "auto"]);
    let first = nifti::read(&std::fs::read(&output).unwrap()).unwrap().volume;
    let drawn = json(&["enhance", &input, "-o", &output, "--dose", "0.1", "--mask", &labels]);
    assert_eq!(nifti::read(&std::fs::read(&output).unwrap()).unwrap().volume, first);
    assert!(estimated["provenance"]["mask"] == true && estimated["provenance"]["segmenter_sha256"].is_string());
    assert!(drawn["provenance"]["mask"] == true && drawn["provenance"]["segmenter_sha256"].is_null());
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_mask_is_found_in_a_ct_and_what_is_none_is_refused() {
    let folder = scratch("ct-mask");
    std::fs::create_dir_all(&folder).unwrap();
    let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let sample = "web/samples/torso-low-dose.nii.gz";
    // A trunk of water with two lungs and a column of bone, where the sample lies.
    let pet = nifti::read(&std::fs::read(root().join(sample)).unwrap()).unwrap().volume;
    let hounsfield = |at: usize| {
        let [x, y] = [at % pet.dims[0], at / pet.dims[0] % pet.dims[1]].map(|n| 4.5 * (n as f64 - 39.5));
        match () {
            () if (x / 160.0).hypot(y / 110.0) > 1.0 => -1000.0,
            () if ((x.abs() - 70.0) / 45.0).hypot(y / 60.0) < 1.0 => -800.0,
            () if x.hypot(y + 60.0) < 20.0 => 400.0,
            () => 40.0,
        }
    };
    let ct = pet.with_data((0..pet.data.len()).map(hounsfield).collect()).unwrap();
    let ct = darkroom_imaging::Volume { unit: darkroom_imaging::Unit::Other(String::new()), ..ct };
    let (file, labels) = (path("ct.nii.gz"), path("labels.nii.gz"));
    std::fs::write(&file, nifti::write(&ct, "").unwrap()).unwrap();
    let made = darkroom(&["mask", sample, "--ct", &file, "-o", &labels, "--backend", "cpu", "--json"]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let report: serde_json::Value = serde_json::from_slice(&made.stdout).unwrap();
    let ml = |at: usize| report["tissues"][at]["ml"].as_f64().unwrap();
    assert!(ml(3) > 3000.0 && ml(6) > 200.0 && ml(1) == 0.0, "{report}");
    let nifti::Labels { map, affine, .. } = nifti::read_labels(&std::fs::read(&labels).unwrap()).unwrap();
    assert_eq!((map.dims, affine), (pet.dims, pet.affine));

    let enhance = |arguments: &[&str]| refusal(&[&["enhance", sample, "-o", "x.nii"], arguments].concat());
    assert!(enhance(&["--ct", sample]).contains("it is a PET"));
    assert!(enhance(&["--ct", &labels]).contains("values of air"));
    assert!(enhance(&["--ct", &file, "--mask", "auto"]).contains("cannot be used with"));
    std::fs::remove_dir_all(folder).unwrap();
}
