//! Operators that sample a tensor at other points.

use crate::shape::{Operands, normal_axis};
use crate::{GraphError, Node, Tensor};

/// How `Resize` changes one axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AxisScale {
    /// Elements before.
    pub input: usize,
    /// Elements after.
    pub output: usize,
    /// Output elements for each input element, as the coordinate transformation counts.
    pub scale: f64,
    /// Start and end of the region of interest in shares of the axis, for `tf_crop_and_resize`.
    pub region: [f64; 2],
}

/// What `Resize` does to each axis (opset 11 to 19, with `axes` and `keep_aspect_ratio_policy`).
pub(crate) fn axis_scales(node: &Node, operands: &Operands<'_>) -> Result<Vec<AxisScale>, GraphError> {
    let x = operands.dims(node, 0)?;
    let axes: Vec<usize> = match node.attributes.ints("axes") {
        Some(axes) => axes.iter().map(|&axis| normal_axis(node, axis, x.len())).collect::<Result<_, _>>()?,
        None => (0..x.len()).collect(),
    };
    let refuse = || node.refuse("neither sizes nor positive scales for every axis are known before the run");
    // The scales come third, up to set 10 second, and in the first `Upsample` as an attribute.
    let scales = operands.constant(if operands.opset < 11 { 1 } else { 2 }).map(Tensor::to_f32);
    let scales = scales.or_else(|| node.attributes.floats("scales").map(<[f32]>::to_vec)).unwrap_or_default();
    let sizes = operands.integers(node, 3)?.unwrap_or_default();
    let region = operands.constant(1).map(Tensor::to_f32).filter(|region| region.len() == 2 * axes.len());
    let mut result: Vec<AxisScale> =
        x.iter().map(|&n| AxisScale { input: n, output: n, scale: 1.0, region: [0.0, 1.0] }).collect();
    let factors: Vec<f64> = if sizes.is_empty() {
        scales.iter().map(|&scale| f64::from(scale)).collect()
    } else {
        axes.iter().zip(&sizes).map(|(&axis, &size)| size as f64 / x[axis] as f64).collect()
    };
    if factors.len() != axes.len() || sizes.len() > axes.len() || !factors.iter().all(|&f| f > 0.0 && f.is_finite()) {
        return Err(refuse());
    }
    let common = match node.attributes.string("keep_aspect_ratio_policy") {
        Some("not_larger") => Some(factors.iter().copied().fold(f64::INFINITY, f64::min)),
        Some("not_smaller") => Some(factors.iter().copied().fold(0.0, f64::max)),
        _ => None,
    };
    for (n, (&axis, &factor)) in axes.iter().zip(&factors).enumerate() {
        let place = &mut result[axis];
        let input = place.input as f64;
        if let Some(region) = &region {
            place.region = [f64::from(region[n]), f64::from(region[n + axes.len()])];
        }
        place.scale = common.filter(|_| !sizes.is_empty()).unwrap_or(factor);
        let output = match (sizes.get(n), common) {
            (Some(_), Some(common)) => (common * input + 0.5).floor(),
            (Some(&size), None) => size as f64,
            // A region of interest is stretched by the factor; else ONNX rounds input * scale down.
            (None, _) if node.attributes.string("coordinate_transformation_mode") == Some("tf_crop_and_resize") => {
                (input * (place.region[1] - place.region[0]) * factor).floor()
            }
            (None, _) => (input * factor).floor(),
        };
        place.output =
            if (1.0..=f64::from(i32::MAX)).contains(&output) { output as usize } else { return Err(refuse()) };
    }
    Ok(result)
}

/// The shape of `Resize`.
pub(super) fn resize(node: &Node, operands: &Operands<'_>) -> Result<Vec<usize>, GraphError> {
    Ok(axis_scales(node, operands)?.iter().map(|axis| axis.output).collect())
}

/// The shape of `GridSample`: the image's channels at each point of the grid.
pub(super) fn grid_sample(node: &Node, operands: &Operands<'_>) -> Result<Vec<usize>, GraphError> {
    let (x, grid) = (operands.dims(node, 0)?, operands.dims(node, 1)?);
    let spatial = x.len().checked_sub(2).filter(|&spatial| (2..=3).contains(&spatial));
    match (spatial, grid) {
        (Some(spatial), [batch, points @ .., width])
            if points.len() == spatial && *width == spatial && *batch == x[0] =>
        {
            Ok([&x[..2], points].concat())
        }
        _ => Err(node.refuse(format!("a grid of shape {grid:?} does not fit an image of shape {x:?}"))),
    }
}

/// The shape of `RoiAlign`: bins of every channel in every region.
pub(super) fn roi_align(node: &Node, operands: &Operands<'_>) -> Result<Vec<usize>, GraphError> {
    let (x, regions, owners) = (operands.dims(node, 0)?, operands.dims(node, 1)?, operands.dims(node, 2)?);
    let bins = |name| usize::try_from(node.attributes.int(name).unwrap_or(1)).ok().filter(|&bins| bins > 0);
    match (x, regions, bins("output_height"), bins("output_width")) {
        (&[_, channels, _, _], &[count, 4], Some(rows), Some(columns)) if owners == [count] => {
            Ok(vec![count, channels, rows, columns])
        }
        _ => Err(node.refuse(format!("regions of shape {regions:?} do not fit images of shape {x:?}"))),
    }
}

/// The shape of `AffineGrid`: the wanted size without channels, and one coordinate an axis.
pub(super) fn affine_grid(node: &Node, operands: &Operands<'_>) -> Result<Vec<usize>, GraphError> {
    let size = operands.integers(node, 1)?.unwrap_or_default();
    let size: Option<Vec<usize>> = size.iter().map(|&n| usize::try_from(n).ok()).collect();
    match size.as_deref() {
        Some([batch, _, spatial @ ..]) if (2..=3).contains(&spatial.len()) => {
            Ok([&[*batch], spatial, &[spatial.len()]].concat())
        }
        _ => Err(node.refuse("its size is not that of a batch of images or volumes")),
    }
}

/// A discrete Fourier transform along one axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dft {
    /// The axis transformed.
    pub axis: usize,
    /// Length of the transform; the signal is cut or padded with zeros to it.
    pub length: usize,
    /// Elements of the result along the axis: half and one if one-sided.
    pub kept: usize,
    /// The shape of the result; the last axis holds real and imaginary parts.
    pub output: Vec<usize>,
}

/// The extents of `DFT` (opset 17 with the axis as attribute, 20 as operand).
pub(crate) fn dft_extents(node: &Node, operands: &Operands<'_>) -> Result<Dft, GraphError> {
    let x = operands.dims(node, 0)?;
    if x.len() < 2 || !(1..=2).contains(&x[x.len() - 1]) {
        return Err(node.refuse(format!("a signal of shape {x:?} has no last axis of real and imaginary parts")));
    }
    let first = |index| Ok(operands.integers(node, index)?.and_then(|values| values.first().copied()));
    let default = if operands.opset >= 20 { -2 } else { 1 };
    let axis = first(2)?.or(node.attributes.int("axis")).unwrap_or(default);
    let axis = normal_axis(node, axis, x.len())?;
    if axis == x.len() - 1 {
        return Err(node.refuse("it transforms the axis of real and imaginary parts"));
    }
    let length = first(1)?.map_or(Ok(x[axis]), usize::try_from);
    let length = length.ok().filter(|&length| length > 0).ok_or_else(|| node.refuse("a length below 1"))?;
    let kept = if node.attributes.int("onesided").unwrap_or(0) != 0 { length / 2 + 1 } else { length };
    let mut output = x.to_vec();
    output[axis] = kept;
    output[x.len() - 1] = 2;
    Ok(Dft { axis, length, kept, output })
}

/// The shape of `DFT`.
pub(super) fn dft(node: &Node, operands: &Operands<'_>) -> Result<Vec<usize>, GraphError> {
    Ok(dft_extents(node, operands)?.output)
}

/// The shape of `STFT`: frames, frequencies, and their real and imaginary parts.
pub(super) fn stft(node: &Node, operands: &Operands<'_>) -> Result<Vec<usize>, GraphError> {
    let x = operands.dims(node, 0)?;
    let first = |index| -> Result<Option<usize>, GraphError> {
        let number = operands.integers(node, index)?.and_then(|values| values.first().copied());
        Ok(number.and_then(|number| usize::try_from(number).ok()).filter(|&number| number > 0))
    };
    let window = operands.dims.get(2).copied().flatten().and_then(|window| window.first().copied());
    let (step, length) = (first(1)?, first(3)?.or(window));
    match (x, step, length) {
        (&[batch, signal, 1 | 2], Some(step), Some(length)) if length <= signal => {
            let onesided = node.attributes.int("onesided").unwrap_or(1) != 0;
            let kept = if onesided { length / 2 + 1 } else { length };
            Ok(vec![batch, (signal - length) / step + 1, kept, 2])
        }
        _ => Err(node.refuse(format!("frames that do not fit a signal of shape {x:?}"))),
    }
}
