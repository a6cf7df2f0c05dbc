//! How long each stage of a run took.

use web_time::Instant;

/// A watch that is read at the end of each stage.
pub(super) struct Clock {
    last: Instant,
    /// Seconds a stage, in order.
    pub(super) laps: Vec<(String, f64)>,
}

impl Clock {
    pub(super) fn start() -> Self {
        Self { last: Instant::now(), laps: Vec::new() }
    }

    pub(super) fn lap(&mut self, stage: &str) {
        let now = Instant::now();
        self.laps.push((stage.to_owned(), (now - self.last).as_secs_f64()));
        self.last = now;
    }
}
