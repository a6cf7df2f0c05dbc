//! From a card and settings to the list of steps.

use serde::{Deserialize, Serialize};

use crate::descent::{Descent, arithmetic};
use crate::error::setting;
use crate::{Combination, Ddim, Diffusion, End, Guidance, Level, Sampler, SamplingError, Spacing, Step, posterior};

/// The most evaluations of the network in one run, enough for every timestep of the longest schedule.
const MOST_EVALUATIONS: usize = 100_001;

/// How a model is sampled: with the card, the seed and the conditions all that is needed to make an image again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// The sampler.
    pub sampler: Sampler,
    /// Noise levels visited; some samplers evaluate the network more than once at each.
    pub steps: usize,
    /// Which levels these are.
    #[serde(default)]
    pub spacing: Spacing,
    /// Guidance; every evaluation then is a batch of two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guidance: Option<Guidance>,
    /// What the run starts from.
    #[serde(default)]
    pub start: Start,
    /// Whether a part of the image is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inpaint: Option<Inpaint>,
}

/// What a run starts from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "kebab-case")]
pub enum Start {
    /// Noise alone.
    #[default]
    Noise,
    /// An image, noised; the levels above its noise are left out.
    Image {
        /// The share of the steps that is taken, above 0 and up to 1.
        strength: f64,
    },
}

/// How a known part is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inpaint {
    /// How often each step is taken, its noise put back in between, so that new and known parts grow together
    /// (Lugmayr et al. 2022, algorithm 1); 1 takes each once.
    pub repeats: usize,
}

impl Settings {
    /// A sampler with so many steps, from noise.
    #[must_use]
    pub fn new(sampler: Sampler, steps: usize) -> Self {
        let (spacing, start) = (Spacing::default(), Start::Noise);
        Self { sampler, steps, spacing, guidance: None, start, inpaint: None }
    }

    /// DDIM without fresh noise.
    #[must_use]
    pub fn ddim(steps: usize) -> Self {
        Self::new(Sampler::Ddim(Ddim::default()), steps)
    }
}

/// The steps of a run, made of a card and settings that go together.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    card: Diffusion,
    settings: Settings,
    start: [f64; 2],
    steps: Vec<Step>,
}

impl Plan {
    /// Plans a run.
    ///
    /// # Errors
    /// Whatever in the card or the settings contradicts itself or each other, in a sentence.
    pub fn new(card: &Diffusion, settings: &Settings) -> Result<Self, SamplingError> {
        let schedule = card.schedule()?;
        if let Some(guidance) = settings.guidance {
            guidance.check()?;
        }
        let mut levels = settings.spacing.levels(&schedule, settings.steps)?;
        let exploding = schedule.exploding().is_some();
        let mut start = [0.0, if exploding { levels[0].noise } else { 1.0 }];
        if let Start::Image { strength } = settings.start {
            setting("the strength", strength, strength > 0.0 && strength <= 1.0, "above 0 and at most 1")?;
            let taken = ((levels.len() as f64 * strength) as usize).max(1);
            levels.drain(..levels.len() - taken);
            start = [levels[0].signal, levels[0].noise];
        }
        levels.push(match card.end {
            End::Clean => Level::CLEAN,
            End::FirstTimestep => schedule.levels()[0],
        });
        let recipe = settings.sampler.recipe();
        let repeats = settings.inpaint.map_or(1, |inpaint| inpaint.repeats);
        affordable(levels.len().saturating_mul(recipe.evaluations()).saturating_mul(repeats))?;
        let mut steps = recipe.steps(&Descent { card, levels: levels.clone(), exploding })?;
        if let Some(Inpaint { repeats }) = settings.inpaint {
            setting("repeats", repeats as f64, (1..=1000).contains(&repeats), "1 to 1000")?;
            if repeats > 1 {
                if !recipe.repeatable() {
                    let reason = "its steps cannot be repeated; use ddpm, ddim or renoise, or 1 repeat";
                    return Err(SamplingError::Sampler(reason.to_owned()));
                }
                steps = repeat(steps, levels[0], repeats);
            }
        }
        Ok(Self { card: card.clone(), settings: settings.clone(), start, steps })
    }

    /// The card it was made of.
    #[must_use]
    pub fn card(&self) -> &Diffusion {
        &self.card
    }

    /// The settings it was made of.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The first x as factors of (a given image, noise).
    #[must_use]
    pub fn start(&self) -> [f64; 2] {
        self.start
    }

    /// The steps in order.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Network evaluations of the whole run; with guidance each is a batch of two.
    #[must_use]
    pub fn evaluations(&self) -> usize {
        self.steps.iter().filter(|step| step.evaluate.is_some()).count()
    }
}

/// Refuses a plan that would fill the memory and never end.
fn affordable(evaluations: usize) -> Result<(), SamplingError> {
    if evaluations <= MOST_EVALUATIONS {
        return Ok(());
    }
    let reason = format!(
        "it would evaluate the network up to {evaluations} times; choose fewer steps or repeats, at most \
         {MOST_EVALUATIONS} in all"
    );
    Err(SamplingError::Sampler(reason))
}

/// Each step `repeats` times, its noise put back before it is taken again.
fn repeat(steps: Vec<Step>, mut from: Level, repeats: usize) -> Vec<Step> {
    let mut all = Vec::new();
    for step in steps {
        let to = step.to;
        let x = from.signal / to.signal;
        let back = Combination { x, noise: posterior(from, to).large.sqrt(), ..Combination::default() };
        for _ in 1..repeats {
            all.push(step.clone());
            all.push(arithmetic(back, from));
        }
        all.push(step);
        from = to;
    }
    all
}
