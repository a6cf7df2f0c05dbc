//! The shipped package, checked and run by the kernels' CPU twins.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod border;
mod ct;
mod enhance;
mod package;
mod recovery;
mod segmenter;
mod support;
