//! The regions that the network is told: from a label map, from a CT, or estimated from the image.

use std::cell::Ref;

use darkroom_formats::{FormatError, nifti};
use darkroom_imaging::{NamedBytes, SeriesInfo, Verdict, Volume, ct, resample};
use darkroom_messages::{FromWorker, MaskSource};
use darkroom_pipelines::{Mask, MaskSource as Made, Package, Progress};
use js_sys::{Array, Uint8Array};

use crate::engine::{Bench, Found};
use crate::files::{self, Looked};
use crate::labels::selected;
use crate::names::result_name;
use crate::post::post_bytes;
use crate::progress::Teller;
use crate::trouble::Trouble;

/// Reads a label map or a CT and brings it onto the grid of the series chosen.
pub(crate) async fn read(bench: &Bench, names: &[String], carried: &Array) -> Result<(), Trouble> {
    let read = files::read(names, carried).await?;
    let source = |ct: bool| MaskSource::Files { names: names.to_vec(), ct };
    if let [NamedBytes { bytes, .. }] = read.as_slice() {
        match nifti::read_labels(bytes) {
            Ok(labels) => return given(bench, labels, source(false)),
            Err(error @ FormatError::NotLabels { value: 0.0.., .. }) => return Err(error.into()),
            // A CT has air below zero. What is wrong with other files is said where they are opened.
            Err(_) => {}
        }
    }
    let looked = files::look(bench, read).await?;
    let Found { info, source: place, .. } = only_ct(&looked)?;
    let volume = files::volume(place, looked.dicom.as_ref())?;
    of_ct(bench, info, &volume, source(true))
}

fn given(bench: &Bench, labels: nifti::Labels, source: MaskSource) -> Result<(), Trouble> {
    let volume = selected(bench)?.volume;
    let (map, other_grid) = resample::onto(&labels.map, &labels.affine, &volume)?;
    let (mask, by_name) = Mask::given(&*package(bench)?, map, &labels.names);
    let objection = objection(bench, &volume, &mask)?;
    take(bench, mask, source, joined(other_grid.into_iter().chain(by_name).chain(objection)));
    Ok(())
}

/// Why a run would not use a mask; `None` where nothing speaks against it, or no engine is ready to say so before the run.
fn objection(bench: &Bench, volume: &Volume, mask: &Mask) -> Result<Option<String>, Trouble> {
    let enhancer = bench.enhancer.borrow();
    Ok(enhancer.as_ref().map(|enhancer| enhancer.objection(volume, mask)).transpose()?.flatten())
}

/// The model that is told.
fn package(bench: &Bench) -> Result<Ref<'_, Package>, Trouble> {
    Ref::filter_map(bench.package.borrow(), Option::as_ref)
        .map_err(|_| Trouble::new("There is no model to tell of it.", "Reload the page."))
}

/// Sentences one after the other; `None` where there is none.
fn joined(notes: impl Iterator<Item = String>) -> Option<String> {
    notes.reduce(|all, note| format!("{all} {note}"))
}

/// Finds the regions in a CT of the series list.
pub(crate) fn of_series(bench: &Bench, series: usize) -> Result<(), Trouble> {
    let found = bench.found.borrow();
    let Found { info, source, .. } = found.get(series).ok_or_else(files::nothing)?;
    let volume = files::volume(source, bench.dicom.borrow().as_ref())?;
    of_ct(bench, info, &volume, MaskSource::Series { series })
}

/// The one CT among series; NIfTI files do not say what they are.
fn only_ct(looked: &Looked) -> Result<&Found, Trouble> {
    let of = |modality: &str| -> Vec<&Found> {
        let usable = looked.found.iter().filter(|found| found.info.verdict == Verdict::Usable);
        usable.filter(|found| found.info.modality == modality).collect()
    };
    let candidates = [of("CT"), of("")].into_iter().find(|found| !found.is_empty()).unwrap_or_default();
    match candidates.as_slice() {
        [ct] => Ok(ct),
        [] => Err(files::first_refusal(&looked.found).unwrap_or_else(|| {
            Trouble::new(
                "These files are neither a label map nor a CT.",
                "Add a label map as NIfTI, or the patient's CT.",
            )
        })),
        several => Err(Trouble::new(
            format!("These files hold {} CTs.", several.len()),
            "Add only the one that belongs to the image.",
        )),
    }
}

fn of_ct(bench: &Bench, info: &SeriesInfo, volume: &Volume, source: MaskSource) -> Result<(), Trouble> {
    let selected = selected(bench)?;
    let (mask, note) = Mask::from_ct(&*package(bench)?, &selected.volume, volume)?;
    let of_image = bench.found.borrow().get(selected.series).and_then(|image| ct::other_frame(info, &image.info));
    let objection = objection(bench, &selected.volume, &mask)?;
    take(bench, mask, source, joined(note.into_iter().chain(of_image).chain(objection)));
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
    take(bench, mask, MaskSource::Estimated, objection);
    Ok(())
}

/// Keeps a mask for the next run and hands it to the page.
fn take(bench: &Bench, mask: Mask, source: MaskSource, note: Option<String>) {
    let regions = mask.labels.present().len();
    let package = bench.package.borrow();
    let known = package.as_ref().and_then(|package| package.manifest.regions.as_ref());
    let tissues = known.map_or_else(Vec::new, |known| known.classes.clone());
    let labels = Uint8Array::from(mask.labels.labels.as_slice());
    bench.regions.replace(Some(mask));
    post_bytes(&FromWorker::MaskRead { source, regions, tissues, note }, &labels);
}

/// Hands the page the label map in use as a file.
pub(crate) fn save(bench: &Bench) -> Result<(), Trouble> {
    let selected = selected(bench)?;
    let regions = bench.regions.borrow();
    let mask = regions.as_ref();
    let mask = mask.ok_or_else(|| Trouble::new("There is no label map to save.", "Estimate or open one first."))?;
    let made = match mask.source {
        Made::Given => "Darkroom: label map",
        Made::Segmenter => "Darkroom: labels estimated, not for diagnosis",
        Made::Ct { .. } => "Darkroom: labels found in a CT, not for diagnosis",
    };
    let bytes = nifti::write_labels(&mask.labels, &selected.volume.affine, made)?;
    let name = result_name(&selected.title, "labels", ".nii.gz");
    post_bytes(&FromWorker::File { name, note: None }, &Uint8Array::from(bytes.as_slice()));
    Ok(())
}
