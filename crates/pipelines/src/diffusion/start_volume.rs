//! A volume beside the one that is translated, from whose slices a translation starts.

use darkroom_imaging::{LabelMap, Volume, VolumeError, resample};

use super::record::StartRecord;
use super::source::Source;
use super::start::{StartImage, marked, parts, usable};
use crate::PipelineError;
use crate::enhance::damaged;

/// What the two images are called where they lie on different grids.
const NAMES: [&str; 2] = ["image to start from", "image that is translated"];

/// A volume to start from, as the model sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct StartVolume {
    volume: Volume,
    mask: Option<Vec<bool>>,
    /// What it was made of.
    pub record: StartRecord,
    /// What the user should know of it.
    pub note: Option<String>,
}

impl StartVolume {
    /// Looks at a volume whose values are as the model's results are. `mask` marks by labels above 0, on its grid, what
    /// is made anew. A volume on another grid than `input` is brought onto that, the mask by the nearest label; what
    /// the volume does not cover is made anew where there is a mask.
    ///
    /// # Errors
    /// A volume that does not overlap with `input` or covers less than half of it, values that are not finite, all the same or
    /// in another unit, a mask on another grid than the volume's, one that marks nothing or everything of the volume or of
    /// `input`.
    pub fn new(
        source: &Source,
        input: &Volume,
        start: &Volume,
        mask: Option<&LabelMap>,
    ) -> Result<Self, PipelineError> {
        usable(start, &source.unit(input))?;
        let own = mask.map(|mask| marked(start, mask)).transpose()?;
        let record = StartRecord::of(start, own.as_deref(), None);
        let broken = |error: VolumeError| damaged(&error.to_string());
        let turned = |volume: &Volume| source.turn(volume).map_err(broken);
        let (volume, marks, note) = match resample::image(start, input, NAMES).map_err(PipelineError::Image)? {
            None => (turned(start)?, own, None),
            Some(moved) => {
                let marks = mask.map(|mask| {
                    let map = resample::nearest(mask, &start.affine, input).map_err(broken)?;
                    let mut marks = marked(input, &map)?;
                    marks.iter_mut().zip(&moved.covered).for_each(|(marked, covered)| *marked |= !covered);
                    parts(&marks)?;
                    Ok::<_, PipelineError>(marks)
                });
                let rest = moved.covered.contains(&false) && mask.is_some();
                let anew = if rest { " What it does not cover is made anew." } else { "" };
                (turned(&moved.volume)?, marks.transpose()?, Some(moved.note + anew))
            }
        };
        let mask = marks.map(|marks| {
            let marks = input.with_data(marks.into_iter().map(f32::from).collect()).map_err(broken)?;
            Ok::<_, PipelineError>(turned(&marks)?.data.into_iter().map(|value| value > 0.0).collect())
        });
        Ok(Self { volume, mask: mask.transpose()?, record, note })
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
