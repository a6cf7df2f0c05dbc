//! zip archives: unpacked within limits, and packed.

use std::io::{Cursor, Write};

use darkroom_imaging::NamedBytes;
use zip::{CompressionMethod, ZipArchive, ZipWriter, result::ZipError, write::SimpleFileOptions};

use crate::FormatError;
use crate::gzip::{MOST_BYTES, read_limited};

/// Most entries of an archive: a year of daily whole-body studies has fewer.
const MOST_ENTRIES: usize = 20_000;

/// All files of an archive, with their paths in it.
///
/// # Errors
/// When it is encrypted, damaged or compressed in a way that is not read; when it holds too many files or unpacks,
/// by its own account or in fact, to more than 1 GiB.
pub fn unpack(bytes: &[u8]) -> Result<Vec<NamedBytes>, FormatError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(explain)?;
    if archive.len() > MOST_ENTRIES {
        return Err(FormatError::TooMany(archive.len()));
    }
    let mut announced = 0_u64;
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(explain)?;
        if entry.encrypted() {
            return Err(FormatError::Encrypted);
        }
        announced = announced.saturating_add(entry.size());
    }
    if announced > MOST_BYTES {
        return Err(FormatError::TooLarge(MOST_BYTES >> 20));
    }
    let mut left = MOST_BYTES;
    let mut files = Vec::new();
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(explain)?;
        if entry.is_dir() {
            continue;
        }
        let name = entry.name().map_err(explain)?.into_owned();
        // The announced size may be a lie, so what really comes out is counted too.
        let bytes = read_limited(entry, left)?;
        left -= bytes.len() as u64;
        files.push(NamedBytes { name, bytes });
    }
    Ok(files)
}

/// The names of a zip's entries, without unpacking any.
///
/// # Errors
/// When the bytes are no readable zip.
pub fn entries(bytes: &[u8]) -> Result<Vec<String>, FormatError> {
    let archive = ZipArchive::new(Cursor::new(bytes)).map_err(explain)?;
    Ok(archive.file_names().filter_map(|name| Some(name.ok()?.into_owned())).collect())
}

/// Packs files into an archive, deflated.
///
/// # Errors
/// When two files share a name or memory runs out.
pub fn pack(files: &[NamedBytes]) -> Result<Vec<u8>, FormatError> {
    let write = |error: String| FormatError::Write(error);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for file in files {
        writer.start_file(file.name.as_str(), options).map_err(|error| write(error.to_string()))?;
        writer.write_all(&file.bytes).map_err(|error| write(error.to_string()))?;
    }
    Ok(writer.finish().map_err(|error| write(error.to_string()))?.into_inner())
}

fn explain(error: ZipError) -> FormatError {
    match error {
        ZipError::InvalidPassword => FormatError::Encrypted,
        ZipError::CompressionMethodNotSupported(method) => FormatError::Unsupported(format!(
            "The zip archive is compressed by method {method}; only stored and deflated files are read."
        )),
        other => FormatError::Damaged(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> Vec<NamedBytes> {
        let file = |name: &str, bytes: &[u8]| NamedBytes { name: name.into(), bytes: bytes.into() };
        vec![file("study/a.dcm", &[7; 5000]), file("b.txt", b"hello")]
    }

    #[test]
    fn what_was_packed_comes_back() {
        let packed = pack(&files()).unwrap();
        assert!(packed.len() < 1000);
        assert_eq!(unpack(&packed).unwrap(), files());
    }

    #[test]
    fn an_encrypted_archive_is_named_as_such() {
        // Bit 0 of the general purpose flags, in the local and in the central header, says "encrypted".
        let mut packed = pack(&files()).unwrap();
        for magic in [&b"PK\x03\x04"[..], b"PK\x01\x02"] {
            let flags = if magic[2] == 3 { 6 } else { 8 };
            let places: Vec<usize> = (0..packed.len() - 4).filter(|&at| &packed[at..at + 4] == magic).collect();
            for at in places {
                packed[at + flags] |= 1;
            }
        }
        assert!(matches!(unpack(&packed), Err(FormatError::Encrypted)));
    }

    #[test]
    fn a_damaged_archive_is_named_as_such() {
        let packed = pack(&files()).unwrap();
        assert!(matches!(unpack(&packed[..packed.len() / 2]), Err(FormatError::Damaged(_))));
        let mut flipped = packed.clone();
        flipped[45] ^= 0xFF;
        assert!(matches!(unpack(&flipped), Err(FormatError::Damaged(_))));
    }

    #[test]
    fn a_bomb_is_refused_by_what_it_announces() {
        let mut packed = pack(&files()).unwrap();
        let at = (0..packed.len() - 4).find(|&at| &packed[at..at + 4] == b"PK\x01\x02").unwrap();
        packed[at + 24..at + 28].copy_from_slice(&u32::MAX.wrapping_sub(1).to_le_bytes());
        assert!(matches!(unpack(&packed), Err(FormatError::TooLarge(1024))));
    }
}
