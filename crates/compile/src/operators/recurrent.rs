//! `LSTM`, `GRU` and `RNN`: one product for the inputs of all steps, then for each step a product of
//! the state and a small cell kernel.

use darkroom_graph::{Node, Tensor, ValueId};
use darkroom_kernels::copy::{Copy, View};
use darkroom_kernels::matmul::{Addend, MatMul, Right};
use darkroom_kernels::recurrent::{Cell, Recurrent};
use darkroom_kernels::{Elements, RANK};

use crate::builder::{Builder, Operand, TensorId};
use crate::{CompileError, weights};

/// The extents of a recurrent node.
struct Layer<'g> {
    node: &'g Node,
    gates: usize,
    steps: usize,
    batch: usize,
    inputs: usize,
    hidden: usize,
    directions: usize,
    /// Whether the batch is the first axis, not the steps.
    batch_first: bool,
}

pub(super) fn recurrent(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let layer = Layer::new(builder, node)?;
    let all = builder.result(node, 0);
    let tensor = |builder: &mut Builder<'_>, value: Option<ValueId>| {
        let tensor = value.map(|value| builder.tensor(builder.dims(value).iter().product()));
        value.zip(tensor).map(|(value, tensor)| {
            builder.bind(value, tensor);
            tensor
        })
    };
    let last = [builder.result(node, 1), builder.result(node, 2)];
    let (all, last) = (tensor(builder, all), last.map(|value| tensor(builder, value)));
    for direction in 0..layer.directions {
        let backwards = direction == 1 || node.attributes.string("direction") == Some("reverse");
        let weights = layer.weights(builder, direction)?;
        let mut state = layer.initial(builder, direction)?;
        for step in 0..layer.steps {
            let time = if backwards { layer.steps - 1 - step } else { step };
            state = Operand::Tensor(layer.step(builder, &weights, time, state)?);
            if let Some(all) = all {
                layer.store(builder, state, 0, all, layer.place_of_step(direction, time))?;
            }
        }
        for (part, tensor) in last.into_iter().enumerate() {
            if let Some(tensor) = tensor {
                layer.store(builder, state, part, tensor, layer.place_of_last(direction))?;
            }
        }
    }
    Ok(())
}

/// Weights of some gates and their biases.
struct Gates {
    weights: Operand,
    bias: Option<Operand>,
    count: usize,
}

/// What the steps of a direction share.
struct Weights {
    /// The products of the inputs of all steps.
    inputs: Operand,
    /// The gates whose products with the state a step needs, one after the other.
    state: Vec<Gates>,
    peepholes: Option<Operand>,
}

impl<'g> Layer<'g> {
    fn new(builder: &Builder<'g>, node: &'g Node) -> Result<Self, CompileError> {
        let refuse = |reason: &str| Err(CompileError::unsupported(node, reason));
        let (gates, default): (usize, &[&str]) = match node.op.as_str() {
            "LSTM" => (4, &["Sigmoid", "Tanh", "Tanh"]),
            "GRU" => (3, &["Sigmoid", "Tanh"]),
            _ => (1, &["Tanh"]),
        };
        let (x, w, r) = (builder.input(node, 0)?, builder.input(node, 1)?, builder.input(node, 2)?);
        let (&[first, second, inputs], &[directions, _, hidden]) = (builder.dims(x), builder.dims(r)) else {
            return refuse("operands that do not have three axes");
        };
        let batch_first = node.attributes.int("layout").unwrap_or(0) != 0;
        let (steps, batch) = if batch_first { (second, first) } else { (first, second) };
        let layer = Self { node, gates, steps, batch, inputs, hidden, directions, batch_first };
        let wanted = [directions, gates * hidden];
        let fits = (1..=2).contains(&directions)
            && builder.dims(w) == [wanted[0], wanted[1], inputs]
            && builder.dims(r) == [wanted[0], wanted[1], hidden]
            && node.input(3).is_none_or(|bias| builder.dims(bias) == [directions, 2 * gates * hidden])
            && (directions == 2) == (node.attributes.string("direction") == Some("bidirectional"));
        if !fits {
            return refuse("weights whose shapes do not fit the input and each other");
        }
        let named = node.attributes.strings("activations").unwrap_or_default();
        if !named.iter().zip(default.iter().cycle()).all(|(name, wanted)| name.eq_ignore_ascii_case(wanted)) {
            return refuse("activations other than Sigmoid for the gates and Tanh for the rest");
        }
        if node.attributes.float("clip").is_some() || node.attributes.int("input_forget").unwrap_or(0) != 0 {
            return refuse("clipped gates, or input and forget gates that are one");
        }
        if let Some(lengths) = node.input(4) {
            let lengths = builder.graph.constant(Some(lengths)).map(Tensor::to_i64).unwrap_or_default();
            if lengths.len() != batch || lengths.iter().any(|&length| length != steps as i64) {
                return refuse("sequences that are shorter than the input, or whose lengths are not known");
            }
        }
        Ok(layer)
    }

    /// `len` elements from `start` on of what `value` holds for a direction.
    fn part(
        &self,
        builder: &mut Builder<'_>,
        value: ValueId,
        direction: usize,
        [start, len]: [usize; 2],
    ) -> Result<Operand, CompileError> {
        let whole: usize = builder.dims(value).iter().product();
        let offset = direction * (whole / self.directions) + start;
        if (offset, len) == (0, whole) {
            return builder.operand(self.node, value);
        }
        if let Some(values) = weights::constant(builder, value) {
            return Ok(builder.constant(Elements::F32(values[offset..offset + len].to_vec())));
        }
        let dims = [1, 1, 1, 1, 1, len];
        let source = View { len: whole, offset, ..View::contiguous(dims) };
        let operand = builder.operand(self.node, value)?;
        let copy = Copy { dims, source, destination: View::contiguous(dims) };
        Ok(Operand::Tensor(builder.emit(&self.node.name, copy, vec![operand])?))
    }

    /// The weights of some gates in operand 1 (inputs) or 2 (state), with their half of the biases.
    fn gates(
        &self,
        builder: &mut Builder<'_>,
        direction: usize,
        operand: usize,
        gates: std::ops::Range<usize>,
    ) -> Result<Gates, CompileError> {
        let (start, width) = (gates.start * self.hidden, gates.len() * self.hidden);
        let (columns, half) = if operand == 1 { (self.inputs, 0) } else { (self.hidden, self.gates * self.hidden) };
        let value = builder.input(self.node, operand)?;
        let weights = self.part(builder, value, direction, [start * columns, width * columns])?;
        let bias = match self.node.input(3) {
            Some(bias) => Some(self.part(builder, bias, direction, [half + start, width])?),
            None => None,
        };
        Ok(Gates { weights, bias, count: gates.len() })
    }

    /// Rows times the transposed weights of gates, plus their biases.
    fn product(
        &self,
        builder: &mut Builder<'_>,
        rows: Operand,
        [m, k]: [usize; 2],
        gates: &Gates,
    ) -> Result<Operand, CompileError> {
        let n = gates.count * self.hidden;
        let addend = gates.bias.is_some().then_some(Addend { rows: false, columns: true, beta: 1.0 });
        let kernel = MatMul { b: Right::Transposed, addend, ..MatMul::plain(m, k, n) };
        let reads = [rows, gates.weights].into_iter().chain(gates.bias).collect();
        Ok(Operand::Tensor(builder.emit(&self.node.name, kernel, reads)?))
    }

    fn weights(&self, builder: &mut Builder<'_>, direction: usize) -> Result<Weights, CompileError> {
        let gates = self.gates(builder, direction, 1, 0..self.gates)?;
        let x = builder.input(self.node, 0)?;
        let rows = builder.operand(self.node, x)?;
        let inputs = self.product(builder, rows, [self.steps * self.batch, self.inputs], &gates)?;
        let bounds = if self.resets_first() { vec![0, 2, 3] } else { vec![0, self.gates] };
        let state = bounds.windows(2).map(|bounds| self.gates(builder, direction, 2, bounds[0]..bounds[1]));
        let state = state.collect::<Result<_, CompileError>>()?;
        let peepholes = match self.node.input(7) {
            Some(peepholes) => Some(self.part(builder, peepholes, direction, [0, 3 * self.hidden])?),
            None => None,
        };
        Ok(Weights { inputs, state, peepholes })
    }

    /// Whether the state of a GRU is reset before its product, not after.
    fn resets_first(&self) -> bool {
        self.gates == 3 && self.node.attributes.int("linear_before_reset").unwrap_or(0) == 0
    }

    /// The state before the first step: hidden units, and of an LSTM its cells behind them.
    fn initial(&self, builder: &mut Builder<'_>, direction: usize) -> Result<Operand, CompileError> {
        let units = self.batch * self.hidden;
        let parts = if self.gates == 4 { 2 } else { 1 };
        let given: Vec<Option<ValueId>> = (0..parts).map(|part| self.node.input(5 + part)).collect();
        if given.iter().all(Option::is_none) {
            builder.afford(self.node, parts * units)?;
            return Ok(builder.constant(Elements::F32(vec![0.0; parts * units])));
        }
        let state = builder.tensor(parts * units);
        for (part, value) in given.into_iter().enumerate() {
            let dims = [1, 1, 1, 1, self.batch, self.hidden];
            let destination = View { len: parts * units, offset: part * units, ..View::contiguous(dims) };
            let (source, operand) = match value {
                Some(value) => {
                    if builder.dims(value).iter().product::<usize>() != self.directions * units {
                        return Err(CompileError::unsupported(self.node, "an initial state of another shape"));
                    }
                    let (offset, strides) = self.place_of_last(direction);
                    (View { len: self.directions * units, offset, strides }, builder.operand(self.node, value)?)
                }
                None => {
                    let zero = builder.constant(Elements::F32(vec![0.0]));
                    (View { len: 1, offset: 0, strides: [0; RANK] }, zero)
                }
            };
            builder.emit_into(&self.node.name, Copy { dims, source, destination }, vec![operand], state)?;
        }
        Ok(Operand::Tensor(state))
    }

    /// The state after one step of a direction.
    fn step(
        &self,
        builder: &mut Builder<'_>,
        weights: &Weights,
        time: usize,
        state: Operand,
    ) -> Result<TensorId, CompileError> {
        let (batch, hidden, rows) = (self.batch, self.hidden, self.steps * self.batch);
        let (first, step) = if self.batch_first { (time, self.steps) } else { (time * self.batch, 1) };
        let kernel = |cell| Recurrent { cell, batch, hidden, rows, first, step };
        let cell = match self.gates {
            4 => Cell::Lstm { peepholes: weights.peepholes.is_some() },
            3 if self.resets_first() => Cell::GruReset,
            3 => Cell::Gru,
            _ => Cell::Plain,
        };
        let mut reads = vec![weights.inputs];
        for (n, gates) in weights.state.iter().enumerate() {
            if n == 0 {
                reads.push(self.product(builder, state, [batch, hidden], gates)?);
                reads.extend((cell != Cell::Plain).then_some(state));
                reads.extend(weights.peepholes);
            } else {
                let reset = builder.emit(&self.node.name, kernel(cell), reads.clone())?;
                reads.push(self.product(builder, Operand::Tensor(reset), [batch, hidden], gates)?);
            }
        }
        let cell = if cell == Cell::GruReset { Cell::GruCandidate } else { cell };
        builder.emit(&self.node.name, kernel(cell), reads)
    }

    /// Offset and strides of (batch, hidden) in the result of all steps.
    fn place_of_step(&self, direction: usize, time: usize) -> (usize, [isize; RANK]) {
        let (units, row) = (self.batch * self.hidden, self.directions * self.hidden);
        if self.batch_first {
            let stride = (self.steps * row).cast_signed();
            (time * row + direction * self.hidden, [0, 0, 0, 0, stride, 1])
        } else {
            ((time * self.directions + direction) * units, [0, 0, 0, 0, self.hidden.cast_signed(), 1])
        }
    }

    /// Offset and strides of (batch, hidden) in a state of both directions.
    fn place_of_last(&self, direction: usize) -> (usize, [isize; RANK]) {
        if self.batch_first {
            let stride = (self.directions * self.hidden).cast_signed();
            (direction * self.hidden, [0, 0, 0, 0, stride, 1])
        } else {
            (direction * self.batch * self.hidden, [0, 0, 0, 0, self.hidden.cast_signed(), 1])
        }
    }

    /// Copies the hidden units or the cells of a state to their place in a result.
    fn store(
        &self,
        builder: &mut Builder<'_>,
        state: Operand,
        part: usize,
        result: TensorId,
        (offset, strides): (usize, [isize; RANK]),
    ) -> Result<(), CompileError> {
        let dims = [1, 1, 1, 1, self.batch, self.hidden];
        let units = self.batch * self.hidden;
        let parts = if self.gates == 4 { 2 } else { 1 };
        let source = View { len: parts * units, offset: part * units, ..View::contiguous(dims) };
        let destination = View { len: builder.length(result), offset, strides };
        builder.emit_into(&self.node.name, Copy { dims, source, destination }, vec![state], result)
    }
}
