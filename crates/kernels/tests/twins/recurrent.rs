//! The twin of the recurrent cells against the equations of the ONNX specification.

use super::cases;
use crate::definition::{close, f64s};
use darkroom_kernels::recurrent::{Cell, Recurrent};

fn sigmoid(v: f64) -> f64 {
    1.0 / (1.0 + (-v).exp())
}

#[test]
fn cells_follow_their_equations() {
    for kernel in cases::recurrent::all() {
        let case = cases::plain(kernel.clone());
        let reads: Vec<Vec<f64>> = case.reads.iter().map(f64s).collect();
        let Recurrent { cell, batch, hidden, rows, first, step } = kernel;
        let (mut states, mut memories) = (Vec::new(), Vec::new());
        for instance in 0..batch {
            for unit in 0..hidden {
                let x_width = reads[0].len() / rows;
                let r_width = reads[1].len() / batch;
                let x = |gate: usize| reads[0][(first + step * instance) * x_width + gate * hidden + unit];
                let r = |gate: usize| reads[1][instance * r_width + gate * hidden + unit];
                let place = instance * hidden + unit;
                let h = || reads[2][place];
                states.push(match cell {
                    Cell::Lstm { peepholes } => {
                        let c = reads[2][batch * hidden + place];
                        let p = |which: usize| if peepholes { reads[3][which * hidden + unit] } else { 0.0 };
                        let i = sigmoid(x(0) + r(0) + p(0) * c);
                        let f = sigmoid(x(2) + r(2) + p(2) * c);
                        let fresh = f * c + i * (x(3) + r(3)).tanh();
                        let o = sigmoid(x(1) + r(1) + p(1) * fresh);
                        memories.push(fresh);
                        o * fresh.tanh()
                    }
                    Cell::Gru => {
                        let (z, reset) = (sigmoid(x(0) + r(0)), sigmoid(x(1) + r(1)));
                        (1.0 - z) * (x(2) + reset * r(2)).tanh() + z * h()
                    }
                    Cell::GruReset => sigmoid(x(1) + r(1)) * h(),
                    Cell::GruCandidate => {
                        let z = sigmoid(x(0) + r(0));
                        (1.0 - z) * (x(2) + reads[3][place]).tanh() + z * h()
                    }
                    Cell::Plain => (x(0) + r(0)).tanh(),
                });
            }
        }
        states.extend(memories);
        close(&kernel, case.twin().data().f32(), &states);
    }
}
