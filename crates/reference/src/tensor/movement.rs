//! What moves elements and computes nothing: the same for floats, integers and booleans.

/// Implements the movements for one element kind.
macro_rules! movements {
    ($name:ident, $primitive:ident, $reshape:ident, $permute:ident, $slice:ident, $select:ident, $gather:ident,
     $expand:ident, $cat:ident, $where:ident) => {
        impl<B: burn_backend::Backend> $name<B> {
            /// Its dimensions.
            pub(crate) fn dims(&self) -> Vec<usize> {
                burn_backend::TensorMetadata::shape(&self.0).to_vec()
            }

            /// The device it lies on.
            pub(crate) fn device(&self) -> B::Device {
                burn_backend::TensorMetadata::device(&self.0)
            }

            /// The same elements under other dimensions.
            pub(crate) fn reshape(self, dims: &[usize]) -> Self {
                let dims = crate::tensor::held(dims);
                if self.dims() == dims { self } else { Self(B::$reshape(self.0, dims.into())) }
            }

            /// Axis `n` of the result is axis `axes[n]`.
            pub(crate) fn permute(self, axes: &[usize]) -> Self {
                if axes.iter().copied().eq(0..axes.len()) { self } else { Self(B::$permute(self.0, axes)) }
            }

            /// `len` elements of `axis` from `start`.
            pub(crate) fn narrow(self, axis: usize, start: usize, len: usize) -> Self {
                self.stepped(axis, start, len, 1)
            }

            /// `len` elements of `axis` from `start`, `step` apart.
            pub(crate) fn stepped(self, axis: usize, start: usize, len: usize, step: usize) -> Self {
                let dims = self.dims();
                if start == 0 && len == dims[axis] {
                    return self;
                }
                let mut slices: Vec<burn_backend::Slice> = dims.iter().map(|&n| (0..n).into()).collect();
                let end = start + (len.max(1) - 1) * step + 1;
                slices[axis] = burn_backend::Slice::with_step(start as isize, Some(end as isize), step as isize);
                Self(B::$slice(self.0, &slices))
            }

            /// The elements of `axis` that `indices` name.
            pub(crate) fn select(self, axis: usize, indices: &[i32]) -> Self {
                let indices = crate::tensor::Int::<B>::new(indices.to_vec(), &[indices.len()], &self.device());
                Self(B::$select(self.0, axis, indices.0))
            }

            /// Element `[.., i, ..]` of the result is element `[.., indices[.., i, ..], ..]`.
            pub(crate) fn gather(self, axis: usize, indices: crate::tensor::Int<B>) -> Self {
                Self(B::$gather(axis, self.0, indices.0))
            }

            /// Axes of length 1 repeated, and leading axes added, up to `dims`.
            pub(crate) fn expand(self, dims: &[usize]) -> Self {
                let dims = crate::tensor::held(dims);
                let raised = crate::tensor::raised(&self.dims(), dims.len());
                let tensor = self.reshape(&raised);
                if raised == dims { tensor } else { Self(B::$expand(tensor.0, dims.into())) }
            }

            /// Tensors joined along `axis`; empty ones add nothing.
            pub(crate) fn cat(parts: Vec<Self>, axis: usize) -> Self {
                let mut parts = parts.into_iter().map(|part| part.0).collect::<Vec<_>>();
                if parts.len() == 1 { Self(parts.remove(0)) } else { Self(B::$cat(parts, axis)) }
            }

            /// `other` where `mask` holds, else this; all three broadcast.
            pub(crate) fn replace(self, mask: crate::tensor::Bool<B>, other: Self) -> Self {
                let dims = crate::tensor::broadcast(&self.dims(), &mask.dims());
                let dims = crate::tensor::broadcast(&dims, &other.dims());
                Self(B::$where(self.expand(&dims).0, mask.expand(&dims).0, other.expand(&dims).0))
            }
        }

        impl<B: burn_backend::Backend> Clone for $name<B> {
            fn clone(&self) -> Self {
                Self(self.0.clone())
            }
        }
    };
}

/// Implements padding for numbers.
macro_rules! padding {
    ($name:ident, $number:ty, $assign:ident) => {
        impl<B: burn_backend::Backend> $name<B> {
            /// `before` and `after` elements of `value` added at the ends of each axis.
            pub(crate) fn pad(self, pads: &[(usize, usize)], value: $number) -> Self {
                if pads.iter().all(|&pad| pad == (0, 0)) {
                    return self;
                }
                let inner = self.dims();
                let dims: Vec<usize> = inner.iter().zip(pads).map(|(n, (before, after))| n + before + after).collect();
                let place: Vec<burn_backend::Slice> =
                    inner.iter().zip(pads).map(|(&len, &(before, _))| (before..before + len).into()).collect();
                let filled = Self::full(&dims, value, &self.device());
                Self(B::$assign(filled.0, &place, self.0))
            }
        }
    };
}

pub(super) use {movements, padding};
