//! `DFT` and `STFT` as matrix products with cosines and sines, exact for any length.

use burn_backend::Backend;

use super::{Entry, Results, float};
use crate::call::Call;
use crate::tensor::Float;

/// The longest transform: its matrices take 8 bytes an element of length times kept.
const LONGEST: usize = 8192;

pub(super) fn table<B: Backend>() -> Vec<Entry<B>> {
    vec![
        Entry::limited("DFT", "up to 8192 elements, without the one-sided inverse", dft),
        Entry::limited("STFT", "frames up to 8192 elements", frames),
    ]
}

fn dft<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let extents = call.graph.dft(call.node)?;
    let inverse = call.flag("inverse");
    if extents.length > LONGEST || (inverse && call.flag("onesided")) {
        return Err(call.refuse(format!("a transform of {} elements, or a one-sided inverse", extents.length)));
    }
    let x = call.float(0)?;
    let rank = x.dims().len();
    // The transformed axis goes last but one, the parts last: (.., length, parts).
    let mut order: Vec<usize> = (0..rank - 1).filter(|&axis| axis != extents.axis).collect();
    order.extend([extents.axis, rank - 1]);
    let x = x.permute(&order);
    let mut pads = vec![(0, 0); rank];
    let given = x.dims()[rank - 2];
    pads[rank - 2].1 = extents.length.saturating_sub(given);
    let x = x.pad(&pads, 0.0).narrow(rank - 2, 0, extents.length);
    let lead = x.dims()[..rank - 2].to_vec();
    let rows: usize = lead.iter().product();
    let part = |n: usize| x.clone().narrow(rank - 1, n, 1).reshape(&[rows, extents.length]);
    let imaginary = (x.dims()[rank - 1] == 2).then(|| part(1));
    let (y, z) = turned(part(0), imaginary, extents.kept, inverse);
    let column = [&lead[..], &[extents.kept, 1]].concat();
    let y = Float::cat(vec![y.reshape(&column), z.reshape(&column)], rank - 1);
    // Axis n of the result lies where the order above put it.
    let back: Vec<usize> = (0..rank).filter_map(|axis| order.iter().position(|&from| from == axis)).collect();
    float(y.permute(&back))
}

/// cos and sin of -2 pi n k / length, (length, kept); for the inverse with the other sign and divided by the length.
fn matrices(length: usize, kept: usize, inverse: bool) -> [Vec<f32>; 2] {
    let (turn, size) = if inverse { (1.0, 1.0 / length as f64) } else { (-1.0, 1.0) };
    let angle = |n: usize| turn * std::f64::consts::TAU * ((n / kept * (n % kept)) % length) as f64 / length as f64;
    let table = |f: fn(f64) -> f64| (0..length * kept).map(|n| (f(angle(n)) * size) as f32).collect();
    [table(f64::cos), table(f64::sin)]
}

/// The transform of rows (count, length), real and imaginary parts of the first `kept` frequencies.
fn turned<B: Backend>(real: Float<B>, imaginary: Option<Float<B>>, kept: usize, inverse: bool) -> (Float<B>, Float<B>) {
    let (length, device) = (real.dims()[1], real.device());
    let [cosine, sine] = matrices(length, kept, inverse).map(|matrix| Float::new(matrix, &[length, kept], &device));
    let (y, z) = (real.clone().matmul(cosine.clone()), real.matmul(sine.clone()));
    match imaginary {
        Some(imaginary) => (y - imaginary.clone().matmul(sine), z + imaginary.matmul(cosine)),
        None => (y, z),
    }
}

/// The transforms of overlapping frames of a signal (batch, length, parts), each times the window.
fn frames<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let result = call.result_dims(0).to_vec();
    let [batch, count, kept, _] = result[..] else { return Err(call.refuse("its result has not four axes")) };
    let step = call.integers(1)?.and_then(|step| step.first().copied()).unwrap_or(1) as usize;
    let window = call.optional_float(2)?;
    let named = call.integers(3)?.and_then(|length| length.first().copied()).map(|length| length as usize);
    let length = named.or(window.as_ref().map(Float::len)).unwrap_or(0);
    if length == 0 || length > LONGEST || window.as_ref().is_some_and(|window| window.len() != length) {
        return Err(call.refuse(format!("frames of {length} elements, or a window of another length")));
    }
    let x = call.float(0)?;
    let parts = x.dims()[2];
    let places: Vec<i32> = (0..count * length).map(|n| (n / length * step + n % length) as i32).collect();
    let x = x.select(1, &places);
    let part = |n: usize| {
        let rows = x.clone().narrow(2, n, 1).reshape(&[batch * count, length]);
        window.clone().map_or(rows.clone(), |window| rows.clone() * window)
    };
    let (y, z) = turned(part(0), (parts == 2).then(|| part(1)), kept, false);
    let column = [batch, count, kept, 1];
    float(Float::cat(vec![y.reshape(&column), z.reshape(&column)], 3))
}
