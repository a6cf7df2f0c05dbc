//! `Resize` and its ancestor `Upsample`: the usual forms in one pass over three axes, every other axis by axis.

use darkroom_graph::{AxisScale, Node};
use darkroom_kernels::gather::Gather;
use darkroom_kernels::indexed::{Indexed, Pick};
use darkroom_kernels::resample::{self, Resample};
use darkroom_kernels::resize::{self, Resize};
use darkroom_kernels::sampling::{Coordinates, Filter, Round, Sampling, Taps};
use darkroom_kernels::{Element, Elements};

use super::{around, doubled, whole};
use crate::CompileError;
use crate::builder::{Builder, Operand, TensorId};

/// What one element of an axis costs in tables, in words: a few neighbours with their shares.
const TAP_WORDS: usize = 16;

pub(super) fn resize(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let x = builder.input(node, 0)?;
    let output = builder.output(node)?;
    let scales = builder.graph.axis_scales(node)?;
    for axis in &scales {
        // An antialiasing filter reaches over as many inputs as fall to an output.
        builder.afford(node, TAP_WORDS * (axis.input + axis.output))?;
    }
    let old = builder.graph.opset < 11;
    let axes = scales.iter().map(|scale| Ok(sampling(node, scale, old)?.taps()));
    let axes = axes.collect::<Result<Vec<_>, CompileError>>()?;
    if doubled::convolved(builder, node, x, &axes)? {
        return Ok(());
    }
    let operand = builder.operand(node, x)?;
    let result = match in_one_pass(&axes, builder.dims(x), builder.element(x)) {
        Some((kernel, table)) => {
            let table = builder.constant(table);
            builder.emit(&node.name, kernel, vec![operand, table])?
        }
        None => axis_by_axis(builder, node, &axes, operand)?,
    };
    builder.bind(output, result);
    Ok(())
}

/// How a node resamples an axis. The `old` form, up to set 10, knew one kind of coordinates.
fn sampling(node: &Node, axis: &AxisScale, old: bool) -> Result<Sampling, CompileError> {
    let text = |name: &str| node.attributes.string(name);
    let number = |name: &str, default: f32| node.attributes.float(name).unwrap_or(default);
    let flag = |name: &str| node.attributes.int(name).unwrap_or(0) != 0;
    let filter = match text("mode") {
        None | Some("nearest") => Filter::Nearest(match text("nearest_mode") {
            None if old => Round::Floor,
            None | Some("round_prefer_floor") => Round::PreferFloor,
            Some("round_prefer_ceil") => Round::PreferCeil,
            Some("floor") => Round::Floor,
            Some("ceil") => Round::Ceil,
            Some(other) => return Err(CompileError::unsupported(node, format!("nearest_mode {other}"))),
        }),
        Some("linear") => Filter::Linear,
        Some("cubic") => Filter::Cubic(f64::from(number("cubic_coeff_a", -0.75))),
        Some(other) => return Err(CompileError::unsupported(node, format!("mode {other}"))),
    };
    let coordinates = match text("coordinate_transformation_mode") {
        None if old => Coordinates::Asymmetric,
        None | Some("half_pixel") => Coordinates::HalfPixel,
        Some("half_pixel_symmetric") => Coordinates::HalfPixelSymmetric,
        Some("asymmetric") => Coordinates::Asymmetric,
        Some("align_corners") => Coordinates::AlignCorners,
        Some("pytorch_half_pixel") => Coordinates::PytorchHalfPixel,
        Some("tf_crop_and_resize") => {
            Coordinates::CropAndResize { region: axis.region, beyond: number("extrapolation_value", 0.0) }
        }
        Some(other) => return Err(CompileError::unsupported(node, format!("coordinates {other}"))),
    };
    Ok(Sampling {
        input: axis.input,
        output: axis.output,
        scale: axis.scale,
        filter,
        coordinates,
        antialias: flag("antialias"),
        exclude_outside: flag("exclude_outside"),
    })
}

/// Whether an axis stays as it is.
fn is_identity(taps: &[Taps], input: usize) -> bool {
    taps.len() == input && taps.iter().enumerate().all(|(n, taps)| taps.inputs == [(n, 1.0)])
}

/// The kernel that samples the last three axes between two neighbours each, and its table, if that is
/// all there is to do.
fn in_one_pass(axes: &[Vec<Taps>], dims: &[usize], element: Element) -> Option<(Resize, Elements)> {
    let lead = axes.len().saturating_sub(3);
    let apart = axes[..lead].iter().zip(dims).any(|(taps, &input)| !is_identity(taps, input));
    if apart || element != Element::F32 {
        return None;
    }
    let single = [Taps { constant: 0.0, inputs: vec![(0, 1.0)] }];
    let missing = 3 - axes.len().min(3);
    let spatial: [&[Taps]; 3] =
        std::array::from_fn(|n| n.checked_sub(missing).map_or(&single[..], |n| axes[lead + n].as_slice()));
    let nearest = spatial.iter().flat_map(|taps| taps.iter()).all(|taps| taps.inputs.len() == 1);
    let kernel = Resize {
        channels: dims[..lead].iter().product(),
        in_size: super::spatial(&dims[lead..], 1),
        out_size: spatial.map(<[Taps]>::len),
        nearest,
    };
    Some((kernel, resize::table(spatial)?))
}

/// One kernel for each axis that changes, those that shrink first.
fn axis_by_axis(
    builder: &mut Builder<'_>,
    node: &Node,
    axes: &[Vec<Taps>],
    mut operand: Operand,
) -> Result<TensorId, CompileError> {
    let x = builder.input(node, 0)?;
    let element = builder.element(x);
    let mut dims = builder.dims(x).to_vec();
    let mut order: Vec<usize> = (0..dims.len()).filter(|&axis| !is_identity(&axes[axis], dims[axis])).collect();
    order.sort_by_key(|&axis| axes[axis].len() > dims[axis]);
    let mut result = None;
    for axis in order {
        let ([outer, input, inner], taps) = (around(&dims, axis), &axes[axis]);
        let tensor = match moved(taps) {
            Some(positions) => {
                let from = Indexed {
                    dims: [1, 1, 1, outer, taps.len(), inner],
                    strides: [0, 0, 0, input * inner, 0, 1],
                    index_strides: [0, 0, 0, 0, 1, 0],
                    picks: vec![Pick { extent: input, step: inner }],
                    tensor: outer * input * inner,
                    indices: taps.len(),
                };
                let table = builder.constant(Elements::I32(positions));
                builder.emit(&node.name, Gather { from }, vec![operand, table])?
            }
            None if element == Element::F32 => {
                let (table, most) = resample::table(taps);
                let table = builder.constant(table);
                let kernel = Resample { outer, input, output: taps.len(), inner, taps: most };
                builder.emit(&node.name, kernel, vec![operand, table])?
            }
            None => return Err(CompileError::unsupported(node, "integers between which it interpolates")),
        };
        dims[axis] = taps.len();
        operand = Operand::Tensor(tensor);
        result = Some(tensor);
    }
    match result {
        Some(tensor) => Ok(tensor),
        None => builder.emit(&node.name, whole([1, 1, 1, 1, 1, dims.iter().product()]), vec![operand]),
    }
}

/// The positions of an axis whose every output is one of its inputs.
fn moved(taps: &[Taps]) -> Option<Vec<i32>> {
    let position = |taps: &Taps| match *taps.inputs.as_slice() {
        [(input, weight)] if weight == 1.0 && taps.constant == 0.0 => i32::try_from(input).ok(),
        _ => None,
    };
    taps.iter().map(position).collect()
}
