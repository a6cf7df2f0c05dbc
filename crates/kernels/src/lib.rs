//! The kernels of Darkroom: for each shader in `shaders/` the host's half and the plain-Rust twin.
//!
//! A [`Kernel`] has its shapes fixed when it is made. [`Program`] strings kernels together; the GPU
//! session and the CPU executor run the same program.

mod error;
mod kernel;
mod key;
mod program;

pub use error::KernelError;
pub use kernel::{Binding, Data, Element, Kernel, Step};
pub use key::Key;
pub use program::{Constant, Operation, Port, Program, Source};
