//! The numbers of a report as comma-separated values, a line a region, for programs that reckon with them.

use darkroom_imaging::roi::{Compared, Measures};

use super::table::{ROWS, Unit};

/// The table. Units stand in its header; `unit` is that of the values, empty when unknown. A number that does not exist is
/// an empty field. Names are put in as they are: whoever fills them decides whether they name a patient.
#[must_use]
pub fn table(regions: &[Compared], unit: &str, limit: f64) -> String {
    let paired = regions.iter().any(|region| region.result.is_some());
    let mut header = vec!["region".to_owned(), "volume (mL)".to_owned(), "voxels".to_owned()];
    for row in &ROWS {
        let unit = match row.unit {
            Unit::Image if unit.is_empty() => String::new(),
            Unit::Image => format!(" ({unit})"),
            Unit::Total => format!(" ({})", format!("{unit} mL").trim_start()),
            Unit::PerCent => " (%)".to_owned(),
        };
        // A table without the mark of its encoding is read in any, where a sign beyond ASCII would be two; and whoever
        // splits the header at its commas finds a name a field.
        let name = row.name.replace('×', "x").replace(',', "");
        if paired {
            header.extend([
                format!("{name} input{unit}"),
                format!("{name} result{unit}"),
                format!("{name} change (%)"),
            ]);
        } else {
            header.push(format!("{name}{unit}"));
        }
    }
    if paired {
        header.push(format!("changed beyond {limit} %"));
    }
    let lines = regions.iter().map(|region| fields(region, paired));
    std::iter::once(header).chain(lines).map(|fields| line(&fields)).collect()
}

fn fields(region: &Compared, paired: bool) -> Vec<String> {
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    let Measures { volume_ml, voxels, .. } = region.input;
    let mut fields = vec![region.region.replace('×', "x"), volume_ml.to_string(), voxels.to_string()];
    for row in &ROWS {
        fields.push(number((row.value)(&region.input)));
        if paired {
            fields.push(number(region.result.as_ref().and_then(row.value)));
            let change = region.changes.as_ref().and_then(row.change);
            fields.push(number(change.and_then(|change| change.percent)));
        }
    }
    if paired {
        fields.push(if region.flagged() { "yes" } else { "no" }.to_owned());
    }
    fields
}

/// Fields on a line as RFC 4180 has them.
fn line(fields: &[String]) -> String {
    let quoted = |field: &String| {
        if field.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", field.replace('"', "\"\""))
        } else {
            field.clone()
        }
    };
    fields.iter().map(quoted).collect::<Vec<_>>().join(",") + "\r\n"
}
