//! Updates joined with the elements that indices lead to; its shader is `shaders/scatter_reduce.wgsl`.

use crate::grid::{ELEMENTS, fold, word};
use crate::indexed::{Pick, pick_words, picked};
use crate::kernel::ints;
use crate::strided::{RANK, Walk};
use crate::{Binding, Data, Element, Kernel, KernelError, Key, Step, check};

const NAME: &str = "scatter_reduce";

/// How an update joins what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reduction {
    /// Their sum.
    Add,
    /// Their product.
    Mul,
    /// The smaller.
    Min,
    /// The larger.
    Max,
}

/// y\[i\] = x\[i\] op updates\[j\] op ... for every update j whose indices lead to i (ONNX
/// `ScatterElements` and `ScatterND` with a reduction).
///
/// Each element of a box in y looks through the `count` updates of its line: the indices of update j
/// begin at i . `index_strides` + j * `index_step`. The cost is that of elements times updates.
/// Reads: x, indices (int32), updates. What of y lies outside the box stays as it is.
#[derive(Clone, Debug)]
pub struct ScatterReduce {
    /// The operation.
    pub reduction: Reduction,
    /// float32 or int32.
    pub element: Element,
    /// Extents of the box.
    pub dims: [usize; RANK],
    /// Steps in x and y along each dimension of the box.
    pub strides: [usize; RANK],
    /// Steps in the indices.
    pub index_strides: [usize; RANK],
    /// Steps in the updates.
    pub update_strides: [usize; RANK],
    /// The dimensions of the box whose coordinates the indices name.
    pub sought: [bool; RANK],
    /// The coordinates that each group of indices names.
    pub picks: Vec<Pick>,
    /// Updates in a line.
    pub count: usize,
    /// Distance between the indices of neighbouring updates of a line.
    pub index_step: usize,
    /// Distance between neighbouring updates of a line.
    pub update_step: usize,
    /// Elements of x and y.
    pub tensor: usize,
    /// Elements of the indices.
    pub indices: usize,
    /// Elements of the updates.
    pub updates: usize,
}

/// Variants by operation, for float32 and then for int32.
const VARIANTS: [&[&str]; 8] =
    [&["ADD"], &["MUL"], &["MIN"], &["MAX"], &["ADD", "INT"], &["MUL", "INT"], &["MIN", "INT"], &["MAX", "INT"]];

/// Every pipeline this kernel may ask for.
pub(crate) fn keys() -> Vec<Key> {
    VARIANTS.iter().map(|&defines| Key { shader: NAME, defines }).collect()
}

impl ScatterReduce {
    fn elements(&self) -> usize {
        self.dims.iter().product()
    }

    /// Steps in x, indices and updates, and in x along the sought dimensions alone.
    fn walk(&self) -> Walk<4> {
        let sought = std::array::from_fn(|i| if self.sought[i] { self.strides[i] } else { 0 });
        let all = [self.strides, self.index_strides, self.update_strides, sought];
        Walk::new(self.dims, all.map(|strides| strides.map(usize::cast_signed)))
    }

    /// Calls `update` with each element and each update that joins it.
    fn pairs(&self, indices: &[i32], mut update: impl FnMut(usize, usize)) {
        let walk = self.walk();
        let (len, steps) = walk.last();
        walk.lines(|offsets| {
            for i in 0..len.cast_signed() {
                let [at, entry, from, wanted]: [usize; 4] =
                    std::array::from_fn(|n| (offsets[n] + i * steps[n]).unsigned_abs());
                for j in 0..self.count {
                    if picked(&self.picks, &indices[entry + j * self.index_step..]) == Some(wanted) {
                        update(at, from + j * self.update_step);
                    }
                }
            }
        });
    }

    /// Calls `each` with every element of the box.
    fn each(&self, mut each: impl FnMut(usize)) {
        let walk = self.walk();
        let (len, [step, ..]) = walk.last();
        walk.lines(|[at, ..]| (0..len.cast_signed()).for_each(|i| each((at + i * step).unsigned_abs())));
    }
}

impl Kernel for ScatterReduce {
    fn check(&self) -> Result<(), KernelError> {
        check::sizes(NAME, &self.layout())?;
        check::require(NAME, self.element != Element::U32 && self.picks.len() <= RANK, || {
            format!("{} elements placed by {} coordinates", self.element, self.picks.len())
        })?;
        let reach = |strides: [usize; RANK]| -> usize {
            strides.iter().zip(self.dims).map(|(stride, dim)| stride * dim.saturating_sub(1)).sum()
        };
        let last = self.count.saturating_sub(1);
        let fits = self.count > 0
            && reach(self.strides) < self.tensor
            && reach(self.index_strides) + last * self.index_step + self.picks.len() <= self.indices
            && reach(self.update_strides) + last * self.update_step < self.updates;
        check::require(NAME, fits, || {
            format!("a box of {:?} with {} updates a line does not lie inside its operands", self.dims, self.count)
        })
    }

    fn key(&self) -> Key {
        let offset = if self.element == Element::I32 { 4 } else { 0 };
        Key { shader: NAME, defines: VARIANTS[self.reduction as usize + offset] }
    }

    fn layout(&self) -> Vec<Binding> {
        let typed = |name, len| Binding::of(name, self.element, &[len]);
        vec![
            typed("x", self.tensor),
            Binding::i32("indices", &[self.indices]),
            typed("updates", self.updates),
            typed("y", self.tensor),
        ]
    }

    fn step(&self) -> Step {
        let walk = self.walk();
        let sought = (0..RANK).filter(|&axis| walk.strides[3][axis] != 0).fold(0, |bits, axis| bits | 1 << axis);
        let mut params = walk.params();
        params.extend(pick_words(&self.picks));
        params.extend([word(self.elements()), word(walk.rank), sought, word(self.count)]);
        params.extend([word(self.index_step), word(self.update_step), word(self.picks.len())]);
        Step { params, workgroups: fold(self.elements().div_ceil(ELEMENTS)) }
    }

    fn cpu(&self, reads: &[Data<'_>], write: &mut [f32]) {
        let indices = reads[1].i32();
        if self.element == Element::I32 {
            let (x, updates, y) = (reads[0].i32(), reads[2].i32(), ints(write));
            self.each(|at| y[at] = x[at]);
            self.pairs(indices, |at, from| {
                y[at] = match self.reduction {
                    Reduction::Add => y[at].wrapping_add(updates[from]),
                    Reduction::Mul => y[at].wrapping_mul(updates[from]),
                    Reduction::Min => y[at].min(updates[from]),
                    Reduction::Max => y[at].max(updates[from]),
                }
            });
        } else {
            let (x, updates) = (reads[0].f32(), reads[2].f32());
            self.each(|at| write[at] = x[at]);
            self.pairs(indices, |at, from| {
                write[at] = match self.reduction {
                    Reduction::Add => write[at] + updates[from],
                    Reduction::Mul => write[at] * updates[from],
                    Reduction::Min => write[at].min(updates[from]),
                    Reduction::Max => write[at].max(updates[from]),
                }
            });
        }
    }

    fn work(&self) -> u64 {
        (self.elements() as u64).saturating_mul(self.count as u64)
    }
}
