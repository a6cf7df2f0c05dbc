//! Regions and their numbers on phantoms whose values are known in closed form.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use darkroom_imaging::roi::{Axis, BlandAltman, Cuboid, LIMIT, Measures, Profile, Region, compare, peak};
use darkroom_imaging::statistics::Sphere;
use darkroom_imaging::{LabelMap, Unit, Volume, geometry};
use std::f64::consts::PI;

const SIDE: usize = 41;
const EDGE: f64 = 2.0;

/// A cube of 2 mm voxels around the origin with `value(x, y, z)` in millimetres.
fn phantom(value: impl Fn(f64, f64, f64) -> f64) -> Volume {
    let start = -EDGE * (SIDE / 2) as f64;
    let affine = [[EDGE, 0.0, 0.0, start], [0.0, EDGE, 0.0, start], [0.0, 0.0, EDGE, start]];
    let data = (0..SIDE.pow(3)).map(|v| {
        let voxel = [v % SIDE, v / SIDE % SIDE, v / (SIDE * SIDE)].map(|n| n as f64);
        let [x, y, z] = geometry::to_world(&affine, voxel);
        value(x, y, z) as f32
    });
    Volume::new([SIDE; 3], data.collect(), affine, Unit::Suv).unwrap()
}

fn sphere(radius: f64) -> Sphere {
    Sphere { centre: [0.0; 3], radius }
}

fn close(value: f64, wanted: f64, share: f64) {
    assert!((value - wanted).abs() <= share * wanted.abs(), "{value}, wanted {wanted}");
}

#[test]
fn a_uniform_sphere_has_its_volume_mean_and_total() {
    let volume = phantom(|x, y, z| if x * x + y * y + z * z <= 400.0 { 4.0 } else { 1.0 });
    let region = Region::sphere(&volume, &sphere(20.0)).unwrap();
    let found = Measures::of(&volume, &region).unwrap();
    close(found.volume_ml, 4.0 / 3.0 * PI * 8.0, 0.01);
    assert_eq!((found.mean, found.max, found.min, found.sd), (4.0, 4.0, 4.0, 0.0));
    close(found.peak.unwrap(), 4.0, 1e-12);
    close(found.total, 4.0 * found.volume_ml, 1e-12);
    assert_eq!(found.noise, Some(0.0));
    // On a coarser, sheared, left-handed grid a millilitre is still one.
    let sheared =
        Volume { affine: [[-4.0, 0.5, 0.0, 80.0], [0.0, 4.0, 0.3, -80.0], [0.0, 0.0, 3.27, -60.0]], ..volume };
    let region = Region { name: String::new(), voxels: vec![0, 1, 2] };
    close(Measures::of(&sheared, &region).unwrap().volume_ml, 3.0 * 4.0 * 4.0 * 3.27 / 1000.0, 1e-12);
}

#[test]
fn the_peak_is_a_mean_over_one_millilitre() {
    // All activity in one voxel of 8 mm3: its share of a millilitre.
    let spot = phantom(|x, y, z| if x == 0.0 && y == 0.0 && z == 0.0 { 125.0 } else { 0.0 });
    let region = Region::sphere(&spot, &sphere(2.5)).unwrap();
    close(peak(&spot, &region).unwrap(), 125.0 * 0.008, 0.01);
    // On a ramp the mean of a centred sphere is the value at its centre; it may reach beyond the region.
    let ramp = phantom(|x, y, _| 50.0 + x + 0.5 * y);
    let region = Region::cuboid(&ramp, &Cuboid { from: [-1.0; 3], to: [11.0, 5.0, 1.0] }).unwrap();
    close(peak(&ramp, &region).unwrap(), 50.0 + 10.0 + 2.0, 1e-6);
    // Not beyond the image.
    let corner = Region { name: String::new(), voxels: vec![0, 1] };
    assert_eq!(peak(&ramp, &corner), None);
    // A parabola along x: over a sphere its mean is r^2 / 5, and voxels that hold their centre's value add edge^2 / 12.
    let bowl = phantom(|x, _, _| x * x);
    let centre = Region { name: String::new(), voxels: vec![(SIDE.pow(3) - 1) / 2] };
    close(peak(&bowl, &centre).unwrap(), 6.2035_f64.powi(2) / 5.0 + EDGE * EDGE / 12.0, 0.01);
}

#[test]
fn a_threshold_cuts_a_gaussian_where_its_formula_says() {
    let sigma = 9.0_f64;
    // A second, cooler blob is not joined to the hottest and stays out.
    let blob = |x: f64, y: f64, z: f64, at: f64| (-((x - at).powi(2) + y * y + z * z) / (2.0 * sigma * sigma)).exp();
    let volume = phantom(|x, y, z| 10.0 * blob(x, y, z, 0.0) + if x > 33.0 && y < -33.0 { 9.9 } else { 0.0 });
    let region = Region::threshold(&volume, 41.0, None).unwrap();
    let radius = sigma * (-2.0 * 0.41_f64.ln()).sqrt();
    close(Measures::of(&volume, &region).unwrap().volume_ml, 4.0 / 3.0 * PI * radius.powi(3) / 1000.0, 0.03);
    let (index, middle) = (region.hottest(&volume), (SIDE.pow(3) - 1) / 2);
    assert_eq!(index, middle);
    // Within another region its own maximum counts.
    let within = Region::cuboid(&volume, &Cuboid { from: [30.0, -40.0, -40.0], to: [40.0, -30.0, 40.0] }).unwrap();
    let other = Region::threshold(&volume, 41.0, Some(&within)).unwrap();
    assert!(other.voxels.iter().all(|voxel| within.voxels.contains(voxel)) && !other.voxels.contains(&middle));
    for percent in [0.0, 101.0, f64::NAN] {
        assert!(Region::threshold(&volume, percent, None).unwrap_err().what.contains('%'));
    }
    assert!(Region::threshold(&phantom(|_, _, _| -1.0), 41.0, None).is_err());
}

#[test]
fn a_lesion_that_reaches_beyond_its_search_sphere_is_told() {
    let volume = phantom(|x, y, z| 10.0 * (-(x * x + y * y + z * z) / 162.0).exp());
    // 41 % lie 12 mm from the centre.
    for (radius, cut) in [(8.0, true), (20.0, false)] {
        let within = Region::sphere(&volume, &sphere(radius)).unwrap();
        let region = Region::threshold(&volume, 41.0, Some(&within)).unwrap();
        let said = region.cut_off(&volume, 41.0, &within);
        assert_eq!(said.is_some(), cut, "{radius} mm");
        assert!(said.is_none_or(|said| said.starts_with("41 % of") && said.contains("larger")));
    }
}

#[test]
fn boxes_and_labels_take_the_voxels_they_name() {
    let volume = phantom(|x, _, _| x);
    let cuboid = Cuboid { from: [9.0, -1.0, 3.0], to: [-1.0, 5.0, 1.0] };
    let region = Region::cuboid(&volume, &cuboid).unwrap();
    // x 0 to 8, y 0 to 4, z 2.
    assert_eq!(region.voxels.len(), 5 * 3);
    let mut labels = vec![0; SIDE.pow(3)];
    for &voxel in &region.voxels {
        labels[voxel] = 7;
    }
    labels[0] = 2;
    let map = LabelMap { dims: [SIDE; 3], labels };
    let regions = Region::labels(&volume, &map).unwrap();
    assert_eq!(regions.iter().map(|region| region.name.as_str()).collect::<Vec<_>>(), ["label 2", "label 7"]);
    assert_eq!(regions[1].voxels, region.voxels);
    let none = LabelMap { dims: [SIDE; 3], labels: vec![0; SIDE.pow(3)] };
    assert!(Region::labels(&volume, &none).unwrap_err().what.contains("no label"));
    let small = LabelMap { dims: [1, 1, 1], labels: vec![1] };
    assert!(Region::labels(&volume, &small).is_err());
    let far = Region::sphere(&volume, &Sphere { centre: [900.0, 0.0, 0.0], radius: 5.0 }).unwrap_err();
    assert!(far.what.contains("no voxel") && far.next.contains("-40"), "{far}");
    assert!(Region::sphere(&volume, &sphere(-1.0)).is_err());
}

#[test]
fn changes_beyond_the_limit_are_flagged() {
    let input = phantom(|x, y, z| 5.0 + 0.01 * (x + y + z));
    let scaled = |factor: f64| phantom(|x, y, z| factor * (5.0 + 0.01 * (x + y + z)));
    let region = Region::sphere(&input, &sphere(12.0)).unwrap();
    let near = compare(&input, Some(&scaled(1.1)), &region, LIMIT).unwrap();
    let changes = near.changes.unwrap();
    for change in [changes.mean, changes.max, changes.peak, changes.total] {
        close(change.percent.unwrap(), 10.0, 1e-4);
        assert!(!change.flagged);
    }
    assert!(!near.flagged());
    let far = compare(&input, Some(&scaled(0.8)), &region, LIMIT).unwrap();
    assert!(far.flagged() && far.changes.unwrap().peak.flagged);
    assert!(compare(&input, Some(&scaled(1.1)), &region, 5.0).unwrap().flagged());
    assert_eq!(compare(&input, None, &region, LIMIT).unwrap().changes, None);
    let mut shifted = scaled(1.0);
    shifted.affine[2][3] += 1.0;
    assert!(compare(&input, Some(&shifted), &region, LIMIT).unwrap_err().what.contains("1.00 mm apart"));
    let other = Volume { unit: Unit::BecquerelPerMl, ..scaled(1.0) };
    assert!(compare(&input, Some(&other), &region, LIMIT).unwrap_err().what.contains("Bq/ml"));
}

#[test]
fn agreement_and_profiles_follow_their_definitions() {
    let input = phantom(|x, _, _| 10.0 + x);
    // Differences of 1 and 3 in equal numbers along y: bias 2, deviation 1.
    let result = phantom(|x, y, _| 10.0 + x + if (y / EDGE) as i64 % 2 == 0 { 1.0 } else { 3.0 });
    let cuboid = Cuboid { from: [-20.0, -1.0, -20.0], to: [20.0, 3.0, 20.0] };
    let region = Region::cuboid(&input, &cuboid).unwrap();
    let found = BlandAltman::of(&input, &result, &[region.clone(), region.clone()]).unwrap();
    assert_eq!(found.voxels, region.voxels.len());
    close(found.bias, 2.0, 1e-6);
    let count = region.voxels.len() as f64;
    let reach = 1.96 * (count / (count - 1.0)).sqrt();
    close(found.limits[1], 2.0 + reach, 1e-6);
    close(found.limits[0], 2.0 - reach, 1e-4);
    assert!(found.points.len() <= 800 && found.points.iter().all(|point| point[1] == 1.0 || point[1] == 3.0));
    assert_eq!(BlandAltman::of(&input, &result, &[]), None);

    let profile = Profile::of(&input, (SIDE.pow(3) - 1) / 2, Axis::I).unwrap();
    assert_eq!((profile.distance[0], profile.values[0]), (-40.0, -30.0));
    assert_eq!(profile.values[SIDE / 2], 10.0);
    assert!(Profile::of(&input, (SIDE.pow(3) - 1) / 2, Axis::K).unwrap().values.iter().all(|value| *value == 10.0));
    assert_eq!(Profile::of(&input, SIDE.pow(3), Axis::J), None);
}
