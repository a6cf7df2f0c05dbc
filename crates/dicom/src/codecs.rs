//! Decoders of compressed pixels. The parser's own registry leaves JPEG 2000 and JPEG-LS to C libraries, has run lengths
//! for 8 and 16 bits only, and does not look whether a JPEG is what its file says.
//!
//! All give what the rest expects of pixel data: little-endian numbers of Bits Allocated.

use std::borrow::Cow;

use dicom_dictionary_std::uids;

use crate::{jpeg, jpeg2000};

/// Marker of the end of a JPEG or JPEG-LS image.
const END: [u8; 2] = [0xFF, 0xD9];

/// What a file says of its compressed image.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Announced {
    /// Columns and rows.
    pub(crate) size: [usize; 2],
    /// Bits Stored (0028,0101).
    pub(crate) stored: usize,
    /// Bits Allocated (0028,0100).
    pub(crate) allocated: usize,
}

/// A decoder: compressed bytes of one frame, what the file says of it; gives numbers row by row.
type Decoder = fn(&[u8], &Announced) -> Result<Vec<i32>, String>;

/// The decoder for a transfer syntax, if it is one of these.
pub(crate) fn decoder(syntax: &str) -> Option<Decoder> {
    match syntax {
        uids::RLE_LOSSLESS => Some(run_lengths),
        uids::JPEG2000_LOSSLESS | uids::JPEG2000 => Some(jpeg2000::decode),
        uids::JPEG_BASELINE8_BIT | uids::JPEG_EXTENDED12_BIT | uids::JPEG_LOSSLESS | uids::JPEG_LOSSLESS_SV1 => {
            Some(jpeg::decode)
        }
        uids::JPEGLS_LOSSLESS | uids::JPEGLS_NEAR_LOSSLESS => Some(jpeg_ls),
        _ => None,
    }
}

/// Little-endian bytes of numbers, `width` bytes each; what does not fit is cut as two's complement.
pub(crate) fn little_endian(numbers: &[i32], width: usize) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes().into_iter().take(width)).collect()
}

fn jpeg_ls(bytes: &[u8], announced: &Announced) -> Result<Vec<i32>, String> {
    let [columns, rows] = announced.size.map(|n| u32::try_from(n).unwrap_or(u32::MAX));
    let bytes = without_fill(bytes);
    let (numbers, width, height) = jpegls::decode(&bytes, columns, rows).map_err(|error| error.to_string())?;
    check_size([width as usize, height as usize], announced.size)?;
    Ok(numbers.into_iter().map(i32::from).collect())
}

/// A JPEG-LS stream without the bytes FF that may fill up before its last marker (ITU-T T.81 B.1.1.2), as some writers make
/// its length even; the decoder wants the marker at once. No sample ends in FF: a zero bit must follow it.
fn without_fill(bytes: &[u8]) -> Cow<'_, [u8]> {
    let Some(end) = bytes.windows(END.len()).rposition(|pair| pair == END) else { return Cow::Borrowed(bytes) };
    let scan = bytes[..end].iter().rposition(|&byte| byte != 0xFF).map_or(0, |last| last + 1);
    if scan == end { Cow::Borrowed(bytes) } else { Cow::Owned([&bytes[..scan], &END].concat()) }
}

/// PackBits in one segment a byte of the numbers, the highest byte first (PS3.5 annex G).
fn run_lengths(bytes: &[u8], announced: &Announced) -> Result<Vec<i32>, String> {
    let word =
        |at: usize| bytes.get(at..at + 4).and_then(|word| word.first_chunk()).map(|word| u32::from_le_bytes(*word));
    let segments =
        word(0).filter(|count| matches!(count, 1..=4)).ok_or("it does not begin with a count of segments")?;
    let bits = 8 * segments as usize;
    if bits < announced.stored || announced.allocated < bits {
        return Err(format!(
            "its segments make {bits} bits, its header says {} stored in {}",
            announced.stored, announced.allocated
        ));
    }
    let [columns, rows] = announced.size;
    let count = columns.saturating_mul(rows);
    let mut numbers: Vec<i32> = Vec::new();
    for segment in 1..=segments as usize {
        let start = word(4 * segment).ok_or("its table of segments ends early")? as usize;
        let packed = bytes.get(start..).ok_or("a segment begins behind its end")?;
        let plane = unpack_bits(packed, count)?;
        numbers.resize(plane.len(), 0);
        for (number, byte) in numbers.iter_mut().zip(plane) {
            *number = *number << 8 | i32::from(byte);
        }
    }
    Ok(numbers)
}

/// Bytes of a PackBits stream up to `count`.
fn unpack_bits(packed: &[u8], count: usize) -> Result<Vec<u8>, String> {
    let mut plane = Vec::new();
    let mut rest = packed;
    while plane.len() < count {
        let [head, tail @ ..] = rest else { return Err("a segment ends early".into()) };
        let taken = match *head {
            literal @ 0..=127 => {
                let run = tail.get(..usize::from(literal) + 1).ok_or("a run ends early")?;
                plane.extend_from_slice(run);
                run.len()
            }
            // No operation.
            128 => 0,
            repeated => {
                let value = *tail.first().ok_or("a run ends early")?;
                plane.extend(std::iter::repeat_n(value, 257 - usize::from(repeated)));
                1
            }
        };
        rest = &tail[taken..];
    }
    plane.truncate(count);
    Ok(plane)
}

/// Holds columns and rows of a compressed image against those that its file announces.
///
/// # Errors
/// A half sentence with both, where they differ.
pub(crate) fn check_size(found: [usize; 2], announced: [usize; 2]) -> Result<(), String> {
    if found == announced {
        return Ok(());
    }
    Err(format!(
        "the compressed image is {} x {} pixels, its header says {} x {}",
        found[0], found[1], announced[0], announced[1]
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Segments of literal runs, each of 192 bytes of one value.
    fn segments(values: &[u8]) -> Vec<u8> {
        let plane = |value: u8| [&[127][..], &[value; 128], &[63], &[value; 64]].concat();
        let mut frame = vec![0; 64];
        frame[0] = values.len() as u8;
        for (segment, &value) in values.iter().enumerate() {
            let start = frame.len() as u32;
            frame[4 * (segment + 1)..][..4].copy_from_slice(&start.to_le_bytes());
            frame.extend(plane(value));
        }
        frame
    }

    #[test]
    fn run_lengths_have_a_segment_for_each_byte() {
        let decode = |values: &[u8], stored: usize, allocated: usize| {
            run_lengths(&segments(values), &Announced { size: [16, 12], stored, allocated }).map(|numbers| numbers[191])
        };
        assert_eq!(decode(&[2, 3], 16, 16), Ok(0x203));
        assert_eq!(decode(&[3], 8, 8), Ok(3));
        assert_eq!(decode(&[1, 2, 3, 4], 32, 32), Ok(0x0102_0304));
        // The high byte of eight bits in sixteen holds nothing.
        assert_eq!(decode(&[3], 8, 16), Ok(3));
        for (values, stored, allocated) in [(&[3][..], 16, 16), (&[3], 12, 16), (&[1, 2], 32, 32), (&[1, 2, 3], 8, 8)] {
            let told = decode(values, stored, allocated).unwrap_err();
            assert!(told.contains(&format!("make {} bits", 8 * values.len())), "{told}");
        }
    }

    #[test]
    fn jpeg_ls_with_fill_bytes_before_its_end_is_read() {
        let pixels: Vec<u16> = (0..192).map(|at| at * at % 4096).collect();
        let announced = Announced { size: [16, 12], stored: 12, allocated: 16 };
        let wanted: Vec<i32> = pixels.iter().copied().map(i32::from).collect();
        let mut stream = Vec::new();
        jpegls::encode(&pixels, 16, 12, &mut stream).unwrap();
        for fill in 0..4 {
            for pad in 0..2 {
                let (scan, end) = stream.split_at(stream.len() - 2);
                let filled = [scan, &vec![0xFF; fill], end, &vec![0; pad]].concat();
                assert_eq!(jpeg_ls(&filled, &announced).unwrap(), wanted, "{fill} {pad}");
            }
        }
    }
}
