//! Schedules, spacings and posteriors against diffusers and against numbers worked out by hand.

use crate::goldens::goldens;
use crate::support::card;
use darkroom_sampling::{Level, Schedule, ScheduleCard, Spacing, posterior};

fn schedule(json: &str) -> Schedule {
    Schedule::new(&serde_json::from_str::<ScheduleCard>(json).unwrap()).unwrap()
}

#[test]
fn signal_is_what_diffusers_has() {
    for row in goldens()["schedules"].as_array().unwrap() {
        let schedule = schedule(&row["card"].to_string());
        for (at, wanted) in row["at"].as_array().unwrap().iter().zip(row["alpha_bar"].as_array().unwrap()) {
            let Level { time, signal, noise } = schedule.levels()[at.as_u64().unwrap() as usize];
            let (got, wanted) = (signal * signal, wanted.as_f64().unwrap());
            assert!((got - wanted).abs() <= 1e-9 * wanted + 1e-16, "{row}: timestep {at} has {got}, not {wanted}");
            assert!((got + noise * noise - 1.0).abs() < 1e-12 && time == at.as_f64().unwrap());
        }
    }
}

#[test]
fn timesteps_are_those_of_diffusers() {
    for row in goldens()["spacings"].as_array().unwrap() {
        let (timesteps, steps) = (&row["timesteps"], row["steps"].as_u64().unwrap());
        let schedule = schedule(&format!(r#"{{ "kind": "cosine", "timesteps": {timesteps} }}"#));
        let spacing: Spacing = serde_json::from_value(row["spacing"].clone()).unwrap();
        let levels = spacing.levels(&schedule, steps as usize).unwrap();
        let times: Vec<f64> = levels.iter().map(|level| level.time).collect();
        let wanted: Vec<f64> = row["times"].as_array().unwrap().iter().map(|time| time.as_f64().unwrap()).collect();
        assert_eq!(times, wanted, "{row}");
    }
}

#[test]
fn the_first_of_four_cosine_steps_amplifies_263_times() {
    let schedule = schedule(r#"{ "kind": "cosine", "timesteps": 4, "largest": 0.9999 }"#);
    let inverse: Vec<f64> = schedule.levels().iter().map(|level| 1.0 / level.signal).collect();
    for (got, wanted) in inverse.iter().zip([1.1, 1.4, 2.6, 263.3]) {
        assert!((got / wanted - 1.0).abs() < 0.03, "{inverse:?}");
    }
}

#[test]
fn few_step_posteriors_are_the_published_table() {
    // Methods, chapter 17: beta_min 0.1, beta_max 20, 4 steps, first time 1e-3.
    let schedule = schedule(r#"{ "kind": "vp-continuous", "timesteps": 4, "beta_min": 0.1, "beta_max": 20.0 }"#);
    let alpha_bar = [0.5217447, 0.07867597, 0.00342888, 0.00004319];
    let of_x0 = [1.0, 0.66577836, 0.26919089, 0.05782154];
    let of_x = [0.0, 0.20157628, 0.19300081, 0.11185234];
    let variance = [0.0, 0.44081915, 0.88420244, 0.98406071];
    for t in 0..4 {
        let level = schedule.levels()[t];
        let q = posterior(level, if t == 0 { Level::CLEAN } else { schedule.levels()[t - 1] });
        let got = [level.signal * level.signal, q.x0, q.x, q.small];
        // The table has 8 digits of float32 arithmetic.
        for (got, wanted) in got.into_iter().zip([alpha_bar[t], of_x0[t], of_x[t], variance[t]]) {
            assert!((got - wanted).abs() < 2e-7 + 2e-4 * wanted * f64::from(u8::from(t == 3)), "{t}: {got}, {wanted}");
        }
    }
}

#[test]
fn the_factor_of_x_is_the_corrected_one() {
    // β = 0.1 and 0.2: ᾱ = 0.9 and 0.72. By hand: √0.8 · 0.1 / 0.28, not √0.72 · 0.1 / 0.28 as eq. 2.13 prints.
    let schedule = schedule(r#"{ "kind": "listed", "timesteps": 2, "betas": [0.1, 0.2] }"#);
    let q = posterior(schedule.levels()[1], schedule.levels()[0]);
    assert!((q.x - 0.319_438_282_5).abs() < 1e-9, "{}", q.x);
    assert!((q.x0 - 0.9_f64.sqrt() * 0.2 / 0.28).abs() < 1e-12);
    assert!((q.small - 0.2 * 0.1 / 0.28).abs() < 1e-12 && (q.large - 0.2).abs() < 1e-12);
}

#[test]
fn exploding_noise_grows_in_equal_ratios() {
    let schedule = schedule(r#"{ "kind": "ve-geometric", "timesteps": 5, "sigma_min": 0.01, "sigma_max": 100.0 }"#);
    for (level, wanted) in schedule.levels().iter().zip([0.01, 0.1, 1.0, 10.0, 100.0]) {
        assert!((level.noise / wanted - 1.0).abs() < 1e-12 && level.signal == 1.0);
    }
    // Karras: with ρ = 1 in equal steps, and at its own place between the timesteps.
    let levels = Spacing::Karras { rho: 1.0 }.levels(&schedule, 3).unwrap();
    assert!((levels[1].noise - 50.005).abs() < 1e-9, "{levels:?}");
    assert!((levels[1].time - 4.0 * 5000.5_f64.ln() / 10_000_f64.ln()).abs() < 1e-12);
}

#[test]
fn a_card_reads_back_as_it_was_written() {
    let full = card(
        r#"{ "schedule": { "kind": "scaled-linear", "beta_start": 0.0015, "beta_end": 0.0195, "timesteps": 1000,
                "zero_terminal_snr": true, "last": 0.0 },
             "prediction": "v", "variance": "learned-range", "time": "timestep", "end": "first-timestep",
             "clamp": { "kind": "dynamic", "quantile": 0.995, "most": 2.0 }, "clamped_noise": true, "latent": 100 }"#,
    );
    assert_eq!(card(&serde_json::to_string(&full).unwrap()), full);
    assert!(full.schedule().is_ok());
}
