//! Samplers on the Gaussian prior: what they make of it in the limit, at two numbers of steps, and with real noise.

use crate::prior::{EIGEN, MEAN, Moments, affine_moments, along_axes, covariance, denoise, moments, result};
use crate::support::{Basis, card, finish, output, settings};
use darkroom_sampling::{Combination, Diffusion, Inputs, Level, Philox, Plan, Prediction, Run, Settings};

/// A variance-preserving schedule that begins without any signal, so that x_T ~ N(0, I) is exact.
fn preserving() -> Diffusion {
    card(
        r#"{ "schedule": { "kind": "linear", "beta_start": 1e-4, "beta_end": 0.02, "timesteps": 1000,
                "zero_terminal_snr": true }, "prediction": "v" }"#,
    )
}

fn exploding(prediction: &str) -> Diffusion {
    card(&format!(
        r#"{{ "schedule": {{ "kind": "ve-geometric", "sigma_min": 0.002, "sigma_max": 80.0, "timesteps": 1000 }},
             "prediction": {prediction} }}"#
    ))
}

fn trailing(sampler: &str, steps: usize) -> Settings {
    settings(&format!(r#"{{ "sampler": {sampler}, "steps": {steps}, "spacing": {{ "kind": "trailing" }} }}"#))
}

fn karras(sampler: &str, steps: usize) -> Settings {
    settings(&format!(r#"{{ "sampler": {sampler}, "steps": {steps}, "spacing": {{ "kind": "karras", "rho": 7.0 }} }}"#))
}

/// What the probability flow makes of N(0, σ² I) in place of N(m, C + σ² I), where a variance-exploding run begins.
fn flown(sigma: f64) -> Moments {
    let missing = along_axes(MEAN, |c| (c / (c + sigma * sigma)).sqrt());
    let covariance = covariance(|c| c * sigma * sigma / (c + sigma * sigma));
    Moments { mean: [MEAN[0] - missing[0], MEAN[1] - missing[1]], covariance }
}

/// A method of order p errs by c nᵖ⁻¹, so two runs tell the limit: (2ᵖ M(2n) − M(n)) / (2ᵖ − 1) has the next order's
/// error only. It must be the prior to a fifth of what M(2n) is off, and M(2n) must be nearer than M(n).
fn tends_to(wanted: &Moments, card: &Diffusion, make: impl Fn(usize) -> Settings, steps: usize, order: i32) {
    let (coarse, fine) = (moments(card, &make(steps)), moments(card, &make(2 * steps)));
    let power = f64::from(1 << order);
    let limit = |fine: f64, coarse: f64| (power * fine - coarse) / (power - 1.0);
    let extrapolated = Moments {
        mean: [0, 1].map(|i| limit(fine.mean[i], coarse.mean[i])),
        covariance: [0, 1, 2].map(|i| limit(fine.covariance[i], coarse.covariance[i])),
    };
    let (off, left) = (fine.error(wanted), extrapolated.error(wanted));
    let shrinks = coarse.error(wanted) > 1.6 * off;
    assert!(left < 0.2 * off && shrinks, "{:?}: {coarse:?}, {fine:?}, limit {extrapolated:?}", make(steps).sampler);
    // And the error is small, not only shrinking.
    assert!(off < 0.12, "{:?}: {fine:?}", make(steps).sampler);
}

const SMALL: &str = r#"{ "kind": "ddpm", "variance": "fixed-small" }"#;
const LARGE: &str = r#"{ "kind": "ddpm", "variance": "fixed-large" }"#;
const DDIM: &str = r#"{ "kind": "ddim" }"#;
const SOLVER: &str = r#"{ "kind": "dpm-solver" }"#;
const HEUN: &str = r#"{ "kind": "heun" }"#;

#[test]
fn samplers_of_preserving_schedules_tend_to_the_prior() {
    let half = r#"{ "kind": "ddim", "eta": 0.5 }"#;
    let one = r#"{ "kind": "ddim", "eta": 1.0 }"#;
    for sampler in [SMALL, LARGE, DDIM, half, one] {
        tends_to(&Moments::prior(), &preserving(), |steps| trailing(sampler, steps), 250, 1);
    }
    // Equal timesteps are no equal steps to the methods of second order, the first and the last least of all.
    for sampler in [SOLVER, HEUN] {
        let [coarse, fine] = [25, 50].map(|n| moments(&preserving(), &trailing(sampler, n)).error(&Moments::prior()));
        assert!(coarse < 0.02 && fine < coarse / 3.0, "{sampler}: {coarse}, {fine}");
    }
}

#[test]
fn samplers_of_exploding_schedules_tend_to_the_prior() {
    for (sampler, order) in [(DDIM, 1), (SOLVER, 2), (HEUN, 2)] {
        tends_to(&flown(80.0), &exploding("\"x0\""), |steps| karras(sampler, steps), 80, order);
    }
    // Ancestral noise makes up for the mean that the start lacks.
    for sampler in [SMALL, LARGE] {
        tends_to(&Moments::prior(), &exploding("\"x0\""), |steps| karras(sampler, steps), 80, 1);
    }
}

#[test]
fn churn_leaves_the_prior_alone() {
    let churned = r#"{ "kind": "heun", "churn": { "amount": 4.0, "range": [0.05, 50.0], "noise": 1.0 } }"#;
    let (plain, card) = (flown(80.0), exploding("\"x0\""));
    let off = moments(&card, &karras(churned, 160)).error(&plain);
    // The start's missing mean, 0.013, is made up for in part; the rest is the error of the steps.
    assert!(off < 0.02, "{off}");
    assert_ne!(moments(&card, &karras(churned, 20)).error(&plain), moments(&card, &karras(HEUN, 20)).error(&plain));
}

#[test]
fn what_the_network_predicts_makes_no_difference() {
    let wanted = moments(&exploding("\"x0\""), &karras(HEUN, 20));
    for prediction in ["\"noise\"", r#"{ "edm": { "sigma_data": 0.5 } }"#] {
        assert!(moments(&exploding(prediction), &karras(HEUN, 20)).error(&wanted) < 1e-4, "{prediction}");
    }
}

#[test]
fn a_learned_variance_at_its_ends_is_a_fixed_one() {
    let mut learned = preserving();
    learned.variance = darkroom_sampling::Variance::LearnedRange;
    for (share, fixed) in [(-1.0, SMALL), (1.0, LARGE)] {
        let run = |card: &Diffusion, sampler: &str, more: &[f32]| {
            let plan = Plan::new(card, &trailing(sampler, 20)).unwrap();
            let mut run = Run::begin(plan, 2, Philox::new(3), Inputs::default()).unwrap();
            finish(&mut run, &|request, level| {
                let x: Vec<f64> = request.input.iter().copied().map(f64::from).collect();
                [output(Prediction::V, level, &x, &denoise(level, &x)), more.to_vec()].concat()
            });
            run.x().to_vec()
        };
        let (got, wanted) = (run(&learned, r#"{ "kind": "ddpm" }"#, &[share; 2]), run(&preserving(), fixed, &[]));
        assert!(got.iter().zip(&wanted).all(|(a, b)| (a - b).abs() < 1e-5), "{share}: {got:?}, {wanted:?}");
    }
}

#[test]
fn ddim_with_eta_1_is_ddpm() {
    let card = card(r#"{ "schedule": { "kind": "cosine", "timesteps": 1000 }, "clamped_noise": true }"#);
    for steps in [4, 50, 1000] {
        let plan = |sampler: &str| Plan::new(&card, &trailing(sampler, steps)).unwrap();
        let (ddim, ddpm) = (plan(r#"{ "kind": "ddim", "eta": 1.0 }"#), plan(SMALL));
        for (a, b) in ddim.steps().iter().zip(ddpm.steps()) {
            let close = |f: fn(&Combination) -> f64| (f(&a.next) - f(&b.next)).abs() < 1e-9;
            assert!(close(|c| c.x) && close(|c| c.x0) && close(|c| c.noise), "{a:?}\n{b:?}");
            assert_eq!(a.next.output, 0.0);
        }
    }
}

#[test]
fn real_noise_has_the_moments_that_follow_without_drawing() {
    let (card, settings) = (preserving(), trailing(SMALL, 20));
    let wanted = moments(&card, &settings);
    let copies = 40_000;
    let got = drawn(&result(&card, &settings, Philox::new(2), copies));
    within_chance(&got, &wanted, copies, 0.0);
}

/// Mean and covariance over copies.
fn drawn(x: &[f64]) -> Moments {
    let count = (x.len() / 2) as f64;
    let mean = [0, 1].map(|i| x.iter().skip(i).step_by(2).sum::<f64>() / count);
    let covariance = [[0, 0], [0, 1], [1, 1]].map(|[i, j]| {
        x.chunks_exact(2).map(|copy| (copy[i] - mean[i]) * (copy[j] - mean[j])).sum::<f64>() / (count - 1.0)
    });
    Moments { mean, covariance }
}

/// A mean over N copies has the variance C_ii / N, a covariance (C_ii C_jj + C_ij²) / N; five standard deviations are
/// allowed, and `more` as a share of the prior's variance.
fn within_chance(got: &Moments, wanted: &Moments, copies: usize, more: f64) {
    let [xx, xy, yy] = wanted.covariance;
    let allow = |variance: f64, scale: f64| 5.0 * (variance / copies as f64).sqrt() + more * scale;
    let pairs = [
        (got.mean[0], wanted.mean[0], allow(xx, xx.sqrt())),
        (got.mean[1], wanted.mean[1], allow(yy, yy.sqrt())),
        (got.covariance[0], xx, allow(2.0 * xx * xx, xx)),
        (got.covariance[1], xy, allow(xx * yy + xy * xy, (xx * yy).sqrt())),
        (got.covariance[2], yy, allow(2.0 * yy * yy, yy)),
    ];
    assert!(pairs.iter().all(|(a, b, allowed)| (a - b).abs() < *allowed), "{got:?}\n{wanted:?}\n{pairs:?}");
}

#[test]
fn the_adversarial_posterior_is_exact_in_four_steps() {
    let card = card(
        r#"{ "schedule": { "kind": "vp-continuous", "timesteps": 4, "beta_min": 0.1, "beta_max": 20.0 },
             "prediction": "x0", "latent": 2 }"#,
    );
    // A generator that draws x0 ~ p(x0 | x) from its random vector, as training makes it.
    let plan = Plan::new(&card, &settings(r#"{ "sampler": { "kind": "adversarial" }, "steps": 4 }"#)).unwrap();
    let generate = |latent: &[f32], level: Level, x: &[f64]| {
        let Level { signal: a, noise: s, .. } = level;
        let spread = |latent: &[f32]| {
            let latent = [f64::from(latent[0]), f64::from(latent[1])];
            along_axes(latent, |c| (c * s * s / (a * a * c + s * s)).sqrt())
        };
        let mean = denoise(level, x);
        mean.chunks_exact(2)
            .zip(latent.chunks_exact(2))
            .flat_map(|(m, z)| {
                let z = spread(z);
                [(m[0] + z[0]) as f32, (m[1] + z[1]) as f32]
            })
            .collect::<Vec<f32>>()
    };
    let basis = Basis { width: 2, steps: 4 };
    let len = 2 * basis.copies();
    let mut wide = card.clone();
    wide.latent = len;
    let mut run = Run::begin(Plan::new(&wide, plan.settings()).unwrap(), len, basis, Inputs::default()).unwrap();
    finish(&mut run, &|request, level| {
        let x: Vec<f64> = request.input.iter().copied().map(f64::from).collect();
        generate(&request.latent, level, &x)
    });
    let got = affine_moments(&run.x().iter().copied().map(f64::from).collect::<Vec<_>>());
    // x_T ~ N(0, I) stands for N(a m, a² C + s² I) with a² = 4.3e-5; what x_T still decides is of that size.
    assert!(got.error(&Moments::prior()) < 3e-4, "{got:?}");
}

#[test]
fn langevin_settles_at_every_level() {
    let card = card(
        r#"{ "schedule": { "kind": "ve-geometric", "sigma_min": 0.05, "sigma_max": 10.0, "timesteps": 24 },
             "prediction": "x0" }"#,
    );
    // Steps of length δ settle at the variance V / (1 − δ / 2V) instead of V = C + σ², and δ = length σ² ≤ length V: at
    // most 1/19 too much for a length of 0.1. The factor that is left of what a level began with, (1 − length)^160, is
    // nothing while σ² is above C; the last levels inherit.
    let sampler = r#"{ "kind": "langevin", "repeats": 160, "length": 0.1 }"#;
    let got = moments(&card, &trailing(sampler, 24));
    let prior = Moments::prior();
    assert!((0..2).all(|i| (got.mean[i] - MEAN[i]).abs() < 1e-3), "{got:?}");
    for (got, wanted) in [(got.covariance[0], prior.covariance[0]), (got.covariance[2], prior.covariance[2])] {
        assert!(got > 0.98 * wanted && got < (1.0 + 1.0 / 19.0) * wanted, "{got} for {wanted}");
    }
}

#[test]
fn predictor_and_corrector_reproduce_the_prior() {
    let card = card(
        r#"{ "schedule": { "kind": "ve-geometric", "sigma_min": 0.01, "sigma_max": 80.0, "timesteps": 200 },
             "prediction": "x0" }"#,
    );
    let sampler = |corrections: usize| {
        format!(r#"{{ "kind": "predictor-corrector", "corrections": {corrections}, "ratio": 0.05 }}"#)
    };
    let copies = 20_000;
    // Predictors alone are affine; their error is known without drawing.
    let predictor = moments(&card, &trailing(&sampler(0), 200));
    let prior = Moments::prior();
    let off = predictor.error(&prior) / EIGEN[0];
    let got = drawn(&result(&card, &trailing(&sampler(1), 200), Philox::new(4), copies));
    // |z|² / |s|² is at most twice the smaller V, so δ / 2V is at most 2 ratio² = 0.005 there.
    within_chance(&got, &prior, copies, off + 0.005);
}

#[test]
fn fresh_noise_at_every_step_narrows_the_prior_by_what_follows_by_hand() {
    // Along an axis with variance c: x0 varies by (a c / (a² c + s²))² of x, and x' = a' x0 + s' (f z + √(1 − f²) ε).
    let card = preserving();
    let by_hand = |settings: &Settings, fresh: f64| {
        let plan = Plan::new(&card, settings).unwrap();
        covariance(|c| {
            plan.steps().iter().fold(1.0, |variance, step| {
                let Level { signal: a, noise: s, .. } = step.evaluate.unwrap().level;
                let of_x = a * c / (a * a * c + s * s);
                let kept = step.to.signal * of_x + step.to.noise * (1.0 - fresh * fresh).sqrt() * (1.0 - a * of_x) / s;
                kept * kept * variance + (step.to.noise * fresh).powi(2)
            })
        })
    };
    let whole = r#"{ "kind": "ddim", "eta": 0.85, "convention": "whole-noise" }"#;
    for (sampler, fresh) in [(r#"{ "kind": "renoise" }"#, 1.0), (whole, 0.85)] {
        let settings = trailing(sampler, 50);
        let got = moments(&card, &settings);
        let wanted = Moments { mean: MEAN, covariance: by_hand(&settings, fresh) };
        assert!(got.error(&wanted) < 1e-4, "{sampler}: {got:?}, {wanted:?}");
        assert!(got.covariance[0] < 0.9 * Moments::prior().covariance[0]);
    }
}
