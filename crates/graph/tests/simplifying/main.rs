//! What exporters spell out is recognised, whatever reads the values between stays right, and what only looks alike is left.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop")]

mod formulas;
mod model;
mod moves;
