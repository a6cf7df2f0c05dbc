//! The report of measurements.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use darkroom_formats::report::Report;
use darkroom_imaging::roi::{Axis, BlandAltman, Compared, Measures, Profile, Region, compare};
use darkroom_imaging::statistics::Sphere;
use darkroom_imaging::{Unit, Volume};

fn volume(factor: f32) -> Volume {
    let affine = [[2.0, 0.0, 0.0, 0.0], [0.0, 2.0, 0.0, 0.0], [0.0, 0.0, 2.0, 0.0]];
    let data = (0..20_usize.pow(3)).map(|v| factor * (3.0 + (v % 20) as f32 * 0.1)).collect();
    Volume::new([20; 3], data, affine, Unit::Suv).unwrap()
}

#[test]
fn a_report_holds_all_numbers_and_nothing_from_elsewhere() {
    let (input, result) = (volume(1.0), volume(1.25));
    let mut region = Region::sphere(&input, &Sphere { centre: [19.0; 3], radius: 9.0 }).unwrap();
    region.name = "<script>alert(\"liver\")</script>".into();
    let regions = [compare(&input, Some(&result), &region, 15.0).unwrap()];
    let voxel = region.hottest(&input);
    let profiles = [&input, &result].map(|volume| Profile::of(volume, voxel, Axis::I).unwrap());
    let agreement = BlandAltman::of(&input, &result, &[region]).unwrap();
    let html = Report {
        title: "Measurements",
        unit: "SUV",
        facts: &[("Grid".into(), "20 x 20 x 20".into())],
        regions: &regions,
        limit: 15.0,
        agreement: Some(&agreement),
        profiles: Some((&profiles[0], Some(&profiles[1]))),
        notes: &["A note.".into()],
    }
    .html();
    for part in [
        "Not for diagnosis",
        "default-src 'none'",
        "+25.0 % (beyond 15 %)",
        "1 of 1 regions",
        "&lt;script&gt;alert(&quot;liver&quot;)",
        "aria-label=\"Bland-Altman plot\"",
        "<dt>Grid</dt><dd>20 x 20 x 20</dd>",
        "<li>A note.</li>",
        "SUV mL",
    ] {
        assert!(html.contains(part), "{part}");
    }
    assert!(!html.contains("<script") && !html.contains("src=") && !html.contains("href=") && !html.contains("NaN"));
    assert_eq!(html.matches("<circle").count(), agreement.points.len());
    let small = regions.clone().map(|region| Compared { input: Measures { max: 2.2e-6, ..region.input }, ..region });
    let small = Report {
        title: "",
        unit: "",
        facts: &[],
        regions: &small,
        limit: 15.0,
        agreement: None,
        profiles: None,
        notes: &[],
    };
    assert!(small.html().contains("2.2000e-6"), "a small value keeps its digits");
    let alone = [compare(&input, None, &Region { name: "all".into(), voxels: vec![0, 1] }, 15.0).unwrap()];
    let alone = Report {
        regions: &alone,
        agreement: None,
        profiles: None,
        title: "",
        unit: "",
        facts: &[],
        limit: 15.0,
        notes: &[],
    };
    let html = alone.html();
    assert!(!html.contains("result") && html.contains("–"), "{html}");
}
