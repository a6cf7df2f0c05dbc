//! The GPU, opened once for all sessions of a page or worker, so that they share its compiled pipelines.

use std::cell::RefCell;
use std::sync::Arc;

use darkroom_gpu::{Device, GpuError, Options};

thread_local! {
    /// The adapter the browser prefers, and the software adapter.
    static OPENED: RefCell<[Option<Arc<Device>>; 2]> = const { RefCell::new([None, None]) };
}

/// The open GPU, or the software adapter if `software`; another one where the last was lost.
///
/// # Errors
/// There is none.
pub(crate) async fn open(software: bool) -> Result<Arc<Device>, GpuError> {
    let place = usize::from(software);
    let opened = OPENED.with_borrow(|opened| opened[place].clone());
    if let Some(device) = opened.filter(|device| device.alive().is_ok()) {
        return Ok(device);
    }
    let device = Device::open(&Options { software, ..Options::default() }).await?;
    OPENED.with_borrow_mut(|opened| opened[place] = Some(Arc::clone(&device)));
    Ok(device)
}
