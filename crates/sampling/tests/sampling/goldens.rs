//! Whole runs against diffusers (`goldens/make_goldens.py`), step by step with the same noise.

use crate::support::{Given, card, settings};
use darkroom_sampling::{Inputs, Plan, Run};
use serde_json::Value;

/// What diffusers computed.
pub(crate) fn goldens() -> Value {
    serde_json::from_str(include_str!("../goldens/diffusers.json")).unwrap()
}

fn numbers(values: &Value) -> Vec<f64> {
    values.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}

fn singles(values: &Value) -> Vec<f32> {
    numbers(values).into_iter().map(|value| value as f32).collect()
}

/// The network of the goldens, in float64: a batch of two begins with sin x.
fn network(input: &[f32], time: f64, batch: usize, learned: bool) -> Vec<f32> {
    let apply = |f: &dyn Fn(f64) -> f64| input.iter().map(|&x| f(f64::from(x)) as f32).collect::<Vec<f32>>();
    let mut all = Vec::new();
    if batch == 2 {
        all.extend(apply(&f64::sin));
    }
    all.extend(apply(&|x| 0.4 * x + 0.3 * (2.0 * x + time / 1000.0).sin()));
    if learned {
        all.extend(apply(&|x| (3.0 * x).cos()));
    }
    all
}

#[test]
fn every_step_is_that_of_diffusers() {
    let goldens = goldens();
    let runs = goldens["runs"].as_array().unwrap();
    assert!(runs.len() > 20);
    for row in runs {
        let card = card(&row["card"].to_string());
        let plan = Plan::new(&card, &settings(&row["settings"].to_string())).unwrap();
        let start = singles(&row["start"]);
        let noise = Given { start, steps: row["noises"].as_array().unwrap().iter().map(singles).collect() };
        let (len, learned) = (noise.start.len(), card.outputs_per_value() == 2);
        let mut run = Run::begin(plan, len, noise, Inputs::default()).unwrap();
        let after = row["after"].as_array().unwrap();
        assert_eq!(run.plan().evaluations(), after.len(), "{}", row["name"]);
        for (step, wanted) in after.iter().enumerate() {
            let request = run.request().unwrap();
            let output = network(&request.input, request.time, request.batch, learned);
            run.supply(&output).unwrap();
            // Float32 against float64 over up to 20 steps; x reaches some tens.
            let wanted = numbers(wanted);
            let largest = wanted.iter().fold(1.0_f64, |largest, value| largest.max(value.abs()));
            for (&got, wanted) in run.x().iter().zip(wanted) {
                let error = (f64::from(got) - wanted).abs();
                assert!(error < 2e-5 * largest, "{}, step {step}: {got}, not {wanted}", row["name"]);
            }
        }
        assert!(run.finished());
    }
}
