//! An allocator that knows the most memory that was ever in use, so that a test can bound it.

#![allow(unsafe_code, reason = "an allocator is unsafe by its trait; this one only counts and passes on")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// The system's allocator with a count of bytes. A single request above [`LARGEST`] fails, as it
/// would in a browser.
pub(crate) struct Counting;

/// The largest single request that is granted.
const LARGEST: usize = 2 << 30;

/// Which made-up model is being tried.
pub(crate) static ROUND: AtomicU64 = AtomicU64::new(0);

static IN_USE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every request goes to the system's allocator with its own layout, or fails with null.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.size() > LARGEST {
            // The process ends here, so this is the last chance to say where. Nothing of it allocates.
            let (round, bytes) = (ROUND.load(Ordering::Relaxed), layout.size());
            drop(writeln!(std::io::stderr(), "round {round} asks for {bytes} bytes at once"));
            return std::ptr::null_mut();
        }
        let used = IN_USE.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        PEAK.fetch_max(used, Ordering::Relaxed);
        // SAFETY: the caller's layout is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        IN_USE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the pointer came from the system's allocator with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// The most bytes that `work` had in use at once beyond those in use before, and its result.
pub(crate) fn peak<T>(work: impl FnOnce() -> T) -> (usize, T) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock();
    let before = IN_USE.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    let result = work();
    (PEAK.load(Ordering::Relaxed).saturating_sub(before), result)
}
