//! Opening files, choosing a series.

use std::rc::Rc;

use darkroom_imaging::suv::Entered;
use darkroom_imaging::{Finding, NamedBytes, Verdict, Volume};
use darkroom_messages::FromWorker;
use darkroom_pipelines::as_typed;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::File;

use crate::dicom::DicomReader;
use crate::engine::{Bench, Found, Selected, Source};
use crate::post::{header, post, post_values};
use crate::trouble::Trouble;

/// Most bytes taken at once: a page's memory ends at 4 GiB, and files are unpacked and copied on their way.
const MOST_BYTES: f64 = 1.2e9;

/// Series in files that were looked into.
#[derive(Default)]
pub(crate) struct Looked {
    pub(crate) found: Vec<Found>,
    /// The reader that holds those of DICOM files.
    pub(crate) dicom: Option<DicomReader>,
}

/// Reads the files that a message carries.
pub(crate) async fn read(names: &[String], carried: &Array) -> Result<Vec<NamedBytes>, Trouble> {
    let files: Vec<File> = carried.iter().map(JsCast::unchecked_into).collect();
    let total: f64 = files.iter().map(|file| file.size()).sum();
    if total > MOST_BYTES {
        return Err(Trouble::new(
            format!("These files are {:.1} GB together, more than fits into a page's memory.", total / 1e9),
            "Drop only the series to work on, without the others of the study.",
        ));
    }
    let mut read = Vec::with_capacity(files.len());
    for (name, file) in names.iter().zip(&files) {
        read.push(NamedBytes { name: name.clone(), bytes: bytes(file).await? });
    }
    Ok(read)
}

/// Looks into files and tells the page what was found.
pub(crate) async fn open(bench: &Bench, names: &[String], carried: &Array) -> Result<(), Trouble> {
    let read = read(names, carried).await?;
    if let [NamedBytes { name, bytes }] = read.as_slice()
        && is_zip(name)
        && is_package(bytes)
    {
        post(&FromWorker::PackageFound);
        return Ok(());
    }
    let Looked { found, dicom } = look(bench, read).await?;
    keep_open(bench, &found)?;
    bench.selected.replace(None);
    bench.regions.replace(None);
    bench.dicom.replace(dicom);
    post(&FromWorker::Found { series: found.iter().map(|found| found.info.clone()).collect() });
    bench.found.replace(found);
    Ok(())
}

/// The series in files.
pub(crate) async fn look(bench: &Bench, files: Vec<NamedBytes>) -> Result<Looked, Trouble> {
    let opened = darkroom_formats::open(files);
    let mut found: Vec<Found> = opened.findings.into_iter().map(from_finding).collect();
    let mut dicom = None;
    if !opened.dicom.is_empty() {
        let reader = DicomReader::open(&bench.open_dicom).await?;
        for NamedBytes { name, bytes } in opened.dicom {
            reader.take(&name, &bytes)?;
        }
        let series = reader.series()?.into_iter().enumerate();
        let series = series.map(|(at, info)| Found { info, source: Source::Dicom(at), typed: Entered::default() });
        // DICOM series first: beside them, loose NIfTI files are mostly masks.
        found.splice(0..0, series);
        dicom = Some(reader);
    }
    Ok(Looked { found, dicom })
}

/// Files without anything usable do not close what is open: their first reason is told, and that is all.
fn keep_open(bench: &Bench, found: &[Found]) -> Result<(), Trouble> {
    if bench.selected.borrow().is_none() || found.iter().any(|found| found.info.verdict == Verdict::Usable) {
        return Ok(());
    }
    let nothing = || Trouble::new("No image was found in these files.", "Drop a series as DICOM or NIfTI.");
    Err(first_refusal(found).unwrap_or_else(nothing))
}

/// Why the first series that cannot be used cannot.
pub(crate) fn first_refusal(found: &[Found]) -> Option<Trouble> {
    found.iter().find_map(|found| match &found.info.verdict {
        Verdict::Refused { what, next } => Some(Trouble::new(what, next)),
        Verdict::Usable => None,
    })
}

/// The voxels of a series.
pub(crate) fn volume(source: &Source, dicom: Option<&DicomReader>) -> Result<Rc<Volume>, Trouble> {
    match source {
        Source::Nifti(volume) => Ok(volume.clone()),
        Source::Dicom(at) => Ok(Rc::new(dicom.ok_or_else(nothing)?.volume(*at)?)),
        Source::Nothing => Err(nothing()),
    }
}

/// What to say of a series that is not in the list, or has no voxels.
pub(crate) fn nothing() -> Trouble {
    Trouble::new("This series is not there any more.", "Open the files again.")
}

/// Reads the voxels of a series and hands the page a copy.
pub(crate) fn select(bench: &Bench, series: usize) -> Result<(), Trouble> {
    let found = bench.found.borrow();
    let Found { info, source, typed } = found.get(series).ok_or_else(nothing)?;
    let reader = bench.dicom.borrow();
    let volume = volume(source, reader.as_ref())?;
    let (dicom, suv) = match source {
        Source::Dicom(at) => (Some(*at), reader.as_ref().ok_or_else(nothing)?.record(*at)?),
        Source::Nifti(_) | Source::Nothing => (None, None),
    };
    let entered = suv.as_ref().map(|record| as_typed(record.entered.clone(), typed)).unwrap_or_default();
    let inherited = suv.as_ref().and_then(|record| record.inherited.clone());
    let opened =
        FromWorker::Opened { series, header: header(&volume), info: Box::new(info.clone()), suv: suv.map(Box::new) };
    post_values(&opened, &volume.data);
    bench.regions.replace(None);
    let (title, warnings) = (info.title.clone(), info.warnings.clone());
    let selected = Selected { title, series, volume, dicom, entered, inherited, warnings, thinned: None };
    bench.selected.replace(Some(selected));
    Ok(())
}

/// Scales a series anew with values entered by hand, and opens it.
pub(crate) fn enter(bench: &Bench, series: usize, entered: &Entered) -> Result<(), Trouble> {
    let not_dicom = || Trouble::new("SUV can be entered for a PET series of DICOM files only.", "Open one first.");
    let Source::Dicom(at) = bench.found.borrow().get(series).ok_or_else(nothing)?.source else {
        return Err(not_dicom());
    };
    let info = bench.dicom.borrow().as_ref().ok_or_else(not_dicom)?.scale(at, entered)?;
    if let Some(found) = bench.found.borrow_mut().get_mut(series) {
        found.info = info;
        found.typed = entered.clone();
    }
    select(bench, series)
}

/// Whether a file is a zip, by its name.
pub(crate) fn is_zip(name: &str) -> bool {
    name.to_lowercase().ends_with(".zip")
}

/// Whether a zip holds a model. One that cannot be read is none; what is wrong with it is said where it is opened.
fn is_package(zip: &[u8]) -> bool {
    darkroom_formats::entries(zip)
        .is_ok_and(|names| names.iter().any(|name| name.rsplit('/').next() == Some("model.json")))
}

/// A file's contents.
pub(crate) async fn bytes(file: &File) -> Result<Vec<u8>, Trouble> {
    let buffer = JsFuture::from(file.array_buffer()).await.map_err(|_| {
        let what = format!("The browser could not read {}.", file.name());
        Trouble::new(what, "It may have moved or be open elsewhere; drop it again.")
    })?;
    Ok(Uint8Array::new(&buffer).to_vec())
}

fn from_finding(Finding { info, volume }: Finding) -> Found {
    let source = match volume {
        Some(volume) if info.verdict == Verdict::Usable => Source::Nifti(Rc::new(volume)),
        _ => Source::Nothing,
    };
    Found { info, source, typed: Entered::default() }
}
