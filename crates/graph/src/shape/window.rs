//! Convolutions and pooling.

use crate::shape::{Fact, Operands};
use crate::{ElementType, GraphError, Node, Window};

/// The results of an operator that slides a window over the spatial axes, or takes them whole.
pub(super) fn infer(node: &Node, operands: &Operands<'_>) -> Result<Vec<Fact>, GraphError> {
    let x = operands.dims(node, 0)?;
    let element = operands.element(0);
    let (lead, spatial) = x
        .split_at_checked(2)
        .filter(|(_, spatial)| !spatial.is_empty())
        .ok_or_else(|| node.refuse(format!("an input of shape {x:?} has no spatial axes")))?;
    let result = |output: &[usize], channels, element| {
        let dims = [&[lead[0], channels], output].concat();
        Ok(vec![Fact { dims, element }])
    };
    match node.op.as_str() {
        "Conv" | "ConvInteger" => {
            let w = operands.dims(node, 1)?;
            let groups = groups(node, x, w)?;
            let fits = w[1].checked_mul(groups) == Some(x[1]) && w[0].is_multiple_of(groups);
            let kind = if node.op == "Conv" { element } else { ElementType::Int32 };
            if fits {
                result(&Window::conv(node, spatial, &w[2..])?.output, w[0], kind)
            } else {
                Err(misfit(node, x, w))
            }
        }
        "ConvTranspose" => {
            let w = operands.dims(node, 1)?;
            let groups = groups(node, x, w)?;
            let channels = w[1].checked_mul(groups).filter(|_| w[0] == x[1] && w[0].is_multiple_of(groups));
            let channels = channels.ok_or_else(|| misfit(node, x, w))?;
            result(&Window::conv_transpose(node, spatial, &w[2..])?.output, channels, element)
        }
        "AveragePool" | "MaxPool" | "LpPool" => {
            let mut facts: Vec<Fact> = result(&Window::pool(node, spatial)?.output, lead[1], element)?;
            facts.push(Fact { dims: facts[0].dims.clone(), element: ElementType::Int64 });
            Ok(facts)
        }
        _ => result(&vec![1; spatial.len()], lead[1], element),
    }
}

fn misfit(node: &Node, x: &[usize], w: &[usize]) -> GraphError {
    node.refuse(format!("weights of shape {w:?} do not fit an input of shape {x:?} in its groups"))
}

fn groups(node: &Node, x: &[usize], w: &[usize]) -> Result<usize, GraphError> {
    let groups = usize::try_from(node.attributes.int("group").unwrap_or(1)).ok().filter(|&groups| groups > 0);
    let fits = x.len() == w.len() && (3..=5).contains(&x.len());
    groups.filter(|_| fits).ok_or_else(|| misfit(node, x, w))
}
