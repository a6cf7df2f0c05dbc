//! gzip, with a limit on what comes out.

use std::io::{Read, Write};

use flate2::bufread::GzDecoder;
use flate2::read::DeflateDecoder;
use flate2::{Compression, write::GzEncoder};

use crate::FormatError;

/// Most bytes that files may unpack to, together: twice the largest volume that can be enhanced.
pub(crate) const MOST_BYTES: u64 = 1 << 30;

/// How a member of a gzip file begins.
const MEMBER: [u8; 2] = [0x1F, 0x8B];

/// Unpacks a gzip file of at most 1 GiB: all its members. Zeros and other bytes behind the last, as tapes and broken copies
/// leave them, are passed over.
///
/// # Errors
/// When it is damaged, ends early or unpacks to more.
pub fn gunzip(bytes: &[u8]) -> Result<Vec<u8>, FormatError> {
    unzip(bytes, MOST_BYTES)
}

fn unzip(bytes: &[u8], most: u64) -> Result<Vec<u8>, FormatError> {
    let mut out = Vec::new();
    let mut rest = bytes;
    loop {
        let mut member = GzDecoder::new(rest);
        append_limited(&mut out, &mut member, most)?;
        rest = member.into_inner();
        if !rest.starts_with(&MEMBER) {
            return Ok(out);
        }
    }
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
    append_limited(&mut out, reader, most)?;
    Ok(out)
}

/// Reads to the end, or fails once there are more than `most` bytes together.
fn append_limited(out: &mut Vec<u8>, reader: impl Read, most: u64) -> Result<(), FormatError> {
    let left = most.saturating_sub(out.len() as u64);
    reader.take(left + 1).read_to_end(out).map_err(|error| FormatError::Damaged(error.to_string()))?;
    if out.len() as u64 > most { Err(FormatError::TooLarge(MOST_BYTES >> 20)) } else { Ok(()) }
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
    fn what_follows_the_last_member_is_passed_over() {
        let members = [gzip(b"one ").unwrap(), gzip(b"two").unwrap()].concat();
        for behind in [&[][..], &[0; 1], &[0; 512], b"no member", &[0x1F]] {
            let file = [&members[..], behind].concat();
            assert_eq!(gunzip(&file).unwrap(), b"one two", "{behind:?}");
        }
        // Broken members are none to pass over.
        let second = members.len() - 6;
        let mut broken = members.clone();
        broken[second] ^= 1;
        assert!(matches!(gunzip(&broken).unwrap_err(), FormatError::Damaged(_)));
        assert!(matches!(gunzip(&members[..second]).unwrap_err(), FormatError::Damaged(_)));
        assert!(matches!(gunzip(&[0; 30]).unwrap_err(), FormatError::Damaged(_)));
    }

    #[test]
    fn a_bomb_of_members_is_stopped_at_the_limit() {
        let packed = gzip(&vec![0; 600]).unwrap();
        let stopped = unzip(&[&packed[..], &packed].concat(), 1000).unwrap_err();
        assert!(matches!(stopped, FormatError::TooLarge(_)));
        assert_eq!(unzip(&[&packed[..], &packed].concat(), 1200).unwrap().len(), 1200);
    }

    #[test]
    fn a_bomb_is_stopped_at_the_limit() {
        let packed = gzip(&vec![0; 1 << 20]).unwrap();
        let stopped = unzip(&packed, 1000).unwrap_err();
        assert!(matches!(stopped, FormatError::TooLarge(_)));
    }
}
