//! Regions from the command line.

use std::path::PathBuf;

use darkroom_imaging::Volume;
use darkroom_imaging::roi::{Cuboid, Region};
use darkroom_imaging::statistics::Sphere;

use crate::error::CliError;
use crate::input;

/// Which regions to measure.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true)]
pub(crate) struct RegionArguments {
    /// A sphere: its centre in RAS+ millimetres and its radius, "x,y,z,r". May be given several times.
    #[arg(long, value_name = "X,Y,Z,R", value_parser = sphere, allow_hyphen_values = true)]
    sphere: Vec<Sphere>,
    /// A box: two opposite corners in RAS+ millimetres, "x,y,z,x,y,z". May be given several times.
    #[arg(long = "box", value_name = "X,Y,Z,X,Y,Z", value_parser = cuboid, allow_hyphen_values = true)]
    cuboid: Vec<Cuboid>,
    /// What stands out: the voxels at this many per cent of the maximum or more, joined to the hottest, in each sphere and
    /// box given, or in the whole image.
    #[arg(long, value_name = "PERCENT", num_args = 0..=1, default_missing_value = "41")]
    threshold: Option<f64>,
    /// A label map as NIfTI, on any grid: a region for each label.
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
}

impl RegionArguments {
    /// The regions on the grid of a volume, and what to tell about them.
    pub(crate) fn regions(&self, volume: &Volume) -> Result<(Vec<Region>, Vec<String>), CliError> {
        let spheres = self.sphere.iter().map(|sphere| Region::sphere(volume, sphere));
        let cuboids = self.cuboid.iter().map(|cuboid| Region::cuboid(volume, cuboid));
        let mut regions = spheres.chain(cuboids).collect::<Result<Vec<_>, _>>()?;
        let mut notes = Vec::new();
        if let Some(percent) = self.threshold {
            regions = if regions.is_empty() {
                vec![Region::threshold(volume, percent, None)?]
            } else {
                let within = |region: &Region| {
                    let found = Region::threshold(volume, percent, Some(region))?;
                    notes.extend(found.cut_off(volume, percent, region));
                    Ok::<_, CliError>(found)
                };
                regions.iter().map(within).collect::<Result<_, _>>()?
            };
        }
        if let Some(path) = &self.labels {
            let (map, note) = input::labels(path, volume)?;
            regions.extend(Region::labels(volume, &map)?);
            notes.extend(note);
        }
        Ok((regions, notes))
    }
}

fn sphere(text: &str) -> Result<Sphere, String> {
    let [x, y, z, radius] = numbers(text).ok_or("write x,y,z,r in millimetres, such as 12,-40,310,15")?;
    Ok(Sphere { centre: [x, y, z], radius })
}

fn cuboid(text: &str) -> Result<Cuboid, String> {
    let [a, b, c, x, y, z] = numbers(text).ok_or("write two corners in millimetres, such as 0,-60,300,40,-20,330")?;
    Ok(Cuboid { from: [a, b, c], to: [x, y, z] })
}

/// As many numbers as wanted, parted by commas.
fn numbers<const N: usize>(text: &str) -> Option<[f64; N]> {
    let numbers: Option<Vec<f64>> =
        text.split(',').map(|part| part.trim().parse().ok().filter(|number: &f64| number.is_finite())).collect();
    numbers?.try_into().ok()
}
