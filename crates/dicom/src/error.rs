//! What can be wrong with DICOM files, and what to do about it.

use darkroom_formats::FormatError;
use darkroom_imaging::{Refusal, VolumeError};

/// Why files cannot be read as DICOM or a series cannot be written. Each message is a sentence.
#[derive(Debug, thiserror::Error)]
pub enum DicomError {
    /// The file cannot be read to its end.
    #[error("{name} is damaged or ends early ({detail}).")]
    Damaged {
        /// The file.
        name: String,
        /// What the parser met.
        detail: String,
    },
    /// The file is something else.
    #[error("{name} is not a DICOM file.")]
    NotDicom {
        /// The file.
        name: String,
    },
    /// The file is wrapped in a cryptographic envelope.
    #[error("{name} is encrypted.")]
    Encrypted {
        /// The file.
        name: String,
    },
    /// The file's transfer syntax is not known or its compression cannot be undone here.
    #[error("{name} is stored in a way that cannot be decoded here (transfer syntax {syntax}: {detail}).")]
    Undecodable {
        /// The file.
        name: String,
        /// UID of the transfer syntax.
        syntax: String,
        /// What is missing.
        detail: String,
    },
    /// An attribute that an image needs is absent or makes no sense.
    #[error("{name} lacks a usable {attribute}.")]
    Missing {
        /// The file.
        name: String,
        /// The attribute's name and tag.
        attribute: &'static str,
    },
    /// The slices do not make a volume.
    #[error("{what}")]
    Stack {
        /// What is wrong with them.
        what: String,
        /// What to do.
        next: &'static str,
    },
    /// A series of a kind that is not enhanced.
    #[error("{what}")]
    Unsuitable {
        /// What kind it is.
        what: String,
    },
    /// Voxels that do not fit their grid.
    #[error("The image does not fit together: {0}.")]
    Volume(#[from] VolumeError),
    /// A volume that cannot be used.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// A place in the list without a usable series.
    #[error("There is no usable series at this place in the list.")]
    NoSeries,
    /// What was entered by hand cannot be read.
    #[error("What was entered cannot be used: {0}.")]
    Entered(String),
    /// There is nothing to derive from, or the result is not on the series' grid.
    #[error("The result cannot be written as DICOM: {0}.")]
    Derive(String),
    /// Writing into memory failed.
    #[error("The DICOM file could not be written ({0}).")]
    Write(String),
    /// The zip archive of the result failed.
    #[error(transparent)]
    Format(#[from] FormatError),
}

impl DicomError {
    /// What the user can do next, a sentence.
    #[must_use]
    pub fn next(&self) -> &str {
        match self {
            Self::Damaged { .. } => "Copy or export the file again; the copy is incomplete.",
            Self::NotDicom { .. } => "Drop a DICOM series (files, folder or zip) or a NIfTI image (.nii, .nii.gz).",
            Self::NoSeries => "Choose another series of the list, or drop the files again.",
            Self::Encrypted { .. } => "Export the series again without encryption.",
            Self::Undecodable { .. } => "Export the series again uncompressed (Explicit VR Little Endian).",
            Self::Missing { .. } => "Export the series again from the scanner or archive, with all its attributes.",
            Self::Stack { next, .. } => next,
            Self::Unsuitable { .. } => "Choose a PET series, or another that is an image.",
            Self::Volume(_) => "Export the series again with its geometry.",
            Self::Refused(refusal) => &refusal.next,
            Self::Entered(_) => "Enter numbers as 71.5, times as 10:35 or 2025-03-01 10:35.",
            Self::Derive(_) => "Run the enhancement on this series again, or download NIfTI.",
            Self::Write(_) => "Close other tabs to free memory, then try again.",
            Self::Format(error) => error.next(),
        }
    }

    /// Both sentences as a refusal.
    #[must_use]
    pub fn refusal(&self) -> Refusal {
        match self {
            Self::Refused(refusal) => refusal.clone(),
            other => Refusal::new(other.to_string(), other.next()),
        }
    }
}
