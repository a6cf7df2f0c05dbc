//! The table of a report: a body a region, a row a number.

use std::fmt::Write;

use darkroom_imaging::roi::{Change, Changes, Compared, Measures};

use super::{Report, escaped, figure, of_unit};

/// A number of a region: its name, how to find it, how to find its change.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) unit: Unit,
    pub(super) value: fn(&Measures) -> Option<f64>,
    pub(super) change: fn(&Changes) -> Option<Change>,
}

/// What a row is in.
pub(super) enum Unit {
    Image,
    PerCent,
    Total,
}

pub(super) const ROWS: [Row; 5] = [
    Row { name: "max", unit: Unit::Image, value: |m| Some(m.max), change: |c| Some(c.max) },
    Row { name: "mean", unit: Unit::Image, value: |m| Some(m.mean), change: |c| Some(c.mean) },
    Row { name: "peak, 1 mL", unit: Unit::Image, value: |m| m.peak, change: |c| Some(c.peak) },
    Row { name: "mean × volume (TLG)", unit: Unit::Total, value: |m| Some(m.total), change: |c| Some(c.total) },
    Row {
        name: "noise (SD / mean)",
        unit: Unit::PerCent,
        value: |m| m.noise.map(|n| 100.0 * n),
        change: |c| Some(c.noise),
    },
];

pub(super) fn table(report: &Report<'_>) -> String {
    let paired = report.regions.iter().any(|region| region.result.is_some());
    let mut html = String::from("<table>\n<caption>Regions</caption>\n<thead><tr><th scope=\"col\">number</th>");
    html += "<th scope=\"col\">input</th>";
    if paired {
        html += "<th scope=\"col\">result</th><th scope=\"col\">change</th>";
    }
    html += "</tr></thead>\n";
    for region in report.regions {
        let columns = if paired { 4 } else { 2 };
        let Measures { voxels, volume_ml, .. } = region.input;
        let _ = writeln!(
            html,
            "<tbody>\n<tr><th scope=\"rowgroup\" colspan=\"{columns}\">{}: {volume_ml:.2} mL, {voxels} voxels</th></tr>",
            escaped(&region.region)
        );
        for row in &ROWS {
            html += &line(row, region, report, paired);
        }
        html += "</tbody>\n";
    }
    html += "</table>\n";
    if paired {
        let flagged = report.regions.iter().filter(|region| region.flagged()).count();
        let _ = writeln!(
            html,
            "<p>{flagged} of {} regions have a number that changed by more than {} %.</p>",
            report.regions.len(),
            report.limit
        );
    }
    html
}

fn line(row: &Row, region: &Compared, report: &Report<'_>, paired: bool) -> String {
    let unit = match row.unit {
        Unit::Image => of_unit(report.unit),
        Unit::Total => format!("{} mL", of_unit(report.unit)),
        Unit::PerCent => " %".to_owned(),
    };
    let value = |measures: &Measures| {
        (row.value)(measures).map_or_else(|| "–".to_owned(), |value| format!("{}{}", figure(value), escaped(&unit)))
    };
    let mut html = format!("<tr><th scope=\"row\">{}</th><td>{}</td>", row.name, value(&region.input));
    if paired {
        let result = region.result.as_ref().map_or_else(|| "–".to_owned(), value);
        let change = region.changes.as_ref().and_then(row.change);
        let percent = change.and_then(|change| change.percent);
        let told = percent.map_or_else(|| "–".to_owned(), |percent| format!("{percent:+.1} %"));
        let (class, word) = if change.is_some_and(|change| change.flagged) {
            (" class=\"flag\"", format!(" (beyond {} %)", report.limit))
        } else {
            ("", String::new())
        };
        let _ = write!(html, "<td>{result}</td><td{class}>{told}{word}</td>");
    }
    html + "</tr>\n"
}
