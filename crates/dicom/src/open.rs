//! Opening one DICOM file, tolerantly.
//!
//! The parser insists on a complete file meta group. Real files lack its length, or the whole of it, or the preamble;
//! so the meta group is read here, byte by byte, for the one thing that matters (the transfer syntax), and the parser
//! gets the data set alone.

use std::borrow::Cow;

use darkroom_formats::{Kind, inflate, sniff};
use darkroom_imaging::NamedBytes;
use dicom_encoding::transfer_syntax::{Codec, TransferSyntax, TransferSyntaxIndex};
use dicom_object::InMemDicomObject;
use dicom_transfer_syntax_registry::{TransferSyntaxRegistry, entries};

use crate::lengths::{self, Encoding};
use crate::{DicomError, unknown};

/// A file's attributes and how it was stored.
#[derive(Clone, Debug)]
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) object: InMemDicomObject,
    /// UID of its transfer syntax.
    pub(crate) syntax: String,
}

/// Reads a file's attributes, pixel data included.
pub(crate) fn open(file: NamedBytes) -> Result<File, DicomError> {
    let NamedBytes { name, bytes } = file;
    match sniff(&bytes) {
        Kind::Dicom if bytes.first() == Some(&0x30) => return Err(DicomError::Encrypted { name }),
        Kind::Dicom => {}
        _ => return Err(DicomError::NotDicom { name }),
    }
    let start = match bytes.get(128..132) {
        Some(b"DICM") => 132,
        _ if bytes.starts_with(b"DICM") => 4,
        _ => 0,
    };
    let (announced, start) = meta_group(&bytes, start);
    let set = &bytes[start..];
    if set.len() < 8 {
        return Err(DicomError::Damaged { name, detail: "it holds no data set".into() });
    }
    let guess = guess_syntax(set);
    let syntax = announced.unwrap_or_else(|| guess.to_owned());
    let Some(known) = TransferSyntaxRegistry.get(&syntax) else {
        return Err(DicomError::Undecodable { name, syntax, detail: "not a transfer syntax known here".into() });
    };
    match parse(set, known) {
        Ok(object) => Ok(File { name, object, syntax: known.uid().to_owned() }),
        Err(detail) => reread(name, set, known, guess, detail),
    }
}

/// Reads a data set, once its lengths are known to be sound.
fn parse(set: &[u8], syntax: &TransferSyntax) -> Result<InMemDicomObject, String> {
    let explicit_syntax = entries::EXPLICIT_VR_LITTLE_ENDIAN.erased();
    // What was deflated is explicit little endian inside; it is unpacked here, so that its lengths can be looked at too.
    let (set, syntax) = if matches!(syntax.codec(), Codec::Dataset(_)) {
        (Cow::Owned(inflate(set).map_err(|error| error.to_string())?), &explicit_syntax)
    } else {
        (Cow::Borrowed(set), syntax)
    };
    let explicit = syntax.uid() != entries::IMPLICIT_VR_LITTLE_ENDIAN.uid();
    let big = syntax.uid() == entries::EXPLICIT_VR_BIG_ENDIAN.uid();
    let encoding = Encoding { explicit, big };
    let corrections = lengths::check(&set, encoding)?;
    let set = lengths::corrected(&set, &corrections, encoding);
    let mut object = InMemDicomObject::read_dataset_with_ts(&*set, syntax).map_err(|error| innermost(&error))?;
    unknown::read(&mut object);
    if object.iter().next().is_some() { Ok(object) } else { Err("its data set is empty".into()) }
}

/// The cause that tells something: "unexpected end of file" rather than "could not read".
fn innermost(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), innermost)
}

/// Tries the encoding that the bytes look like, where the file announces another. Compressed files are explicit by the
/// standard, but some are written implicit; their compression stays the announced one.
fn reread(
    name: String,
    set: &[u8],
    announced: &TransferSyntax,
    guess: &str,
    detail: String,
) -> Result<File, DicomError> {
    let plain = [entries::IMPLICIT_VR_LITTLE_ENDIAN.uid(), entries::EXPLICIT_VR_LITTLE_ENDIAN.uid()];
    let compressed = matches!(announced.codec(), Codec::EncapsulatedPixelData(..));
    let tried = announced.uid() != guess && (plain.contains(&announced.uid()) || compressed);
    let other = if tried { TransferSyntaxRegistry.get(guess) } else { None };
    match other.map(|syntax| parse(set, syntax)) {
        Some(Ok(object)) => {
            let syntax = if compressed { announced.uid() } else { guess };
            Ok(File { name, object, syntax: syntax.to_owned() })
        }
        _ => Err(DicomError::Damaged { name, detail }),
    }
}

/// The transfer syntax that a meta group announces, and where the data set begins.
fn meta_group(bytes: &[u8], mut at: usize) -> (Option<String>, usize) {
    let mut syntax = None;
    while let Some(&[2, 0, element_low, element_high, a, b, c, d]) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>)
    {
        let explicit = a.is_ascii_uppercase() && b.is_ascii_uppercase();
        let long = matches!(&[a, b], b"OB" | b"OW" | b"UN" | b"SQ" | b"UT" | b"OF");
        let (header, length) = match (explicit, long) {
            (true, false) => (8, u32::from(u16::from_le_bytes([c, d]))),
            (true, true) => {
                (12, bytes.get(at + 8..at + 12).map_or(0, |l| u32::from_le_bytes([l[0], l[1], l[2], l[3]])))
            }
            (false, _) => (8, u32::from_le_bytes([a, b, c, d])),
        };
        let value = (at + header).min(bytes.len());
        let end = value.saturating_add(length as usize).min(bytes.len());
        if (element_low, element_high) == (0x10, 0) {
            let uid = String::from_utf8_lossy(&bytes[value..end]);
            syntax = Some(uid.trim_matches([' ', '\0']).to_owned()).filter(|uid| !uid.is_empty());
        }
        at = end;
    }
    (syntax, at)
}

/// The plain transfer syntax that a data set's first element looks like.
fn guess_syntax(set: &[u8]) -> &'static str {
    match set.first_chunk::<6>() {
        Some([0, 1..=0x7F, _, _, a, b]) if a.is_ascii_uppercase() && b.is_ascii_uppercase() => {
            entries::EXPLICIT_VR_BIG_ENDIAN.uid()
        }
        Some([_, _, _, _, a, b]) if a.is_ascii_uppercase() && b.is_ascii_uppercase() => {
            entries::EXPLICIT_VR_LITTLE_ENDIAN.uid()
        }
        _ => entries::IMPLICIT_VR_LITTLE_ENDIAN.uid(),
    }
}
