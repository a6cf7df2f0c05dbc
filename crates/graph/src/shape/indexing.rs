//! Operators that pick or place elements by index.

use crate::shape::{Fact, Operands, normal_axis};
use crate::{ElementType, GraphError, Node};

/// The results of an operator that picks or places elements by index.
pub(super) fn infer(node: &Node, operands: &Operands<'_>) -> Result<Vec<Fact>, GraphError> {
    let x = operands.dims(node, 0)?;
    let element = operands.element(0);
    let axis = |default, rank| normal_axis(node, node.attributes.int("axis").unwrap_or(default), rank);
    let alike = |dims: Vec<usize>| Ok(vec![Fact { dims, element }]);
    match node.op.as_str() {
        "Gather" => {
            let axis = axis(0, x.len())?;
            alike([&x[..axis], operands.dims(node, 1)?, &x[axis + 1..]].concat())
        }
        "GatherElements" => alike(operands.dims(node, 1)?.to_vec()),
        "GatherND" => {
            let indices = operands.dims(node, 1)?;
            let lead = usize::try_from(node.attributes.int("batch_dims").unwrap_or(0)).unwrap_or(usize::MAX);
            let &[ref outer @ .., width] = indices else { return Err(node.refuse("its indices are a single number")) };
            let rest = lead.checked_add(width).and_then(|taken| x.get(taken..));
            let rest = rest.filter(|_| lead <= outer.len() && x[..lead] == outer[..lead]);
            let rest = rest.ok_or_else(|| {
                node.refuse(format!("indices of shape {indices:?} do not fit a tensor of shape {x:?}"))
            })?;
            alike([outer, rest].concat())
        }
        "OneHot" => {
            let depth = operands.integers(node, 1)?.and_then(|depth| depth.first().copied());
            let depth = depth.and_then(|depth| usize::try_from(depth).ok());
            let depth = depth.ok_or_else(|| node.refuse("its depth is missing or negative"))?;
            let axis = axis(-1, x.len() + 1)?;
            let dims = [&x[..axis], &[depth], &x[axis..]].concat();
            Ok(vec![Fact { dims, element: operands.element(2) }])
        }
        "TopK" => {
            let axis = axis(-1, x.len())?;
            let k = operands.integers(node, 1)?.and_then(|k| k.first().copied());
            let k = k.and_then(|k| usize::try_from(k).ok()).filter(|&k| k <= x[axis]);
            let mut dims = x.to_vec();
            dims[axis] = k.ok_or_else(|| node.refuse(format!("its k is no number up to {}", x[axis])))?;
            Ok(vec![Fact { dims: dims.clone(), element }, Fact { dims, element: ElementType::Int64 }])
        }
        "Compress" => {
            let mask = operands.integers(node, 1)?.ok_or_else(|| node.refuse("its condition is missing"))?;
            let kept = mask.iter().filter(|&&keep| keep != 0).count();
            match node.attributes.int("axis") {
                Some(axis) => {
                    let axis = normal_axis(node, axis, x.len())?;
                    alike([&x[..axis], &[kept], &x[axis + 1..]].concat())
                }
                None => alike(vec![kept]),
            }
        }
        _ => alike(x.to_vec()),
    }
}
