//! `GridSample` and the grids for it, `RoiAlign`.

use darkroom_kernels::Elements;
use darkroom_kernels::grid_sample::{GridSample, Interpolation, Padding};
use darkroom_kernels::matmul::{MatMul, Right};
use darkroom_kernels::roi_align::RoiAlign;

use super::spatial;
use crate::CompileError;
use crate::builder::Builder;

pub(super) fn grid_sample(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let (x, grid) = (builder.input(node, 0)?, builder.input(node, 1)?);
    let (dims, points) = (builder.dims(x), builder.dims(grid));
    let kernel = GridSample {
        batch: dims[0],
        channels: dims[1],
        size: spatial(&dims[2..], 1),
        points: points[1..points.len() - 1].iter().product(),
        volume: dims.len() == 5,
        interpolation: match node.attributes.string("mode") {
            None | Some("linear" | "bilinear") => Interpolation::Linear,
            Some("nearest") => Interpolation::Nearest,
            Some("cubic" | "bicubic") => Interpolation::Cubic,
            Some(other) => return Err(CompileError::unsupported(node, format!("mode {other}"))),
        },
        padding: match node.attributes.string("padding_mode") {
            None | Some("zeros") => Padding::Zeros,
            Some("border") => Padding::Border,
            Some("reflection") => Padding::Reflection,
            Some(other) => return Err(CompileError::unsupported(node, format!("padding_mode {other}"))),
        },
        align_corners: node.attributes.int("align_corners").unwrap_or(0) != 0,
    };
    let reads = vec![builder.operand(node, x)?, builder.operand(node, grid)?];
    let result = builder.emit(&node.name, kernel, reads)?;
    builder.bind(builder.output(node)?, result);
    Ok(())
}

/// The points of an even grid times each transposed matrix.
pub(super) fn affine_grid(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let theta = builder.input(node, 0)?;
    let output = builder.output(node)?;
    let &[batch, ref size @ .., axes] = builder.dims(output) else {
        return Err(CompileError::unsupported(node, "a size that is not that of a batch of images or volumes"));
    };
    if builder.dims(theta) != [batch, axes, axes + 1] {
        let reason = format!("matrices of shape {:?} for {batch} grids of {axes} axes", builder.dims(theta));
        return Err(CompileError::unsupported(node, reason));
    }
    let align = node.attributes.int("align_corners").unwrap_or(0) != 0;
    // From -1 to 1: the centres of the outermost pixels, or their outer edges.
    let coordinate = |n: usize, extent: usize| match (align, extent) {
        (true, 1) => -1.0,
        (true, _) => 2.0 * n as f64 / (extent as f64 - 1.0) - 1.0,
        (false, _) => (2.0 * n as f64 + 1.0) / extent as f64 - 1.0,
    };
    let points: usize = size.iter().product();
    builder.afford(node, points.saturating_mul(axes + 1))?;
    let mut grid = Vec::with_capacity(points * (axes + 1));
    for mut number in 0..points {
        // The last axis is x, the first coordinate.
        for &extent in size.iter().rev() {
            grid.push(coordinate(number % extent, extent) as f32);
            number /= extent;
        }
        grid.push(1.0);
    }
    let kernel = MatMul { b_lead: [1, 1, 1, batch], b: Right::Transposed, ..MatMul::plain(points, axes + 1, axes) };
    let reads = vec![builder.constant(Elements::F32(grid)), builder.operand(node, theta)?];
    let result = builder.emit(&node.name, kernel, reads)?;
    builder.bind(output, result);
    Ok(())
}

pub(super) fn roi_align(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let operands = [builder.input(node, 0)?, builder.input(node, 1)?, builder.input(node, 2)?];
    let output = builder.output(node)?;
    let (&[batch, channels, height, width], &[count, _, rows, columns]) =
        (builder.dims(operands[0]), builder.dims(output))
    else {
        return Err(CompileError::unsupported(node, "an operand that is no batch of images"));
    };
    // Before set 16 the centre of the first pixel lay at the begin.
    let default = if builder.graph.opset < 16 { "output_half_pixel" } else { "half_pixel" };
    let coordinates = node.attributes.string("coordinate_transformation_mode").unwrap_or(default);
    let kernel = RoiAlign {
        batch,
        channels,
        size: [height, width],
        count,
        bins: [rows, columns],
        samples: usize::try_from(node.attributes.int("sampling_ratio").unwrap_or(0)).unwrap_or(0),
        scale: node.attributes.float("spatial_scale").unwrap_or(1.0),
        half_pixel: coordinates == "half_pixel",
        max: node.attributes.string("mode") == Some("max"),
    };
    let reads = operands.map(|value| builder.operand(node, value)).into_iter().collect::<Result<_, _>>()?;
    let result = builder.emit(&node.name, kernel, reads)?;
    builder.bind(output, result);
    Ok(())
}
