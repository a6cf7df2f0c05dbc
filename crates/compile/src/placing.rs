//! The end of a compilation: tensors get their places, drafts become the program.

use darkroom_graph::memory::{Lifetime, Placement, lower_bound, place};
use darkroom_graph::{Node, ValueId};
use darkroom_kernels::{Operation, Place, Placed, Port, Program, Source, Tier, Width};

use crate::CompileError;
use crate::builder::{Builder, Operand, TensorId, device_element};
use crate::operators::whole;

/// Arenas stay within WebGPU's default limit of a buffer, 256 MiB, unless one tensor alone is larger.
const LARGEST_ARENA: usize = 1 << 26;

impl Builder<'_> {
    /// Places the tensors and gives the program, for devices of `tier`.
    pub(crate) fn finish(mut self, tier: Tier) -> Result<Program, CompileError> {
        let graph = self.graph;
        // An output that is an input, a constant or another output needs a buffer of its own.
        let mut outputs: Vec<TensorId> = Vec::new();
        for (&value, label) in graph.outputs.iter().zip(&graph.output_names) {
            let len: usize = self.dims(value).iter().product();
            let inputs = 0..graph.inputs.len();
            let tensor = match self.tensor_of.get(&value) {
                Some(&tensor) if !inputs.contains(&tensor) && !outputs.contains(&tensor) => tensor,
                _ => {
                    let node = Node {
                        name: label.clone(),
                        op: "output".to_owned(),
                        inputs: vec![],
                        outputs: vec![],
                        attributes: darkroom_graph::Attributes::default(),
                    };
                    let source = self.operand(&node, value)?;
                    self.emit(label, whole([1, 1, 1, 1, 1, len]), vec![source])?
                }
            };
            outputs.push(tensor);
        }
        let widths = self.widths(tier, &outputs);
        let lifetimes = self.lifetimes(&widths, &outputs);
        let placement = self.places(&lifetimes);
        let place = |tensor: TensorId| {
            let (arena, offset) = placement.places[tensor];
            Place { arena, offset, width: widths[tensor] }
        };
        let port = |name: &String, value: ValueId, tensor: TensorId| Port {
            name: name.clone(),
            dims: graph.dims[value].clone(),
            element: device_element(graph, value),
            place: place(tensor),
        };
        let mut labels: Vec<String> = graph.inputs.iter().map(|&value| graph.names[value].clone()).collect();
        labels.resize(self.tensors.len(), String::new());
        for draft in &self.drafts {
            labels[draft.write].clone_from(&draft.label);
        }
        let placed = labels.into_iter().zip(&lifetimes).enumerate().map(|(tensor, (label, lifetime))| Placed {
            label,
            len: self.tensors[tensor],
            place: place(tensor),
            first: lifetime.first,
            last: lifetime.last,
        });
        Ok(Program {
            inputs: graph
                .inputs
                .iter()
                .zip(0..)
                .map(|(&value, tensor)| port(&graph.names[value], value, tensor))
                .collect(),
            outputs: graph
                .outputs
                .iter()
                .zip(&graph.output_names)
                .zip(&outputs)
                .map(|((&value, name), &tensor)| port(name, value, tensor))
                .collect(),
            tensors: placed.collect(),
            operations: self
                .drafts
                .into_iter()
                .map(|draft| Operation {
                    label: draft.label,
                    kernel: draft.kernel,
                    reads: draft
                        .reads
                        .into_iter()
                        .map(|read| match read {
                            Operand::Tensor(tensor) => Source::Tensor(place(tensor)),
                            Operand::Constant(constant) => Source::Constant(constant),
                        })
                        .collect(),
                    write: place(draft.write),
                })
                .collect(),
            constants: self.constants,
            arenas: placement.arenas,
        })
    }

    /// Where the tensors lie: no operation reads the arena it writes, unless that takes a twentieth more than what is
    /// alive at once. Then it does, where WebGPU lets it: no operand twice.
    fn places(&self, lifetimes: &[Lifetime]) -> Placement {
        let (mut touching, mut twice) = (Vec::new(), Vec::new());
        for draft in &self.drafts {
            let tensor = |read: &Operand| if let Operand::Tensor(tensor) = *read { Some(tensor) } else { None };
            let reads: Vec<TensorId> = draft.reads.iter().filter_map(tensor).collect();
            for &read in &reads {
                touching.push((draft.write, read));
                if reads.iter().filter(|&&other| other == read).count() > 1 {
                    twice.push((draft.write, read));
                }
            }
        }
        let separate = place(lifetimes, &touching, LARGEST_ARENA);
        let bound = lower_bound(lifetimes);
        if separate.total() <= bound + bound / 20 {
            return separate;
        }
        let shared = place(lifetimes, &twice, LARGEST_ARENA);
        if shared.total() < separate.total() { shared } else { separate }
    }

    /// Step 0 uploads the inputs, step n + 1 runs draft n, the last step reads the outputs.
    /// Lengths are in 32-bit words.
    fn lifetimes(&self, widths: &[Width], outputs: &[TensorId]) -> Vec<Lifetime> {
        let end = self.drafts.len() + 1;
        let mut lifetimes: Vec<Lifetime> = self
            .tensors
            .iter()
            .zip(widths)
            .map(|(&len, width)| Lifetime { len: width.words(len), first: usize::MAX, last: 0 })
            .collect();
        for input in &mut lifetimes[..self.graph.inputs.len()] {
            input.first = 0;
        }
        for (step, draft) in self.drafts.iter().enumerate().map(|(index, draft)| (index + 1, draft)) {
            let written = &mut lifetimes[draft.write];
            written.first = written.first.min(step);
            written.last = written.last.max(step);
            for read in &draft.reads {
                if let Operand::Tensor(tensor) = *read {
                    lifetimes[tensor].last = lifetimes[tensor].last.max(step);
                }
            }
        }
        for &tensor in outputs {
            lifetimes[tensor].last = end;
        }
        for lifetime in &mut lifetimes {
            lifetime.first = lifetime.first.min(lifetime.last);
        }
        lifetimes
    }
}
