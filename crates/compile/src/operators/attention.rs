//! ONNX `Attention`: one kernel where there is neither mask nor cache, products and a softmax elsewhere.

use darkroom_graph::{AttentionShape, Node, ValueId};
use darkroom_kernels::attention::Attention;
use darkroom_kernels::copy::{Copy, View};
use darkroom_kernels::matmul::{MatMul, Right};
use darkroom_kernels::pointwise::{Binary, BinaryOp, Select, Unary, UnaryOp};
use darkroom_kernels::softmax::Softmax;
use darkroom_kernels::{Element, Elements, RANK};

use super::padded;
use crate::CompileError;
use crate::builder::{Builder, Operand, TensorId};

/// What a forbidden score becomes: far below any other, yet finite, so that a row of it gives no NaN.
const FORBIDDEN: f32 = -1e30;

pub(super) fn attention(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let shape = builder.graph.attention(node)?;
    let scale = node.attributes.float("scale").unwrap_or(1.0 / (shape.channels as f32).sqrt());
    let [q, k, v] = heads(builder, node, &shape)?;
    let plain = node.inputs.iter().skip(3).all(Option::is_none)
        && (1..4).all(|index| builder.result(node, index).is_none())
        && node.attributes.int("is_causal").unwrap_or(0) == 0
        && node.attributes.float("softcap").unwrap_or(0.0) == 0.0;
    let result = if plain {
        let kernel = Attention {
            batch: shape.batch,
            heads: shape.heads,
            queries: shape.queries,
            keys: shape.keys,
            head_dim: shape.channels,
            value_dim: shape.value_channels,
            scale,
        };
        builder.emit(&node.name, kernel, vec![q, k, v])?
    } else {
        spelled_out(builder, node, &shape, scale, [q, k, v])?
    };
    let Some(output) = builder.result(node, 0) else { return Ok(()) };
    let AttentionShape { batch, heads, queries, value_channels, .. } = shape;
    let result = if shape.packed {
        let dims = [batch, heads, queries, value_channels];
        super::reduction::permuted(builder, node, (Operand::Tensor(result), &dims), &[0, 2, 1, 3])?
    } else {
        result
    };
    builder.bind(output, result);
    Ok(())
}

/// Queries, keys and values as (batch, heads, tokens, channels), the past before the present, and keys and
/// values repeated where several heads of queries share them. Binds the present results.
fn heads(builder: &mut Builder<'_>, node: &Node, shape: &AttentionShape) -> Result<[Operand; 3], CompileError> {
    let AttentionShape { batch, heads, kv_heads, queries, keys, past, channels, value_channels, packed } = *shape;
    let part = |builder: &mut Builder<'_>, index: usize, dims: [usize; 4]| {
        let value = builder.input(node, index)?;
        let operand = builder.operand(node, value)?;
        if !packed {
            return Ok::<Operand, CompileError>(operand);
        }
        let [batch, heads, tokens, width] = dims;
        let lies = [batch, tokens, heads, width];
        Ok(Operand::Tensor(super::reduction::permuted(builder, node, (operand, &lies), &[0, 2, 1, 3])?))
    };
    let q = part(builder, 0, [batch, heads, queries, channels])?;
    let mut result = [q; 3];
    for (index, width) in [(1, channels), (2, value_channels)] {
        let mut operand = part(builder, index, [batch, kv_heads, keys, width])?;
        if let Some(before) = node.input(index + 3) {
            operand = joined(builder, node, before, operand, [batch * kv_heads, past, keys, width])?;
        }
        if let Some(present) = builder.result(node, index) {
            let dims = padded(node, &[batch * kv_heads * (past + keys) * width])?;
            let copy = builder.emit(&node.name, super::whole(dims), vec![operand])?;
            builder.bind(present, copy);
        }
        if kv_heads != heads {
            let dims = [1, batch, kv_heads, heads / kv_heads, past + keys, width];
            let held = View::contiguous([1, 1, batch, kv_heads, past + keys, width]);
            let [_, _, batch_step, head_step, token_step, step] = held.strides;
            let source = View { strides: [0, batch_step, head_step, 0, token_step, step], ..held };
            let copy = Copy { dims, source, destination: View::contiguous(dims) };
            operand = Operand::Tensor(builder.emit(&node.name, copy, vec![operand])?);
        }
        result[index] = operand;
    }
    Ok(result)
}

/// The past tokens of each head, then the present ones.
fn joined(
    builder: &mut Builder<'_>,
    node: &Node,
    before: ValueId,
    present: Operand,
    [rows, past, keys, width]: [usize; 4],
) -> Result<Operand, CompileError> {
    let whole = View::contiguous(padded(node, &[rows, past + keys, width])?);
    let result = builder.tensor(whole.len);
    let before = builder.operand(node, before)?;
    for (operand, start, tokens) in [(before, 0, past), (present, past, keys)] {
        if tokens > 0 {
            let dims = padded(node, &[rows, tokens, width])?;
            let destination = View { offset: start * width, ..whole };
            let copy = Copy { dims, source: View::contiguous(dims), destination };
            builder.emit_into(&node.name, copy, vec![operand], result)?;
        }
    }
    Ok(Operand::Tensor(result))
}

/// softmax(softcap(scale q k^T + mask)) v with every step stored, since one of them is masked or asked for.
fn spelled_out(
    builder: &mut Builder<'_>,
    node: &Node,
    shape: &AttentionShape,
    scale: f32,
    [q, k, v]: [Operand; 3],
) -> Result<TensorId, CompileError> {
    let tokens = shape.past + shape.keys;
    let rows = shape.batch * shape.heads;
    let dims = padded(node, &[shape.batch, shape.heads, shape.queries, tokens])?;
    let len = dims.iter().product();
    let product = |b, k, n| MatMul { b, ..MatMul::plain(shape.queries, k, n).batched(rows) };
    let scores = builder.emit(&node.name, product(Right::Transposed, shape.channels, tokens), vec![q, k])?;
    let factor = builder.constant(Elements::F32(vec![scale]));
    let multiply = Binary { op: BinaryOp::Mul, element: Element::F32, a: dims, b: [1; RANK] };
    let mut scores = builder.emit(&node.name, multiply.clone(), vec![Operand::Tensor(scores), factor])?;
    let stage = node.attributes.int("qk_matmul_output_mode").unwrap_or(0);
    let asked = builder.result(node, 3);
    let show = |builder: &mut Builder<'_>, at: i64, scores: TensorId| {
        if let Some(value) = asked.filter(|_| stage == at) {
            builder.bind(value, scores);
        }
    };
    show(builder, 0, scores);
    scores = masked(builder, node, shape, scores)?;
    show(builder, 1, scores);
    let cap = node.attributes.float("softcap").unwrap_or(0.0);
    if cap != 0.0 {
        for (value, squash) in [(1.0 / cap, true), (cap, false)] {
            let value = builder.constant(Elements::F32(vec![value]));
            scores = builder.emit(&node.name, multiply.clone(), vec![Operand::Tensor(scores), value])?;
            if squash {
                scores = builder.emit(&node.name, Unary { op: UnaryOp::Tanh, len }, vec![Operand::Tensor(scores)])?;
            }
        }
    }
    show(builder, 2, scores);
    let softmax = Softmax { outer: rows * shape.queries, len: tokens, inner: 1 };
    let shares = builder.emit(&node.name, softmax, vec![Operand::Tensor(scores)])?;
    show(builder, 3, shares);
    builder.emit(&node.name, product(Right::Matrix, tokens, shape.value_channels), vec![Operand::Tensor(shares), v])
}

/// The scores with the mask added, or forbidden where it is false, and where causality forbids them.
fn masked(
    builder: &mut Builder<'_>,
    node: &Node,
    shape: &AttentionShape,
    mut scores: TensorId,
) -> Result<TensorId, CompileError> {
    let tokens = shape.past + shape.keys;
    let dims = padded(node, &[shape.batch, shape.heads, shape.queries, tokens])?;
    if node.input(6).is_some() {
        return Err(CompileError::unsupported(node, "a number of keys for each instance (nonpad_kv_seqlen)"));
    }
    if let Some(mask) = node.input(3) {
        let operand = builder.operand(node, mask)?;
        let (operand, b) = widened(builder, node, mask, operand, tokens)?;
        scores = if builder.element(mask) == Element::F32 {
            let add = Binary { op: BinaryOp::Add, element: Element::F32, a: dims, b };
            builder.emit(&node.name, add, vec![Operand::Tensor(scores), operand])?
        } else {
            choose(builder, node, dims, (operand, b), scores)?
        };
    }
    if node.attributes.int("is_causal").unwrap_or(0) != 0 {
        builder.afford(node, shape.queries * tokens)?;
        let allowed = |n: usize| i32::from(n % tokens <= n / tokens + shape.past);
        let triangle = builder.constant(Elements::I32((0..shape.queries * tokens).map(allowed).collect()));
        let b = padded(node, &[shape.queries, tokens])?;
        scores = choose(builder, node, dims, (triangle, b), scores)?;
    }
    Ok(scores)
}

/// A mask for fewer keys than there are forbids the rest.
fn widened(
    builder: &mut Builder<'_>,
    node: &Node,
    mask: ValueId,
    operand: Operand,
    tokens: usize,
) -> Result<(Operand, [usize; RANK]), CompileError> {
    let dims = padded(node, builder.dims(mask))?;
    let width = dims[RANK - 1];
    if width == tokens || width == 1 {
        return Ok((operand, dims));
    }
    let mut end = [0; RANK];
    end[RANK - 1] = tokens
        .checked_sub(width)
        .ok_or_else(|| CompileError::unsupported(node, format!("a mask for {width} keys where there are {tokens}")))?;
    let forbidden = if builder.element(mask) == Element::F32 { FORBIDDEN.to_bits() } else { 0 };
    let mode = darkroom_kernels::pad::PadMode::Constant(forbidden);
    let pad = darkroom_kernels::pad::Pad { dims, begin: [0; RANK], end, mode };
    let mut wide = dims;
    wide[RANK - 1] = tokens;
    Ok((Operand::Tensor(builder.emit(&node.name, pad, vec![operand])?), wide))
}

fn choose(
    builder: &mut Builder<'_>,
    node: &Node,
    dims: [usize; RANK],
    (condition, extents): (Operand, [usize; RANK]),
    scores: TensorId,
) -> Result<TensorId, CompileError> {
    let forbidden = builder.constant(Elements::F32(vec![FORBIDDEN]));
    let kernel = Select { condition: extents, a: dims, b: [1; RANK] };
    builder.emit(&node.name, kernel, vec![condition, Operand::Tensor(scores), forbidden])
}
