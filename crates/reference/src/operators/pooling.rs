//! Pooling over sliding windows of any number of axes, and over all of them.
//!
//! A window is walked tap by tap: the part of the padded input that one tap sees over all windows is a
//! strided slice, and the slices are combined.

use burn_backend::Backend;
use darkroom_graph::Window;

use super::{Entry, Results, float};
use crate::ReferenceError;
use crate::call::Call;
use crate::tensor::{Float, Int, Value};

pub(super) fn table<B: Backend>() -> Vec<Entry<B>> {
    vec![
        Entry::limited("MaxPool", "one to three spatial axes", max),
        Entry::limited("AveragePool", "one to three spatial axes", average),
        Entry::limited("LpPool", "one to three spatial axes", lp),
        Entry::full("GlobalMaxPool", |call| global(call, Float::max)),
        Entry::full("GlobalAveragePool", |call| global(call, Float::mean)),
        Entry::full("GlobalLpPool", |call| {
            let p = call.whole("p", 2) as f32;
            let x = powered(call.float(0)?, p);
            let spatial: Vec<usize> = (2..x.dims().len()).collect();
            float(rooted(spatial.into_iter().fold(x, Float::sum), p))
        }),
    ]
}

fn global<B: Backend>(call: &mut Call<'_, B>, reduce: fn(Float<B>, usize) -> Float<B>) -> Results<B> {
    let x = call.float(0)?;
    float((2..x.dims().len()).fold(x, reduce))
}

/// The window, and what it needs around the input so that its last step lies inside.
fn window<B: Backend>(call: &Call<'_, B>) -> Result<(Window, Vec<(usize, usize)>), ReferenceError> {
    let dims = call.dims(0);
    let spatial = dims.get(2..).ok_or_else(|| call.refuse("its operand has no spatial axes"))?;
    let window = Window::pool(call.node, spatial)?;
    let pads = spatial.iter().enumerate().map(|(axis, &size)| {
        let reach = (window.kernel[axis] - 1) * window.dilation[axis] + 1;
        let end = (window.output[axis] - 1) * window.stride[axis] + reach;
        (window.pad_begin[axis], end.saturating_sub(size + window.pad_begin[axis]))
    });
    let pads = [(0, 0), (0, 0)].into_iter().chain(pads).collect();
    Ok((window, pads))
}

/// The offset of each tap, in the order of the kernel's elements.
fn taps(window: &Window) -> Vec<Vec<usize>> {
    window.kernel.iter().enumerate().fold(vec![vec![]], |taps, (axis, &size)| {
        let next = |tap: &Vec<usize>| {
            let tap = tap.clone();
            (0..size).map(move |n| [tap.as_slice(), &[n * window.dilation[axis]]].concat())
        };
        taps.iter().flat_map(next).collect()
    })
}

/// What one tap sees of the padded input.
fn seen<B: Backend>(padded: &Float<B>, window: &Window, tap: &[usize]) -> Float<B> {
    tap.iter().enumerate().fold(padded.clone(), |seen, (axis, &offset)| {
        seen.stepped(axis + 2, offset, window.output[axis], window.stride[axis])
    })
}

fn sum<B: Backend>(padded: &Float<B>, window: &Window) -> Float<B> {
    let taps = taps(window);
    let first = seen(padded, window, &taps[0]);
    taps[1..].iter().fold(first, |sum, tap| sum + seen(padded, window, tap))
}

fn max<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let (window, pads) = window(call)?;
    let kind = call.value(0)?;
    let whole = !matches!(kind, Value::Float(_));
    let x = kind.float();
    let dims = x.dims();
    let padded = x.pad(&pads, f32::NEG_INFINITY);
    let taps = taps(&window);
    let mut best = seen(&padded, &window, &taps[0]);
    if !call.wants(1) {
        best = taps[1..].iter().fold(best, |best, tap| best.max_with(seen(&padded, &window, tap)));
        return Ok(vec![if whole { Value::Int(best.int()) } else { Value::Float(best) }]);
    }
    // Where the largest lies: its place in the kernel first, then its place in the input.
    let mut places = place(call, &window, &dims, &pads, &taps[0]).expand(&best.dims());
    for tap in &taps[1..] {
        let next = seen(&padded, &window, tap);
        let larger = next.clone().compare(best.clone(), B::float_greater);
        best = best.replace(larger.clone(), next);
        places = places.replace(larger, place(call, &window, &dims, &pads, tap));
    }
    let best = if whole { Value::Int(best.int()) } else { Value::Float(best) };
    Ok(vec![best, Value::Int(places)])
}

/// The flat index in the input of what `tap` sees: over the whole tensor, with `storage_order` 1 column-major in space.
fn place<B: Backend>(
    call: &Call<'_, B>,
    window: &Window,
    dims: &[usize],
    pads: &[(usize, usize)],
    tap: &[usize],
) -> Int<B> {
    let column_major = call.flag("storage_order");
    let rank = dims.len();
    let spatial: usize = dims[2..].iter().product();
    let stride = |axis: usize| -> usize {
        if column_major { dims[2..axis].iter().product() } else { dims[axis + 1..].iter().product() }
    };
    let along = |axis: usize, values: Vec<i32>| {
        let mut beside = vec![1; rank];
        beside[axis] = values.len();
        Int::<B>::new(values, &beside, call.device)
    };
    let planes = along(0, (0..dims[0]).map(|n| (n * dims[1] * spatial) as i32).collect());
    let planes = planes.with(along(1, (0..dims[1]).map(|c| (c * spatial) as i32).collect()), B::int_add);
    (2..rank).fold(planes, |sum, axis| {
        let at = |n: usize| (n * window.stride[axis - 2] + tap[axis - 2]) as i32 - pads[axis].0 as i32;
        let places = (0..window.output[axis - 2]).map(|n| at(n) * stride(axis) as i32).collect();
        sum.with(along(axis, places), B::int_add)
    })
}

/// Divided by the taps that lie on the input, or with `count_include_pad` on it and its padding.
fn average<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let (window, pads) = window(call)?;
    let x = call.float(0)?;
    let mut counted = x.dims();
    counted[..2].fill(1);
    let ones = Float::full(&counted, 1.0, call.device);
    let count = if call.flag("count_include_pad") {
        let named: Vec<(usize, usize)> = window.pad_begin.iter().copied().zip(window.pad_end.iter().copied()).collect();
        let ones = ones.pad(&[&[(0, 0), (0, 0)][..], &named].concat(), 1.0);
        // Beyond the named padding lies only what the last step reaches, which counts for nothing.
        let rest: Vec<(usize, usize)> =
            pads[2..].iter().zip(&named).map(|(all, named)| (0, all.1.saturating_sub(named.1))).collect();
        ones.pad(&[&[(0, 0), (0, 0)][..], &rest].concat(), 0.0)
    } else {
        ones.pad(&pads, 0.0)
    };
    float(sum(&x.pad(&pads, 0.0), &window) / sum(&count, &window))
}

/// |x| ^ p.
fn powered<B: Backend>(x: Float<B>, p: f32) -> Float<B> {
    Float(B::float_powf_scalar(x.abs().0, p.into()))
}

/// x ^ (1 / p).
fn rooted<B: Backend>(x: Float<B>, p: f32) -> Float<B> {
    Float(B::float_powf_scalar(x.0, (1.0 / p).into()))
}

fn lp<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let (window, pads) = window(call)?;
    let p = call.whole("p", 2) as f32;
    let x = powered(call.float(0)?, p);
    float(rooted(sum(&x.pad(&pads, 0.0), &window), p))
}
