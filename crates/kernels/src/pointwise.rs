//! Functions of one element, and of two with broadcasting; their shaders are `shaders/unary.wgsl`
//! and `shaders/binary.wgsl`.

mod binary;
mod unary;

pub use binary::{Binary, BinaryOp};
pub use unary::{Unary, UnaryOp};

/// Every pipeline these kernels may ask for.
pub(crate) fn keys() -> Vec<crate::Key> {
    unary::keys().into_iter().chain(binary::keys()).collect()
}
