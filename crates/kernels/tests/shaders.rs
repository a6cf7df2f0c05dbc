//! Every shader in every variant is valid WGSL.
//!
//! Shaders are compiled when a model is loaded, on the visitor's machine: a broken variant would
//! slip through everything before. So each is assembled, parsed and validated here, and the folder
//! itself is walked, so that a file no kernel mentions is found too.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failing test should stop where it fails")]

use darkroom_kernels::{Key, Narrow, Width, keys, source};
use std::collections::BTreeSet;
use std::path::Path;

fn validate(key: Key, narrow: Narrow, device: &[&str]) {
    let text = source(key, narrow, device).unwrap();
    let name = format!("{key:?} {narrow:?} {device:?}");
    let module =
        naga::front::wgsl::parse_str(&text).unwrap_or_else(|error| panic!("{name}: {}", error.emit_to_string(&text)));
    // Packing two float16 into a word belongs to core WGSL; only old OpenGL lacks it.
    let mut capabilities = naga::valid::Capabilities::SHADER_FLOAT16_IN_FLOAT32;
    if narrow.any() {
        capabilities |= naga::valid::Capabilities::SHADER_FLOAT16;
    }
    if device.contains(&"SUBGROUPS") {
        capabilities |= naga::valid::Capabilities::SUBGROUP;
    }
    let mut validator = naga::valid::Validator::new(naga::valid::ValidationFlags::all(), capabilities);
    validator.validate(&module).unwrap_or_else(|error| panic!("{name}: {}", error.emit_to_string(&text)));
}

/// Everything in float32, everything in float16, and each side alone.
fn storages() -> [Narrow; 4] {
    use Width::{Half, Single};
    [([Single; 4], Single), ([Half; 4], Half), ([Half; 4], Single), ([Single; 4], Half)]
        .map(|(reads, write)| Narrow::new(reads, write))
}

#[test]
fn every_variant_is_valid() {
    for key in keys() {
        for narrow in storages() {
            validate(key, narrow, &[]);
            validate(key, narrow, &["DIRECT"]);
            validate(key, narrow, &["SUBGROUPS"]);
        }
    }
}

#[test]
fn every_file_belongs_to_a_kernel() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shaders");
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    let shaders: BTreeSet<String> = keys().into_iter().map(|key| key.shader.to_owned()).collect();
    assert_eq!(files, shaders);
}

#[test]
fn every_name_a_shader_tests_is_defined_by_a_variant() {
    let narrow = ["NARROW", "NARROW_1", "NARROW_2", "NARROW_3", "NARROW_4", "NARROW_WRITTEN"];
    let others = narrow.into_iter().chain(["DIRECT", "SUBGROUPS"]);
    let defined: BTreeSet<&str> = keys().iter().flat_map(|key| key.defines).copied().chain(others).collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shaders");
    for folder in [folder.clone(), folder.join("shared")] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let text = std::fs::read_to_string(&path).unwrap();
                for line in text.lines().filter(|line| line.starts_with("#if")) {
                    let name = line.split_whitespace().nth(1).unwrap();
                    assert!(defined.contains(name), "{}: no variant defines {name}", path.display());
                }
            }
        }
    }
}

/// WGSL zeroes a variable each time its declaration is reached; the compiler in Chromium was seen to do it once a run.
#[test]
fn no_variable_of_a_loop_counts_on_being_zeroed_anew() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shaders");
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_file()) {
        let text = std::fs::read_to_string(entry.path()).unwrap();
        let inner = text.lines().filter(|line| line.starts_with("        ") && line.trim_start().starts_with("var "));
        for line in inner {
            assert!(line.contains('='), "{}: give {} a value", entry.path().display(), line.trim());
        }
    }
}

#[test]
fn unknown_files_are_refused_with_a_sentence() {
    let error = source(Key { shader: "nonesuch", defines: &[] }, Narrow::default(), &[]).unwrap_err();
    assert_eq!(error.to_string(), "nonesuch: there is no shader file nonesuch.wgsl");
}
