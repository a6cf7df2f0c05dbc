//! What every kernel is: the same four steps (check, key, layout, step) and a twin.

use crate::{Data, Element, KernelError, Key};

/// One GPU kernel with its shapes fixed, and the plain-Rust twin that computes the same.
///
/// A kernel reads any number of buffers and writes one. In the shader, binding 0 is the uniform
/// block of [`Step::params`]; the bindings of [`Kernel::layout`] follow from 1 on, in order, reads
/// first and the single write last. Tensors are in ONNX's own row-major order; floats are float32,
/// integers and bools are int32.
pub trait Kernel: std::fmt::Debug + Send + Sync {
    /// Whether the shapes and attributes are ones the shader handles.
    ///
    /// # Errors
    /// A sentence naming the attribute that does not fit. The other methods may assume `Ok`.
    fn check(&self) -> Result<(), KernelError>;

    /// Which compiled pipeline runs this kernel. Shapes never appear in it.
    fn key(&self) -> Key;

    /// Every storage binding with its name, element and shape: the reads, then the write.
    fn layout(&self) -> Vec<Binding>;

    /// The uniform words and the number of workgroups.
    fn step(&self) -> Step;

    /// The twin: `write` becomes what the shader would leave in its last binding.
    ///
    /// `reads` come in the order of [`Kernel::layout`]; lengths are those of the layout. `write` is the
    /// buffer's memory: a kernel whose result is no float32 views it as [`ints`] or [`words`].
    fn cpu(&self, reads: &[Data<'_>], write: &mut [f32]);

    /// Multiply-adds (or comparable element operations) of one run, for progress and for cutting
    /// long runs into several submits.
    fn work(&self) -> u64;
}

/// One storage binding of a kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The name of the binding in the shader.
    pub name: &'static str,
    /// What its elements are.
    pub element: Element,
    /// Its shape in elements, row-major.
    pub shape: Vec<usize>,
    /// Whether the shader also takes its floats as float16, see `shaders/shared/stored.wgsl`.
    pub or_half: bool,
}

impl Binding {
    /// A binding of 32-bit elements.
    #[must_use]
    pub fn of(name: &'static str, element: Element, shape: &[usize]) -> Self {
        Self { name, element, shape: shape.to_vec(), or_half: false }
    }

    /// A binding of float32 elements.
    #[must_use]
    pub fn f32(name: &'static str, shape: &[usize]) -> Self {
        Self::of(name, Element::F32, shape)
    }

    /// A binding of 32-bit words, packed as the shader's header says.
    #[must_use]
    pub fn words(name: &'static str, shape: &[usize]) -> Self {
        Self::of(name, Element::U32, shape)
    }

    /// A binding of int32 elements.
    #[must_use]
    pub fn i32(name: &'static str, shape: &[usize]) -> Self {
        Self::of(name, Element::I32, shape)
    }

    /// The same, where the shader also takes float16: floats, and words that are only moved.
    #[must_use]
    pub fn or_half(self) -> Self {
        Self { or_half: self.element != Element::I32, ..self }
    }

    /// Number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether the binding holds no element.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What one dispatch needs besides its bindings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The uniform block, at most [`Step::PARAM_WORDS`] words.
    pub params: Vec<u32>,
    /// Workgroups in x, y, z; each at most 65 535.
    pub workgroups: [u32; 3],
}

impl Step {
    /// Words of one uniform slot: 256 bytes, WebGPU's default offset alignment.
    pub const PARAM_WORDS: usize = 64;
}

/// The memory of a write binding as int32.
pub(crate) fn ints(write: &mut [f32]) -> &mut [i32] {
    bytemuck::cast_slice_mut(write)
}

/// The memory of a write binding as words.
pub(crate) fn words(write: &mut [f32]) -> &mut [u32] {
    bytemuck::cast_slice_mut(write)
}
