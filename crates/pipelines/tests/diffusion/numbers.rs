//! A model that is told numbers, as context for attention and as a plain vector, against diffusers.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use darkroom_formats::npy;
use darkroom_pipelines::diffusion::{Choice, DiffusionPackage, Generator, Order, RunRecord};
use darkroom_pipelines::{Backend, PipelineError};

use crate::golden::{file, files, generator_of, relative_error};

fn order(generator: &Generator, numbers: &[(&str, f64)]) -> Order {
    let numbers = numbers.iter().map(|&(name, value)| (name.to_owned(), value)).collect();
    Choice { seed: 7, numbers, ..Choice::default() }.order(generator.manifest()).unwrap()
}

fn image(generator: &mut Generator, order: &Order) -> Result<Vec<f32>, PipelineError> {
    pollster::block_on(async {
        let mut generation = generator.begin(order, None, None).await?;
        while generation.step(&mut |_| ControlFlow::Continue(())).await? {}
        let (image, _) = generation.image().await?;
        generator.end(generation);
        Ok(image)
    })
}

const SET: [(&str, f64); 2] = [("age", 63.0), ("sex", 1.0)];

#[test]
fn numbers_as_context_for_attention_make_the_image_that_diffusers_makes() {
    let mut generator = generator_of("numbers");
    let order = order(&generator, &SET);
    let wanted = npy::read(&file("numbers", "denoiser.npy")).unwrap().data;
    let error = relative_error(&image(&mut generator, &order).unwrap(), &wanted);
    assert!(error <= 1e-3, "relative error {error:e}");
    let record = RunRecord::of(&generator, &order, 1);
    let filled = [("age", 63.0), ("sex", 1.0), ("ventricles", 0.3)].map(|(name, value)| (name.to_owned(), value));
    assert_eq!(record.numbers, BTreeMap::from(filled), "the record holds the defaults too");
    assert!(record.sentence().contains("age 63, sex 1, ventricles 0.3"), "{}", record.sentence());
}

#[test]
fn numbers_as_a_plain_vector_do_too() {
    let json = String::from_utf8(file("numbers", "model.json")).unwrap();
    let mut manifest: serde_json::Value = serde_json::from_str(&json).unwrap();
    manifest["pipeline"]["denoiser"]["file"] = "plain.onnx".into();
    manifest.as_object_mut().unwrap().remove("probe");
    let package = DiffusionPackage::read(manifest.to_string().as_bytes(), &files("numbers")).unwrap();
    let mut generator = pollster::block_on(Generator::open(package, Backend::cpu())).unwrap();
    let order = order(&generator, &SET);
    let wanted = npy::read(&file("numbers", "plain.npy")).unwrap().data;
    let error = relative_error(&image(&mut generator, &order).unwrap(), &wanted);
    assert!(error <= 1e-3, "relative error {error:e}");
}

#[test]
fn what_the_model_is_not_told_is_refused() {
    let mut generator = generator_of("numbers");
    for (set, wanted) in [(("age", 20.0), "44 to 82 years"), (("height", 1.8), "age, sex, ventricles")] {
        let order = order(&generator, &[set]);
        let error = image(&mut generator, &order).unwrap_err().to_string();
        assert!(error.contains(wanted), "{error}");
    }
    for (from, to, wanted) in [
        (r#""default": 50"#, r#""default": 20"#, "a default outside it"),
        (r#""numbers": "numbers""#, r#""numbers": "nothing""#, "no input nothing"),
        (r#""name": "sex","#, r#""name": "age","#, "two numbers age"),
    ] {
        let json = String::from_utf8(file("numbers", "model.json")).unwrap();
        assert!(json.contains(from), "{from}");
        let read = DiffusionPackage::read(json.replace(from, to).as_bytes(), &files("numbers"));
        let error = read.unwrap_err().to_string();
        assert!(error.contains(wanted), "{error}");
    }
    let mut manifest: serde_json::Value = serde_json::from_slice(&file("numbers", "model.json")).unwrap();
    manifest["pipeline"]["numbers"]["entries"].as_array_mut().unwrap().pop();
    let read = DiffusionPackage::read(manifest.to_string().as_bytes(), &files("numbers"));
    assert!(read.unwrap_err().to_string().contains("cannot hold the 2 numbers"));
}
