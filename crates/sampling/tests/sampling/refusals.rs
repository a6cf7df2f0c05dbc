//! Bad input: each gets a sentence.

use crate::support::{card, refused, sentence, settings};
use darkroom_sampling::{Classes, Inputs, Known, Philox, Plan, Run, Settings, Unconditional, Welford};

const COSINE: &str = r#"{ "schedule": { "kind": "cosine", "timesteps": 1000 } }"#;

fn with(sampler: &str, steps: usize) -> Settings {
    settings(&format!(r#"{{ "sampler": {sampler}, "steps": {steps} }}"#))
}

#[test]
fn steps() {
    let card = card(COSINE);
    assert_eq!(refused(&card, &Settings::ddim(0)), "0 steps were asked for; choose 1 or more");
    assert_eq!(
        refused(&card, &Settings::ddim(1001)),
        "1001 steps were asked for, but the model was trained with 1000; choose at most 1000"
    );
    let late =
        settings(r#"{ "sampler": { "kind": "ddim" }, "steps": 1000, "spacing": { "kind": "leading", "offset": 1 } }"#);
    assert!(refused(&card, &late).contains("offset is 1; it must be small enough to stay below T"));
}

#[test]
fn schedules() {
    let said = |schedule: &str, more: &str| {
        let json = format!(r#"{{ "schedule": {schedule} {more} }}"#);
        refused(&card(&json), &Settings::ddim(1))
    };
    let linear = |numbers: &str| format!(r#"{{ "kind": "linear", "beta_start": 1e-4, "beta_end": 0.02, {numbers} }}"#);
    for (schedule, more, words) in [
        (linear(r#""timesteps": 0"#), "", "it has 0 timesteps"),
        (linear(r#""timesteps": 1000, "last": 0.0047"#), "", "ᾱ = 0.000040, but the model was trained with 0.004700"),
        (linear(r#""timesteps": 1000, "zero_terminal_snr": true"#), "", "ends without any signal"),
        (linear(r#""timesteps": 1, "zero_terminal_snr": true"#), r#", "prediction": "v""#, "no signal at all"),
        (
            linear(r#""timesteps": 9, "zero_terminal_snr": true"#),
            r#", "prediction": "v", "time": "sigma""#,
            "σ is infinite",
        ),
        (linear(r#""timesteps": 9"#), r#", "prediction": { "edm": { "sigma_data": 0.5 } }"#, "Karras' preconditioning"),
        (
            r#"{ "kind": "linear", "beta_start": 0.1, "beta_end": 1.5, "timesteps": 10 }"#.to_owned(),
            "",
            "β of timestep 6 is 1.033",
        ),
        (
            r#"{ "kind": "listed", "betas": [1e-20, 0.2], "timesteps": 2 }"#.to_owned(),
            "",
            "β of timestep 0 is 0.00000000000000000001",
        ),
        (r#"{ "kind": "listed", "betas": [0.1, 0.2], "timesteps": 3 }"#.to_owned(), "", "lists 2 values of β for 3"),
        (
            r#"{ "kind": "ve-geometric", "sigma_min": 5, "sigma_max": 1, "timesteps": 3 }"#.to_owned(),
            "",
            "σ from 5 to 1 does not grow",
        ),
        (
            r#"{ "kind": "ve-geometric", "sigma_min": 1, "sigma_max": 5, "timesteps": 3 }"#.to_owned(),
            r#", "prediction": "v""#,
            "v is defined for variance-preserving schedules",
        ),
        (linear(r#""timesteps": 9"#), r#", "clamp": { "kind": "range", "bound": -1 }"#, "clamp's bound is -1"),
    ] {
        let said = said(&schedule, more);
        assert!(said.contains(words), "{schedule}: {said}");
    }
}

#[test]
fn an_unknown_word_in_a_card_is_named() {
    let error = serde_json::from_str::<darkroom_sampling::Diffusion>(
        r#"{ "schedule": { "kind": "cosine", "timesteps": 4 }, "predicts": "v" }"#,
    )
    .unwrap_err();
    assert!(error.to_string().contains("predicts"), "{error}");
}

#[test]
fn samplers() {
    let cosine = card(COSINE);
    for (sampler, words) in [
        (r#"{ "kind": "ddim", "eta": 1.5 }"#, "η is 1.5; it must be between 0 and 1"),
        (r#"{ "kind": "ddpm", "variance": "learned-range" }"#, "no learned variance"),
        (r#"{ "kind": "adversarial" }"#, "a generator that predicts x0"),
        (r#"{ "kind": "heun", "churn": { "amount": 1, "range": [0, 1], "noise": 1 } }"#, "churn needs"),
        (r#"{ "kind": "langevin", "repeats": 0 }"#, "repeats is 0; it must be 1 to 1000"),
        (r#"{ "kind": "langevin", "length": 2.5 }"#, "the length of a Langevin step is 2.5"),
        (r#"{ "kind": "predictor-corrector", "ratio": 0 }"#, "signal-to-noise ratio is 0"),
    ] {
        let said = refused(&cosine, &with(sampler, 10));
        assert!(said.contains(words), "{sampler}: {said}");
    }
    let endless = with(r#"{ "kind": "langevin", "repeats": 1000 }"#, 1000);
    assert!(refused(&cosine, &endless).contains("it would evaluate the network up to 1002001 times"));
    let few = r#"{ "schedule": { "kind": "vp-continuous", "timesteps": 4, "beta_min": 0.1, "beta_max": 20 },
                   "prediction": "x0" }"#;
    assert!(refused(&card(few), &with(r#"{ "kind": "adversarial" }"#, 2)).contains("takes all of them, not 2"));
    let json = r#"{ "sampler": { "kind": "ddim" }, "steps": 5, "spacing": { "kind": "karras", "rho": 7 } }"#;
    assert!(refused(&cosine, &settings(json)).contains("Karras' spacing needs a variance-exploding schedule"));
    let mut repeated = with(r#"{ "kind": "heun" }"#, 5);
    repeated.inpaint = Some(darkroom_sampling::Inpaint { repeats: 2 });
    assert!(refused(&cosine, &repeated).contains("its steps cannot be repeated"));
    let guided = r#"{ "sampler": { "kind": "ddim" }, "steps": 5, "guidance": { "scale": -1 } }"#;
    assert!(refused(&cosine, &settings(guided)).contains("the guidance scale is -1; it must be 0 or more"));
    let start = r#"{ "sampler": { "kind": "ddim" }, "steps": 5, "start": { "from": "image", "strength": 0 } }"#;
    assert!(refused(&cosine, &settings(start)).contains("the strength is 0; it must be above 0 and at most 1"));
    let flat = r#"{ "schedule": { "kind": "linear", "beta_start": 1e-4, "beta_end": 0.02, "timesteps": 9,
                    "zero_terminal_snr": true }, "prediction": "v" }"#;
    let mut langevin = with(r#"{ "kind": "langevin" }"#, 9);
    langevin.spacing = darkroom_sampling::Spacing::Trailing;
    assert!(refused(&card(flat), &langevin).contains("needs some signal at every level"));
}

#[test]
fn images_and_masks() {
    let begin = |json: &str, inputs: Inputs| {
        sentence(Run::begin(Plan::new(&card(COSINE), &settings(json)).unwrap(), 4, Philox::new(1), inputs))
    };
    let plain = r#"{ "sampler": { "kind": "ddim" }, "steps": 5 }"#;
    let from = r#"{ "sampler": { "kind": "ddim" }, "steps": 5, "start": { "from": "image", "strength": 0.5 } }"#;
    let inpaint = r#"{ "sampler": { "kind": "ddim" }, "steps": 5, "inpaint": { "repeats": 1 } }"#;
    let image = |values: Vec<f32>| Inputs { image: Some(values), known: None };
    let known = |len| Inputs { known: Known::new(vec![0.0; len], vec![1.0; len]).ok(), image: None };
    assert!(begin(from, Inputs::default()).contains("an image to start from, which was not given"));
    assert!(begin(plain, image(vec![0.0; 4])).contains("an image to start from was given, but"));
    assert_eq!(begin(from, image(vec![0.0; 3])), "the image to start from has 3 values, 4 are needed");
    assert!(begin(from, image(vec![f32::NAN; 4])).contains("holds 4 values that are not numbers"));
    assert!(begin(inpaint, Inputs::default()).contains("a known image with its mask, which was not given"));
    assert!(begin(plain, known(4)).contains("a known image with its mask was given, but"));
    assert_eq!(begin(inpaint, known(5)), "the known image has 5 values, 4 are needed");
    assert_eq!(sentence(Known::new(vec![0.0; 4], vec![0.0; 6])), "the mask has 6 values, 4 are needed");
    assert_eq!(
        sentence(Known::new(vec![0.0; 2], vec![0.5, 1.5])),
        "a value of the mask is 1.5; it must be between 0 and 1"
    );
    assert!(sentence(Known::new(vec![0.0; 2], vec![0.5, f32::NAN])).contains("a value of the mask is NaN"));
    let mut run =
        Run::begin(Plan::new(&card(COSINE), &settings(plain)).unwrap(), 4, Philox::new(1), Inputs::default()).unwrap();
    assert_eq!(sentence(run.supply(&[0.0; 3])), "the network's result has 3 values, 4 are needed");
    assert_eq!(sentence(run.rewind(3)), "step 3 has not been reached; the run is at step 0");
}

#[test]
fn classes() {
    let names = ["head", "chest", "abdomen"].map(str::to_owned).to_vec();
    let mut classes = Classes { names, unconditional: Unconditional::None };
    assert_eq!((classes.find("Chest").unwrap(), classes.find("2").unwrap()), (1, 2));
    assert_eq!(
        sentence(classes.find("3")),
        "class 3 is not one of the model's 3 classes; choose 0 to 2: head, chest, abdomen"
    );
    assert_eq!(
        sentence(classes.find("limb")),
        "\"limb\" is not one of the model's classes; choose one of head, chest, abdomen"
    );
    assert!(sentence(classes.none()).contains("also trained without its condition"));
    classes.unconditional = Unconditional::ExtraClass;
    assert_eq!(classes.none().unwrap(), Some(3));
    classes.unconditional = Unconditional::Zeros;
    assert_eq!(classes.none().unwrap(), None);
    assert!(Welford::new().mean().is_empty());
}
