//! A sample under way, and a translation that was halted.

use std::rc::Rc;

use darkroom_imaging::Volume;
use darkroom_messages::Wish;
use darkroom_pipelines::Origin;
use darkroom_pipelines::diffusion::{Checkpoint, Generation, Given, Order, Source};
use darkroom_sampling::Run;

use super::start::Begun;

/// A sample under way.
pub(crate) struct UnderWay {
    pub(crate) order: Order,
    pub(crate) wish: Wish,
    /// Which sample, from 0.
    pub(crate) sample: usize,
    /// What is translated, if an image is.
    pub(crate) slice: Option<Slice>,
    /// What it starts from, if not from noise.
    pub(crate) start: Option<Begun>,
    pub(super) progress: Progress,
    /// The step that the page was told of last.
    pub(super) told: usize,
}

impl UnderWay {
    /// One that has not begun.
    pub(super) fn new(order: Order, (wish, sample): (Wish, usize), slice: Option<Slice>, start: Option<Begun>) -> Self {
        Self { order, wish, sample, slice, start, progress: Progress::None, told: 0 }
    }

    /// The seed that the page knows it by.
    pub(super) fn seed(&self) -> u32 {
        self.wish.seed + self.sample as u32
    }

    /// What the user should know of it: of the image that it starts from, of how it is decoded.
    pub(super) fn notes(&self) -> Vec<String> {
        let of_start = self.start.as_ref().map_or(&[][..], Begun::notes);
        let decoding = match &self.progress {
            Progress::Planned(generation) => generation.note(),
            Progress::Lost(_) | Progress::None => None,
        };
        of_start.iter().cloned().chain(decoding.map(str::to_owned)).collect()
    }
}

/// A translation of a volume that failed, and where it can go on.
pub(crate) struct Halted {
    pub(crate) wish: Wish,
    pub(crate) volume: Rc<Volume>,
    pub(crate) checkpoint: Checkpoint,
}

/// The slice that a sample is made of.
#[derive(Clone)]
pub(crate) struct Slice {
    pub(crate) volume: Rc<Volume>,
    pub(crate) source: Rc<Source>,
    pub(crate) at: usize,
    /// What happened to the volume before.
    pub(super) origin: Origin,
    pub(super) given: Given,
}

/// How far a sample is.
pub(super) enum Progress {
    /// Planned on a backend.
    Planned(Box<Generation>),
    /// Where it was when its backend was lost.
    Lost(Box<Run>),
    /// Not begun.
    None,
}
