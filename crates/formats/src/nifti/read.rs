//! Reading NIfTI images and label maps.

use std::borrow::Cow;

use darkroom_imaging::{Affine, LabelMap, Volume, checks};

use super::header::Header;
use super::label_numbers::numbered;
use super::label_table;
use crate::{FormatError, Kind, gunzip, sniff};

/// An image as read.
#[derive(Clone, Debug, PartialEq)]
pub struct Image {
    /// Its voxels and grid.
    pub volume: Volume,
    /// What a user should know about the file.
    pub notes: Vec<String>,
    /// What puts any result in doubt.
    pub warnings: Vec<String>,
}

/// A label map as read.
#[derive(Clone, Debug, PartialEq)]
pub struct Labels {
    /// Its labels.
    pub map: LabelMap,
    /// Where its voxels lie in the patient.
    pub affine: Affine,
    /// Label and name of each region that the file names or numbers higher than 255; none where there are none.
    pub names: Vec<(u8, String)>,
}

/// Reads a NIfTI-1 or -2 image (`.nii` or `.nii.gz`) of one frame: any real number type, either byte order, scaled.
///
/// # Errors
/// When the file is damaged, ends early, or holds something other than one 3D image of real numbers.
pub fn read(bytes: &[u8]) -> Result<Image, FormatError> {
    let bytes = unzipped(bytes)?;
    let (header, data) = values(&bytes)?;
    let mut notes = Vec::new();
    if !header.oriented {
        notes.push("The file does not say how it lies in the patient; left and right are assumed.".to_owned());
    }
    if header.lacks_intercept {
        notes.push("The intercept of the file's scale (scl_inter) is no number; it is taken for zero.".to_owned());
    }
    let synthetic = "This image is synthetic already: it was computed from another, whose noise and errors stay in it.";
    let warnings = header.synthetic.then(|| synthetic.to_owned()).into_iter().collect();
    Ok(Image { volume: Volume::new(header.dims, data, header.affine, header.unit)?, notes, warnings })
}

/// Reads a label map: a NIfTI image of whole numbers, at most 255 different ones above 0. Where they are higher than 255 each
/// gets its place among them as its label, and its number, or the name that the file has for it, as its name.
///
/// # Errors
/// As [`read`], and when a value is no label.
pub fn read_labels(bytes: &[u8]) -> Result<Labels, FormatError> {
    let bytes = unzipped(bytes)?;
    let (header, data) = values(&bytes)?;
    let numbered = numbered(&data)?;
    // All that lies between the header and the values, which were found there; the header itself holds no such text.
    let names = numbered.names(label_table::names(&bytes[..header.offset as usize]));
    Ok(Labels { map: LabelMap { dims: header.dims, labels: numbered.labels }, affine: header.affine, names })
}

/// The bytes of the file itself, where it is packed.
fn unzipped(bytes: &[u8]) -> Result<Cow<'_, [u8]>, FormatError> {
    Ok(if sniff(bytes) == Kind::Gzip { Cow::Owned(gunzip(bytes)?) } else { Cow::Borrowed(bytes) })
}

fn values(bytes: &[u8]) -> Result<(Header, Vec<f32>), FormatError> {
    let header = Header::read(bytes)?;
    // A matrix that cannot be used is refused before memory is asked for it: zeros pack a thousandfold, and a voxel of one
    // byte becomes one of four. A label map may have few slices.
    if let Err(refusal) = checks::check_size(header.dims.map(|n| n.max(8))) {
        return Err(FormatError::Unsupported(refusal.what));
    }
    let length = header.dims.iter().try_fold(header.stored.size() as u64, |product, &n| product.checked_mul(n as u64));
    let end = length.and_then(|length| length.checked_add(header.offset)).unwrap_or(u64::MAX);
    if end > bytes.len() as u64 {
        return Err(FormatError::Truncated { announced: end, found: bytes.len() as u64 });
    }
    let data =
        header.stored.decode(&bytes[header.offset as usize..end as usize], header.big, header.slope, header.intercept);
    Ok((header, data))
}
