//! Every shader in every variant is valid WGSL.
//!
//! Shaders are compiled when a model is loaded, on the visitor's machine: a broken variant would
//! slip through everything before. So each is assembled, parsed and validated here, and the folder
//! itself is walked, so that a file no kernel mentions is found too.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failing test should stop where it fails")]

use darkroom_kernels::{Key, keys, source};
use std::collections::BTreeSet;
use std::path::Path;

fn validate(key: Key, device: &[&str]) {
    let text = source(key, device).unwrap();
    let module = naga::front::wgsl::parse_str(&text)
        .unwrap_or_else(|error| panic!("{key:?} {device:?}: {}", error.emit_to_string(&text)));
    // Packing two float16 into a word belongs to core WGSL; only old OpenGL lacks it.
    let capabilities = naga::valid::Capabilities::SHADER_FLOAT16_IN_FLOAT32;
    let mut validator = naga::valid::Validator::new(naga::valid::ValidationFlags::all(), capabilities);
    validator.validate(&module).unwrap_or_else(|error| panic!("{key:?} {device:?}: {}", error.emit_to_string(&text)));
}

#[test]
fn every_variant_is_valid() {
    for key in keys() {
        validate(key, &[]);
        validate(key, &["DIRECT"]);
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
    let defined: BTreeSet<&str> = keys().iter().flat_map(|key| key.defines).copied().chain(["DIRECT"]).collect();
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

#[test]
fn unknown_files_are_refused_with_a_sentence() {
    let error = source(Key { shader: "nonesuch", defines: &[] }, &[]).unwrap_err();
    assert_eq!(error.to_string(), "nonesuch: there is no shader file nonesuch.wgsl");
}
