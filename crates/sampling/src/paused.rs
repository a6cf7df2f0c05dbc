//! A run as it is saved: with everything that going on needs.

use serde::{Deserialize, Serialize};

use crate::error::{finite, length};
use crate::{Diffusion, Known, Philox, Plan, Run, SamplingError, Settings, State};

/// A paused run. Float32 values are saved as their bits, so a resumed run gives the same image, bit for bit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Paused {
    /// The card.
    pub card: Diffusion,
    /// The settings.
    pub settings: Settings,
    /// The seed's noise.
    pub noise: Philox,
    /// The known part, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<Known>,
    /// Where the run is.
    pub state: State,
}

impl Run<Philox> {
    /// The run as it is saved. The states kept for going back are not.
    #[must_use]
    pub fn pause(&self) -> Paused {
        Paused {
            card: self.plan.card().clone(),
            settings: self.plan.settings().clone(),
            noise: self.noise,
            known: self.known.clone(),
            state: self.state.clone(),
        }
    }
}

impl Paused {
    /// The run again, where it was.
    ///
    /// # Errors
    /// A card and settings that give no plan, a state that is none of this plan's.
    pub fn resume(self) -> Result<Run<Philox>, SamplingError> {
        let Self { card, settings, noise, known, state } = self;
        let plan = Plan::new(&card, &settings)?;
        let refuse = |reason: String| Err(SamplingError::State(reason));
        if known.is_some() != settings.inpaint.is_some() {
            return refuse("its known image is missing or not asked for".to_owned());
        }
        if state.step > plan.steps().len() {
            return refuse(format!("it is at step {} of {}", state.step, plan.steps().len()));
        }
        let len = state.x.len();
        for (what, values) in [("the predicted image", &state.x0), ("the kept image", &state.anchor)] {
            length(what, if values.is_empty() { len } else { values.len() }, len)?;
        }
        if let Some(known) = &known {
            length("the known image", known.len(), len)?;
        }
        finite("the saved image", state.step, &state.x)?;
        let run = Run::at(plan, noise, known, state);
        match run.lacks() {
            Some(what) => refuse(format!("it lacks {what}")),
            None => Ok(run),
        }
    }
}
