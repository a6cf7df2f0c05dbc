//! One image on its way from noise.

use std::ops::ControlFlow;

use darkroom_sampling::{Request, Run, State};

use super::decoding::Decoding;
use super::manifest::{Denoiser, DiffusionPipeline};
use super::parts::{Parts, Shape};
use super::start::StartImage;
use crate::{Memory, PipelineError};

/// One image on its way: stepped, looked at, rewound. Nothing is computed for looking unless it is asked for.
#[derive(Debug)]
pub struct Generation {
    pub(super) run: Run,
    pub(super) parts: Parts,
    pub(super) shape: Shape,
    pub(super) told: Told,
    /// The image it starts from, which is put back where its mask does not mark it.
    pub(super) kept: Option<StartImage>,
    pub(super) names: DiffusionPipeline,
    /// What the network took so far.
    pub(super) seconds: f64,
}

/// What the denoiser is told besides x.
#[derive(Debug)]
pub(super) struct Told {
    /// The encoded condition; empty without one.
    pub(super) condition: Vec<f32>,
    /// The numbers it is told, empty without any, and whether zeros stand for none.
    pub(super) numbers: (Vec<f32>, bool),
    /// The class's number.
    pub(super) class: Option<usize>,
    /// The class that stands for none, for guidance; without it zeros stand for no condition.
    pub(super) without: Option<usize>,
}

impl Told {
    /// The denoiser's inputs, by name, for items with or without their condition.
    fn inputs<'a>(&self, names: &'a Denoiser, request: &Request<'_>, items: &[bool]) -> Vec<(&'a str, Vec<f32>)> {
        let class = |with: &bool| if *with { self.class } else { self.without.or(self.class) };
        let classes = || items.iter().filter_map(class).map(|class| class as f32).collect();
        let factor = |with: &bool| if *with || self.without.is_some() { 1.0 } else { 0.0 };
        let condition =
            || items.iter().flat_map(|with| self.condition.iter().map(move |value| value * factor(with))).collect();
        let (numbers, zeros) = &self.numbers;
        let numbers = || {
            let factor = |with: &bool| if *with || !zeros { 1.0 } else { 0.0 };
            items.iter().flat_map(|with| numbers.iter().map(move |value| value * factor(with))).collect()
        };
        let mut inputs = vec![
            (names.x.as_str(), request.input.repeat(items.len())),
            (names.time.as_str(), vec![request.time as f32; items.len()]),
        ];
        inputs.extend(names.class.as_deref().map(|name| (name, classes())));
        inputs.extend(names.numbers.as_deref().map(|name| (name, numbers())));
        inputs.extend(names.condition.as_deref().map(|name| (name, condition())));
        inputs.extend(names.latent.as_deref().map(|name| (name, request.latent.repeat(items.len()))));
        inputs
    }
}

/// The items of an evaluation: without the condition first, then with it.
fn items(request: &Request<'_>) -> &'static [bool] {
    if request.batch == 2 { &[false, true] } else { &[true] }
}

impl Generation {
    /// Evaluates the network once and makes the step; `false` once the image is finished.
    ///
    /// # Errors
    /// A network that fails or gives numbers that are not finite: the run has then not moved and can go on.
    /// [`PipelineError::Cancelled`] when `watch` ended it.
    pub async fn step(&mut self, watch: &mut dyn FnMut(f64) -> ControlFlow<()>) -> Result<bool, PipelineError> {
        let Some(request) = self.run.request() else { return Ok(false) };
        let mut output = Vec::new();
        for items in items(&request).chunks(self.shape.batch) {
            let inputs = self.told.inputs(&self.names.denoiser, &request, items);
            output.extend(self.parts.denoiser.run(&inputs, watch).await?);
            self.seconds += self.parts.denoiser.seconds();
        }
        self.run.supply(&output)?;
        Ok(!self.run.finished())
    }

    /// Seconds that the denoiser's network took in all steps so far, see [`crate::Runner::seconds`].
    #[must_use]
    pub fn network_seconds(&self) -> f64 {
        self.seconds
    }

    /// The state: x, the predicted clean x, the step.
    #[must_use]
    pub fn state(&self) -> &State {
        self.run.state()
    }

    /// The run, to look at or to pause.
    #[must_use]
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// Goes back to a step.
    ///
    /// # Errors
    /// A step that the run has not reached.
    pub fn rewind(&mut self, step: usize) -> Result<usize, PipelineError> {
        Ok(self.run.rewind(step)?)
    }

    /// Height and width of x.
    #[must_use]
    pub fn edges(&self) -> [usize; 2] {
        self.shape.edges
    }

    /// Goes on where another generation of the same order was, as one whose GPU was lost.
    ///
    /// # Errors
    /// A run of other settings, another seed or another size.
    pub fn carry_on(&mut self, from: Run) -> Result<(), PipelineError> {
        let (own, other) = (self.run.pause(), from.pause());
        let same = own.card == other.card && own.settings == other.settings && own.noise == other.noise;
        if !same || own.known != other.known || own.state.x.len() != other.state.x.len() {
            return Err(PipelineError::Order("the run to go on with was of another order"));
        }
        self.run = from;
        Ok(())
    }

    /// Network evaluations of the whole run.
    #[must_use]
    pub fn evaluations(&self) -> usize {
        self.run.plan().evaluations()
    }

    /// The image that the clean x of now stands for, in the network's own values, with its height and width: of a
    /// finished run the result, before that the prediction. Outside the mask of an image to start from it is that image.
    ///
    /// # Errors
    /// A decoder that fails; nothing to show before the first step.
    pub async fn image(&mut self) -> Result<(Vec<f32>, [usize; 2]), PipelineError> {
        let state = self.run.state();
        let x = if self.run.finished() { state.x.clone() } else { state.x0.clone() };
        if x.is_empty() {
            return Err(PipelineError::Order("there is nothing to show before the first step"));
        }
        let (mut image, edges) = self.decoded(x).await?;
        if let Some(kept) = &self.kept {
            kept.paste(&mut image);
        }
        Ok((image, edges))
    }

    async fn decoded(&mut self, x: Vec<f32>) -> Result<(Vec<f32>, [usize; 2]), PipelineError> {
        match self.parts.decoder.as_mut() {
            Some(decoder) => Ok((decoder.run(&x, &self.told.condition).await?, decoder.edges())),
            None => Ok((x, self.shape.edges)),
        }
    }

    /// What the user should know of how the image is decoded.
    #[must_use]
    pub fn note(&self) -> Option<&str> {
        self.parts.decoder.as_ref().and_then(Decoding::note)
    }

    /// Memory that the denoiser planned and took.
    #[must_use]
    pub fn memory(&self) -> Memory {
        self.parts.denoiser.memory()
    }
}
