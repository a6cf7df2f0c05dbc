//! What a file is, by its contents.

/// The kinds of file told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// gzip; what is inside shows once it is unpacked.
    Gzip,
    /// A zip archive.
    Zip,
    /// NIfTI-1 or -2, or the header of an Analyze pair.
    Nifti,
    /// A NumPy array.
    Npy,
    /// DICOM, or close enough to be worth a try: without preamble, or wrapped in a cryptographic envelope.
    Dicom,
    /// A tar archive.
    Tar,
    /// None of these.
    Unknown,
}

/// Object identifier 1.2.840.113549.1.7: the start of every Cryptographic Message Syntax content type.
const CMS: [u8; 10] = [0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07];

/// Tells what a file is.
#[must_use]
pub fn sniff(bytes: &[u8]) -> Kind {
    let at = |place: usize, magic: &[u8]| bytes.get(place..).is_some_and(|rest| rest.starts_with(magic));
    if at(0, &[0x1F, 0x8B]) {
        Kind::Gzip
    } else if at(0, b"PK\x03\x04") || at(0, b"PK\x05\x06") {
        Kind::Zip
    } else if at(0, b"\x93NUMPY") {
        Kind::Npy
    } else if at(128, b"DICM") || at(0, b"DICM") {
        Kind::Dicom
    } else if is_nifti(bytes) {
        Kind::Nifti
    } else if at(257, b"ustar") {
        Kind::Tar
    } else if is_bare_dicom(bytes) || is_envelope(bytes) {
        Kind::Dicom
    } else {
        Kind::Unknown
    }
}

/// What a file is that people mistake for a scan: something to look at, without measured values.
pub(crate) fn picture(bytes: &[u8]) -> Option<&'static str> {
    let kinds: [(&[u8], &str); 6] = [
        (b"\x89PNG", "a PNG picture"),
        (b"\xFF\xD8\xFF", "a JPEG picture"),
        (b"GIF8", "a GIF picture"),
        (b"II*\0", "a TIFF picture"),
        (b"MM\0*", "a TIFF picture"),
        (b"%PDF", "a PDF document"),
    ];
    kinds.into_iter().find(|(magic, _)| bytes.starts_with(magic)).map(|(_, what)| what)
}

/// A header size of 348 or 540 in either byte order; for 348 that includes Analyze, which is refused with a reason.
fn is_nifti(bytes: &[u8]) -> bool {
    let Some(&[a, b, c, d]) = bytes.first_chunk::<4>() else { return false };
    let sizes = [u32::from_le_bytes([a, b, c, d]), u32::from_be_bytes([a, b, c, d])];
    bytes.len() >= 348 && (sizes.contains(&348) || sizes.contains(&540))
}

/// Starts, without preamble, with an element of group 2 or 8, in either byte order, whose length fits the file.
fn is_bare_dicom(bytes: &[u8]) -> bool {
    let Some(&start) = bytes.first_chunk::<8>() else { return false };
    let plausible_tag = |group: u8, element: u8, high: u8| matches!((group, element, high), (2, 0..=3 | 0x10..=0x13, 0) | (8, 0..=0x18, 0));
    let explicit = start[4].is_ascii_uppercase() && start[5].is_ascii_uppercase();
    match start {
        [group, 0, element, high, a, b, c, d] if plausible_tag(group, element, high) => {
            explicit || u32::from_le_bytes([a, b, c, d]) as usize <= bytes.len().saturating_sub(8)
        }
        // Big endian is always explicit.
        [0, group, high, element, ..] => explicit && plausible_tag(group, element, high),
        _ => false,
    }
}

/// An ASN.1 sequence that names a CMS content type: DICOM under "Basic Application Level Confidentiality" of a medium.
fn is_envelope(bytes: &[u8]) -> bool {
    bytes.first() == Some(&0x30) && bytes[..bytes.len().min(32)].windows(CMS.len()).any(|part| part == CMS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_by_content() {
        let mut dicom = vec![0; 128];
        dicom.extend(b"DICM");
        assert_eq!(sniff(&dicom), Kind::Dicom);
        assert_eq!(sniff(&[8, 0, 5, 0, b'C', b'S', 10, 0]), Kind::Dicom);
        assert_eq!(sniff(&[8, 0, 0, 0, 4, 0, 0, 0, 1, 2, 3, 4]), Kind::Dicom);
        assert_eq!(sniff(&[2, 0, 0x10, 0, b'U', b'I', 20, 0]), Kind::Dicom);
        assert_eq!(sniff(&[0x30, 0x80, 0x06, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 7, 3]), Kind::Dicom);
        let mut nifti = vec![0; 348];
        nifti[..4].copy_from_slice(&348_u32.to_be_bytes());
        assert_eq!(sniff(&nifti), Kind::Nifti);
        let mut tar = vec![b'a'; 512];
        tar[257..262].copy_from_slice(b"ustar");
        assert_eq!(sniff(&tar), Kind::Tar);
        assert_eq!(sniff(b"\x93NUMPY\x01\x00"), Kind::Npy);
        for other in [&b"Dear diary"[..], b"", b"%PDF-1.7", b"\x89PNG\r\n\x1a\n", &[8, 0, 5, 0, 255, 255, 255, 255]] {
            assert_eq!(sniff(other), Kind::Unknown, "{other:?}");
        }
    }
}
