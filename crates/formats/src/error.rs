//! What can be wrong with a file, and what to do about it.

use darkroom_imaging::{Refusal, VolumeError};

/// Why a file cannot be read or written. Each message is a sentence about the file.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// The file stops before its announced end.
    #[error("The file ends early: it announces {announced} bytes and holds {found}.")]
    Truncated {
        /// Bytes its header promises.
        announced: u64,
        /// Bytes there are.
        found: u64,
    },
    /// A compressed file that cannot be unpacked.
    #[error("The compressed file is damaged or ends early ({0}).")]
    Damaged(String),
    /// A zip archive under a password.
    #[error("The zip archive is encrypted.")]
    Encrypted,
    /// More than fits into memory, announced or in fact.
    #[error("The file unpacks to more than {0} MiB, which does not fit.")]
    TooLarge(u64),
    /// An archive with too many entries.
    #[error("The zip archive holds {0} files, more than a study ever does.")]
    TooMany(usize),
    /// Contents that contradict the format's rules.
    #[error("The {format} header is not valid: {detail}.")]
    Invalid {
        /// "NIfTI", "NPY".
        format: &'static str,
        /// What is wrong in it.
        detail: String,
    },
    /// A valid file of a kind that is not read.
    #[error("{0}")]
    Unsupported(String),
    /// A label map whose values are not labels.
    #[error("This is not a label map: its voxel {voxel} has the value {value}, and labels are whole numbers from 0.")]
    NotLabels {
        /// Place in the file.
        voxel: usize,
        /// Its value.
        value: f32,
    },
    /// More regions than are told apart.
    #[error("This label map has more than 255 different labels.")]
    ManyLabels,
    /// A grid that contradicts its values.
    #[error("The image does not fit together: {0}.")]
    Volume(#[from] VolumeError),
    /// Writing into memory failed.
    #[error("The file could not be written ({0}).")]
    Write(String),
}

impl FormatError {
    /// What the user can do next, a sentence.
    #[must_use]
    pub fn next(&self) -> &'static str {
        match self {
            Self::Truncated { .. } | Self::Damaged(_) => "Copy or download the file again; the copy is incomplete.",
            Self::Encrypted => "Unpack it with its password and drop the files inside.",
            Self::TooLarge(_) | Self::TooMany(_) => "Drop only the files of the series to be enhanced.",
            Self::Invalid { .. } => "Export the image again, best as NIfTI (.nii.gz) or DICOM.",
            Self::Unsupported(_) => "Convert it to one 3D image with one value a voxel (.nii.gz).",
            Self::ManyLabels => "Check that it is a label map, or keep only the regions of interest.",
            Self::NotLabels { .. } => "Choose a label map: a NIfTI file with a whole number for each region.",
            Self::Volume(_) => "Export the image again with its geometry.",
            Self::Write(_) => "Close other tabs to free memory, then try again.",
        }
    }

    /// Both sentences as a refusal.
    #[must_use]
    pub fn refusal(&self) -> Refusal {
        Refusal::new(self.to_string(), self.next())
    }
}
