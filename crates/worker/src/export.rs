//! Results as files.

use darkroom_formats::nifti;
use darkroom_messages::{Format, FromWorker, Part};
use darkroom_pipelines::diffusion::RunRecord;
use darkroom_pipelines::{InputRecord, Maker, Origin};
use js_sys::{Array, Float32Array, Uint8Array};
use serde_json::json;
use wasm_bindgen::JsCast;

use crate::engine::{Bench, Selected};
use crate::names::result_name;
use crate::post::post_bytes;
use crate::trouble::Trouble;

/// Writes a result, whose values the page sent along, and hands the page the file.
pub(crate) fn export(
    bench: &Bench,
    (format, part): (Format, Part),
    record: &str,
    carried: &Array,
) -> Result<(), Trouble> {
    let values: Float32Array = carried.get(0).unchecked_into();
    let selected = bench.selected.borrow().clone();
    let selected = selected.ok_or_else(|| Trouble::new("The series of this result is not open.", "Open it again."))?;
    let unread =
        |error: serde_json::Error| Trouble::new(format!("The run's record cannot be read ({error})."), "Run again.");
    let input: InputRecord = serde_json::from_str(record).map_err(unread)?;
    if !input.is_of(&selected.volume) {
        return Err(another());
    }
    let maker: Maker = serde_json::from_str(record).map_err(unread)?;
    let origin: Origin = serde_json::from_str(record).map_err(unread)?;
    let (ending, bytes, note) = match format {
        Format::Nifti => (".nii.gz", nifti_file(&selected, &values, (&maker, &origin))?, None),
        Format::Dicom => {
            let (zip, note) = dicom_file(bench, &selected, &values, &derivation(record)?)?;
            (".zip", zip, note)
        }
    };
    let model = if part == Part::Spread { format!("{}-spread", maker.model) } else { maker.model };
    let name = result_name(&selected.title, &model, ending);
    post_bytes(&FromWorker::File { name, note }, &bytes);
    Ok(())
}

/// The file would carry another series' name, and in DICOM its patient.
fn another() -> Trouble {
    Trouble::new("This result belongs to another series than the one that is open.", "Open its series again.")
}

fn nifti_file(
    selected: &Selected,
    values: &Float32Array,
    (maker, origin): (&Maker, &Origin),
) -> Result<Uint8Array, Trouble> {
    let volume = selected.volume.with_data(values.to_vec()).map_err(|_| another())?;
    let (model, version) = maker.label(origin);
    let bytes = nifti::write(&volume, &nifti::description(&model, &version))?;
    Ok(Uint8Array::from(bytes.as_slice()))
}

/// A run's record as the DICOM module reads it: of a diffusion model its sentence stands for the whole process.
fn derivation(record: &str) -> Result<String, Trouble> {
    let Ok(run) = serde_json::from_str::<RunRecord>(record) else { return Ok(record.to_owned()) };
    let Maker { model, version, software, weights_sha256, quantisation, backend, adapter, .. } = &run.maker;
    crate::post::record(&json!({
        "model": model, "version": version, "software": software, "weights_sha256": weights_sha256,
        "quantisation": quantisation, "backend": backend, "adapter": adapter, "work": "generated", "process": run.sentence(),
    }))
}

/// The derived series, and what it does not hold of the result.
fn dicom_file(
    bench: &Bench,
    selected: &Selected,
    values: &Float32Array,
    record: &str,
) -> Result<(Uint8Array, Option<String>), Trouble> {
    let reader = bench.dicom.borrow();
    let (Some(reader), Some(at)) = (reader.as_ref(), selected.dicom) else {
        return Err(Trouble::new(
            "The input was not DICOM, so no DICOM can be derived from it.",
            "Download NIfTI instead.",
        ));
    };
    Ok((reader.derived(at, values, record)?, reader.lost(at, values)?))
}
