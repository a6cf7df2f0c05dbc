//! All the page knows, as plain data, and how it changes. No browser in here.

mod card;
mod denoise;
mod event;
mod kind;
mod mask;
mod measure;
mod own_model;
mod reduce;
mod scene;
mod study;
mod suv;
mod text;
mod thinning;
mod view;
mod worker_reports;

pub use card::{CardBlock, card_blocks};
pub use denoise::{
    DenoiseEvent, Denoising, Field, Frame, GreyWindow, MIDDLE, Offered, Origin, OriginChoice, Piece, Redo, Sample,
    Session, Shown, StartFields, StartMask, Task, Work, can_leave, given_picture, image_picture, look_name,
    map_picture, mask_picture, now_picture, on_white, origin_now, origin_picture, origins, place_words, sampler_name,
    start_words, step_words, work,
};
pub use event::{Effect, Event, Payload};
pub use kind::Kind;
pub use mask::{Mask, SharedLabels};
pub use measure::{MeasureEvent, MeasureField, Measured, Measurement, Shape};
pub use own_model::{Offer, OwnEvent, is_network};
pub use reduce::reduce;
pub use scene::{Outline, ReadoutWords, Scene, SliceWords, change_words, readout, scene, slice_words, start_hint};
pub use study::{Alert, Engine, Outcome, Run, Shared, Spread, Study};
pub use suv::SuvEvent;
pub use text::{count_words, dose_words, position_words, seconds_words, signed, size_words, value_words};
pub use thinning::{Standard, ThinEvent, ThinPlan};
pub use view::{PLANES, View, ViewEvent, WindowPreset, plane_name};

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use darkroom_imaging::suv::Entered;
use darkroom_imaging::{SeriesInfo, Verdict};
use darkroom_messages::{MaskSource, ModelSummary};

/// Everything the page shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// What the page is for just now.
    pub task: Task,
    /// Diffusion models, and what was made with them.
    pub denoising: Denoising,
    /// Whether and where the network can run.
    pub engine: Engine,
    /// The model, once its weights were checked.
    pub model: Option<ModelSummary>,
    /// A network of the user's own that was looked into and is not in use.
    pub offer: Option<Offer>,
    /// A network of the user's own that is in use.
    pub network: Option<Offer>,
    /// What is being read just now, for the user.
    pub opening: Option<String>,
    /// Whether a new worker is being given back what the old one had.
    pub reopening: bool,
    /// Names of the files that the list is about.
    pub files: Vec<String>,
    /// Names of files being looked into; they take the place of `files` once something was found in them.
    pub offered: Vec<String>,
    /// What was found in them.
    pub series: Vec<SeriesInfo>,
    /// The series chosen.
    pub selected: Option<usize>,
    /// The chosen series' voxels.
    pub study: Option<Study>,
    /// The label map that goes with it.
    pub mask: Option<Mask>,
    /// Where one is being sought just now.
    pub seeking_mask: Option<MaskSource>,
    /// Values for SUV that were entered, by the place of the series in the list that they were entered for.
    pub entered: BTreeMap<usize, Entered>,
    /// Those that the worker is scaling the open series with just now.
    pub entering: Option<Entered>,
    /// What the next thinning is to be.
    pub thin: ThinPlan,
    /// The dose as a share of the standard dose; estimated when `None`.
    pub dose: Option<f64>,
    /// A run that goes on.
    pub run: Option<Run>,
    /// Whether a cancelled run is still finishing its last step on the GPU.
    pub letting_go: bool,
    /// What the user measures.
    pub measurement: Measurement,
    /// The last run's result.
    pub result: Option<Outcome>,
    /// How volumes are shown.
    pub view: View,
    /// The last thing that went wrong.
    pub alert: Option<Alert>,
    /// Whether the user agreed to the slow CPU.
    pub cpu_agreed: bool,
    /// How often the worker fell over since it was last ready.
    pub falls: usize,
}

impl State {
    /// Whether a run can start.
    #[must_use]
    pub fn can_enhance(&self) -> bool {
        self.study.is_some()
            && self.misfit().is_none()
            && self.run.is_none()
            && !self.denoising.is_running()
            && !self.letting_go
            && !self.reopening
            && self.opening.is_none()
            && self.seeking_mask.is_none()
            && matches!(self.engine, Engine::Ready(_))
    }

    /// What the result is shown beside: the input, or the standard dose that it was thinned from, if that is wanted.
    #[must_use]
    pub fn beside(&self) -> Option<&Shared> {
        let study = self.study.as_ref()?;
        let standard = study.standard.as_ref().filter(|_| self.view.standard);
        Some(standard.map_or(&study.volume, |standard| &standard.volume))
    }

    /// Why the model cannot be given the open series, if it is for another modality; files that do not say pass.
    #[must_use]
    pub fn misfit(&self) -> Option<String> {
        misfit(self.modality(), &self.model.as_ref()?.modality)
    }

    /// Whether there is nothing to look at yet, so that the page invites files.
    #[must_use]
    pub fn is_inviting(&self) -> bool {
        self.study.is_none() && !self.series.iter().any(|info| info.verdict == Verdict::Usable)
    }
}

/// Why a model for images of one modality cannot be given another; files that do not say pass.
fn misfit(found: &str, wanted: &str) -> Option<String> {
    let fits = found.is_empty() || wanted.is_empty() || wanted == "OT" || found == wanted;
    (!fits).then(|| {
        format!("The model is for images of modality {wanted}; this series is {found}. Choose another series, or a network of your own.")
    })
}
