//! Label maps: as the regions that the network is told, and as regions to measure.

use darkroom_formats::nifti;
use darkroom_imaging::{LabelMap, resample};
use darkroom_messages::FromWorker;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsCast;

use crate::engine::Bench;
use crate::files::bytes;
use crate::post::{post, post_bytes};
use crate::trouble::Trouble;

/// Reads the network's label map and brings it onto the grid of the series chosen.
pub(crate) async fn mask(bench: &Bench, name: String, carried: &Array) -> Result<(), Trouble> {
    let (map, note) = read(bench, carried).await?;
    let mut present = [false; 256];
    for &label in &map.labels {
        present[usize::from(label)] = true;
    }
    let regions = present[1..].iter().filter(|&&there| there).count();
    bench.regions.replace(Some(map));
    post(&FromWorker::MaskRead { name, regions, note });
    Ok(())
}

/// Reads a label map, brings it onto the grid of the series chosen and hands it to the page.
pub(crate) async fn labels(bench: &Bench, name: String, carried: &Array) -> Result<(), Trouble> {
    let (map, note) = read(bench, carried).await?;
    post_bytes(&FromWorker::Labels { name, note }, &Uint8Array::from(map.labels.as_slice()));
    Ok(())
}

async fn read(bench: &Bench, carried: &Array) -> Result<(LabelMap, Option<String>), Trouble> {
    let file = bytes(&carried.get(0).unchecked_into()).await?;
    let (map, affine) = nifti::read_labels(&file)?;
    let selected = bench.selected.borrow().clone();
    let selected =
        selected.ok_or_else(|| Trouble::new("No series is open for this label map.", "Open a PET first."))?;
    Ok(resample::onto(&map, &affine, &selected.volume)?)
}
