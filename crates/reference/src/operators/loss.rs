//! The losses of classifiers.

use burn_backend::Backend;

use super::activation::log_softmax;
use super::{Entry, float};
use crate::ReferenceError;
use crate::call::Call;
use crate::tensor::{Float, Value};

pub(super) fn table<B: Backend>() -> Vec<Entry<B>> {
    vec![
        Entry::full("NegativeLogLikelihoodLoss", |call| {
            let scores = call.float(0)?;
            float(likelihood(call, scores)?)
        }),
        Entry::full("SoftmaxCrossEntropyLoss", |call| {
            let scores = log_softmax(call.float(0)?, 1);
            let loss = likelihood(call, scores.clone())?;
            Ok(vec![Value::Float(loss), Value::Float(scores)])
        }),
    ]
}

/// The negative of `scores` (N, C, ..) at the classes that operand 1 (N, ..) names, weighted by class, reduced.
fn likelihood<B: Backend>(call: &mut Call<'_, B>, scores: Float<B>) -> Result<Float<B>, ReferenceError> {
    let dims = scores.dims();
    let (classes, inner) = (dims[1], dims[2..].iter().product::<usize>());
    let ignored = call.node.attributes.int("ignore_index");
    let targets = call.integers(1)?.unwrap_or_default();
    if targets.len() != dims[0] * inner {
        return Err(call.refuse(format!("{} targets for scores of {dims:?}", targets.len())));
    }
    let counts = |target: i64| Some(target) != ignored;
    if let Some(target) = targets.iter().find(|&&target| counts(target) && !(0..classes as i64).contains(&target)) {
        return Err(call.refuse(format!("the class {target}, where there are {classes}")));
    }
    let class = |target: i64| if counts(target) { target as usize } else { 0 };
    let places = targets.iter().enumerate().map(|(n, &target)| {
        let (instance, place) = (n / inner.max(1), n % inner.max(1));
        ((instance * classes + class(target)) * inner + place) as i32
    });
    let places: Vec<i32> = places.collect();
    let picked = scores.reshape(&[dims.iter().product()]).select(0, &places);
    let taken: Vec<f32> = targets.iter().map(|&target| f32::from(u8::from(counts(target)))).collect();
    let mut shares = Float::new(taken, &[targets.len()], call.device);
    if let Some(weights) = call.optional_float(2)? {
        let own: Vec<i32> = targets.iter().map(|&target| class(target) as i32).collect();
        shares = shares * weights.select(0, &own);
    }
    let losses = -(picked * shares.clone());
    let result = call.result_dims(0).to_vec();
    Ok(match call.text("reduction", "mean").as_str() {
        "none" => losses.reshape(&result),
        "sum" => losses.sum(0).reshape(&result),
        "mean" => (losses.sum(0) / shares.sum(0)).reshape(&result),
        other => return Err(call.refuse(format!("the reduction {other}"))),
    })
}
