//! Labels over a picture: a tint inside each region and its outline.

use crate::orientation::{Plane, SliceGrid};
use crate::windowing::Picture;
use crate::{Affine, LabelMap};

/// Opacity inside a region and on its outline: the image must stay readable under it.
const INSIDE: u8 = 72;
const OUTLINE: u8 = 230;

/// The labels of a slice in radiological orientation, as [`crate::windowing::slice_rgba`] has its pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelSlice {
    /// Where the pixels lie.
    grid: SliceGrid,
    /// Labels row by row from the top left, 0 for none.
    labels: Vec<u8>,
}

/// A slice of labels 1 to `known`; all others are none.
///
/// `index` counts voxels along the plane's own axis; past the end it means the last slice.
#[must_use]
pub fn slice_labels(map: &LabelMap, affine: &Affine, plane: Plane, index: usize, known: u8) -> LabelSlice {
    let grid = SliceGrid::new(map.dims, affine, plane);
    let [nx, ny, _] = map.dims;
    let label = |pixel: usize| {
        let [i, j, k] = grid.voxel_at(index, pixel % grid.width, pixel / grid.width);
        map.labels.get((k * ny + j) * nx + i).copied().filter(|label| *label <= known).unwrap_or(0)
    };
    let pixels = if map.labels.is_empty() { 0 } else { grid.width * grid.height };
    LabelSlice { labels: (0..pixels).map(label).collect(), grid }
}

impl LabelSlice {
    /// The regions as colours to lie over an image: label n has the colour n - 1, those beyond have none. A pixel is on an
    /// outline when one beside, above or below it has another label.
    #[must_use]
    pub fn tinted(&self, colours: &[[u8; 3]]) -> Picture {
        let SliceGrid { width, height, pixel, letters, .. } = self.grid;
        let mut rgba = vec![0; 4 * self.labels.len()];
        for (at, (out, &label)) in rgba.chunks_exact_mut(4).zip(&self.labels).enumerate() {
            let Some([red, green, blue]) = usize::from(label).checked_sub(1).and_then(|at| colours.get(at)).copied()
            else {
                continue;
            };
            let (u, v) = (at % width, at / width);
            let differs = |inside: bool, other: usize| inside && self.labels[other] != label;
            let outline = differs(u > 0, at.wrapping_sub(1))
                || differs(u + 1 < width, at + 1)
                || differs(v > 0, at.wrapping_sub(width))
                || differs(v + 1 < height, at + width);
            out.copy_from_slice(&[red, green, blue, if outline { OUTLINE } else { INSIDE }]);
        }
        Picture { width, height, pixel, letters, rgba }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::windowing::{Window, slice_rgba};
    use crate::{Unit, Volume, colour::ColourMap};

    const AFFINE: Affine = [[-2.0, 0.0, 0.0, 0.0], [0.0, 3.0, 0.0, 0.0], [0.0, 0.0, 4.0, 0.0]];

    #[test]
    fn labels_lie_on_the_pixels_of_the_image() {
        let dims = [5, 4, 3];
        let labels: Vec<u8> = (0..60).map(|at| (at * 7 % 5) as u8).collect();
        let data = labels.iter().map(|&label| f32::from(label)).collect();
        let volume = Volume::new(dims, data, AFFINE, Unit::Suv).unwrap();
        let map = LabelMap { dims, labels };
        for plane in [Plane::Axial, Plane::Coronal, Plane::Sagittal] {
            let slice = slice_labels(&map, &AFFINE, plane, 1, 3);
            let image = slice_rgba(&volume, plane, 1, Window::up_to(255.0), ColourMap::Grey);
            let seen: Vec<u8> =
                image.rgba.chunks_exact(4).map(|pixel| if pixel[0] <= 3 { pixel[0] } else { 0 }).collect();
            assert_eq!(slice.labels, seen, "{plane:?}");
            let tinted = slice.tinted(&[[9; 3]; 3]);
            assert_eq!((tinted.width, tinted.height, tinted.pixel), (image.width, image.height, image.pixel));
        }
    }

    #[test]
    fn a_region_is_tinted_and_outlined_and_the_rest_is_clear() {
        let inside = |at: usize| (1..4).contains(&(at % 5)) && (1..4).contains(&(at / 5));
        let labels = (0..25).map(|at| u8::from(inside(at)) * 2).collect();
        let slice = slice_labels(&LabelMap { dims: [5, 5, 1], labels }, &AFFINE, Plane::Axial, 0, 8);
        let opacity =
            |colours: &[[u8; 3]]| slice.tinted(colours).rgba.chunks_exact(4).map(|pixel| pixel[3]).collect::<Vec<_>>();
        let found = opacity(&[[1; 3], [2; 3]]);
        for (at, &opacity) in found.iter().enumerate() {
            let wanted = if at == 12 { INSIDE } else { u8::from(inside(at)) * OUTLINE };
            assert_eq!(opacity, wanted, "pixel {at}");
        }
        assert_eq!(opacity(&[[1; 3]]), [0; 25], "label 2 has no colour");
    }
}
