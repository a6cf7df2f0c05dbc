//! Attention from its two products and the softmax between them.

use super::Rewrite;
use super::sight::{Sight, instead};
use super::transpositions::transpose;
use crate::{Attribute, ElementType, Node, ValueId};

/// softmax(scale q k^T) v on operands of (batch, heads, tokens, channels), or of three axes with one head.
pub(super) fn attention(sight: &mut Sight<'_>, node: &Node) -> Option<Rewrite> {
    let y = node.outputs.first().copied().flatten()?;
    let (weights, v) = product(sight, node, Second::Columns)?;
    let softmax = sight.by(weights, "Softmax")?;
    let rank = sight.dims(weights).len();
    let axis = softmax.attributes.int("axis").unwrap_or(-1);
    // Before opset 13 a softmax flattened what is behind its axis; of the last one it is the same.
    if (axis != -1 && axis != rank as i64 - 1) || !(3..=4).contains(&rank) || sight.element(v) != ElementType::Float {
        return None;
    }
    let (scores, mut scale) = unscaled(sight, softmax.input(0)?);
    let Scores { q, k, flipped } = scores_of(sight, scores)?;
    let (q, by_q) = unscaled(sight, q);
    let (k, by_k) = unscaled(sight, k);
    scale *= by_q * by_k;
    // q k^T with k^T a transposition of its own: the rule for transpositions joins it with what made it.
    let mut nodes = Vec::new();
    let k = if flipped {
        k
    } else {
        let mut dims = sight.dims(k).to_vec();
        dims.swap(rank - 2, rank - 1);
        let keys = sight.value(node, "keys", dims, sight.element(k));
        let mut permutation: Vec<usize> = (0..rank).collect();
        permutation.swap(rank - 2, rank - 1);
        nodes.push(transpose(node, k, keys, &permutation));
        keys
    };
    let [q_dims, k_dims, v_dims] = [q, k, v].map(|value| sight.dims(value).to_vec());
    let lead = rank - 2;
    let fits = [&k_dims, &v_dims].iter().all(|dims| dims.len() == rank && dims[..lead] == q_dims[..lead])
        && q_dims.len() == rank
        && q_dims[rank - 1] == k_dims[rank - 1]
        && k_dims[lead] == v_dims[lead];
    if !fits {
        return None;
    }
    let attributes = vec![("scale".to_owned(), Attribute::Float(scale as f32))];
    if rank == 4 {
        nodes.push(instead(node, "Attention", vec![q, k, v], y, attributes));
        return Some(Rewrite::Nodes(nodes));
    }
    let mut operands = Vec::new();
    for (part, value, dims) in [("q", q, &q_dims), ("k", k, &k_dims), ("v", v, &v_dims)] {
        let headed = sight.value(node, part, vec![dims[0], 1, dims[1], dims[2]], ElementType::Float);
        nodes.push(sight.reshape(node, value, headed));
        operands.push(headed);
    }
    let result = sight.value(node, "attention", vec![q_dims[0], 1, q_dims[1], v_dims[2]], ElementType::Float);
    nodes.push(instead(node, "Attention", operands, result, attributes));
    nodes.push(sight.reshape(node, result, y));
    Some(Rewrite::Nodes(nodes))
}

/// Which axis of the second operand a batched product sums over.
#[derive(Clone, Copy, PartialEq)]
enum Second {
    /// The last but one, as `MatMul` does.
    Columns,
    /// The last: the second operand is transposed.
    Rows,
}

/// The operands of a batched matrix product, a `MatMul` or an `Einsum` that says the same.
fn product(sight: &Sight<'_>, node: &Node, second: Second) -> Option<(ValueId, ValueId)> {
    let (a, b) = Sight::pair(node)?;
    match node.op.as_str() {
        "MatMul" => (second == Second::Columns).then_some((a, b)),
        "Einsum" => {
            let Ok(labels) = sight.graph.einsum(node) else { return None };
            let [first, other] = labels.operands.as_slice() else { return None };
            let (&[ref lead @ .., m, k], &[ref other_lead @ .., p, q]) = (first.as_slice(), other.as_slice()) else {
                return None;
            };
            let (summed, column) = if second == Second::Columns { (p, q) } else { (q, p) };
            let wanted = [lead, &[m, column]].concat();
            (summed == k && lead == other_lead && labels.result == wanted && m != column).then_some((a, b))
        }
        _ => None,
    }
}

/// The operands of the scores.
struct Scores {
    q: ValueId,
    k: ValueId,
    /// Whether `k` has its tokens before its channels.
    flipped: bool,
}

fn scores_of(sight: &Sight<'_>, scores: ValueId) -> Option<Scores> {
    let of = |op: &str, second: Second| sight.by(scores, op).and_then(|node| product(sight, node, second));
    let columns = of("MatMul", Second::Columns).or_else(|| of("Einsum", Second::Columns));
    match columns {
        Some((q, k)) => Some(Scores { q, k, flipped: false }),
        None => of("Einsum", Second::Rows).map(|(q, k)| Scores { q, k, flipped: true }),
    }
}

/// A value without the numbers that multiply or divide it, and their product.
fn unscaled(sight: &Sight<'_>, mut value: ValueId) -> (ValueId, f64) {
    let mut scale = 1.0;
    loop {
        let product = sight.by(value, "Mul").and_then(|node| sight.with_number(node));
        let quotient = sight
            .by(value, "Div")
            .and_then(Sight::pair)
            .and_then(|(a, b)| (sight.dims(a) == sight.dims(value)).then_some((a, 1.0 / sight.number(b)?)));
        match product.or(quotient) {
            Some((inside, number)) => {
                scale *= f64::from(number);
                value = inside;
            }
            None => return (value, scale),
        }
    }
}
