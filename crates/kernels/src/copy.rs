//! Strided copies: concatenation, slices, transposition, expansion; its shader is `shaders/copy.wgsl`.

use crate::grid::{ELEMENTS, fold, word};
use crate::kernel::words;
use crate::strided::{RANK, Walk};
use crate::{Binding, Data, Kernel, KernelError, Key, Step, check};

const NAME: &str = "copy";

/// How a box of elements lies in a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// Elements of the whole buffer.
    pub len: usize,
    /// Position of the box's first element.
    pub offset: usize,
    /// Steps along each dimension; negative to walk backwards, zero to repeat.
    pub strides: [isize; RANK],
}

impl View {
    /// A buffer that holds exactly a row-major tensor of these dimensions.
    #[must_use]
    pub fn contiguous(dims: [usize; RANK]) -> Self {
        Self { len: dims.iter().product(), offset: 0, strides: crate::strided::strides(dims) }
    }

    /// Whether every element of a box of `dims` lies in the buffer.
    fn holds(&self, dims: [usize; RANK]) -> bool {
        let mut range = [self.offset.cast_signed(); 2];
        for (dim, stride) in dims.into_iter().zip(self.strides) {
            let reach = stride.saturating_mul(dim.cast_signed() - 1);
            range[usize::from(reach > 0)] += reach;
        }
        range[0] >= 0 && range[1] < self.len.cast_signed()
    }
}

/// destination\[offset + i . strides\] = source\[offset + i . strides\] for every i in a box.
///
/// The other elements of the destination stay as they are, so several copies fill one buffer.
/// Read: source. Shapes with fewer than six dimensions are led by ones.
#[derive(Clone, Debug)]
pub struct Copy {
    /// Extents of the box.
    pub dims: [usize; RANK],
    /// Where elements come from.
    pub source: View,
    /// Where they go; no two to the same place.
    pub destination: View,
}

/// Every pipeline this kernel may ask for.
pub(crate) fn keys() -> Vec<Key> {
    vec![Key { shader: NAME, defines: &[] }]
}

impl Copy {
    fn walk(&self) -> Walk<2> {
        Walk::new(self.dims, [self.source.strides, self.destination.strides])
    }

    fn elements(&self) -> usize {
        self.dims.iter().product()
    }
}

impl Kernel for Copy {
    fn check(&self) -> Result<(), KernelError> {
        check::sizes(NAME, &self.layout())?;
        check::sizes(NAME, &[Binding::f32("the copied box", &self.dims)])?;
        for (name, view) in [("source", &self.source), ("destination", &self.destination)] {
            check::require(NAME, view.holds(self.dims), || {
                format!("a box of {:?} with {view:?} does not lie inside its {name}", self.dims)
            })?;
        }
        Ok(())
    }

    fn key(&self) -> Key {
        Key { shader: NAME, defines: &[] }
    }

    fn layout(&self) -> Vec<Binding> {
        vec![
            Binding::words("source", &[self.source.len]).or_half(),
            Binding::words("destination", &[self.destination.len]).or_half(),
        ]
    }

    fn step(&self) -> Step {
        let walk = self.walk();
        let mut params = walk.params();
        params.extend([
            word(self.elements()),
            word(walk.rank),
            word(self.source.offset),
            word(self.destination.offset),
        ]);
        Step { params, workgroups: fold(self.elements().div_ceil(ELEMENTS)) }
    }

    fn cpu(&self, reads: &[Data<'_>], write: &mut [f32]) {
        let (source, write) = (reads[0].u32(), words(write));
        let walk = self.walk();
        let (len, [read_step, write_step]) = walk.last();
        walk.lines(|[from, to]| {
            let from = self.source.offset.wrapping_add_signed(from);
            let to = self.destination.offset.wrapping_add_signed(to);
            if (read_step, write_step) == (1, 1) {
                write[to..to + len].copy_from_slice(&source[from..from + len]);
            } else {
                for i in 0..len.cast_signed() {
                    write[to.wrapping_add_signed(i * write_step)] = source[from.wrapping_add_signed(i * read_step)];
                }
            }
        });
    }

    fn work(&self) -> u64 {
        self.elements() as u64
    }
}
