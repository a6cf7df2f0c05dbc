//! Tables of the measured rows, in the form of a model's card.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use darkroom_formats::report::{Curve, over_doses};
use darkroom_imaging::LesionCounts;
use serde::Serialize;

use super::measured::{Figures, Method, Row};

const METHODS: [Method; 3] = [Method::Untouched, Method::Gaussian, Method::Model];
/// Diameters of the lesions that the card's table counts, give or take a voxel's rounding.
const LESIONS_MM: std::ops::RangeInclusive<f64> = 8.0..=20.5;

/// Means over the pairs at one dose by one method.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Means {
    dose: f64,
    method: Method,
    pairs: usize,
    standard: Figures,
    truth: Option<Figures>,
    lesions: usize,
    /// Mean change of SUVmean and SUVmax over lesions of 8 to 20 mm, per cent.
    lesion_suv_mean: Option<f64>,
    lesion_suv_max: Option<f64>,
    /// Lesions shown, lost and invented in all pairs together.
    counts: LesionCounts,
}

/// "1/4" where the dose is one part of a whole, else a decimal.
pub(crate) fn fraction(dose: f64) -> String {
    let parts = (1.0 / dose).round();
    if (1.0 / parts - dose).abs() < 1e-4 { format!("1/{parts}") } else { format!("{dose:.3}") }
}

/// Means of every dose, from the highest down, and method.
pub(crate) fn means(rows: &[Row]) -> Vec<Means> {
    let doses = doses(rows);
    doses.iter().flat_map(|&dose| METHODS.into_iter().filter_map(move |method| mean(rows, dose, method))).collect()
}

fn doses(rows: &[Row]) -> Vec<f64> {
    let mut doses: Vec<f64> = rows.iter().map(|row| row.dose).collect();
    doses.sort_by(|a, b| b.total_cmp(a));
    doses.dedup_by(|a, b| (*a - *b).abs() < 1e-6);
    doses
}

fn at(rows: &[Row], dose: f64, method: Method) -> Vec<&Row> {
    rows.iter().filter(|row| (row.dose - dose).abs() < 1e-6 && row.method == method).collect()
}

fn mean(rows: &[Row], dose: f64, method: Method) -> Option<Means> {
    let chosen = at(rows, dose, method);
    let truths: Option<Vec<Figures>> = chosen.iter().map(|row| row.truth).collect();
    let lesions =
        || chosen.iter().flat_map(|row| &row.lesions).filter(|lesion| LESIONS_MM.contains(&lesion.diameter_mm));
    Some(Means {
        dose,
        method,
        pairs: chosen.len(),
        standard: middle(&chosen.iter().map(|row| row.standard).collect::<Vec<_>>())?,
        truth: truths.and_then(|truths| middle(&truths)),
        lesions: lesions().count(),
        lesion_suv_mean: average(lesions().map(|lesion| lesion.suv_mean)),
        lesion_suv_max: average(lesions().map(|lesion| lesion.suv_max)),
        counts: chosen.iter().fold(LesionCounts::default(), |sum, row| sum + row.counts),
    })
}

fn middle(all: &[Figures]) -> Option<Figures> {
    let of = |part: fn(&Figures) -> f64| average(all.iter().map(part));
    Some(Figures {
        nrmse: of(|figures| figures.nrmse)?,
        psnr_db: of(|figures| figures.psnr_db)?,
        ssim: of(|figures| figures.ssim)?,
    })
}

fn average(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (count, sum) = values.fold((0_usize, 0.0), |(count, sum), value| (count + 1, sum + value));
    (count > 0).then(|| sum / count as f64)
}

/// All tables in Markdown. `model` names the model's column, `widths` are dose and the Gaussian's width in mm.
pub(crate) fn markdown(rows: &[Row], model: &str, widths: &[(String, u32)]) -> String {
    let means = means(rows);
    let widths: Vec<String> = widths.iter().map(|(dose, width)| format!("{width} at {dose}")).collect();
    let mut text = format!(
        "Means over pairs, inside the body. The Gaussian has the width that is best on these very pairs (mm: {}).\n",
        widths.join(", ")
    );
    let mut table = |title: &str, cell: &dyn Fn(&Means) -> Option<String>| {
        if means.iter().any(|mean| cell(mean).is_some()) {
            let _ = write!(text, "\n{title}:\n\n| dose | untouched | Gaussian | {model} |\n|---|---|---|---|\n");
            for of_dose in means.chunks(METHODS.len()) {
                let cell = |mean: &Means| cell(mean).unwrap_or_else(|| "n/a".to_owned());
                let cells: Vec<String> = of_dose.iter().map(cell).collect();
                let _ = writeln!(text, "| {} | {} |", fraction(of_dose[0].dose), cells.join(" | "));
            }
        }
    };
    let mut figures = |title: &str, digits: usize, of: &dyn Fn(&Means) -> Option<f64>| {
        table(title, &|mean| of(mean).map(|value| format!("{value:.digits$}")));
    };
    figures("NRMSE against the standard dose", 4, &|mean| Some(mean.standard.nrmse));
    figures("PSNR against the standard dose, dB", 2, &|mean| Some(mean.standard.psnr_db));
    figures("SSIM against the standard dose", 3, &|mean| Some(mean.standard.ssim));
    figures("NRMSE against the noise-free image", 4, &|mean| Some(mean.truth?.nrmse));
    figures("PSNR against the noise-free image, dB", 2, &|mean| Some(mean.truth?.psnr_db));
    figures("SSIM against the noise-free image", 3, &|mean| Some(mean.truth?.ssim));
    figures("SUVmean of lesions of 8 to 20 mm, change in %", 1, &|mean| mean.lesion_suv_mean);
    figures("SUVmax of lesions of 8 to 20 mm, change in %", 1, &|mean| mean.lesion_suv_max);
    table("Lesions lost of those that the standard dose shows, and invented", &|mean| {
        let LesionCounts { shown, lost, invented } = mean.counts;
        Some(format!("{lost} of {shown}, {invented}"))
    });
    text + &regions(rows)
}

/// NRMSE and PSNR against the standard dose over the doses, as SVG. `model` names the model's line.
pub(crate) fn plot(rows: &[Row], model: &str) -> String {
    let means = means(rows);
    let curves = |of: fn(&Figures) -> f64| {
        let curve = |(method, name): (Method, &str)| Curve {
            name: name.to_owned(),
            points: means
                .iter()
                .filter(|mean| mean.method == method)
                .map(|mean| (mean.dose, of(&mean.standard)))
                .collect(),
        };
        METHODS.into_iter().zip(["untouched", "Gaussian", model]).map(curve).collect::<Vec<_>>()
    };
    let plots = [
        ("NRMSE against the standard dose", curves(|figures| figures.nrmse)),
        ("PSNR against the standard dose, dB", curves(|figures| figures.psnr_db)),
    ];
    over_doses(&plots, fraction)
}

/// The bias of each region's mean by the model, a row a label.
fn regions(rows: &[Row]) -> String {
    let labels: BTreeSet<u8> = rows.iter().flat_map(|row| row.regions.keys().copied()).collect();
    if labels.is_empty() {
        return String::new();
    }
    let doses = doses(rows);
    let heads: Vec<String> = doses.iter().map(|&dose| fraction(dose)).collect();
    let mut text = format!(
        "\nRegion means by the model, change in % (n: pairs that hold the region):\n\n| label | {} |\n|{}\n",
        heads.join(" | "),
        "---|".repeat(doses.len() + 1)
    );
    for label in labels {
        let cells: Vec<String> = doses
            .iter()
            .map(|&dose| {
                let biases: Vec<f64> =
                    at(rows, dose, Method::Model).iter().filter_map(|row| row.regions.get(&label).copied()).collect();
                let mean = average(biases.iter().copied());
                mean.map_or_else(|| "n/a".to_owned(), |mean| format!("{mean:+.1} (n {})", biases.len()))
            })
            .collect();
        let _ = writeln!(text, "| {label} | {} |", cells.join(" | "));
    }
    text
}
