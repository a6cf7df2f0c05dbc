//! A trunk made of simple bodies, at several grids.

use super::*;
use crate::Unit;

/// What lies at a place in millimetres: its CT number, and which tissue it is.
fn trunk([x, y, z]: [f64; 3]) -> (f64, Option<Tissue>) {
    let ellipse = |cx: f64, cy: f64, a: f64, b: f64| ((x - cx) / a).powi(2) + ((y - cy) / b).powi(2);
    // The couch touches nothing.
    if (-125.0..-119.0).contains(&y) {
        return (200.0, None);
    }
    if ellipse(0.0, 0.0, 150.0, 105.0) > 1.0 {
        return (-1000.0, None);
    }
    // Sacrum below 20 mm, as bony as the vertebrae above it.
    let spine = (z > 20.0).then_some(Tissue::Spine);
    let front = (y + 55.0, y + 78.0);
    let disc = z.rem_euclid(30.0) < 8.0;
    let body_of_vertebra = x.hypot(front.0);
    let canal = x.hypot(front.1);
    if body_of_vertebra < 18.0 {
        let bone = if disc { 80.0 } else { 150.0 };
        return (if body_of_vertebra > 15.0 && !disc { 450.0 } else { bone }, spine);
    }
    if canal < 14.0 {
        return (if canal < 8.0 { 30.0 } else { 400.0 }, spine);
    }
    // Iliac wings below, the breastbone in front.
    if z < 60.0 && (70.0..90.0).contains(&x.abs()) && y < 20.0 {
        return (400.0, None);
    }
    if z > 150.0 && x.abs() < 15.0 && (80.0..90.0).contains(&y) {
        return (400.0, None);
    }
    let lung = ellipse(72.0 * x.signum(), 5.0, 48.0, 62.0);
    let rib = ellipse(72.0 * x.signum(), 5.0, 62.0, 76.0);
    if z > 140.0 && lung < 1.0 {
        return (-800.0, Some(Tissue::Lungs));
    }
    if z > 120.0 && (z - 120.0).rem_euclid(28.0) < 9.0 && lung > 1.1 && rib < 1.0 && x.abs() > 45.0 {
        return (350.0, Some(Tissue::Ribs));
    }
    // Gas in the bowel, with its rim.
    let gas = (x - 30.0).hypot(y - 40.0).hypot(z - 80.0);
    (if gas < 30.0 { -1000.0 } else { 40.0 }, None)
}

/// A box around the trunk on voxels of these edges, its first axis running from left to right or back.
fn sampled(edges: [f64; 3], reversed: bool, value: impl Fn([f64; 3]) -> f64) -> Volume {
    let extent = [360.0, 270.0, 330.0];
    let dims: [usize; 3] = std::array::from_fn(|axis| (extent[axis] / edges[axis]) as usize);
    let mut affine = [[edges[0], 0.0, 0.0, -180.0], [0.0, edges[1], 0.0, -140.0], [0.0, 0.0, edges[2], 0.0]];
    if reversed {
        affine[0] = [-edges[0], 0.0, 0.0, 180.0];
    }
    let place = |at: usize| [at % dims[0], at / dims[0] % dims[1], at / (dims[0] * dims[1])].map(|n| n as f64);
    let data = (0..dims.iter().product()).map(|at| value(geometry::to_world(&affine, place(at))) as f32).collect();
    Volume::new(dims, data, affine, Unit::Hounsfield).unwrap()
}

fn ct(edges: [f64; 3], reversed: bool) -> Volume {
    sampled(edges, reversed, |place| trunk(place).0)
}

fn label(tissue: Tissue) -> u8 {
    match tissue {
        Tissue::Lungs => 4,
        Tissue::Spine => 7,
        Tissue::Ribs => 8,
    }
}

/// Dice's overlap of each tissue with what was drawn, and the share of other labels among the voxels that are neither.
fn agreement(map: &LabelMap, image: &Volume) -> ([f64; 3], f64) {
    let truth = sampled(image.spacing(), image.affine[0][0] < 0.0, |place| {
        trunk(place).1.map_or(0.0, |tissue| f64::from(label(tissue)))
    });
    let dice = Tissue::ALL.map(|tissue| {
        let wanted = label(tissue);
        let pairs =
            || map.labels.iter().zip(&truth.data).map(|(&found, &drawn)| (found == wanted, drawn == f32::from(wanted)));
        2.0 * pairs().filter(|&(a, b)| a && b).count() as f64
            / pairs().map(|(a, b)| usize::from(a) + usize::from(b)).sum::<usize>() as f64
    });
    let none = truth.data.iter().filter(|&&drawn| drawn == 0.0).count();
    let stray = map.labels.iter().zip(&truth.data).filter(|&(&found, &drawn)| drawn == 0.0 && found > 0).count();
    (dice, stray as f64 / none as f64)
}

#[test]
fn lungs_spine_and_ribs_are_found_at_every_resolution_and_orientation() {
    let image = sampled([4.0, 4.0, 4.0], true, |_| 0.0);
    for (edges, reversed) in [([3.0; 3], false), ([2.0, 2.0, 5.0], true), ([1.5, 1.5, 3.0], false)] {
        let found = CtTissues::find(&ct(edges, reversed)).unwrap();
        let (map, note) = found.onto(&image, label).unwrap();
        let ([lungs, spine, ribs], stray) = agreement(&map, &image);
        assert!(lungs > 0.93 && spine > 0.8 && ribs > 0.7, "{edges:?}: lungs {lungs}, spine {spine}, ribs {ribs}");
        assert!(stray < 0.015, "{edges:?}: {stray} of the rest is labelled");
        assert_eq!(note, None);
    }
}

#[test]
fn couch_breastbone_pelvis_and_gas_are_none_of_them() {
    let ct = ct([3.0; 3], false);
    let (map, _) = CtTissues::find(&ct).unwrap().onto(&ct, label).unwrap();
    let at = |x: f64, y: f64, z: f64| {
        let back = geometry::to_world(&geometry::inverse(&ct.affine).unwrap(), [x, y, z]).map(|n| n.round() as usize);
        map.labels[ct.index(back[0], back[1], back[2])]
    };
    assert_eq!([at(0.0, -122.0, 200.0), at(0.0, 85.0, 200.0), at(80.0, 0.0, 30.0), at(30.0, 40.0, 80.0)], [0; 4]);
    assert_eq!([at(72.0, 5.0, 200.0), at(0.0, -55.0, 200.0), at(0.0, -55.0, 100.0)], [4, 7, 7]);
    // The spine ends a vertebra below the crests' tops at 60 mm; what is further down is the sacrum's.
    assert_eq!(at(0.0, -55.0, 12.0), 0);
}

#[test]
fn without_lungs_nothing_is_found() {
    let limb = sampled([3.0; 3], false, |[x, y, _]| match x.hypot(y) {
        r if r < 12.0 => 600.0,
        r if r < 80.0 => 40.0,
        _ => -1000.0,
    });
    let refused = CtTissues::find(&limb).unwrap_err();
    assert!(refused.what.contains("No lungs") && refused.next.contains("label map"), "{refused}");
}

#[test]
fn what_is_not_in_hounsfield_units_is_refused() {
    let ct = ct([5.0; 3], false);
    let refused = |change: fn(f32) -> f32, unit: Unit| {
        let data = ct.data.iter().map(|&value| change(value)).collect();
        CtTissues::find(&Volume { unit, ..ct.with_data(data).unwrap() }).unwrap_err().what
    };
    let unsaid = || Unit::Other(String::new());
    assert!(refused(|hu| hu, Unit::Suv).contains("it is a PET"));
    assert!(refused(|hu| hu + 1024.0, unsaid()).contains("values of air"));
    assert!(refused(|hu| (hu + 1000.0) / 2000.0, unsaid()).contains("values of air"));
    assert!(refused(|_| f32::NAN, unsaid()).contains("not in HU"));
    assert!(refused(|hu| if hu > -500.0 { hu + 500.0 } else { hu }, unsaid()).contains("tissue is near 0"));
    assert!(CtTissues::find(&Volume { unit: unsaid(), ..ct.clone() }).is_ok(), "a NIfTI file does not say HU");
}

#[test]
fn a_ct_larger_than_a_patient_is_refused_before_memory_is_asked_for() {
    for edge in [1e5, f64::NAN, f64::INFINITY] {
        let mut ct = ct([5.0; 3], false);
        ct.affine[2][2] = edge;
        let refused = CtTissues::find(&ct).unwrap_err();
        assert!(refused.what.contains("larger than any patient"), "{refused}");
    }
    let flat = Volume::new([1; 3], vec![-1000.0], [[1.0, 0.0, 0.0, 0.0]; 3], Unit::Hounsfield).unwrap();
    assert!(CtTissues::find(&flat).is_err());
}

#[test]
fn a_ct_that_lies_elsewhere_or_covers_little_says_so() {
    let ct = ct([5.0; 3], false);
    let found = CtTissues::find(&ct).unwrap();
    let moved = |by: f64| {
        let mut image = sampled([5.0; 3], false, |_| 0.0);
        image.affine[2][3] += by;
        image
    };
    assert_eq!(overlap(&ct, &moved(300.0)), Ok(()));
    assert!(overlap(&ct, &moved(400.0)).unwrap_err().what.contains("do not overlap"));
    assert!(found.onto(&moved(400.0), label).unwrap_err().what.contains("do not overlap"));
    let (_, note) = found.onto(&moved(220.0), label).unwrap();
    assert!(note.is_some_and(|note| note.contains("covers 33 % of the image")));
    let mut below = moved(0.0);
    below.affine[2] = [0.0, 0.0, 0.05, 0.0];
    assert!(found.onto(&below, label).unwrap_err().what.contains("Neither lungs nor spine nor ribs"));
}
