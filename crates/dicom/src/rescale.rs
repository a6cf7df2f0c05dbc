//! Whether the slices of a volume are on one scale.

use dicom_dictionary_std::tags;

use crate::slice::Slice;
use crate::{DicomError, attributes};

/// What a refusal calls Rescale Slope.
const SLOPE: &str = "rescale slope (0028,1053)";

/// Refuses a slice without a Rescale Slope (0028,1053), or an Intercept (0028,1052), where others of its volume have one:
/// its stored numbers would stand beside their rescaled ones. No intercept and zero are the same.
///
/// # Errors
/// [`DicomError::Missing`] with the first such file.
pub(crate) fn refuse_mixed(slices: &[Slice]) -> Result<(), DicomError> {
    for (tag, attribute) in [(tags::RESCALE_SLOPE, SLOPE), (tags::RESCALE_INTERCEPT, "rescale intercept (0028,1052)")] {
        let value = |slice: &Slice| attributes::number(&slice.file.object, tag);
        if slices.iter().filter_map(value).all(|value| value == 0.0) {
            continue;
        }
        if let Some(bare) = slices.iter().find(|slice| value(slice).is_none()) {
            return Err(DicomError::Missing { name: bare.file.name.clone(), attribute });
        }
    }
    Ok(())
}

/// Refuses slices of a PET whose Rescale Slope (0028,1053) is no number above zero. That none has one is told with SUV.
///
/// # Errors
/// [`DicomError::Missing`] with the first such file.
pub(crate) fn refuse_unusable(slices: &[Slice]) -> Result<(), DicomError> {
    let unusable = |slice: &&Slice| {
        let object = &slice.file.object;
        let positive = attributes::number(object, tags::RESCALE_SLOPE).is_some_and(|slope| slope > 0.0);
        attributes::text(object, tags::RESCALE_SLOPE).is_some() && !positive
    };
    slices
        .iter()
        .find(unusable)
        .map_or(Ok(()), |slice| Err(DicomError::Missing { name: slice.file.name.clone(), attribute: SLOPE }))
}
