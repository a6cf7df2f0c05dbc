//! A run: asks for network evaluations, and steps on with what it is given.

use std::borrow::Cow;

use crate::error::{finite, length};
use crate::{
    Combination, Draw, Evaluate, Known, Noise, Operands, Philox, Plan, SamplingError, Start, State, Step, Stream,
    combine,
};

/// A plan under way.
///
/// One sample of one seed. The network is the caller's: [`Run::request`] says what to evaluate, [`Run::supply`] takes
/// the result. Between the two any time may pass and the run may be paused, kept, rewound or looked at.
#[derive(Clone, Debug)]
pub struct Run<N = Philox> {
    pub(crate) plan: Plan,
    pub(crate) noise: N,
    pub(crate) known: Option<Known>,
    pub(crate) state: State,
    /// Earlier states, the first of them what the run began with.
    kept: Vec<State>,
    keep_every: usize,
}

/// Images that the settings may ask for.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// The image that [`Start::Image`] begins with.
    pub image: Option<Vec<f32>>,
    /// The known part that [`crate::Inpaint`] keeps.
    pub known: Option<Known>,
}

/// What the network is to compute.
#[derive(Clone, Debug, PartialEq)]
pub struct Request<'a> {
    /// The step, counted from 0.
    pub step: usize,
    /// The image for the network.
    pub input: Cow<'a, [f32]>,
    /// What it is told of the noise level.
    pub time: f64,
    /// 1, or 2 with guidance: the same image without the condition, then with it.
    pub batch: usize,
    /// The random vector for networks that take one; else empty.
    pub latent: Vec<f32>,
}

impl<N: Noise> Run<N> {
    /// Begins a run of images with `len` values.
    ///
    /// # Errors
    /// An image or a mask of another length, one that the settings ask for and that is missing, or the reverse.
    pub fn begin(plan: Plan, len: usize, noise: N, inputs: Inputs) -> Result<Self, SamplingError> {
        let Inputs { image, known } = inputs;
        match (&plan.settings().start, &image) {
            (Start::Image { .. }, None) => return Err(SamplingError::Missing("an image to start from")),
            (Start::Noise, Some(_)) => return Err(SamplingError::Unused("an image to start from")),
            _ => {}
        }
        match (&plan.settings().inpaint, &known) {
            (Some(_), None) => return Err(SamplingError::Missing("a known image with its mask")),
            (None, Some(_)) => return Err(SamplingError::Unused("a known image with its mask")),
            _ => {}
        }
        if let Some(known) = &known {
            length("the known image", known.len(), len)?;
        }
        let [signal, strength] = plan.start().map(|factor| factor as f32);
        let mut x = vec![0.0; len];
        noise.fill(Draw { stream: Stream::Start, step: 0 }, &mut x);
        x.iter_mut().for_each(|value| *value *= strength);
        if let Some(image) = image {
            length("the image to start from", image.len(), len)?;
            finite("the image to start from", 0, &image)?;
            x.iter_mut().zip(image).for_each(|(x, value)| *x += signal * value);
        }
        let mut run = Self::at(plan, noise, known, State { x, ..State::default() });
        run.settle();
        Ok(run)
    }

    /// A run in a given state.
    pub(crate) fn at(plan: Plan, noise: N, known: Option<Known>, state: State) -> Self {
        Self { plan, noise, known, kept: vec![state.clone()], state, keep_every: 0 }
    }

    /// Keeps the state after every n-th step for [`Run::rewind`]; 0, the default, keeps only the beginning.
    #[must_use]
    pub fn keep_every(mut self, steps: usize) -> Self {
        self.keep_every = steps;
        self
    }

    /// What the network is to compute next; `None` once the run is finished.
    #[must_use]
    pub fn request(&self) -> Option<Request<'_>> {
        let (_, evaluate) = self.next_evaluation()?;
        let scale = evaluate.input_scale as f32;
        let scaled = || self.state.x.iter().map(|value| value * scale).collect();
        let mut latent = vec![0.0; self.plan.card().latent];
        self.noise.fill(self.draw(Stream::Latent), &mut latent);
        Some(Request {
            step: self.state.step,
            input: if scale == 1.0 { Cow::Borrowed(&self.state.x) } else { Cow::Owned(scaled()) },
            time: evaluate.time,
            batch: self.batch(),
            latent,
        })
    }

    /// Takes the network's result and makes the step, with the steps behind it that need no network.
    ///
    /// `output` has the values of each batch item one after the other; where the variance is learned, the item's
    /// second half is the variance's. A run that refuses an output has not moved.
    ///
    /// # Errors
    /// An output of the wrong length or that is not finite, an output nobody asked for.
    pub fn supply(&mut self, output: &[f32]) -> Result<(), SamplingError> {
        let step = self.next_evaluation().ok_or(SamplingError::Finished)?.0.clone();
        let len = self.state.x.len();
        let item = len * self.plan.card().outputs_per_value();
        length("the network's result", output.len(), item * self.batch())?;
        finite("the network's result", self.state.step, output)?;
        let (first, conditional) = output.split_at(output.len() - item);
        let guided = match self.plan.settings().guidance {
            Some(guidance) => Cow::Owned(guidance.apply(&first[..len], &conditional[..len])),
            None => Cow::Borrowed(&conditional[..len]),
        };
        self.execute(&step, &guided, &conditional[len..]);
        self.settle();
        Ok(())
    }

    /// Goes back to the last kept state at or before a step, and says which it is.
    ///
    /// # Errors
    /// A step that the run has not reached, or one before the earliest kept.
    pub fn rewind(&mut self, step: usize) -> Result<usize, SamplingError> {
        if step > self.state.step {
            return Err(SamplingError::NotReached { wanted: step, at: self.state.step });
        }
        let earliest = self.kept.first().map_or(0, |state| state.step);
        // What was begun with may have been followed at once by steps without the network.
        let place = self.kept.iter().rposition(|state| state.step <= step);
        let place = place.ok_or(SamplingError::NotKept { wanted: step, earliest })?;
        self.kept.truncate(place + 1);
        self.state = self.kept[place].clone();
        self.settle();
        Ok(self.state.step)
    }

    /// The plan.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The state, to look at or to keep.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The noisy image; of a finished run the result.
    #[must_use]
    pub fn x(&self) -> &[f32] {
        &self.state.x
    }

    /// The last predicted clean image; empty before the first evaluation.
    #[must_use]
    pub fn x0(&self) -> &[f32] {
        &self.state.x0
    }

    /// Whether every step is done.
    #[must_use]
    pub fn finished(&self) -> bool {
        self.state.step == self.plan.steps().len()
    }

    fn batch(&self) -> usize {
        if self.plan.settings().guidance.is_some() { 2 } else { 1 }
    }

    fn draw(&self, stream: Stream) -> Draw {
        Draw { stream, step: self.state.step as u32 }
    }

    fn next_evaluation(&self) -> Option<(&Step, &Evaluate)> {
        let step = self.plan.steps().get(self.state.step)?;
        step.evaluate.as_ref().map(|evaluate| (step, evaluate))
    }

    /// Makes the steps that need no network, and keeps the state if it is time to.
    fn settle(&mut self) {
        while let Some(step) = self.plan.steps().get(self.state.step).filter(|step| step.evaluate.is_none()) {
            let step = step.clone();
            self.execute(&step, &[], &[]);
        }
        let last = self.kept.last().map_or(0, |state| state.step);
        if self.keep_every > 0 && self.state.step >= last + self.keep_every {
            self.kept.push(self.state.clone());
        }
    }

    fn execute(&mut self, step: &Step, output: &[f32], variance: &[f32]) {
        let len = self.state.x.len();
        let mut noise = vec![0.0; if step.draws() { len } else { 0 }];
        self.noise.fill(self.draw(Stream::Step), &mut noise);
        let State { x, x0, anchor, .. } = &self.state;
        let operands = Operands { x, output, variance, x0_before: x0, anchor, noise: &noise };
        let (mut next, mut predicted) = (vec![0.0; len], vec![0.0; len]);
        combine(&step.coefficients(&operands), &operands, &mut next, &mut predicted);
        // Halfway through a step of two evaluations the image stays its own.
        if let Some(known) = self.known.as_ref().filter(|_| !step.keep_anchor) {
            noise.resize(if step.to.is_clean() { 0 } else { len }, 0.0);
            self.noise.fill(self.draw(Stream::Known), &mut noise);
            known.put_back(&mut next, step.to, &noise);
        }
        let x = std::mem::replace(&mut self.state.x, next);
        if step.keep_anchor {
            self.state.anchor.clone_from(&x);
        }
        if let Some(evaluate) = step.evaluate {
            self.state.x0 = predicted;
            self.state.seen = x;
            self.state.seen_at = Some(evaluate.level);
        }
        self.state.step += 1;
    }

    /// What the next step reads that a saved state may lack.
    pub(crate) fn lacks(&self) -> Option<&'static str> {
        let Combination { x0_before, anchor, .. } = self.plan.steps().get(self.state.step)?.next;
        let len = self.state.x.len();
        if x0_before != 0.0 && self.state.x0.len() != len {
            return Some("the x0 that its next step reads");
        }
        (anchor != 0.0 && self.state.anchor.len() != len).then_some("the image that its next step reads")
    }
}
