//! A tensor of any element kind.

use burn_backend::Backend;

use super::{Bool, Float, Int};

/// What flows between nodes.
pub(crate) enum Value<B: Backend> {
    /// Floats.
    Float(Float<B>),
    /// Integers.
    Int(Int<B>),
    /// Truth values.
    Bool(Bool<B>),
}

impl<B: Backend> Clone for Value<B> {
    fn clone(&self) -> Self {
        match self {
            Self::Float(tensor) => Self::Float(tensor.clone()),
            Self::Int(tensor) => Self::Int(tensor.clone()),
            Self::Bool(tensor) => Self::Bool(tensor.clone()),
        }
    }
}

/// Does the same to whichever kind is held and keeps the kind.
macro_rules! each {
    ($value:expr, $tensor:ident => $result:expr) => {
        match $value {
            Value::Float($tensor) => Value::Float($result),
            Value::Int($tensor) => Value::Int($result),
            Value::Bool($tensor) => Value::Bool($result),
        }
    };
}

impl<B: Backend> Value<B> {
    /// As floats.
    pub(crate) fn float(self) -> Float<B> {
        match self {
            Self::Float(tensor) => tensor,
            Self::Int(tensor) => tensor.float(),
            Self::Bool(tensor) => tensor.float(),
        }
    }

    /// As integers; floats are cut towards zero.
    pub(crate) fn int(self) -> Int<B> {
        match self {
            Self::Float(tensor) => tensor.int(),
            Self::Int(tensor) => tensor,
            Self::Bool(tensor) => tensor.int(),
        }
    }

    /// As truth values.
    pub(crate) fn bool(self) -> Bool<B> {
        match self {
            Self::Float(tensor) => tensor.bool(),
            Self::Int(tensor) => tensor.bool(),
            Self::Bool(tensor) => tensor,
        }
    }

    /// Its dimensions.
    pub(crate) fn dims(&self) -> Vec<usize> {
        match self {
            Self::Float(tensor) => tensor.dims(),
            Self::Int(tensor) => tensor.dims(),
            Self::Bool(tensor) => tensor.dims(),
        }
    }

    /// See [`Float::reshape`].
    pub(crate) fn reshape(self, dims: &[usize]) -> Self {
        each!(self, tensor => tensor.reshape(dims))
    }

    /// See [`Float::permute`].
    pub(crate) fn permute(self, axes: &[usize]) -> Self {
        each!(self, tensor => tensor.permute(axes))
    }

    /// See [`Float::narrow`].
    pub(crate) fn narrow(self, axis: usize, start: usize, len: usize) -> Self {
        each!(self, tensor => tensor.narrow(axis, start, len))
    }

    /// See [`Float::stepped`].
    pub(crate) fn stepped(self, axis: usize, start: usize, len: usize, step: usize) -> Self {
        each!(self, tensor => tensor.stepped(axis, start, len, step))
    }

    /// See [`Float::select`].
    pub(crate) fn select(self, axis: usize, indices: &[i32]) -> Self {
        each!(self, tensor => tensor.select(axis, indices))
    }

    /// See [`Float::gather`].
    pub(crate) fn gather(self, axis: usize, indices: Int<B>) -> Self {
        each!(self, tensor => tensor.gather(axis, indices))
    }

    /// See [`Float::expand`].
    pub(crate) fn expand(self, dims: &[usize]) -> Self {
        each!(self, tensor => tensor.expand(dims))
    }

    /// Two values as the wider of their kinds.
    pub(crate) fn alike(self, other: Self) -> (Self, Self) {
        match (self, other) {
            (Self::Float(a), b) => (Self::Float(a), Self::Float(b.float())),
            (a, Self::Float(b)) => (Self::Float(a.float()), Self::Float(b)),
            (Self::Bool(a), Self::Bool(b)) => (Self::Bool(a), Self::Bool(b)),
            (a, b) => (Self::Int(a.int()), Self::Int(b.int())),
        }
    }

    /// Values joined along `axis`, as the widest of their kinds.
    pub(crate) fn cat(parts: Vec<Self>, axis: usize) -> Self {
        if parts.iter().any(|part| matches!(part, Self::Float(_))) {
            Self::Float(Float::cat(parts.into_iter().map(Self::float).collect(), axis))
        } else if parts.iter().any(|part| matches!(part, Self::Int(_))) {
            Self::Int(Int::cat(parts.into_iter().map(Self::int).collect(), axis))
        } else {
            Self::Bool(Bool::cat(parts.into_iter().map(Self::bool).collect(), axis))
        }
    }

    /// `other` where `mask` holds, else this; all three broadcast.
    pub(crate) fn replace(self, mask: Bool<B>, other: Self) -> Self {
        match self.alike(other) {
            (Self::Float(a), b) => Self::Float(a.replace(mask, b.float())),
            (Self::Int(a), b) => Self::Int(a.replace(mask, b.int())),
            (Self::Bool(a), b) => Self::Bool(a.replace(mask, b.bool())),
        }
    }
}
