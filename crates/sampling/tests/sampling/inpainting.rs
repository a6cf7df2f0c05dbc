//! Images that are known in part.

use crate::support::{card, finish, settings};
use darkroom_sampling::{Inputs, Known, Philox, Plan, Request, Run, Settings};

/// Pairs (known, new) of a Gaussian prior with variance 1 and correlation 0.8, many side by side.
const PAIRS: usize = 10_000;
const CORRELATION: f64 = 0.8;
const KNOWN: f32 = 1.5;

fn begin(repeats: usize, sampler: &str, steps: usize) -> Run {
    let card = card(
        r#"{ "schedule": { "kind": "linear", "beta_start": 1e-4, "beta_end": 0.02, "timesteps": 1000,
                "zero_terminal_snr": true }, "prediction": "x0" }"#,
    );
    let settings: Settings = settings(&format!(
        r#"{{ "sampler": {sampler}, "steps": {steps}, "spacing": {{ "kind": "trailing" }},
              "inpaint": {{ "repeats": {repeats} }} }}"#
    ));
    let known = Known::new([KNOWN, 9.0].repeat(PAIRS), [0.0, 1.0].repeat(PAIRS)).unwrap();
    let inputs = Inputs { known: Some(known), image: None };
    Run::begin(Plan::new(&card, &settings).unwrap(), 2 * PAIRS, Philox::new(9), inputs).unwrap()
}

/// E\[x0 | x\] of every pair: along (1, 1) the variance is 1 + ρ, along (1, −1) it is 1 − ρ.
fn network(request: &Request<'_>, level: darkroom_sampling::Level) -> Vec<f32> {
    let gain = |c: f64| level.signal * c / (level.signal * level.signal * c + level.noise * level.noise);
    let (sum, difference) = (gain(1.0 + CORRELATION) / 2.0, gain(1.0 - CORRELATION) / 2.0);
    let pair = |x: &[f32]| {
        let (a, b) = (f64::from(x[0]), f64::from(x[1]));
        [(sum * (a + b) + difference * (a - b)) as f32, (sum * (a + b) - difference * (a - b)) as f32]
    };
    request.input.chunks_exact(2).flat_map(pair).collect()
}

/// Mean and variance of the new half.
fn new_half(repeats: usize, sampler: &str, steps: usize) -> [f64; 2] {
    let mut run = begin(repeats, sampler, steps);
    finish(&mut run, &network);
    assert!(run.x().iter().step_by(2).all(|&value| value == KNOWN), "the known part is kept to the bit");
    let new: Vec<f64> = run.x().iter().skip(1).step_by(2).copied().map(f64::from).collect();
    let mean = new.iter().sum::<f64>() / PAIRS as f64;
    [mean, new.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / PAIRS as f64]
}

#[test]
fn the_new_part_follows_the_known_one() {
    // Given 1.5, the other has mean ρ 1.5 = 1.2 and variance 1 − ρ² = 0.36. Putting the known part back makes only an
    // approximate posterior; repeats bring it nearer (Lugmayr et al. 2022).
    let ddpm = r#"{ "kind": "ddpm", "variance": "fixed-large" }"#;
    let far = |[mean, variance]: [f64; 2]| (mean - 1.2).abs() + (variance - 0.36).abs();
    let (once, often) = (new_half(1, ddpm, 100), new_half(8, ddpm, 100));
    assert!(far(often) < 0.3 * far(once) && far(often) < 0.1, "{once:?}, {often:?}");
}

#[test]
fn samplers_that_remember_keep_the_known_part_too() {
    for sampler in [r#"{ "kind": "dpm-solver" }"#, r#"{ "kind": "heun" }"#] {
        let [mean, _] = new_half(1, sampler, 20);
        assert!(mean > 0.3, "{sampler}: {mean}");
    }
}

#[test]
fn a_soft_mask_lies_between() {
    let card = card(r#"{ "schedule": { "kind": "cosine", "timesteps": 100 }, "prediction": "x0" }"#);
    let settings = settings(r#"{ "sampler": { "kind": "ddim" }, "steps": 5, "inpaint": { "repeats": 1 } }"#);
    let known = Known::new(vec![2.0; 3], vec![0.0, 0.25, 1.0]).unwrap();
    let inputs = Inputs { known: Some(known), image: None };
    let mut run = Run::begin(Plan::new(&card, &settings).unwrap(), 3, Philox::new(1), inputs).unwrap();
    finish(&mut run, &|request, _| vec![-1.0; request.input.len()]);
    assert_eq!(run.x(), [2.0, 1.25, -1.0]);
}
