//! Which tensors a plan stores as float16.
//!
//! A tensor is narrow where every kernel that touches it can take it so. Inputs and outputs stay float32, and so do
//! tensors that would not get smaller, those made from constants that float16 does not hold, such as the -1e9 of a
//! mask, and those whose sine is taken: an angle of 500, rounded to 5e-4 of itself, is another angle.

use darkroom_graph::memory::ALIGNMENT;
use darkroom_kernels::{Element, Elements, Tier, Width, is_beyond_half};

use crate::builder::{Builder, Draft, Operand, TensorId, device_element};

/// Elements that fill the largest binding WebGPU promises, 128 MiB, as float32. An input or output beyond is narrow too.
const LARGEST_BINDING: usize = 1 << 25;

/// A tensor of at most the largest's elements over this stays float32: it costs little there. Such are the bottom of a
/// U-Net and the embeddings of time steps, through which rounding grows most.
const SMALL: usize = 16;

/// Kernels whose results are small whatever they read.
const BOUNDED: [&str; 4] = ["attention", "layer_norm", "norm_apply", "softmax"];

/// Functions of angles.
const PERIODIC: [&str; 3] = ["SIN", "COS", "TAN"];

impl Builder<'_> {
    /// How wide each tensor is at `tier`; `outputs` are read after the run.
    pub(crate) fn widths(&self, tier: Tier, outputs: &[TensorId]) -> Vec<Width> {
        let largest = self.tensors.iter().copied().max().unwrap_or(0);
        let mut narrow: Vec<bool> =
            self.tensors.iter().map(|&len| tier >= Tier::Half && len > ALIGNMENT.max(largest / SMALL)).collect();
        for tensor in (0..self.graph.inputs.len()).chain(outputs.iter().copied()) {
            narrow[tensor] &= self.length(tensor) > LARGEST_BINDING;
        }
        let inputs = self.graph.inputs.iter().map(|&value| device_element(self.graph, value) == Element::F32);
        // Whether each tensor holds floats, and whether they may be larger than float16 holds.
        let mut floats: Vec<bool> = inputs.collect();
        floats.resize(self.tensors.len(), false);
        let mut large = vec![false; self.tensors.len()];
        for draft in &self.drafts {
            floats[draft.write] = self.writes_floats(draft, &floats);
            large[draft.write] |= self.may_be_large(draft, &large);
            let touched = draft.reads.iter().copied().chain([Operand::Tensor(draft.write)]);
            for (operand, binding) in touched.zip(draft.kernel.layout()) {
                if let Operand::Tensor(tensor) = operand {
                    narrow[tensor] &= binding.or_half;
                }
            }
        }
        let angles = self.angles();
        let fits = |tensor: usize| narrow[tensor] && floats[tensor] && !large[tensor] && !angles[tensor];
        (0..narrow.len()).map(|tensor| if fits(tensor) { Width::Half } else { Width::Single }).collect()
    }

    /// Whether a kernel writes floats. One that moves words writes what it reads.
    fn writes_floats(&self, draft: &Draft, floats: &[bool]) -> bool {
        let layout = draft.kernel.layout();
        match layout.last().map(|binding| binding.element) {
            Some(Element::F32) => true,
            Some(Element::U32) => draft.reads.iter().zip(&layout).any(|(operand, binding)| {
                let float = match *operand {
                    Operand::Tensor(tensor) => floats[tensor],
                    Operand::Constant(constant) => matches!(self.constants[constant], Elements::F32(_)),
                };
                binding.element == Element::U32 && binding.or_half && float
            }),
            _ => false,
        }
    }

    /// Whether each tensor is an angle, or what one is computed from.
    fn angles(&self) -> Vec<bool> {
        let mut angles = vec![false; self.tensors.len()];
        for draft in self.drafts.iter().rev() {
            let periodic = draft.kernel.key().defines.iter().any(|name| PERIODIC.contains(name));
            if periodic || angles[draft.write] {
                for operand in &draft.reads {
                    if let Operand::Tensor(tensor) = *operand {
                        angles[tensor] = true;
                    }
                }
            }
        }
        angles
    }

    fn may_be_large(&self, draft: &Draft, large: &[bool]) -> bool {
        let operands = draft.reads.iter().zip(draft.kernel.layout());
        let any = operands.filter(|(_, binding)| binding.or_half).any(|(operand, _)| match *operand {
            Operand::Tensor(tensor) => large[tensor],
            Operand::Constant(constant) => {
                matches!(&self.constants[constant], Elements::F32(values) if values.iter().any(|&v| is_beyond_half(v)))
            }
        });
        any && !BOUNDED.contains(&draft.kernel.key().shader)
    }
}
