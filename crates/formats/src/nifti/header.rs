//! The NIfTI header: only what a reader needs of it.
//!
//! Field places follow nifti1.h and nifti2.h of the NIfTI Data Format Working Group.

use darkroom_imaging::{Affine, Unit};

use super::quaternion;
use super::write::MARK;
use crate::FormatError;
use crate::bytes::{Fields, Stored};

/// What a header says of its image.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Header {
    /// Voxels along i, j, k.
    pub(crate) dims: [usize; 3],
    /// How a value is stored.
    pub(crate) stored: Stored,
    /// Whether numbers are big endian.
    pub(crate) big: bool,
    /// Where the values begin in the file.
    pub(crate) offset: u64,
    /// Stored number times this, plus `intercept`, is the value.
    pub(crate) slope: f64,
    /// See `slope`.
    pub(crate) intercept: f64,
    /// Whether the file has a slope and an intercept that is no number, which is then zero.
    pub(crate) lacks_intercept: bool,
    /// Voxel index to RAS+ millimetres.
    pub(crate) affine: Affine,
    /// Whether the file says how it lies in the patient.
    pub(crate) oriented: bool,
    /// What the values measure, if the intent's name says so.
    pub(crate) unit: Unit,
    /// Whether the description says that this program made it.
    pub(crate) synthetic: bool,
}

/// Places of the fields in one version of the header.
struct Layout {
    size: usize,
    magic: usize,
    wide: bool,
    dim: usize,
    datatype: usize,
    pixdim: usize,
    offset: usize,
    slope: usize,
    intercept: usize,
    units: usize,
    qform_code: usize,
    sform_code: usize,
    quatern: usize,
    srow: usize,
    intent_name: usize,
    description: usize,
}

#[rustfmt::skip]
const ONE: Layout = Layout {
    size: 348, magic: 344, wide: false, dim: 40, datatype: 70, pixdim: 76, offset: 108, slope: 112, intercept: 116,
    units: 123, qform_code: 252, sform_code: 254, quatern: 256, srow: 280, intent_name: 328, description: 148,
};
#[rustfmt::skip]
const TWO: Layout = Layout {
    size: 540, magic: 4, wide: true, dim: 16, datatype: 12, pixdim: 104, offset: 168, slope: 176, intercept: 184,
    units: 500, qform_code: 344, sform_code: 348, quatern: 352, srow: 400, intent_name: 508, description: 240,
};

impl Layout {
    /// A whole number: 16 bits in version 1, 64 in version 2.
    fn length(&self, fields: &Fields, index: usize) -> i64 {
        if self.wide { fields.i64(self.dim + 8 * index) } else { i64::from(fields.i16(self.dim + 2 * index)) }
    }

    /// A real number of a row that starts at `at`: 32 bits in version 1, 64 in version 2.
    fn real(&self, fields: &Fields, at: usize, index: usize) -> f64 {
        if self.wide { fields.f64(at + 8 * index) } else { f64::from(fields.f32(at + 4 * index)) }
    }

    /// A code: 16 bits in version 1, 32 in version 2.
    fn code(&self, fields: &Fields, at: usize) -> i32 {
        if self.wide { fields.i32(at) } else { i32::from(fields.i16(at)) }
    }
}

impl Header {
    /// Reads the header at the start of a file.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, FormatError> {
        let (layout, fields) = layout(bytes)?;
        let dims = dims(&layout, &fields)?;
        let stored = stored(i32::from(fields.i16(layout.datatype)))?;
        let offset = if layout.wide { fields.i64(layout.offset) as f64 } else { f64::from(fields.f32(layout.offset)) };
        let (mut slope, mut intercept) =
            (layout.real(&fields, layout.slope, 0), layout.real(&fields, layout.intercept, 0));
        // A slope of zero means that values are not scaled; one that is no number is zero, as is such an intercept
        // (nifti1_io.c of the NIfTI Data Format Working Group).
        let scaled = slope != 0.0 && slope.is_finite();
        let lacks_intercept = scaled && !intercept.is_finite();
        if !scaled {
            (slope, intercept) = (1.0, 0.0);
        } else if lacks_intercept {
            intercept = 0.0;
        }
        let (affine, oriented) = affine(&layout, &fields);
        let unit = match fields.text(layout.intent_name, 16).as_str() {
            "SUV" => Unit::Suv,
            "Bq/ml" => Unit::BecquerelPerMl,
            "HU" => Unit::Hounsfield,
            _ => Unit::Other(String::new()),
        };
        // Values begin behind the header and its four extension bytes, also where the offset is left at zero or names one of
        // these; but for files that were written without the four and end just where their values do then.
        let first = layout.size as u64 + 4;
        let length = dims.iter().fold(stored.size() as u64, |product, &n| product.saturating_mul(n as u64));
        let bare = offset == layout.size as f64 && length.saturating_add(offset as u64) == bytes.len() as u64;
        let offset = if bare { offset as u64 } else { (offset as u64).max(first) };
        let synthetic = fields.text(layout.description, 80).ends_with(MARK);
        Ok(Self {
            dims,
            stored,
            big: fields.big,
            offset,
            slope,
            intercept,
            lacks_intercept,
            affine,
            oriented,
            unit,
            synthetic,
        })
    }
}

/// Version and byte order, from the header's size.
fn layout(bytes: &[u8]) -> Result<(Layout, Fields<'_>), FormatError> {
    let [little, big] = [false, true].map(|big| Fields { bytes, big });
    let (layout, fields) = match (little.i32(0), big.i32(0)) {
        (348, _) => (ONE, little),
        (_, 348) => (ONE, big),
        (540, _) => (TWO, little),
        (_, 540) => (TWO, big),
        _ => {
            let what = "This is no NIfTI file, which would begin with 348 or 540.";
            return Err(FormatError::Unsupported(what.to_owned()));
        }
    };
    if bytes.len() < layout.size {
        return Err(FormatError::Truncated { announced: layout.size as u64, found: bytes.len() as u64 });
    }
    match &bytes[layout.magic..layout.magic + 3] {
        b"n+1" | b"n+2" => Ok((layout, fields)),
        b"ni1" | b"ni2" => Err(FormatError::Unsupported(
            "This is one half of a NIfTI pair (.hdr and .img); only single files are read.".into(),
        )),
        _ => Err(FormatError::Unsupported(
            "This is an Analyze 7.5 file, which does not say how it lies in the patient.".into(),
        )),
    }
}

fn dims(layout: &Layout, fields: &Fields) -> Result<[usize; 3], FormatError> {
    let axes = layout.length(fields, 0);
    if !(1..=7).contains(&axes) {
        let detail = format!("it announces {axes} dimensions");
        return Err(FormatError::Invalid { format: "NIfTI", detail });
    }
    let mut lengths = [1_usize; 7];
    for (axis, length) in lengths.iter_mut().enumerate().take(axes as usize) {
        let announced = layout.length(fields, axis + 1);
        *length = usize::try_from(announced).ok().filter(|&n| n > 0).ok_or_else(|| FormatError::Invalid {
            format: "NIfTI",
            detail: format!("it announces a length of {announced} along dimension {}", axis + 1),
        })?;
    }
    let frames = lengths[3..].iter().fold(1_usize, |product, &n| product.saturating_mul(n));
    if frames > 1 {
        return Err(FormatError::Unsupported(format!(
            "The file holds {frames} frames or channels; one 3D image is needed."
        )));
    }
    Ok([lengths[0], lengths[1], lengths[2]])
}

fn stored(code: i32) -> Result<Stored, FormatError> {
    Ok(match code {
        2 => Stored::U8,
        4 => Stored::I16,
        8 => Stored::I32,
        16 => Stored::F32,
        64 => Stored::F64,
        256 => Stored::I8,
        512 => Stored::U16,
        768 => Stored::U32,
        1024 => Stored::I64,
        1280 => Stored::U64,
        32 | 1792 | 2048 => return Err(FormatError::Unsupported("The file holds complex numbers.".into())),
        128 | 2304 => return Err(FormatError::Unsupported("The file holds colours, not measured values.".into())),
        _ => {
            return Err(FormatError::Unsupported(format!(
                "The file holds values of NIfTI type {code}, which is not read."
            )));
        }
    })
}

/// The affine by NIfTI's three methods: sform, else qform, else voxel sizes alone; and whether it was one of the first two.
///
/// Entries are rounded to float32, the precision of a version 1 file, so that writing and reading again changes nothing.
fn affine(layout: &Layout, fields: &Fields) -> (Affine, bool) {
    let real = |at: usize, index: usize| layout.real(fields, at, index);
    let edges: [f64; 3] = std::array::from_fn(|axis| real(layout.pixdim, axis + 1));
    let (mut affine, oriented) = if layout.code(fields, layout.sform_code) > 0 {
        (std::array::from_fn(|row| std::array::from_fn(|column| real(layout.srow, 4 * row + column))), true)
    } else if layout.code(fields, layout.qform_code) > 0 {
        let [b, c, d, x, y, z] = std::array::from_fn(|index| real(layout.quatern, index));
        let handedness = if real(layout.pixdim, 0) < 0.0 { -1.0 } else { 1.0 };
        (quaternion::affine([b, c, d], [x, y, z], edges, handedness), true)
    } else {
        (
            std::array::from_fn(|row| std::array::from_fn(|column| if row == column { edges[row].abs() } else { 0.0 })),
            false,
        )
    };
    // The low three bits of the units: 1 metre, 2 millimetre, 3 micrometre; 0 means unknown and in practice millimetre.
    let millimetres = match fields.bytes[layout.units] & 7 {
        1 => 1000.0,
        3 => 0.001,
        _ => 1.0,
    };
    for value in affine.iter_mut().flatten() {
        *value = f64::from((*value * millimetres) as f32);
    }
    (affine, oriented)
}
