//! Walks over several tensors of up to six dimensions at once.

/// Dimensions of the longest shape.
pub const RANK: usize = 6;

/// Row-major strides of a contiguous tensor; zero along dimensions of one, so that it may be repeated.
pub(crate) fn strides(dims: [usize; RANK]) -> [isize; RANK] {
    let mut strides = [0; RANK];
    let mut next = 1;
    for axis in (0..RANK).rev() {
        strides[axis] = if dims[axis] == 1 { 0 } else { next };
        next *= dims[axis].cast_signed();
    }
    strides
}

/// A common walk of `N` tensors over one box, dimensions that lie side by side in all of them joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Walk<const N: usize> {
    /// Dimensions left, at least one.
    pub(crate) rank: usize,
    /// Extents: the last `rank` count, those before are one.
    pub(crate) dims: [usize; RANK],
    /// Steps of each tensor along each dimension.
    pub(crate) strides: [[isize; RANK]; N],
}

impl<const N: usize> Walk<N> {
    /// The walk over `dims` with as few dimensions as the strides allow.
    pub(crate) fn new(dims: [usize; RANK], strides: [[isize; RANK]; N]) -> Self {
        let mut walk = Self { rank: 0, dims: [1; RANK], strides: [[0; RANK]; N] };
        for axis in (0..RANK).rev().filter(|&axis| dims[axis] != 1) {
            let first = RANK - walk.rank;
            let joins = walk.rank > 0
                && (0..N).all(|n| strides[n][axis] == walk.strides[n][first] * walk.dims[first].cast_signed());
            if joins {
                walk.dims[first] *= dims[axis];
            } else {
                walk.rank += 1;
                walk.dims[first - 1] = dims[axis];
                (0..N).for_each(|n| walk.strides[n][first - 1] = strides[n][axis]);
            }
        }
        walk.rank = walk.rank.max(1);
        walk
    }

    /// Calls `line` with each tensor's offset at the start of every run along the last dimension.
    pub(crate) fn lines(&self, mut line: impl FnMut([isize; N])) {
        let count: usize = self.dims[..RANK - 1].iter().product();
        for number in 0..count {
            let mut rest = number;
            let mut offsets = [0; N];
            for axis in (0..RANK - 1).rev() {
                let index = (rest % self.dims[axis]).cast_signed();
                rest /= self.dims[axis];
                (0..N).for_each(|n| offsets[n] += index * self.strides[n][axis]);
            }
            line(offsets);
        }
    }

    /// Length and steps of the runs that [`Walk::lines`] starts.
    pub(crate) fn last(&self) -> (usize, [isize; N]) {
        (self.dims[RANK - 1], std::array::from_fn(|n| self.strides[n][RANK - 1]))
    }

    /// The uniform words: for each of the last six dimensions its extent and each tensor's step,
    /// padded to four words; the shader walks the last `rank`.
    pub(crate) fn params(&self) -> Vec<u32> {
        let word = |step: isize| i32::try_from(step).unwrap_or(i32::MAX).cast_unsigned();
        let mut params = Vec::with_capacity(4 * RANK);
        for axis in 0..RANK {
            params.push(crate::grid::word(self.dims[axis]));
            params.extend((0..3).map(|n| self.strides.get(n).map_or(0, |strides| word(strides[axis]))));
        }
        params
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbouring_dimensions_join_only_where_every_tensor_allows() {
        let dims = [1, 2, 16, 5, 6, 7];
        let channel = strides([1, 1, 16, 1, 1, 1]);
        let walk = Walk::new(dims, [strides(dims), channel]);
        assert_eq!((walk.rank, walk.dims), (3, [1, 1, 1, 2, 16, 210]));
        assert_eq!(walk.strides[1], [0, 0, 0, 0, 1, 0]);
        let whole = Walk::new(dims, [strides(dims), strides(dims)]);
        assert_eq!((whole.rank, whole.dims[RANK - 1]), (1, 2 * 16 * 210));
    }
}
