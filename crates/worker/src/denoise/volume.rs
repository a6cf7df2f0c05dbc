//! A whole volume, slice by slice.

use std::rc::Rc;

use darkroom_messages::{FromDenoiser, FromWorker, Wish};
use darkroom_pipelines::diffusion::{Translated, Translation};
use darkroom_pipelines::{PipelineError, Progress};

use super::studio::Studio;
use super::under_way::Halted;
use crate::engine::{Bench, Selected};
use crate::post::{post, post_values, record};
use crate::progress::Teller;
use crate::trouble::Trouble;

/// Translates the series chosen and hands the page the result, with its spread where there are several samples.
pub(super) async fn translate(bench: &Bench, studio: &mut Studio, wish: &Wish) -> Result<(), Trouble> {
    let (order, _) = studio.order(bench, wish, 0, None)?;
    let (volume, _) = studio.source(bench, wish.dose)?;
    let start = studio.origin(bench, wish)?;
    let mut teller = Teller::new(bench);
    let mut watch = |slice: usize, slices: usize, done: f64| {
        let stage = format!("translating slice {slice} of {slices}");
        teller.hear(&stage, Progress { stage: "translating", done, tile: 0, tiles: 0 })
    };
    // Opened before the checkpoint is taken: where that fails, a later request may still go on from it.
    studio.generator(bench).await?;
    let same = |halted: &Halted| halted.wish == *wish && Rc::ptr_eq(&halted.volume, &volume);
    let mut checkpoint = studio.halted.take().filter(same).map(|halted| halted.checkpoint).unwrap_or_default();
    let generator = studio.generator(bench).await?;
    let translation = Translation {
        order: &order,
        samples: wish.samples,
        dose: wish.dose,
        start: start.as_ref().map(|start| start.image.as_ref()),
        mask: start.as_ref().and_then(|start| start.mask.as_ref()),
    };
    let translated = generator.translate(&volume, translation, &mut checkpoint, &mut watch).await;
    // The translation's own notes say where a GPU failed; no sample has to.
    studio.failed = false;
    match translated {
        Ok(Translated { volume, spread, comparison, record: mut how, notes }) => {
            how.origin = bench.selected.borrow().as_ref().map(Selected::origin).unwrap_or_default();
            let report = FromWorker::Enhanced {
                provenance: record(&how)?,
                unit: volume.unit.clone(),
                dose: how.dose,
                estimated: false,
                comparison: comparison.map(Box::new),
                notes,
                seconds: teller.seconds(),
                unfinished: how.unfinished,
            };
            post_values(&report, &volume.data);
            if let Some(spread) = spread {
                post_values(&FromWorker::Denoise(FromDenoiser::Spread), &spread.data);
            }
            Ok(())
        }
        Err(PipelineError::Cancelled) => {
            post(&FromWorker::Cancelled);
            Ok(())
        }
        Err(error) => {
            if error.needs_another_gpu() {
                studio.halted = Some(Halted { wish: wish.clone(), volume, checkpoint });
            }
            Err(error.into())
        }
    }
}
