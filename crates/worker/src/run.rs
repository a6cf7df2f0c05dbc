//! A run.

use std::rc::Rc;

use darkroom_messages::FromWorker;
use darkroom_pipelines::{EnhanceOptions, PipelineError, Progress};

use crate::engine::Bench;
use crate::post::{post, post_values, record};
use crate::progress::Teller;
use crate::trouble::Trouble;

/// Enhances the series chosen and hands the page the result.
pub(crate) async fn enhance(bench: &Rc<Bench>, dose: Option<f64>) -> Result<(), Trouble> {
    let selected = bench.selected.borrow().clone();
    let selected = selected.ok_or_else(|| Trouble::new("No series is open.", "Open a PET first."))?;
    // Taken out for the run, so that nothing else can use it meanwhile.
    let enhancer = bench.enhancer.take();
    let mut enhancer = enhancer.ok_or_else(|| Trouble::new("The engine is not ready yet.", "Wait until it is."))?;
    let options = EnhanceOptions { dose, regions: bench.regions.borrow().clone() };
    let mut teller = Teller::new(bench);
    let mut watch = |progress: Progress| teller.hear(progress.stage, progress);
    let outcome = enhancer.run(&selected.volume, &options, &mut watch).await;
    bench.enhancer.replace(Some(enhancer));
    match outcome {
        Ok(mut enhanced) => {
            enhanced.provenance.origin = selected.origin();
            let report = FromWorker::Enhanced {
                provenance: record(&enhanced.provenance)?,
                unit: enhanced.volume.unit.clone(),
                dose: enhanced.provenance.dose.map(|dose| dose.fraction),
                estimated: enhanced.provenance.dose.is_some_and(|dose| dose.estimated),
                comparison: enhanced.comparison.map(Box::new),
                notes: enhanced.notes,
                seconds: teller.seconds(),
                unfinished: false,
            };
            post_values(&report, &enhanced.volume.data);
            Ok(())
        }
        Err(PipelineError::Cancelled) => {
            post(&FromWorker::Cancelled);
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}
