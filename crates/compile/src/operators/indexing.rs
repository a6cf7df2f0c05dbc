//! Operators that pick elements by index.

use darkroom_graph::{Node, ValueId};
use darkroom_kernels::gather::Gather;
use darkroom_kernels::indexed::{Indexed, Pick};
use darkroom_kernels::{Element, Elements, RANK};

use super::{around, padded};
use crate::CompileError;
use crate::builder::{Builder, Operand, TensorId};

/// Row-major distances between neighbours along each axis.
fn steps<const N: usize>(dims: [usize; N]) -> [usize; N] {
    let mut steps = [1; N];
    for axis in (1..N).rev() {
        steps[axis - 1] = steps[axis] * dims[axis];
    }
    steps
}

/// Refuses constant indices that lie outside `extents`, which their innermost axis walks through.
pub(super) fn check(
    builder: &Builder<'_>,
    node: &Node,
    indices: ValueId,
    extents: &[usize],
) -> Result<(), CompileError> {
    let Some(tensor) = builder.graph.constant(Some(indices)) else { return Ok(()) };
    let outside = tensor.to_i64().into_iter().zip(extents.iter().cycle()).find(|&(index, &extent)| {
        let extent = extent as i64;
        !(-extent..extent).contains(&index)
    });
    match outside {
        Some((index, extent)) => {
            Err(CompileError::unsupported(node, format!("the index {index} into an axis of {extent}")))
        }
        None => Ok(()),
    }
}

pub(super) fn gather(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let (x, indices) = (builder.input(node, 0)?, builder.input(node, 1)?);
    let axis = builder.graph.axis(node, 0)?;
    let [outer, len, inner] = around(builder.dims(x), axis);
    let count = builder.dims(indices).iter().product();
    let from = Indexed {
        dims: [1, 1, 1, outer, count, inner],
        strides: [0, 0, 0, len * inner, 0, 1],
        index_strides: [0, 0, 0, 0, 1, 0],
        picks: vec![Pick { extent: len, step: inner }],
        tensor: outer * len * inner,
        indices: count,
    };
    check(builder, node, indices, &[len])?;
    gathered(builder, node, from)
}

pub(super) fn gather_elements(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let (x, indices) = (builder.input(node, 0)?, builder.input(node, 1)?);
    let axis = builder.graph.axis(node, 0)?;
    let from = elements(builder, node, [x, indices], axis)?;
    check(builder, node, indices, &[builder.dims(x)[axis]])?;
    gathered(builder, node, from)
}

/// One index for each element of `indices`, into the axis `axis` of `x`.
pub(super) fn elements(
    builder: &Builder<'_>,
    node: &Node,
    [x, indices]: [ValueId; 2],
    axis: usize,
) -> Result<Indexed, CompileError> {
    let (x_dims, index_dims) = (builder.dims(x), builder.dims(indices));
    let fits = x_dims.len() == index_dims.len()
        && x_dims.iter().zip(index_dims).enumerate().all(|(a, (x, index))| a == axis || index <= x);
    if !fits {
        let reason = format!("indices of shape {index_dims:?} do not fit a tensor of shape {x_dims:?}");
        return Err(CompileError::unsupported(node, reason));
    }
    let (tensor, dims) = (padded(node, x_dims)?, padded(node, index_dims)?);
    let mut strides = steps(tensor);
    let place = axis + RANK - x_dims.len();
    let step = std::mem::take(&mut strides[place]);
    Ok(Indexed {
        dims,
        strides,
        index_strides: steps(dims),
        picks: vec![Pick { extent: tensor[place], step }],
        tensor: tensor.iter().product(),
        indices: dims.iter().product(),
    })
}

pub(super) fn gather_nd(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let (x, indices) = (builder.input(node, 0)?, builder.input(node, 1)?);
    let lead = usize::try_from(node.attributes.int("batch_dims").unwrap_or(0)).unwrap_or(0);
    let from = tuples(builder, node, [x, indices], lead)?;
    check_tuples(builder, node, [x, indices], lead)?;
    gathered(builder, node, from)
}

pub(super) fn check_tuples(
    builder: &Builder<'_>,
    node: &Node,
    [x, indices]: [ValueId; 2],
    lead: usize,
) -> Result<(), CompileError> {
    let width = builder.dims(indices).last().copied().unwrap_or(1);
    check(builder, node, indices, &builder.dims(x)[lead..lead + width])
}

/// Each row of `indices` names coordinates of `x` behind `lead` axes that both have.
pub(super) fn tuples(
    builder: &Builder<'_>,
    node: &Node,
    [x, indices]: [ValueId; 2],
    lead: usize,
) -> Result<Indexed, CompileError> {
    let (x_dims, index_dims) = (builder.dims(x), builder.dims(indices));
    let misfit = || {
        let reason = format!("indices of shape {index_dims:?} do not fit a tensor of shape {x_dims:?}");
        CompileError::unsupported(node, reason)
    };
    let (&width, rows) = index_dims.split_last().ok_or_else(misfit)?;
    if lead > rows.len() || lead + width > x_dims.len() {
        return Err(misfit());
    }
    let (batch, rows): (usize, usize) = (rows[..lead].iter().product(), rows[lead..].iter().product());
    let (named, inner): (&[usize], usize) = (&x_dims[lead..lead + width], x_dims[lead + width..].iter().product());
    let item: usize = named.iter().product::<usize>() * inner;
    let pick = |n: usize| Pick { extent: named[n], step: named[n + 1..].iter().product::<usize>() * inner };
    Ok(Indexed {
        dims: [1, 1, 1, batch, rows, inner],
        strides: [0, 0, 0, item, 0, 1],
        index_strides: [0, 0, 0, rows * width, width, 0],
        picks: (0..width).map(pick).collect(),
        tensor: batch * item,
        indices: batch * rows * width,
    })
}

/// Emits the gathering of operand 0 by operand 1.
fn gathered(builder: &mut Builder<'_>, node: &Node, from: Indexed) -> Result<(), CompileError> {
    let (x, indices) = (builder.input(node, 0)?, builder.input(node, 1)?);
    let reads = vec![builder.operand(node, x)?, builder.operand(node, indices)?];
    let result = builder.emit(&node.name, Gather { from }, reads)?;
    builder.bind(builder.output(node)?, result);
    Ok(())
}

pub(super) fn compress(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let (x, condition) = (builder.input(node, 0)?, builder.input(node, 1)?);
    let [outer, len, inner] = match node.attributes.int("axis") {
        Some(_) => around(builder.dims(x), builder.graph.axis(node, 0)?),
        None => [1, builder.dims(x).iter().product(), 1],
    };
    let mask = builder.graph.constant(Some(condition)).map(darkroom_graph::Tensor::to_i64).unwrap_or_default();
    let kept: Vec<i32> = (0..).zip(&mask).filter(|&(_, &keep)| keep != 0).map(|(position, _)| position).collect();
    if kept.last().is_some_and(|&last| last as usize >= len) {
        return Err(CompileError::unsupported(node, format!("a condition longer than the {len} elements of its axis")));
    }
    let from = Indexed {
        dims: [1, 1, 1, outer, kept.len(), inner],
        strides: [0, 0, 0, len * inner, 0, 1],
        index_strides: [0, 0, 0, 0, 1, 0],
        picks: vec![Pick { extent: len, step: inner }],
        tensor: outer * len * inner,
        indices: kept.len(),
    };
    by_table(builder, node, from, kept)
}

/// Emits the gathering of operand 0 by indices that are known.
pub(super) fn by_table(
    builder: &mut Builder<'_>,
    node: &Node,
    from: Indexed,
    indices: Vec<i32>,
) -> Result<(), CompileError> {
    let x = builder.input(node, 0)?;
    let reads = vec![builder.operand(node, x)?, builder.constant(Elements::I32(indices))];
    let result = builder.emit(&node.name, Gather { from }, reads)?;
    builder.bind(builder.output(node)?, result);
    Ok(())
}

pub(super) fn reverse_sequence(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let (x, lengths) = (builder.input(node, 0)?, builder.input(node, 1)?);
    let dims = builder.dims(x);
    let lead = RANK - dims.len().min(RANK);
    let axis = |name: &str, default: i64| {
        let axis = usize::try_from(node.attributes.int(name).unwrap_or(default)).ok().filter(|&axis| axis < 2);
        axis.ok_or_else(|| CompileError::unsupported(node, format!("{name} other than 0 and 1")))
    };
    let (batch_axis, time_axis) = (axis("batch_axis", 1)?, axis("time_axis", 0)?);
    let lengths = builder.graph.constant(Some(lengths)).map(darkroom_graph::Tensor::to_i64).unwrap_or_default();
    let (batch, time) = (dims[batch_axis], dims[time_axis]);
    if batch_axis == time_axis || lengths.len() != batch || lengths.iter().any(|&n| n < 0 || n as usize > time) {
        let reason = format!("lengths {lengths:?} for {batch} sequences of {time} steps");
        return Err(CompileError::unsupported(node, reason));
    }
    builder.afford(node, batch * time)?;
    let reversed = |length: i64| (0..time as i64).map(move |t| if t < length { length - 1 - t } else { t } as i32);
    let dims = padded(node, dims)?;
    let (mut strides, mut index_strides) = (steps(dims), [0; RANK]);
    let step = std::mem::take(&mut strides[lead + time_axis]);
    index_strides[lead + batch_axis] = time;
    index_strides[lead + time_axis] = 1;
    let from = Indexed {
        dims,
        strides,
        index_strides,
        picks: vec![Pick { extent: time, step }],
        tensor: dims.iter().product(),
        indices: batch * time,
    };
    by_table(builder, node, from, lengths.into_iter().flat_map(reversed).collect())
}

/// The elements that `indices`, one for each element of the result, name along `axis` of `x`: the
/// values behind positions that another kernel found.
pub(super) fn values_at(
    builder: &mut Builder<'_>,
    node: &Node,
    [outer, len, inner]: [usize; 3],
    count: usize,
    reads: [Operand; 2],
) -> Result<TensorId, CompileError> {
    let dims = [1, 1, 1, outer, count, inner];
    let from = Indexed {
        dims,
        strides: [0, 0, 0, len * inner, 0, 1],
        index_strides: steps(dims),
        picks: vec![Pick { extent: len, step: inner }],
        tensor: outer * len * inner,
        indices: outer * count * inner,
    };
    builder.emit(&node.name, Gather { from }, reads.to_vec())
}

/// Whether the elements of a value are float32.
pub(super) fn is_float(builder: &Builder<'_>, value: ValueId) -> bool {
    builder.element(value) == Element::F32
}
