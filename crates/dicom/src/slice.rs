//! One image of a series: where it lies in the patient.

use dicom_dictionary_std::tags;

use crate::open::File;
use crate::{DicomError, attributes};

/// Spacings in millimetres and cosines of directions closer than this are the same.
const ALIKE: f64 = 0.001;

/// Where a slice lies. Vectors are in DICOM's LPS frame, lengths in millimetres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Geometry {
    /// Centre of the first pixel.
    pub(crate) position: [f64; 3],
    /// Direction in which columns are counted.
    pub(crate) across: [f64; 3],
    /// Direction in which rows are counted.
    pub(crate) down: [f64; 3],
    /// Distance between columns and between rows.
    pub(crate) spacing: [f64; 2],
    /// Number of columns and of rows.
    pub(crate) size: [usize; 2],
}

/// An image of a series and its geometry.
#[derive(Clone, Debug)]
pub(crate) struct Slice {
    pub(crate) file: File,
    pub(crate) geometry: Geometry,
}

impl Geometry {
    /// Reads the geometry of an image.
    pub(crate) fn read(file: &File) -> Result<Self, DicomError> {
        let object = &file.object;
        let missing = |attribute| DicomError::Missing { name: file.name.clone(), attribute };
        let position = triple(&attributes::numbers(object, tags::IMAGE_POSITION_PATIENT))
            .ok_or_else(|| missing("Image Position (0020,0032)"))?;
        let directions = attributes::numbers(object, tags::IMAGE_ORIENTATION_PATIENT);
        let orientation = || missing("Image Orientation (0020,0037)");
        let (across, down) = directions.split_at_checked(3).ok_or_else(orientation)?;
        let across = triple(across).and_then(unit).ok_or_else(orientation)?;
        let down = triple(down).and_then(unit).ok_or_else(orientation)?;
        if dot(across, down).abs() > 0.01 {
            return Err(orientation());
        }
        let spacing = match attributes::numbers(object, tags::PIXEL_SPACING)[..] {
            [rows, columns] if rows > 0.0 && columns > 0.0 => [columns, rows],
            _ => return Err(missing("Pixel Spacing (0028,0030)")),
        };
        let length = |tag, name| attributes::count(object, tag).filter(|&n| n > 0).ok_or_else(|| missing(name));
        let size = [length(tags::COLUMNS, "Columns (0028,0011)")?, length(tags::ROWS, "Rows (0028,0010)")?];
        Ok(Self { position, across, down, spacing, size })
    }

    /// The direction through the slices, a unit vector.
    pub(crate) fn normal(&self) -> [f64; 3] {
        let [[a, b, c], [x, y, z]] = [self.across, self.down];
        [b * z - c * y, c * x - a * z, a * y - b * x]
    }

    /// Whether spacing and orientation are the same but for the noise of written decimals.
    fn is_close(&self, other: &Self) -> bool {
        let numbers = |grid: &Self| grid.spacing.into_iter().chain(grid.across).chain(grid.down);
        numbers(self).zip(numbers(other)).all(|(a, b)| (a - b).abs() < ALIKE)
    }
}

/// The spacings and orientations met so far. A slice is like the first that lies close to it, wherever a rounding of its
/// numbers would fall.
#[derive(Debug, Default)]
pub(crate) struct Grids(Vec<Geometry>);

impl Grids {
    /// What all slices of one volume share: size, image type, frame of reference, without which positions say nothing, and
    /// spacing and orientation as the place of the first alike.
    pub(crate) fn likeness(&mut self, slice: &Slice) -> String {
        let place = self.0.iter().position(|first| slice.geometry.is_close(first)).unwrap_or_else(|| {
            self.0.push(slice.geometry);
            self.0.len() - 1
        });
        let kind = attributes::texts(&slice.file.object, tags::IMAGE_TYPE).join("\\");
        let frame = attributes::text(&slice.file.object, tags::FRAME_OF_REFERENCE_UID).unwrap_or_default();
        format!("{:?} {place} {kind} {frame}", slice.geometry.size)
    }
}

pub(crate) fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn triple(values: &[f64]) -> Option<[f64; 3]> {
    values.try_into().ok()
}

/// A direction of length one; `None` where it is no direction at all.
fn unit(vector: [f64; 3]) -> Option<[f64; 3]> {
    let length = dot(vector, vector).sqrt();
    (length > 0.5 && length < 2.0).then(|| vector.map(|v| v / length))
}
