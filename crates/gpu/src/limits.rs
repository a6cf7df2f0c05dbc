//! What a program must keep to before anything is allocated for it.

use crate::{Device, GpuError};
use darkroom_kernels::{Binding, Elements, Operation, Port, Program, Source, Tier, Width};

/// Refuses tensors and buffers the GPU cannot hold, and programs that contradict themselves.
pub(crate) fn check(device: &Device, program: &Program) -> Result<(), GpuError> {
    let info = device.info();
    let fits = |what, bytes: usize| {
        let (bytes, limit) = (bytes as u64, info.max_buffer);
        if bytes > limit { Err(GpuError::BufferTooLarge { what, bytes, limit }) } else { Ok(()) }
    };
    program.arenas.iter().try_for_each(|&len| fits("an arena of intermediate tensors", 4 * len))?;
    program.constants.iter().try_for_each(|constant| fits("a weight tensor", constant.bytes()))?;
    fits("the results", program.outputs.iter().map(Port::bytes).sum())?;
    for operation in &program.operations {
        let node = || operation.label.clone();
        if operation.narrow().any() && info.tier < Tier::Half {
            return Err(GpuError::NoTier { name: info.name.clone(), wanted: Tier::Half, offered: info.tier });
        }
        let layout = operation.kernel.layout();
        if layout.len() != operation.reads.len() + 1 {
            let reason = format!("{} operands for {} bindings", operation.reads.len(), layout.len() - 1);
            return Err(GpuError::Plan { node: node(), reason });
        }
        if let Some(reason) = collision(operation, &layout) {
            return Err(GpuError::Plan { node: node(), reason });
        }
        for (binding, source) in layout.iter().zip(operation.reads.iter().chain([&Source::Tensor(operation.write)])) {
            if source.width() == Width::Half && !binding.or_half {
                let reason = format!("{} cannot be float16", binding.name);
                return Err(GpuError::Plan { node: node(), reason });
            }
            let bytes = source.width().bytes(binding.len()) as u64;
            if bytes > info.max_binding {
                let limit = info.max_binding;
                return Err(GpuError::BindingTooLarge { node: node(), binding: binding.name, bytes, limit });
            }
            let held = match *source {
                Source::Tensor(place) => {
                    program.arenas.get(place.arena).and_then(|len| len.checked_sub(place.offset)).map(|len| 4 * len)
                }
                Source::Constant(constant) => program.constants.get(constant).map(Elements::bytes),
            };
            if held.is_none_or(|held| (held as u64) < bytes) {
                let reason = format!("{} wants {bytes} bytes, {source:?} has {}", binding.name, held.unwrap_or(0));
                return Err(GpuError::Plan { node: node(), reason });
            }
        }
    }
    Ok(())
}

/// What an operation reads of the arena it writes must not overlap, since all of it is bound for writing.
fn collision(operation: &Operation, layout: &[Binding]) -> Option<String> {
    let arena = operation.write.arena;
    let places = operation.reads.iter().copied().chain([Source::Tensor(operation.write)]).zip(layout);
    let mut ranges: Vec<_> = places
        .filter_map(|(source, binding)| match source {
            Source::Tensor(place) if place.arena == arena => {
                Some((place.offset, place.offset + place.width.words(binding.len())))
            }
            _ => None,
        })
        .collect();
    ranges.sort_unstable();
    let overlap = ranges.windows(2).any(|pair| pair[1].0 < pair[0].1);
    overlap.then(|| format!("it uses elements of arena {arena}, which it writes, twice"))
}
