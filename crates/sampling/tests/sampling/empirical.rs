//! A prior over a few images, whose denoiser is exact: E\[x0 | x\] = Σ softmax_i(−|x − a x_i|² / 2 s²) x_i.
//!
//! The images are the corners of a regular simplex, so each must be drawn equally often, however few steps are taken.

use crate::support::{card, finish, output, settings, unscaled};
use darkroom_sampling::{Diffusion, Inputs, Level, Philox, Plan, Run, Settings};

const WIDTH: usize = 4;
const COPIES: usize = 4000;

/// Image n: 1.5 at element n, −0.5 elsewhere.
fn image(n: usize) -> [f64; WIDTH] {
    std::array::from_fn(|i| if i == n { 1.5 } else { -0.5 })
}

fn denoise(level: Level, x: &[f64]) -> Vec<f64> {
    let mut all = Vec::with_capacity(x.len());
    for x in x.chunks_exact(WIDTH) {
        let logits: Vec<f64> = (0..WIDTH)
            .map(|n| {
                let distance: f64 = image(n).iter().zip(x).map(|(v, x)| (x - level.signal * v).powi(2)).sum();
                -distance / (2.0 * level.noise * level.noise)
            })
            .collect();
        let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let weights: Vec<f64> = logits.iter().map(|logit| (logit - largest).exp()).collect();
        let total: f64 = weights.iter().sum();
        all.extend((0..WIDTH).map(|i| (0..WIDTH).map(|n| weights[n] / total * image(n)[i]).sum::<f64>()));
    }
    all
}

/// How often each image was drawn.
fn counts(card: &Diffusion, settings: &Settings) -> [usize; WIDTH] {
    let plan = Plan::new(card, settings).unwrap();
    let mut run = Run::begin(plan, WIDTH * COPIES, Philox::new(8), Inputs::default()).unwrap();
    let prediction = card.prediction;
    finish(&mut run, &|request, level| {
        let x = unscaled(request, prediction, level);
        output(prediction, level, &x, &denoise(level, &x))
    });
    let mut counts = [0; WIDTH];
    let mut stray = 0;
    for x in run.x().chunks_exact(WIDTH) {
        let far = |n: usize| image(n).iter().zip(x).map(|(v, &x)| (v - f64::from(x)).powi(2)).sum::<f64>();
        match (0..WIDTH).find(|&n| far(n) < 0.01) {
            Some(n) => counts[n] += 1,
            None => stray += 1,
        }
    }
    // Where two images were as near as each other at the end, their mean comes out.
    assert!(stray * 50 < COPIES, "{:?}: {stray} of {COPIES} are none of the images", settings.sampler);
    counts
}

#[test]
fn every_image_is_drawn_equally_often() {
    let preserving = card(
        r#"{ "schedule": { "kind": "linear", "beta_start": 1e-4, "beta_end": 0.02, "timesteps": 1000,
                "zero_terminal_snr": true }, "prediction": "v" }"#,
    );
    let exploding = card(
        r#"{ "schedule": { "kind": "ve-geometric", "sigma_min": 0.02, "sigma_max": 40.0, "timesteps": 100 },
             "prediction": "noise" }"#,
    );
    let runs = [
        (&preserving, r#"{ "kind": "ddpm", "variance": "fixed-small" }"#, 50),
        (&preserving, r#"{ "kind": "ddpm", "variance": "fixed-large" }"#, 50),
        (&preserving, r#"{ "kind": "ddim" }"#, 25),
        (&preserving, r#"{ "kind": "ddim", "eta": 0.85, "convention": "whole-noise" }"#, 25),
        (&preserving, r#"{ "kind": "renoise" }"#, 25),
        (&preserving, r#"{ "kind": "dpm-solver" }"#, 15),
        (&preserving, r#"{ "kind": "heun" }"#, 15),
        (&exploding, r#"{ "kind": "ddpm", "variance": "fixed-large" }"#, 100),
        (&exploding, r#"{ "kind": "heun", "churn": { "amount": 5.0, "range": [0.05, 50.0], "noise": 1.0 } }"#, 50),
        (&exploding, r#"{ "kind": "langevin", "repeats": 4, "length": 0.2 }"#, 50),
        (&exploding, r#"{ "kind": "predictor-corrector" }"#, 100),
    ];
    // A count of N draws with p = 1/4 has the variance 3N/16; five standard deviations, and the strays.
    let allowed = 5.0 * (3.0 * COPIES as f64 / 16.0).sqrt() + COPIES as f64 / 50.0;
    for (card, sampler, steps) in runs {
        let json = format!(r#"{{ "sampler": {sampler}, "steps": {steps}, "spacing": {{ "kind": "trailing" }} }}"#);
        let counts = counts(card, &settings(&json));
        let fair = COPIES as f64 / WIDTH as f64;
        assert!(counts.iter().all(|&count| (count as f64 - fair).abs() < allowed), "{sampler}: {counts:?}");
    }
}
