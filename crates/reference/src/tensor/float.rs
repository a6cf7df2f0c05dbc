//! Float tensors and their arithmetic.

use std::ops::{Add, Div, Mul, Neg, Sub};

use burn_backend::tensor::{BoolTensor, FloatTensor, IndexingUpdateOp};
use burn_backend::{Backend, BoolDType, FloatDType, IntDType, Scalar, TensorData};

use super::bool::kind;
use super::movement::{movements, padding};
use super::{Bool, Int, raised, read, vector};
use crate::ReferenceError;

/// A tensor of f32.
pub(crate) struct Float<B: Backend>(pub(crate) FloatTensor<B>);

movements!(
    Float,
    FloatTensor,
    float_reshape,
    float_permute,
    float_slice,
    float_select,
    float_gather,
    float_expand,
    float_cat,
    float_mask_where
);

padding!(Float, f32, float_slice_assign);

impl<B: Backend> Float<B> {
    /// A tensor of given elements.
    pub(crate) fn new(values: Vec<f32>, dims: &[usize], device: &B::Device) -> Self {
        Self(B::float_from_data(TensorData::new(values, super::held(dims)), device))
    }

    /// A tensor that holds `value` everywhere.
    pub(crate) fn full(dims: &[usize], value: f32, device: &B::Device) -> Self {
        Self(B::float_full(super::held(dims).into(), value.into(), device, FloatDType::F32))
    }

    /// Number of elements.
    pub(crate) fn len(&self) -> usize {
        self.dims().iter().product()
    }

    /// The elements, read back.
    pub(crate) fn read(self) -> Result<Vec<f32>, ReferenceError> {
        read(B::float_into_data(self.0))?.try_into_vec().map_err(|error| ReferenceError::Backend(error.to_string()))
    }

    /// Cut towards zero; what lies beyond 32 bits ends at their limits.
    pub(crate) fn int(self) -> Int<B> {
        Int(B::float_into_int(self.0, IntDType::I32))
    }

    /// Whether each is not 0.
    pub(crate) fn bool(self) -> Bool<B> {
        let kind = kind::<B>(&self.device());
        Bool(B::float_not_equal_elem(self.0, Scalar::Float(0.0), kind))
    }

    fn aligned(self, other: Self) -> (FloatTensor<B>, FloatTensor<B>) {
        let (a, b) = (self.dims(), other.dims());
        let rank = a.len().max(b.len());
        (self.reshape(&raised(&a, rank)).0, other.reshape(&raised(&b, rank)).0)
    }

    /// Applies an operation of the backend to each element.
    pub(crate) fn map(self, apply: fn(FloatTensor<B>) -> FloatTensor<B>) -> Self {
        Self(apply(self.0))
    }

    /// Applies a binary operation of the backend, broadcast.
    pub(crate) fn with(self, other: Self, apply: fn(FloatTensor<B>, FloatTensor<B>) -> FloatTensor<B>) -> Self {
        let (a, b) = self.aligned(other);
        Self(apply(a, b))
    }

    /// Applies a comparison of the backend, broadcast.
    pub(crate) fn compare(
        self,
        other: Self,
        apply: fn(FloatTensor<B>, FloatTensor<B>, BoolDType) -> BoolTensor<B>,
    ) -> Bool<B> {
        let kind = kind::<B>(&self.device());
        let (a, b) = self.aligned(other);
        Bool(apply(a, b, kind))
    }

    /// Compares with a number.
    pub(crate) fn compare_number(
        self,
        number: f32,
        apply: fn(FloatTensor<B>, Scalar, BoolDType) -> BoolTensor<B>,
    ) -> Bool<B> {
        let kind = kind::<B>(&self.device());
        Bool(apply(self.0, number.into(), kind))
    }

    /// Whether each is not a number.
    pub(crate) fn nan(self) -> Bool<B> {
        let kind = kind::<B>(&self.device());
        Bool(B::float_is_nan(self.0, kind))
    }

    /// The exponential.
    pub(crate) fn exp(mut self) -> Self {
        let Some(tensor) = vector::of_cpu(&mut self.0) else { return Self(B::float_exp(self.0)) };
        vector::exp(tensor);
        self
    }

    /// The natural logarithm.
    pub(crate) fn log(self) -> Self {
        Self(B::float_log(self.0))
    }

    /// The square root.
    pub(crate) fn sqrt(self) -> Self {
        Self(B::float_sqrt(self.0))
    }

    /// The absolute value.
    pub(crate) fn abs(self) -> Self {
        Self(B::float_abs(self.0))
    }

    /// The square.
    pub(crate) fn square(self) -> Self {
        let other = self.clone();
        self * other
    }

    /// The next integer below.
    pub(crate) fn floor(self) -> Self {
        Self(B::float_floor(self.0))
    }

    /// The nearest integer, halves to the even one, as ONNX rounds.
    pub(crate) fn round(self) -> Self {
        // floor(x + 1/2), less 1 where x lies half-way and that is odd; exact, whichever way a backend rounds halves.
        let up = (self.clone() + 0.5).floor();
        let halfway = (up.clone() - self.clone()).compare_number(0.5, B::float_equal_elem);
        let half = up.clone() * 0.5;
        let odd = half.clone().compare(half.floor(), B::float_not_equal);
        let rounded = up.clone().replace(halfway.and(odd), up - 1.0);
        // From 2^23 on every float is an integer, and adding 1/2 would move it.
        let whole = self.clone().abs().compare_number(8_388_608.0, B::float_greater_equal_elem);
        rounded.replace(whole, self)
    }

    /// The hyperbolic tangent.
    pub(crate) fn tanh(self) -> Self {
        Self(B::float_tanh(self.0))
    }

    /// 1 / (1 + exp(-x)).
    pub(crate) fn sigmoid(mut self) -> Self {
        let Some(tensor) = vector::of_cpu(&mut self.0) else { return Self(B::sigmoid(self.0)) };
        vector::sigmoid(tensor);
        self
    }

    /// max(x, 0).
    pub(crate) fn relu(self) -> Self {
        Self(B::relu(self.0))
    }

    /// 1 / x.
    pub(crate) fn recip(self) -> Self {
        Self(B::float_recip(self.0))
    }

    /// Elements between two numbers.
    pub(crate) fn clamp(self, low: f32, high: f32) -> Self {
        Self(B::float_clamp(self.0, low.into(), high.into()))
    }

    /// The larger of each pair; a NaN stays one.
    pub(crate) fn max_with(self, other: Self) -> Self {
        let larger = other.clone().compare(self.clone(), B::float_greater);
        let mask = larger.or(other.clone().nan());
        self.replace(mask, other)
    }

    /// The smaller of each pair; a NaN stays one.
    pub(crate) fn min_with(self, other: Self) -> Self {
        let smaller = other.clone().compare(self.clone(), B::float_lower);
        let mask = smaller.or(other.clone().nan());
        self.replace(mask, other)
    }

    /// The sum along `axis`, which stays with length 1.
    pub(crate) fn sum(self, axis: usize) -> Self {
        Self(B::float_sum_dim(self.0, axis))
    }

    /// The mean along `axis`, which stays with length 1.
    pub(crate) fn mean(self, axis: usize) -> Self {
        Self(B::float_mean_dim(self.0, axis))
    }

    /// The largest along `axis`, which stays with length 1.
    pub(crate) fn max(self, axis: usize) -> Self {
        Self(B::float_max_dim(self.0, axis))
    }

    /// The smallest along `axis`, which stays with length 1.
    pub(crate) fn min(self, axis: usize) -> Self {
        Self(B::float_min_dim(self.0, axis))
    }

    /// The softmax along `axis`.
    pub(crate) fn softmax(mut self, axis: usize) -> Self {
        if vector::of_cpu(&mut self.0).is_none() {
            return Self(B::softmax(self.0, axis));
        }
        let mut axes: Vec<usize> = (0..self.dims().len()).collect();
        axes.swap(axis, self.dims().len() - 1);
        let mut last = self.permute(&axes);
        if let Some(tensor) = vector::of_cpu(&mut last.0) {
            vector::softmax(tensor);
        }
        last.permute(&axes)
    }

    /// The matrix product over the last two axes; leading axes broadcast.
    pub(crate) fn matmul(self, other: Self) -> Self {
        let (a, b) = self.aligned(other);
        Self(B::float_matmul(a, b))
    }

    /// The last two axes exchanged.
    pub(crate) fn transposed(self) -> Self {
        Self(B::float_transpose(self.0))
    }

    /// `values` put at `indices` along `axis`, combined by `update`.
    pub(crate) fn scatter(self, axis: usize, indices: Int<B>, values: Self, update: IndexingUpdateOp) -> Self {
        Self(B::float_scatter(axis, self.0, indices.0, values.0, update))
    }
}

macro_rules! arithmetic {
    ($trait:ident, $method:ident, $pair:ident, $number:ident) => {
        impl<B: Backend> $trait for Float<B> {
            type Output = Self;

            fn $method(self, other: Self) -> Self {
                self.with(other, B::$pair)
            }
        }

        impl<B: Backend> $trait<f32> for Float<B> {
            type Output = Self;

            fn $method(self, number: f32) -> Self {
                Self(B::$number(self.0, number.into()))
            }
        }
    };
}

arithmetic!(Add, add, float_add, float_add_scalar);
arithmetic!(Sub, sub, float_sub, float_sub_scalar);
arithmetic!(Mul, mul, float_mul, float_mul_scalar);
arithmetic!(Div, div, float_div, float_div_scalar);

impl<B: Backend> Neg for Float<B> {
    type Output = Self;

    fn neg(self) -> Self {
        Self(B::float_neg(self.0))
    }
}
