//! Files other than DICOM, in and out: NIfTI, NPY, gzip, zip; and reports as HTML.
//!
//! Everything works on bytes in memory, since a page has no file system. What a file is, is told by its contents and
//! never by its name. Bad input becomes a sentence, see [`FormatError`].

mod bytes;
mod container;
mod error;
mod gzip;
pub mod nifti;
pub mod npy;
pub mod report;
mod sniff;
mod zip;

pub use container::{Opened, open};
pub use error::FormatError;
pub use gzip::{gunzip, inflate};
pub use sniff::{Kind, sniff};
pub use zip::{entries, pack, unpack};
