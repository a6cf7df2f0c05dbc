//! The GPU, opened once for all sessions of a page or worker, so that they share its compiled pipelines.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use darkroom_gpu::{Device, GpuError, Options, Tier};

/// What was asked for: whether the software adapter, and which tier.
type Wish = (bool, Option<Tier>);

thread_local! {
    static OPENED: RefCell<HashMap<Wish, Arc<Device>>> = RefCell::default();
}

/// The open GPU, or the software adapter if `software`, at a tier if one is asked for; another one where the last was
/// lost.
///
/// # Errors
/// There is none, or it lacks the tier.
pub(crate) async fn open(software: bool, tier: Option<Tier>) -> Result<Arc<Device>, GpuError> {
    let opened = OPENED.with_borrow(|opened| opened.get(&(software, tier)).cloned());
    if let Some(device) = opened.filter(|device| device.alive().is_ok()) {
        return Ok(device);
    }
    let device = Device::open(&Options { software, tier, ..Options::default() }).await?;
    OPENED.with_borrow_mut(|opened| opened.insert((software, tier), Arc::clone(&device)));
    Ok(device)
}
