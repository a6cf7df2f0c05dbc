//! Sampling from noise: the model, the sample under way, the samples made.

mod change;
mod entered;
mod hear;
mod origin;
mod picture;
mod redo;
mod save;
mod words;

#[cfg(test)]
mod tests;

pub use change::{DenoiseEvent, Piece};
pub use entered::Field;
pub use origin::{Origin, OriginChoice, StartFields, origin_now, origin_picture, origins};
pub use picture::{GreyWindow, given_picture, image_picture, map_picture, now_picture, on_white};
pub use redo::{MIDDLE, Redo, StartMask, mask_picture};
pub use words::{look_name, place_words, sampler_name, start_words, step_words};

pub(super) use change::change;
pub(super) use hear::{hear, opened, refused, restarted};

use darkroom_messages::{DenoiserSummary, Look, ToDenoiser, ToWorker, Wish};
use serde::Deserialize;

use super::{Effect, Engine, Shared, State, misfit};

/// About so many pictures of one run are on the strip.
const MOST_FRAMES: usize = 50;

/// What the page is for just now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Task {
    /// One pass of a network over a volume.
    #[default]
    Enhance,
    /// A diffusion model that is given images.
    Translate,
    /// A diffusion model that makes images of noise alone.
    Generate,
}

/// What the middle of the page holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// The images of a series, or the invitation to open one.
    Images,
    /// Samples of a diffusion model.
    Bench,
    /// Nothing was generated yet.
    Noise,
}

/// What the middle of the page holds for the task at hand.
#[must_use]
pub fn work(state: &State) -> Work {
    let denoising = &state.denoising;
    let begun = denoising.session.is_some() || !denoising.gallery.is_empty();
    match state.task {
        Task::Enhance => Work::Images,
        task if begun && denoising.task() == Some(task) => Work::Bench,
        Task::Translate => Work::Images,
        Task::Generate => Work::Noise,
    }
}

/// Whether the samples made of the series can be left for its images.
#[must_use]
pub fn can_leave(state: &State) -> bool {
    state.task == Task::Translate && work(state) == Work::Bench
}

/// A model that this build of the page offers, as its index lists it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Offered {
    /// Its name, also its folder's.
    pub name: String,
    /// What it does, in a few words.
    pub title: String,
    /// "diffusion" or "one-pass".
    pub kind: String,
    /// Size of its files in bytes.
    pub bytes: usize,
    /// DICOM modality of the images it is given; `None` for one that is given none.
    #[serde(default)]
    pub takes: Option<String>,
}

impl Offered {
    /// What it is for.
    #[must_use]
    pub fn task(&self) -> Task {
        match (self.kind.as_str(), &self.takes) {
            ("diffusion", Some(_)) => Task::Translate,
            ("diffusion", None) => Task::Generate,
            _ => Task::Enhance,
        }
    }
}

/// Everything about diffusion models.
#[derive(Clone, Debug, PartialEq)]
pub struct Denoising {
    /// The models that this build of the page offers.
    pub offered: Vec<Offered>,
    /// The model loaded.
    pub model: Option<DenoiserSummary>,
    /// The file it came in, where the user brought it.
    pub own: Option<String>,
    /// How images are to be made.
    pub wish: Wish,
    /// What samples start from.
    pub origin: Origin,
    /// How that is used.
    pub start: StartFields,
    /// The sample under way.
    pub session: Option<Session>,
    /// The samples made.
    pub gallery: Vec<Sample>,
    /// Their mean and their spread, once asked for.
    pub maps: Option<[Shared; 2]>,
    /// What is shown large.
    pub shown: Shown,
    /// What of the sample under way is looked at.
    pub look: Look,
    /// Whether the steps are looked at as they are made; nothing is computed for them otherwise.
    pub watching: bool,
    /// How values become grey.
    pub window: GreyWindow,
}

impl Default for Denoising {
    fn default() -> Self {
        Self {
            offered: Vec::new(),
            model: None,
            own: None,
            wish: Wish { samples: 1, ..Wish::default() },
            origin: Origin::Noise,
            start: StartFields::default(),
            session: None,
            gallery: Vec::new(),
            maps: None,
            shown: Shown::Now,
            look: Look::Clean,
            watching: true,
            window: GreyWindow::Full,
        }
    }
}

/// Samples being made, one after the other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Session {
    /// How they are made.
    pub wish: Wish,
    /// The axial slice they are made of, from 0.
    pub slice: Option<usize>,
    /// The sample under way, from 0.
    pub sample: usize,
    /// The step reached.
    pub step: usize,
    /// The last step; 0 while the networks are planned.
    pub steps: usize,
    /// Whether one step follows the other by itself.
    pub playing: bool,
    /// Whether the worker owes an answer.
    pub busy: bool,
    /// Whether the sample is to be ended where it is.
    pub stopping: bool,
    /// The predicted image after the steps looked at.
    pub strip: Vec<Frame>,
    /// What the user should know of it: of the image that it starts from, of how it is decoded.
    pub notes: Vec<String>,
    /// What is looked at, at the step reached.
    pub now: Option<(Look, Shared)>,
}

/// A picture of the strip.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// The step it was predicted by.
    pub step: usize,
    /// The image.
    pub image: Shared,
}

/// A sample made.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Its seed.
    pub seed: u32,
    /// Whether it was ended before its last step.
    pub unfinished: bool,
    /// The image.
    pub image: Shared,
    /// How the samples up to this one were made, as JSON.
    pub record: String,
}

/// What is shown large.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shown {
    /// The sample under way.
    #[default]
    Now,
    /// One of the gallery.
    Sample(usize),
    /// The mean of the gallery.
    Mean,
    /// The spread of the gallery.
    Spread,
}

impl Denoising {
    /// What the model loaded is for.
    #[must_use]
    pub fn task(&self) -> Option<Task> {
        self.model.as_ref().map(|model| if model.takes.is_some() { Task::Translate } else { Task::Generate })
    }

    /// Whether a sample is being made just now.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.session.as_ref().is_some_and(|session| session.playing || session.busy)
    }

    /// What of a step is to be computed for looking.
    fn look(&self) -> Option<Look> {
        self.watching.then_some(self.look)
    }

    /// What of the next step is to be computed for looking: of a long run only every so many steps.
    fn look_at_next(&self) -> Option<Look> {
        let every = |session: &Session| session.steps.div_ceil(MOST_FRAMES).max(1);
        let due = |session: &Session| !session.playing || (session.step + 1).is_multiple_of(every(session));
        self.look().filter(|_| self.session.as_ref().is_none_or(due))
    }

    /// Forgets what was made.
    fn clear(&mut self) {
        self.session = None;
        self.gallery.clear();
        self.maps = None;
        self.shown = Shown::Now;
    }
}

impl Session {
    /// Whether the sample under way has reached its last step.
    #[must_use]
    pub fn finished(&self) -> bool {
        self.steps > 0 && self.step >= self.steps
    }

    /// Whether another sample follows the one under way.
    #[must_use]
    pub fn has_next(&self) -> bool {
        self.sample + 1 < self.wish.samples
    }

    /// Turns to the next sample, and gives what is to be asked for it.
    fn next(&mut self) -> ToDenoiser {
        (self.sample, self.step) = (self.sample + 1, 0);
        self.strip.clear();
        ToDenoiser::Begin { wish: self.wish.clone(), sample: self.sample, slice: self.slice }
    }
}

impl State {
    /// Why the diffusion model cannot be given the open series, if it is for another modality.
    #[must_use]
    pub fn denoiser_misfit(&self) -> Option<String> {
        let wanted = self.denoising.model.as_ref()?.takes.as_ref()?;
        misfit(self.modality(), wanted)
    }

    /// Whether a sample can begin in the task at hand, or a volume be translated.
    #[must_use]
    pub fn can_sample(&self) -> bool {
        let fits = match self.task {
            Task::Enhance => false,
            Task::Generate => true,
            Task::Translate => self.study.is_some() && self.denoiser_misfit().is_none(),
        };
        fits && self.denoising.task() == Some(self.task)
            && !self.denoising.is_running()
            && self.run.is_none()
            && !self.letting_go
            && !self.reopening
            && self.opening.is_none()
            && matches!(self.engine, Engine::Ready(_))
    }
}

/// A request about the diffusion model.
fn post(asked: ToDenoiser) -> Vec<Effect> {
    vec![Effect::Post(ToWorker::Denoise(asked))]
}
