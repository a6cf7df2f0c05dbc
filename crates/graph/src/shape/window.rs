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

/// What the windows of `MaxUnpool` fill, whatever shape is asked for.
pub(crate) fn unpooled(node: &Node, operands: &Operands<'_>) -> Result<Vec<usize>, GraphError> {
    let x = operands.dims(node, 0)?;
    let axes = x.len().checked_sub(2).ok_or_else(|| node.refuse("an operand without channels"))?;
    let attribute = |name: &str| node.attributes.ints(name);
    let at = |name: &str, axis: usize, default: i64| {
        attribute(name).map_or(Some(default), |values| values.get(axis).copied()).filter(|&n| (0..1 << 31).contains(&n))
    };
    let extent = |axis: usize| {
        let (kernel, stride) = (at("kernel_shape", axis, 1)?, at("strides", axis, 1)?);
        let cut = at("pads", axis, 0)? + at("pads", axes + axis, 0)?;
        let last = i64::try_from(x[axis + 2]).ok()?.checked_sub(1)?;
        usize::try_from(last.checked_mul(stride)?.checked_add(kernel)? - cut).ok()
    };
    let spatial: Option<Vec<usize>> = (0..axes).map(extent).collect();
    let spatial = spatial.ok_or_else(|| node.refuse("windows whose sizes do not fit its operand"))?;
    Ok([&x[..2], &spatial].concat())
}

/// The shape of `MaxUnpool`: the one asked for, or what its windows fill.
pub(super) fn max_unpool(node: &Node, operands: &Operands<'_>) -> Result<Vec<usize>, GraphError> {
    match operands.integers(node, 2)? {
        Some(shape) => {
            let shape: Option<Vec<usize>> = shape.iter().map(|&n| usize::try_from(n).ok()).collect();
            shape.ok_or_else(|| node.refuse("a negative dimension"))
        }
        None => unpooled(node, operands),
    }
}

/// The shape of `Col2Im`: the channels that the blocks leave, and the image.
pub(super) fn col2im(node: &Node, operands: &Operands<'_>) -> Result<Vec<usize>, GraphError> {
    let x = operands.dims(node, 0)?;
    let numbers = |index| -> Result<Option<Vec<usize>>, GraphError> {
        let values = operands.integers(node, index)?.unwrap_or_default();
        Ok(values.iter().map(|&n| usize::try_from(n).ok().filter(|&n| n > 0)).collect())
    };
    let (image, block) = (numbers(1)?, numbers(2)?);
    let size = block.and_then(|block| block.iter().try_fold(1_usize, |size, &n| size.checked_mul(n)));
    match (x, image, size) {
        (&[batch, channels, _], Some(image), Some(size)) if channels.is_multiple_of(size) => {
            Ok([&[batch, channels / size], image.as_slice()].concat())
        }
        _ => Err(node.refuse(format!("blocks that do not fit an operand of shape {x:?}"))),
    }
}
