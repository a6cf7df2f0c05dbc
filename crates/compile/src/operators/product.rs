//! Matrix products.

use darkroom_kernels::matmul::MatMul;

use crate::CompileError;
use crate::builder::Builder;

pub(super) fn matmul(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let (a, b) = (builder.input(node, 0)?, builder.input(node, 1)?);
    // A vector is a row on the left and a column on the right.
    let a_dims = [&[1; 1][..usize::from(builder.dims(a).len() == 1)], builder.dims(a)].concat();
    let b_dims = [builder.dims(b), &[1; 1][..usize::from(builder.dims(b).len() == 1)]].concat();
    let (a_lead, b_lead) = (&a_dims[..a_dims.len() - 2], &b_dims[..b_dims.len() - 2]);
    let (batch_a, batch_b): (usize, usize) = (a_lead.iter().product(), b_lead.iter().product());
    // The kernel walks one batch axis, so the leading axes must agree or be absent.
    let leading = |lead: &[usize]| lead.iter().copied().skip_while(|&n| n == 1).collect::<Vec<_>>();
    if leading(a_lead) != leading(b_lead) && batch_a != 1 && batch_b != 1 {
        return Err(CompileError::unsupported(node, format!("a product of shapes {a_dims:?} and {b_dims:?}")));
    }
    let kernel = MatMul {
        batch_a,
        batch_b,
        m: a_dims[a_dims.len() - 2],
        k: a_dims[a_dims.len() - 1],
        n: b_dims[b_dims.len() - 1],
        transpose_b: false,
        bias: false,
    };
    let reads = vec![builder.operand(node, a)?, builder.operand(node, b)?];
    let result = builder.emit(&node.name, kernel, reads)?;
    builder.bind(builder.output(node)?, result);
    Ok(())
}

pub(super) fn gemm(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let plain = |name: &str| node.attributes.float(name).unwrap_or(1.0) == 1.0;
    if !plain("alpha") || !plain("beta") || node.attributes.int("transA").unwrap_or(0) != 0 {
        return Err(CompileError::unsupported(node, "alpha, beta or transA other than 1, 1 and 0"));
    }
    let (a, b) = (builder.input(node, 0)?, builder.input(node, 1)?);
    let transpose_b = node.attributes.int("transB").unwrap_or(0) != 0;
    let (a_dims, n) = (builder.dims(a), builder.dims(builder.output(node)?)[1]);
    let mut reads = vec![builder.operand(node, a)?, builder.operand(node, b)?];
    if let Some(bias) = node.input(2) {
        if builder.dims(bias) != [n] {
            return Err(CompileError::unsupported(node, "a third operand that is not one number a column"));
        }
        reads.push(builder.operand(node, bias)?);
    }
    let kernel =
        MatMul { batch_a: 1, batch_b: 1, m: a_dims[0], k: a_dims[1], n, transpose_b, bias: node.input(2).is_some() };
    let result = builder.emit(&node.name, kernel, reads)?;
    builder.bind(builder.output(node)?, result);
    Ok(())
}
