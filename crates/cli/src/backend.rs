//! `--backend`: which processor computes.

use darkroom_gpu::{Device, Options};
use darkroom_pipelines::{Backend, PipelineError};

/// The choice on the command line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum BackendChoice {
    /// The GPU through Vulkan, Metal or Direct3D 12.
    #[default]
    Gpu,
    /// The CPU, by Burn on one thread: slower, and independent of the kernels.
    Cpu,
}

impl BackendChoice {
    /// Opens it. There is no silent fallback: a missing GPU is an error that names the other choice.
    pub(crate) async fn open(self) -> Result<Backend, PipelineError> {
        match self {
            Self::Gpu => Ok(Backend::Gpu(Device::open(&Options::default()).await?)),
            Self::Cpu => Ok(Backend::cpu()),
        }
    }
}
