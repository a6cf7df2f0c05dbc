//! `Resize` of the spatial axes.

use darkroom_graph::Tensor;
use darkroom_kernels::resize::{Coordinates, Mode, Resize, Round};

use super::spatial;
use crate::CompileError;
use crate::builder::Builder;

pub(super) fn resize(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let x = builder.input(node, 0)?;
    let output = builder.output(node)?;
    let (from, to) = (builder.dims(x), builder.dims(output));
    if !(3..=5).contains(&from.len()) || from[..2] != to[..2] {
        return Err(CompileError::unsupported(node, format!("a change from shape {from:?} to {to:?}")));
    }
    let text = |name: &str| node.attributes.string(name);
    let mode = match text("mode") {
        None | Some("nearest") => Mode::Nearest {
            round: match text("nearest_mode") {
                None | Some("round_prefer_floor") => Round::PreferFloor,
                Some("round_prefer_ceil") => Round::PreferCeil,
                Some("floor") => Round::Floor,
                Some("ceil") => Round::Ceil,
                Some(other) => return Err(CompileError::unsupported(node, format!("nearest_mode {other}"))),
            },
        },
        Some("linear") => Mode::Linear,
        Some(other) => return Err(CompileError::unsupported(node, format!("mode {other}"))),
    };
    let coordinates = match text("coordinate_transformation_mode") {
        None | Some("half_pixel") => Coordinates::HalfPixel,
        Some("asymmetric") => Coordinates::Asymmetric,
        Some("align_corners") => Coordinates::AlignCorners,
        Some("pytorch_half_pixel") => Coordinates::PytorchHalfPixel,
        Some(other) => return Err(CompileError::unsupported(node, format!("coordinates {other}"))),
    };
    if node.attributes.int("antialias").unwrap_or(0) != 0 {
        return Err(CompileError::unsupported(node, "antialiasing"));
    }
    let scales = builder.graph.constant(node.input(2)).map(Tensor::to_f32).filter(|scales| scales.len() == from.len());
    let ratios = || from.iter().zip(to).map(|(&from, &to)| to as f32 / from as f32).collect();
    let scales: Vec<f32> = scales.unwrap_or_else(ratios);
    let mut scale = [1.0; 3];
    scale[5 - from.len()..].copy_from_slice(&scales[2..]);
    let kernel = Resize {
        channels: from[0] * from[1],
        in_size: spatial(&from[2..], 1),
        out_size: spatial(&to[2..], 1),
        scale,
        mode,
        coordinates,
    };
    let table = kernel.table();
    let reads = vec![builder.operand(node, x)?, builder.constant(table)];
    let result = builder.emit(&node.name, kernel, reads)?;
    builder.bind(output, result);
    Ok(())
}
