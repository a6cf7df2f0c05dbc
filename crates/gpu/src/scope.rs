//! Driver errors caught while objects are created or commands recorded.

use crate::GpuError;

/// Catches every kind of error from its opening to its closing.
pub(crate) struct Scope {
    memory: wgpu::ErrorScopeGuard,
    validation: wgpu::ErrorScopeGuard,
    internal: wgpu::ErrorScopeGuard,
}

impl Scope {
    /// Starts catching.
    pub(crate) fn open(device: &wgpu::Device) -> Self {
        Self {
            memory: device.push_error_scope(wgpu::ErrorFilter::OutOfMemory),
            validation: device.push_error_scope(wgpu::ErrorFilter::Validation),
            internal: device.push_error_scope(wgpu::ErrorFilter::Internal),
        }
    }

    /// Stops catching. `wanted` bytes are named if memory ran out.
    pub(crate) async fn close(self, wanted: u64) -> Result<(), GpuError> {
        let internal = self.internal.pop();
        let validation = self.validation.pop();
        let memory = self.memory.pop();
        if memory.await.is_some() {
            return Err(GpuError::OutOfMemory { wanted: wanted.div_ceil(1 << 20) });
        }
        match (validation.await, internal.await) {
            (None, None) => Ok(()),
            (Some(error), _) | (None, Some(error)) => Err(GpuError::Driver(error.to_string())),
        }
    }
}
