//! How series stand in the list: what they are called, and what is told of files that could not be used.

use darkroom_imaging::suv::Entered;
use darkroom_imaging::{Refusal, SeriesInfo, UNREAD, Verdict};
use dicom_core::Tag;
use dicom_dictionary_std::tags;

use crate::open::File;
use crate::{DicomError, Series, attributes};

/// A series of which nothing is known.
pub(crate) fn blank() -> SeriesInfo {
    SeriesInfo {
        title: String::new(),
        format: "DICOM".into(),
        modality: String::new(),
        dims: [0; 3],
        spacing: [0.0; 3],
        frame: String::new(),
        unit: String::new(),
        files: 0,
        verdict: Verdict::Usable,
        notes: Vec::new(),
        warnings: Vec::new(),
    }
}

/// What the first file of a series says of it.
pub(crate) fn info(file: &File, files: usize) -> SeriesInfo {
    let text = |tag: Tag| attributes::text(&file.object, tag);
    let modality = text(tags::MODALITY).unwrap_or_default();
    let title = text(tags::SERIES_DESCRIPTION)
        .or_else(|| text(tags::SERIES_NUMBER).map(|number| format!("{modality} series {number}")))
        .unwrap_or_else(|| file.name.clone());
    let frame = text(tags::FRAME_OF_REFERENCE_UID).unwrap_or_default();
    SeriesInfo { title, modality, frame, files, ..blank() }
}

/// A series that cannot be used, and why.
pub(crate) fn refuse(mut info: SeriesInfo, refusal: &Refusal) -> Series {
    info.refuse(refusal.clone());
    Series {
        info,
        volume: None,
        suv: None,
        entered: Entered::default(),
        slices: Vec::new(),
        factors: Vec::new(),
        notes: Vec::new(),
    }
}

/// One entry for all files that could not be opened: the first reason, and how many there are.
pub(crate) fn refuse_broken(broken: &[DicomError]) -> Option<Series> {
    let first = broken.first()?;
    let mut what = first.to_string();
    if broken.len() > 1 {
        what += &format!(" {} cannot be read either.", counted(broken.len() - 1, "other file"));
    }
    let title = counted(broken.len(), "unreadable file");
    Some(refuse(SeriesInfo { title, files: broken.len(), ..blank() }, &Refusal::new(what, first.next())))
}

/// Tells of files that could not be read beside the series that they may belong to: a slice at either end leaves no gap that
/// would betray it.
pub(crate) fn tell_broken(found: &mut [Series], broken: &[DicomError]) {
    let Some(first) = broken.first() else { return };
    let count = counted(broken.len(), "file");
    let warning = format!("{count} beside this series could not be read and may have been a part of it.");
    // Apart, since a file's name may be a patient's.
    let name = format!("{UNREAD} {first}");
    for series in found.iter_mut().filter(|series| series.info.verdict == Verdict::Usable) {
        series.notes.extend([warning.clone(), name.clone()]);
        series.info.warn(warning.clone());
        series.info.notes.push(name.clone());
    }
}

/// Gives usable series of one title their places among them, so that a person can name one.
pub(crate) fn tell_apart(found: &mut [Series]) {
    let mut usable: Vec<&mut SeriesInfo> = found.iter_mut().map(|series| &mut series.info).collect();
    usable.retain(|info| info.verdict == Verdict::Usable);
    let titles: Vec<String> = usable.iter().map(|info| info.title.clone()).collect();
    for (at, info) in usable.into_iter().enumerate() {
        let title = &titles[at];
        if titles.iter().filter(|other| *other == title).count() > 1 {
            let place = titles[..=at].iter().filter(|other| *other == title).count();
            info.title = format!("{title} ({place})");
        }
    }
}

/// "1 file", "2 files".
fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
