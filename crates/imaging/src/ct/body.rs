//! The patient, without couch and covers.

use super::morphology::{Grid, set_of};
use crate::neighbours::pieces;

/// Denser than what lies around a body: well below fat, so that skin in cells half of air counts, and above foam and cloth.
const BODY: f32 = -300.0;

/// The largest piece of all that is denser, once what is thinner than two cells has fallen away, with what it encloses.
pub(super) fn body(grid: Grid, hounsfield: &[f32]) -> Vec<bool> {
    let dense: Vec<bool> = hounsfield.iter().map(|&hu| hu > BODY).collect();
    let largest = pieces(grid.dims, grid.opened(&dense, 1)).into_iter().max_by_key(Vec::len).unwrap_or_default();
    grid.filled(&set_of(hounsfield.len(), &largest))
}
