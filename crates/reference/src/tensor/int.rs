//! Integer tensors, 32 bits wide.

use burn_backend::tensor::{IndexingUpdateOp, IntTensor};
use burn_backend::{Backend, FloatDType, IntDType, Scalar, TensorData};

use super::bool::kind;
use super::movement::{movements, padding};
use super::{Bool, Float, raised, read};
use crate::ReferenceError;

/// A tensor of i32.
pub(crate) struct Int<B: Backend>(pub(crate) IntTensor<B>);

movements!(
    Int,
    IntTensor,
    int_reshape,
    int_permute,
    int_slice,
    int_select,
    int_gather,
    int_expand,
    int_cat,
    int_mask_where
);

padding!(Int, i32, int_slice_assign);

impl<B: Backend> Int<B> {
    /// A tensor of given elements.
    pub(crate) fn new(values: Vec<i32>, dims: &[usize], device: &B::Device) -> Self {
        Self(B::int_from_data(TensorData::new(values, super::held(dims)), device))
    }

    /// A tensor that holds `value` everywhere.
    pub(crate) fn full(dims: &[usize], value: i32, device: &B::Device) -> Self {
        Self(B::int_full(super::held(dims).into(), value.into(), device, IntDType::I32))
    }

    /// The elements, read back.
    pub(crate) fn read(self) -> Result<Vec<i32>, ReferenceError> {
        let data = read(B::int_into_data(self.0))?;
        data.convert::<i32>().try_into_vec().map_err(|error| ReferenceError::Backend(error.to_string()))
    }

    /// The nearest floats.
    pub(crate) fn float(self) -> Float<B> {
        Float(B::int_into_float(self.0, FloatDType::F32))
    }

    /// Whether each is not 0.
    pub(crate) fn bool(self) -> Bool<B> {
        let kind = kind::<B>(&self.device());
        Bool(B::int_not_equal_elem(self.0, Scalar::Int(0), kind))
    }

    fn aligned(self, other: Self) -> (IntTensor<B>, IntTensor<B>) {
        let (a, b) = (self.dims(), other.dims());
        let rank = a.len().max(b.len());
        (self.reshape(&raised(&a, rank)).0, other.reshape(&raised(&b, rank)).0)
    }

    /// Applies a binary operation of the backend, broadcast.
    pub(crate) fn with(self, other: Self, apply: fn(IntTensor<B>, IntTensor<B>) -> IntTensor<B>) -> Self {
        let (a, b) = self.aligned(other);
        Self(apply(a, b))
    }

    /// Applies a comparison of the backend, broadcast.
    pub(crate) fn compare(
        self,
        other: Self,
        apply: fn(IntTensor<B>, IntTensor<B>, burn_backend::BoolDType) -> burn_backend::tensor::BoolTensor<B>,
    ) -> Bool<B> {
        let kind = kind::<B>(&self.device());
        let (a, b) = self.aligned(other);
        Bool(apply(a, b, kind))
    }

    /// Applies an operation with a number.
    pub(crate) fn scalar(self, value: i32, apply: fn(IntTensor<B>, Scalar) -> IntTensor<B>) -> Self {
        Self(apply(self.0, Scalar::Int(i64::from(value))))
    }

    /// `values` put at `indices` along `axis`, combined by `update`.
    pub(crate) fn scatter(self, axis: usize, indices: Self, values: Self, update: IndexingUpdateOp) -> Self {
        Self(B::int_scatter(axis, self.0, indices.0, values.0, update))
    }
}
