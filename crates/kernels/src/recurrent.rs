//! One step of a recurrent cell; its shader is `shaders/recurrent.wgsl`.

use crate::activation::sigmoid;
use crate::grid::{THREADS, fold, words};
use crate::{Binding, Data, Kernel, KernelError, Key, Step, check};

const NAME: &str = "recurrent";

/// What a step computes, from `x`, the products of the inputs, and `r`, those of the state (both with
/// their biases). Gates lie side by side in the order of ONNX.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// i, o, f, c: c' = s(f) c + s(i) tanh(c gate), h' = s(o) tanh(c'). State and result are h, then c.
    Lstm {
        /// Whether c is fed to i and f, and c' to o, by weights for i, o, f.
        peepholes: bool,
    },
    /// z, r, h: h' = (1 - s(z)) tanh(x + s(r) r) + s(z) h (`linear_before_reset`).
    Gru,
    /// s(r) h, of which the candidate's product is made; r has z and r only.
    GruReset,
    /// h' = (1 - s(z)) tanh(x + candidate) + s(z) h; r has z and r only.
    GruCandidate,
    /// h' = tanh(x + r).
    Plain,
}

/// The next state of every instance of a batch (ONNX `LSTM`, `GRU`, `RNN`).
///
/// Reads: x \[rows, gates, hidden\], r \[batch, gates, hidden\], but for `Plain` the state \[batch, hidden\]
/// (\[2, batch, hidden\] of `Lstm`), and where the cell says so the peepholes \[3, hidden\] or the
/// candidate's product \[batch, hidden\].
#[derive(Clone, Debug)]
pub struct Recurrent {
    /// What a step computes.
    pub cell: Cell,
    /// Instances.
    pub batch: usize,
    /// Units of the state.
    pub hidden: usize,
    /// Rows of x: those of all steps.
    pub rows: usize,
    /// The row of the first instance.
    pub first: usize,
    /// Distance between the rows of neighbouring instances.
    pub step: usize,
}

/// Variants by cell.
const VARIANTS: [&[&str]; 6] = [&["LSTM"], &["LSTM", "PEEPHOLES"], &["GRU"], &["RESET"], &["CANDIDATE"], &["PLAIN"]];

/// Every pipeline this kernel may ask for.
pub(crate) fn keys() -> Vec<Key> {
    VARIANTS.iter().map(|&defines| Key { shader: NAME, defines }).collect()
}

impl Recurrent {
    /// Gates in x and in r.
    fn gates(&self) -> [usize; 2] {
        match self.cell {
            Cell::Lstm { .. } => [4, 4],
            Cell::Gru => [3, 3],
            Cell::GruReset | Cell::GruCandidate => [3, 2],
            Cell::Plain => [1, 1],
        }
    }

    /// Tensors of the size of the hidden state in the state.
    fn parts(&self) -> usize {
        if let Cell::Lstm { .. } = self.cell { 2 } else { 1 }
    }
}

impl Kernel for Recurrent {
    fn check(&self) -> Result<(), KernelError> {
        let last = self.first + self.step * self.batch.saturating_sub(1);
        check::require(NAME, last < self.rows, || format!("row {last} of {}", self.rows))?;
        check::sizes(NAME, &self.layout())
    }

    fn key(&self) -> Key {
        let variant = match self.cell {
            Cell::Lstm { peepholes } => usize::from(peepholes),
            Cell::Gru => 2,
            Cell::GruReset => 3,
            Cell::GruCandidate => 4,
            Cell::Plain => 5,
        };
        Key { shader: NAME, defines: VARIANTS[variant] }
    }

    fn layout(&self) -> Vec<Binding> {
        let [x, r] = self.gates();
        let state = [self.parts(), self.batch, self.hidden];
        let mut layout =
            vec![Binding::f32("x", &[self.rows, x, self.hidden]), Binding::f32("r", &[self.batch, r, self.hidden])];
        if self.cell != Cell::Plain {
            layout.push(Binding::f32("state", &state));
        }
        match self.cell {
            Cell::Lstm { peepholes: true } => layout.push(Binding::f32("p", &[3, self.hidden])),
            Cell::GruCandidate => layout.push(Binding::f32("candidate", &[self.batch, self.hidden])),
            _ => {}
        }
        layout.push(Binding::f32("next", &state));
        layout
    }

    fn step(&self) -> Step {
        let params = words([self.batch, self.hidden, self.first, self.step]).to_vec();
        Step { params, workgroups: fold((self.batch * self.hidden).div_ceil(THREADS)) }
    }

    fn cpu(&self, reads: &[Data<'_>], write: &mut [f32]) {
        let (units, n) = (self.batch * self.hidden, self.hidden);
        let [x_gates, r_gates] = self.gates();
        let (x, r) = (reads[0].f32(), reads[1].f32());
        let state = reads.get(2).map_or(&[][..], |state| state.f32());
        let extra = reads.get(3).map_or(&[][..], |extra| extra.f32());
        for i in 0..units {
            let (instance, unit) = (i / n, i % n);
            let row = self.first + instance * self.step;
            let input = |gate: usize| x[(row * x_gates + gate) * n + unit];
            let product = |gate: usize| r[(instance * r_gates + gate) * n + unit];
            let gate = |gate: usize| input(gate) + product(gate);
            let blend = |candidate: f32| {
                let update = sigmoid(gate(0));
                candidate * (1.0 - update) + state[i] * update
            };
            write[i] = match self.cell {
                Cell::Lstm { peepholes } => {
                    let memory = state[units + i];
                    let peep = |which: usize, value: f32| if peepholes { extra[which * n + unit] * value } else { 0.0 };
                    let fresh = sigmoid(gate(2) + peep(2, memory)) * memory
                        + sigmoid(gate(0) + peep(0, memory)) * gate(3).tanh();
                    write[units + i] = fresh;
                    sigmoid(gate(1) + peep(1, fresh)) * fresh.tanh()
                }
                Cell::Gru => blend((input(2) + sigmoid(gate(1)) * product(2)).tanh()),
                Cell::GruReset => sigmoid(gate(1)) * state[i],
                Cell::GruCandidate => blend((input(2) + extra[i]).tanh()),
                Cell::Plain => gate(0).tanh(),
            };
        }
    }

    fn work(&self) -> u64 {
        8 * (self.batch * self.hidden) as u64
    }
}
