//! Operators that place elements by index.

use darkroom_graph::Node;
use darkroom_kernels::RANK;
use darkroom_kernels::indexed::Indexed;
use darkroom_kernels::scatter::Scatter;
use darkroom_kernels::scatter_reduce::{Reduction, ScatterReduce};

use super::indexing::{check, check_tuples, elements, tuples};
use super::whole;
use crate::CompileError;
use crate::builder::{Builder, Operand, TensorId};

/// `ScatterElements`: a copy of x, then each update to its place, or each element's look through them.
pub(super) fn scatter_elements(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let (x, indices) = (builder.input(node, 0)?, builder.input(node, 1)?);
    let axis = builder.graph.axis(node, 0)?;
    let to = elements(builder, node, [x, indices], axis)?;
    check(builder, node, indices, &[builder.dims(x)[axis]])?;
    let Some(reduction) = reduction(node)? else { return scattered(builder, node, to) };
    let place = axis + RANK - builder.dims(x).len();
    let mut dims = to.dims;
    dims[place] = to.picks[0].extent;
    let (mut strides, mut index_strides) = (to.strides, to.index_strides);
    strides[place] = to.picks[0].step;
    let step = std::mem::take(&mut index_strides[place]);
    let kernel = ScatterReduce {
        reduction,
        element: builder.element(x),
        dims,
        strides,
        index_strides,
        update_strides: index_strides,
        sought: std::array::from_fn(|axis| axis == place),
        picks: to.picks,
        count: to.dims[place],
        index_step: step,
        update_step: step,
        tensor: to.tensor,
        indices: to.indices,
        updates: to.indices,
    };
    reduced(builder, node, kernel)
}

pub(super) fn scatter_nd(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let (x, indices) = (builder.input(node, 0)?, builder.input(node, 1)?);
    let to = tuples(builder, node, [x, indices], 0)?;
    check_tuples(builder, node, [x, indices], 0)?;
    let Some(reduction) = reduction(node)? else { return scattered(builder, node, to) };
    let [.., rows, inner] = to.dims;
    let kernel = ScatterReduce {
        reduction,
        element: builder.element(x),
        dims: [1, 1, 1, 1, to.tensor / inner.max(1), inner],
        strides: [0, 0, 0, 0, inner, 1],
        index_strides: [0; RANK],
        update_strides: [0, 0, 0, 0, 0, 1],
        sought: [false, false, false, false, true, false],
        index_step: to.picks.len(),
        picks: to.picks,
        count: rows,
        update_step: inner,
        tensor: to.tensor,
        indices: to.indices,
        updates: rows * inner,
    };
    reduced(builder, node, kernel)
}

fn reduction(node: &Node) -> Result<Option<Reduction>, CompileError> {
    Ok(match node.attributes.string("reduction") {
        None | Some("none") => None,
        Some("add") => Some(Reduction::Add),
        Some("mul") => Some(Reduction::Mul),
        Some("min") => Some(Reduction::Min),
        Some("max") => Some(Reduction::Max),
        Some(other) => return Err(CompileError::unsupported(node, format!("the reduction {other}"))),
    })
}

/// A tensor that holds operand 0, for others to write into, and its operand.
fn copied(builder: &mut Builder<'_>, node: &Node) -> Result<(TensorId, Operand), CompileError> {
    let x = builder.input(node, 0)?;
    let len = builder.dims(x).iter().product();
    let source = builder.operand(node, x)?;
    Ok((builder.emit(&node.name, whole([1, 1, 1, 1, 1, len]), vec![source])?, source))
}

fn scattered(builder: &mut Builder<'_>, node: &Node, to: Indexed) -> Result<(), CompileError> {
    let (indices, updates) = (builder.input(node, 1)?, builder.input(node, 2)?);
    let (result, _) = copied(builder, node)?;
    if to.indices > 0 {
        let reads = vec![builder.operand(node, updates)?, builder.operand(node, indices)?];
        builder.emit_into(&node.name, Scatter { to }, reads, result)?;
    }
    builder.bind(builder.output(node)?, result);
    Ok(())
}

fn reduced(builder: &mut Builder<'_>, node: &Node, kernel: ScatterReduce) -> Result<(), CompileError> {
    let (indices, updates) = (builder.input(node, 1)?, builder.input(node, 2)?);
    let (result, source) = copied(builder, node)?;
    if kernel.count > 0 {
        let reads = vec![source, builder.operand(node, indices)?, builder.operand(node, updates)?];
        builder.emit_into(&node.name, kernel, reads, result)?;
    }
    builder.bind(builder.output(node)?, result);
    Ok(())
}
