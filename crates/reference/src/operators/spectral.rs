//! `DFT` as a matrix product with cosines and sines, exact for any length.

use burn_backend::Backend;

use super::{Entry, Results, float};
use crate::call::Call;
use crate::tensor::Float;

/// The longest transform: its matrices take 8 bytes an element of length times kept.
const LONGEST: usize = 8192;

pub(super) fn table<B: Backend>() -> Vec<Entry<B>> {
    vec![Entry::limited("DFT", "up to 8192 elements, without the one-sided inverse", dft)]
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
    let [cosine, sine] = matrices(extents.length, extents.kept, inverse);
    let side = [extents.length, extents.kept];
    let (cosine, sine) = (Float::new(cosine, &side, call.device), Float::new(sine, &side, call.device));
    let real = part(0);
    let (mut y, mut z) = (real.clone().matmul(cosine.clone()), real.matmul(sine.clone()));
    if x.dims()[rank - 1] == 2 {
        let imaginary = part(1);
        y = y - imaginary.clone().matmul(sine);
        z = z + imaginary.matmul(cosine);
    }
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
