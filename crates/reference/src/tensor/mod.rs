//! Tensors of any rank on any backend.
//!
//! Burn's own `Tensor` carries its rank in its type; an interpreter meets ranks at run time, so these
//! are thin names over the backends' rank-free primitives. A scalar is held with the dimensions
//! `[1]`, since not every backend has tensors without axes.

mod bool;
mod float;
mod int;
mod movement;
mod value;
mod vector;

pub(crate) use bool::Bool;
pub(crate) use float::Float;
pub(crate) use int::Int;
pub(crate) use value::Value;

use burn_backend::{ExecutionError, TensorData};

use crate::ReferenceError;

/// The dimensions a backend holds for a tensor of dimensions `dims`.
pub(crate) fn held(dims: &[usize]) -> Vec<usize> {
    if dims.is_empty() { vec![1] } else { dims.to_vec() }
}

/// The dimensions two tensors have after broadcasting; those of `a` where they do not fit.
pub(crate) fn broadcast(a: &[usize], b: &[usize]) -> Vec<usize> {
    let rank = a.len().max(b.len());
    let at = |dims: &[usize], axis: usize| (axis + dims.len()).checked_sub(rank).map_or(1, |axis| dims[axis]);
    (0..rank).map(|axis| if at(a, axis) == 1 { at(b, axis) } else { at(a, axis) }).collect()
}

/// `dims` with leading ones, up to `rank`.
fn raised(dims: &[usize], rank: usize) -> Vec<usize> {
    let mut raised = vec![1; rank.saturating_sub(dims.len())];
    raised.extend(dims);
    raised
}

/// What a backend read back, at once.
fn read(data: impl Future<Output = Result<TensorData, ExecutionError>> + Send) -> Result<TensorData, ReferenceError> {
    let data = burn_backend::try_read_sync(data).ok_or_else(|| ReferenceError::Backend("it cannot be read".to_owned()));
    data?.map_err(|error| ReferenceError::Backend(error.to_string()))
}
