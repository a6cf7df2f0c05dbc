//! A volume beside the one that is translated, from whose slices a translation starts.

use darkroom_imaging::{LabelMap, Volume};

use super::record::StartRecord;
use super::source::Source;
use super::start::{StartImage, finite, marked, refused};
use crate::PipelineError;
use crate::enhance::damaged;

/// A volume to start from, as the model sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct StartVolume {
    volume: Volume,
    mask: Option<Vec<bool>>,
    /// What it was made of.
    pub record: StartRecord,
}

impl StartVolume {
    /// Looks at a volume on the grid of `input`, whose values are as the model's results are. `mask` marks by labels
    /// above 0 what is made anew.
    ///
    /// # Errors
    /// Another grid than that of `input`, values that are not finite, a mask on another grid, one that marks nothing or
    /// everything.
    pub fn new(
        source: &Source,
        input: &Volume,
        start: &Volume,
        mask: Option<&LabelMap>,
    ) -> Result<Self, PipelineError> {
        let edge = input.spacing().into_iter().fold(f64::INFINITY, f64::min);
        let far = |(a, b): (&f64, &f64)| (a - b).abs() > 0.01 * edge;
        if start.dims != input.dims || start.affine.iter().flatten().zip(input.affine.iter().flatten()).any(far) {
            let [own, other] = [start.dims, input.dims].map(|[x, y, z]| format!("{x} x {y} x {z}"));
            let what = format!(
                "The image to start from lies on another grid ({own}) than the image that is translated ({other})."
            );
            return Err(refused(what, "Give one that this model made of the same image, or resample it to its grid."));
        }
        finite(start)?;
        let mask = mask.map(|mask| marked(start, mask)).transpose()?;
        let record = StartRecord::of(start, mask.as_deref(), None);
        let turned = |volume: &Volume| source.turn(volume).map_err(|error| damaged(&error.to_string()));
        let volume = turned(start)?;
        let mask = match mask {
            Some(mask) => {
                let mask = start.with_data(mask.into_iter().map(f32::from).collect());
                let mask = turned(&mask.map_err(|error| damaged(&error.to_string()))?)?;
                Some(mask.data.into_iter().map(|value| value > 0.0).collect())
            }
            None => None,
        };
        Ok(Self { volume, mask, record })
    }

    /// The image that the slice at `at` starts from, its edges padded as the condition's are.
    #[must_use]
    pub fn image(&self, source: &Source, at: usize) -> StartImage {
        let Self { volume, mask, .. } = self;
        let values = source.plane(volume, at).into_iter().map(|value| source.start_value(value)).collect();
        let mask = mask.as_ref().map(|mask| source.padded(volume, mask, at));
        StartImage { values, edges: source.edges(volume), mask }
    }

    /// The slice in the network's own values, where the mask marks nothing of it; else `None`.
    #[must_use]
    pub(super) fn kept(&self, source: &Source, at: usize) -> Option<Vec<f32>> {
        let slice = self.volume.dims[0] * self.volume.dims[1];
        let marked = |mask: &Vec<bool>| mask[at * slice..][..slice].contains(&true);
        if self.mask.as_ref().is_none_or(marked) {
            return None;
        }
        Some(self.volume.data[at * slice..][..slice].iter().map(|&value| source.start_value(value)).collect())
    }
}
