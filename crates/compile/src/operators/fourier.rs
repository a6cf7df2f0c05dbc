//! Discrete Fourier transforms: products with constant matrices of cosines and sines.

use std::f64::consts::TAU;

use darkroom_graph::{Dft, Tensor};
use darkroom_kernels::copy::{Copy, View};
use darkroom_kernels::matmul::{MatMul, Right};
use darkroom_kernels::{Elements, RANK};

use super::around;
use crate::CompileError;
use crate::builder::{Builder, Operand};

/// The matrix of a transform: rows are real and imaginary part of each frequency, columns the `parts`
/// (real, or real and imaginary) of each of `samples`.
///
/// y\[f\] = sum over n of x\[n\] window\[n\] exp(-2 pi i f n / length), with the other sign and divided by the
/// length for the inverse.
fn matrix(length: usize, kept: usize, samples: usize, parts: usize, inverse: bool, window: Option<&[f32]>) -> Vec<f32> {
    let (sign, scale) = if inverse { (1.0, 1.0 / length as f64) } else { (-1.0, 1.0) };
    let mut matrix = Vec::with_capacity(4 * kept * samples);
    for frequency in 0..kept {
        let turn = |n: usize| {
            // The product is taken modulo the length, so that no angle loses digits.
            let angle = sign * TAU * ((frequency * n) % length) as f64 / length as f64;
            let weight = scale * window.map_or(1.0, |window| f64::from(window[n]));
            (weight * angle.cos(), weight * angle.sin())
        };
        for imaginary in [false, true] {
            for n in 0..samples {
                let (cos, sin) = turn(n);
                let row = if imaginary { [sin, cos] } else { [cos, -sin] };
                matrix.extend(row[..parts].iter().map(|&v| v as f32));
            }
        }
    }
    matrix
}

pub(super) fn dft(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let x = builder.input(node, 0)?;
    let Dft { axis, length, kept, .. } = builder.graph.dft(node)?;
    let dims = builder.dims(x);
    let parts = dims[dims.len() - 1];
    let [outer, signal, inner] = around(&dims[..dims.len() - 1], axis);
    // A longer signal is cut, a shorter one is followed by zeros.
    let samples = signal.min(length);
    let inverse = node.attributes.int("inverse").unwrap_or(0) != 0;
    builder.afford(node, 4_usize.saturating_mul(kept).saturating_mul(samples))?;
    let matrix = matrix(length, kept, samples, parts, inverse, None);
    let matrix = builder.constant(Elements::F32(matrix));
    let mut operand = builder.operand(node, x)?;
    // (outer, signal, inner, parts) becomes (outer, inner, samples, parts): one row a line.
    if inner != 1 || samples != signal {
        let box_dims = [1, 1, outer, inner, samples, parts];
        let source = View::contiguous([1, 1, outer, signal, inner, parts]);
        let [.., o, n, i, p] = source.strides;
        let copy = Copy {
            dims: box_dims,
            source: View { strides: [0, 0, o, i, n, p], ..source },
            destination: View::contiguous(box_dims),
        };
        operand = Operand::Tensor(builder.emit(&node.name, copy, vec![operand])?);
    }
    let product = MatMul { b: Right::Transposed, ..MatMul::plain(outer * inner, samples * parts, 2 * kept) };
    let mut result = builder.emit(&node.name, product, vec![operand, matrix])?;
    if inner != 1 {
        let source = View::contiguous([1, 1, outer, inner, kept, 2]);
        let [.., o, i, f, p] = source.strides;
        let dims = [1, 1, outer, kept, inner, 2];
        let copy =
            Copy { dims, source: View { strides: [0, 0, o, f, i, p], ..source }, destination: View::contiguous(dims) };
        result = builder.emit(&node.name, copy, vec![Operand::Tensor(result)])?;
    }
    builder.bind(builder.output(node)?, result);
    Ok(())
}

/// `STFT`: overlapping frames as rows, times one matrix that holds the window too.
pub(super) fn stft(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let x = builder.input(node, 0)?;
    let output = builder.output(node)?;
    let (&[batch, signal, parts], &[_, frames, kept, _]) = (builder.dims(x), builder.dims(output)) else {
        return Err(CompileError::unsupported(node, "a signal that is not (batch, length, parts)"));
    };
    let number = |value| {
        let number = builder.graph.constant(value).and_then(|value| value.to_i64().first().copied());
        number.and_then(|number| usize::try_from(number).ok())
    };
    let window = builder.graph.constant(node.input(2)).map(Tensor::to_f32);
    let length = number(node.input(3)).or(window.as_ref().map(Vec::len));
    let (Some(step), Some(length)) = (number(node.input(1)), length) else {
        return Err(CompileError::unsupported(node, "a frame step or length that is not known before the run"));
    };
    if window.as_ref().is_some_and(|window| window.len() != length) {
        return Err(CompileError::unsupported(node, "a window that is not as long as a frame"));
    }
    builder.afford(node, 4_usize.saturating_mul(kept).saturating_mul(length))?;
    let matrix = matrix(length, kept, length, parts, false, window.as_deref());
    let matrix = builder.constant(Elements::F32(matrix));
    let operand = builder.operand(node, x)?;
    let dims = [1, 1, 1, batch, frames, length * parts];
    let mut strides = [0; RANK];
    strides[3..].copy_from_slice(&[(signal * parts).cast_signed(), (step * parts).cast_signed(), 1]);
    let source = View { len: batch * signal * parts, offset: 0, strides };
    let framed = builder.emit(&node.name, Copy { dims, source, destination: View::contiguous(dims) }, vec![operand])?;
    let product = MatMul { b: Right::Transposed, ..MatMul::plain(batch * frames, length * parts, 2 * kept) };
    let result = builder.emit(&node.name, product, vec![Operand::Tensor(framed), matrix])?;
    builder.bind(output, result);
    Ok(())
}
