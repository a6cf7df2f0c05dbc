//! `Attention` with masks, caches and grouped heads, and `RotaryEmbedding`.

use burn_backend::Backend;

use super::{Entry, Results, float};
use crate::ReferenceError;
use crate::call::Call;
use crate::tensor::{Float, Value};

/// The most scores that are held at once, where nobody asks for all of them: 4 MiB.
const SCORES: usize = 1 << 20;

pub(super) fn table<B: Backend>() -> Vec<Entry<B>> {
    vec![Entry::full("Attention", attention), Entry::full("RotaryEmbedding", rotary)]
}

/// Heads side by side in the channels, as an axis of their own; four axes stay.
fn with_heads<B: Backend>(x: Float<B>, heads: usize) -> Float<B> {
    match x.dims()[..] {
        [batch, tokens, width] => x.reshape(&[batch, tokens, heads, width / heads]).permute(&[0, 2, 1, 3]),
        _ => x,
    }
}

fn attention<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let shape = call.graph.attention(call.node)?;
    let query = with_heads(call.float(0)?, shape.heads);
    let mut key = with_heads(call.float(1)?, shape.kv_heads);
    let mut value = with_heads(call.float(2)?, shape.kv_heads);
    if let (Some(past_key), Some(past_value)) = (call.optional_float(4)?, call.optional_float(5)?) {
        key = Float::cat(vec![past_key, key], 2);
        value = Float::cat(vec![past_value, value], 2);
    }
    let (present_key, present_value) = (key.clone(), value.clone());
    let tokens = shape.past + shape.keys;
    let bias = bias(call, shape.batch, shape.queries, tokens, shape.past)?;
    let scale = call.number("scale", 1.0 / (shape.channels as f32).sqrt());
    let repeat = shape.heads / shape.kv_heads;
    let spread = |x: Float<B>| {
        let [batch, heads, tokens, width] = x.dims()[..] else { return x };
        let x = x.reshape(&[batch, heads, 1, tokens, width]).expand(&[batch, heads, repeat, tokens, width]);
        x.reshape(&[batch, heads * repeat, tokens, width])
    };
    let (key, value) = (spread(key).transposed(), spread(value));
    let mode = call.whole("qk_matmul_output_mode", 0);
    let softcap = call.number("softcap", 0.0);
    // Blocks of queries, so that the scores of long sequences never lie in memory all at once.
    let block = if call.wants(3) { shape.queries } else { SCORES / (shape.batch * shape.heads * tokens).max(1) };
    let block = block.clamp(1, shape.queries.max(1));
    let (mut results, mut scores) = (Vec::new(), Vec::new());
    for start in (0..shape.queries).step_by(block) {
        let len = block.min(shape.queries - start);
        let raw = (query.clone().narrow(2, start, len) * scale).matmul(key.clone());
        let biased = match &bias {
            Some(bias) => {
                let rows = bias.dims()[2];
                raw.clone() + if rows == 1 { bias.clone() } else { bias.clone().narrow(2, start, len) }
            }
            None => raw.clone(),
        };
        let capped = if softcap > 0.0 { (biased.clone() / softcap).tanh() * softcap } else { biased.clone() };
        let weights = if bias.is_some() { guarded(capped.clone()) } else { capped.clone().softmax(3) };
        results.push(weights.clone().matmul(value.clone()));
        if call.wants(3) {
            scores.push(match mode {
                0 => raw,
                1 => biased,
                2 => capped,
                _ => weights,
            });
        }
    }
    let result = Float::cat(results, 2);
    let dims = call.result_dims(0).to_vec();
    let result = if shape.packed { result.permute(&[0, 2, 1, 3]).reshape(&dims) } else { result };
    let mut outputs = vec![result, present_key, present_value];
    if call.wants(3) {
        outputs.push(Float::cat(scores, 2));
    }
    Ok(outputs.into_iter().map(Value::Float).collect())
}

/// The softmax of rows that may be masked entirely: those attend to nothing and give 0.
fn guarded<B: Backend>(scores: Float<B>) -> Float<B> {
    let top = scores.clone().max(3);
    let empty = top.clone().compare_number(f32::NEG_INFINITY, B::float_equal_elem);
    let zero = Float::full(&[1, 1, 1, 1], 0.0, &top.device());
    let shares = (scores - top.replace(empty.clone(), zero.clone())).exp();
    let sum = shares.clone().sum(3);
    shares / sum.replace(empty, zero + 1.0)
}

/// What is added to the scores, (batch or 1, heads or 1, queries or 1, keys): the mask, causality, empty cache.
fn bias<B: Backend>(
    call: &mut Call<'_, B>,
    batch: usize,
    queries: usize,
    keys: usize,
    past: usize,
) -> Result<Option<Float<B>>, ReferenceError> {
    let mut bias = match call.optional(3)? {
        Some(Value::Float(mask)) => Some(mask),
        Some(mask) => {
            let mask = mask.bool();
            let none = Float::full(&mask.dims(), f32::NEG_INFINITY, call.device);
            Some(none.replace(mask, Float::full(&[1], 0.0, call.device)))
        }
        None => None,
    };
    if let Some(mask) = bias.take() {
        let dims = mask.dims();
        let rank = dims.len().max(4);
        let mask = mask.reshape(&[vec![1; rank - dims.len()], dims].concat());
        let missing = keys.saturating_sub(mask.dims()[3]);
        let missing = if mask.dims()[3] == 1 { 0 } else { missing };
        bias = Some(mask.pad(&[(0, 0), (0, 0), (0, 0), (0, missing)], f32::NEG_INFINITY));
    }
    let filled = call.integers(6)?;
    // How many keys stand before the first query, in each instance.
    let before: Vec<i64> = match &filled {
        Some(filled) => filled.iter().map(|&filled| filled - queries as i64).collect(),
        None => vec![past as i64],
    };
    let (causal, left, right) =
        (call.flag("is_causal"), call.whole("left_window_size", -1), call.whole("right_window_size", -1));
    if causal || left >= 0 || right >= 0 || filled.is_some() {
        let allowed = |instance: usize, query: usize, key: usize| {
            let ahead = key as i64 - query as i64 - before[instance];
            let valid = filled.as_ref().is_none_or(|filled| (key as i64) < filled[instance]);
            valid && (!causal || ahead <= 0) && (left < 0 || -ahead <= left) && (right < 0 || ahead <= right)
        };
        if filled.as_ref().is_some_and(|filled| filled.len() != batch) {
            return Err(call.refuse("its cache lengths are not one an instance"));
        }
        let size = queries * keys;
        let table = (0..before.len() * size)
            .map(|n| if allowed(n / size, n % size / keys, n % keys) { 0.0 } else { f32::NEG_INFINITY });
        let table = Float::new(table.collect(), &[before.len(), 1, queries, keys], call.device);
        bias = Some(match bias {
            Some(bias) => bias + table,
            None => table,
        });
    }
    Ok(bias)
}

/// Pairs of channels turned by an angle that depends on the token.
fn rotary<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let dims = call.dims(0).to_vec();
    let heads = call.whole("num_heads", 0).max(1) as usize;
    // (batch, tokens, heads, channels)
    let x = call.float(0)?;
    let x = match dims[..] {
        [batch, tokens, width] => x.reshape(&[batch, tokens, heads, width / heads]),
        [_, _, _, _] => x.permute(&[0, 2, 1, 3]),
        _ => return Err(call.refuse("its operand has not three or four axes")),
    };
    let [batch, tokens, _, channels] = x.dims()[..] else { return Err(call.refuse("its operand has not four axes")) };
    let turned = usize::try_from(call.whole("rotary_embedding_dim", 0)).unwrap_or(0);
    let turned = if turned == 0 { channels } else { turned.min(channels) };
    let positions = match call.node.input(3) {
        Some(_) => {
            let len = call.dims(1)[0];
            Some(call.indices(3, len)?)
        }
        None => None,
    };
    let table = |table: Float<B>| {
        let table = match &positions {
            Some(positions) => table.select(0, positions),
            None => table,
        };
        table.reshape(&[batch, tokens, 1, turned / 2])
    };
    let (cosine, sine) = (table(call.float(1)?), table(call.float(2)?));
    let interleaved = call.flag("interleaved");
    let half = |n: usize| {
        if interleaved {
            x.clone().stepped(3, n, turned / 2, 2)
        } else {
            x.clone().narrow(3, n * (turned / 2), turned / 2)
        }
    };
    let (a, b) = (half(0), half(1));
    let real = a.clone() * cosine.clone() - b.clone() * sine.clone();
    let imaginary = a * sine + b * cosine;
    let mut y = if interleaved {
        let mut pair = real.dims();
        pair.push(1);
        let mut whole = real.dims();
        whole[3] = turned;
        Float::cat(vec![real.reshape(&pair), imaginary.reshape(&pair)], 4).reshape(&whole)
    } else {
        Float::cat(vec![real, imaginary], 3)
    };
    if turned < channels {
        y = Float::cat(vec![y, x.narrow(3, turned, channels - turned)], 3);
    }
    float(if dims.len() == 3 { y.reshape(&dims) } else { y.permute(&[0, 2, 1, 3]) })
}
