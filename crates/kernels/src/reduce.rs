//! Sums, extrema and their positions along one axis; its shader is `shaders/reduce.wgsl`.

use crate::grid::{THREADS, fold, word};
use crate::kernel::ints;
use crate::{Binding, Data, Element, Kernel, KernelError, Key, Step, check};

const NAME: &str = "reduce";

/// What becomes of the elements along the axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReduceOp {
    /// The sum.
    Sum,
    /// The sum over the count.
    Mean,
    /// The largest.
    Max,
    /// The smallest.
    Min,
    /// The product.
    Prod,
    /// The sum of magnitudes.
    L1,
    /// The root of the sum of squares.
    L2,
    /// The sum of squares.
    SumSquare,
    /// The logarithm of the sum.
    LogSum,
    /// The logarithm of the sum of exponentials.
    LogSumExp,
    /// The position of the largest.
    ArgMax,
    /// The position of the smallest.
    ArgMin,
}

/// y\[o, i\] = op over k of x\[o, k, i\]. Read: x (outer, len, inner).
#[derive(Clone, Debug)]
pub struct Reduce {
    /// The function.
    pub op: ReduceOp,
    /// What x is: `F32`, or `I32` for sums, products, extrema and their positions.
    pub element: Element,
    /// Elements before the axis.
    pub outer: usize,
    /// Elements of the axis.
    pub len: usize,
    /// Elements behind it.
    pub inner: usize,
    /// Of equal extrema the last is taken, else the first.
    pub last: bool,
}

/// Variants by function and element, in the order of [`ReduceOp`]; first those of whole rows.
const FLOAT_ROWS: [&[&str]; 12] = [
    &["SUM", "ROWS"],
    &["SUM", "DIVIDE", "ROWS"],
    &["MAX", "ROWS"],
    &["MIN", "ROWS"],
    &["PROD", "ROWS"],
    &["SUM", "ABSOLUTE", "ROWS"],
    &["SUM", "SQUARE", "ROOT", "ROWS"],
    &["SUM", "SQUARE", "ROWS"],
    &["SUM", "LOGARITHM", "ROWS"],
    &["LOG_SUM_EXP", "ROWS"],
    &["ARG_MAX", "POSITION", "WRITES_INT", "ROWS"],
    &["ARG_MIN", "POSITION", "WRITES_INT", "ROWS"],
];
const FLOAT_COLUMNS: [&[&str]; 12] = [
    &["SUM"],
    &["SUM", "DIVIDE"],
    &["MAX"],
    &["MIN"],
    &["PROD"],
    &["SUM", "ABSOLUTE"],
    &["SUM", "SQUARE", "ROOT"],
    &["SUM", "SQUARE"],
    &["SUM", "LOGARITHM"],
    &["LOG_SUM_EXP"],
    &["ARG_MAX", "POSITION", "WRITES_INT"],
    &["ARG_MIN", "POSITION", "WRITES_INT"],
];
const INT_ROWS: [&[&str]; 12] = [
    &["SUM", "ROWS", "READS_INT", "WRITES_INT"],
    &[],
    &["MAX", "ROWS", "READS_INT", "WRITES_INT"],
    &["MIN", "ROWS", "READS_INT", "WRITES_INT"],
    &["PROD", "ROWS", "READS_INT", "WRITES_INT"],
    &["SUM", "ABSOLUTE", "ROWS", "READS_INT", "WRITES_INT"],
    &[],
    &["SUM", "SQUARE", "ROWS", "READS_INT", "WRITES_INT"],
    &[],
    &[],
    &["ARG_MAX", "POSITION", "WRITES_INT", "ROWS", "READS_INT"],
    &["ARG_MIN", "POSITION", "WRITES_INT", "ROWS", "READS_INT"],
];
const INT_COLUMNS: [&[&str]; 12] = [
    &["SUM", "READS_INT", "WRITES_INT"],
    &[],
    &["MAX", "READS_INT", "WRITES_INT"],
    &["MIN", "READS_INT", "WRITES_INT"],
    &["PROD", "READS_INT", "WRITES_INT"],
    &["SUM", "ABSOLUTE", "READS_INT", "WRITES_INT"],
    &[],
    &["SUM", "SQUARE", "READS_INT", "WRITES_INT"],
    &[],
    &[],
    &["ARG_MAX", "POSITION", "WRITES_INT", "READS_INT"],
    &["ARG_MIN", "POSITION", "WRITES_INT", "READS_INT"],
];

/// Every pipeline this kernel may ask for.
pub(crate) fn keys() -> Vec<Key> {
    let all = [FLOAT_ROWS, FLOAT_COLUMNS, INT_ROWS, INT_COLUMNS].into_iter().flatten();
    all.filter(|defines| !defines.is_empty()).map(|defines| Key { shader: NAME, defines }).collect()
}

impl Reduce {
    fn defines(&self) -> &'static [&'static str] {
        let table = match (self.element == Element::F32, self.inner == 1) {
            (true, true) => FLOAT_ROWS,
            (true, false) => FLOAT_COLUMNS,
            (false, true) => INT_ROWS,
            (false, false) => INT_COLUMNS,
        };
        table[self.op as usize]
    }

    fn finds_a_position(&self) -> bool {
        matches!(self.op, ReduceOp::ArgMax | ReduceOp::ArgMin)
    }

    /// Calls `each` with the number of an element of y and the elements of x it is made of.
    fn lines<T: Copy>(&self, x: &[T], mut each: impl FnMut(usize, &mut dyn Iterator<Item = T>)) {
        for element in 0..self.outer * self.inner {
            let first = element / self.inner * self.len * self.inner + element % self.inner;
            each(element, &mut x[first..].iter().step_by(self.inner).take(self.len).copied());
        }
    }

    /// The position of the extremum among elements that `beats` compares.
    fn position<T: Copy + PartialEq>(&self, line: &mut dyn Iterator<Item = T>, beats: impl Fn(T, T) -> bool) -> i32 {
        let best = line.enumerate().reduce(|best, next| {
            let wins = beats(next.1, best.1) || (self.last && next.1 == best.1);
            if wins { next } else { best }
        });
        best.map_or(0, |(position, _)| position as i32)
    }

    fn floats(&self, line: &mut dyn Iterator<Item = f32>) -> f32 {
        // Sums in f64: the shader adds in 64 strands, which loses less than one strand of f32 would.
        let sum = |values: &mut dyn Iterator<Item = f64>| values.sum::<f64>();
        let wide = &mut line.map(f64::from);
        (match self.op {
            ReduceOp::Sum => sum(wide),
            ReduceOp::Mean => sum(wide) / self.len as f64,
            ReduceOp::Max => wide.fold(f64::NEG_INFINITY, f64::max),
            ReduceOp::Min => wide.fold(f64::INFINITY, f64::min),
            ReduceOp::Prod => wide.product(),
            ReduceOp::L1 => sum(&mut wide.map(f64::abs)),
            ReduceOp::L2 => sum(&mut wide.map(|v| v * v)).sqrt(),
            ReduceOp::SumSquare => sum(&mut wide.map(|v| v * v)),
            ReduceOp::LogSum => sum(wide).ln(),
            ReduceOp::LogSumExp => {
                let values: Vec<f64> = wide.collect();
                let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                largest + sum(&mut values.iter().map(|v| (v - largest).exp())).ln()
            }
            ReduceOp::ArgMax | ReduceOp::ArgMin => 0.0,
        }) as f32
    }

    fn integers(&self, line: &mut dyn Iterator<Item = i32>) -> i32 {
        match self.op {
            ReduceOp::Max => line.fold(i32::MIN, i32::max),
            ReduceOp::Min => line.fold(i32::MAX, i32::min),
            ReduceOp::Prod => line.fold(1, i32::wrapping_mul),
            ReduceOp::L1 => line.fold(0, |sum, v| sum.wrapping_add(v.wrapping_abs())),
            ReduceOp::SumSquare => line.fold(0, |sum, v| sum.wrapping_add(v.wrapping_mul(v))),
            _ => line.fold(0, i32::wrapping_add),
        }
    }
}

impl Kernel for Reduce {
    fn check(&self) -> Result<(), KernelError> {
        check::require(NAME, !self.defines().is_empty(), || format!("{:?} of integers", self.op))?;
        check::sizes(NAME, &self.layout())
    }

    fn key(&self) -> Key {
        Key { shader: NAME, defines: self.defines() }
    }

    fn layout(&self) -> Vec<Binding> {
        let result = if self.finds_a_position() { Element::I32 } else { self.element };
        vec![
            Binding::of("x", self.element, &[self.outer, self.len, self.inner]).or_half(),
            Binding::of("y", result, &[self.outer, self.inner]).or_half(),
        ]
    }

    fn step(&self) -> Step {
        let groups = if self.inner == 1 { self.outer } else { (self.outer * self.inner).div_ceil(THREADS) };
        let params = vec![word(self.outer), word(self.len), word(self.inner), u32::from(self.last)];
        Step { params, workgroups: fold(groups) }
    }

    fn cpu(&self, reads: &[Data<'_>], write: &mut [f32]) {
        let smallest = self.op == ReduceOp::ArgMin;
        match (self.element == Element::F32, self.finds_a_position()) {
            (true, true) => {
                let beats = |a: f32, b: f32| if smallest { a < b } else { a > b };
                self.lines(reads[0].f32(), |n, line| ints(write)[n] = self.position(line, beats));
            }
            (false, true) => {
                let beats = |a: i32, b: i32| if smallest { a < b } else { a > b };
                self.lines(reads[0].i32(), |n, line| ints(write)[n] = self.position(line, beats));
            }
            (true, false) => self.lines(reads[0].f32(), |n, line| write[n] = self.floats(line)),
            (false, false) => self.lines(reads[0].i32(), |n, line| ints(write)[n] = self.integers(line)),
        }
    }

    fn work(&self) -> u64 {
        (self.outer * self.len * self.inner) as u64
    }
}
