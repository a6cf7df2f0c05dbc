//! The report of `darkroom measure`, without anything that names a patient or a day unless asked for.

use darkroom_formats::report::{self, Report, names_nobody};
use darkroom_imaging::roi::{Axis, Profile};

use super::{Findings, Measure};

pub(super) fn html(measure: &Measure, findings: &Findings) -> String {
    let Findings { input, result, regions, compared, agreement, notes } = findings;
    let volume = &input.volume;
    let hottest = regions.first().map(|region| region.hottest(volume));
    let profile = |volume| hottest.and_then(|voxel| Profile::of(volume, voxel, Axis::I));
    let profiles = [profile(volume), result.as_ref().and_then(|image| profile(&image.volume))];
    let told = |note: &&String| measure.identifiers || names_nobody(note);
    let notes: Vec<String> = input.info.notes.iter().filter(told).chain(notes).cloned().collect();
    let report = Report {
        title: if result.is_some() { "Measurements of input and result" } else { "Measurements" },
        unit: volume.unit.label(),
        facts: &facts(measure, findings),
        regions: compared,
        limit: measure.limit,
        agreement: agreement.as_ref(),
        profiles: profiles[0].as_ref().map(|input| (input, profiles[1].as_ref())),
        notes: &notes,
    };
    report.html()
}

fn facts(measure: &Measure, findings: &Findings) -> Vec<(String, String)> {
    let fact = |name: &str, value: String| (name.to_owned(), value);
    let mut facts = Vec::new();
    let image = &findings.input;
    if measure.identifiers {
        facts.push(fact("Input", measure.input.display().to_string()));
        facts.extend(measure.result.iter().map(|path| fact("Result", path.display().to_string())));
        facts
            .extend(image.series.iter().flat_map(|series| series.identifiers()).map(|(name, value)| fact(name, value)));
    }
    let record = image.series.as_ref().and_then(|series| series.suv.as_ref());
    facts.extend(report::image(&image.volume, record, measure.identifiers));
    facts
}
