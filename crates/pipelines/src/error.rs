//! What went wrong and what to do next, for whoever stands in front of the screen.

use darkroom_compile::CompileError;
use darkroom_gpu::GpuError;
use darkroom_graph::GraphError;
use darkroom_imaging::Refusal;
use darkroom_kernels::KernelError;
use darkroom_sampling::SamplingError;

/// A pipeline's refusal or failure.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// The manifest is not what Darkroom reads.
    #[error("the model's model.json cannot be used: {0}")]
    Manifest(String),
    /// A diffusion model where a one-pass model is run.
    #[error("this is a diffusion model, which makes images step by step from noise; it cannot enhance in one pass")]
    NotOnePass,
    /// A one-pass model where a diffusion model is run.
    #[error("this is a one-pass model, which does not make images from noise")]
    NotDiffusion,
    /// A network that does not turn one image into another.
    #[error("the network cannot be used on images as it is: {0}")]
    NotImageToImage(String),
    /// A file that the manifest names is not there.
    #[error("the model lacks its file {0}")]
    MissingFile(String),
    /// A file is not the one the manifest was written for.
    #[error("the model's file {name} is damaged or was changed: its SHA-256 is {got}, the manifest says {wanted}")]
    Checksum {
        /// The file.
        name: String,
        /// The hash of what was loaded.
        got: String,
        /// The hash in the manifest.
        wanted: String,
    },
    /// A mask was to be estimated by a model that cannot.
    #[error("this model cannot estimate a mask: its package has no segmenter")]
    NoSegmenter,
    /// The network cannot be read.
    #[error("the network cannot be used: {0}")]
    Graph(#[from] GraphError),
    /// The network cannot be turned into kernels.
    #[error("the network cannot be run: {0}")]
    Compile(#[from] CompileError),
    /// A kernel refused.
    #[error("the network cannot be run: {0}")]
    Kernel(KernelError),
    /// The GPU refused or failed.
    #[error("{0}")]
    Gpu(GpuError),
    /// A tier that is none.
    #[error("there is no tier {name}; there are {known}")]
    Tier {
        /// The name that was given.
        name: String,
        /// The names there are.
        known: String,
    },
    /// The CPU path refused.
    #[error("the network cannot be run on the CPU: {0}")]
    Cpu(String),
    /// The probe run gave other numbers than the model's author saw.
    #[error(
        "a test computation on {backend} gave a wrong answer: {got} where {wanted} is right (value {index} of the probe)"
    )]
    WrongAnswer {
        /// What computed it.
        backend: String,
        /// Which element.
        index: usize,
        /// What it gave.
        got: f32,
        /// What is right.
        wanted: f32,
    },
    /// The image cannot be used.
    #[error("{}", .0.what)]
    Image(Refusal),
    /// The region mask does not fit the image.
    #[error("the mask has {mask:?} voxels, the image {image:?}")]
    Mask {
        /// Grid of the mask.
        mask: [usize; 3],
        /// Grid of the image.
        image: [usize; 3],
    },
    /// A dose outside what the model knows.
    #[error("a dose of {dose} of the standard dose is outside the model's range, {min} to {max}")]
    Dose {
        /// The dose fraction asked for.
        dose: f64,
        /// The smallest the model knows.
        min: f64,
        /// The largest the model knows.
        max: f64,
    },
    /// An integer input that holds something else.
    #[error("the network's input {name} takes whole numbers up to 16 777 216; it was given {value}")]
    NotWhole {
        /// The input's name.
        name: String,
        /// The first value that does not fit.
        value: f32,
    },
    /// The network computed something that is not a number.
    #[error("the network's result holds {0} values that are not numbers")]
    NotFinite(usize),
    /// Sampling cannot begin or go on.
    #[error("{0}")]
    Sampling(#[from] SamplingError),
    /// A sampler that is none.
    #[error("there is no sampler {name}; there are {known}")]
    Sampler {
        /// The name that was given.
        name: String,
        /// The names there are.
        known: String,
    },
    /// A number outside what a model was trained with.
    #[error("{name} is {value}, the model was trained with {range}")]
    Number {
        /// Which number.
        name: String,
        /// What was given.
        value: f64,
        /// What is possible, in words.
        range: String,
    },
    /// A number that a model is not told.
    #[error("there is no {name} to set: the model is told {}", if known.is_empty() { "no numbers" } else { known })]
    NumberName {
        /// The name that was given.
        name: String,
        /// The names there are.
        known: String,
    },
    /// Something asked of a model that it does not do.
    #[error("{0}")]
    Order(&'static str),
    /// The user ended the run.
    #[error("the run was cancelled")]
    Cancelled,
}

impl From<KernelError> for PipelineError {
    fn from(error: KernelError) -> Self {
        match error {
            KernelError::Cancelled => Self::Cancelled,
            error => Self::Kernel(error),
        }
    }
}

impl From<GpuError> for PipelineError {
    fn from(error: GpuError) -> Self {
        match error {
            GpuError::Kernel(error) => error.into(),
            error => Self::Gpu(error),
        }
    }
}

impl PipelineError {
    /// Whether what failed may go well on a GPU that is opened anew: a GPU may be lost at any time, also while nothing
    /// runs. A lack of memory stays.
    #[must_use]
    pub fn needs_another_gpu(&self) -> bool {
        matches!(self, Self::Gpu(error) if !error.is_memory())
    }

    /// What the user can do next.
    #[must_use]
    pub fn next(&self) -> String {
        match self {
            Self::Manifest(_) | Self::MissingFile(_) | Self::Checksum { .. } => {
                "Load the page or fetch the package again; if it happens again, that copy of the model is broken."
            }
            Self::NotOnePass => "Run it with Translate or Generate: `darkroom translate` or `darkroom generate`.",
            Self::NotDiffusion => "Run it with Enhance: `darkroom enhance`.",
            Self::NotImageToImage(_) => {
                "Export it with one image in and one image out; other networks run with `darkroom infer` or the module."
            }
            Self::Graph(_) | Self::Compile(_) | Self::Kernel(_) => "Use another model, or export this one again.",
            Self::Tier { .. } => "Name one of these, or none: then the GPU computes in float32.",
            Self::Cpu(_) => "Run it on a GPU, or use another model.",
            Self::Gpu(_) => "Close other pages that use the GPU and try again, or run on the CPU, which is slower.",
            Self::WrongAnswer { .. } => {
                "Do not use this GPU for images: update the graphics driver or browser, or run on the CPU."
            }
            Self::Image(refusal) => return refusal.next.clone(),
            Self::NoSegmenter => "Give it a label map, or run it without one.",
            Self::Mask { .. } => "Choose the mask that was drawn on this image, or go on without one.",
            Self::Dose { .. } => "Choose a dose inside the range, or leave it out.",
            Self::NotWhole { .. } => "Give whole numbers for this input, such as a time step or a class.",
            Self::NotFinite(_) => "Nothing was kept. Run again on the CPU; if that works, the GPU driver is at fault.",
            Self::Sampler { .. } => "Name one of these, or none: then the model's card says which.",
            Self::Number { .. } => "Choose a value inside the range.",
            Self::NumberName { .. } => "Set only what the model's card names.",
            Self::Sampling(_) => "Change what the sentence names and run again; the model's card says what suits it.",
            Self::Order(_) => "The model's card says what it takes and gives.",
            Self::Cancelled => "Press Enhance to start again.",
        }
        .to_owned()
    }
}
