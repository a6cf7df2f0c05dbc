//! The spine: bones followed from slice to slice, from those behind the lungs' middle, to the neck and down to the pelvis.

use super::CELL_MM;
use super::morphology::{Grid, both, set_of, without};
use crate::neighbours::{joined, pieces};

/// The middle between soft tissue, about 50 HU, and cells of compact bone with marrow, about 350.
pub(super) const BONE: f32 = 200.0;
/// The middle between muscle, about 50 HU, and spongy bone, about 150 (Pickhardt et al. 2013).
pub(super) const SPONGY: f32 = 100.0;
/// A vertebra around the middle of its bone, in cells: 35 mm to the transverse processes, 60 mm to the spinous one behind, 40
/// mm to the body's front.
const SIDE: f64 = 35.0 / CELL_MM;
const BEHIND: f64 = 60.0 / CELL_MM;
const BEFORE: f64 = 40.0 / CELL_MM;
/// What the breastbone keeps to, left and right of the spine.
const FRONT_SIDE: f64 = 30.0 / CELL_MM;
/// Least bone of a slice that shows any: 100 square millimetres.
const LEAST_BONE: usize = 11;
/// Slices without bone that are passed over: 15 mm, more than a disc.
const MOST_EMPTY: usize = 5;
/// How far the middle moves from one slice to the next at most, in cells.
const MOST_BEND: f64 = 1.0;
/// How far above the lungs it is followed: 90 mm, to the upper neck but not into the skull.
const ABOVE_LUNGS: usize = 30;
/// Where the pelvis is looked for: further than 60 mm below the lungs, within 130 mm of the middle; bone of 200 square
/// millimetres on either side is the iliac crests'.
const BELOW_LUNGS: usize = 20;
const PELVIS_SIDE: f64 = 130.0 / CELL_MM;
const LEAST_PELVIS: usize = 22;
/// The lowest vertebra lies below the crests' tops: 40 mm.
const BELOW_CRESTS: usize = 13;
/// Canal and joints are closed up to 6 mm.
const CLOSE: u16 = 1;

/// Where the spine's middle is in each slice, x and y in cells; `None` where it was not followed.
pub(super) struct Column {
    middles: Vec<Option<[f64; 2]>>,
    /// The lowest slice of the lungs.
    lungs_end: usize,
}

impl Column {
    /// Follows the bones behind the lungs' middle up and down; `None` where there are none.
    pub(super) fn follow(grid: Grid, body: &[bool], bone: &[bool], lungs: &[bool]) -> Option<Self> {
        let areas: Vec<usize> =
            lungs.chunks_exact(grid.area()).map(|slice| slice.iter().filter(|&&lung| lung).count()).collect();
        let widest = (0..areas.len()).max_by_key(|&z| areas[z])?;
        let lungs_end = areas.iter().position(|&area| area > 0)?;
        let lungs_top = areas.iter().rposition(|&area| area > 0)?;
        let start = begin(grid, widest, body, bone, lungs)?;
        let mut middles = vec![None; grid.dims[2]];
        let top = (lungs_top + ABOVE_LUNGS).min(grid.dims[2] - 1);
        walk(grid, bone, start, widest..=top, &mut middles);
        walk(grid, bone, start, (0..=widest).rev(), &mut middles);
        Some(Self { middles, lungs_end })
    }

    /// How far a cell lies to the side of the spine's middle and in front of it, in cells; `None` where the spine is not.
    pub(super) fn offset(&self, [x, y, z]: [usize; 3]) -> Option<[f64; 2]> {
        self.middles[z].map(|[mx, my]| [x as f64 - mx, y as f64 - my])
    }

    /// Whether a cell lies where vertebrae do.
    pub(super) fn contains(&self, place: [usize; 3]) -> bool {
        self.offset(place).is_some_and(vertebra)
    }

    /// Whether a cell lies in front of the spine, where the sternum does.
    pub(super) fn in_front(&self, place: [usize; 3]) -> bool {
        self.offset(place).is_some_and(|[side, front]| side.abs() <= FRONT_SIDE && front > 0.0)
    }

    /// The column down to the lowest vertebra, where the pelvis is in sight.
    pub(super) fn end_at_pelvis(mut self, grid: Grid, bone: &[bool], ribs: &[bool]) -> Self {
        let others = without(bone, ribs);
        let crests = (0..self.lungs_end.saturating_sub(BELOW_LUNGS)).rev().find(|&z| {
            let mut sides = [0_usize; 2];
            for at in (z * grid.area()..(z + 1) * grid.area()).filter(|&at| others[at]) {
                if let Some([side, front]) = self.offset(grid.place(at))
                    && (SIDE..PELVIS_SIDE).contains(&side.abs())
                    && front.abs() <= BEHIND
                {
                    sides[usize::from(side > 0.0)] += 1;
                }
            }
            sides.into_iter().all(|bone| bone >= LEAST_PELVIS)
        });
        if let Some(crests) = crests {
            self.middles[..crests.saturating_sub(BELOW_CRESTS)].fill(None);
        }
        self
    }

    /// The cells of the spine: bone of the column with the spongy bone that joins it, closed and filled.
    pub(super) fn spine(&self, grid: Grid, hounsfield: &[f32], body: &[bool], bone: &[bool]) -> Vec<bool> {
        let within: Vec<bool> = (0..bone.len()).map(|at| body[at] && self.contains(grid.place(at))).collect();
        let mut open: Vec<bool> = within.iter().zip(hounsfield).map(|(&inside, &hu)| inside && hu > SPONGY).collect();
        let mut found = vec![false; bone.len()];
        for seed in 0..bone.len() {
            if bone[seed] && open[seed] {
                joined(seed, grid.dims, &mut open).into_iter().for_each(|cell| found[cell] = true);
            }
        }
        let closed = grid.closed(&found, CLOSE);
        let largest = pieces(grid.dims, closed).into_iter().max_by_key(Vec::len).unwrap_or_default();
        both(&grid.filled(&set_of(bone.len(), &largest)), &within)
    }
}

/// Whether a vertebra reaches so far to the side of its middle and in front of it.
fn vertebra([side, front]: [f64; 2]) -> bool {
    side.abs() <= SIDE && (-BEHIND..=BEFORE).contains(&front)
}

/// The middle of the bone behind the lungs' middle in the slice where they are widest.
fn begin(grid: Grid, z: usize, body: &[bool], bone: &[bool], lungs: &[bool]) -> Option<[f64; 2]> {
    let slice = z * grid.area()..(z + 1) * grid.area();
    let rows = || slice.clone().filter(|&at| lungs[at]).map(|at| grid.place(at)[1]);
    let (back, front) = (rows().min()?, rows().max()?);
    let beside = |at: &usize| body[*at] && (back..=front).contains(&grid.place(*at)[1]);
    let [x, _] = mean(grid, slice.clone().filter(beside))?;
    let behind = |at: &usize| {
        let [px, py, _] = grid.place(*at);
        bone[*at] && (px as f64 - x).abs() <= SIDE && 2 * py < back + front
    };
    mean(grid, slice.clone().filter(behind))
}

/// Follows the middle through slices, as long as there is bone.
fn walk(
    grid: Grid,
    bone: &[bool],
    start: [f64; 2],
    slices: impl Iterator<Item = usize>,
    middles: &mut [Option<[f64; 2]>],
) {
    let mut middle = start;
    let mut empty = 0;
    for z in slices {
        let of_vertebra = |at: &usize| {
            let [x, y, _] = grid.place(*at);
            bone[*at] && vertebra([x as f64 - middle[0], y as f64 - middle[1]])
        };
        let cells: Vec<usize> = (z * grid.area()..(z + 1) * grid.area()).filter(of_vertebra).collect();
        match mean(grid, cells.iter().copied()).filter(|_| cells.len() >= LEAST_BONE) {
            Some(found) => {
                empty = 0;
                middle = [0, 1].map(|axis| middle[axis] + (found[axis] - middle[axis]).clamp(-MOST_BEND, MOST_BEND));
            }
            None => empty += 1,
        }
        if empty > MOST_EMPTY {
            break;
        }
        middles[z] = Some(middle);
    }
}

/// The mean place of cells across a slice, x and y.
fn mean(grid: Grid, cells: impl Iterator<Item = usize>) -> Option<[f64; 2]> {
    let (mut count, mut sums) = (0.0, [0.0; 2]);
    for cell in cells {
        let [x, y, _] = grid.place(cell);
        count += 1.0;
        sums = [sums[0] + x as f64, sums[1] + y as f64];
    }
    (count > 0.0).then(|| sums.map(|sum| sum / count))
}
