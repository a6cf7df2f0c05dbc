//! ONNX `Attention` on tensors of four axes, without mask or cache.

use darkroom_kernels::attention::Attention;

use crate::CompileError;
use crate::builder::Builder;

pub(super) fn attention(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let plain = node.inputs.iter().skip(3).all(Option::is_none)
        && node.attributes.int("is_causal").unwrap_or(0) == 0
        && node.attributes.float("softcap").unwrap_or(0.0) == 0.0;
    if !plain {
        return Err(CompileError::unsupported(node, "a mask, a cache, causality or a soft cap"));
    }
    let operands = [builder.input(node, 0)?, builder.input(node, 1)?, builder.input(node, 2)?];
    let [q, k, v] = operands.map(|value| builder.dims(value));
    let fits = k.len() == 4 && v.len() == 4 && q[..2] == k[..2] && q[..2] == v[..2] && q[3] == k[3] && k[2] == v[2];
    if !fits {
        return Err(CompileError::unsupported(node, format!("queries {q:?}, keys {k:?} and values {v:?}")));
    }
    let kernel = Attention {
        batch: q[0],
        heads: q[1],
        queries: q[2],
        keys: k[2],
        head_dim: q[3],
        value_dim: v[3],
        scale: node.attributes.float("scale").unwrap_or(1.0 / (q[3] as f32).sqrt()),
    };
    let reads = operands.map(|value| builder.operand(node, value)).into_iter().collect::<Result<_, _>>()?;
    let result = builder.emit(&node.name, kernel, reads)?;
    builder.bind(builder.output(node)?, result);
    Ok(())
}
