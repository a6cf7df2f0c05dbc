//! `Det`.

use darkroom_kernels::det::Det;

use crate::CompileError;
use crate::builder::Builder;

pub(super) fn det(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let x = builder.input(node, 0)?;
    let &[ref lead @ .., n, _] = builder.dims(x) else {
        return Err(CompileError::unsupported(node, "an operand that is no matrix"));
    };
    let source = builder.operand(node, x)?;
    let result = builder.emit(&node.name, Det { batch: lead.iter().product(), n }, vec![source])?;
    builder.bind(builder.output(node)?, result);
    Ok(())
}
