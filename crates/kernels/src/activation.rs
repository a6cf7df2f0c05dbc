//! The nonlinearity a kernel may apply to its result before writing it.

/// An activation fused into the kernel that computes its argument.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Activation {
    /// The value itself.
    #[default]
    None,
    /// max(v, 0).
    Relu,
    /// v where positive, alpha v elsewhere.
    LeakyRelu(f32),
    /// 1 / (1 + exp(-v)).
    Sigmoid,
    /// v / (1 + exp(-v)), also called swish.
    Silu,
    /// Hyperbolic tangent.
    Tanh,
}

impl Activation {
    /// How many activations there are: the width of a table made by [`with_activations!`].
    pub(crate) const COUNT: usize = 6;

    /// The position in a table made by [`with_activations!`].
    pub(crate) fn index(self) -> usize {
        match self {
            Self::None => 0,
            Self::Relu => 1,
            Self::LeakyRelu(_) => 2,
            Self::Sigmoid => 3,
            Self::Silu => 4,
            Self::Tanh => 5,
        }
    }

    /// The slope of [`Activation::LeakyRelu`] as a uniform word; zero for the others.
    pub(crate) fn alpha(self) -> u32 {
        if let Self::LeakyRelu(alpha) = self { alpha.to_bits() } else { 0 }
    }

    /// The twin of `activate` in `shaders/shared/activation.wgsl`.
    pub(crate) fn apply(self, values: &mut [f32]) {
        match self {
            Self::None => {}
            Self::Relu => values.iter_mut().for_each(|v| *v = v.max(0.0)),
            Self::LeakyRelu(alpha) => values.iter_mut().for_each(|v| *v = if *v > 0.0 { *v } else { alpha * *v }),
            Self::Sigmoid => values.iter_mut().for_each(|v| *v = sigmoid(*v)),
            Self::Silu => values.iter_mut().for_each(|v| *v *= sigmoid(*v)),
            Self::Tanh => values.iter_mut().for_each(|v| *v = v.tanh()),
        }
    }
}

/// The logistic function.
pub(crate) fn sigmoid(v: f32) -> f32 {
    1.0 / (1.0 + (-v).exp())
}

/// One define list for each activation, in the order of [`Activation::index`], after the given names.
macro_rules! with_activations {
    ($($name:literal),*) => {
        [
            &[$($name),*],
            &[$($name,)* "RELU"],
            &[$($name,)* "LEAKY_RELU"],
            &[$($name,)* "SIGMOID"],
            &[$($name,)* "SILU"],
            &[$($name,)* "TANH"],
        ]
    };
}
pub(crate) use with_activations;
