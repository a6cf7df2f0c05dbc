//! Runs programs of kernels on a GPU, natively and in a browser.
//!
//! [`Device::open`] finds the GPU; [`Session::new`] creates everything a program needs;
//! [`Session::run`] then only uploads, dispatches and reads back. Nothing here knows an operator: it
//! sees a [`darkroom_kernels::Program`], and the same program runs on the CPU with `run_cpu`.
//!
//! No async runtime is needed: `pollster` drives the futures natively, the browser's own event loop
//! on the web.

mod adapter;
mod device;
mod error;
mod fit;
mod limits;
mod pipelines;
mod profile;
mod run;
mod scope;
mod session;
mod signal;

pub use adapter::AdapterInfo;
pub use darkroom_kernels::Tier;
pub use device::{Device, Options};
pub use error::GpuError;
pub use profile::Timing;
pub use session::{Memory, Session};
