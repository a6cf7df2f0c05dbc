//! Cutting a volume into overlapping windows of one size, and putting the results together without seams.
//!
//! All windows have the same shape, so one plan of the network serves them all. Along each axis neighbouring windows
//! overlap by at least two halos; a result's voxels near a cut edge were computed without their surroundings, so the
//! outer quarters of every overlap get no weight there, and between them a raised cosine hands over.
//!
//! Windows start at multiples of the network's own stride. Its downsampling then falls on the same voxels as if the
//! whole volume were run at once. Where a window reaches past the volume it is filled with zeros: that is what the
//! network's convolutions see beyond the border of a whole volume.

use crate::VolumeError;

/// Where to cut: grid, window and origins. Axes are (D, H, W), the last contiguous.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tiling {
    dims: [usize; 3],
    window: [usize; 3],
    origins: [Vec<usize>; 3],
}

/// One window of a [`Tiling`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tile {
    /// First voxel of the window along (D, H, W).
    pub origin: [usize; 3],
    /// Place among the origins of each axis.
    place: [usize; 3],
}

impl Tiling {
    /// A tiling of a volume of `dims` (D, H, W).
    ///
    /// `inner` is the part of a window that is meant to be kept, `halo` the margin on each side of it, `multiple` what
    /// the window's edge along each axis must be a multiple of (the network's total stride). The window is `inner + 2 halo`, rounded
    /// up to `multiple`, or the whole volume rounded up where that is smaller.
    ///
    /// # Errors
    /// When the volume is empty, `inner` or `multiple` is zero, or the halos leave no step of `multiple` between windows.
    pub fn new(
        dims: [usize; 3],
        inner: [usize; 3],
        halo: [usize; 3],
        multiple: [usize; 3],
    ) -> Result<Self, VolumeError> {
        if dims.contains(&0) || inner.contains(&0) || multiple.contains(&0) {
            return Err(VolumeError::Tiling("the volume, the inner tile and the multiple must not be zero".into()));
        }
        let mut window = [0; 3];
        let mut origins: [Vec<usize>; 3] = Default::default();
        for axis in 0..3 {
            let padded = dims[axis].next_multiple_of(multiple[axis]);
            window[axis] = (inner[axis] + 2 * halo[axis]).next_multiple_of(multiple[axis]).min(padded);
            origins[axis] = axis_origins(padded, window[axis], halo[axis], multiple[axis])?;
        }
        Ok(Self { dims, window, origins })
    }

    /// The shape (D, H, W) of every window.
    #[must_use]
    pub fn window(&self) -> [usize; 3] {
        self.window
    }

    /// The shape (D, H, W) of the volume.
    #[must_use]
    pub fn dims(&self) -> [usize; 3] {
        self.dims
    }

    /// How many tiles there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.origins.iter().map(Vec::len).product()
    }

    /// The tiles, the last axis fastest.
    pub fn tiles(&self) -> impl Iterator<Item = Tile> + '_ {
        let counts = [self.origins[1].len(), self.origins[2].len()];
        (0..self.count()).map(move |n| {
            let place = [n / (counts[0] * counts[1]), n / counts[1] % counts[0], n % counts[1]];
            Tile { origin: std::array::from_fn(|axis| self.origins[axis][place[axis]]), place }
        })
    }

    /// Copies a tile out of a volume into `window`; zeros where it reaches past the volume.
    ///
    /// # Errors
    /// When `values` does not hold the volume or `window` not one window.
    pub fn extract<T: Copy + Default>(&self, values: &[T], tile: Tile, window: &mut [T]) -> Result<(), VolumeError> {
        expect_length(self.dims, values.len())?;
        expect_length(self.window, window.len())?;
        window.fill(T::default());
        self.rows(tile, |volume, tile| window[tile].copy_from_slice(&values[volume]));
        Ok(())
    }

    /// Calls `each` with the range of every row inside the volume: first in the volume, then in the window.
    fn rows(&self, tile: Tile, mut each: impl FnMut(std::ops::Range<usize>, std::ops::Range<usize>)) {
        let [d, h, w] = std::array::from_fn(|axis| self.window[axis].min(self.dims[axis] - tile.origin[axis]));
        for z in 0..d {
            for y in 0..h {
                let volume = ((tile.origin[0] + z) * self.dims[1] + tile.origin[1] + y) * self.dims[2] + tile.origin[2];
                let window = (z * self.window[1] + y) * self.window[2];
                each(volume..volume + w, window..window + w);
            }
        }
    }

    /// The weight of each voxel of a window along `axis` for the tile at `place`.
    ///
    /// The difference of two rising ramps, so that the weights of all tiles telescope to one at every voxel.
    fn weights(&self, axis: usize, place: usize) -> Vec<f64> {
        let origins = &self.origins[axis];
        let ramp = |place: usize, voxel: usize| match place {
            0 => 1.0,
            past if past == origins.len() => 0.0,
            _ => rise(origins[place], origins[place - 1] + self.window[axis], voxel),
        };
        (0..self.window[axis])
            .map(|offset| {
                let voxel = origins[place] + offset;
                ramp(place, voxel) - ramp(place + 1, voxel)
            })
            .collect()
    }
}

/// Even origins, multiples of `multiple`, the last window ending with the padded axis.
fn axis_origins(padded: usize, window: usize, halo: usize, multiple: usize) -> Result<Vec<usize>, VolumeError> {
    if padded == window {
        return Ok(vec![0]);
    }
    let largest_step = window.saturating_sub(2 * halo) / multiple;
    if largest_step == 0 {
        return Err(VolumeError::Tiling(format!(
            "a halo of {halo} leaves no room between windows of {window} that start at multiples of {multiple}"
        )));
    }
    let way = (padded - window) / multiple;
    let steps = way.div_ceil(largest_step);
    Ok((0..=steps).map(|n| n * way / steps * multiple).collect())
}

/// Raised cosine from 0 to 1 over the middle half of the overlap `begin..end`, at the centre of `voxel`.
fn rise(begin: usize, end: usize, voxel: usize) -> f64 {
    let length = (end - begin) as f64;
    let start = begin as f64 + length / 4.0;
    let share = ((voxel as f64 + 0.5 - start) / (length / 2.0)).clamp(0.0, 1.0);
    if length == 0.0 { f64::from(u8::from(voxel >= begin)) } else { (1.0 - (std::f64::consts::PI * share).cos()) / 2.0 }
}

fn expect_length(shape: [usize; 3], length: usize) -> Result<(), VolumeError> {
    if shape.iter().product::<usize>() == length {
        Ok(())
    } else {
        Err(VolumeError::Length(shape[2], shape[1], shape[0], length))
    }
}

/// The whole volume growing out of the tiles' results.
#[derive(Clone, Debug)]
pub struct Blend {
    tiling: Tiling,
    sum: Vec<f32>,
}

impl Blend {
    /// An empty volume for the results of a tiling.
    #[must_use]
    pub fn new(tiling: &Tiling) -> Self {
        Self { tiling: tiling.clone(), sum: vec![0.0; tiling.dims.iter().product()] }
    }

    /// Adds the result of one tile, weighted. Each tile must be added once.
    ///
    /// # Errors
    /// When `result` is not one window.
    pub fn add(&mut self, tile: Tile, result: &[f32]) -> Result<(), VolumeError> {
        expect_length(self.tiling.window, result.len())?;
        let [along_d, along_h, along_w] = std::array::from_fn(|axis| self.tiling.weights(axis, tile.place[axis]));
        let [_, height, width] = self.tiling.window;
        let Self { tiling, sum } = self;
        tiling.rows(tile, |volume, window| {
            let row = window.start / width;
            let weight = along_d[row / height] * along_h[row % height];
            if weight > 0.0 {
                for ((total, &value), &w) in sum[volume].iter_mut().zip(&result[window]).zip(&along_w) {
                    *total += (weight * w) as f32 * value;
                }
            }
        });
        Ok(())
    }

    /// The volume, (D, H, W), once every tile was added.
    #[must_use]
    pub fn finish(self) -> Vec<f32> {
        self.sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn run_identity(tiling: &Tiling, values: &[f32]) -> Vec<f32> {
        let mut window = vec![0.0; tiling.window().iter().product()];
        let mut blend = Blend::new(tiling);
        for tile in tiling.tiles() {
            tiling.extract(values, tile, &mut window).unwrap();
            blend.add(tile, &window).unwrap();
        }
        blend.finish()
    }

    proptest! {
        #[test]
        fn identity_network_gives_the_volume_back(
            dims in [1_usize..40, 1..40, 1..40],
            inner in [1_usize..20, 1..20, 1..20],
            halo in [0_usize..6, 0..6, 0..6],
            multiple in prop::sample::select(vec![1_usize, 2, 4]),
        ) {
            // The step between windows is at least one multiple only if the inner tile holds one.
            let inner = inner.map(|n| n.max(multiple));
            let tiling = Tiling::new(dims, inner, halo, [multiple; 3]).unwrap();
            let n = dims.iter().product::<usize>();
            let values: Vec<f32> = (0..n).map(|v| 1.0 + (v * 7919 % 1009) as f32 / 1009.0).collect();
            let again = run_identity(&tiling, &values);
            for (a, b) in again.iter().zip(&values) {
                prop_assert!((a - b).abs() <= 1e-6, "{a} {b}");
            }
            for (axis, &edge) in tiling.window().iter().enumerate() {
                prop_assert_eq!(edge % multiple, 0);
                prop_assert!(edge <= dims[axis].next_multiple_of(multiple));
            }
            for tile in tiling.tiles() {
                prop_assert!(tile.origin.iter().zip(dims).all(|(o, n)| o % multiple == 0 && *o < n));
            }
        }

        #[test]
        fn weights_sum_to_one_and_never_touch_the_cut_edge(
            n in 1_usize..120, inner in 4_usize..30, halo in 1_usize..9, multiple in prop::sample::select(vec![1_usize, 2, 4]),
        ) {
            let tiling = Tiling::new([n, 1, 1], [inner, 1, 1], [halo, 0, 0], [multiple; 3]).unwrap();
            let window = tiling.window()[0];
            let origins = tiling.origins[0].clone();
            let mut sum = vec![0.0; origins.last().unwrap() + window];
            for (place, &origin) in origins.iter().enumerate() {
                let weights = tiling.weights(0, place);
                for (offset, &w) in weights.iter().enumerate() {
                    prop_assert!((0.0..=1.0).contains(&w), "{w}");
                    sum[origin + offset] += w;
                }
                // Half a halo on each cut side was computed without its surroundings: it must not count.
                let cut = halo / 2;
                if place > 0 { prop_assert!(weights[..cut].iter().all(|&w| w == 0.0)); }
                if place + 1 < origins.len() { prop_assert!(weights[window - cut..].iter().all(|&w| w == 0.0)); }
            }
            prop_assert!(sum.iter().all(|s| (s - 1.0).abs() < 1e-12), "{sum:?}");
        }
    }

    #[test]
    fn neighbours_overlap_by_two_halos() {
        let tiling = Tiling::new([100, 40, 17], [32, 32, 32], [8, 8, 8], [4; 3]).unwrap();
        assert_eq!(tiling.window(), [48, 40, 20]);
        assert_eq!(tiling.origins[0], [0, 24, 52]);
        assert_eq!(tiling.count(), 3);
        assert!(tiling.origins[0].windows(2).all(|pair| pair[1] - pair[0] <= 32));
    }

    #[test]
    fn past_the_border_are_zeros() {
        let tiling = Tiling::new([1, 1, 5], [1, 1, 8], [0, 0, 0], [4; 3]).unwrap();
        let mut window = [9_u8; 4 * 4 * 8];
        tiling.extract(&[1, 2, 3, 4, 5], tiling.tiles().next().unwrap(), &mut window).unwrap();
        assert_eq!(window[..8], [1, 2, 3, 4, 5, 0, 0, 0]);
        assert!(window[8..].iter().all(|&v| v == 0));
    }

    #[test]
    fn a_wrong_plan_is_refused() {
        assert!(Tiling::new([0, 1, 1], [1; 3], [0; 3], [1; 3]).is_err());
        assert!(Tiling::new([9, 9, 9], [1; 3], [0; 3], [0; 3]).is_err());
        assert!(Tiling::new([99, 9, 9], [2; 3], [3; 3], [8; 3]).is_err());
        let tiling = Tiling::new([4, 4, 4], [4; 3], [0; 3], [1; 3]).unwrap();
        let tile = tiling.tiles().next().unwrap();
        assert!(tiling.extract(&[0.0; 63], tile, &mut [0.0; 64]).is_err());
        assert!(Blend::new(&tiling).add(tile, &[0.0; 65]).is_err());
    }
}
