//! A GPU session as an engine of the module.

use std::ops::ControlFlow;

use darkroom_gpu::Session;
use darkroom_kernels::{Data, Elements};
use darkroom_module::{Engine, ModuleError, Pending, Timing};

/// A network on the GPU, or on the software that stands in for one.
#[derive(Debug)]
pub(crate) struct Gpu(pub(crate) Session);

impl Engine for Gpu {
    fn run<'a>(&'a mut self, inputs: &'a [Data<'a>]) -> Pending<'a, Vec<Elements>> {
        Box::pin(async { self.0.run(inputs, |_| ControlFlow::Continue(())).await.map_err(ModuleError::engine) })
    }

    /// The GPU's own clock times each operation.
    fn profile<'a>(&'a mut self, inputs: &'a [Data<'a>], _: fn() -> f64) -> Pending<'a, Vec<Timing>> {
        Box::pin(async {
            let timings = self.0.profile(inputs).await.map_err(ModuleError::engine)?;
            let timing = |timing: darkroom_gpu::Timing| Timing {
                node: timing.label,
                shader: timing.shader.to_owned(),
                milliseconds: 1e3 * timing.seconds,
                work: Some(timing.work),
            };
            Ok(timings.into_iter().map(timing).collect())
        })
    }
}
