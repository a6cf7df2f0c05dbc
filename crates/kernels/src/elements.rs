//! 32-bit elements: the only kind that lies in a buffer, read as float32, int32 or plain words.

/// The type of a 32-bit element in a binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Element {
    /// IEEE float32.
    F32,
    /// Two's complement: an ONNX integer of any width, or a bool as 0 and 1.
    I32,
    /// A word: bits that are only moved, an index, or packed weights.
    U32,
}

impl std::fmt::Display for Element {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::F32 => "float",
            Self::I32 => "integer",
            Self::U32 => "packed",
        })
    }
}

/// Borrowed elements: the contents of a read binding, or an input of a run.
#[derive(Clone, Copy, Debug)]
pub enum Data<'a> {
    /// Float32 values.
    F32(&'a [f32]),
    /// Integers.
    I32(&'a [i32]),
    /// Words.
    U32(&'a [u32]),
}

impl<'a> Data<'a> {
    /// The words of a buffer as elements of one type.
    #[must_use]
    pub fn of(element: Element, words: &'a [u32]) -> Self {
        match element {
            Element::F32 => Self::F32(bytemuck::cast_slice(words)),
            Element::I32 => Self::I32(bytemuck::cast_slice(words)),
            Element::U32 => Self::U32(words),
        }
    }

    /// The type of the elements.
    #[must_use]
    pub fn element(self) -> Element {
        match self {
            Self::F32(_) => Element::F32,
            Self::I32(_) => Element::I32,
            Self::U32(_) => Element::U32,
        }
    }

    /// The bits of the elements.
    #[must_use]
    pub fn u32(self) -> &'a [u32] {
        match self {
            Self::F32(values) => bytemuck::cast_slice(values),
            Self::I32(values) => bytemuck::cast_slice(values),
            Self::U32(words) => words,
        }
    }

    /// The bits of the elements read as float32: their values if [`Data::element`] is `F32`.
    #[must_use]
    pub fn f32(self) -> &'a [f32] {
        bytemuck::cast_slice(self.u32())
    }

    /// The bits of the elements read as int32: their values if [`Data::element`] is `I32`.
    #[must_use]
    pub fn i32(self) -> &'a [i32] {
        bytemuck::cast_slice(self.u32())
    }
}

/// A tensor's elements, owned: constants of a program, results of a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Elements {
    /// Float32 values.
    F32(Vec<f32>),
    /// Integers.
    I32(Vec<i32>),
    /// Words, such as int8 weights four to a word.
    U32(Vec<u32>),
}

impl Elements {
    /// The words of a buffer as elements of one type.
    #[must_use]
    pub fn of(element: Element, words: &[u32]) -> Self {
        match element {
            Element::F32 => Self::F32(bytemuck::cast_slice(words).to_vec()),
            Element::I32 => Self::I32(bytemuck::cast_slice(words).to_vec()),
            Element::U32 => Self::U32(words.to_vec()),
        }
    }

    /// The same, borrowed.
    #[must_use]
    pub fn data(&self) -> Data<'_> {
        match self {
            Self::F32(values) => Data::F32(values),
            Self::I32(values) => Data::I32(values),
            Self::U32(words) => Data::U32(words),
        }
    }

    /// Number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.data().u32().len()
    }

    /// Whether there is no element.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Size in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        4 * self.len()
    }

    /// The values as float32: integers are converted, words are too.
    #[must_use]
    pub fn into_f32(self) -> Vec<f32> {
        match self {
            Self::F32(values) => values,
            Self::I32(values) => values.into_iter().map(|value| value as f32).collect(),
            Self::U32(words) => words.into_iter().map(|word| word as f32).collect(),
        }
    }
}
