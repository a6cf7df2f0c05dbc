//! Ribs: thin bones beside the spine that touch the lungs' wall. Scapulae, collar bones, arms and pelvis do not.

use super::morphology::{Grid, without};
use super::spine::{Column, SPONGY};
use crate::neighbours::pieces;

/// Bones thicker than 18 mm are none; nor is a heart or an artery full of contrast medium.
const THICK: u16 = 3;
/// Fewest cells of a rib: 0.5 ml.
const LEAST: usize = 19;
/// Most cells of a single one: 40 ml. What is larger is grown together with shoulder blade or collar bone.
const MOST: usize = 1480;
/// A rib comes within 9 mm of the lungs somewhere; of what is grown together, what lies within 15 mm of them is rib.
const TOUCHES: u16 = 3;
const WALL: u16 = 5;

/// The cells of the ribs, the spongy bone around the compact included.
pub(super) fn ribs(grid: Grid, hounsfield: &[f32], bone: &[bool], lungs: &[bool], column: &Column) -> Vec<bool> {
    let mut found = vec![false; bone.len()];
    let mut thin = without(bone, &grid.opened(bone, THICK));
    for (at, bone) in thin.iter_mut().enumerate().filter(|(_, bone)| **bone) {
        let place = grid.place(at);
        *bone = !column.contains(place) && !column.in_front(place);
    }
    let touching = grid.grown(lungs, TOUCHES);
    let wall = grid.grown(lungs, WALL);
    for piece in pieces(grid.dims, thin) {
        if piece.len() < LEAST || !piece.iter().any(|&cell| touching[cell]) {
            continue;
        }
        let alone = piece.len() <= MOST;
        piece.into_iter().filter(|&cell| alone || wall[cell]).for_each(|cell| found[cell] = true);
    }
    let mut around = grid.grown(&found, 1);
    for (at, rib) in around.iter_mut().enumerate().filter(|(_, rib)| **rib) {
        *rib = found[at] || hounsfield[at] > SPONGY && !column.contains(grid.place(at));
    }
    around
}
