//! The diffusion pipeline against diffusers: the same network, the same noise, the same image.
//!
//! Tolerance: five guided evaluations of a network sum float32 in another order, and guidance of 2.5 amplifies what they
//! differ by: 1e-3 of the largest value. A wrong coefficient, class or subband is off by more than a tenth.

use std::ops::ControlFlow;

use darkroom_formats::npy;
use darkroom_imaging::{Unit, Volume};
use darkroom_pipelines::diffusion::{Choice, DiffusionPackage, Generator, Order, Translation};
use darkroom_pipelines::{Backend, PipelineError};
use darkroom_sampling::{Guidance, Settings};

use crate::golden::{file, files, generator, generator_of, low_dose, order, relative_error, translated};

fn translation(order: &Order, samples: usize, dose: Option<f64>) -> Translation<'_> {
    Translation { order, samples, dose, start: None, mask: None }
}

fn image(generator: &mut Generator, order: &Order) -> Result<Vec<f32>, PipelineError> {
    pollster::block_on(async {
        let mut generation = generator.begin(order, None, None).await?;
        while generation.step(&mut |_| ControlFlow::Continue(())).await? {}
        let (image, edges) = generation.image().await?;
        assert_eq!(edges, [32, 32]);
        generator.end(generation);
        Ok(image)
    })
}

#[test]
fn a_guided_wavelet_model_makes_the_image_that_diffusers_makes() {
    let mut generator = generator();
    let order = order(&generator);
    let wanted = npy::read(&file("diffusion", "image.npy")).unwrap().data;
    // The second goes over the plans that the first left.
    for _ in 0..2 {
        let got = image(&mut generator, &order).unwrap();
        let error = relative_error(&got, &wanted);
        assert!(error <= 1e-3, "relative error {error:e}");
    }
}

#[test]
fn a_generator_of_four_steps_takes_its_random_vector() {
    let mut generator = generator_of("adversarial");
    let order = Order { class: None, ..order(&generator) };
    let got = pollster::block_on(async {
        let mut generation = generator.begin(&order, None, None).await.unwrap();
        while generation.step(&mut |_| ControlFlow::Continue(())).await.unwrap() {}
        generator.values(&generation.image().await.unwrap().0)
    });
    let wanted = npy::read(&file("adversarial", "image.npy")).unwrap().data;
    let error = relative_error(&got, &wanted);
    assert!(error <= 1e-4, "relative error {error:e}");
}

#[test]
fn a_volume_is_translated_slice_by_slice_as_diffusers_does() {
    let mut generator = generator_of("translation");
    let order = Order { class: None, ..order(&generator) };
    let go_on = &mut |_, _, _| ControlFlow::Continue(());
    let single = translated(&mut generator, &low_dose(), translation(&order, 1, Some(0.1)), go_on).unwrap();
    let wanted = npy::read(&file("translation", "translated.npy")).unwrap().data;
    let error = relative_error(&single.volume.data, &wanted);
    assert!(error <= 1e-3, "relative error {error:e}");
    assert_eq!((single.volume.unit, single.spread.is_none()), (Unit::Suv, true));

    // Of several samples the mean and the spread, which is small where the samples agree.
    let several = translated(&mut generator, &low_dose(), translation(&order, 3, Some(0.1)), go_on).unwrap();
    assert_ne!(several.volume.data, single.volume.data);
    assert!(several.spread.unwrap().data.iter().all(|value| value.is_finite() && *value >= 0.0));
    assert_eq!((several.record.samples, several.record.dose), (3, Some(0.1)));
}

#[test]
fn a_volume_that_lies_otherwise_is_turned_for_the_model_and_back() {
    let mut generator = generator_of("translation");
    let order = Order { class: None, ..order(&generator) };
    let go_on = &mut |_, _, _| ControlFlow::Continue(());
    let axial = low_dose();
    let [nx, ny, nz] = axial.dims;
    // The same voxels with the axes z, x, y of the patient as i, j, k.
    let at = |i: usize, j: usize, k: usize| axial.data[axial.index(j, k, i)];
    let data = (0..ny).flat_map(|k| (0..nx).flat_map(move |j| (0..nz).map(move |i| [i, j, k])));
    let data: Vec<f32> = data.map(|[i, j, k]| at(i, j, k)).collect();
    let affine = axial.affine.map(|[x, y, z, origin]| [z, x, y, origin]);
    let sagittal = Volume::new([nz, nx, ny], data, affine, axial.unit.clone()).unwrap();

    let straight = translated(&mut generator, &axial, translation(&order, 1, Some(0.1)), go_on).unwrap();
    let turned = translated(&mut generator, &sagittal, translation(&order, 1, Some(0.1)), go_on).unwrap();
    assert_eq!((turned.volume.dims, turned.volume.affine), (sagittal.dims, sagittal.affine));
    for (i, j, k) in [(0, 0, 0), (3, 5, 7), (nz - 1, nx - 1, ny - 1)] {
        let (a, b) = (turned.volume.data[sagittal.index(i, j, k)], straight.volume.data[axial.index(j, k, i)]);
        assert!((a - b).abs() < 1e-4, "{a}, not {b}");
    }
    assert!(turned.notes.iter().any(|note| note.contains("turned into axial slices")), "{:?}", turned.notes);
    assert!(straight.notes.iter().all(|note| !note.contains("axial")));
}

#[test]
fn a_translation_that_cannot_be_is_refused_in_a_sentence() {
    let mut generator = generator_of("translation");
    let order = Order { class: None, ..order(&generator) };
    let go_on = &mut |_, _, _| ControlFlow::Continue(());
    let volume = low_dose();
    let flat = volume.with_data(vec![1.0; volume.data.len()]).unwrap();
    for (volume, samples, dose, wanted) in [
        (&flat, 1, 0.1, "the same value"),
        (&volume, 0, 0.1, "at least one sample"),
        (&volume, 1, 3.0, "outside the model's range"),
    ] {
        let error = translated(&mut generator, volume, translation(&order, samples, Some(dose)), go_on).unwrap_err();
        assert!(error.to_string().contains(wanted), "{error}");
    }
    let error = pollster::block_on(generator.begin(&order, None, None)).unwrap_err();
    assert!(error.to_string().contains("give it one"), "{error}");
}

#[test]
fn a_translation_that_is_ended_keeps_its_last_prediction_and_says_so() {
    let mut generator = generator_of("translation");
    let order = Order { class: None, ..order(&generator) };
    let volume = low_dose();
    let go_on = &mut |_, _, _| ControlFlow::Continue(());
    let whole = translated(&mut generator, &volume, translation(&order, 1, None), go_on).unwrap();
    // In the third of eight slices, after the second of four steps.
    let end = &mut |_, _, done| if done > 2.6 / 8.0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    let ended = translated(&mut generator, &volume, translation(&order, 1, None), end).unwrap();
    assert!(ended.record.unfinished && !whole.record.unfinished);
    assert!(ended.notes.iter().any(|note| note.contains("slice 3 of 8")), "{:?}", ended.notes);
    let slice = volume.dims[0] * volume.dims[1];
    assert_eq!(ended.volume.data[..2 * slice], whole.volume.data[..2 * slice]);
    assert_ne!(ended.volume.data[2 * slice..3 * slice], whole.volume.data[2 * slice..3 * slice]);
    let rest = &ended.volume.data[3 * slice..];
    assert!(rest.iter().all(|value| *value == rest[0]), "nothing is made up behind it");
    // Before the first step there is nothing to keep.
    let at_once = &mut |_, _, _| ControlFlow::Break(());
    let error = translated(&mut generator, &volume, translation(&order, 1, None), at_once).unwrap_err();
    assert!(matches!(error, PipelineError::Cancelled));
}

#[test]
fn a_generation_goes_on_where_a_lost_one_was() {
    let mut generator = generator();
    let order = order(&generator);
    let straight = image(&mut generator, &order).unwrap();
    let again = pollster::block_on(async {
        let go_on = &mut |_| ControlFlow::Continue(());
        let mut lost = generator.begin(&order, None, None).await.unwrap();
        assert!(lost.step(go_on).await.unwrap() && lost.step(go_on).await.unwrap());
        let mut other = generator.begin(&Order { seed: order.seed + 1, ..order.clone() }, None, None).await.unwrap();
        assert!(other.carry_on(lost.run().clone()).is_err(), "it has another seed");
        let mut new = generator.begin(&order, None, None).await.unwrap();
        new.carry_on(lost.run().clone()).unwrap();
        assert_eq!(new.state().step, 2);
        while new.step(go_on).await.unwrap() {}
        new.image().await.unwrap().0
    });
    assert_eq!(straight, again);
}

#[test]
fn a_choice_changes_what_it_names_and_leaves_the_rest_to_the_card() {
    let generator = generator();
    let manifest = generator.manifest();
    let card = Choice::default().order(manifest).unwrap();
    assert_eq!(card.settings, manifest.pipeline.sampling);
    let chosen = Choice { sampler: Some("ddpm".to_owned()), guidance: Some(1.0), ..Choice::default() };
    let settings = chosen.order(manifest).unwrap().settings;
    assert_eq!((settings.guidance, settings.steps), (None, card.settings.steps));
    assert_ne!(settings.sampler, card.settings.sampler);
    let known = manifest.samplers();
    assert!(known.contains(&"ddim") && known.contains(&"ddpm"), "{known:?}");
    assert!(!known.contains(&"adversarial"), "its model takes no random vector: {known:?}");
}

#[test]
fn a_step_back_and_the_same_step_again_change_nothing() {
    let mut generator = generator();
    let order = order(&generator);
    let straight = image(&mut generator, &order).unwrap();
    let back = pollster::block_on(async {
        let go_on = &mut |_| ControlFlow::Continue(());
        let mut generation = generator.begin(&order, None, None).await.unwrap();
        assert!(generation.image().await.is_err(), "there is nothing to show yet");
        for _ in 0..3 {
            assert!(generation.step(go_on).await.unwrap());
        }
        assert_eq!(generation.rewind(1).unwrap(), 1);
        while generation.step(go_on).await.unwrap() {}
        generation.image().await.unwrap().0
    });
    assert_eq!(straight, back);
}

#[test]
fn seeds_and_classes_make_other_images() {
    let mut generator = generator();
    let one = order(&generator);
    let first = image(&mut generator, &one).unwrap();
    assert_ne!(first, image(&mut generator, &Order { seed: 8, ..one.clone() }).unwrap());
    assert_ne!(first, image(&mut generator, &Order { class: Some("0".to_owned()), ..one }).unwrap());
}

#[test]
fn what_the_model_does_not_do_is_refused_in_a_sentence() {
    let mut generator = generator();
    let good = order(&generator);
    let with = |change: fn(&mut Order)| {
        let mut order = good.clone();
        change(&mut order);
        order
    };
    for (order, wanted) in [
        (with(|order| order.class = None), "choose one"),
        (with(|order| order.class = Some("two".to_owned())), "\"two\" is not one of the model's classes"),
        (with(|order| order.class = Some("2".to_owned())), "class 2"),
        (with(|order| order.settings = Settings::ddim(0)), "0 steps"),
        (with(|order| order.settings = Settings::ddim(2000)), "2000 steps"),
        (with(|order| order.settings.guidance = Some(Guidance { scale: -1.0, rescale: 0.0 })), "guidance scale"),
    ] {
        let error = image(&mut generator, &order).unwrap_err().to_string();
        assert!(error.contains(wanted), "{error}");
    }
}

#[test]
fn a_cancelled_step_can_be_taken_again() {
    let mut generator = generator();
    let order = order(&generator);
    let straight = image(&mut generator, &order).unwrap();
    let again = pollster::block_on(async {
        let mut generation = generator.begin(&order, None, None).await.unwrap();
        let stopped = generation.step(&mut |_| ControlFlow::Break(())).await;
        assert!(matches!(stopped, Err(PipelineError::Cancelled)));
        while generation.step(&mut |_| ControlFlow::Continue(())).await.unwrap() {}
        generation.image().await.unwrap().0
    });
    assert_eq!(straight, again);
}

#[test]
fn a_backend_that_answers_otherwise_than_the_probe_is_refused() {
    for case in ["diffusion", "translation", "adversarial"] {
        let mut package = DiffusionPackage::read(&file(case, "model.json"), &files(case)).unwrap();
        let probe = package.manifest.probe.as_mut().unwrap();
        let last = probe.samples.last_mut().unwrap();
        last.1 += 2.0 * probe.tolerance;
        let place = last.0;
        let error = pollster::block_on(Generator::open(package, Backend::cpu())).unwrap_err();
        assert!(matches!(error, PipelineError::WrongAnswer { index, .. } if index == place), "{case}: {error}");
    }
}

#[test]
fn a_manifest_that_contradicts_itself_is_refused() {
    for (from, to, wanted) in [
        (r#""class": "label""#, r#""class": "label", "latent": "z""#, "a random vector without its length"),
        (r#""steps": 5"#, r#""steps": 5000"#, "5000 steps were asked for"),
        (r#""label""#, r#""nothing""#, "no input nothing"),
        (r#""class": "label""#, r#""condition": "label""#, "names classes but no input"),
        (r#""kind": "cosine""#, r#""kind": "linear", "beta_start": 2.0, "beta_end": 3.0"#, "schedule"),
        ("denoiser.onnx\",\n      \"x\"", "other.onnx\",\n      \"x\"", "lacks its file other.onnx"),
        (r#""low": -1000"#, r#""low": 5000"#, "no width"),
    ] {
        let json = String::from_utf8(file("diffusion", "model.json")).unwrap();
        assert!(json.contains(from), "{from}");
        let error =
            DiffusionPackage::read(json.replace(from, to).as_bytes(), &files("diffusion")).unwrap_err().to_string();
        assert!(error.contains(wanted), "{error}");
    }
}
