//! The diffusion pipeline on the packages of the goldens, against diffusers and against what a user may ask of it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod golden;
mod lost;
mod numbers;
mod record;
mod sampling;
mod start;
