//! The stored numbers of a derived slice: signed where the source's are, since PET has no intercept to bring values below
//! zero into unsigned ones.

use darkroom_imaging::Volume;
use dicom_core::{DataElement, PrimitiveValue, VR};
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;

use crate::derive::put;
use crate::quantise::{Quantised, quantise_between, quantise_signed, quantise_unsigned};
use crate::{Kind, Series, attributes};

/// Writes a slice's values in place of the source's; `bounds` are those of the whole series.
pub(crate) fn write(object: &mut InMemDicomObject, values: impl Iterator<Item = f64> + Clone, bounds: [f64; 2]) {
    let signed = is_signed(object);
    if Kind::of(object) != Some(Kind::Pet) {
        // CT and MR have values below zero; an intercept is theirs to use.
        set(object, quantise_between(values, bounds), false);
    } else if signed {
        set(object, quantise_signed(values), true);
    } else {
        set(object, quantise_unsigned(values), false);
    }
}

/// A sentence on the voxels that lose their sign when a result is written as a derived series; `None` where none does.
#[must_use]
pub fn clipped(series: &Series, result: &Volume) -> Option<String> {
    let area = (result.dims[0] * result.dims[1]).max(1);
    let loses = |object: &InMemDicomObject| Kind::of(object) == Some(Kind::Pet) && !is_signed(object);
    let slices = series.slices.iter().zip(result.data.chunks(area)).filter(|(slice, _)| loses(&slice.file.object));
    let count: usize = slices.map(|(_, values)| values.iter().filter(|&&value| value < 0.0).count()).sum();
    let noun = if count == 1 { "voxel" } else { "voxels" };
    (count > 0).then(|| format!("{count} {noun} below zero became zero: the source stores unsigned numbers."))
}

fn is_signed(object: &InMemDicomObject) -> bool {
    attributes::count(object, tags::PIXEL_REPRESENTATION) == Some(1)
}

fn set(object: &mut InMemDicomObject, quantised: Quantised, signed: bool) {
    let Quantised { intercept, slope, numbers } = quantised;
    for (tag, value) in [
        (tags::SAMPLES_PER_PIXEL, 1_u16),
        (tags::BITS_ALLOCATED, 16),
        (tags::BITS_STORED, 16),
        (tags::HIGH_BIT, 15),
        (tags::PIXEL_REPRESENTATION, u16::from(signed)),
    ] {
        object.put(DataElement::new(tag, VR::US, PrimitiveValue::from(value)));
    }
    put(object, tags::PHOTOMETRIC_INTERPRETATION, VR::CS, "MONOCHROME2".into());
    put(object, tags::RESCALE_INTERCEPT, VR::DS, intercept);
    put(object, tags::RESCALE_SLOPE, VR::DS, slope);
    object.put(DataElement::new(tags::PIXEL_DATA, VR::OW, PrimitiveValue::U16(numbers.into())));
}
