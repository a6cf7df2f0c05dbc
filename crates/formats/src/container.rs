//! Dropped files of any kind: unpacked, told apart, and read as far as this crate can.

use darkroom_imaging::{Finding, NamedBytes, Refusal, SeriesInfo, Unit, Verdict, checks};

use crate::sniff::picture;
use crate::{FormatError, Kind, gunzip, nifti, sniff, unpack};

/// How deep archives may lie in archives.
const DEEPEST: usize = 2;
/// Names told when several files are no images.
const NAMES_TOLD: usize = 3;

/// What a set of files turned out to be.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Opened {
    /// NIfTI images, and what was refused and why.
    pub findings: Vec<Finding>,
    /// Files that look like DICOM, unpacked but otherwise untouched.
    pub dicom: Vec<NamedBytes>,
}

/// Opens files: archives are unpacked, NIfTI images read, DICOM files set aside for the module that reads them.
///
/// Nothing fails as a whole: a file that cannot be used becomes a refused finding beside the others.
#[must_use]
pub fn open(files: Vec<NamedBytes>) -> Opened {
    let mut opened = Opened::default();
    let mut strangers = Vec::new();
    for file in files {
        place(file, 0, &mut opened, &mut strangers);
    }
    if let Some(finding) = refuse_strangers(&strangers) {
        opened.findings.push(finding);
    }
    opened
}

/// A file that is no image: what it is, if that is known, and its name.
type Stranger = (Option<&'static str>, String);

fn place(file: NamedBytes, depth: usize, opened: &mut Opened, strangers: &mut Vec<Stranger>) {
    if is_clutter(&file.name) {
        return;
    }
    let refuse = |error: FormatError| refused(&file.name, "", 1, error.refusal());
    match sniff(&file.bytes) {
        Kind::Dicom => opened.dicom.push(file),
        Kind::Nifti => opened.findings.push(nifti_finding(&file.name, &file.bytes)),
        Kind::Gzip if depth < DEEPEST => match gunzip(&file.bytes) {
            Ok(bytes) => place(NamedBytes { name: file.name, bytes }, depth + 1, opened, strangers),
            Err(error) => opened.findings.push(refuse(error)),
        },
        Kind::Zip if depth < DEEPEST => match unpack(&file.bytes) {
            Ok(inside) => {
                for NamedBytes { name, bytes } in inside {
                    let name = format!("{}/{name}", file.name);
                    place(NamedBytes { name, bytes }, depth + 1, opened, strangers);
                }
            }
            Err(error) => opened.findings.push(refuse(error)),
        },
        Kind::Gzip | Kind::Zip => opened
            .findings
            .push(refuse(FormatError::Unsupported("This is an archive within an archive within an archive.".into()))),
        Kind::Tar => opened.findings.push(refuse(FormatError::Unsupported("This is a tar archive.".into()))),
        Kind::Npy => opened.findings.push(refuse(FormatError::Unsupported(
            "This is a NumPy array, which does not say how it lies in the patient.".into(),
        ))),
        Kind::Unknown => strangers.push((picture(&file.bytes), file.name)),
    }
}

/// What systems leave in folders and archives without anyone asking.
fn is_clutter(name: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or(name);
    name.contains("__MACOSX/") || last.starts_with('.') || last == "Thumbs.db" || last == "desktop.ini"
}

fn nifti_finding(name: &str, bytes: &[u8]) -> Finding {
    let image = match nifti::read(bytes) {
        Ok(image) => image,
        Err(error) => return refused(name, "NIfTI", 1, error.refusal()),
    };
    let volume = image.volume;
    let mut info = SeriesInfo {
        title: title(name),
        format: "NIfTI".into(),
        modality: String::new(),
        dims: volume.dims,
        spacing: volume.spacing(),
        frame: String::new(),
        unit: volume.unit.label().to_owned(),
        files: 1,
        verdict: Verdict::Usable,
        notes: image.notes,
        warnings: Vec::new(),
    };
    for warning in image.warnings {
        info.warn(warning);
    }
    match checks::check(&volume) {
        Ok(notes) => {
            info.notes.extend(notes);
            info.notes.extend(match volume.unit {
                Unit::Other(_) => {
                    Some("The file does not say what its values measure, so they are shown without a unit.".into())
                }
                _ => checks::below_zero(&volume),
            });
            Finding { info, volume: Some(volume) }
        }
        Err(refusal) => {
            info.refuse(refusal);
            Finding { info, volume: None }
        }
    }
}

fn refused(name: &str, format: &str, files: usize, refusal: Refusal) -> Finding {
    Finding {
        info: SeriesInfo {
            title: title(name),
            format: format.into(),
            modality: String::new(),
            dims: [0; 3],
            spacing: [0.0; 3],
            frame: String::new(),
            unit: String::new(),
            files,
            verdict: refusal.into(),
            notes: Vec::new(),
            warnings: Vec::new(),
        },
        volume: None,
    }
}

/// One finding for all files that are no images, so that a licence text beside a series stays one line.
fn refuse_strangers(strangers: &[Stranger]) -> Option<Finding> {
    let next = "Drop a DICOM series (files, folder or zip) or a NIfTI image (.nii, .nii.gz).";
    let count = strangers.len();
    if let [(picture, name)] = strangers {
        let what = match picture {
            Some(picture) => format!("{} is {picture}: something to look at, without measured values.", title(name)),
            None => format!("{} is not an image that Darkroom can read.", title(name)),
        };
        return Some(refused(name, "", 1, Refusal::new(what, next)));
    }
    let names = strangers.iter().take(NAMES_TOLD).map(|(_, name)| title(name));
    let mut told = names.collect::<Vec<_>>().join(", ");
    if count > NAMES_TOLD {
        told += &format!(" and {} more", count - NAMES_TOLD);
    }
    let what = format!("{told} are not images that Darkroom can read.");
    (count > 0).then(|| refused(&format!("{count} other files"), "", count, Refusal::new(what, next)))
}

/// A file's name without its folders.
fn title(name: &str) -> String {
    name.rsplit('/').find(|part| !part.is_empty()).unwrap_or(name).to_owned()
}
