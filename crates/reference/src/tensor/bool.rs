//! Boolean tensors.

use burn_backend::tensor::BoolTensor;
use burn_backend::{Backend, BoolDType, DeviceOps, FloatDType, IntDType};

use super::movement::movements;
use super::{Float, Int, broadcast};

/// A tensor of truth values.
pub(crate) struct Bool<B: Backend>(pub(crate) BoolTensor<B>);

movements!(
    Bool,
    BoolTensor,
    bool_reshape,
    bool_permute,
    bool_slice,
    bool_select,
    bool_gather,
    bool_expand,
    bool_cat,
    bool_mask_where
);

/// How `device` stores truth values.
pub(super) fn kind<B: Backend>(device: &B::Device) -> BoolDType {
    device.defaults().bool_dtype
}

impl<B: Backend> Bool<B> {
    /// As 0 and 1.
    pub(crate) fn int(self) -> Int<B> {
        Int(B::bool_into_int(self.0, IntDType::I32))
    }

    /// As 0.0 and 1.0.
    pub(crate) fn float(self) -> Float<B> {
        Float(B::bool_into_float(self.0, FloatDType::F32))
    }

    /// The opposite.
    pub(crate) fn not(self) -> Self {
        Self(B::bool_not(self.0))
    }

    /// Both, broadcast.
    pub(crate) fn and(self, other: Self) -> Self {
        let dims = broadcast(&self.dims(), &other.dims());
        Self(B::bool_and(self.expand(&dims).0, other.expand(&dims).0))
    }

    /// Either, broadcast.
    pub(crate) fn or(self, other: Self) -> Self {
        let dims = broadcast(&self.dims(), &other.dims());
        Self(B::bool_or(self.expand(&dims).0, other.expand(&dims).0))
    }

    /// One but not both, broadcast.
    pub(crate) fn xor(self, other: Self) -> Self {
        let dims = broadcast(&self.dims(), &other.dims());
        Self(B::bool_xor(self.expand(&dims).0, other.expand(&dims).0))
    }
}
