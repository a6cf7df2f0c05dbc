//! A run.

use std::ops::ControlFlow;
use std::rc::Rc;

use darkroom_messages::FromWorker;
use darkroom_pipelines::{EnhanceOptions, PipelineError, Progress};
use js_sys::Date;

use crate::clock::seconds_left;
use crate::engine::Bench;
use crate::post::{post, post_values};
use crate::prepare;
use crate::trouble::Trouble;

/// Progress is told at most so often, in milliseconds: more would only keep the page busy.
const TELL_EVERY: f64 = 80.0;

/// Enhances the series chosen and hands the page the result.
pub(crate) async fn enhance(bench: &Rc<Bench>, dose: Option<f64>) -> Result<(), Trouble> {
    let selected = bench.selected.borrow().clone();
    let selected = selected.ok_or_else(|| Trouble::new("No series is open.", "Open a PET first."))?;
    // Taken out for the run, so that nothing else can use it meanwhile.
    let enhancer = bench.enhancer.take();
    let mut enhancer = enhancer.ok_or_else(|| Trouble::new("The engine is not ready yet.", "Wait until it is."))?;
    let options = EnhanceOptions { dose, regions: bench.regions.borrow().clone() };
    bench.cancelled.set(false);
    let start = Date::now();
    let mut told = 0.0;
    let mut stage = "";
    let mut watch = |progress: Progress| {
        if bench.cancelled.get() {
            return ControlFlow::Break(());
        }
        let now = Date::now();
        if now - told >= TELL_EVERY || stage != progress.stage {
            (told, stage) = (now, progress.stage);
            tell(progress, (now - start) / 1000.0);
        }
        ControlFlow::Continue(())
    };
    let outcome = enhancer.run(&selected.volume, &options, &mut watch).await;
    bench.enhancer.replace(Some(enhancer));
    match outcome {
        Ok(enhanced) => {
            let provenance = serde_json::to_string_pretty(&enhanced.provenance).map_err(|error| {
                Trouble::new(format!("The run's record could not be written ({error})."), "Run again.")
            })?;
            let report = FromWorker::Enhanced {
                provenance,
                dose: enhanced.provenance.dose.map(|dose| dose.fraction),
                estimated: enhanced.provenance.dose.is_some_and(|dose| dose.estimated),
                comparison: enhanced.comparison,
                notes: enhanced.notes,
                seconds: (Date::now() - start) / 1000.0,
            };
            post_values(&report, &enhanced.volume.data);
            Ok(())
        }
        Err(PipelineError::Cancelled) => {
            post(&FromWorker::Cancelled);
            Ok(())
        }
        Err(error @ PipelineError::Gpu(_)) => {
            // A lost GPU stays lost for this enhancer: another is opened, or the page hears that there is none.
            bench.enhancer.replace(None);
            prepare::open(bench.clone()).await;
            Err(error.into())
        }
        Err(error) => Err(error.into()),
    }
}

fn tell(progress: Progress, elapsed: f64) {
    post(&FromWorker::Progress {
        stage: progress.stage.to_owned(),
        done: progress.done,
        seconds_left: seconds_left(progress.done, elapsed),
        tile: progress.tile,
        tiles: progress.tiles,
    });
}
