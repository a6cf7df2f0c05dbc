//! An image that a run starts from, and the part of it that is made anew.

use darkroom_imaging::{LabelMap, Refusal, Unit, Volume};

use crate::PipelineError;

/// An image to start from, of the size of the images that the model makes.
#[derive(Clone, Debug, PartialEq)]
pub struct StartImage {
    /// The network's own values, row-major.
    pub values: Vec<f32>,
    /// Height and width.
    pub edges: [usize; 2],
    /// Where it is made anew, a value a pixel; the rest stays as it is. `None` where all of it is made anew.
    pub mask: Option<Vec<bool>>,
}

impl StartImage {
    /// Whether it has the size of what the model makes, and a mask, if any, that marks something.
    ///
    /// # Errors
    /// The first thing that it lacks, in a sentence.
    pub(super) fn check(&self, wanted: [usize; 2]) -> Result<(), PipelineError> {
        let pixels = wanted[0] * wanted[1];
        if self.edges != wanted || self.values.len() != pixels {
            let [own, model] = [self.edges, wanted].map(|[height, width]| format!("{height} x {width}"));
            let what = format!("The image to start from has {own} pixels, the images of this model have {model}.");
            return Err(refused(what, "Give an image of that size."));
        }
        match &self.mask {
            Some(mask) if mask.len() != pixels => {
                let what = format!("The mask has {} pixels, the image to start from {pixels}.", mask.len());
                Err(refused(what, "Give a mask on the image's own grid."))
            }
            Some(mask) if !mask.contains(&true) => Err(nothing_marked()),
            _ => Ok(()),
        }
    }

    /// The mask in x, for every channel: 1 where a value is made anew, 0 where it is known, which it is only where all
    /// pixels that it stands for are.
    ///
    /// # Errors
    /// An image whose edges are no multiples of x's.
    pub(super) fn cells(
        &self,
        [height, width]: [usize; 2],
        channels: usize,
    ) -> Result<Option<Vec<f32>>, PipelineError> {
        let Some(mask) = &self.mask else { return Ok(None) };
        let [tall, wide] = self.edges;
        if !tall.is_multiple_of(height) || !wide.is_multiple_of(width) {
            let reason = format!("its images of {tall} x {wide} are no multiples of its x of {height} x {width}");
            return Err(PipelineError::Manifest(reason));
        }
        let block = [tall / height, wide / width];
        let mut cells = vec![0.0; height * width];
        for (pixel, _) in mask.iter().enumerate().filter(|(_, marked)| **marked) {
            cells[pixel / wide / block[0] * width + pixel % wide / block[1]] = 1.0;
        }
        Ok(Some(cells.repeat(channels)))
    }

    /// Puts the image back where the mask does not mark it.
    pub(super) fn paste(&self, image: &mut [f32]) {
        let Some(mask) = &self.mask else { return };
        for ((made, own), _) in image.iter_mut().zip(&self.values).zip(mask).filter(|(_, marked)| !**marked) {
            *made = *own;
        }
    }
}

/// A value in the range of a model as its network has it, -1 to 1: undoes [`super::source::in_range`].
pub(super) fn of_range(value: f32, low: f64, high: f64) -> f32 {
    (2.0 * (f64::from(value) - low) / (high - low) - 1.0) as f32
}

/// What a mask on the grid of `volume` marks: labels above 0.
///
/// # Errors
/// A mask on another grid, one that marks nothing or everything.
pub(super) fn marked(volume: &Volume, mask: &LabelMap) -> Result<Vec<bool>, PipelineError> {
    if mask.dims != volume.dims || mask.labels.len() != volume.data.len() {
        return Err(PipelineError::Mask { mask: mask.dims, image: volume.dims });
    }
    let marked: Vec<bool> = mask.labels.iter().map(|&label| label > 0).collect();
    parts(&marked)?;
    Ok(marked)
}

/// Whether a mask marks something and leaves something.
///
/// # Errors
/// One that does not.
pub(super) fn parts(marked: &[bool]) -> Result<(), PipelineError> {
    if !marked.contains(&true) {
        return Err(nothing_marked());
    }
    if !marked.contains(&false) {
        let what = "The mask marks the whole image, so nothing of it would be kept.";
        return Err(refused(what, "Leave the mask out, or mark less."));
    }
    Ok(())
}

/// Refuses an image that holds nothing to start from: values that are not numbers, one value alone, or values that
/// measure something else than the model's `unit`. Values of a file that does not say what they measure are believed.
pub(super) fn usable(volume: &Volume, unit: &Unit) -> Result<(), PipelineError> {
    let bad = volume.data.iter().filter(|value| !value.is_finite()).count();
    if bad > 0 {
        let what = format!("The image to start from holds {bad} values that are not numbers.");
        return Err(refused(what, "Export it again, or start from another image."));
    }
    if let Some(first) = volume.data.first().filter(|first| volume.data.iter().all(|value| value == *first)) {
        let what = format!("All values of the image to start from are the same, {first}.");
        return Err(refused(what, "Check that the right image was exported, or start from noise."));
    }
    let unknown = Unit::Other(String::new());
    if *unit != unknown && volume.unit != unknown && *unit != volume.unit {
        let [own, model] = [&volume.unit, unit].map(Unit::label);
        let what = format!("The image to start from is in {own}, this model makes images in {model}.");
        return Err(refused(what, "Start from an image of the model's own kind."));
    }
    Ok(())
}

/// Why nothing is to be done.
pub(super) fn nothing_marked() -> PipelineError {
    refused("The mask marks nothing of this image, so there is nothing to make anew.", "Mark what is to be made anew.")
}

/// What can be done about an image to start from or its mask.
pub(super) fn refused(what: impl Into<String>, next: &str) -> PipelineError {
    PipelineError::Image(Refusal::new(what, next))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(mask: &[u8]) -> StartImage {
        let mask = mask.iter().map(|&value| value > 0).collect();
        StartImage { values: (0..16_u8).map(f32::from).collect(), edges: [4, 4], mask: Some(mask) }
    }

    #[test]
    fn a_cell_is_known_only_where_all_its_pixels_are() {
        let start = start(&[0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 1, 0, 0]);
        assert_eq!(start.cells([2, 2], 2).unwrap().unwrap(), [0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0]);
        assert_eq!(start.cells([4, 4], 1).unwrap().unwrap().iter().sum::<f32>(), 3.0);
        assert!(start.cells([3, 2], 1).is_err(), "no whole cells");
    }

    #[test]
    fn outside_the_mask_the_image_is_put_back() {
        let start = start(&[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        let mut image = vec![-1.0; 16];
        start.paste(&mut image);
        assert_eq!((image[0], image[15]), (-1.0, -1.0));
        assert_eq!(image[1..15], start.values[1..15]);
        let all = StartImage { mask: None, ..start };
        let mut image = vec![-1.0; 16];
        all.paste(&mut image);
        assert!(image.iter().all(|value| *value == -1.0));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let good = start(&[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        assert!(good.check([4, 4]).is_ok());
        assert!(good.check([4, 8]).unwrap_err().to_string().contains("have 4 x 8"));
        let short = StartImage { mask: Some(vec![true; 3]), ..good };
        assert!(short.check([4, 4]).unwrap_err().to_string().contains("The mask has 3 pixels"));
        assert!(start(&[0; 16]).check([4, 4]).unwrap_err().to_string().contains("marks nothing"));
    }
}
