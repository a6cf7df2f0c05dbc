//! Files that are no image to enhance: each is told what it is and what to do, whatever it is called.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod support;

use std::path::PathBuf;

use darkroom_formats::nifti;
use darkroom_imaging::{Affine, Unit, Volume};
use support::{darkroom, refusal, scratch};

/// A NIfTI file of a bright block, with voxels of so many millimetres.
fn image(dims: [usize; 3], edge: f64) -> Vec<u8> {
    let block = |v: usize| if (v % dims[0]) / 4 == 1 && v.is_multiple_of(2) { 2.0 } else { 1.0 };
    let mut affine: Affine = [[0.0; 4]; 3];
    for (axis, row) in affine.iter_mut().enumerate() {
        row[axis] = edge;
    }
    let data = (0..dims.iter().product()).map(block).collect();
    nifti::write_plain(&Volume::new(dims, data, affine, Unit::Suv).unwrap(), "a test").unwrap()
}

/// The file with 16-bit numbers put at places of its header, and so many zero bytes behind it.
fn changed(fields: &[(usize, i16)], behind: usize) -> Vec<u8> {
    let mut bytes = image([12, 12, 12], 4.0);
    for (place, value) in fields {
        bytes[*place..place + 2].copy_from_slice(&value.to_le_bytes());
    }
    bytes.extend(std::iter::repeat_n(0, behind));
    bytes
}

fn with_nan() -> Vec<u8> {
    let mut bytes = image([12, 12, 12], 4.0);
    bytes[352..].copy_from_slice(&f32::NAN.to_le_bytes().repeat(12 * 12 * 12));
    bytes
}

/// A DICOM file of a structure set: explicit little endian, three elements.
fn structure_set() -> Vec<u8> {
    let element = |tag: [u8; 4], vr: &[u8; 2], text: &str| {
        let padded = format!("{text}{}", if text.len() % 2 == 1 { "\0" } else { "" });
        [&tag[..], vr, &(padded.len() as u16).to_le_bytes(), padded.as_bytes()].concat()
    };
    let syntax = element([2, 0, 0x10, 0], b"UI", "1.2.840.10008.1.2.1");
    let length = [&[2, 0, 0, 0][..], b"UL", &4_u16.to_le_bytes(), &(syntax.len() as u32).to_le_bytes()].concat();
    let class = element([8, 0, 0x16, 0], b"UI", "1.2.840.10008.5.1.4.1.1.481.3");
    let modality = element([8, 0, 0x60, 0], b"CS", "RTSTRUCT");
    [&[0; 128][..], b"DICM", &length, &syntax, &class, &modality].concat()
}

/// gzip, by Python's `gzip.compress`, of "nothing that anyone wrote on purpose".
#[rustfmt::skip]
const GARBAGE: [u8; 56] = [
    31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 203, 203, 47, 201, 200, 204, 75, 87, 40, 201, 72, 44, 81, 72, 204, 171, 204, 207,
    75, 85, 40, 47, 202, 47, 73, 85, 200, 207, 83, 40, 40, 45, 42, 200, 47, 78, 5, 0, 222, 12, 111, 126, 36, 0, 0, 0,
];

struct Folder(PathBuf);

impl Folder {
    fn with(&self, name: &str, bytes: &[u8]) -> String {
        std::fs::create_dir_all(&self.0).unwrap();
        let path = self.0.join(name);
        std::fs::write(&path, bytes).unwrap();
        path.display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder that stays behind harms no other test.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn each_odd_file_gets_two_sentences() {
    let folder = Folder(scratch("odd"));
    let whole = image([12, 12, 12], 4.0);
    let empty_zip = [b"PK\x05\x06".as_slice(), &[0; 18]].concat();
    let files = [
        ("short.nii", whole[..whole.len() / 2].to_vec(), "ends early"),
        ("four-d.nii", changed(&[(40, 4), (48, 3)], 2 * 4 * 12 * 12 * 12), "3 frames"),
        ("nan.nii", with_nan(), "not finite numbers"),
        ("slice.nii", image([12, 12, 1], 4.0), "one slice"),
        ("png.dcm", b"\x89PNG\r\n\x1a\nIHDR".to_vec(), "PNG picture"),
        ("empty.zip", empty_zip, "holds no image"),
        ("contours.dcm", structure_set(), "structure set"),
        ("garbage.nii.gz", GARBAGE.to_vec(), "not an image"),
        ("complex.nii", changed(&[(70, 32), (72, 64)], 4 * 12 * 12 * 12), "complex numbers"),
        ("colours.nii", changed(&[(70, 128), (72, 24)], 0), "colours"),
        ("microns.nii", image([12, 12, 12], 4e-6), "voxel edge of 4.0e-6 mm"),
        ("nothing.nii", Vec::new(), "not an image"),
    ];
    let result = folder.0.join("out.nii").display().to_string();
    for (name, bytes, expected) in files {
        let path = folder.with(name, &bytes);
        let said = refusal(&["enhance", &path, "-o", &result, "--backend", "cpu"]);
        assert!(said.contains(expected) && said.trim().lines().count() >= 2, "{name}: {said}");
        assert!(!said.contains("panicked"), "{name}: {said}");
        let listed = darkroom(&["inspect", &path]);
        let words = String::from_utf8([listed.stdout, listed.stderr].concat()).unwrap();
        assert!(words.contains(expected), "{name}: {words}");
    }
    let said = refusal(&["enhance", folder.0.to_str().unwrap(), "-o", &result, "--mask", "Cargo.toml"]);
    assert!(!said.contains("panicked"), "{said}");
}

#[test]
fn whole_numbers_of_64_bits_are_read() {
    let folder = Folder(scratch("int64"));
    let mut bytes = changed(&[(70, 1024), (72, 64)], 0);
    bytes.truncate(352);
    bytes.extend((0..12_i64 * 12 * 12).flat_map(|value| (value << 30).to_le_bytes()));
    let path = folder.with("int64.nii", &bytes);
    let words = String::from_utf8(darkroom(&["inspect", &path]).stdout).unwrap();
    assert!(words.contains("12 x 12 x 12") && words.contains("usable"), "{words}");
}

#[test]
fn a_model_of_the_other_kind_is_named_as_such() {
    let folder = Folder(scratch("kinds"));
    let image = folder.with("image.nii", &image([12, 12, 12], 4.0));
    let result = folder.0.join("out.nii").display().to_string();
    let (one_pass, diffusion) = ("weights/pet-enhance", "tests/goldens/diffusion");
    let said = refusal(&["enhance", &image, "-o", &result, "--model", diffusion, "--backend", "cpu"]);
    assert!(said.contains("diffusion model") && said.contains("darkroom translate"), "{said}");
    let said = refusal(&["translate", &image, "-o", &result, "--model", one_pass, "--backend", "cpu"]);
    assert!(said.contains("one-pass model") && said.contains("darkroom enhance"), "{said}");
    let output = darkroom(&["inspect", diffusion]);
    let words = String::from_utf8(output.stdout).unwrap();
    assert!(words.contains("sampled by") && words.contains("parameters"), "{words}");
}

#[test]
fn a_mask_that_is_none_is_named_with_its_file() {
    let folder = Folder(scratch("mask"));
    let image = folder.with("image.nii", &image([12, 12, 12], 4.0));
    let mask = folder.with("mask.nii", b"not a mask");
    let result = folder.0.join("out.nii").display().to_string();
    let said = refusal(&["enhance", &image, "-o", &result, "--mask", &mask, "--backend", "cpu"]);
    assert!(said.contains("mask.nii: This is no NIfTI file") && said.trim().lines().count() >= 2, "{said}");
}
