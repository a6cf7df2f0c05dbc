//! Which tier a network is planned for: the one asked for, or the lowest that fits.

use std::sync::Arc;

use darkroom_kernels::Program;

use crate::{Device, GpuError, Session, Tier};

impl Session {
    /// A session of the program that `plan` makes for a tier: the one that the device was opened for if one was asked
    /// for, otherwise the baseline, and half storage where float32 exceeds the device's memory or limits and the device
    /// has it. [`Session::narrowed`] then tells why.
    ///
    /// # Errors
    /// What `plan` says, and as [`Session::new`]; where neither tier fits, of half storage.
    pub async fn fitting<E: From<GpuError>>(
        device: &Arc<Device>,
        plan: impl Fn(Tier) -> Result<Program, E>,
    ) -> Result<Self, E> {
        let tier = device.tier();
        match Self::new(device, plan(tier)?).await {
            Err(error) if error.is_memory() && device.forced().is_none() && device.info().tier >= Tier::Half => {
                let session = Self::new(device, plan(Tier::Half)?).await?;
                Ok(session.narrowed_for(&error))
            }
            made => Ok(made?),
        }
    }
}
