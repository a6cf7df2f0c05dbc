//! An image that is known in part: inpainting.

use serde::{Deserialize, Serialize};

use crate::error::{finite, length, setting};
use crate::{Level, SamplingError};

/// An image and where it is to be kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Known {
    #[serde(with = "crate::bits")]
    image: Vec<f32>,
    #[serde(with = "crate::bits")]
    mask: Vec<f32>,
}

impl Known {
    /// The known image, and for each of its values how much of it is new: 0 keeps it, 1 makes it anew, between is a
    /// soft edge.
    ///
    /// # Errors
    /// A mask of another length than the image, or with values outside 0 to 1; an image that is not finite.
    pub fn new(image: Vec<f32>, mask: Vec<f32>) -> Result<Self, SamplingError> {
        length("the mask", mask.len(), image.len())?;
        finite("the known image", 0, &image)?;
        let outside = mask.iter().find(|value| !(0.0..=1.0).contains(*value));
        setting(
            "a value of the mask",
            f64::from(outside.copied().unwrap_or(0.0)),
            outside.is_none(),
            "between 0 and 1",
        )?;
        Ok(Self { image, mask })
    }

    /// Its number of values.
    #[must_use]
    pub fn len(&self) -> usize {
        self.image.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.image.is_empty()
    }

    /// Puts the known part, noised to the level, back into x (Lugmayr et al. 2022, eq. 8).
    pub(crate) fn put_back(&self, x: &mut [f32], level: Level, noise: &[f32]) {
        let (signal, strength) = (level.signal as f32, level.noise as f32);
        for (i, (x, (image, mask))) in x.iter_mut().zip(self.image.iter().zip(&self.mask)).enumerate() {
            let noised = signal * image + strength * noise.get(i).copied().unwrap_or(0.0);
            *x = mask * *x + (1.0 - mask) * noised;
        }
    }
}
