//! The diffusion pipeline: an image, encoded; noise, denoised step by step; the result, decoded.
//!
//! Four graphs at most. The *encoder* turns what is given (slices, a dose) into the condition; the *denoiser* is asked
//! at every step; the *decoder* turns the clean x into an image, the *image encoder* an image to start from into x. A
//! latent model has the middle two at least, a wavelet model's decoder is the inverse transform, a model of pixels has
//! the denoiser alone. When to ask and what to do with the answer is `darkroom_sampling`'s business.

mod checkpoint;
mod choice;
mod decoding;
mod generation;
mod generator;
mod manifest;
mod numbers;
mod package;
mod parts;
mod probe;
mod reach;
mod record;
mod slices;
mod source;
mod stage;
mod start;
mod start_slice;
mod start_volume;

pub use checkpoint::Checkpoint;
pub use choice::{Choice, FromImage};
pub use generation::Generation;
pub use generator::{Generator, Given, Order};
pub use manifest::{
    Condition, Decoder, DecoderTile, Denoiser, DiffusionManifest, DiffusionPipeline, Encoder, Figure, ImageEncoder,
    OutputScale, Produced, Sample,
};
pub use numbers::{Number, Numbers};
pub use package::DiffusionPackage;
pub use probe::DiffusionProbe;
pub use record::{RunRecord, StartRecord};
pub use slices::{SliceWatch, Translated, Translation};
pub use source::{Source, check_seeds, cropped, seed_of};
pub use start::StartImage;
pub use start_slice::StartSlice;
pub use start_volume::StartVolume;
