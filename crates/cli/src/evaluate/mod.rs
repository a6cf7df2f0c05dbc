//! `darkroom evaluate`: the quality table of a model's card, from a folder of pairs.

mod item;
mod measured;
mod tables;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::PathBuf;

use darkroom_imaging::{Volume, gaussian};
use darkroom_pipelines::{EnhanceOptions, Enhancer, Mask};
use serde_json::json;

use crate::backend::Processor;
use crate::error::{CliError, write};
use crate::model;
use item::Item;
use measured::{Judge, Method};

/// Widths of Gaussians that are tried, in millimetres (standard deviation).
const WIDTHS: std::ops::RangeInclusive<u32> = 1..=16;

/// Arguments of `darkroom evaluate`.
#[derive(Debug, clap::Args)]
#[command(after_help = item::LAYOUT)]
pub(crate) struct Evaluate {
    /// A folder of pairs: one .npz or one folder for each.
    pairs: PathBuf,
    /// Another model: the folder or zip of a package, or a bare .onnx network.
    #[arg(long)]
    model: Option<PathBuf>,
    /// Give the model the pairs' regions as a mask.
    #[arg(long)]
    mask: bool,
    /// Have the dose estimated from the noise instead of telling it.
    #[arg(long)]
    estimate_dose: bool,
    /// Only the first so many pairs.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    #[command(flatten)]
    processor: Processor,
    /// Where a plot of NRMSE and PSNR over the doses goes, as SVG.
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<PathBuf>,
    /// Print every number as JSON instead of tables in Markdown.
    #[arg(long)]
    json: bool,
}

/// The width of the Gaussian at each dose, keyed by the dose in millionths so that it can be a key.
type Widths = BTreeMap<u32, u32>;

impl Evaluate {
    pub(crate) fn run(self) -> Result<(), CliError> {
        let package = model::open(self.model.as_deref())?;
        let items = item::all(&self.pairs, self.limit)?;
        let widths = tuned(&items)?;
        let name = package.manifest.model.name.clone();
        let version = package.manifest.model.version.clone();
        let mut enhancer = pollster::block_on(async { Enhancer::open(package, self.processor.open().await?).await })?;
        let mut rows = Vec::new();
        let mut notes = Vec::new();
        for item in &items {
            let judge = Judge::of(item)?;
            for (dose, low) in &item.low {
                let width = widths.get(&key(*dose)).copied().unwrap_or(*WIDTHS.start());
                let smooth = low.with_data(gaussian(low, f64::from(width))).map_err(item::unusable)?;
                let options = EnhanceOptions {
                    dose: (!self.estimate_dose && enhancer.package().manifest.dose.is_some()).then_some(*dose),
                    regions: item.regions.clone().filter(|_| self.mask).map(Mask::from),
                };
                let enhanced = pollster::block_on(enhancer.run(low, &options, &mut |_| ControlFlow::Continue(())))?;
                notes.extend(enhanced.notes.iter().map(|note| format!("{}, dose {dose:.3}: {note}", item.name)));
                let methods =
                    [(Method::Untouched, low), (Method::Gaussian, &smooth), (Method::Model, &enhanced.volume)];
                for (method, image) in methods {
                    rows.push(judge.row(*dose, method, image)?);
                }
            }
            eprintln!("{} measured", item.name);
        }
        if let Some(path) = &self.plot {
            write(path, tables::plot(&rows, &format!("{name} {version}")).as_bytes())?;
        }
        // From the highest dose down, as the tables go.
        let tuned: Vec<(String, u32)> =
            widths.iter().rev().map(|(dose, width)| (tables::fraction(dose_of(*dose)), *width)).collect();
        if self.json {
            let report = json!({
                "model": name, "version": version, "backend": enhancer.backend().name(),
                "pairs": items.iter().map(|item| &item.name).collect::<Vec<_>>(),
                "mask": self.mask, "dose_estimated": self.estimate_dose,
                "gaussian_mm": tuned.iter().cloned().collect::<BTreeMap<_, _>>(),
                "means": tables::means(&rows), "rows": rows, "notes": notes,
            });
            println!("{}", serde_json::to_string_pretty(&report)?);
            return Ok(());
        }
        println!("# {name} {version} on {} pairs\n", items.len());
        println!("{}", tables::markdown(&rows, &name, &tuned));
        for note in notes {
            println!("- {note}");
        }
        Ok(())
    }
}

/// The Gaussian with the smallest mean NRMSE at each dose, over these very pairs: the best it can do here.
fn tuned(items: &[Item]) -> Result<Widths, CliError> {
    let mut sums: BTreeMap<u32, BTreeMap<u32, f64>> = BTreeMap::new();
    for item in items {
        let body = item.body()?;
        for (dose, low) in &item.low {
            let of_dose = sums.entry(key(*dose)).or_default();
            let mut before = f64::INFINITY;
            for width in WIDTHS {
                let smooth: Volume = low.with_data(gaussian(low, f64::from(width))).map_err(item::unusable)?;
                let found = measured::errors(&smooth, &item.standard, &body)?.nrmse;
                *of_dose.entry(width).or_default() += found;
                // The error over the width has one valley, so far behind it nothing is to be found.
                if found > 1.5 * before {
                    for beyond in width + 1..=*WIDTHS.end() {
                        *of_dose.entry(beyond).or_default() += found;
                    }
                    break;
                }
                before = before.min(found);
            }
        }
    }
    let best =
        |of_dose: BTreeMap<u32, f64>| of_dose.into_iter().min_by(|a, b| a.1.total_cmp(&b.1)).map(|(width, _)| width);
    Ok(sums.into_iter().filter_map(|(dose, of_dose)| Some((dose, best(of_dose)?))).collect())
}

fn key(dose: f64) -> u32 {
    (dose * 1e6).round() as u32
}

fn dose_of(key: u32) -> f64 {
    f64::from(key) / 1e6
}
