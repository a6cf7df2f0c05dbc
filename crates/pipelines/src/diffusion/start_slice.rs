//! A slice of any volume as the image that a model without a condition starts from.

use darkroom_imaging::geometry::{inverse, to_world};
use darkroom_imaging::orientation::{Plane, SliceGrid};
use darkroom_imaging::{Affine, Axial, LabelMap, Volume};

use super::generator::Generator;
use super::manifest::OutputScale;
use super::record::StartRecord;
use super::start::{StartImage, marked, of_range, parts, refused, usable};
use crate::PipelineError;
use crate::enhance::damaged;

/// An axial slice, brought to the pixels and the size of a model's images.
#[derive(Clone, Debug, PartialEq)]
pub struct StartSlice {
    /// The image.
    pub image: StartImage,
    /// What it was made of.
    pub record: StartRecord,
    /// What the user should know of it.
    pub notes: Vec<String>,
    affine: Affine,
}

impl StartSlice {
    /// Images that were made of it, as slices, where it lies.
    #[must_use]
    pub fn place(&self, made: Volume) -> Volume {
        Volume { affine: self.affine, ..made }
    }
}

impl Generator {
    /// The axial slice of `volume` at `slice`, counted from 0 along its own axis, upright and with pixels of the model's
    /// size, its middle in the middle of the model's image. Without `slice` it is the one of which the mask marks most,
    /// without both the middle one. `mask` marks by labels above 0 what is made anew, on the volume's own grid.
    ///
    /// # Errors
    /// An unusable volume, one in another unit, a slice beyond the last, a mask on another grid, one that marks nothing or
    /// everything.
    pub fn start(
        &self,
        volume: &Volume,
        mask: Option<&LabelMap>,
        slice: Option<usize>,
    ) -> Result<StartSlice, PipelineError> {
        let mut notes = Vec::new();
        let OutputScale::Range { low, high } = self.manifest().output.scale else {
            return Err(PipelineError::Order(
                "this model turns an image into another; start it from a volume beside it",
            ));
        };
        usable(volume, &self.manifest().output.unit_of(volume))?;
        let mask = mask.map(|mask| marked(volume, mask)).transpose()?;
        let grid = SliceGrid::new(volume.dims, &volume.affine, Plane::Axial);
        if grid.width < 2 || grid.height < 2 || inverse(&volume.affine).is_none() {
            let what = "The image to start from has no axial slice: its slices are single rows or have no geometry.";
            return Err(refused(what, "Give an image of axial slices, exported with its geometry."));
        }
        let at = slice.unwrap_or_else(|| fullest(&grid, volume, mask.as_deref()));
        if at >= grid.count {
            let what = format!("The image to start from has no slice {at}: its slices are 0 to {}.", grid.count - 1);
            return Err(refused(what, "Choose one of these."));
        }
        if slice.is_none() && grid.count > 1 {
            notes.push(format!("The run starts from slice {at} of {}, counted from 0.", grid.count));
        }
        let edges = self.package().image_edges()?;
        let edge = self.manifest().output.spacing_mm;
        let fit =
            |values: &[f32], outside: f32| fitted(upright(&grid, volume, at, values, edge)?, edge, edges, outside);
        let Fitted { values, affine, note } = fit(&volume.data, low as f32)?;
        notes.extend(note);
        let values = values.into_iter().map(|value| of_range(value, low, high)).collect();
        let record = StartRecord::of(volume, mask.as_deref(), Some(at));
        let mask = mask.map(|mask| {
            let mask: Vec<f32> = mask.into_iter().map(f32::from).collect();
            Ok::<_, PipelineError>(fit(&mask, 0.0)?.values.into_iter().map(|value| value > 0.0).collect::<Vec<_>>())
        });
        let mask = mask.transpose()?;
        // A slice of a volume may hold less of the mask, or more, than the volume does.
        mask.as_deref().map(parts).transpose()?;
        Ok(StartSlice { image: StartImage { values, edges, mask }, record, notes, affine })
    }
}

/// The slice of which the mask marks most, the middle one without a mask.
fn fullest(grid: &SliceGrid, volume: &Volume, mask: Option<&[bool]>) -> usize {
    let Some(mask) = mask else { return grid.count / 2 };
    let inner: usize = volume.dims[..grid.axis].iter().product();
    let mut counts = vec![0_usize; grid.count];
    for (voxel, _) in mask.iter().enumerate().filter(|(_, marked)| **marked) {
        counts[voxel / inner % grid.count] += 1;
    }
    // The first of several that are as full.
    (0..grid.count).rev().max_by_key(|&at| counts[at]).unwrap_or(0)
}

/// One slice as the page shows it, i to the patient's left and j to the back, as a volume `edge` thick.
fn upright(grid: &SliceGrid, volume: &Volume, at: usize, values: &[f32], edge: f64) -> Result<Volume, PipelineError> {
    let voxel = |u: usize, v: usize| grid.voxel_at(at, u, v);
    let index = |[i, j, k]: [usize; 3]| volume.index(i, j, k);
    let data = (0..grid.height).flat_map(|v| (0..grid.width).map(move |u| (u, v)));
    let data = data.map(|(u, v)| values[index(voxel(u, v))]).collect();
    let world = |u: usize, v: usize| to_world(&volume.affine, voxel(u, v).map(|at| at as f64));
    let [origin, right, down] = [world(0, 0), world(1, 0), world(0, 1)];
    let through = volume.spacing()[grid.axis];
    let thick = if edge > 0.0 { edge } else { through };
    let affine = std::array::from_fn(|row| {
        let along = volume.affine[row][grid.axis] * thick / through;
        [right[row] - origin[row], down[row] - origin[row], along, origin[row]]
    });
    Volume::new([grid.width, grid.height, 1], data, affine, volume.unit.clone())
        .map_err(|error| damaged(&error.to_string()))
}

/// A slice of a model's size.
struct Fitted {
    values: Vec<f32>,
    affine: Affine,
    note: Option<String>,
}

/// A slice with pixels of `edge` and so many of them, `outside` beyond it.
fn fitted(slice: Volume, edge: f64, [tall, wide]: [usize; 2], outside: f32) -> Result<Fitted, PipelineError> {
    let [width, height, _] = slice.dims;
    let [across, down, _] = slice.spacing();
    let axial = Axial::of(&slice, (edge > 0.0).then_some([edge, edge]));
    let slice = match axial {
        Some(axial) => axial.forward(&slice).map_err(|error| damaged(&error.to_string()))?,
        None => slice,
    };
    let [own_wide, own_tall, _] = slice.dims;
    // How far the model's image begins before the slice, or the slice before the model's image.
    let shift = [(own_wide, wide), (own_tall, tall)].map(|(own, wanted)| (own as i64 - wanted as i64).div_euclid(2));
    let value = |x: usize, y: usize| {
        let [x, y] = [x as i64 + shift[0], y as i64 + shift[1]];
        let inside = (0..own_wide as i64).contains(&x) && (0..own_tall as i64).contains(&y);
        if inside { slice.data[slice.index(x as usize, y as usize, 0)] } else { outside }
    };
    let values = (0..tall).flat_map(|y| (0..wide).map(move |x| (x, y))).map(|(x, y)| value(x, y)).collect();
    let origin = to_world(&slice.affine, [shift[0] as f64, shift[1] as f64, 0.0]);
    let mut affine = slice.affine;
    affine.iter_mut().zip(origin).for_each(|(row, place)| row[3] = place);
    let note = (axial.is_some() || [own_wide, own_tall] != [wide, tall]).then(|| {
        let [x, y, _] = slice.spacing();
        format!(
            "The image to start from has {width} x {height} pixels of {across:.2} x {down:.2} mm; for this model it was \
             brought to pixels of {x:.2} x {y:.2} mm and cut or filled up around its middle to {wide} x {tall}."
        )
    });
    Ok(Fitted { values, affine, note })
}
