//! Why the GPU cannot run something, in sentences.

use darkroom_kernels::{KernelError, Tier};

/// A refusal or failure of the GPU.
#[derive(Debug, thiserror::Error)]
pub enum GpuError {
    /// The browser or the system offers no GPU.
    #[error("no GPU can be used here ({0}); update the browser or the graphics driver, or run on the CPU")]
    NoAdapter(String),
    /// The GPU was found but cannot be opened.
    #[error("the GPU {name} cannot be opened: {reason}")]
    NoDevice {
        /// The adapter's name.
        name: String,
        /// The driver's words.
        reason: String,
    },
    /// The adapter lacks the tier that was asked for.
    #[error("the GPU {name} does not have the tier {}; its highest is {}", .wanted.name(), .offered.name())]
    NoTier {
        /// The adapter's name.
        name: String,
        /// The tier asked for.
        wanted: Tier,
        /// The highest tier it has.
        offered: Tier,
    },
    /// A number did not fit float16 storage.
    #[error(
        "numbers above 65504 arose, which float16 storage does not hold, so the result is wrong; run the network at the \
         tier baseline"
    )]
    Beyond,
    /// The GPU was reset, unplugged or taken away by the system.
    #[error("the GPU was lost ({0}); load the model again, or run on the CPU")]
    Lost(String),
    /// An allocation failed.
    #[error("the GPU has too little memory: {wanted} MB were asked for; use smaller tiles or close other pages")]
    OutOfMemory {
        /// What the session needs, megabytes.
        wanted: u64,
    },
    /// A tensor is larger than the GPU lets a shader see.
    #[error("node {node}: {binding} has {bytes} bytes, this GPU binds at most {limit}; use smaller tiles")]
    BindingTooLarge {
        /// The ONNX node.
        node: String,
        /// The tensor's name in the shader.
        binding: &'static str,
        /// Size wanted.
        bytes: u64,
        /// Size allowed.
        limit: u64,
    },
    /// A buffer is larger than the GPU allocates at once.
    #[error("{what} needs {bytes} bytes, this GPU allocates at most {limit} at once; use smaller tiles")]
    BufferTooLarge {
        /// What the buffer would hold.
        what: &'static str,
        /// Size wanted.
        bytes: u64,
        /// Size allowed.
        limit: u64,
    },
    /// A program that contradicts itself.
    #[error("node {node}: {reason}")]
    Plan {
        /// The ONNX node.
        node: String,
        /// The contradiction.
        reason: String,
    },
    /// The driver refused a shader or a command.
    #[error("the GPU driver refused the work: {0}")]
    Driver(String),
    /// Timings were asked of a GPU that takes none.
    #[error("this GPU offers no timestamps, so single operations cannot be timed")]
    NoTimestamps,
    /// A kernel's refusal, a wrong input, or a cancelled run.
    #[error(transparent)]
    Kernel(#[from] KernelError),
}

impl GpuError {
    /// Whether a plan that takes less memory, or cuts it into smaller buffers, may cure it.
    #[must_use]
    pub fn is_memory(&self) -> bool {
        matches!(self, Self::OutOfMemory { .. } | Self::BindingTooLarge { .. } | Self::BufferTooLarge { .. })
    }
}
