//! What the page hears of a run that goes on.

use std::ops::ControlFlow;

use darkroom_messages::FromWorker;
use darkroom_pipelines::Progress;
use js_sys::Date;

use crate::clock::seconds_left;
use crate::engine::Bench;
use crate::post::post;

/// Progress is told at most so often, in milliseconds: more would only keep the page busy.
const TELL_EVERY: f64 = 80.0;

/// Tells the page of a run, and the run of the page's cancellation.
pub(crate) struct Teller<'a> {
    bench: &'a Bench,
    start: f64,
    told: f64,
    stage: String,
}

impl<'a> Teller<'a> {
    /// A teller of a run that begins now and is not cancelled.
    pub(crate) fn new(bench: &'a Bench) -> Self {
        bench.cancelled.set(false);
        Self { bench, start: Date::now(), told: 0.0, stage: String::new() }
    }

    /// Tells how far the run is, if it is time to.
    pub(crate) fn hear(&mut self, stage: &str, progress: Progress) -> ControlFlow<()> {
        if self.bench.cancelled.get() {
            return ControlFlow::Break(());
        }
        let now = Date::now();
        if now - self.told >= TELL_EVERY || self.stage != stage {
            self.told = now;
            stage.clone_into(&mut self.stage);
            let Progress { done, tile, tiles, .. } = progress;
            let seconds_left = seconds_left(done, self.seconds());
            post(&FromWorker::Progress { stage: stage.to_owned(), done, seconds_left, tile, tiles });
        }
        ControlFlow::Continue(())
    }

    /// Seconds since the run began.
    pub(crate) fn seconds(&self) -> f64 {
        (Date::now() - self.start) / 1000.0
    }
}
