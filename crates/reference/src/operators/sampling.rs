//! `GridSample` in two and three dimensions, and `AffineGrid`.

use burn_backend::Backend;

use super::{Entry, Results, float};
use crate::ReferenceError;
use crate::call::Call;
use crate::tensor::{Bool, Float, Int};

pub(super) fn table<B: Backend>() -> Vec<Entry<B>> {
    vec![Entry::full("GridSample", grid_sample), Entry::full("AffineGrid", affine_grid)]
}

/// What lies beyond the border.
#[derive(Clone, Copy, PartialEq)]
enum Beyond {
    Zeros,
    Border,
    Reflection,
}

/// One axis of the grid: its length, and how coordinates on it are read.
#[derive(Clone, Copy)]
struct Axis {
    len: usize,
    aligned: bool,
    beyond: Beyond,
}

impl Axis {
    /// From \[-1, 1\] to elements, brought inside where the border or its reflection stands for what lies outside.
    fn place<B: Backend>(self, x: Float<B>) -> Float<B> {
        let len = self.len as f32;
        if self.aligned { (x + 1.0) * ((len - 1.0) / 2.0) } else { ((x + 1.0) * len - 1.0) / 2.0 }
    }

    /// A coordinate brought inside.
    fn inside<B: Backend>(self, x: Float<B>) -> Float<B> {
        let last = self.len as f32 - 1.0;
        match self.beyond {
            Beyond::Zeros => x,
            Beyond::Border => x.clamp(0.0, last),
            Beyond::Reflection => {
                let (low, span) = if self.aligned { (0.0, last) } else { (-0.5, last + 1.0) };
                if span == 0.0 {
                    return x * 0.0;
                }
                // A triangle wave of period 2 span that starts at the lower border.
                let phase = Float(B::float_remainder_scalar((x - low).0, (2.0 * span).into()));
                let back = -phase.clone() + 2.0 * span;
                (phase.min_with(back) + low).clamp(0.0, last)
            }
        }
    }

    /// The element a whole coordinate names, and whether it counts.
    fn element<B: Backend>(self, x: Float<B>) -> (Int<B>, Bool<B>) {
        let last = self.len as f32 - 1.0;
        let x = self.inside(x);
        let counts = x.clone().compare_number(-0.5, B::float_greater_elem);
        let counts = counts.and(x.clone().compare_number(last + 0.5, B::float_lower_elem));
        ((x.clamp(0.0, last) + 0.5).int(), counts)
    }
}

fn grid_sample<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let dims = call.dims(0).to_vec();
    let rank = dims.len() - 2;
    let beyond = match call.text("padding_mode", "zeros").as_str() {
        "zeros" => Beyond::Zeros,
        "border" => Beyond::Border,
        "reflection" => Beyond::Reflection,
        other => return Err(call.refuse(format!("the padding mode {other}"))),
    };
    let aligned = call.flag("align_corners");
    let (x, grid) = (call.float(0)?, call.float(1)?);
    let points: usize = grid.dims()[1..=rank].iter().product();
    let grid = grid.reshape(&[dims[0], points, rank]);
    // The grid's last axis counts from the innermost axis outwards.
    let axes: Vec<(Axis, Float<B>)> = (0..rank)
        .map(|n| {
            let axis = Axis { len: dims[n + 2], aligned, beyond };
            (axis, axis.place(grid.clone().narrow(2, rank - 1 - n, 1).reshape(&[dims[0], points])))
        })
        .collect();
    let taps = axes.into_iter().map(|(axis, at)| taps(call, axis, at)).collect::<Result<Vec<_>, _>>()?;
    let source = x.reshape(&[dims[0], dims[1], dims[2..].iter().product()]);
    let result = call.result_dims(0).to_vec();
    float(combine(&source, &taps, &dims).reshape(&result))
}

/// The elements an axis mixes for each point: element, weight (0 where it lies outside).
type Taps<B> = Vec<(Int<B>, Float<B>)>;

fn taps<B: Backend>(call: &Call<'_, B>, axis: Axis, at: Float<B>) -> Result<Taps<B>, ReferenceError> {
    let tap = |whole: Float<B>, weight: Float<B>| {
        let (element, counts) = axis.element(whole);
        (element, weight * counts.float())
    };
    Ok(match call.text("mode", "linear").as_str() {
        "nearest" => {
            let whole = axis.inside(at).round();
            let one = whole.clone() * 0.0 + 1.0;
            vec![tap(whole, one)]
        }
        "linear" | "bilinear" => {
            let at = axis.inside(at);
            let low = at.clone().floor();
            let share = at - low.clone();
            vec![tap(low.clone(), -share.clone() + 1.0), tap(low + 1.0, share)]
        }
        "cubic" | "bicubic" => {
            let at = axis.inside(at);
            let low = at.clone().floor();
            let share = at - low.clone();
            [-1.0, 0.0, 1.0, 2.0].map(|n| tap(low.clone() + n, keys((share.clone() - n).abs(), n))).into()
        }
        other => return Err(call.refuse(format!("the mode {other}"))),
    })
}

/// Keys' cubic kernel with a = -3/4 at a distance, which is at most 1 for the two inner taps and beyond for the others.
fn keys<B: Backend>(distance: Float<B>, tap: f32) -> Float<B> {
    const A: f32 = -0.75;
    let d = distance;
    if tap == 0.0 || tap == 1.0 {
        ((d.clone() * (A + 2.0) - (A + 3.0)) * d.clone()) * d + 1.0
    } else {
        ((d.clone() * A - 5.0 * A) * d.clone() + 8.0 * A) * d - 4.0 * A
    }
}

/// The sum over all combinations of one tap an axis of the source there, times the taps' weights.
fn combine<B: Backend>(source: &Float<B>, taps: &[Taps<B>], dims: &[usize]) -> Float<B> {
    let (batch, channels) = (dims[0], dims[1]);
    let outer: Taps<B> = taps[0].clone();
    let combined = taps.iter().zip(&dims[2..]).skip(1).fold(outer, |outer, (inner, &len)| {
        let pair = |(place, weight): &(Int<B>, Float<B>), (element, share): &(Int<B>, Float<B>)| {
            let place = place.clone().scalar(len as i32, B::int_mul_scalar).with(element.clone(), B::int_add);
            (place, weight.clone() * share.clone())
        };
        outer.iter().flat_map(|place| inner.iter().map(move |element| pair(place, element))).collect()
    });
    let terms = combined.into_iter().map(|(place, weight)| {
        let points = place.dims()[1];
        let place = place.reshape(&[batch, 1, points]).expand(&[batch, channels, points]);
        source.clone().gather(2, place) * weight.reshape(&[batch, 1, points])
    });
    terms.reduce(|sum, term| sum + term).unwrap_or_else(|| source.clone())
}

/// The points of a regular grid over \[-1, 1\], mapped by theta (batch, rank, rank + 1).
fn affine_grid<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let result = call.result_dims(0).to_vec();
    let [batch, spatial @ .., rank] = &result[..] else { return Err(call.refuse("its size is missing")) };
    let aligned = call.flag("align_corners");
    let points: usize = spatial.iter().product();
    let coordinate = |n: usize, len: usize| match (aligned, len) {
        (_, 1) => 0.0,
        (true, _) => 2.0 * n as f32 / (len - 1) as f32 - 1.0,
        (false, _) => (2.0 * n as f32 + 1.0) / len as f32 - 1.0,
    };
    let mut table = Vec::with_capacity(points * (rank + 1));
    for point in 0..points {
        let mut rest = point;
        for &len in spatial.iter().rev() {
            table.push(coordinate(rest % len, len));
            rest /= len;
        }
        table.push(1.0);
    }
    let table = Float::new(table, &[1, points, rank + 1], call.device).expand(&[*batch, points, rank + 1]);
    float(table.matmul(call.float(0)?.transposed()).reshape(&result))
}
