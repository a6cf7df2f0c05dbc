//! Places in a tensor, some of whose coordinates are read from a tensor of indices; what `gather` and
//! `scatter` share. The shaders' half is `shaders/shared/indexed.wgsl`.

use crate::grid::word;
use crate::strided::{RANK, Walk};
use crate::{KernelError, check};

/// A coordinate of the tensor that is read from the indices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pick {
    /// Extent of its axis; negative indices count from its end.
    pub extent: usize,
    /// Distance between neighbours along it.
    pub step: usize,
}

/// Where each element of a box lies in a tensor.
///
/// The element with the coordinates i of the box lies at
/// i . `strides` + sum over j of indices\[i . `index_strides` + j\] * `picks`\[j\].step.
/// Boxes with fewer than six dimensions are led by ones.
#[derive(Clone, Debug)]
pub struct Indexed {
    /// Extents of the box.
    pub dims: [usize; RANK],
    /// Steps in the tensor along each dimension of the box.
    pub strides: [usize; RANK],
    /// Steps in the indices along each dimension of the box.
    pub index_strides: [usize; RANK],
    /// The coordinates read from the indices, at most six.
    pub picks: Vec<Pick>,
    /// Elements of the tensor.
    pub tensor: usize,
    /// Elements of the indices.
    pub indices: usize,
}

impl Indexed {
    /// Refuses a box whose farthest element lies outside the tensor or the indices.
    pub(crate) fn check(&self, kernel: &'static str) -> Result<(), KernelError> {
        let picks = &self.picks;
        check::require(kernel, picks.len() <= RANK, || {
            format!("{} coordinates are read from the indices, at most {RANK} can be", picks.len())
        })?;
        let reach = |strides: [usize; RANK]| -> usize {
            strides.iter().zip(self.dims).map(|(stride, dim)| stride * dim.saturating_sub(1)).sum()
        };
        let picked: usize = picks.iter().map(|pick| pick.step * pick.extent.saturating_sub(1)).sum();
        check::require(kernel, reach(self.strides) + picked < self.tensor, || {
            format!("the box {:?} reaches beyond the {} elements of its tensor", self.dims, self.tensor)
        })?;
        check::require(kernel, reach(self.index_strides) + picks.len() <= self.indices, || {
            format!("the box {:?} reaches beyond the {} indices", self.dims, self.indices)
        })
    }

    /// Elements of the box.
    pub(crate) fn elements(&self) -> usize {
        self.dims.iter().product()
    }

    fn walk(&self) -> Walk<2> {
        Walk::new(self.dims, [self.strides, self.index_strides].map(|strides| strides.map(usize::cast_signed)))
    }

    /// The uniform words.
    pub(crate) fn params(&self) -> Vec<u32> {
        let walk = self.walk();
        let mut params = walk.params();
        params.extend(pick_words(&self.picks));
        params.extend([word(self.elements()), word(walk.rank), word(self.picks.len())]);
        params
    }

    /// Calls `each` with every element of the box in row-major order and its place, if it has one.
    pub(crate) fn places(&self, indices: &[i32], mut each: impl FnMut(usize, Option<usize>)) {
        let walk = self.walk();
        let (len, steps) = walk.last();
        let mut number = 0;
        walk.lines(|[at, entry]| {
            for i in 0..len.cast_signed() {
                let [at, entry] = [at + i * steps[0], entry + i * steps[1]].map(isize::unsigned_abs);
                each(number, picked(&self.picks, &indices[entry..]).map(|offset| at + offset));
                number += 1;
            }
        });
    }
}

/// The offset that indices lead to, unless one of them lies beyond its axis.
pub(crate) fn picked(picks: &[Pick], indices: &[i32]) -> Option<usize> {
    picks.iter().zip(indices).try_fold(0, |offset, (pick, &index)| {
        let index = index as isize;
        let index = if index < 0 { index + pick.extent.cast_signed() } else { index };
        let index = usize::try_from(index).ok().filter(|&index| index < pick.extent)?;
        Some(offset + index * pick.step)
    })
}

/// Extent and step of each of six coordinates, padded to four words.
pub(crate) fn pick_words(picks: &[Pick]) -> Vec<u32> {
    let none = Pick { extent: 0, step: 0 };
    let six = picks.iter().copied().chain(std::iter::repeat(none)).take(RANK);
    six.flat_map(|pick| [word(pick.extent), word(pick.step), 0, 0]).collect()
}
