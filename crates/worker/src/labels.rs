//! Label maps: as the regions that the network is told, and as regions to measure.

use darkroom_formats::nifti;
use darkroom_imaging::{LabelMap, Volume, resample};
use darkroom_messages::FromWorker;
use darkroom_pipelines::{Mask, Progress};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsCast;

use crate::engine::{Bench, Selected};
use crate::files::bytes;
use crate::names::result_name;
use crate::post::{post, post_bytes};
use crate::progress::Teller;
use crate::trouble::Trouble;

/// Reads the network's label map and brings it onto the grid of the series chosen.
pub(crate) async fn mask(bench: &Bench, name: String, carried: &Array) -> Result<(), Trouble> {
    let (map, note) = read(carried, &selected(bench)?.volume).await?;
    take(bench, map.into(), name, note);
    Ok(())
}

/// Has the model's segmenter find the regions in the series chosen.
pub(crate) async fn estimate(bench: &Bench) -> Result<(), Trouble> {
    let selected = selected(bench)?;
    // Taken out meanwhile, so that nothing else can use it.
    let enhancer = bench.enhancer.take();
    let mut enhancer = enhancer.ok_or_else(|| Trouble::new("The engine is not ready yet.", "Wait until it is."))?;
    let mut teller = Teller::new(bench);
    let mut watch = |progress: Progress| teller.hear(progress.stage, progress);
    let estimated = enhancer.estimate_mask(&selected.volume, &mut watch).await;
    let judged = estimated.and_then(|mask| Ok((enhancer.objection(&selected.volume, &mask)?, mask)));
    bench.enhancer.replace(Some(enhancer));
    let (objection, mask) = judged?;
    take(bench, mask, String::new(), objection);
    Ok(())
}

/// Keeps a mask for the next run and tells the page of it.
fn take(bench: &Bench, mask: Mask, name: String, note: Option<String>) {
    let regions = mask.labels.present().len();
    bench.regions.replace(Some(mask));
    post(&FromWorker::MaskRead { name, regions, note });
}

/// Hands the page the label map in use as a file.
pub(crate) fn save(bench: &Bench) -> Result<(), Trouble> {
    let selected = selected(bench)?;
    let regions = bench.regions.borrow();
    let mask = regions.as_ref();
    let mask = mask.ok_or_else(|| Trouble::new("There is no label map to save.", "Estimate or open one first."))?;
    let made = if mask.estimated { "Darkroom: labels estimated, not for diagnosis" } else { "Darkroom: label map" };
    let bytes = nifti::write_labels(&mask.labels, &selected.volume.affine, made)?;
    let name = result_name(&selected.title, "labels", ".nii.gz");
    post_bytes(&FromWorker::File { name, note: None }, &Uint8Array::from(bytes.as_slice()));
    Ok(())
}

/// Reads a label map, brings it onto the grid of the series chosen and hands it to the page.
pub(crate) async fn labels(bench: &Bench, name: String, carried: &Array) -> Result<(), Trouble> {
    let (map, note) = read(carried, &selected(bench)?.volume).await?;
    post_bytes(&FromWorker::Labels { name, note }, &Uint8Array::from(map.labels.as_slice()));
    Ok(())
}

/// Reads the label map that a message carries, on the grid of `volume`, and what to tell of it.
pub(crate) async fn read(carried: &Array, volume: &Volume) -> Result<(LabelMap, Option<String>), Trouble> {
    let file = bytes(&carried.get(0).unchecked_into()).await?;
    let (map, affine) = nifti::read_labels(&file)?;
    Ok(resample::onto(&map, &affine, volume)?)
}

fn selected(bench: &Bench) -> Result<Selected, Trouble> {
    let selected = bench.selected.borrow().clone();
    selected.ok_or_else(|| Trouble::new("No series is open for a label map.", "Open a PET first."))
}
