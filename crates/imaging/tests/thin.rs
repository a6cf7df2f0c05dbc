//! Thinning on images whose noise is known.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use darkroom_imaging::normalise::{foreground, noise};
use darkroom_imaging::thin::{short_of, thin};
use darkroom_imaging::{Unit, Volume, gaussian};
use darkroom_sampling::philox4x32;

const SIDE: usize = 48;

/// A ball of activity 4 in a background of 0.2 with noise of 5 %, smoothed by `sigma` mm.
fn ball(sigma: f64) -> Volume {
    let affine = [[2.0, 0.0, 0.0, 0.0], [0.0, 2.0, 0.0, 0.0], [0.0, 0.0, 2.0, 0.0]];
    let clean = |v: usize| {
        let at = [v % SIDE, v / SIDE % SIDE, v / (SIDE * SIDE)].map(|n| n as f64 - 23.5);
        if at.iter().map(|x| x * x).sum::<f64>() < 400.0 { 4.0 } else { 0.2 }
    };
    // Sums of twelve uniform numbers are normal enough.
    let deviation = |v: usize| -> f64 {
        let words = (0..3).flat_map(|n| philox4x32([v as u32, n, 0, 0], [1, 2]));
        words.map(|word| f64::from(word) / f64::from(u32::MAX)).sum::<f64>() - 6.0
    };
    let count = SIDE.pow(3);
    let noise = Volume::new([SIDE; 3], (0..count).map(|v| deviation(v) as f32).collect(), affine, Unit::Suv).unwrap();
    let smooth = if sigma > 0.0 { gaussian(&noise, sigma) } else { noise.data.clone() };
    let size = (smooth.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>() / count as f64).sqrt();
    let data = (0..count).map(|v| (clean(v) * (1.0 + 0.05 * f64::from(smooth[v]) / size)) as f32).collect();
    noise.with_data(data).unwrap()
}

fn measured(volume: &Volume) -> f64 {
    noise(volume, &foreground(volume).unwrap()).unwrap()
}

#[test]
fn noise_grows_by_the_root_of_the_share_and_means_stay() {
    for (sigma, share) in [(0.0, 0.25), (2.5, 0.25), (2.5, 0.1)] {
        let input = ball(sigma);
        let found = thin(&input, share, 7).unwrap();
        let (before, after) = (measured(&input), measured(&found.volume));
        assert!((found.noise_before - before).abs() < 1e-12);
        assert!((after / before * share.sqrt() - 1.0).abs() < 0.05, "{sigma} {share}: {before} became {after}");
        // The mean of the ball's inside, far from its edge.
        let mean = |volume: &Volume| {
            let inside = |v: usize| {
                let at = [v % SIDE, v / SIDE % SIDE, v / (SIDE * SIDE)].map(|n| n as f64 - 23.5);
                at.iter().map(|x| x * x).sum::<f64>() < 225.0
            };
            let values: Vec<f64> = (0..SIDE.pow(3)).filter(|&v| inside(v)).map(|v| f64::from(volume.data[v])).collect();
            values.iter().sum::<f64>() / values.len() as f64
        };
        assert!((mean(&found.volume) / mean(&input) - 1.0).abs() < 0.01, "{}", mean(&found.volume));
        assert!(found.volume.data.iter().all(|value| *value >= 0.0));
    }
}

#[test]
fn few_counts_stay_above_zero_and_bring_no_bias() {
    let input = ball(2.5);
    let loud = input.with_data(thin(&input, 0.1, 3).unwrap().volume.data).unwrap();
    // From 16 % of noise to 70 %: a voxel of the background keeps less than one count.
    let found = thin(&loud, 0.05, 7).unwrap();
    assert!(found.volume.data.iter().all(|value| *value >= 0.0));
    let background: Vec<usize> = (0..SIDE.pow(3)).filter(|&voxel| input.data[voxel] < 0.5).collect();
    let mean = |volume: &Volume| background.iter().map(|&v| f64::from(volume.data[v])).sum::<f64>();
    assert!((mean(&found.volume) / mean(&loud) - 1.0).abs() < 0.03, "{}", mean(&found.volume) / mean(&loud));
    let total = |volume: &Volume| volume.data.iter().map(|value| f64::from(*value)).sum::<f64>();
    assert!((total(&found.volume) / total(&loud) - 1.0).abs() < 1e-4);
    let hottest = |volume: &Volume| volume.data.iter().copied().fold(0.0, f32::max);
    assert!(hottest(&found.volume) < 8.0 * hottest(&loud), "{}", hottest(&found.volume));
    assert!((found.noise_after - measured(&found.volume)).abs() < 1e-12);
    // A measure that differs from the root of the share is told.
    assert!(short_of(0.25, 0.1, 0.17).unwrap().contains("20.0 %"));
    assert_eq!(short_of(0.25, 0.1, 0.19), None);
}

#[test]
fn texture_is_measured() {
    let white = thin(&ball(0.0), 0.5, 1).unwrap().texture_mm;
    assert!(white < 2.0, "less than a voxel: {white}");
    let width = thin(&ball(2.5), 0.5, 1).unwrap().texture_mm;
    assert!((width / (2.5 * 2.354_82) - 1.0).abs() < 0.15, "{width}");
}

#[test]
fn a_seed_gives_one_image_and_bad_shares_are_refused() {
    let input = ball(2.5);
    let of = |seed: u64| thin(&input, 0.25, seed).unwrap().volume;
    assert_eq!(of(7), of(7));
    assert!(of(7) != of(8) && of(7) != of(7 + (1 << 32)));
    for share in [0.0, 1.0, -0.5, 0.001, f64::NAN] {
        assert!(thin(&input, share, 1).unwrap_err().what.contains("share"), "{share}");
    }
    let flat = input.with_data(vec![1.0; SIDE.pow(3)]).unwrap();
    assert!(thin(&flat, 0.5, 1).is_err());
}
