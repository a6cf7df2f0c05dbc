//! Whether the slices of a volume are on one scale.

use dicom_dictionary_std::tags;

use crate::slice::Slice;
use crate::{DicomError, attributes};

/// Refuses a slice without a Rescale Slope (0028,1053), or an Intercept (0028,1052), where others of its volume have one:
/// its stored numbers would stand beside their rescaled ones. No intercept and zero are the same.
///
/// # Errors
/// [`DicomError::Missing`] with the first such file.
pub(crate) fn refuse_mixed(slices: &[Slice]) -> Result<(), DicomError> {
    for (tag, attribute) in
        [(tags::RESCALE_SLOPE, "rescale slope (0028,1053)"), (tags::RESCALE_INTERCEPT, "rescale intercept (0028,1052)")]
    {
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
