//! Matrix products and attention.

use crate::shape::{Fact, Operands, broadcast};
use crate::{ElementType, GraphError, Node};

/// The shape of `MatMul`; a vector is a row on the left and a column on the right.
pub(super) fn matmul(node: &Node, operands: &Operands<'_>) -> Result<Vec<usize>, GraphError> {
    let (a, b) = (operands.dims(node, 0)?, operands.dims(node, 1)?);
    let refuse = || node.refuse(format!("a product of shapes {a:?} and {b:?}"));
    let (a_lead, m, k) = match a {
        [] => return Err(refuse()),
        [k] => (&[][..], None, *k),
        [lead @ .., m, k] => (lead, Some(*m), *k),
    };
    let (b_lead, k_b, n) = match b {
        [] => return Err(refuse()),
        [k] => (&[][..], *k, None),
        [lead @ .., k, n] => (lead, *k, Some(*n)),
    };
    if k != k_b {
        return Err(refuse());
    }
    let mut dims = broadcast(node, a_lead, b_lead)?;
    dims.extend(m.into_iter().chain(n));
    Ok(dims)
}

/// The shape of `Gemm`.
pub(super) fn gemm(node: &Node, operands: &Operands<'_>) -> Result<Vec<usize>, GraphError> {
    let (a, b) = (operands.dims(node, 0)?, operands.dims(node, 1)?);
    let flipped = |name| node.attributes.int(name).unwrap_or(0) != 0;
    let [m, ka] = *a else { return Err(node.refuse("its first operand is no matrix")) };
    let [kb, n] = *b else { return Err(node.refuse("its second operand is no matrix")) };
    let (m, ka) = if flipped("transA") { (ka, m) } else { (m, ka) };
    let (kb, n) = if flipped("transB") { (n, kb) } else { (kb, n) };
    if ka != kb {
        return Err(node.refuse(format!("a product of shapes {a:?} and {b:?}")));
    }
    Ok(vec![m, n])
}

/// An Einstein summation resolved: one label a distinct axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Einsum {
    /// The labels of each operand's axes.
    pub operands: Vec<Vec<usize>>,
    /// The labels of the result's axes.
    pub result: Vec<usize>,
    /// The extent of each label.
    pub sizes: Vec<usize>,
    /// The shape of the result.
    pub output: Vec<usize>,
}

/// The labels and extents of `Einsum`. The axes of an ellipsis get labels of their own, aligned at the right.
pub(crate) fn einsum(node: &Node, operands: &Operands<'_>) -> Result<Einsum, GraphError> {
    let equation: String = node.attributes.string("equation").unwrap_or("").chars().filter(|c| *c != ' ').collect();
    let refuse = || node.refuse(format!("the equation {equation:?} does not fit its operands"));
    let (left, right) = match equation.split_once("->") {
        Some((left, right)) => (left, Some(right.to_owned())),
        None => (equation.as_str(), None),
    };
    let terms: Vec<&str> = left.split(',').collect();
    if terms.len() != operands.dims.len() {
        return Err(refuse());
    }
    let mut labels: Vec<char> = Vec::new();
    let mut sizes: Vec<usize> = Vec::new();
    // Positions of an ellipsis count from the right, as private characters.
    let hidden = |from_right: usize| char::from_u32(0xE000 + from_right as u32).ok_or_else(refuse);
    let mut widest = 0;
    let spell = |term: &str, axes: usize| -> Result<Vec<char>, GraphError> {
        match term.split_once("...") {
            Some((before, after)) => {
                let open = axes.checked_sub(before.chars().count() + after.chars().count()).ok_or_else(refuse)?;
                let middle = (0..open).rev().map(hidden).collect::<Result<Vec<_>, _>>()?;
                Ok(before.chars().chain(middle).chain(after.chars()).collect())
            }
            None => Ok(term.chars().collect()),
        }
    };
    let mut spelled = Vec::new();
    for (index, term) in terms.iter().enumerate() {
        let dims = operands.dims(node, index)?;
        let letters = spell(term, dims.len())?;
        if letters.len() != dims.len() || letters.contains(&'.') {
            return Err(refuse());
        }
        widest = widest.max(letters.iter().filter(|&&c| c >= '\u{E000}').count());
        for (&letter, &size) in letters.iter().zip(dims) {
            match labels.iter().position(|&known| known == letter) {
                Some(known) if sizes[known] == size || size == 1 => {}
                Some(known) if sizes[known] == 1 => sizes[known] = size,
                Some(_) => return Err(refuse()),
                None => {
                    labels.push(letter);
                    sizes.push(size);
                }
            }
        }
        spelled.push(letters);
    }
    let result = match right {
        Some(right) => {
            let named = right.replace("...", "").chars().count();
            spell(&right, named + if right.contains("...") { widest } else { 0 })?
        }
        None => {
            // Classic form: the ellipsis, then each letter that occurs once, in order.
            let mut once: Vec<char> = labels.clone();
            once.retain(|&c| c < '\u{E000}' && spelled.iter().flatten().filter(|&&other| other == c).count() == 1);
            once.sort_unstable();
            (0..widest).rev().map(hidden).collect::<Result<Vec<_>, _>>()?.into_iter().chain(once).collect()
        }
    };
    let label = |letter: &char| labels.iter().position(|known| known == letter).ok_or_else(refuse);
    let result = result.iter().map(label).collect::<Result<Vec<_>, _>>()?;
    let terms = spelled.iter().map(|letters| letters.iter().map(label).collect()).collect::<Result<Vec<_>, _>>()?;
    let output = result.iter().map(|&label| sizes[label]).collect();
    Ok(Einsum { operands: terms, result, sizes, output })
}

/// The extents of an `Attention` node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttentionShape {
    /// Instances.
    pub batch: usize,
    /// Heads of the queries.
    pub heads: usize,
    /// Heads of keys and values; divides `heads`.
    pub kv_heads: usize,
    /// Query tokens.
    pub queries: usize,
    /// Tokens of the keys given, without those of the past.
    pub keys: usize,
    /// Tokens of the past keys.
    pub past: usize,
    /// Channels of a head of queries and keys.
    pub channels: usize,
    /// Channels of a head of values.
    pub value_channels: usize,
    /// Whether heads lie side by side in the channels (operands of three axes).
    pub packed: bool,
}

/// The extents of `Attention` (opset 23): operands (batch, heads, tokens, channels) or (batch, tokens, heads * channels).
pub(crate) fn attention_shape(node: &Node, operands: &Operands<'_>) -> Result<AttentionShape, GraphError> {
    let (q, k, v) = (operands.dims(node, 0)?, operands.dims(node, 1)?, operands.dims(node, 2)?);
    let refuse = || node.refuse(format!("queries {q:?}, keys {k:?} and values {v:?} do not fit together"));
    let past = operands.dims.get(4).copied().flatten().map_or(0, |past| past.get(2).copied().unwrap_or(0));
    let shape = match (q, k, v) {
        (&[batch, heads, queries, channels], &[_, kv_heads, keys, _], &[_, _, _, value_channels]) => {
            AttentionShape { batch, heads, kv_heads, queries, keys, past, channels, value_channels, packed: false }
        }
        (&[batch, queries, q_width], &[_, keys, _], &[_, _, v_width]) => {
            let number = |name| node.attributes.int(name).and_then(|n| usize::try_from(n).ok()).filter(|&n| n > 0);
            let heads = number("q_num_heads").ok_or_else(|| node.refuse("its number of heads is missing"))?;
            let kv_heads = number("kv_num_heads").ok_or_else(|| node.refuse("its number of heads is missing"))?;
            let (channels, value_channels) = (q_width / heads, v_width / kv_heads);
            AttentionShape { batch, heads, kv_heads, queries, keys, past, channels, value_channels, packed: true }
        }
        _ => return Err(refuse()),
    };
    let AttentionShape { batch, heads, kv_heads, queries, keys, channels, value_channels, .. } = shape;
    let wanted = |heads: usize, tokens: usize, channels: usize| {
        if shape.packed { vec![batch, tokens, heads * channels] } else { vec![batch, heads, tokens, channels] }
    };
    let fits = kv_heads > 0
        && heads.is_multiple_of(kv_heads)
        && q == wanted(heads, queries, channels)
        && k == wanted(kv_heads, keys, channels)
        && v == wanted(kv_heads, keys, value_channels);
    if fits { Ok(shape) } else { Err(refuse()) }
}

/// The results of `Attention`: output, present keys, present values, scores.
pub(super) fn attention(node: &Node, operands: &Operands<'_>) -> Result<Vec<Fact>, GraphError> {
    let shape = attention_shape(node, operands)?;
    let element = operands.element(0);
    let tokens = shape.past + shape.keys;
    let output = if shape.packed {
        vec![shape.batch, shape.queries, shape.heads * shape.value_channels]
    } else {
        vec![shape.batch, shape.heads, shape.queries, shape.value_channels]
    };
    let fact = |dims: Vec<usize>, element: ElementType| Fact { dims, element };
    Ok(vec![
        fact(output, element),
        fact(vec![shape.batch, shape.kv_heads, tokens, shape.channels], operands.element(1)),
        fact(vec![shape.batch, shape.kv_heads, tokens, shape.value_channels], operands.element(2)),
        fact(vec![shape.batch, shape.heads, shape.queries, tokens], element),
    ])
}
