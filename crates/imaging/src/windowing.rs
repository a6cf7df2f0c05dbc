//! Windows of values and pictures of slices.

use serde::{Deserialize, Serialize};

use crate::colour::{ColourMap, Palette};
use crate::orientation::{Along, Plane, SliceGrid};
use crate::{Unit, Volume};

/// The values shown from one end of a colour map to the other.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Window {
    /// Value at the low end.
    pub low: f32,
    /// Value at the high end.
    pub high: f32,
}

/// Upper ends of the customary SUV windows; the lower end is zero.
pub const SUV_WINDOWS: [f32; 3] = [5.0, 7.0, 10.0];
/// The customary window of soft tissue in HU: 400 wide at 40.
pub const SOFT_TISSUE: Window = Window::around(40.0, 400.0);
/// Most values looked at for a percentile.
const SAMPLES: usize = 1 << 18;

impl Window {
    /// From zero to `high`, as SUV is shown.
    #[must_use]
    pub fn up_to(high: f32) -> Self {
        Self { low: 0.0, high }
    }

    /// So wide around a level, as CT is shown.
    #[must_use]
    pub const fn around(level: f32, width: f32) -> Self {
        Self { low: level - width / 2.0, high: level + width / 2.0 }
    }

    /// From -`limit` to `limit`, as differences are shown.
    #[must_use]
    pub fn symmetric(limit: f32) -> Self {
        Self { low: -limit, high: limit }
    }

    /// From zero to the given percentile (0 to 100) of the values above zero, or 0 to 1 where there is none.
    ///
    /// Of a large volume an even share of its values is looked at.
    #[must_use]
    pub fn percentile(values: &[f32], percent: f64) -> Self {
        let mut positive: Vec<f32> = values
            .iter()
            .step_by(values.len().div_ceil(SAMPLES).max(1))
            .copied()
            .filter(|v| *v > 0.0 && v.is_finite())
            .collect();
        let Some(last) = positive.len().checked_sub(1) else { return Self::up_to(1.0) };
        let rank = ((percent.clamp(0.0, 100.0) / 100.0 * last as f64).round() as usize).min(last);
        Self::up_to(*positive.select_nth_unstable_by(rank, f32::total_cmp).1)
    }

    /// The first window of a volume: SUV 0 to 5, else up to the 99.5th percentile.
    #[must_use]
    pub fn of(volume: &Volume) -> Self {
        if volume.unit == Unit::Suv { Self::up_to(SUV_WINDOWS[0]) } else { Self::percentile(&volume.data, 99.5) }
    }

    /// Multiplier that brings value - low to a level 0..255; zero for a window of no width.
    fn levels_per_value(self) -> f32 {
        let width = self.high - self.low;
        if width > 0.0 { 255.0 / width } else { 0.0 }
    }
}

/// A slice as a browser's `ImageData` takes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// Pixel width and height in millimetres.
    pub pixel: [f64; 2],
    /// Patient directions at the left, right, top and bottom edge.
    pub letters: [char; 4],
    /// Red, green, blue, opacity; row by row from the top left.
    pub rgba: Vec<u8>,
}

/// A slice of a volume in radiological orientation.
///
/// `index` counts voxels along the plane's own axis ([`SliceGrid::axis`]); past the end it means the last slice.
#[must_use]
pub fn slice_rgba(volume: &Volume, plane: Plane, index: usize, window: Window, map: ColourMap) -> Picture {
    paint(volume, plane, index, window, map, |at| volume.data[at])
}

/// A slice of `result - input` on the input's grid, in the difference map over -`limit` to `limit`.
///
/// Values that only one of the two has count as zero.
#[must_use]
pub fn difference_rgba(input: &Volume, result: &Volume, plane: Plane, index: usize, limit: f32) -> Picture {
    let value = |at: usize| result.data.get(at).zip(input.data.get(at)).map_or(0.0, |(after, before)| after - before);
    paint(input, plane, index, Window::symmetric(limit), ColourMap::Difference, value)
}

fn paint(
    volume: &Volume,
    plane: Plane,
    index: usize,
    window: Window,
    map: ColourMap,
    value: impl Fn(usize) -> f32,
) -> Picture {
    let grid = SliceGrid::new(volume.dims, &volume.affine, plane);
    let mut rgba = vec![0; if volume.data.is_empty() { 0 } else { grid.width * grid.height * 4 }];
    fill(&mut rgba, &grid, volume.dims, index, window, &map.palette(), value);
    Picture { width: grid.width, height: grid.height, pixel: grid.pixel, letters: grid.letters, rgba }
}

fn fill(
    rgba: &mut [u8],
    grid: &SliceGrid,
    dims: [usize; 3],
    index: usize,
    window: Window,
    palette: &Palette,
    value: impl Fn(usize) -> f32,
) {
    let strides = [1, dims[0], dims[0] * dims[1]];
    let step = |along: Along| {
        let stride = strides[along.axis] as isize;
        if along.backwards { -stride } else { stride }
    };
    let [across, down] = [step(grid.u), step(grid.v)];
    let corner: usize = grid.voxel_at(index, 0, 0).iter().zip(strides).map(|(at, stride)| at * stride).sum();
    let scale = window.levels_per_value();
    let mut line_start = corner;
    for line in rgba.chunks_exact_mut(grid.width.max(1) * 4) {
        let mut at = line_start;
        for pixel in line.chunks_exact_mut(4) {
            // The cast saturates, and takes NaN to 0: whatever the value, this is a level.
            let level = ((value(at) - window.low) * scale + 0.5) as u8;
            pixel.copy_from_slice(&palette[usize::from(level)]);
            at = at.wrapping_add_signed(across);
        }
        line_start = line_start.wrapping_add_signed(down);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn volume(dims: [usize; 3], affine: crate::Affine) -> Volume {
        let data = (0..dims.iter().product::<usize>()).map(|v| (v % 251) as f32).collect();
        Volume::new(dims, data, affine, Unit::Suv).unwrap()
    }

    proptest! {
        #[test]
        fn every_pixel_is_the_voxel_under_it(
            dims in [1_usize..7, 1..7, 1..7], signs in [any::<bool>(), any::<bool>(), any::<bool>()], turn in 0_usize..3,
            index in 0_usize..9,
        ) {
            let mut affine = [[0.0; 4]; 3];
            for world in 0..3 {
                affine[world][(world + turn) % 3] = if signs[world] { -2.0 } else { 3.0 };
            }
            let volume = volume(dims, affine);
            for plane in [Plane::Axial, Plane::Coronal, Plane::Sagittal] {
                let grid = SliceGrid::new(dims, &affine, plane);
                let picture = slice_rgba(&volume, plane, index, Window::up_to(255.0), ColourMap::Grey);
                prop_assert_eq!((picture.width, picture.height), (grid.width, grid.height));
                for (n, pixel) in picture.rgba.chunks_exact(4).enumerate() {
                    let [i, j, k] = grid.voxel_at(index, n % grid.width, n / grid.width);
                    prop_assert_eq!(f32::from(pixel[0]), volume.data[volume.index(i, j, k)]);
                }
            }
        }
    }

    const GRID: crate::Affine = [[-1.0, 0.0, 0.0, 0.0], [0.0, -1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]];

    #[test]
    fn values_outside_the_window_take_its_ends() {
        let mut v = volume([2, 2, 1], GRID);
        v.data = vec![-5.0, 99.0, f32::NAN, 2.5];
        let picture = slice_rgba(&v, Plane::Axial, 0, Window::up_to(5.0), ColourMap::InvertedGrey);
        let greys: Vec<u8> = picture.rgba.chunks_exact(4).map(|pixel| pixel[0]).collect();
        assert_eq!(greys, [255, 0, 255, 127]);
    }

    #[test]
    fn no_difference_is_neutral_and_signs_have_their_colours() {
        let input = volume([2, 2, 1], GRID);
        let mut result = input.clone();
        result.data[1] += 2.0;
        result.data[2] -= 2.0;
        let picture = difference_rgba(&input, &result, Plane::Axial, 0, 2.0);
        let palette = ColourMap::Difference.palette();
        let pixels: Vec<&[u8]> = picture.rgba.chunks_exact(4).collect();
        assert_eq!(pixels, [palette[128], palette[255], palette[0], palette[128]]);
    }

    #[test]
    fn windows_follow_the_unit_and_the_values() {
        let mut v = volume([10, 10, 10], GRID);
        assert_eq!(Window::of(&v), Window::up_to(5.0));
        v.unit = Unit::BecquerelPerMl;
        assert_eq!(Window::of(&v), Window::up_to(249.0));
        assert_eq!(Window::percentile(&[0.0, -1.0, f32::NAN], 99.0), Window::up_to(1.0));
        assert_eq!(Window::percentile(&[], 99.0), Window::up_to(1.0));
        // A window of no width shows its low end instead of dividing by zero.
        let picture = slice_rgba(&v, Plane::Axial, 0, Window::up_to(0.0), ColourMap::Grey);
        assert_eq!(picture.rgba[0], 0);
    }
}
