//! Writing a volume as NIfTI-1, float32, gzipped; and a label map, one byte a voxel.

use darkroom_imaging::{Affine, LabelMap, Unit, Volume};

use super::quaternion;
use crate::FormatError;
use crate::gzip::gzip;

/// Bytes before the values: the header and four bytes that say there is no extension.
const OFFSET: usize = 352;
/// Millimetres and seconds, as NIfTI codes units.
const MILLIMETRES: u8 = 2;
const SECONDS: u8 = 8;
/// NIfTI's codes of a type, and its bits.
const FLOAT32: [i16; 2] = [16, 32];
const UINT8: [i16; 2] = [2, 8];
/// The longest description, leaving its closing zero byte.
const DESCRIPTION: usize = 79;

/// How the description of a result ends.
pub(super) const MARK: &str = ": synthetic, not for diagnosis";

/// The description that marks a result: `Darkroom <model> <version>: synthetic, not for diagnosis`.
///
/// A long model name is cut, never the mark.
#[must_use]
pub fn description(model: &str, version: &str) -> String {
    let mut name: String = format!("Darkroom {model} {version}").chars().filter(char::is_ascii).collect();
    name.truncate(DESCRIPTION - MARK.len());
    name + MARK
}

/// Writes a volume as `.nii.gz`, as [`write_plain`] does it.
///
/// # Errors
/// As [`write_plain`].
pub fn write(volume: &Volume, description: &str) -> Result<Vec<u8>, FormatError> {
    gzip(&write_plain(volume, description)?)
}

/// Writes a volume as `.nii`: float32, sform, and qform where the voxel axes are at right angles.
///
/// `description` is cut to 79 bytes. The unit goes into the intent's name, where [`super::read()`] finds it.
///
/// # Errors
/// When an axis is longer than NIfTI-1 can say (32767) or memory runs out.
pub fn write_plain(volume: &Volume, description: &str) -> Result<Vec<u8>, FormatError> {
    let mut bytes = Vec::with_capacity(OFFSET + 4 * volume.data.len());
    bytes.extend_from_slice(&header(volume, description, FLOAT32)?);
    bytes.extend(volume.data.iter().flat_map(|value| value.to_le_bytes()));
    Ok(bytes)
}

/// Writes a label map as `.nii.gz`: bytes on the grid that `affine` places; otherwise as [`write`] does it.
///
/// # Errors
/// As [`write_plain`].
pub fn write_labels(map: &LabelMap, affine: &Affine, description: &str) -> Result<Vec<u8>, FormatError> {
    // Only the grid is read of it.
    let grid = Volume { dims: map.dims, data: Vec::new(), affine: *affine, unit: Unit::Other(String::new()) };
    let mut bytes = header(&grid, description, UINT8)?.to_vec();
    bytes.extend_from_slice(&map.labels);
    gzip(&bytes)
}

fn header(volume: &Volume, description: &str, [code, bits]: [i16; 2]) -> Result<[u8; OFFSET], FormatError> {
    let mut header = [0; OFFSET];
    let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &348_i32.to_le_bytes());
    put(40, &3_i16.to_le_bytes());
    for axis in 0..7 {
        let length = volume.dims.get(axis).copied().unwrap_or(1);
        let length = i16::try_from(length)
            .map_err(|_| FormatError::Write(format!("{length} voxels along an axis are more than NIfTI-1 can say")))?;
        put(42 + 2 * axis, &length.to_le_bytes());
    }
    put(70, &code.to_le_bytes());
    put(72, &bits.to_le_bytes());
    let rotation = quaternion::of(&volume.affine);
    let handedness = rotation.map_or(1.0, |(_, handedness)| handedness);
    let spacing = volume.spacing();
    for (place, value) in [handedness, spacing[0], spacing[1], spacing[2], 1.0, 1.0, 1.0, 1.0].into_iter().enumerate() {
        put(76 + 4 * place, &(value as f32).to_le_bytes());
    }
    put(108, &(OFFSET as f32).to_le_bytes());
    put(112, &1_f32.to_le_bytes());
    put(123, &[MILLIMETRES | SECONDS]);
    let mut end = description.len().min(DESCRIPTION);
    while !description.is_char_boundary(end) {
        end -= 1;
    }
    put(148, &description.as_bytes()[..end]);
    // Code 1: scanner coordinates.
    if let Some((vector, _)) = rotation {
        put(252, &1_i16.to_le_bytes());
        for (place, value) in vector.into_iter().chain(volume.affine.map(|row| row[3])).enumerate() {
            put(256 + 4 * place, &(value as f32).to_le_bytes());
        }
    }
    put(254, &1_i16.to_le_bytes());
    for (place, value) in volume.affine.iter().flatten().enumerate() {
        put(280 + 4 * place, &(*value as f32).to_le_bytes());
    }
    if !matches!(volume.unit, Unit::Other(_)) {
        put(328, volume.unit.label().as_bytes());
    }
    put(344, b"n+1\0");
    Ok(header)
}
