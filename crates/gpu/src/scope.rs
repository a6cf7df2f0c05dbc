//! Driver errors caught while objects are created or commands recorded.

use crate::GpuError;
use std::future::Future;

/// Catches every kind of error from its opening to its closing, with nothing awaited in between:
/// scopes are a stack of the device, which other sessions share.
///
/// The fields are in the order in which they must be taken off that stack.
pub(crate) struct Scope {
    internal: wgpu::ErrorScopeGuard,
    validation: wgpu::ErrorScopeGuard,
    memory: wgpu::ErrorScopeGuard,
}

impl Scope {
    /// Starts catching.
    pub(crate) fn open(device: &wgpu::Device) -> Self {
        let memory = device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let validation = device.push_error_scope(wgpu::ErrorFilter::Validation);
        let internal = device.push_error_scope(wgpu::ErrorFilter::Internal);
        Self { internal, validation, memory }
    }

    /// Stops catching at once; what was caught arrives later. `wanted` bytes are named if memory ran out.
    pub(crate) fn close(self, wanted: u64) -> impl Future<Output = Result<(), GpuError>> {
        let internal = self.internal.pop();
        let validation = self.validation.pop();
        let memory = self.memory.pop();
        async move {
            if memory.await.is_some() {
                return Err(GpuError::OutOfMemory { wanted: wanted.div_ceil(1 << 20) });
            }
            match (validation.await, internal.await) {
                (None, None) => Ok(()),
                (Some(error), _) | (None, Some(error)) => Err(GpuError::Driver(error.to_string())),
            }
        }
    }
}
