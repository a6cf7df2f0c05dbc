//! Which tensors can share a buffer.
//!
//! Greedy by size (Pisarchyk and Lee 2020, arXiv 2001.03288, "shared objects"): the largest tensor
//! first, each into the first slot where it overlaps nobody in time.

/// A tensor's size and the steps between which it must be kept, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// Size in elements.
    pub len: usize,
    /// The step that writes it.
    pub first: usize,
    /// The last step that reads it.
    pub last: usize,
}

/// Slots and who lives where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Placement {
    /// Length of each slot in elements.
    pub slots: Vec<usize>,
    /// The slot of each tensor, in the order given.
    pub slot_of: Vec<usize>,
}

/// Places tensors so that no two in a slot are alive at the same step.
///
/// A tensor written in the step that last reads another is alive together with it, so an operation
/// never reads and writes one slot, which WebGPU forbids.
#[must_use]
pub fn place(lifetimes: &[Lifetime]) -> Placement {
    let mut order: Vec<usize> = (0..lifetimes.len()).collect();
    order.sort_by_key(|&tensor| (std::cmp::Reverse(lifetimes[tensor].len), tensor));
    let mut residents: Vec<Vec<usize>> = Vec::new();
    let mut placement = Placement { slots: Vec::new(), slot_of: vec![0; lifetimes.len()] };
    for tensor in order {
        let one = lifetimes[tensor];
        let apart = |&other: &usize| {
            let other = lifetimes[other];
            one.last < other.first || other.last < one.first
        };
        let slot = residents.iter().position(|slot| slot.iter().all(apart)).unwrap_or_else(|| {
            residents.push(Vec::new());
            placement.slots.push(one.len);
            residents.len() - 1
        });
        residents[slot].push(tensor);
        placement.slot_of[tensor] = slot;
    }
    placement
}

/// The largest sum of tensors alive at one step: no placement can be smaller.
#[must_use]
pub fn lower_bound(lifetimes: &[Lifetime]) -> usize {
    let alive = |step: usize| lifetimes.iter().filter(|t| t.first <= step && step <= t.last).map(|t| t.len).sum();
    lifetimes.iter().map(|tensor| alive(tensor.first)).max().unwrap_or(0)
}
