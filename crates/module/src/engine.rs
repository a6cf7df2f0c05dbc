//! What computes, as a session sees it.

use std::fmt::Debug;
use std::pin::Pin;

use darkroom_kernels::{Data, Elements};

use crate::ModuleError;

/// An answer to come.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, ModuleError>> + 'a>>;

/// A planned network with all that its runs need. Inputs and outputs come in the order of its plan.
pub trait Engine: Debug {
    /// Runs once.
    fn run<'a>(&'a mut self, inputs: &'a [Data<'a>]) -> Pending<'a, Vec<Elements>>;

    /// Runs once and times each operation; `now` gives milliseconds.
    fn profile<'a>(&'a mut self, inputs: &'a [Data<'a>], now: fn() -> f64) -> Pending<'a, Vec<Timing>>;
}

/// Time of one operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Timing {
    /// The ONNX node it came from.
    pub node: String,
    /// The kernel's name, or the operator's where it has none of its own.
    pub shader: String,
    /// Milliseconds.
    pub milliseconds: f64,
    /// Multiply-adds or element operations, where they are known.
    pub work: Option<u64>,
}
