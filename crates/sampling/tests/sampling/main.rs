//! Samplers against diffusers, against priors whose denoiser is known exactly, and against what must be refused.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "a failing test should stop where it fails")]

mod empirical;
mod gaussian;
mod goldens;
mod inpainting;
mod prior;
mod refusals;
mod schedules;
mod stepping;
mod support;
