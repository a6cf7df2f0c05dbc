//! `darkroom measure`: regions of an image, or of an image and what was made of it.

mod regions;
mod report;

use std::path::PathBuf;

use darkroom_formats::report::figure;
use darkroom_imaging::roi::{BlandAltman, Change, Compared, LIMIT, Region, compare};
use serde_json::json;

use crate::entered::EnteredArguments;
use crate::error::{CliError, write};
use crate::input::{self, Image};
use regions::RegionArguments;

/// Arguments of `darkroom measure`.
#[derive(Debug, clap::Args)]
pub(crate) struct Measure {
    /// A NIfTI file, a DICOM folder or a zip.
    input: PathBuf,
    /// What was made of it, on the same grid.
    result: Option<PathBuf>,
    #[command(flatten)]
    regions: RegionArguments,
    /// Flag changes beyond this many per cent; what two scans of one patient differ by is about 15.
    #[arg(long, value_name = "PERCENT", default_value_t = LIMIT)]
    limit: f64,
    /// Title of the series to take, where there are several.
    #[arg(long)]
    series: Option<String>,
    #[command(flatten)]
    entered: EnteredArguments,
    /// Write a report with plots: one HTML file that loads nothing.
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,
    /// Put names, dates and file names into the report; without this it has none.
    #[arg(long, requires = "report")]
    identifiers: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// What was measured.
struct Findings {
    input: Image,
    result: Option<Image>,
    regions: Vec<Region>,
    compared: Vec<Compared>,
    agreement: Option<BlandAltman>,
    notes: Vec<String>,
}

impl Measure {
    pub(crate) fn run(self) -> Result<(), CliError> {
        if !(self.limit > 0.0 && self.limit.is_finite()) {
            return Err(CliError::Usage(format!("a limit of {} % flags nothing sensible; try 15", self.limit)));
        }
        let findings = self.find()?;
        if let Some(path) = &self.report {
            write(path, report::html(&self, &findings).as_bytes())?;
        }
        if self.json {
            return self.print_json(&findings);
        }
        self.print(&findings);
        Ok(())
    }

    fn find(&self) -> Result<Findings, CliError> {
        let entered = self.entered.values();
        let input = input::open_entered(&self.input, self.series.as_deref(), &entered)?;
        let result = match &self.result {
            None => None,
            Some(path) => {
                let mut image = input::open(path, None)?;
                // A result as DICOM is scaled as its source was.
                if let Some(series) = image.series.as_mut().filter(|series| series.suv.is_some() && !entered.is_empty())
                {
                    series.enter(&entered)?;
                    if let Some(volume) = &series.volume {
                        image.volume.clone_from(volume);
                    }
                }
                Some(image)
            }
        };
        let (regions, mut notes) = self.regions.regions(&input.volume)?;
        // What is told of both is told once, of the input.
        let of_result =
            result.iter().flat_map(|image| &image.info.notes).filter(|note| !input.info.notes.contains(note));
        notes.extend(of_result.map(|note| format!("Of the result: {note}")));
        let other = result.as_ref().map(|image| &image.volume);
        let compared = regions.iter().map(|region| compare(&input.volume, other, region, self.limit));
        let compared = compared.collect::<Result<Vec<_>, _>>()?;
        let agreement = other.and_then(|other| BlandAltman::of(&input.volume, other, &regions));
        Ok(Findings { input, result, regions, compared, agreement, notes })
    }

    fn print_json(&self, findings: &Findings) -> Result<(), CliError> {
        let Findings { input, compared, agreement, notes, .. } = findings;
        let agreement = agreement
            .as_ref()
            .map(|agreement| json!({ "bias": agreement.bias, "limits": agreement.limits, "voxels": agreement.voxels }));
        let report = json!({
            "unit": input.volume.unit.label(),
            "limit": self.limit,
            "regions": compared,
            "flagged": compared.iter().filter(|compared| compared.flagged()).count(),
            "agreement": agreement,
            "suv": input.series.as_ref().and_then(|series| series.suv.as_ref()),
            "notes": input.info.notes.iter().chain(notes).collect::<Vec<_>>(),
        });
        println!("{}", serde_json::to_string_pretty(&report)?);
        Ok(())
    }

    fn print(&self, findings: &Findings) {
        let unit = findings.input.volume.unit.label();
        for region in &findings.compared {
            let before = &region.input;
            println!("{}: {:.2} mL, {} voxels", region.region, before.volume_ml, before.voxels);
            let changes = region.changes.as_ref();
            let rows = [
                ("max", Some(before.max), region.result.map(|after| after.max), changes.map(|c| c.max), unit),
                ("mean", Some(before.mean), region.result.map(|after| after.mean), changes.map(|c| c.mean), unit),
                ("peak", before.peak, region.result.and_then(|after| after.peak), changes.map(|c| c.peak), unit),
                ("total", Some(before.total), region.result.map(|after| after.total), changes.map(|c| c.total), "x mL"),
                ("noise", before.noise, region.result.and_then(|after| after.noise), changes.map(|c| c.noise), ""),
            ];
            for (name, before, after, change, unit) in rows {
                let told = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), figure);
                let after = after.map_or(String::new(), |after| format!(" -> {}", told(Some(after))));
                println!("  {name:<6} {}{after} {unit}{}", told(before), self.change(change));
            }
        }
        if let Some(agreement) = &findings.agreement {
            let [low, high] = agreement.limits;
            let [bias, low, high] = [agreement.bias, low, high].map(figure);
            println!("agreement: bias {bias}, 95 % of differences {low} to {high} {unit}");
        }
        for note in findings.input.info.notes.iter().chain(&findings.notes) {
            println!("note: {note}");
        }
        println!("Research and teaching only. Not for diagnosis.");
    }

    fn change(&self, change: Option<Change>) -> String {
        let Some(Change { percent: Some(percent), flagged }) = change else { return String::new() };
        let flag = if flagged { format!("  BEYOND {} %", self.limit) } else { String::new() };
        format!("  {percent:+.1} %{flag}")
    }
}
