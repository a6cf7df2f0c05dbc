//! Linear layers on tensors of more than two axes: exporters write a product and a sum.

use super::Rewrite;
use super::sight::{Sight, instead};
use crate::Node;

/// x w + b with a matrix w and one number of b a column: a `Gemm` of the rows of x.
pub(super) fn linear(sight: &mut Sight<'_>, node: &Node) -> Option<Rewrite> {
    let y = node.outputs.first().copied().flatten()?;
    let (a, b) = Sight::pair(node).filter(|_| node.op == "Add")?;
    let (product, sum, bias) =
        [(a, b), (b, a)].into_iter().find_map(|(sum, bias)| Some((sight.by(sum, "MatMul")?, sum, bias)))?;
    let (x, weight) = Sight::pair(product)?;
    let &[inputs, columns] = sight.dims(weight) else { return None };
    let (x_dims, y_dims) = (sight.dims(x), sight.dims(y));
    let fits = sight.dims(bias) == [columns]
        && sight.is_read_once(sum)
        && x_dims.len() >= 2
        && x_dims.last() == Some(&inputs)
        && y_dims == sight.dims(sum);
    if !fits || inputs == 0 {
        return None;
    }
    if x_dims.len() == 2 {
        return Some(Rewrite::Nodes(vec![instead(node, "Gemm", vec![x, weight, bias], y, Vec::new())]));
    }
    let rows = x_dims[..x_dims.len() - 1].iter().product();
    let element = sight.element(x);
    let flat = sight.value(node, "rows", vec![rows, inputs], element);
    let result = sight.value(node, "linear", vec![rows, columns], element);
    Some(Rewrite::Nodes(vec![
        sight.reshape(node, x, flat),
        instead(node, "Gemm", vec![flat, weight, bias], result, Vec::new()),
        sight.reshape(node, result, y),
    ]))
}
