//! What the page says of samples.

use darkroom_messages::Look;

use super::super::{Engine, State};
use super::{Session, Shown, Task};

/// What a look shows, in words.
#[must_use]
pub fn look_name(look: Look) -> &'static str {
    match look {
        Look::Clean => "Predicted image",
        Look::Noisy => "Noisy image",
        Look::Noise => "Predicted noise",
    }
}

/// A sampler's name as the field writes it.
#[must_use]
pub fn sampler_name(kind: &str) -> &str {
    match kind {
        "ddpm" => "DDPM",
        "ddim" => "DDIM",
        "dpm-solver" => "DPM-Solver++ 2M",
        "heun" => "Heun (EDM)",
        "renoise" => "Re-noising",
        "adversarial" => "Adversarial posterior",
        "langevin" => "Annealed Langevin",
        "predictor-corrector" => "Predictor-corrector",
        other => other,
    }
}

/// Where the sample under way is; empty without one.
#[must_use]
pub fn step_words(state: &State) -> String {
    let Some(session) = &state.denoising.session else { return String::new() };
    let Session { wish, sample, step, steps, .. } = session;
    let of =
        if wish.samples > 1 { format!("Sample {} of {} \u{b7} ", sample + 1, wish.samples) } else { String::new() };
    let seed = u64::from(wish.seed) + *sample as u64;
    let place = if *steps == 0 { "preparing".to_owned() } else { format!("step {step} of {steps}") };
    let done = if session.finished() { " \u{b7} done" } else { "" };
    format!("{of}Seed {seed} \u{b7} {place}{done}")
}

/// What is shown large, for the eye and the ear.
#[must_use]
pub fn place_words(state: &State) -> String {
    let denoising = &state.denoising;
    let sample = |at: usize| denoising.gallery.get(at).map(|sample| sample.seed);
    match denoising.shown {
        Shown::Now => match denoising.session.as_ref().and_then(|session| session.now.as_ref()) {
            Some((look, _)) => look_name(*look).to_owned(),
            None => look_name(Look::Clean).to_owned(),
        },
        Shown::Sample(at) => sample(at).map(|seed| format!("Seed {seed}")).unwrap_or_default(),
        Shown::Mean => format!("Mean of {}", denoising.gallery.len()),
        Shown::Spread => format!("Spread of {}", denoising.gallery.len()),
    }
}

/// Why a sample cannot begin; empty where it can.
#[must_use]
pub fn start_words(state: &State) -> String {
    if let Some(misfit) = state.denoiser_misfit().filter(|_| state.task == Task::Translate) {
        return misfit;
    }
    match &state.engine {
        _ if state.denoising.task() != Some(state.task) => "",
        _ if state.task == Task::Translate && state.study.is_none() => "Open a series first.",
        _ if state.opening.is_some() => "An image is being opened…",
        _ if state.letting_go => "Cancelled. The engine is finishing its last step…",
        Engine::Starting => "The engine is being prepared and checked…",
        Engine::Ready(backend) if backend.slow => "Without a real GPU a slice takes seconds and a volume minutes.",
        _ => "",
    }
    .to_owned()
}
