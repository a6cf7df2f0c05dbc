//! Label maps: brought onto the grid of an image, and handed to the page as regions to measure.

use darkroom_formats::nifti;
use darkroom_imaging::{LabelMap, Volume, resample};
use darkroom_messages::FromWorker;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsCast;

use crate::engine::{Bench, Selected};
use crate::files::bytes;
use crate::post::post_bytes;
use crate::trouble::Trouble;

/// Reads a label map, brings it onto the grid of the series chosen and hands it to the page.
pub(crate) async fn labels(bench: &Bench, name: String, carried: &Array) -> Result<(), Trouble> {
    let (map, note) = read(carried, &selected(bench)?.volume).await?;
    post_bytes(&FromWorker::Labels { name, note }, &Uint8Array::from(map.labels.as_slice()));
    Ok(())
}

/// Reads the label map that a message carries, on the grid of `volume`, and what to tell of it.
pub(crate) async fn read(carried: &Array, volume: &Volume) -> Result<(LabelMap, Option<String>), Trouble> {
    let nifti::Labels { map, affine, .. } = nifti::read_labels(&bytes(&carried.get(0).unchecked_into()).await?)?;
    Ok(resample::onto(&map, &affine, volume)?)
}

/// The series that labels are for.
pub(crate) fn selected(bench: &Bench) -> Result<Selected, Trouble> {
    let selected = bench.selected.borrow().clone();
    selected.ok_or_else(|| Trouble::new("No series is open for a label map.", "Open a PET first."))
}
