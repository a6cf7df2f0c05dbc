//! A report of measurements as one HTML file: a table, two plots, nothing loaded from anywhere.

mod csv;
mod curves;
mod facts;
mod markup;
mod number;
mod plot;
mod private;
mod table;

use std::fmt::Write;

use darkroom_imaging::roi::{BlandAltman, Compared, Profile};

pub use csv::table;
pub use curves::{Curve, over_doses};
pub use facts::image;
pub use markup::escaped;
pub use number::figure;
pub use private::{entered, names_nobody};

/// What every report says of itself.
const MARK: &str = "Research and teaching only. Not for diagnosis.";

/// What a report tells. Texts are put in as they are: whoever fills them decides whether they name a patient.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// Its heading.
    pub title: &'a str,
    /// The unit of the values; empty when unknown.
    pub unit: &'a str,
    /// Names and values of what the images are: grid, spacing, how SUV was reached.
    pub facts: &'a [(String, String)],
    /// The regions' numbers.
    pub regions: &'a [Compared],
    /// The change in per cent beyond which numbers are flagged.
    pub limit: f64,
    /// Agreement of input and result.
    pub agreement: Option<&'a BlandAltman>,
    /// The line through the hottest voxel of the first region: in the input, and in the result if there is one.
    pub profiles: Option<(&'a Profile, Option<&'a Profile>)>,
    /// Sentences below.
    pub notes: &'a [String],
}

impl Report<'_> {
    /// The report as an HTML document.
    #[must_use]
    pub fn html(&self) -> String {
        let title = escaped(self.title);
        let mut html = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n<style>{STYLE}</style>\n\
             </head>\n<body>\n<h1>{title}</h1>\n<p><strong>{MARK}</strong></p>\n"
        );
        // Writing to a string cannot fail, here and in what is called.
        html += "<dl>\n";
        for (name, value) in self.facts {
            let _ = writeln!(html, "<dt>{}</dt><dd>{}</dd>", escaped(name), escaped(value));
        }
        html += "</dl>\n";
        html += &table::table(self);
        if let Some((input, result)) = self.profiles {
            html += "<h2>Profile</h2>\n<p>Along a line of voxels through the hottest one of the first region.</p>\n";
            html += &plot::profile(input, result, self.unit);
        }
        if let Some(agreement) = self.agreement {
            let BlandAltman { bias, limits: [low, high], voxels, .. } = agreement;
            let _ = writeln!(
                html,
                "<h2>Agreement</h2>\n<p>Bland and Altman: {voxels} voxels of all regions, result minus input. Bias {}, \
                 95 % of differences between {} and {}{}.</p>",
                figure(*bias),
                figure(*low),
                figure(*high),
                escaped(&of_unit(self.unit))
            );
            html += &plot::agreement(agreement, self.unit);
        }
        if !self.notes.is_empty() {
            html += "<h2>Notes</h2>\n<ul>\n";
            for note in self.notes {
                let _ = writeln!(html, "<li>{}</li>", escaped(note));
            }
            html += "</ul>\n";
        }
        html + "</body>\n</html>\n"
    }
}

/// A unit behind a number, with the space between.
fn of_unit(unit: &str) -> String {
    if unit.is_empty() { String::new() } else { format!(" {unit}") }
}

const STYLE: &str = "body{font:16px/1.5 sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#111;background:#fff}\
table{border-collapse:collapse;margin:1rem 0}\
th,td{border-bottom:1px solid #bbb;padding:.3rem .7rem;text-align:right}\
th:first-child,td:first-child,caption{text-align:left}\
caption{font-weight:bold}.flag{font-weight:bold;background:#fde8e8}\
dl{display:grid;grid-template-columns:max-content auto;gap:.2rem 1rem}dt{font-weight:bold}dd{margin:0}\
svg{max-width:100%;height:auto}";
