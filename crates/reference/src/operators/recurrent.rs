//! LSTM, GRU and the plain recurrent network: one matrix product a gate and step.

use burn_backend::Backend;

use super::{Entry, Results};
use crate::ReferenceError;
use crate::call::Call;
use crate::tensor::{Float, Int, Value};

pub(super) fn table<B: Backend>() -> Vec<Entry<B>> {
    vec![
        Entry::full("LSTM", |call| run(call, 4)),
        Entry::full("GRU", |call| run(call, 3)),
        Entry::full("RNN", |call| run(call, 1)),
    ]
}

/// The activation of a gate.
struct Gate {
    name: String,
    alpha: f32,
    beta: f32,
}

impl Gate {
    fn apply<B: Backend>(&self, x: Float<B>) -> Float<B> {
        let (alpha, beta) = (self.alpha, self.beta);
        match self.name.as_str() {
            "sigmoid" => x.sigmoid(),
            "tanh" => x.tanh(),
            "relu" => x.relu(),
            "affine" => x * alpha + beta,
            "leakyrelu" => x.clone().relu() - (-x).relu() * alpha,
            "scaledtanh" => (x * beta).tanh() * alpha,
            "hardsigmoid" => (x * alpha + beta).clamp(0.0, 1.0),
            "elu" => x.clone().relu() + ((-(-x).relu()).exp() - 1.0) * alpha,
            "softsign" => x.clone() / (x.abs() + 1.0),
            "softplus" => x.clone().relu() + (-x.abs()).exp().map(B::float_log1p),
            _ => x.clone() * x.compare_number(alpha, B::float_greater_equal_elem).float(),
        }
    }
}

/// What one direction computes with.
struct Direction<B: Backend> {
    /// Input weights (gates * hidden, input), transposed.
    input: Float<B>,
    /// Recurrent weights (gates * hidden, hidden), transposed.
    recurrent: Float<B>,
    /// Both biases, (1, gates * hidden).
    biases: [Float<B>; 2],
    /// Peephole weights of the input, output and forget gate, each (1, hidden).
    peepholes: Option<[Float<B>; 3]>,
    gates: Vec<Gate>,
    hidden: usize,
    clip: Option<f32>,
    /// GRU: the reset gate acts behind the product; LSTM: the input gate is 1 - forget.
    variant: bool,
}

fn run<B: Backend>(call: &mut Call<'_, B>, gates: usize) -> Results<B> {
    let batch_first = call.flag("layout");
    let x = call.float(0)?;
    let x = if batch_first { x.permute(&[1, 0, 2]) } else { x };
    let [steps, batch, _] = x.dims()[..] else { return Err(call.refuse("its operand has not three axes")) };
    let directions = call.dims(1)[0];
    let hidden = call.dims(2).get(2).copied().unwrap_or(0);
    let lengths = call.integers(4)?.unwrap_or_else(|| vec![steps as i64; batch]);
    let mut state = |index: usize| -> Result<Float<B>, ReferenceError> {
        Ok(match call.optional_float(index)? {
            Some(state) if batch_first => state.permute(&[1, 0, 2]),
            Some(state) => state,
            None => Float::full(&[directions, batch, hidden], 0.0, call.device),
        })
    };
    let first = state(5)?;
    let cell = if gates == 4 { Some(state(6)?) } else { None };
    let (weights, recurrent) = (call.float(1)?, call.float(2)?);
    let bias = call.optional_float(3)?;
    let peepholes = if gates == 4 { call.optional_float(7)? } else { None };
    let direction = call.text("direction", "forward");
    let (mut all, mut last, mut last_cell) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..directions {
        let plane = |x: &Float<B>| {
            let dims = x.dims();
            x.clone().narrow(0, number, 1).reshape(&dims[1..])
        };
        let width = gates * hidden;
        let biases = match &bias {
            Some(bias) => {
                let bias = plane(bias).reshape(&[1, 2 * width]);
                [bias.clone().narrow(1, 0, width), bias.narrow(1, width, width)]
            }
            None => [0, 1].map(|_| Float::full(&[1, width], 0.0, call.device)),
        };
        let peepholes = peepholes.as_ref().map(|all| {
            let all = plane(all).reshape(&[1, 3 * hidden]);
            [0, 1, 2].map(|n| all.clone().narrow(1, n * hidden, hidden))
        });
        let own = Direction {
            input: plane(&weights).transposed(),
            recurrent: plane(&recurrent).transposed(),
            biases,
            peepholes,
            gates: activations(call, gates, number)?,
            hidden,
            clip: call.node.attributes.float("clip"),
            variant: call.flag(if gates == 4 { "input_forget" } else { "linear_before_reset" }),
        };
        let backwards = direction == "reverse" || number == 1;
        let mut h = plane(&first);
        let mut c = cell.as_ref().map(plane);
        let mut states: Vec<Float<B>> = Vec::with_capacity(steps);
        for n in 0..steps {
            let step = if backwards { steps - 1 - n } else { n };
            let now = x.clone().narrow(0, step, 1).reshape(&x.dims()[1..]);
            let (next, next_cell) = own.step(now, h.clone(), c.clone());
            // A sequence that has ended keeps its state, and gives zeros.
            let live: Vec<i32> = lengths.iter().map(|&length| i32::from((step as i64) < length)).collect();
            let live = Int::new(live, &[batch, 1], call.device).bool();
            h = h.replace(live.clone(), next.clone());
            c = c.zip(next_cell).map(|(old, new)| old.replace(live.clone(), new));
            states.push((next.clone() * 0.0).replace(live, next).reshape(&[1, 1, batch, hidden]));
        }
        if backwards {
            states.reverse();
        }
        all.push(Float::cat(states, 0));
        last.push(h.reshape(&[1, batch, hidden]));
        last_cell.extend(c.map(|c| c.reshape(&[1, batch, hidden])));
    }
    let arranged = |x: Float<B>, axes: &[usize]| Value::Float(if batch_first { x.permute(axes) } else { x });
    let mut results = vec![arranged(Float::cat(all, 1), &[2, 0, 1, 3]), arranged(Float::cat(last, 0), &[1, 0, 2])];
    if !last_cell.is_empty() {
        results.push(arranged(Float::cat(last_cell, 0), &[1, 0, 2]));
    }
    Ok(results)
}

/// The activations of one direction's gates, as named or by default.
fn activations<B: Backend>(call: &Call<'_, B>, gates: usize, number: usize) -> Result<Vec<Gate>, ReferenceError> {
    let defaults: &[&str] = match gates {
        4 => &["Sigmoid", "Tanh", "Tanh"],
        3 => &["Sigmoid", "Tanh"],
        _ => &["Tanh"],
    };
    let own = |names: &[String]| names.get(number * defaults.len()..).map(<[String]>::to_vec);
    let names = call.node.attributes.strings("activations").and_then(own);
    let names = names.unwrap_or_else(|| defaults.iter().map(|&name| name.to_owned()).collect());
    let numbers = |name: &str| call.node.attributes.floats(name).unwrap_or(&[]).to_vec();
    let (mut alphas, mut betas) = (numbers("activation_alpha").into_iter(), numbers("activation_beta").into_iter());
    let gate = |name: &String| {
        let name = name.to_lowercase();
        let (alpha, beta) = match name.as_str() {
            "sigmoid" | "tanh" | "relu" | "softsign" | "softplus" => (0.0, 0.0),
            "affine" | "scaledtanh" => (alphas.next().unwrap_or(1.0), betas.next().unwrap_or(0.0)),
            "leakyrelu" => (alphas.next().unwrap_or(0.01), 0.0),
            "hardsigmoid" => (alphas.next().unwrap_or(0.2), betas.next().unwrap_or(0.5)),
            "elu" | "thresholdedrelu" => (alphas.next().unwrap_or(1.0), 0.0),
            other => return Err(call.refuse(format!("the activation {other}"))),
        };
        Ok(Gate { name, alpha, beta })
    };
    names.iter().take(defaults.len()).map(gate).collect()
}

impl<B: Backend> Direction<B> {
    fn limited(&self, x: Float<B>) -> Float<B> {
        self.clip.map_or(x.clone(), |clip| x.clamp(-clip, clip))
    }

    fn gate(&self, x: &Float<B>, number: usize) -> Float<B> {
        x.clone().narrow(1, number * self.hidden, self.hidden)
    }

    /// The next hidden state, and the next cell state of an LSTM.
    fn step(&self, x: Float<B>, h: Float<B>, cell: Option<Float<B>>) -> (Float<B>, Option<Float<B>>) {
        let [input_bias, recurrent_bias] = self.biases.clone();
        let from_input = x.matmul(self.input.clone()) + input_bias;
        if let Some(cell) = cell {
            let sum = from_input + h.matmul(self.recurrent.clone()) + recurrent_bias;
            let (h, cell) = self.lstm(&sum, cell);
            return (h, Some(cell));
        }
        match &self.gates[..] {
            [outer] => {
                let sum = from_input + h.matmul(self.recurrent.clone()) + recurrent_bias;
                (outer.apply(self.limited(sum)), None)
            }
            [gate, candidate, ..] => (self.gru(&from_input, &recurrent_bias, h, gate, candidate), None),
            [] => (h, None),
        }
    }

    /// Gates in the order input, output, forget, cell.
    fn lstm(&self, sum: &Float<B>, cell: Float<B>) -> (Float<B>, Float<B>) {
        let [gate, candidate, outer] = &self.gates[..] else { return (cell.clone(), cell) };
        let peep = |x: Float<B>, number: usize, cell: &Float<B>| match &self.peepholes {
            Some(weights) => x + weights[number].clone() * cell.clone(),
            None => x,
        };
        let input = gate.apply(self.limited(peep(self.gate(sum, 0), 0, &cell)));
        let forget = if self.variant {
            -input.clone() + 1.0
        } else {
            gate.apply(self.limited(peep(self.gate(sum, 2), 2, &cell)))
        };
        let fresh = candidate.apply(self.limited(self.gate(sum, 3)));
        let cell = forget * cell + input * fresh;
        let output = gate.apply(self.limited(peep(self.gate(sum, 1), 1, &cell)));
        (output * outer.apply(cell.clone()), cell)
    }

    /// Gates in the order update, reset, hidden.
    fn gru(&self, from_input: &Float<B>, bias: &Float<B>, h: Float<B>, gate: &Gate, candidate: &Gate) -> Float<B> {
        let part = |x: &Float<B>, number: usize| self.gate(x, number);
        let from_state = h.clone().matmul(self.recurrent.clone());
        let sum = |number: usize| part(from_input, number) + part(&from_state, number) + part(bias, number);
        let update = gate.apply(self.limited(sum(0)));
        let reset = gate.apply(self.limited(sum(1)));
        let fresh = if self.variant {
            part(from_input, 2) + reset * (part(&from_state, 2) + part(bias, 2))
        } else {
            let weights = self.recurrent.clone().narrow(1, 2 * self.hidden, self.hidden);
            part(from_input, 2) + (reset * h.clone()).matmul(weights) + part(bias, 2)
        };
        let fresh = candidate.apply(self.limited(fresh));
        (-update.clone() + 1.0) * fresh + update * h
    }
}
