//! The diffusion pipeline: an image, encoded; noise, denoised step by step; the result, decoded.
//!
//! Three graphs at most. The *encoder* turns what is given (slices, a dose) into the condition; the *denoiser* is asked
//! at every step; the *decoder* turns the clean x into an image. A latent model has all three or the last two, a
//! wavelet model's decoder is the inverse transform, a model of pixels has the denoiser alone. When to ask and what to
//! do with the answer is `darkroom_sampling`'s business.

mod choice;
mod generation;
mod generator;
mod manifest;
mod package;
mod probe;
mod record;
mod slices;
mod source;
mod stage;

pub use choice::Choice;
pub use generation::Generation;
pub use generator::{Generator, Given, Order};
pub use manifest::{
    Condition, Decoder, Denoiser, DiffusionManifest, DiffusionPipeline, Encoder, Figure, OutputScale, Produced, Sample,
};
pub use package::DiffusionPackage;
pub use probe::DiffusionProbe;
pub use record::RunRecord;
pub use slices::{SliceWatch, Translated};
pub use source::{Source, cropped, seed_of};
