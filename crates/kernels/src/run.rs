//! A program run by the kernels' twins.

use std::borrow::Cow;
use std::ops::ControlFlow;

use crate::width::{narrow, widened};
use crate::{Binding, Data, Elements, KernelError, Operation, Place, Port, Program, Source, Width};

impl Program {
    /// Runs the program with the kernels' CPU twins, single-threaded. What is stored as float16 is rounded as
    /// the shaders round it.
    ///
    /// `inputs` come in the order of [`Program::inputs`]; the outputs in that of
    /// [`Program::outputs`]. `watch` is called after each operation with the share of work done and
    /// may end the run.
    ///
    /// # Errors
    /// An input of the wrong length or type, a number that float16 storage does not hold, or a run that
    /// `watch` ended.
    pub fn run_cpu(
        &self,
        inputs: &[Data<'_>],
        mut watch: impl FnMut(f64) -> ControlFlow<()>,
    ) -> Result<Vec<Elements>, KernelError> {
        Port::check(&self.inputs, inputs)?;
        let mut arenas: Vec<Vec<u32>> = self.arenas.iter().map(|&len| vec![0; len]).collect();
        for (port, values) in self.inputs.iter().zip(inputs) {
            let stored = &mut arenas[port.place.arena][port.place.range(port.len())];
            store(port.place.width, values.u32(), stored).map_err(|value| KernelError::beyond(&port.name, value))?;
        }
        let total = self.work().max(1);
        let mut done = 0;
        for operation in &self.operations {
            self.compute(operation, &mut arenas)?;
            done += operation.kernel.work();
            if watch(done as f64 / total as f64).is_break() {
                return Err(KernelError::Cancelled);
            }
        }
        let output = |port: &Port| {
            let words = &arenas[port.place.arena][port.place.range(port.len())];
            Elements::of(port.element, &load(port.place.width, words, port.len()))
        };
        Ok(self.outputs.iter().map(output).collect())
    }

    fn compute(&self, operation: &Operation, arenas: &mut [Vec<u32>]) -> Result<(), KernelError> {
        let layout = operation.kernel.layout();
        let Place { arena, width, .. } = operation.write;
        let len = layout.last().map_or(0, Binding::len);
        let range = operation.write.range(len);
        // What is written may lie between what is read.
        let mut own = std::mem::take(&mut arenas[arena]);
        let (before, rest) = own.split_at_mut(range.start);
        let (write, after) = rest.split_at_mut(range.len());
        let stored = |place: Place, len: usize| {
            let words = place.range(len);
            match place.arena == arena {
                false => &arenas[place.arena][words],
                true if words.start < range.start => &before[words],
                true => &after[words.start - range.end..words.end - range.end],
            }
        };
        let operands = operation.reads.iter().zip(&layout).map(|(source, binding)| match *source {
            Source::Tensor(place) => load(place.width, stored(place, binding.len()), binding.len()),
            Source::Constant(constant) => self.constants[constant].data().u32().into(),
        });
        let operands: Vec<Cow<'_, [u32]>> = operands.collect();
        let reads: Vec<Data<'_>> =
            operands.iter().zip(&layout).map(|(words, binding)| Data::of(binding.element, words)).collect();
        match width {
            Width::Single => operation.kernel.cpu(&reads, bytemuck::cast_slice_mut(write)),
            Width::Half => {
                // What a kernel leaves alone stays, so the twin starts from what is there.
                let mut result = load(width, write, len).into_owned();
                operation.kernel.cpu(&reads, bytemuck::cast_slice_mut(&mut result));
                store(width, &result, write).map_err(|value| KernelError::beyond(&operation.label, value))?;
            }
        }
        arenas[arena] = own;
        Ok(())
    }
}

/// The 32-bit elements of a tensor that is stored in these words.
fn load(width: Width, words: &[u32], len: usize) -> Cow<'_, [u32]> {
    match width {
        Width::Single => words.into(),
        Width::Half => widened(words, len).into_iter().map(f32::to_bits).collect(),
    }
}

/// Stores 32-bit elements; float16 holds only floats, so those are the bits of floats.
fn store(width: Width, elements: &[u32], stored: &mut [u32]) -> Result<(), f32> {
    match width {
        Width::Single => stored.copy_from_slice(elements),
        Width::Half => narrow(bytemuck::cast_slice(elements), stored)?,
    }
    Ok(())
}
