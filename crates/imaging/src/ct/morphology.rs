//! Sets of cells: grown, shrunk, filled. Each set is one flag a cell.
//!
//! Nothing is assumed of what lies beyond the grid: a set that ends there is neither shrunk from that side nor enclosed by it.

use crate::neighbours::joined;

/// A grid of cells: left to right, back to front, feet to head, the first contiguous.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    /// Cells along each.
    pub(super) dims: [usize; 3],
}

impl Grid {
    /// Cells of a slice.
    pub(super) fn area(self) -> usize {
        self.dims[0] * self.dims[1]
    }

    /// Where a cell lies.
    pub(super) fn place(self, at: usize) -> [usize; 3] {
        let [nx, ny, _] = self.dims;
        [at % nx, at / nx % ny, at / (nx * ny)]
    }

    /// The cells whose centre is within `reach` cells of the centre of one of the set: the set dilated by a ball.
    pub(super) fn grown(self, set: &[bool], reach: u16) -> Vec<bool> {
        // Squared distances, axis by axis; beyond the reach they need not be exact.
        let far = reach * reach + 1;
        let mut squares: Vec<u16> = set.iter().map(|&inside| if inside { 0 } else { far }).collect();
        let reach = usize::from(reach);
        let mut stride = 1;
        for n in self.dims {
            let before = squares.clone();
            for (at, square) in squares.iter_mut().enumerate() {
                let place = at / stride % n;
                for step in 1..=reach {
                    let added = (step * step) as u16;
                    if step <= place {
                        *square = (*square).min(before[at - step * stride] + added);
                    }
                    if place + step < n {
                        *square = (*square).min(before[at + step * stride] + added);
                    }
                }
            }
            stride *= n;
        }
        squares.into_iter().map(|square| square < far).collect()
    }

    /// The cells that lie deeper in the set than `reach`: the set eroded by a ball.
    pub(super) fn shrunk(self, set: &[bool], reach: u16) -> Vec<bool> {
        inverted(&self.grown(&inverted(set), reach))
    }

    /// The set without what is thinner than twice the reach.
    pub(super) fn opened(self, set: &[bool], reach: u16) -> Vec<bool> {
        self.grown(&self.shrunk(set, reach), reach)
    }

    /// The set with gaps closed that are narrower than twice the reach.
    pub(super) fn closed(self, set: &[bool], reach: u16) -> Vec<bool> {
        self.shrunk(&self.grown(set, reach), reach)
    }

    /// The set with all that it encloses in each axial slice.
    pub(super) fn filled(self, set: &[bool]) -> Vec<bool> {
        let [nx, ny, _] = self.dims;
        let mut filled = Vec::with_capacity(set.len());
        for slice in set.chunks_exact(self.area()) {
            let mut open = inverted(slice);
            for at in 0..slice.len() {
                let (x, y) = (at % nx, at / nx);
                let at_rim = x == 0 || y == 0 || x + 1 == nx || y + 1 == ny;
                if at_rim && open[at] {
                    joined(at, [nx, ny, 1], &mut open);
                }
            }
            // What is still open was not reached from the rim.
            filled.extend(slice.iter().zip(open).map(|(&inside, enclosed)| inside || enclosed));
        }
        filled
    }
}

/// The cells that are in both sets.
pub(super) fn both(one: &[bool], other: &[bool]) -> Vec<bool> {
    one.iter().zip(other).map(|(&a, &b)| a && b).collect()
}

/// The cells of the first set that are not in the other.
pub(super) fn without(one: &[bool], other: &[bool]) -> Vec<bool> {
    one.iter().zip(other).map(|(&a, &b)| a && !b).collect()
}

/// The set of these cells.
pub(super) fn set_of<'a>(count: usize, cells: impl IntoIterator<Item = &'a usize>) -> Vec<bool> {
    let mut set = vec![false; count];
    for &cell in cells {
        set[cell] = true;
    }
    set
}

fn inverted(set: &[bool]) -> Vec<bool> {
    set.iter().map(|inside| !inside).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRID: Grid = Grid { dims: [7, 6, 5] };

    fn some() -> Vec<bool> {
        (0..210).map(|v| v * 37 % 61 < 7).collect()
    }

    #[test]
    fn growing_is_by_distance_between_centres() {
        let (set, reach) = (some(), 2_u16);
        let grown = GRID.grown(&set, reach);
        for (at, &found) in grown.iter().enumerate() {
            let near = |other: &usize| {
                let (a, b) = (GRID.place(at), GRID.place(*other));
                (0..3).map(|axis| a[axis].abs_diff(b[axis]).pow(2)).sum::<usize>() <= usize::from(reach * reach)
            };
            assert_eq!(found, (0..210).filter(near).any(|other| set[other]), "cell {at}");
        }
    }

    #[test]
    fn opening_takes_from_a_set_and_closing_adds_to_it() {
        let set = some();
        for (at, &inside) in set.iter().enumerate() {
            assert!(inside || !GRID.opened(&set, 1)[at]);
            assert!(!inside || GRID.closed(&set, 1)[at]);
        }
        // A set that ends with the grid is not shrunk from there.
        assert_eq!(GRID.shrunk(&[true; 210], 2), [true; 210]);
    }

    #[test]
    fn filling_is_slice_by_slice_and_not_over_the_rim() {
        let grid = Grid { dims: [5, 5, 2] };
        let ring = |at: usize| {
            let [x, y, z] = grid.place(at);
            (1..4).contains(&x) && (1..4).contains(&y) && (x, y) != (2, 2) && (z == 0 || (x, y) != (2, 1))
        };
        let set: Vec<bool> = (0..50).map(ring).collect();
        let filled = grid.filled(&set);
        assert!(filled[12] && !filled[37], "the second ring is open to the back");
        assert_eq!(filled.iter().filter(|&&inside| inside).count(), set.iter().filter(|&&inside| inside).count() + 1);
    }
}
