//! A lower dose simulated from the series chosen, which is the thinned one from then on.

use std::rc::Rc;

use darkroom_imaging::Unit;
use darkroom_imaging::thin::thin as thin_volume;
use darkroom_messages::{FromWorker, Thinning};
use darkroom_pipelines::MaskSource;

use crate::engine::Bench;
use crate::post::post_values;
use crate::trouble::Trouble;

/// Thins the series chosen and hands the page its new values.
pub(crate) fn thin(bench: &Bench, share: f64, seed: u64) -> Result<(), Trouble> {
    let selected = bench.selected.borrow().clone();
    let selected = selected.ok_or_else(|| Trouble::new("No series is open.", "Open a standard-dose PET first."))?;
    let modality = bench.found.borrow().get(selected.series).map(|found| found.info.modality.clone());
    if selected.volume.unit == Unit::Hounsfield || !matches!(modality.as_deref().unwrap_or_default(), "" | "PT") {
        return Err(Trouble::new("This is no PET; counts are a thing of PET.", "Choose a PET series."));
    }
    if selected.thinned.is_some() {
        return Err(Trouble::new(
            "This image is thinned already.",
            "Go back to the standard dose first, then thin it to the share you want.",
        ));
    }
    let thinned = thin_volume(&selected.volume, share, seed)?;
    let report = Thinning { share, seed, noise_before: thinned.noise_before, noise_after: thinned.noise_after };
    post_values(&FromWorker::Thinned(report), &thinned.volume.data);
    // A mask estimated from the standard dose is not one of this image.
    bench.regions.borrow_mut().take_if(|mask| mask.source == MaskSource::Segmenter);
    let mut chosen = bench.selected.borrow_mut();
    if let Some(chosen) = chosen.as_mut() {
        chosen.volume = Rc::new(thinned.volume);
        chosen.thinned = Some((share, seed));
    }
    Ok(())
}
