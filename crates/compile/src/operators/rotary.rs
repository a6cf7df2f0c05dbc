//! `RotaryEmbedding`.

use darkroom_graph::ValueId;
use darkroom_kernels::gather::Gather;
use darkroom_kernels::indexed::{Indexed, Pick};
use darkroom_kernels::rotary::Rotary;

use crate::CompileError;
use crate::builder::{Builder, Operand};

pub(super) fn rotary(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let x = builder.input(node, 0)?;
    let caches = [builder.input(node, 1)?, builder.input(node, 2)?];
    let number = |name: &str| node.attributes.int(name).and_then(|n| usize::try_from(n).ok()).filter(|&n| n > 0);
    let (batch, heads, tokens, width, packed) = match *builder.dims(x) {
        [batch, heads, tokens, width] => (batch, heads, tokens, width, false),
        [batch, tokens, hidden] => {
            let heads = number("num_heads").filter(|&heads| hidden.is_multiple_of(heads));
            let heads = heads.ok_or_else(|| CompileError::unsupported(node, "a number of heads that does not fit"))?;
            (batch, heads, tokens, hidden / heads, true)
        }
        ref other => return Err(CompileError::unsupported(node, format!("an operand of shape {other:?}"))),
    };
    let turned = number("rotary_embedding_dim").unwrap_or(width);
    let interleaved = node.attributes.int("interleaved").unwrap_or(0) != 0;
    let kernel = Rotary { batch, heads, tokens, width, turned, packed, interleaved };
    let mut reads = vec![builder.operand(node, x)?];
    for cache in caches {
        reads.push(angles(builder, index, cache, [batch * tokens, turned / 2])?);
    }
    let result = builder.emit(&node.name, kernel, reads)?;
    builder.bind(builder.output(node)?, result);
    Ok(())
}

/// The rows of a cache for every position of every instance; with position ids they are looked up.
fn angles(
    builder: &mut Builder<'_>,
    index: usize,
    cache: ValueId,
    [rows, half]: [usize; 2],
) -> Result<Operand, CompileError> {
    let node = builder.node(index);
    let operand = builder.operand(node, cache)?;
    let dims = builder.dims(cache);
    let ids = node.input(3);
    let held = dims.iter().product::<usize>() / half.max(1);
    let fits = dims.last() == Some(&half)
        && match ids {
            Some(ids) => dims.len() == 2 && builder.dims(ids).iter().product::<usize>() == rows,
            None => held == rows,
        };
    if !fits {
        let reason = format!("a cache of shape {dims:?} for {rows} positions of {half} pairs of channels");
        return Err(CompileError::unsupported(node, reason));
    }
    let Some(ids) = ids else { return Ok(operand) };
    let from = Indexed {
        dims: [1, 1, 1, 1, rows, half],
        strides: [0, 0, 0, 0, 0, 1],
        index_strides: [0, 0, 0, 0, 1, 0],
        picks: vec![Pick { extent: held, step: half }],
        tensor: held * half,
        indices: rows,
    };
    let reads = vec![operand, builder.operand(node, ids)?];
    Ok(Operand::Tensor(builder.emit(&node.name, Gather { from }, reads)?))
}
