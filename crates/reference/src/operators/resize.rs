//! `Resize` and `Upsample`: an axis at a time, each result a weighted sum of a few source elements.

use burn_backend::Backend;
use darkroom_graph::AxisScale;

use super::{Entry, Results};
use crate::ReferenceError;
use crate::call::Call;
use crate::tensor::{Bool, Float, Int, Value};

pub(super) fn table<B: Backend>() -> Vec<Entry<B>> {
    vec![Entry::full("Resize", resize), Entry::full("Upsample", resize)]
}

/// What one axis needs: for each output the sources it mixes and their weights.
struct Mix {
    /// Source indices: one list a tap, one element an output.
    sources: Vec<Vec<i32>>,
    /// Their weights.
    weights: Vec<Vec<f32>>,
    /// Which outputs lie outside the source, for `tf_crop_and_resize`.
    outside: Vec<bool>,
}

fn resize<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let scales = call.graph.axis_scales(call.node)?;
    let fallback = if call.node.op == "Upsample" || call.graph.opset < 11 { "asymmetric" } else { "half_pixel" };
    let transform = call.text("coordinate_transformation_mode", fallback);
    let mode = call.text("mode", "nearest");
    let extrapolation = call.number("extrapolation_value", 0.0);
    let kind = call.value(0)?;
    let mut x = kind;
    let mut outside: Option<Bool<B>> = None;
    for (axis, scale) in scales.iter().enumerate() {
        let cropped = transform == "tf_crop_and_resize" && scale.region != [0.0, 1.0];
        if scale.input == scale.output && scale.scale == 1.0 && !cropped {
            continue;
        }
        let mix = mix(call, scale, &transform, &mode)?;
        x = apply(x, axis, &mix);
        if mix.outside.contains(&true) {
            let mut beside = vec![1; scales.len()];
            beside[axis] = mix.outside.len();
            let flags = mix.outside.iter().map(|&flag| i32::from(flag)).collect();
            let flags = Int::new(flags, &beside, call.device).bool();
            outside = Some(match outside {
                Some(others) => others.or(flags),
                None => flags,
            });
        }
    }
    Ok(vec![match outside {
        Some(mask) => x.replace(mask, Value::Float(Float::full(&[1], extrapolation, call.device))),
        None => x,
    }])
}

/// The weighted sum along one axis. A single tap of weight 1 only moves elements, whatever their kind.
fn apply<B: Backend>(x: Value<B>, axis: usize, mix: &Mix) -> Value<B> {
    if mix.sources.len() == 1 {
        return x.select(axis, &mix.sources[0]);
    }
    let x = x.float();
    let mut beside = vec![1; x.dims().len()];
    beside[axis] = mix.outside.len();
    let device = x.device();
    let taps = mix
        .sources
        .iter()
        .zip(&mix.weights)
        .map(|(sources, weights)| x.clone().select(axis, sources) * Float::new(weights.clone(), &beside, &device));
    taps.reduce(|sum, tap| sum + tap).map_or(Value::Float(x.clone()), Value::Float)
}

fn mix<B: Backend>(call: &Call<'_, B>, scale: &AxisScale, transform: &str, mode: &str) -> Result<Mix, ReferenceError> {
    let last = scale.input as i64 - 1;
    let mut mix = Mix { sources: vec![], weights: vec![], outside: vec![] };
    let nearest = call.text("nearest_mode", if call.node.op == "Upsample" { "floor" } else { "round_prefer_floor" });
    let cubic = f64::from(call.number("cubic_coeff_a", -0.75));
    // Shrinking with antialias widens the filter by 1 / scale.
    let narrowing = if call.flag("antialias") { scale.scale.min(1.0) } else { 1.0 };
    for output in 0..scale.output {
        let at = coordinate(call, scale, transform, output as f64)?;
        mix.outside.push(transform == "tf_crop_and_resize" && !(0.0..=last as f64).contains(&at));
        let mut taps: Vec<(i64, f64)> = match mode {
            "nearest" => vec![(rounded(call, at, &nearest)?, 1.0)],
            "linear" => filter(at, narrowing, 1.0, |distance| (1.0 - distance).max(0.0)),
            "cubic" => filter(at, narrowing, 2.0, |distance| keys(distance, cubic)),
            other => return Err(call.refuse(format!("the mode {other}"))),
        };
        if call.flag("exclude_outside") {
            taps.iter_mut().filter(|(source, _)| !(0..=last).contains(source)).for_each(|(_, weight)| *weight = 0.0);
        }
        if mode != "nearest" {
            let sum: f64 = taps.iter().map(|(_, weight)| weight).sum();
            taps.iter_mut().for_each(|(_, weight)| *weight /= sum);
        }
        for (n, (source, weight)) in taps.into_iter().enumerate() {
            if mix.sources.len() == n {
                mix.sources.push(vec![0; output]);
                mix.weights.push(vec![0.0; output]);
            }
            mix.sources[n].push(source.clamp(0, last) as i32);
            mix.weights[n].push(weight as f32);
        }
        for (sources, weights) in mix.sources.iter_mut().zip(&mut mix.weights) {
            sources.resize(output + 1, 0);
            weights.resize(output + 1, 0.0);
        }
    }
    Ok(mix)
}

/// Where an output element lies in the source; ONNX's coordinate transformations.
fn coordinate<B: Backend>(
    call: &Call<'_, B>,
    scale: &AxisScale,
    transform: &str,
    output: f64,
) -> Result<f64, ReferenceError> {
    let input = scale.input as f64;
    let length = scale.scale * input;
    let half = (output + 0.5) / scale.scale - 0.5;
    Ok(match transform {
        "half_pixel" => half,
        "pytorch_half_pixel" => {
            if scale.output == 1 {
                0.0
            } else {
                half
            }
        }
        "asymmetric" => output / scale.scale,
        "align_corners" => {
            if scale.output == 1 {
                0.0
            } else {
                output * (input - 1.0) / (length - 1.0)
            }
        }
        "half_pixel_symmetric" => input / 2.0 * (1.0 - scale.output as f64 / length) + half,
        "tf_crop_and_resize" => {
            let [start, end] = scale.region;
            let span = (end - start) * (input - 1.0);
            let within = if scale.output == 1 { span / 2.0 } else { output * span / (scale.output as f64 - 1.0) };
            start * (input - 1.0) + within
        }
        other => return Err(call.refuse(format!("the coordinate transformation {other}"))),
    })
}

fn rounded<B: Backend>(call: &Call<'_, B>, at: f64, mode: &str) -> Result<i64, ReferenceError> {
    Ok(match mode {
        "round_prefer_floor" => (at - 0.5).ceil(),
        "round_prefer_ceil" => (at + 0.5).floor(),
        "floor" => at.floor(),
        "ceil" => at.ceil(),
        other => return Err(call.refuse(format!("the nearest mode {other}"))),
    } as i64)
}

/// The sources within `radius / narrowing` of `at`, weighted by their narrowed distance.
fn filter(at: f64, narrowing: f64, radius: f64, weight: impl Fn(f64) -> f64) -> Vec<(i64, f64)> {
    let reach = radius / narrowing;
    let first = (at - reach).ceil() as i64;
    let last = (at + reach).floor() as i64;
    (first..=last).map(|source| (source, weight((source as f64 - at).abs() * narrowing))).collect()
}

/// Keys' cubic convolution kernel with parameter `a` (IEEE Trans. ASSP 29, 1981).
fn keys(distance: f64, a: f64) -> f64 {
    let d = distance;
    if d <= 1.0 {
        ((a + 2.0) * d - (a + 3.0)) * d * d + 1.0
    } else if d < 2.0 {
        ((a * d - 5.0 * a) * d + 8.0 * a) * d - 4.0 * a
    } else {
        0.0
    }
}
