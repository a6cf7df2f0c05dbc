//! Sizes of dispatches.

/// Threads of a workgroup in every kernel of this crate, but for variants with `SMALL`.
pub(crate) const THREADS: usize = 64;

/// Threads of a workgroup in variants with `SMALL`.
const SMALL: usize = 8;

/// Whether so few threads leave most of a workgroup of 64 idle: the small planes in the depth of a U-Net.
pub(crate) fn is_small(threads: usize) -> bool {
    threads <= THREADS / 2
}

/// Workgroups that hold so many threads, small ones where that is better.
pub(crate) fn workgroups(threads: usize) -> usize {
    threads.div_ceil(if is_small(threads) { SMALL } else { THREADS })
}

/// Elements one workgroup of an element-wise kernel computes: four for each thread.
pub(crate) const ELEMENTS: usize = 4 * THREADS;

/// The largest number of workgroups in one dimension that WebGPU promises.
const MAX_WORKGROUPS: usize = 65_535;

/// `count` workgroups in two dimensions of at most 65 535 each; the shader skips the few too many.
///
/// A shader's flat workgroup number is `id.y * num_workgroups.x + id.x`.
pub(crate) fn fold(count: usize) -> [u32; 3] {
    let y = count.div_ceil(MAX_WORKGROUPS).max(1);
    [word(count.div_ceil(y).max(1)), word(y), 1]
}

/// A size as a uniform word. Sizes beyond 32 bits are refused by `check` before anything is computed.
pub(crate) fn word(size: usize) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
}

/// Sizes as uniform words.
pub(crate) fn words<const N: usize>(sizes: [usize; N]) -> [u32; N] {
    sizes.map(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_grid_is_folded_without_losing_a_workgroup() {
        for count in [1, 64, 65_535, 65_536, 1_000_003, 4_000_000_000] {
            let [x, y, z] = fold(count).map(|n| n as usize);
            assert!(x <= MAX_WORKGROUPS && y <= MAX_WORKGROUPS && z == 1);
            assert!(x * y >= count && x * y < count + y);
        }
    }
}
