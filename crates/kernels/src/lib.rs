//! The kernels of Darkroom: for each shader in `shaders/` the host's half and the plain-Rust twin.
//!
//! A [`Kernel`] has its shapes fixed when it is made. [`Program`] strings kernels together; the GPU
//! session and the CPU executor run the same program.

pub mod attention;
pub mod conv;
pub mod conv_transpose;
pub mod copy;
pub mod cumsum;
pub mod denoise;
pub mod det;
pub mod gather;
pub mod grid_sample;
pub mod haar;
pub mod indexed;
pub mod layer_norm;
pub mod lrn;
pub mod matmul;
pub mod nll;
pub mod noise;
pub mod norm_apply;
pub mod norm_combine;
pub mod norm_stats;
pub mod one_hot;
pub mod pad;
pub mod pointwise;
pub mod pool;
pub mod recurrent;
pub mod reduce;
pub mod resample;
pub mod resize;
pub mod roi_align;
pub mod rotary;
pub mod sampling;
pub mod scatter;
pub mod scatter_reduce;
pub mod softmax;
pub mod topk;
pub mod trilu;

mod activation;
mod check;
mod elements;
mod error;
mod grid;
mod kernel;
mod key;
mod program;
mod run;
mod source;
mod strided;
mod tier;
mod twin;
mod weights;
mod width;

pub use activation::Activation;
pub use elements::{Data, Element, Elements};
pub use error::KernelError;
pub use kernel::{Binding, Kernel, Step};
pub use key::Key;
pub use program::{Operation, Place, Placed, Port, Program, Source};
pub use source::{keys, source, with_shared};
pub use strided::RANK;
pub use tier::Tier;
pub use weights::{Arrangement, Codes, Rows, WeightKind, Weights};
pub use width::{LARGEST_HALF, Narrow, Width, is_beyond_half, narrow, widened};
