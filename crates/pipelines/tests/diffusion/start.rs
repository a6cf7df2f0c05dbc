//! Runs that start from an image, whole or where a mask says, against diffusers and against what they promise.

use std::ops::ControlFlow;

use darkroom_formats::npy;
use darkroom_imaging::{LabelMap, Unit, Volume};
use darkroom_pipelines::diffusion::{Choice, DiffusionPackage, FromImage, Generator, Order, StartSlice, Translation};
use darkroom_pipelines::{Backend, PipelineError};

use crate::golden::{file, files, generator, generator_of, low_dose, relative_error, volume};

/// The golden's image to start from, in HU, as the model's own images lie.
fn start() -> Volume {
    let values = npy::read(&file("diffusion", "start.npy")).unwrap().data;
    let affine = [[-2.0, 0.0, 0.0, 31.0], [0.0, -2.0, 0.0, 31.0], [0.0, 0.0, 2.0, 0.0]];
    Volume::new([32, 32, 1], values.iter().map(|value| 1000.0 * value).collect(), affine, Unit::Hounsfield).unwrap()
}

/// The golden's mask: rows 5 to 16, columns 8 to 20.
fn mask() -> LabelMap {
    let marked = |at: usize| (5..17).contains(&(at / 32)) && (8..21).contains(&(at % 32));
    LabelMap { dims: [32, 32, 1], labels: (0..1024).map(|at| u8::from(marked(at))).collect() }
}

fn order(generator: &Generator, from: FromImage) -> Order {
    let class = Some("one".to_owned()).filter(|_| generator.manifest().pipeline.classes.is_some());
    Choice { seed: 7, class, start: Some(from), ..Choice::default() }.order(generator.manifest()).unwrap()
}

/// The image of an order, in HU.
fn made(generator: &mut Generator, order: &Order, start: &StartSlice) -> Result<Vec<f32>, PipelineError> {
    pollster::block_on(async {
        let mut generation = generator.begin(order, None, Some(&start.image)).await?;
        while generation.step(&mut |_| ControlFlow::Continue(())).await? {}
        let (image, _) = generation.image().await?;
        generator.end(generation);
        Ok(generator.values(&image))
    })
}

fn wanted(name: &str) -> Vec<f32> {
    npy::read(&file("diffusion", name)).unwrap().data.iter().map(|value| 1000.0 * value).collect()
}

#[test]
fn an_image_to_start_from_gives_what_diffusers_gives() {
    let mut generator = generator();
    let slice = generator.start(&start(), None, None).unwrap();
    assert!(slice.notes.is_empty(), "{:?}", slice.notes);
    let order = order(&generator, FromImage { strength: Some(0.6), ..FromImage::default() });
    let error = relative_error(&made(&mut generator, &order, &slice).unwrap(), &wanted("started.npy"));
    assert!(error <= 1e-3, "relative error {error:e}");
}

#[test]
fn a_masked_part_is_made_anew_as_with_diffusers_and_the_rest_is_kept() {
    let mut generator = generator();
    let slice = generator.start(&start(), Some(&mask()), None).unwrap();
    let order = order(&generator, FromImage { strength: None, masked: true, repeats: Some(2) });
    let got = made(&mut generator, &order, &slice).unwrap();
    let error = relative_error(&got, &wanted("inpainted.npy"));
    assert!(error <= 1e-3, "relative error {error:e}");
    let (own, marks) = (start(), mask());
    for ((got, own), label) in got.iter().zip(&own.data).zip(&marks.labels) {
        assert!(*label > 0 || (got - own).abs() < 1e-3, "{got}, not {own}");
    }
    let changed = got.iter().zip(&own.data).filter(|(got, own)| (*got - *own).abs() > 10.0).count();
    assert!(changed > 100, "only {changed} pixels of 156 were made anew");
}

#[test]
fn a_small_strength_stays_nearer_to_the_image_than_a_large_one() {
    let mut generator = generator();
    let slice = generator.start(&start(), None, None).unwrap();
    let mut distance = |strength: f64| {
        let order = order(&generator, FromImage { strength: Some(strength), ..FromImage::default() });
        relative_error(&made(&mut generator, &order, &slice).unwrap(), &start().data)
    };
    let [near, far] = [distance(0.2), distance(1.0)];
    assert!(near < far, "{near} and {far}");
}

#[test]
fn a_slice_of_any_volume_is_turned_and_brought_to_the_model_s_pixels() {
    let generator = generator();
    let flat = start();
    // The same slice as the middle one of three, lying the other way round, with pixels of 1 mm.
    let (wide, deep) = (64, 3);
    let at = |x: usize, y: usize, z: usize| if z == 1 { flat.data[(63 - y) / 2 * 32 + (63 - x) / 2] } else { -1000.0 };
    let voxels = (0..deep).flat_map(|z| (0..wide).flat_map(move |y| (0..wide).map(move |x| [x, y, z])));
    let data = voxels.map(|[x, y, z]| at(x, y, z)).collect();
    let affine = [[1.0, 0.0, 0.0, -31.5], [0.0, 1.0, 0.0, -31.5], [0.0, 0.0, 5.0, -5.0]];
    let turned = Volume::new([wide, wide, deep], data, affine, Unit::Other(String::new())).unwrap();
    let [own, other] = [(&flat, None), (&turned, Some(1))].map(|(volume, slice)| {
        let start = generator.start(volume, None, slice).unwrap();
        (generator.volume([32, 32, 1], start.image.values.clone()).map(|made| start.place(made)).unwrap(), start)
    });
    let error = relative_error(&other.0.data, &own.0.data);
    assert!(error < 1e-5, "relative error {error:e}");
    assert!(other.1.notes.iter().any(|note| note.contains("pixels of 2.00 x 2.00 mm")), "{:?}", other.1.notes);
    for (a, b) in own.0.affine.iter().flatten().zip(other.0.affine.iter().flatten()) {
        assert!((a - b).abs() < 1e-9, "{:?} and {:?}", own.0.affine, other.0.affine);
    }
    // The slice of which the mask marks most.
    let labels = (0..wide * wide * deep).map(|at| u8::from(at / (wide * wide) == 2 && at % wide > 40)).collect();
    let start = generator.start(&turned, Some(&LabelMap { dims: turned.dims, labels }), None).unwrap();
    assert_eq!(start.record.slice, Some(2));
}

#[test]
fn what_cannot_be_started_from_is_refused_in_a_sentence() {
    let generator = generator();
    let (image, marks) = (start(), mask());
    let filled = |label: u8| LabelMap { dims: marks.dims, labels: vec![label; 1024] };
    let small = LabelMap { dims: [4, 4, 1], labels: vec![1; 16] };
    let suv = Volume { unit: Unit::Suv, ..image.clone() };
    let broken = image.with_data(vec![f32::NAN; 1024]).unwrap();
    for (volume, mask, slice, wanted) in [
        (&image, Some(&filled(0)), None, "marks nothing"),
        (&image, Some(&filled(1)), None, "marks the whole image"),
        (&image, Some(&small), None, "[4, 4, 1] voxels"),
        (&image, None, Some(1), "no slice 1"),
        (&suv, None, None, "in SUV"),
        (&broken, None, None, "1024 values that are not numbers"),
    ] {
        let error = generator.start(volume, mask, slice).unwrap_err().to_string();
        assert!(error.contains(wanted), "{error}");
    }
    let choice = |from: FromImage| Choice { start: Some(from), class: Some("0".to_owned()), ..Choice::default() };
    let repeated = choice(FromImage { repeats: Some(2), ..FromImage::default() }).order(generator.manifest());
    assert!(repeated.unwrap_err().to_string().contains("give a mask"));
    let mut generator = generator;
    let slice = generator.start(&image, None, None).unwrap();
    for (strength, wanted) in [(0.0, "the strength is 0"), (1.5, "the strength is 1.5"), (f64::NAN, "the strength")] {
        let order = order(&generator, FromImage { strength: Some(strength), ..FromImage::default() });
        let error = made(&mut generator, &order, &slice).unwrap_err().to_string();
        assert!(error.contains(wanted), "{error}");
    }
    let plain = Choice { class: Some("0".to_owned()), ..Choice::default() }.order(generator.manifest()).unwrap();
    let error = made(&mut generator, &plain, &slice).unwrap_err().to_string();
    assert!(error.contains("make no use of it"), "{error}");
}

#[test]
fn a_model_with_a_decoder_alone_starts_from_noise_only() {
    let json = String::from_utf8(file("diffusion", "model.json")).unwrap();
    let without = json.replace("\"image_encoder\": {", "\"unknown\": {");
    assert_ne!(json, without);
    let mut manifest: serde_json::Value = serde_json::from_str(&without).unwrap();
    // The probe's last values are the image encoder's.
    let samples = manifest["probe"]["samples"].as_array_mut().unwrap();
    samples.truncate(32);
    let package = DiffusionPackage::read(manifest.to_string().as_bytes(), &files("diffusion")).unwrap();
    let mut generator = pollster::block_on(Generator::open(package, Backend::cpu())).unwrap();
    let slice = generator.start(&start(), None, None).unwrap();
    let order = order(&generator, FromImage::default());
    let error = made(&mut generator, &order, &slice).unwrap_err().to_string();
    assert!(error.contains("no image encoder"), "{error}");
}

/// The golden's mask: rows 3 to 8 and columns 4 to 17 of the first five slices.
fn volume_mask() -> LabelMap {
    let marked = |at: usize| at / 252 < 5 && (3..9).contains(&(at / 18 % 14)) && at % 18 >= 4;
    LabelMap { dims: [18, 14, 8], labels: (0..8 * 252).map(|at| u8::from(marked(at))).collect() }
}

#[test]
fn a_volume_is_translated_from_another_where_a_mask_says() {
    let mut generator = generator_of("translation");
    let order = order(&generator, FromImage { strength: Some(0.5), masked: true, repeats: None });
    let (from, marks) = (volume("start.npy"), volume_mask());
    let translation =
        Translation { order: &order, samples: 1, dose: Some(0.1), start: Some(&from), mask: Some(&marks) };
    let go_on = &mut |_, _, _| ControlFlow::Continue(());
    let made = pollster::block_on(generator.translate(&low_dose(), translation, go_on)).unwrap();
    let wanted = npy::read(&file("translation", "begun.npy")).unwrap().data;
    let error = relative_error(&made.volume.data, &wanted);
    assert!(error <= 1e-3, "relative error {error:e}");
    let record = made.record.start.clone().unwrap();
    assert!(record.mask_sha256.is_some_and(|hash| hash.len() == 64) && record.slice.is_none());
    assert!(made.record.sentence().contains("strength 0.5, put back outside a mask"), "{}", made.record.sentence());
    // The spread of what is kept is nothing.
    let several = Translation { samples: 2, ..translation };
    let spread = pollster::block_on(generator.translate(&low_dose(), several, go_on)).unwrap().spread.unwrap();
    for (spread, label) in spread.data.iter().zip(&marks.labels) {
        assert!(*label > 0 || *spread < 1e-6, "{spread}");
    }
    assert!(spread.data.iter().any(|value| *value > 1e-3));
}

#[test]
fn a_volume_on_another_grid_or_a_mask_alone_is_refused() {
    let mut generator = generator_of("translation");
    let order = order(&generator, FromImage::default());
    let input = low_dose();
    let mut moved = volume("start.npy");
    moved.affine[0][3] += 10.0;
    let marks = volume_mask();
    let go_on = &mut |_, _, _| ControlFlow::Continue(());
    for (start, mask, wanted) in [(Some(&moved), None, "another grid"), (None, Some(&marks), "give that image too")] {
        let translation = Translation { order: &order, samples: 1, dose: None, start, mask };
        let error = pollster::block_on(generator.translate(&input, translation, go_on)).unwrap_err().to_string();
        assert!(error.contains(wanted), "{error}");
    }
}
