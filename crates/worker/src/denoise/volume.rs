//! A whole volume, slice by slice.

use darkroom_imaging::rectangle;
use darkroom_messages::{FromDenoiser, FromWorker, Wish};
use darkroom_pipelines::diffusion::{Translated, Translation};
use darkroom_pipelines::{PipelineError, Progress};

use super::studio::Studio;
use crate::engine::{Bench, Selected};
use crate::post::{post, post_values, record};
use crate::progress::Teller;
use crate::trouble::Trouble;

/// Translates the series chosen and hands the page the result, with its spread where there are several samples.
pub(super) async fn translate(bench: &Bench, studio: &mut Studio, wish: &Wish) -> Result<(), Trouble> {
    let (order, _) = studio.order(bench, wish, 0, None)?;
    let (volume, _) = studio.source(bench, wish.dose)?;
    let start = studio.origin(bench, wish)?;
    let region = wish.start.as_ref().and_then(|start| start.region);
    let mask = start.as_ref().zip(region).map(|(start, region)| rectangle(start, region));
    let mut teller = Teller::new(bench);
    let mut watch = |slice: usize, slices: usize, done: f64| {
        let stage = format!("translating slice {slice} of {slices}");
        teller.hear(&stage, Progress { stage: "translating", done, tile: 0, tiles: 0 })
    };
    let generator = studio.generator(bench).await?;
    let translation = Translation {
        order: &order,
        samples: wish.samples,
        dose: wish.dose,
        start: start.as_deref(),
        mask: mask.as_ref(),
    };
    match generator.translate(&volume, translation, &mut watch).await {
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
        Err(error) => Err(error.into()),
    }
}
