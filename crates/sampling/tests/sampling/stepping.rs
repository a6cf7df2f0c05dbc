//! Runs that are stepped, paused, saved, resumed and rewound.

use crate::support::{card, settings};
use darkroom_sampling::{
    Guidance, Inpaint, Inputs, Known, Paused, Philox, Plan, Request, Run, SamplingError, Settings, Start,
};

const LEN: usize = 21;

fn samplers() -> Vec<(&'static str, Settings)> {
    let preserving =
        r#"{ "schedule": { "kind": "cosine", "timesteps": 1000 }, "clamp": { "kind": "range", "bound": 2 } }"#;
    let exploding =
        r#"{ "schedule": { "kind": "ve-geometric", "sigma_min": 0.02, "sigma_max": 40.0, "timesteps": 50 } }"#;
    let learned = r#"{ "schedule": { "kind": "cosine", "timesteps": 1000 }, "variance": "learned-range",
                       "clamp": { "kind": "dynamic", "quantile": 0.9, "most": 3 } }"#;
    let make = |sampler: &str| settings(&format!(r#"{{ "sampler": {sampler}, "steps": 7 }}"#));
    let churn = r#"{ "kind": "heun", "churn": { "amount": 5.0, "range": [0.05, 50.0], "noise": 1.0 } }"#;
    let mut guided = make(r#"{ "kind": "ddim", "eta": 0.5 }"#);
    guided.guidance = Some(Guidance { scale: 2.0, rescale: 0.5 });
    let mut known = make(r#"{ "kind": "ddpm" }"#);
    known.inpaint = Some(Inpaint { repeats: 3 });
    let mut image = make(r#"{ "kind": "dpm-solver" }"#);
    image.start = Start::Image { strength: 0.6 };
    vec![
        (preserving, make(r#"{ "kind": "ddpm" }"#)),
        (learned, make(r#"{ "kind": "ddpm" }"#)),
        (preserving, make(r#"{ "kind": "dpm-solver" }"#)),
        (preserving, make(r#"{ "kind": "heun" }"#)),
        (exploding, make(churn)),
        (exploding, make(r#"{ "kind": "langevin" }"#)),
        (exploding, make(r#"{ "kind": "predictor-corrector" }"#)),
        (preserving, guided),
        (preserving, known),
        (preserving, image),
    ]
}

fn begin(json: &str, settings: &Settings, seed: u64) -> Run {
    let plan = Plan::new(&card(json), settings).unwrap();
    let picture: Vec<f32> = (0..LEN).map(|i| (i as f32).sin()).collect();
    let known = Known::new(picture.clone(), (0..LEN).map(|i| f32::from(u8::from(i > 8))).collect()).unwrap();
    let inputs = Inputs {
        image: matches!(settings.start, Start::Image { .. }).then_some(picture),
        known: settings.inpaint.map(|_| known),
    };
    Run::begin(plan, LEN, Philox::new(seed), inputs).unwrap()
}

fn network(request: &Request<'_>, outputs: usize) -> Vec<f32> {
    let time = request.time as f32;
    let mut all: Vec<f32> = Vec::new();
    for item in 0..request.batch {
        for part in 0..outputs {
            let shift = (item + 2 * part) as f32;
            all.extend(request.input.iter().map(|x| 0.4 * x + 0.3 * (2.0 * x + 0.001 * time + shift).sin()));
        }
    }
    all
}

/// Steps on and gives every x, x0 and predicted noise on the way.
fn walk(run: &mut Run, limit: usize) -> Vec<[Vec<f32>; 3]> {
    let mut seen = Vec::new();
    while let Some(request) = run.request().filter(|_| seen.len() < limit) {
        let output = network(&request, run.plan().card().outputs_per_value());
        run.supply(&output).unwrap();
        seen.push([run.x().to_vec(), run.x0().to_vec(), run.state().predicted_noise()]);
    }
    seen
}

fn bits(seen: &[[Vec<f32>; 3]]) -> Vec<u32> {
    seen.iter().flatten().flatten().map(|value| value.to_bits()).collect()
}

#[test]
fn a_run_that_is_saved_and_resumed_gives_the_same_bits() {
    for (json, settings) in samplers() {
        let whole = walk(&mut begin(json, &settings, 5), usize::MAX);
        assert_eq!(whole.len(), begin(json, &settings, 5).plan().evaluations());
        for pause in 0..=whole.len() {
            let mut first = begin(json, &settings, 5);
            let mut seen = walk(&mut first, pause);
            let saved = serde_json::to_string(&first.pause()).unwrap();
            drop(first);
            let mut resumed = serde_json::from_str::<Paused>(&saved).unwrap().resume().unwrap();
            seen.extend(walk(&mut resumed, usize::MAX));
            assert_eq!(bits(&seen), bits(&whole), "{:?}, paused at {pause}", settings.sampler);
            assert!(resumed.finished());
        }
    }
}

#[test]
fn a_seed_gives_one_image_and_another_seed_another() {
    for (json, settings) in samplers() {
        let run = |seed| bits(&walk(&mut begin(json, &settings, seed), usize::MAX));
        assert_eq!(run(5), run(5));
        assert_ne!(run(5), run(6));
    }
}

#[test]
fn a_run_that_is_rewound_gives_the_same_bits() {
    for (json, settings) in samplers() {
        for every in [0, 1, 3] {
            let mut run = begin(json, &settings, 5).keep_every(every);
            let whole = walk(&mut run, usize::MAX);
            let wanted = run.x().to_vec();
            for step in (0..run.plan().steps().len()).rev() {
                let at = run.rewind(step).unwrap();
                // Steps without the network follow at once, so the run may stand behind the step asked for.
                assert!(at <= step || run.plan().steps()[step].evaluate.is_none() || step == 0, "{at} for {step}");
                let again = walk(&mut run, usize::MAX);
                assert_eq!(bits(&again), bits(&whole[whole.len() - again.len()..]), "{:?}", settings.sampler);
                assert_eq!(run.x(), wanted);
            }
        }
    }
}

#[test]
fn the_predicted_noise_and_image_make_up_x() {
    let (json, settings) = &samplers()[0];
    let mut run = begin(json, settings, 5);
    walk(&mut run, 3);
    let state = run.state();
    let level = state.seen_at.unwrap();
    for ((x, x0), noise) in state.seen.iter().zip(&state.x0).zip(state.predicted_noise()) {
        assert!((x - level.signal as f32 * x0 - level.noise as f32 * noise).abs() < 1e-5);
    }
}

#[test]
fn what_is_not_a_number_leaves_the_run_where_it_was() {
    let (json, settings) = &samplers()[0];
    let mut run = begin(json, settings, 5);
    let whole = walk(&mut begin(json, settings, 5), usize::MAX);
    let mut seen = walk(&mut run, 2);
    let mut output = network(&run.request().unwrap(), 1);
    output[3] = f32::NAN;
    output[4] = f32::INFINITY;
    let error = run.supply(&output).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the network's result at step 2 holds 2 values that are not numbers; the run can go on from this step"
    );
    seen.extend(walk(&mut run, usize::MAX));
    assert_eq!(bits(&seen), bits(&whole));
    assert_eq!(run.supply(&[]).unwrap_err(), SamplingError::Finished);
}

#[test]
fn a_saved_run_that_was_changed_is_refused() {
    let (json, settings) = &samplers()[2];
    let mut run = begin(json, settings, 5);
    walk(&mut run, 2);
    let saved = run.pause();
    let refusal = |change: &dyn Fn(&mut Paused)| {
        let mut changed = saved.clone();
        change(&mut changed);
        changed.resume().unwrap_err().to_string()
    };
    assert!(refusal(&|saved| saved.state.step = 8).contains("it is at step 8 of 7"));
    assert!(refusal(&|saved| saved.state.x0.clear()).contains("it lacks the x0 that its next step reads"));
    assert_eq!(refusal(&|saved| saved.state.x0.truncate(3)), "the predicted image has 3 values, 21 are needed");
    assert!(refusal(&|saved| saved.state.x[0] = f32::NAN).contains("not numbers"));
    assert!(refusal(&|saved| saved.settings.inpaint = Some(Inpaint { repeats: 1 })).contains("known image"));
    assert!(refusal(&|saved| saved.settings.steps = 0).contains("0 steps"));
}

#[test]
fn part_of_the_way_from_an_image_stays_near_it() {
    let json = r#"{ "schedule": { "kind": "linear", "beta_start": 1e-4, "beta_end": 0.02, "timesteps": 1000 } }"#;
    let begin = |strength: f64| {
        let mut settings = Settings::ddim(50);
        settings.start = Start::Image { strength };
        begin(json, &settings, 5)
    };
    let run = begin(0.2);
    // Ten of fifty steps are left, from timestep 180, where ᾱ = 0.7096 (a product of 181 factors).
    assert_eq!(run.plan().evaluations(), 10);
    assert_eq!(run.request().unwrap().time, 180.0);
    let [signal, noise] = run.plan().start();
    assert!((signal * signal - 0.7096).abs() < 1e-4 && (signal * signal + noise * noise - 1.0).abs() < 1e-12);
    assert_eq!(begin(1.0).plan().evaluations(), 50);
    assert_eq!(begin(1e-9).plan().evaluations(), 1);
}
