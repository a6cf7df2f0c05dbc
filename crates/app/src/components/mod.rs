//! The components. Each shows a part of the state and sends events; none decides anything.

#![allow(
    missing_docs,
    reason = "a component's properties become fields of a struct that leptos writes; they are documented by name"
)]

pub mod alert;
pub mod card;
pub mod choices;
pub mod denoise;
pub mod difference;
pub mod dose;
pub mod engine;
pub mod header;
pub mod help;
pub mod intake;
pub mod keys;
pub mod legend;
pub mod mask;
pub mod measure;
pub mod model;
pub mod own_model;
pub mod page;
pub mod plane;
pub mod pointer;
pub mod proof;
pub mod readout;
pub mod result;
pub mod run;
pub mod series;
pub mod stage;
pub mod suv;
pub mod swipe;
pub mod thinning;
pub mod toolbar;

pub use page::Page;
