//! Constant weights in every form a file may have them in, and their values written out.

use darkroom_kernels::{Codes, Weights};

use super::noise;

/// How a file has its weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Float,
    /// Floats that float16 holds.
    Half,
    /// int8, a scale an output channel.
    Int8,
    /// int8, a scale and a zero point an output channel.
    Offset8,
    /// int4, a scale for five neighbours along the joined inputs and taps where the order has them side by
    /// side, else for the whole group.
    Int4,
    /// int4, a scale and a zero point for the same tap of two neighbouring inputs.
    Tap4,
}

impl Form {
    pub(crate) const ALL: [Self; 6] = [Self::Float, Self::Half, Self::Int8, Self::Offset8, Self::Int4, Self::Tap4];
}

/// The order of a weight tensor's axes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Order {
    /// \[outputs, inputs, taps\].
    Outputs { outputs: usize, inputs: usize, taps: usize },
    /// \[inputs, outputs, taps\], of which `group` inputs belong together.
    Inputs { inputs: usize, group: usize, outputs: usize, taps: usize },
}

/// A weight tensor.
pub(crate) struct Raw {
    /// What the weights are worth.
    pub(crate) values: Vec<f32>,
    form: Form,
    codes: Vec<i8>,
    scales: Vec<f32>,
    offsets: Vec<f32>,
    shared: Vec<usize>,
}

impl Raw {
    pub(crate) fn new(form: Form, order: Order) -> Self {
        // Output, input and tap of every weight, and how many inputs may share a scale.
        let (places, group): (Vec<[usize; 3]>, usize) = match order {
            Order::Outputs { outputs, inputs, taps } => {
                let len = outputs * inputs * taps;
                ((0..len).map(|n| [n / taps / inputs, n / taps % inputs, n % taps]).collect(), inputs)
            }
            Order::Inputs { inputs, group, outputs, taps } => {
                let len = outputs * inputs * taps;
                ((0..len).map(|n| [n / taps % outputs, n / taps / outputs, n % taps]).collect(), group)
            }
        };
        let extent = |axis: usize| places.iter().map(|place| place[axis] + 1).max().unwrap();
        let (outputs, inputs, taps) = (extent(0), extent(1), extent(2));
        let share = |[output, input, tap]: [usize; 3]| match (form, order) {
            (Form::Int4, Order::Outputs { .. }) => output * (inputs * taps).div_ceil(5) + (input * taps + tap) / 5,
            (Form::Int4, Order::Inputs { .. }) => input / group * outputs + output,
            (Form::Tap4, _) => {
                // Blocks of two that end where a group ends.
                let block = input / group * group.div_ceil(2) + input % group / 2;
                (block * outputs + output) * taps + tap
            }
            _ => output,
        };
        let shared: Vec<usize> = places.iter().map(|&place| share(place)).collect();
        let count = shared.iter().max().unwrap() + 1;
        let (len, random) = (places.len(), noise(2, places.len()));
        let reach = if matches!(form, Form::Int4 | Form::Tap4) { 8.0 } else { 128.0 };
        let codes: Vec<i8> = random.iter().map(|v| (v * reach).floor().clamp(-reach, reach - 1.0) as i8).collect();
        let scales: Vec<f32> = noise(3, count).iter().map(|v| (1.0 + 0.5 * v) / reach).collect();
        let offset = |(v, scale): (&f32, &f32)| (v * reach).round() * scale;
        let offsets = match form {
            Form::Offset8 | Form::Tap4 => noise(6, count).iter().zip(&scales).map(offset).collect(),
            _ => vec![],
        };
        let values = match form {
            Form::Float => random,
            // Eleven bits at most.
            Form::Half => random.iter().map(|v| (v * 1024.0).round() / 1024.0).collect(),
            _ => (0..len)
                .map(|n| f32::from(codes[n]) * scales[shared[n]] + offsets.get(shared[n]).unwrap_or(&0.0))
                .collect(),
        };
        Self { values, form, codes, scales, offsets, shared }
    }

    pub(crate) fn lend<R>(&self, take: impl FnOnce(&Weights<'_>) -> R) -> R {
        if matches!(self.form, Form::Float | Form::Half) {
            return take(&Weights::F32(&self.values));
        }
        let shared = |n: usize| self.shared[n];
        take(&Weights::Codes(Codes {
            codes: &self.codes,
            four_bits: matches!(self.form, Form::Int4 | Form::Tap4),
            scales: &self.scales,
            offsets: &self.offsets,
            shared: &shared,
        }))
    }
}
