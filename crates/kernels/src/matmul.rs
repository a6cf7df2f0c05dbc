//! Matrix products; its shader is `shaders/matmul.wgsl`.

use crate::grid::{fold, word, words};
use crate::weights::{BLOCK, Packed, Packing};
use crate::{Binding, Data, Elements, Kernel, KernelError, Key, Step, WeightKind, Weights, check};

const NAME: &str = "matmul";

/// Rows and columns of y that one workgroup computes.
const TILE: usize = 32;

/// Leading dimensions that may be broadcast.
pub const LEAD: usize = 4;

/// y = alpha a b (+ beta c) for each matrix of a batch.
///
/// Reads: a \[a_lead, m, k\] (\[a_lead, k, m\] if `transpose_a`), then b as [`Right`] says, then, if asked
/// for, c \[m or 1, n or 1\]. Writes \[lead, m, n\], where each leading extent is the larger of a's and b's;
/// the other must be the same or one.
#[derive(Clone, Debug)]
pub struct MatMul {
    /// Leading extents of a.
    pub a_lead: [usize; LEAD],
    /// Leading extents of b.
    pub b_lead: [usize; LEAD],
    /// Rows of y.
    pub m: usize,
    /// Products in a sum.
    pub k: usize,
    /// Columns of y.
    pub n: usize,
    /// Whether a is stored with its rows and columns exchanged.
    pub transpose_a: bool,
    /// How b is stored.
    pub b: Right,
    /// Factor of the product.
    pub alpha: f32,
    /// What is added.
    pub addend: Option<Addend>,
}

/// How b is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// \[b_lead, k, n\].
    Matrix,
    /// \[b_lead, n, k\].
    Transposed,
    /// One constant matrix for the whole batch as [`MatMul::pack`] makes it, and behind it the table of its
    /// columns' scales and biases.
    Packed(WeightKind),
}

/// The matrix c.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Addend {
    /// Whether it has m rows; otherwise one for all.
    pub rows: bool,
    /// Whether it has n columns; otherwise one for all.
    pub columns: bool,
    /// Its factor.
    pub beta: f32,
}

/// Variants for b in memory, then those for packed b by its weights.
const VARIANTS: [&[&str]; 4 + WeightKind::COUNT] = [
    &[],
    &["TRANSPOSE_B"],
    &["ADDEND"],
    &["TRANSPOSE_B", "ADDEND"],
    &["PACKED", "INT8"],
    &["PACKED"],
    &["PACKED", "F16"],
    &["PACKED", "INT8", "SCALED"],
    &["PACKED", "INT4", "SCALED"],
];

/// Every pipeline this kernel may ask for.
pub(crate) fn keys() -> Vec<Key> {
    VARIANTS.iter().map(|&defines| Key { shader: NAME, defines }).collect()
}

impl MatMul {
    /// The product of two matrices in memory.
    #[must_use]
    pub fn plain(m: usize, k: usize, n: usize) -> Self {
        Self {
            a_lead: [1; LEAD],
            b_lead: [1; LEAD],
            m,
            k,
            n,
            transpose_a: false,
            b: Right::Matrix,
            alpha: 1.0,
            addend: None,
        }
    }

    /// The same for so many pairs of matrices.
    #[must_use]
    pub fn batched(self, count: usize) -> Self {
        Self { a_lead: [1, 1, 1, count], b_lead: [1, 1, 1, count], ..self }
    }

    /// Packs a constant b, \[k, n\] or, if `transposed`, \[n, k\], in the narrowest kind that holds it exactly,
    /// which becomes the kernel's. Gives the operands b and table; `bias` has one value for each column,
    /// `alpha` is a factor of the product.
    ///
    /// # Errors
    /// A sentence if the number of weights or biases does not fit the shapes.
    pub fn pack(
        &mut self,
        weights: &Weights<'_>,
        transposed: bool,
        bias: Option<&[f32]>,
        alpha: f32,
    ) -> Result<[Elements; 2], KernelError> {
        let (k, n) = (self.k, self.n);
        let order = |_, column, row, _| if transposed { column * k + row } else { row * n + column };
        let Packed { kind, weights, mut table } = self.packing().pack(NAME, weights, bias, order)?;
        self.b = Right::Packed(kind);
        table[..n.div_ceil(BLOCK) * BLOCK].iter_mut().for_each(|scale| *scale *= alpha);
        Ok([weights, Elements::F32(table)])
    }

    /// Columns are what a convolution calls output channels.
    fn packing(&self) -> Packing {
        Packing { groups: 1, outputs: self.n, inputs: self.k, taps: 1 }
    }

    /// Leading extents of y.
    fn lead(&self) -> [usize; LEAD] {
        std::array::from_fn(|i| self.a_lead[i].max(self.b_lead[i]))
    }

    /// Elements from one index of a leading dimension to the next; zero where all share one.
    fn steps(lead: [usize; LEAD], matrix: usize) -> [usize; LEAD] {
        std::array::from_fn(|i| if lead[i] == 1 { 0 } else { lead[i + 1..].iter().product::<usize>() * matrix })
    }

    /// Where in an operand with these steps the matrix with this number begins.
    fn offset(&self, number: usize, steps: [usize; LEAD]) -> usize {
        let lead = self.lead();
        let mut rest = number;
        (0..LEAD).rev().fold(0, |offset, i| {
            let index = rest % lead[i];
            rest /= lead[i];
            offset + index * steps[i]
        })
    }

    /// Elements of a from one row to the next, and from one column to the next.
    fn a_steps(&self) -> [usize; 2] {
        if self.transpose_a { [1, self.m] } else { [self.k, 1] }
    }

    /// Elements of c from one row to the next, and from one column to the next.
    fn addend_steps(&self) -> [usize; 2] {
        self.addend.map_or([0; 2], |addend| {
            let row = if addend.columns { self.n } else { 1 };
            [if addend.rows { row } else { 0 }, usize::from(addend.columns)]
        })
    }
}

impl Kernel for MatMul {
    fn check(&self) -> Result<(), KernelError> {
        let lead = self.lead();
        let fits = |own: [usize; LEAD]| (0..LEAD).all(|i| own[i] == lead[i] || own[i] == 1);
        check::require(NAME, fits(self.a_lead) && fits(self.b_lead), || {
            format!(
                "batches of {:?} and {:?} matrices: their extents must be equal, or one of them one",
                self.a_lead, self.b_lead
            )
        })?;
        let packed = matches!(self.b, Right::Packed(_));
        let bare = self.b_lead == [1; LEAD] && self.addend.is_none() && self.alpha.to_bits() == 1.0_f32.to_bits();
        check::require(NAME, !packed || bare, || {
            "a packed matrix serves the whole batch, and its table holds alpha and the bias".to_owned()
        })?;
        check::sizes(NAME, &self.layout())
    }

    fn key(&self) -> Key {
        let addend = 2 * usize::from(self.addend.is_some());
        let variant = match self.b {
            Right::Matrix => addend,
            Right::Transposed => 1 + addend,
            Right::Packed(kind) => 4 + kind.index(),
        };
        Key { shader: NAME, defines: VARIANTS[variant] }
    }

    fn layout(&self) -> Vec<Binding> {
        let a = if self.transpose_a { [self.k, self.m] } else { [self.m, self.k] };
        let mut layout = vec![Binding::f32("a", &[&self.a_lead[..], &a].concat()).or_half()];
        match self.b {
            Right::Matrix => layout.push(Binding::f32("b", &[&self.b_lead[..], &[self.k, self.n]].concat()).or_half()),
            Right::Transposed => {
                layout.push(Binding::f32("b", &[&self.b_lead[..], &[self.n, self.k]].concat()).or_half());
            }
            Right::Packed(kind) => {
                let packing = self.packing();
                layout.push(Binding::of("w", kind.element(), &packing.shape(kind)));
                layout.push(Binding::f32("scale_bias", &packing.table_shape(kind)));
            }
        }
        if let Some(addend) = self.addend {
            let extent = |whole, size| if whole { size } else { 1 };
            layout.push(Binding::f32("c", &[extent(addend.rows, self.m), extent(addend.columns, self.n)]).or_half());
        }
        layout.push(Binding::f32("y", &[&self.lead()[..], &[self.m, self.n]].concat()).or_half());
        layout
    }

    fn step(&self) -> Step {
        let (rows, columns) = (self.m.div_ceil(TILE), self.n.div_ceil(TILE));
        let batch = self.lead().iter().product::<usize>();
        let row_params = match self.b {
            Right::Packed(kind) => self.packing().row_params(kind),
            Right::Matrix | Right::Transposed => [0; 4],
        };
        let [a_row, a_column] = self.a_steps();
        let [c_row, c_column] = self.addend_steps();
        let beta = self.addend.map_or(0.0, |addend| addend.beta);
        let params = [
            words(self.lead()),
            words(Self::steps(self.a_lead, self.m * self.k)),
            words(Self::steps(self.b_lead, self.k * self.n)),
            row_params,
            words([self.m, self.k, self.n, batch]),
            words([rows, columns, a_row, a_column]),
            [word(c_row), word(c_column), self.alpha.to_bits(), beta.to_bits()],
            words([self.n.div_ceil(BLOCK), 0, 0, 0]),
        ];
        Step { params: params.concat(), workgroups: fold(batch * rows * columns) }
    }

    fn cpu(&self, reads: &[Data<'_>], write: &mut [f32]) {
        let (m, k, n) = (self.m, self.k, self.n);
        let (a_steps, b_steps) = (Self::steps(self.a_lead, m * k), Self::steps(self.b_lead, k * n));
        let [a_row, a_column] = self.a_steps();
        let restored = self.restored(reads);
        let b = restored.as_deref().unwrap_or_else(|| reads[1].f32());
        for (number, y) in write.chunks_exact_mut(m * n).enumerate() {
            let a = &reads[0].f32()[self.offset(number, a_steps)..][..m * k];
            let b = &b[self.offset(number, b_steps)..][..k * n];
            for (row, y) in y.chunks_exact_mut(n).enumerate() {
                let a = a[row * a_row..].iter().step_by(a_column).take(k);
                y.fill(0.0);
                if self.b == Right::Transposed {
                    for (y, b) in y.iter_mut().zip(b.chunks_exact(k)) {
                        *y = a.clone().zip(b).map(|(a, b)| a * b).sum();
                    }
                } else {
                    for (a, b) in a.zip(b.chunks_exact(n)) {
                        y.iter_mut().zip(b).for_each(|(y, b)| *y += a * b);
                    }
                }
                self.finish(row, y, reads);
            }
        }
    }

    fn work(&self) -> u64 {
        (self.lead().iter().product::<usize>() * self.m) as u64 * (self.k * self.n) as u64
    }
}

impl MatMul {
    /// A packed b as a matrix \[k, n\]; int8 without the scale of its column.
    fn restored(&self, reads: &[Data<'_>]) -> Option<Vec<f32>> {
        let Right::Packed(kind) = self.b else { return None };
        let packing = self.packing();
        let mut matrix = vec![0.0; self.k * self.n];
        for block in 0..packing.blocks() {
            let (_, first, real) = packing.channels(block);
            let weights = packing.block(kind, reads[1], reads[2].f32(), block);
            for (row, eight) in matrix.chunks_exact_mut(self.n).zip(weights.chunks_exact(BLOCK)) {
                row[first..first + real].copy_from_slice(&eight[..real]);
            }
        }
        Some(matrix)
    }

    /// Scales the sums of a row and adds what is to be added.
    fn finish(&self, row: usize, y: &mut [f32], reads: &[Data<'_>]) {
        if let Right::Packed(_) = self.b {
            let table = reads[2].f32();
            let biases = &table[self.n.div_ceil(BLOCK) * BLOCK..];
            y.iter_mut().zip(table).zip(biases).for_each(|((y, scale), bias)| *y = *y * scale + bias);
            return;
        }
        y.iter_mut().for_each(|y| *y *= self.alpha);
        if let Some(addend) = self.addend {
            let [c_row, c_column] = self.addend_steps();
            let c = reads[2].f32();
            y.iter_mut().enumerate().for_each(|(column, y)| *y += addend.beta * c[row * c_row + column * c_column]);
        }
    }
}
