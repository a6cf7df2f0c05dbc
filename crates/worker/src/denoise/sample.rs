//! One sample, step by step.

use std::ops::ControlFlow;

use darkroom_messages::{FromDenoiser, FromWorker, Look, Wish};
use darkroom_pipelines::PipelineError;
use js_sys::Date;

use super::shown::{image, shown};
use super::studio::Studio;
use crate::engine::Bench;
use crate::post::{header, post, post_values, record};
use crate::trouble::Trouble;

/// Begins a sample.
pub(super) async fn begin(
    bench: &Bench,
    studio: &mut Studio,
    wish: Wish,
    sample: usize,
    slice: Option<usize>,
) -> Result<(), Trouble> {
    let ordered = studio.order(bench, &wish, sample, slice)?;
    studio.begin(bench, ordered, wish, sample).await?;
    studio.tell_notes();
    tell(bench, studio, None).await
}

/// Makes a step, and hands the page the sample after the last one.
pub(super) async fn step(bench: &Bench, studio: &mut Studio, look: Option<Look>) -> Result<(), Trouble> {
    bench.cancelled.set(false);
    let told = studio.under_way.as_ref().map_or(0, |under_way| under_way.told);
    let generation = studio.generation(bench).await?;
    let start = Date::now();
    let mut watch = |_| if bench.cancelled.get() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    let outcome = if generation.state().step > told {
        // The step was made; the GPU failed before the page was told.
        Ok(!generation.run().finished())
    } else {
        generation.step(&mut watch).await
    };
    studio.seconds += (Date::now() - start) / 1000.0;
    match outcome {
        Ok(true) => tell(bench, studio, look).await,
        // What the sample carries need not be made twice.
        Ok(false) => {
            tell(bench, studio, look.filter(|look| *look != Look::Clean)).await?;
            sampled(bench, studio).await
        }
        Err(PipelineError::Cancelled) => tell(bench, studio, None).await,
        Err(error) => Err(error.into()),
    }
}

/// Goes back to a step.
pub(super) async fn rewind(bench: &Bench, studio: &mut Studio, step: usize, look: Option<Look>) -> Result<(), Trouble> {
    studio.generation(bench).await?.rewind(step)?;
    tell(bench, studio, look).await
}

/// Shows something of the step reached.
pub(super) async fn look(bench: &Bench, studio: &mut Studio, look: Look) -> Result<(), Trouble> {
    tell(bench, studio, Some(look)).await
}

/// Ends the sample where it is.
pub(super) async fn keep(bench: &Bench, studio: &mut Studio) -> Result<(), Trouble> {
    sampled(bench, studio).await
}

/// Tells the page where the sample is, with what it looks at.
async fn tell(bench: &Bench, studio: &mut Studio, look: Option<Look>) -> Result<(), Trouble> {
    let seen = match look {
        Some(look) => shown(bench, studio, look).await?.map(|volume| (look, volume)),
        None => None,
    };
    let run = studio.generation(bench).await?.run();
    let (step, steps) = (run.state().step, run.plan().steps().len());
    let sample = studio.under_way.as_mut().map_or(0, |under_way| {
        under_way.told = step;
        under_way.sample
    });
    let shown = seen.as_ref().map(|(look, volume)| (*look, header(volume)));
    let report = FromWorker::Denoise(FromDenoiser::Stepped { sample, step, steps, shown });
    match seen {
        Some((_, volume)) => post_values(&report, &volume.data),
        None => post(&report),
    }
    Ok(())
}

/// Hands the page the sample with its record.
async fn sampled(bench: &Bench, studio: &mut Studio) -> Result<(), Trouble> {
    let image = image(bench, studio).await?;
    let unfinished = !studio.generation(bench).await?.run().finished();
    studio.note(unfinished);
    let record = record(&studio.record(bench).await?)?;
    let Some(under_way) = &studio.under_way else { return Ok(()) };
    let seed = under_way.seed();
    let report = FromDenoiser::Sampled { sample: under_way.sample, seed, header: header(&image), unfinished, record };
    post_values(&FromWorker::Denoise(report), &image.data);
    Ok(())
}
