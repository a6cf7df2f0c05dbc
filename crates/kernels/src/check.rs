//! Preconditions that several kernels share.

use crate::{Binding, KernelError};

/// The largest number of elements of one tensor: shaders index with 32-bit integers, signed in places.
const MAX_ELEMENTS: usize = 1 << 31;

/// Refuses an empty binding, and one whose elements a 32-bit index cannot count.
pub(crate) fn sizes(kernel: &'static str, layout: &[Binding]) -> Result<(), KernelError> {
    for binding in layout {
        let elements = binding.shape.iter().try_fold(1_usize, |product, &size| product.checked_mul(size));
        match elements {
            Some(0) => {
                let reason = format!("{} is empty, its shape is {:?}", binding.name, binding.shape);
                return Err(KernelError::unsupported(kernel, reason));
            }
            Some(1..MAX_ELEMENTS) => {}
            _ => {
                let reason = format!(
                    "{} has the shape {:?}, a tensor may have at most {} elements",
                    binding.name,
                    binding.shape,
                    MAX_ELEMENTS - 1
                );
                return Err(KernelError::unsupported(kernel, reason));
            }
        }
    }
    Ok(())
}

/// Refuses when `holds` is false.
pub(crate) fn require(kernel: &'static str, holds: bool, reason: impl FnOnce() -> String) -> Result<(), KernelError> {
    if holds { Ok(()) } else { Err(KernelError::unsupported(kernel, reason())) }
}

/// The widest convolution kernel whose row of taps fits the shaders' staged weights.
const MAX_WIDTH: usize = 128;

/// Refuses a convolution kernel that is too wide.
pub(crate) fn width(kernel: &'static str, width: usize) -> Result<(), KernelError> {
    require(kernel, width <= MAX_WIDTH, || format!("a kernel {width} wide, at most {MAX_WIDTH} is possible"))
}
