//! Fields of the NIfTI header that scale and place the values.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail like the test")]

mod support;

use darkroom_formats::nifti;
use support::{file, le_f32};

#[test]
fn values_are_scaled_and_a_slope_of_zero_is_none() {
    let scaled = |slope: f32| {
        let put = move |bytes: &mut Vec<u8>| {
            le_f32(112, slope)(bytes);
            le_f32(116, -1.0)(bytes);
        };
        nifti::read(&file(&[2, 1, 1], 4, &[10, 0, 255, 255], false, put)).unwrap().volume.data
    };
    assert_eq!(scaled(0.5), [4.0, -1.5]);
    assert_eq!(scaled(0.0), [10.0, -1.0]);
    assert_eq!(scaled(f32::NAN), [10.0, -1.0]);
}

#[test]
fn an_intercept_that_is_no_number_is_zero_beside_a_good_slope() {
    let values: Vec<u8> = (0..512_i16).flat_map(i16::to_le_bytes).collect();
    let scaled = |slope: f32, intercept: f32| {
        let image = nifti::read(&file(&[8, 8, 8], 4, &values, false, |bytes| {
            le_f32(112, slope)(bytes);
            le_f32(116, intercept)(bytes);
        }));
        let image = image.unwrap();
        (image.volume.data[5], image.notes.iter().any(|note| note.contains("intercept")))
    };
    assert_eq!(scaled(2.0, f32::NAN), (10.0, true));
    assert_eq!(scaled(2.0, f32::INFINITY), (10.0, true));
    assert_eq!(scaled(2.0, 3.0), (13.0, false));
    assert_eq!(scaled(f32::NAN, 3.0), (5.0, false));
    assert_eq!(scaled(0.0, f32::NAN), (5.0, false));
}

#[test]
fn values_do_not_begin_within_the_extension_bytes_unless_the_file_ends_so() {
    let values: Vec<u8> = (0..512_i16).flat_map(i16::to_le_bytes).collect();
    for offset in [0.0, 348.0, 350.0, 351.0, 352.0] {
        let bytes = file(&[8, 8, 8], 4, &values, false, le_f32(108, offset));
        assert_eq!(nifti::read(&bytes).unwrap().volume.data[5], 5.0, "{offset}");
    }
    // Written without the four bytes.
    let mut bare = file(&[8, 8, 8], 4, &values, false, le_f32(108, 348.0));
    bare.drain(348..352);
    assert_eq!(nifti::read(&bare).unwrap().volume.data[5], 5.0);
}
