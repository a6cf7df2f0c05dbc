//! Numbers at places in a header, in either byte order.

/// A header's bytes and their order. Places past its end read as zero: the callers check the length once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) big: bool,
}

macro_rules! number {
    ($($name:ident: $type:ty),*) => {$(
        pub(crate) fn $name(&self, at: usize) -> $type {
            let bytes = self.array(at);
            if self.big { <$type>::from_be_bytes(bytes) } else { <$type>::from_le_bytes(bytes) }
        }
    )*};
}

impl Fields<'_> {
    fn array<const N: usize>(&self, at: usize) -> [u8; N] {
        self.bytes.get(at..at + N).and_then(|slice| slice.try_into().ok()).unwrap_or([0; N])
    }

    number!(i16: i16, i32: i32, i64: i64, f32: f32, f64: f64);

    /// Text up to its first zero byte, at most `length` bytes.
    pub(crate) fn text(&self, at: usize, length: usize) -> String {
        let bytes = self.bytes.get(at..at + length).unwrap_or_default();
        let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
        String::from_utf8_lossy(&bytes[..end]).trim().to_owned()
    }
}

/// How a number is stored in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stored {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    U64,
    I64,
    F16,
    F32,
    F64,
}

impl Stored {
    /// Bytes of one number.
    pub(crate) fn size(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 | Self::F16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
        }
    }

    /// All numbers in `bytes`, as `slope * number + intercept` computed in f64 and rounded once to f32.
    pub(crate) fn decode(self, bytes: &[u8], big: bool, slope: f64, intercept: f64) -> Vec<f32> {
        macro_rules! all {
            ($($name:ident: $type:ty),*) => {
                match self {$(
                    Self::$name => bytes
                        .chunks_exact(size_of::<$type>())
                        .map(|chunk| {
                            let mut bytes = [0; size_of::<$type>()];
                            bytes.copy_from_slice(chunk);
                            let number = if big { <$type>::from_be_bytes(bytes) } else { <$type>::from_le_bytes(bytes) };
                            (slope * number as f64 + intercept) as f32
                        })
                        .collect(),
                )*
                    // float16 is no type of Rust's own yet, so `as` does not widen it.
                    Self::F16 => bytes
                        .chunks_exact(2)
                        .map(|chunk| {
                            let bytes = [chunk[0], chunk[1]];
                            let number =
                                if big { half::f16::from_be_bytes(bytes) } else { half::f16::from_le_bytes(bytes) };
                            (slope * number.to_f64() + intercept) as f32
                        })
                        .collect(),
                }
            };
        }
        all!(U8: u8, I8: i8, U16: u16, I16: i16, U32: u32, I32: i32, U64: u64, I64: i64, F32: f32, F64: f64)
    }
}
