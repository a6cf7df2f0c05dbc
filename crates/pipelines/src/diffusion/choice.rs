//! What a user chooses of a diffusion model; the rest is as its card says.

use std::collections::BTreeMap;

use darkroom_sampling::{Guidance, Inpaint, Plan, Sampler, Settings, Start};
use serde_json::json;

use super::{DiffusionManifest, Order};
use crate::PipelineError;

/// The kinds of sampler, by the names that a manifest has for them.
const SAMPLERS: [&str; 8] =
    ["ddpm", "ddim", "dpm-solver", "heun", "renoise", "adversarial", "langevin", "predictor-corrector"];

/// The share of the steps that is taken from an image where nothing else is said.
const STRENGTH: f64 = 0.5;

/// How an image to start from is used.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FromImage {
    /// The share of the steps that is taken, above 0 and up to 1: the more, the less of the image is left. Without it
    /// one half, or, where a mask keeps a part of the image, noise alone in the masked part.
    pub strength: Option<f64>,
    /// Whether a mask says what is made anew.
    pub masked: bool,
    /// How often each step is taken where a mask is, so that what is new fits what is kept; without it once.
    pub repeats: Option<usize>,
}

/// A user's choice: what is `None` is as the model's card says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Choice {
    /// The seed; the same seed gives the same image.
    pub seed: u32,
    /// Noise levels visited.
    pub steps: Option<usize>,
    /// The sampler's kind, with its usual numbers.
    pub sampler: Option<String>,
    /// Strength of guidance: 1 is the condition alone, more exaggerates it.
    pub guidance: Option<f64>,
    /// The class, by name or number, of a model that knows classes.
    pub class: Option<String>,
    /// Numbers that the model is told, by name.
    pub numbers: BTreeMap<String, f64>,
    /// How an image is started from, if one is.
    pub start: Option<FromImage>,
}

impl Choice {
    /// The order of the first sample. Whether the model allows it is said by [`super::Generator::begin`].
    ///
    /// # Errors
    /// A sampler of a name that none has, repeats without a mask.
    pub fn order(&self, manifest: &DiffusionManifest) -> Result<Order, PipelineError> {
        let mut settings = manifest.pipeline.sampling.clone();
        if let Some(name) = &self.sampler
            && *name != kind(settings.sampler)
        {
            settings.sampler = sampler(name)?;
        }
        if let Some(steps) = self.steps {
            settings.steps = steps;
        }
        if let Some(scale) = self.guidance {
            let rescale = settings.guidance.map_or(0.0, |guidance| guidance.rescale);
            // 1 changes nothing, so the second half of the batch is spared.
            settings.guidance = (scale != 1.0).then_some(Guidance { scale, rescale });
        }
        if let Some(FromImage { strength, masked, repeats }) = self.start {
            let alone = (!masked).then_some(STRENGTH);
            settings.start = strength.or(alone).map_or(Start::Noise, |strength| Start::Image { strength });
            settings.inpaint = masked.then(|| Inpaint { repeats: repeats.unwrap_or(1) });
            if repeats.is_some() && !masked {
                return Err(PipelineError::Order("steps are repeated to fit a masked part into the rest; give a mask"));
            }
        }
        Ok(Order { settings, seed: u64::from(self.seed), class: self.class.clone(), numbers: self.numbers.clone() })
    }
}

impl DiffusionManifest {
    /// The sampler's kind that the card names.
    #[must_use]
    pub fn sampler(&self) -> String {
        kind(self.pipeline.sampling.sampler)
    }

    /// The kinds of sampler that go with the model, in as many steps as its card says.
    #[must_use]
    pub fn samplers(&self) -> Vec<&'static str> {
        let goes = |name: &str| {
            let settings = sampler(name).map(|sampler| Settings { sampler, ..self.pipeline.sampling.clone() });
            settings.is_ok_and(|settings| Plan::new(&self.pipeline.diffusion, &settings).is_ok())
        };
        let own = self.sampler();
        SAMPLERS.into_iter().filter(|name| *name == own || goes(name)).collect()
    }
}

fn sampler(name: &str) -> Result<Sampler, PipelineError> {
    serde_json::from_value(json!({ "kind": name }))
        .map_err(|_| PipelineError::Sampler { name: name.to_owned(), known: SAMPLERS.join(", ") })
}

/// A sampler's kind without its numbers.
fn kind(sampler: Sampler) -> String {
    let json = serde_json::to_value(sampler).unwrap_or_default();
    json["kind"].as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_sampler_has_a_name_and_no_other_name_has_one() {
        for name in SAMPLERS {
            assert_eq!(kind(sampler(name).unwrap()), name);
        }
        let error = sampler("magic").unwrap_err().to_string();
        assert!(error.contains("sampler magic") && error.contains("dpm-solver"), "{error}");
    }
}
