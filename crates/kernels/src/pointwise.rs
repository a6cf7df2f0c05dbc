//! Functions of one element, of two and of three with broadcasting, each with its shader of the same name.

mod binary;
mod binary_op;
mod convert;
mod select;
mod unary;
mod unary_op;

pub use binary::Binary;
pub use binary_op::BinaryOp;
pub use convert::{Convert, ConvertOp};
pub use select::Select;
pub use unary::Unary;
pub use unary_op::UnaryOp;

/// Every pipeline these kernels may ask for.
pub(crate) fn keys() -> Vec<crate::Key> {
    [unary::keys(), binary::keys(), convert::keys(), select::keys()].concat()
}
