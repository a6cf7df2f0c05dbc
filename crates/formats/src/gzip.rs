//! gzip, with a limit on what comes out.

use std::io::{Read, Write};

use flate2::read::{DeflateDecoder, MultiGzDecoder};
use flate2::{Compression, write::GzEncoder};

use crate::FormatError;

/// Most bytes that files may unpack to, together: twice the largest volume that can be enhanced.
pub(crate) const MOST_BYTES: u64 = 1 << 30;

/// Unpacks a gzip file of at most 1 GiB.
///
/// # Errors
/// When it is damaged, ends early or unpacks to more.
pub fn gunzip(bytes: &[u8]) -> Result<Vec<u8>, FormatError> {
    read_limited(MultiGzDecoder::new(bytes), MOST_BYTES)
}

/// Unpacks a bare deflate stream of at most 1 GiB.
///
/// # Errors
/// When it is damaged, ends early or unpacks to more.
pub fn inflate(bytes: &[u8]) -> Result<Vec<u8>, FormatError> {
    read_limited(DeflateDecoder::new(bytes), MOST_BYTES)
}

/// Packs bytes, fast: the noise of an image leaves little to gain by trying harder.
pub(crate) fn gzip(bytes: &[u8]) -> Result<Vec<u8>, FormatError> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).map_err(|error| FormatError::Write(error.to_string()))
}

/// Reads to the end, or fails once more than `most` bytes came.
pub(crate) fn read_limited(reader: impl Read, most: u64) -> Result<Vec<u8>, FormatError> {
    let mut out = Vec::new();
    reader.take(most + 1).read_to_end(&mut out).map_err(|error| FormatError::Damaged(error.to_string()))?;
    if out.len() as u64 > most { Err(FormatError::TooLarge(MOST_BYTES >> 20)) } else { Ok(out) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_comes_back_and_a_cut_is_noticed() {
        let bytes: Vec<u8> = (0..100_000_u32).map(|v| (v.wrapping_mul(v) >> 7) as u8).collect();
        let packed = gzip(&bytes).unwrap();
        assert_eq!(gunzip(&packed).unwrap(), bytes);
        let cut = gunzip(&packed[..packed.len() / 2]).unwrap_err();
        assert!(matches!(cut, FormatError::Damaged(_)), "{cut}");
    }

    #[test]
    fn a_bomb_is_stopped_at_the_limit() {
        let packed = gzip(&vec![0; 1 << 20]).unwrap();
        let stopped = read_limited(MultiGzDecoder::new(&packed[..]), 1000).unwrap_err();
        assert!(matches!(stopped, FormatError::TooLarge(_)));
    }
}
