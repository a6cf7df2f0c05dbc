//! Pooling windows, and pooling of everything.

use darkroom_graph::Window;
use darkroom_kernels::Element;
use darkroom_kernels::pointwise::{Convert, ConvertOp};
use darkroom_kernels::pool::{Pool, PoolOp};
use darkroom_kernels::reduce::{Reduce, ReduceOp};

use super::{binary, spatial};
use crate::CompileError;
use crate::builder::{Builder, Operand};

/// `MaxPool`, `AveragePool` and `LpPool`.
pub(super) fn window(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let x = builder.input(node, 0)?;
    let dims = builder.dims(x);
    let window = Window::pool(node, &dims[2..])?;
    let whole = |name: &str| node.attributes.int(name).unwrap_or(0) != 0;
    let op = match node.op.as_str() {
        "MaxPool" => PoolOp::Max,
        "AveragePool" => PoolOp::Average { count_padding: whole("count_include_pad") },
        _ => PoolOp::Lp(node.attributes.int("p").unwrap_or(2) as f32),
    };
    let kernel = Pool {
        op,
        channels: dims[0] * dims[1],
        in_size: spatial(&dims[2..], 1),
        out_size: spatial(&window.output, 1),
        kernel: spatial(&window.kernel, 1),
        stride: spatial(&window.stride, 1),
        dilation: spatial(&window.dilation, 1),
        pad_begin: spatial(&window.pad_begin, 0),
        pad_end: spatial(&window.pad_end, 0),
    };
    let mut source = builder.operand(node, x)?;
    let integers = builder.element(x) == Element::I32;
    if integers {
        // Exact up to 24 bits; pooling is of images.
        source = binary::to_float(builder, node, source, dims.iter().product())?;
    }
    if let Some(indices) = builder.result(node, 1) {
        let op = PoolOp::Index { columns_first: whole("storage_order") };
        let result = builder.emit(&node.name, Pool { op, ..kernel.clone() }, vec![source])?;
        builder.bind(indices, result);
    }
    if let Some(output) = builder.result(node, 0) {
        let mut result = builder.emit(&node.name, kernel, vec![source])?;
        if integers {
            let convert = Convert { op: ConvertOp::Truncate, len: builder.dims(output).iter().product() };
            result = builder.emit(&node.name, convert, vec![Operand::Tensor(result)])?;
        }
        builder.bind(output, result);
    }
    Ok(())
}

/// `GlobalAveragePool`, `GlobalMaxPool` and the 2-norm of `GlobalLpPool`: all spatial axes at once.
pub(super) fn global(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let x = builder.input(node, 0)?;
    let dims = builder.dims(x);
    let op = match (node.op.as_str(), node.attributes.int("p").unwrap_or(2)) {
        ("GlobalAveragePool", _) => ReduceOp::Mean,
        ("GlobalMaxPool", _) => ReduceOp::Max,
        (_, 1) => ReduceOp::L1,
        (_, 2) => ReduceOp::L2,
        (_, p) => return Err(CompileError::unsupported(node, format!("a norm with p of {p}; 1 and 2 are computed"))),
    };
    let len = dims[2..].iter().product();
    let kernel = Reduce { op, element: Element::F32, outer: dims[0] * dims[1], len, inner: 1, last: false };
    let source = builder.operand(node, x)?;
    let result = builder.emit(&node.name, kernel, vec![source])?;
    builder.bind(builder.output(node)?, result);
    Ok(())
}
