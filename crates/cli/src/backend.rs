//! `--backend` and `--tier`: which processor computes, and at which tier.

use darkroom_gpu::{Device, Options, Tier};
use darkroom_pipelines::{Backend, PipelineError};

/// What computes.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Processor {
    /// What computes.
    #[arg(long, value_enum, default_value_t)]
    backend: BackendChoice,
    /// Run the GPU at this tier: float32, float16 storage, or that with subgroups. By default float32, and float16
    /// storage only where float32 does not fit.
    #[arg(long, value_parser = tier, value_name = "baseline|half|subgroups")]
    tier: Option<Tier>,
}

/// The choice on the command line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum BackendChoice {
    /// The GPU through Vulkan, Metal or Direct3D 12.
    #[default]
    Gpu,
    /// The CPU, by Burn on one thread: slower, and independent of the kernels.
    Cpu,
}

/// The tier of that name.
pub(crate) fn tier(name: &str) -> Result<Tier, String> {
    let known = || Tier::ALL.map(Tier::name).join(", ");
    Tier::named(name).ok_or_else(|| format!("there is no such tier; there are {}", known()))
}

impl Processor {
    /// Opens it. There is no silent fallback: a missing GPU or tier is an error that names the other choices.
    pub(crate) async fn open(self) -> Result<Backend, PipelineError> {
        match self.backend {
            BackendChoice::Gpu => {
                Ok(Backend::Gpu(Device::open(&Options { tier: self.tier, ..Options::default() }).await?))
            }
            BackendChoice::Cpu if self.tier.is_some() => {
                Err(PipelineError::Cpu("it has no tiers; leave out --tier".to_owned()))
            }
            BackendChoice::Cpu => Ok(Backend::cpu()),
        }
    }
}
