//! Tiles of a decoder against the whole.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::path::Path;

use super::*;
use crate::probe::image;

const GIVEN: [usize; 4] = [1, 4, 40, 28];

fn graph(name: &str) -> Graph {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/goldens/tiles").join(name);
    Graph::read(&std::fs::read(path).unwrap()).unwrap()
}

fn names(tile: Option<DecoderTile>) -> Decoder {
    Decoder { file: String::new(), x: "x".to_owned(), condition: None, tile }
}

fn plan(file: &str, tile: Option<DecoderTile>, most: u64) -> Decoding {
    let given = Given { x: GIVEN.to_vec(), condition: None };
    pollster::block_on(Decoding::plan(&graph(file), &names(tile), &given, &Backend::cpu(), most)).unwrap()
}

fn decode(decoding: &mut Decoding) -> Vec<f32> {
    pollster::block_on(decoding.run(&image(1, GIVEN.iter().product()), &[])).unwrap()
}

/// The largest difference of two images, of the largest value of the first.
fn difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    let largest = a.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
    a.iter().zip(b).fold(0.0_f32, |most, (a, b)| most.max((a - b).abs())) / largest
}

#[test]
fn a_decoder_of_convolutions_gives_the_same_in_tiles() {
    let mut whole = plan("local.onnx", None, u64::MAX);
    assert_eq!((whole.edges(), whole.note()), ([80, 56], None));
    let wanted = decode(&mut whole);
    // Too large at once, and told to be cut: the halo follows from the layers.
    let bytes = whole.stage.memory().planned;
    for (tile, most) in [(None, bytes / 2), (Some(DecoderTile { inner: 6, halo: None }), u64::MAX)] {
        let mut tiled = plan("local.onnx", tile, most);
        assert!(tiled.tiles.as_ref().unwrap().x.count() > 1);
        let note = tiled.note().unwrap().to_owned();
        assert!(note.contains("overlapping tiles") && !note.contains("may show"), "{note}");
        let off = difference(&wanted, &decode(&mut tiled));
        assert!(off < 1e-5, "{note} They differ by {off:e}.");
    }
    // Without surroundings they could not agree.
    let mut bare = plan("local.onnx", Some(DecoderTile { inner: 6, halo: Some(0) }), u64::MAX);
    assert!(difference(&wanted, &decode(&mut bare)) > 1e-3);
}

#[test]
fn a_decoder_that_normalises_over_the_image_says_that_tiles_may_show() {
    let bytes = plan("global.onnx", None, u64::MAX).stage.memory().planned;
    let tiled = plan("global.onnx", None, bytes / 2);
    assert!(tiled.note().unwrap().contains("tiles may show"), "{:?}", tiled.note());
}

#[test]
fn what_a_decoder_reads_follows_from_its_layers() {
    let found = |name: &str| reach(&graph(name).specialise(&[("x", &GIVEN)]).unwrap(), "x");
    // By hand: one cell, then two, then one pixel of half a cell; counted a little wider.
    assert!((3..=5).contains(&found("local.onnx").unwrap()), "{:?}", found("local.onnx"));
    assert_eq!(found("global.onnx"), None);
}
