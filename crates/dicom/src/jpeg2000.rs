//! JPEG 2000 of one component, bare or in a JP2 file.

use crate::codecs::{Announced, check_size};

/// Marker of the image's size in a codestream, and where the first component's depth stands behind it.
const SIZE_MARKER: [u8; 2] = [0xFF, 0x51];
const DEPTH_AFTER_MARKER: usize = 40;

/// How a JP2 file begins: its first box, with length and type.
const JP2: [u8; 8] = *b"\0\0\0\x0CjP  ";
/// Length and type of a box.
const BOX_HEADER: usize = 8;

/// Decodes one frame to its samples, row by row, each within the range of the codestream's depth.
///
/// # Errors
/// A half sentence when the frame is damaged or is not what the file announces.
pub(crate) fn decode(bytes: &[u8], announced: &Announced) -> Result<Vec<i32>, String> {
    let settings = hayro_jpeg2000::DecodeSettings {
        resolve_palette_indices: false,
        // A stream that ends early would otherwise give a smooth picture of half the data.
        strict: true,
        target_resolution: None,
    };
    let bytes = without_padding(bytes);
    let image = hayro_jpeg2000::Image::new(bytes, &settings).map_err(|error| error.to_string())?;
    check_size([image.width() as usize, image.height() as usize], announced.size)?;
    let mut context = hayro_jpeg2000::DecoderContext::default();
    let decoded = image.decode(&mut context).map_err(|error| error.to_string())?;
    let [component] = decoded.components() else {
        return Err("it has several components, as colour has".into());
    };
    // The decoder shifts every component up to unsigned; signed ones are shifted back.
    let depth = i32::from(component.bit_depth().min(31));
    let shift = if signed(bytes) && depth > 0 { 2_f64.powi(depth - 1) } else { 0.0 };
    // Lossy coefficients give samples beyond the range, which would wrap around in the bits that are stored.
    let largest = 2_f64.powi(depth) - 1.0;
    let number = |sample: &f32| (f64::from(*sample).round().clamp(0.0, largest) - shift) as i32;
    Ok(component.samples().iter().map(number).collect())
}

/// A JP2 file without what follows its last box and is too short to be one: fragments have even lengths, and the decoder
/// takes the byte that fills one up for a box that is broken. A bare codestream is given back as it is.
fn without_padding(bytes: &[u8]) -> &[u8] {
    let mut at = 0;
    while bytes.starts_with(&JP2) && at < bytes.len() {
        let rest = &bytes[at..];
        if rest.len() < BOX_HEADER {
            return &bytes[..at];
        }
        // Lengths beyond 32 bits and those left open are the decoder's matter.
        let length = rest.first_chunk().map_or(0, |word| u32::from_be_bytes(*word)) as usize;
        if !(BOX_HEADER..=rest.len()).contains(&length) {
            break;
        }
        at += length;
    }
    bytes
}

/// Whether the first component of a codestream is signed.
fn signed(bytes: &[u8]) -> bool {
    let marker = bytes.windows(SIZE_MARKER.len()).position(|pair| pair == SIZE_MARKER);
    marker.and_then(|at| bytes.get(at + DEPTH_AFTER_MARKER)).is_some_and(|depth| depth & 0x80 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: [usize; 2] = [16, 12];

    /// Sixteen columns of least and largest values, as `tests/jpeg2000/make.py` draws them.
    fn expect_columns(samples: &[i32], [low, high]: [i32; 2], tolerance: u32) {
        assert_eq!(samples.len(), SIZE[0] * SIZE[1]);
        for (at, &sample) in samples.iter().enumerate() {
            let wanted = if matches!(at % SIZE[0], 3 | 8..=11 | 13..=15) { high } else { low };
            assert!((low..=high).contains(&sample) && sample.abs_diff(wanted) <= tolerance, "{at}: {sample}");
        }
    }

    #[test]
    fn samples_that_overshoot_stop_at_the_end_of_their_range() {
        let announced = Announced { size: SIZE, stored: 16, allocated: 16 };
        let unsigned = decode(include_bytes!("../tests/jpeg2000/unsigned.j2k"), &announced).unwrap();
        expect_columns(&unsigned, [0, 65_535], 10_000);
        let signed = decode(include_bytes!("../tests/jpeg2000/signed.j2k"), &announced).unwrap();
        expect_columns(&signed, [-32_768, 32_767], 10_000);
    }

    #[test]
    fn a_jp2_file_may_be_padded_and_must_be_whole() {
        let file = include_bytes!("../tests/jpeg2000/wrapped.jp2");
        let announced = Announced { size: SIZE, stored: 16, allocated: 16 };
        // A box of six bytes behind the image, as metadata are.
        let more = [&file[..], &[0, 0, 0, 14], b"xml <a>bc/"].concat();
        for whole in [&file[..], &more] {
            for pad in 0..4 {
                let padded = [whole, &vec![0; pad]].concat();
                expect_columns(&decode(&padded, &announced).unwrap(), [0, 4000], 0);
            }
        }
        for length in 0..file.len() {
            assert!(decode(&file[..length], &announced).is_err(), "{length}");
        }
    }
}
