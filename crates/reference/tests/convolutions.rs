//! The CPU path's convolutions beside their definition, on shapes that take each of its ways.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use darkroom_graph::{Attribute, Attributes, ElementType, FixedGraph, Node};
use darkroom_kernels::Data;
use darkroom_reference::{Cpu, Reference};

/// A convolution, an entry for each spatial axis.
struct Case {
    batch: usize,
    channels: usize,
    outputs: usize,
    groups: usize,
    size: Vec<usize>,
    kernel: Vec<usize>,
    stride: Vec<usize>,
    dilation: Vec<usize>,
    /// Before and after.
    pads: Vec<(usize, usize)>,
}

impl Case {
    /// Stride and dilation 1, and as many outputs as inputs on each axis.
    fn same(channels: usize, outputs: usize, size: &[usize], kernel: usize) -> Self {
        let rank = size.len();
        Self {
            batch: 1,
            channels,
            outputs,
            groups: 1,
            size: size.to_vec(),
            kernel: vec![kernel; rank],
            stride: vec![1; rank],
            dilation: vec![1; rank],
            pads: vec![(kernel / 2, kernel / 2); rank],
        }
    }

    fn output(&self) -> Vec<usize> {
        let len = |axis: usize| {
            let reach = (self.kernel[axis] - 1) * self.dilation[axis] + 1;
            (self.size[axis] + self.pads[axis].0 + self.pads[axis].1 - reach) / self.stride[axis] + 1
        };
        (0..self.size.len()).map(len).collect()
    }

    /// y[n, o, p] = b[o] + sum over c, k of w[o, c, k] x[n, group of o, p stride + k dilation - pad].
    fn expected(&self, x: &[f32], weight: &[f32], bias: &[f32]) -> Vec<f64> {
        let (output, per_group) = (self.output(), self.channels / self.groups);
        let (inner, taps): (usize, usize) = (self.size.iter().product(), self.kernel.iter().product());
        let places: usize = output.iter().product();
        let mut y = Vec::new();
        for n in 0..self.batch * self.outputs * places {
            let (instance, o, place) =
                (n / places / self.outputs, n / places % self.outputs, unravel(n % places, &output));
            let first = o / (self.outputs / self.groups) * per_group;
            let mut sum = f64::from(bias[o]);
            for c in 0..per_group {
                for tap in 0..taps {
                    let at = unravel(tap, &self.kernel);
                    let read = (0..output.len()).try_fold(0, |read, axis| {
                        let from = place[axis] * self.stride[axis] + at[axis] * self.dilation[axis];
                        let from = from.checked_sub(self.pads[axis].0).filter(|&from| from < self.size[axis])?;
                        Some(read * self.size[axis] + from)
                    });
                    let Some(read) = read else { continue };
                    let x = x[(instance * self.channels + first + c) * inner + read];
                    sum += f64::from(x) * f64::from(weight[(o * per_group + c) * taps + tap]);
                }
            }
            y.push(sum);
        }
        y
    }

    /// Runs the node on random operands and compares.
    fn check(&self) {
        let per_group = self.channels / self.groups;
        let x = random(self.batch * self.channels * self.size.iter().product::<usize>(), 1);
        let weight = random(self.outputs * per_group * self.kernel.iter().product::<usize>(), 2);
        let bias = random(self.outputs, 3);
        let dims = vec![
            [&[self.batch, self.channels], &self.size[..]].concat(),
            [&[self.outputs, per_group], &self.kernel[..]].concat(),
            vec![self.outputs],
            [&[self.batch, self.outputs], &self.output()[..]].concat(),
        ];
        let whole = |values: &[usize]| Attribute::Ints(values.iter().map(|&value| value as i64).collect());
        let pads: Vec<usize> = self.pads.iter().map(|pad| pad.0).chain(self.pads.iter().map(|pad| pad.1)).collect();
        let attributes = [
            ("group", Attribute::Int(self.groups as i64)),
            ("strides", whole(&self.stride)),
            ("dilations", whole(&self.dilation)),
            ("pads", whole(&pads)),
        ];
        let graph = FixedGraph {
            names: ["x", "weight", "bias", "y"].map(str::to_owned).to_vec(),
            dims,
            elements: vec![ElementType::Float; 4],
            constants: vec![None; 4],
            nodes: vec![Node {
                name: "conv".to_owned(),
                op: "Conv".to_owned(),
                inputs: vec![Some(0), Some(1), Some(2)],
                outputs: vec![Some(3)],
                attributes: Attributes(attributes.map(|(name, value)| (name.to_owned(), value)).into()),
            }],
            inputs: vec![0, 1, 2],
            outputs: vec![3],
            output_names: vec!["y".to_owned()],
            opset: 22,
        };
        let given = [("x", Data::F32(&x)), ("weight", Data::F32(&weight)), ("bias", Data::F32(&bias))];
        let y = Reference::<Cpu>::new(&graph).unwrap().run(&given).unwrap().remove(0).into_f32();
        let expected = self.expected(&x, &weight, &bias);
        assert_eq!(y.len(), expected.len());
        let largest = expected.iter().fold(0.0, |top: f64, y| top.max(y.abs()));
        for (n, (y, expected)) in y.into_iter().zip(expected).enumerate() {
            assert!((f64::from(y) - expected).abs() < 2e-6 * largest, "element {n}: {y}, expected {expected}");
        }
    }
}

fn unravel(mut n: usize, dims: &[usize]) -> Vec<usize> {
    let mut at = vec![0; dims.len()];
    for axis in (0..dims.len()).rev() {
        at[axis] = n % dims[axis];
        n /= dims[axis];
    }
    at
}

/// Numbers between -1 and 1.
fn random(len: usize, seed: u32) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..len).map(|_| next()).collect()
}

#[test]
fn few_channels_stack_all_taps() {
    Case::same(1, 4, &[6, 40, 30], 3).check();
    Case::same(3, 5, &[50], 5).check();
}

#[test]
fn some_channels_stack_the_last_axes() {
    Case { batch: 2, ..Case::same(12, 6, &[5, 33, 40], 3) }.check();
    Case::same(4, 6, &[5, 33, 40], 3).check();
}

#[test]
fn many_channels_stack_none() {
    Case::same(40, 8, &[60, 50], 3).check();
}

#[test]
fn long_lines_are_cut_into_blocks() {
    Case::same(36, 3, &[64, 64], 3).check();
}

#[test]
fn dilation_and_unequal_padding() {
    let case = Case::same(6, 4, &[9, 40, 37], 3);
    Case { dilation: vec![2, 1, 3], pads: vec![(2, 1), (0, 2), (3, 0)], ..case }.check();
}

#[test]
fn strides_and_groups_are_left_to_burn() {
    Case { stride: vec![2, 2, 2], ..Case::same(4, 4, &[9, 10, 11], 3) }.check();
    Case { groups: 2, ..Case::same(4, 6, &[9, 10], 3) }.check();
}

#[test]
fn channels_with_their_own_kernel_in_three_dimensions() {
    let case = |kernel: [usize; 3]| Case {
        batch: 2,
        groups: 3,
        kernel: kernel.to_vec(),
        pads: kernel.map(|size| (size / 2, size / 2)).to_vec(),
        ..Case::same(3, 3, &[7, 8, 9], 1)
    };
    for kernel in [[5, 1, 1], [1, 5, 1], [1, 1, 5], [3, 3, 3]] {
        case(kernel).check();
    }
    Case { stride: vec![2, 1, 2], dilation: vec![2, 1, 1], pads: vec![(1, 2), (0, 1), (1, 0)], ..case([3, 2, 3]) }
        .check();
}
