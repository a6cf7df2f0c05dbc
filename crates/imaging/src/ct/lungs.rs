//! Lungs: neither air nor tissue. Gas in bowel and trachea is air, and what lies at its rim is thin.

use super::morphology::{Grid, both, set_of, without};
use crate::neighbours::pieces;

/// From the limit of emphysema (Gevenois et al. 1995) to the middle between lung, about -800, and tissue, about 0.
const LUNG: std::ops::Range<f32> = -950.0..-400.0;
/// Fewest cells of a piece that is whole: 100 ml, less than one lung of a child.
const LEAST_WHOLE: usize = 3700;
/// Fewest cells of one that the CT cuts off above or below: 20 ml, the tip of a lung.
const LEAST_CUT: usize = 740;
/// Most of a piece's surroundings that may be air: lungs are wrapped in tissue, foam and folds are not.
const MOST_AIR: f64 = 0.05;
/// Gaps that vessels leave are closed up to 12 mm.
const CLOSE: u16 = 2;

/// The cells of the lungs; none where no piece can be one.
pub(super) fn lungs(grid: Grid, hounsfield: &[f32], body: &[bool]) -> Vec<bool> {
    let aerated: Vec<bool> = hounsfield.iter().zip(body).map(|(hu, &inside)| inside && LUNG.contains(hu)).collect();
    let mut found = vec![false; aerated.len()];
    for piece in pieces(grid.dims, grid.opened(&aerated, 1)) {
        let top = grid.area() * (grid.dims[2] - 1);
        let cut = piece.iter().any(|&cell| cell < grid.area() || cell >= top);
        if piece.len() < if cut { LEAST_CUT } else { LEAST_WHOLE } {
            continue;
        }
        let piece = set_of(aerated.len(), &piece);
        if air_around(grid, &piece, hounsfield, body) <= MOST_AIR {
            found.iter_mut().zip(piece).for_each(|(lung, here)| *lung |= here);
        }
    }
    both(&grid.closed(&found, CLOSE), body)
}

/// The share of air, or of what lies outside the body, in the layer of cells one cell away from a piece.
fn air_around(grid: Grid, piece: &[bool], hounsfield: &[f32], body: &[bool]) -> f64 {
    let layer = without(&grid.grown(piece, 2), &grid.grown(piece, 1));
    let (mut all, mut air) = (0_usize, 0_usize);
    for (at, _) in layer.iter().enumerate().filter(|(_, inside)| **inside) {
        all += 1;
        air += usize::from(!body[at] || hounsfield[at] < LUNG.start);
    }
    air as f64 / all.max(1) as f64
}
