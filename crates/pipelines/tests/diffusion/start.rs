//! Runs that start from an image, whole or where a mask says, against diffusers and against what they promise.

use std::ops::ControlFlow;

use darkroom_formats::npy;
use darkroom_imaging::{LabelMap, Unit, Volume};
use darkroom_pipelines::diffusion::{
    Choice, DiffusionPackage, FromImage, Generator, Order, StartSlice, Translated, Translation,
};
use darkroom_pipelines::{Backend, PipelineError};

use crate::golden::{file, files, generator, generator_of, low_dose, relative_error, translated, volume};

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
    let marks = LabelMap { dims: turned.dims, labels };
    let start = generator.start(&turned, Some(&marks), None).unwrap();
    assert_eq!(start.record.slice, Some(2));
    // Another slice holds nothing of it, and one all of which is marked keeps nothing.
    let error = generator.start(&turned, Some(&marks), Some(0)).unwrap_err().to_string();
    assert!(error.contains("marks nothing"), "{error}");
    let whole = (0..wide * wide * deep).map(|at| u8::from(at / (wide * wide) == 2)).collect();
    let whole = LabelMap { dims: turned.dims, labels: whole };
    let error = generator.start(&turned, Some(&whole), Some(2)).unwrap_err().to_string();
    assert!(error.contains("marks the whole image"), "{error}");
}

#[test]
fn what_cannot_be_started_from_is_refused_in_a_sentence() {
    let generator = generator();
    let (image, marks) = (start(), mask());
    let filled = |label: u8| LabelMap { dims: marks.dims, labels: vec![label; 1024] };
    let small = LabelMap { dims: [4, 4, 1], labels: vec![1; 16] };
    let suv = Volume { unit: Unit::Suv, ..image.clone() };
    let empty = image.with_data(vec![0.0; 1024]).unwrap();
    let broken = image.with_data(vec![f32::NAN; 1024]).unwrap();
    for (volume, mask, slice, wanted) in [
        (&image, Some(&filled(0)), None, "marks nothing"),
        (&image, Some(&filled(1)), None, "marks the whole image"),
        (&image, Some(&small), None, "[4, 4, 1] voxels"),
        (&image, None, Some(1), "no slice 1"),
        (&suv, None, None, "in SUV"),
        (&broken, None, None, "1024 values that are not numbers"),
        (&empty, None, None, "are the same, 0"),
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
    let made = translated(&mut generator, &low_dose(), translation, go_on).unwrap();
    let wanted = npy::read(&file("translation", "begun.npy")).unwrap().data;
    let error = relative_error(&made.volume.data, &wanted);
    assert!(error <= 1e-3, "relative error {error:e}");
    let record = made.record.start.clone().unwrap();
    assert!(record.mask_sha256.is_some_and(|hash| hash.len() == 64) && record.slice.is_none());
    assert!(made.record.sentence().contains("strength 0.5, put back outside a mask"), "{}", made.record.sentence());
    // The spread of what is kept is nothing.
    let several = Translation { samples: 2, ..translation };
    let spread = translated(&mut generator, &low_dose(), several, go_on).unwrap().spread.unwrap();
    for (spread, label) in spread.data.iter().zip(&marks.labels) {
        assert!(*label > 0 || *spread < 1e-6, "{spread}");
    }
    assert!(spread.data.iter().any(|value| *value > 1e-3));
}

/// Every voxel of a volume as eight of half the edges, over the same box.
fn finer(volume: &Volume) -> Volume {
    let [nx, ny, nz] = volume.dims;
    let voxels =
        (0..2 * nz).flat_map(|k| (0..2 * ny).flat_map(move |j| (0..2 * nx).map(move |i| [i / 2, j / 2, k / 2])));
    let data = voxels.map(|[i, j, k]| volume.data[volume.index(i, j, k)]).collect();
    let affine = volume.affine.map(|[x, y, z, origin]| {
        let [x, y, z] = [x / 2.0, y / 2.0, z / 2.0];
        [x, y, z, origin - (x + y + z) / 2.0]
    });
    Volume::new([2 * nx, 2 * ny, 2 * nz], data, affine, volume.unit.clone()).unwrap()
}

#[test]
fn a_volume_on_another_grid_is_brought_onto_the_one_translated() {
    let mut generator = generator_of("translation");
    let order = order(&generator, FromImage { strength: Some(0.5), masked: true, repeats: None });
    let (own, marks) = (volume("start.npy"), volume_mask());
    let labels = own.with_data(marks.labels.iter().map(|&label| f32::from(label)).collect()).unwrap();
    let labels = finer(&labels);
    let fine_marks = LabelMap { dims: labels.dims, labels: labels.data.iter().map(|&label| label as u8).collect() };
    let fine = finer(&own);
    let go_on = &mut |_, _, _| ControlFlow::Continue(());
    let [same, other] = [(&own, &marks), (&fine, &fine_marks)].map(|(start, mask)| {
        let translation =
            Translation { order: &order, samples: 1, dose: Some(0.1), start: Some(start), mask: Some(mask) };
        translated(&mut generator, &low_dose(), translation, go_on).unwrap()
    });
    // Each voxel's centre lies amid eight of the finer ones, which all hold its value.
    let error = relative_error(&other.volume.data, &same.volume.data);
    assert!(error < 1e-5, "relative error {error:e}");
    let told = |made: &Translated| made.notes.iter().any(|note| note.contains("another grid (36 x 28 x 16 voxels"));
    assert!(told(&other) && !told(&same), "{:?}", other.notes);

    // Where it does not reach, everything is made anew, though the mask marks nothing there.
    let first = 6 * 252;
    let affine = own.affine;
    let short = Volume::new([18, 14, 6], own.data[..first].to_vec(), affine, own.unit.clone()).unwrap();
    let short_marks = LabelMap { dims: short.dims, labels: marks.labels[..first].to_vec() };
    let translation =
        Translation { order: &order, samples: 1, dose: Some(0.1), start: Some(&short), mask: Some(&short_marks) };
    let cut = translated(&mut generator, &low_dose(), translation, go_on).unwrap();
    let error = relative_error(&cut.volume.data[..first], &same.volume.data[..first]);
    assert!(error < 1e-5, "relative error {error:e}");
    let lowest = short.data.iter().copied().fold(f32::INFINITY, f32::min);
    let anew = cut.volume.data[first..].iter().filter(|made| (*made - lowest).abs() > 0.1).count();
    assert!(anew > 252, "{anew} of 504 voxels are made anew");
    assert!(cut.notes.iter().any(|note| note.contains("covers 75 %") && note.contains("made anew")), "{:?}", cut.notes);
}

#[test]
fn a_volume_elsewhere_or_a_mask_that_does_not_fit_is_refused() {
    let mut generator = generator_of("translation");
    let order = order(&generator, FromImage { strength: None, masked: true, repeats: None });
    let input = low_dose();
    let own = volume("start.npy");
    let moved = |by: f64| {
        let mut moved = own.clone();
        moved.affine[0][3] += by;
        moved
    };
    let (near, far, half) = (moved(8.0), moved(1000.0), moved(48.0));
    let counts = Volume { unit: Unit::Hounsfield, ..own.clone() };
    let marks = volume_mask();
    // Marks what lies outside of the volume that is translated once it is there.
    let labels = (0..own.data.len()).map(|at| u8::from(at % 18 == 17)).collect();
    let outside = LabelMap { dims: own.dims, labels };
    let go_on = &mut |_, _, _| ControlFlow::Continue(());
    for (start, mask, wanted) in [
        (Some(&far), Some(&marks), "does not overlap with the image that is translated (18 x 14 x 8"),
        (Some(&half), Some(&marks), "covers only 33 %"),
        (Some(&near), Some(&outside), "marks nothing"),
        (Some(&counts), None, "is in HU, this model makes images in SUV"),
        (None, Some(&marks), "give that image too"),
    ] {
        let translation = Translation { order: &order, samples: 1, dose: None, start, mask };
        let error = translated(&mut generator, &input, translation, go_on).unwrap_err().to_string();
        assert!(error.contains(wanted), "{error}");
    }
}
