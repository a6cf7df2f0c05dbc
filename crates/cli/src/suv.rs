//! `darkroom suv`: how a PET series becomes SUV, or what is missing for it.

use std::path::PathBuf;

use darkroom_imaging::statistics::Extremes;
use darkroom_imaging::suv::Record;
use serde_json::json;

use crate::entered::EnteredArguments;
use crate::error::CliError;
use crate::input;

/// Arguments of `darkroom suv`.
#[derive(Debug, clap::Args)]
pub(crate) struct Suv {
    /// A DICOM folder, file or zip.
    input: PathBuf,
    /// Title of the series to take, where there are several.
    #[arg(long)]
    series: Option<String>,
    #[command(flatten)]
    entered: EnteredArguments,
    /// The same as --injected-dose.
    #[arg(long, value_name = "MBQ", conflicts_with = "injected_dose", help_heading = "SUV by hand")]
    dose: Option<f64>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Suv {
    pub(crate) fn run(self) -> Result<(), CliError> {
        let mut entered = self.entered.values();
        entered.dose_mbq = entered.dose_mbq.or(self.dose);
        let image = input::open_entered(&self.input, self.series.as_deref(), &entered)?;
        let Some(record) = image.series.as_ref().and_then(|series| series.suv.as_ref()) else {
            return Err(CliError::Refused {
                what: format!(
                    "\"{}\" is no PET series of DICOM files, and only those say how to reach SUV.",
                    image.info.title
                ),
                next: "Give the folder of a PET series.".into(),
            });
        };
        let values = Extremes::of(image.volume.data.iter().copied().filter(|value| *value > 0.0));
        let values = values.filter(|_| record.available);
        if self.json {
            let mut report = json!({
                "series": image.info.title,
                "suv": values.map(|values| json!({ "min": values.min, "median": values.median, "max": values.max })),
            });
            merge(&mut report, serde_json::to_value(record)?);
            let notes: Vec<&String> = image.info.notes.iter().collect();
            merge(&mut report, json!({ "notes": notes }));
            println!("{}", serde_json::to_string_pretty(&report)?);
        } else {
            print(&image.info.title, record, values.as_ref());
            for note in &image.info.notes {
                println!("note: {note}");
            }
        }
        record.missing.as_ref().map_or(Ok(()), |missing| {
            let next = missing.field.map_or_else(
                || "Export the series in Bq/ml (BQML) or as SUV (GML).".to_owned(),
                |field| format!("If you know it, enter it with --{}.", field.option()),
            );
            Err(CliError::Refused { what: format!("SUV not available: {}.", missing.what), next })
        })
    }
}

/// Adds the members of an object to another.
fn merge(into: &mut serde_json::Value, from: serde_json::Value) {
    if let (Some(into), serde_json::Value::Object(from)) = (into.as_object_mut(), from) {
        into.extend(from);
    }
}

fn print(title: &str, record: &Record, values: Option<&Extremes>) {
    println!("{title}");
    if record.available {
        println!("rule: {}", record.rule);
    }
    match record.factor {
        Some([least, most]) if least == most => println!("factor: {least:.6e}"),
        Some([least, most]) => println!("factor: {least:.6e} to {most:.6e}, another in each slice"),
        None => {}
    }
    if let Some(times) = &record.times {
        println!("injected {}", times.injection);
        println!("scanned {} ({})", times.reference, times.reference_source);
        println!("elapsed {:.1} min", times.elapsed_minutes);
    }
    let slices = record.slices;
    let [least, most] = slices.slope;
    println!(
        "{} slices, {} different slopes from {least} to {most}, {} with an intercept",
        slices.count, slices.different_slopes, slices.with_intercept
    );
    if let Some(Extremes { min, median, max }) = values {
        println!("SUV above 0: least {min:.3}, median {median:.3}, most {max:.3}");
    }
}
