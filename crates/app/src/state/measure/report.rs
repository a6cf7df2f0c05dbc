//! What was measured as files: a report, and a table for other programs. Neither names a patient, a day or a file.

use darkroom_formats::report::{self, Report, names_nobody};
use darkroom_imaging::roi::{Axis, BlandAltman, Compared, Profile, Region};

use super::super::{Effect, Outcome, Standard, State, Study, dose_words};
use super::Measured;

/// The report of all regions.
pub(super) fn report(state: &State) -> Option<Effect> {
    let study = state.study.as_ref()?;
    let regions = &state.measurement.regions;
    let first = regions.first()?;
    let result = state.result.as_ref();
    let numbers = named(regions);
    let voxels: Vec<Region> = regions.iter().map(|measured| measured.region.clone()).collect();
    let agreement = result.and_then(|result| BlandAltman::of(&study.volume, &result.volume, &voxels));
    let hottest = first.region.hottest(&study.volume);
    let before = Profile::of(&study.volume, hottest, Axis::I)?;
    let after = result.and_then(|result| Profile::of(&result.volume, hottest, Axis::I));
    let input = state.series.get(study.series).map_or(&[][..], |info| &info.notes);
    let own = regions.iter().filter_map(|measured| measured.note.as_ref());
    let notes = input.iter().chain(result.iter().flat_map(|result| &result.notes)).chain(own);
    let notes: Vec<String> = notes.filter(|note| names_nobody(note)).cloned().collect();
    let report = Report {
        title: "Darkroom: measurements",
        unit: study.volume.unit.label(),
        facts: &facts(study, result),
        regions: &numbers,
        limit: state.measurement.limit,
        agreement: agreement.as_ref(),
        profiles: Some((&before, after.as_ref())),
        notes: &notes,
    };
    Some(Effect::Save { name: "darkroom-report.html".to_owned(), bytes: report.html().into_bytes() })
}

/// The table of all regions as comma-separated values.
pub(super) fn table(state: &State) -> Option<Effect> {
    let unit = state.study.as_ref()?.volume.unit.label();
    let regions = named(&state.measurement.regions);
    let table = (!regions.is_empty()).then(|| report::table(&regions, unit, state.measurement.limit))?;
    Some(Effect::Save { name: "darkroom-table.csv".to_owned(), bytes: table.into_bytes() })
}

/// The numbers of all regions. Those of label maps are told apart by the maps' order: a file's name may be a patient's.
fn named(regions: &[Measured]) -> Vec<Compared> {
    let mut files: Vec<&str> = Vec::new();
    for file in regions.iter().filter_map(|measured| measured.file.as_deref()) {
        if !files.contains(&file) {
            files.push(file);
        }
    }
    let name = |measured: &Measured| {
        let name = &measured.region.name;
        let Some(file) = &measured.file else { return name.clone() };
        let label = name.strip_prefix(file.as_str()).map_or("label", |rest| rest.trim_start_matches(": "));
        match files.iter().position(|one| one == file).filter(|_| files.len() > 1) {
            Some(at) => format!("label map {}: {label}", at + 1),
            None => label.to_owned(),
        }
    };
    regions.iter().map(|measured| Compared { region: name(measured), ..measured.numbers.clone() }).collect()
}

fn facts(study: &Study, result: Option<&Outcome>) -> Vec<(String, String)> {
    let mut facts = report::image(&study.volume, study.suv.as_deref(), false);
    if let Some(Standard { thinning, .. }) = &study.standard {
        let share = dose_words(thinning.share);
        let said = format!("thinned to {share} of its dose, simulated, seed {}", thinning.seed);
        facts.push(("Input".to_owned(), said));
    }
    if let Some((dose, estimated)) = result.and_then(|result| Some((result.dose?, result.estimated))) {
        let how = if estimated { "estimated from the image" } else { "assumed, as chosen" };
        facts.push(("Dose".to_owned(), format!("{} of the standard dose, {how}", dose_words(dose))));
    }
    if let Some(record) = result.and_then(|result| serde_json::from_str::<serde_json::Value>(&result.provenance).ok()) {
        for (fact, name) in [
            ("Model", "model"),
            ("Version", "version"),
            ("Weights, SHA-256", "weights_sha256"),
            ("Computed on", "adapter"),
        ] {
            let value = record[name].as_str().map(|value| (fact.to_owned(), value.to_owned()));
            facts.extend(value);
        }
    }
    facts
}
