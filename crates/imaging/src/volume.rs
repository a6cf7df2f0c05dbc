//! A scalar volume on a grid in patient space.

use serde::{Deserialize, Serialize};

use crate::Refusal;

/// Voxel index (i, j, k) to millimetres in NIfTI's RAS+ frame: three rows of a 4 x 4 matrix.
pub type Affine = [[f64; 4]; 3];

/// What the values of a volume measure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Standardised uptake value by body weight.
    Suv,
    /// Activity concentration.
    BecquerelPerMl,
    /// CT numbers.
    Hounsfield,
    /// Anything else, as the file calls it; empty when it does not say.
    Other(String),
}

impl Unit {
    /// The unit as shown beside a number.
    #[must_use]
    pub fn label(&self) -> &str {
        match self {
            Self::Suv => "SUV",
            Self::BecquerelPerMl => "Bq/ml",
            Self::Hounsfield => "HU",
            Self::Other(name) => name,
        }
    }
}

/// A scalar volume: float32 values with x (i) fastest, then y (j), then z (k).
///
/// Seen as a row-major tensor its shape is (D, H, W) = (dims\[2\], dims\[1\], dims\[0\]).
#[derive(Clone, Debug, PartialEq)]
pub struct Volume {
    /// Voxels along i, j, k.
    pub dims: [usize; 3],
    /// Values, i fastest; `dims[0] * dims[1] * dims[2]` of them.
    pub data: Vec<f32>,
    /// Voxel index to RAS+ millimetres.
    pub affine: Affine,
    /// What the values measure.
    pub unit: Unit,
}

/// Region labels on the grid of a volume; 0 is "none".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelMap {
    /// Voxels along i, j, k.
    pub dims: [usize; 3],
    /// Labels, i fastest.
    pub labels: Vec<u8>,
}

impl LabelMap {
    /// The labels above 0 that it holds, in order.
    #[must_use]
    pub fn present(&self) -> Vec<u8> {
        let mut found = [false; 256];
        self.labels.iter().for_each(|&label| found[usize::from(label)] = true);
        (1..=u8::MAX).filter(|&label| found[usize::from(label)]).collect()
    }

    /// The map with some of its labels alone, 0 in place of the others.
    ///
    /// # Errors
    /// A label that it does not hold.
    pub fn only(&self, labels: &[u8]) -> Result<Self, Refusal> {
        let present = self.present();
        if let Some(missing) = labels.iter().find(|label| !present.contains(label)) {
            let held: Vec<String> = present.iter().map(u8::to_string).collect();
            let what = format!("The label map holds no label {missing}; it holds {}.", held.join(", "));
            return Err(Refusal::new(what, "Name labels that it holds."));
        }
        let kept = |&label: &u8| if labels.contains(&label) { label } else { 0 };
        Ok(Self { dims: self.dims, labels: self.labels.iter().map(kept).collect() })
    }
}

/// Why a volume cannot be made, cut or compared.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum VolumeError {
    /// No tiling exists with these numbers.
    #[error("the volume cannot be cut into tiles: {0}")]
    Tiling(String),
    /// Two volumes that belong together have different grids.
    #[error("a grid of {0:?} voxels cannot be compared with one of {1:?}")]
    Grid([usize; 3], [usize; 3]),
    /// The affine spans no space, so positions cannot be turned back into voxels.
    #[error("the voxel axes lie in one plane, so positions in the patient cannot be turned into voxels")]
    Flat,
    /// The grid and the data disagree.
    #[error("a grid of {0} x {1} x {2} voxels does not hold {3} values")]
    Length(usize, usize, usize, usize),
}

impl Volume {
    /// A volume from its parts.
    ///
    /// # Errors
    /// When the number of values is not the number of voxels.
    pub fn new(dims: [usize; 3], data: Vec<f32>, affine: Affine, unit: Unit) -> Result<Self, VolumeError> {
        let voxels = dims.iter().try_fold(1_usize, |product, &n| product.checked_mul(n));
        if voxels != Some(data.len()) {
            return Err(VolumeError::Length(dims[0], dims[1], dims[2], data.len()));
        }
        Ok(Self { dims, data, affine, unit })
    }

    /// Voxel edge lengths in millimetres, along i, j, k.
    #[must_use]
    pub fn spacing(&self) -> [f64; 3] {
        std::array::from_fn(|axis| self.affine.iter().map(|row| row[axis] * row[axis]).sum::<f64>().sqrt())
    }

    /// The flat index of voxel (i, j, k).
    #[must_use]
    pub fn index(&self, i: usize, j: usize, k: usize) -> usize {
        (k * self.dims[1] + j) * self.dims[0] + i
    }

    /// The volume with the same grid and unit and other values.
    ///
    /// # Errors
    /// When the number of values is not the number of voxels.
    pub fn with_data(&self, data: Vec<f32>) -> Result<Self, VolumeError> {
        Self::new(self.dims, data, self.affine, self.unit.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_chosen_from_those_there_are() {
        let map = LabelMap { dims: [5, 1, 1], labels: vec![0, 9, 2, 2, 255] };
        assert_eq!(map.present(), [2, 9, 255]);
        assert_eq!(map.only(&[2, 255]).unwrap().labels, [0, 0, 2, 2, 255]);
        let refused = map.only(&[2, 3]).unwrap_err().what;
        assert!(refused.contains("no label 3; it holds 2, 9, 255"), "{refused}");
        assert!(map.only(&[0]).is_err(), "0 is no region");
    }
}
