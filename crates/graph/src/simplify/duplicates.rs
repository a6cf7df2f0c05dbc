//! The same operator on the same operands is computed once.

use std::collections::HashMap;
use std::fmt::Write;

use super::Rewrite;
use super::sight::Sight;
use crate::{Node, ValueId};

/// Constants up to this length are compared by their elements: two shapes are equal whatever node made them.
const SHORT: usize = 16;

/// The nodes placed so far, by what they compute.
#[derive(Default)]
pub(super) struct Known(HashMap<String, ValueId>);

impl Known {
    /// The result of an equal node before this one; else remembers this one.
    pub(super) fn find(&mut self, sight: &Sight<'_>, node: &Node) -> Option<Rewrite> {
        // Random numbers differ from node to node, and what runs a subgraph is compared by no key.
        let [Some(output)] = node.outputs[..] else { return None };
        let differs = node.op.starts_with("Random") || matches!(node.op.as_str(), "Bernoulli" | "Multinomial");
        if differs || matches!(node.op.as_str(), "If" | "Loop" | "Scan") {
            return None;
        }
        let mut key = format!("{} {:?}", node.op, node.attributes);
        for input in &node.inputs {
            // Writing to a string cannot fail.
            let _ = match input.and_then(|value| sight.constant(value)) {
                Some(tensor) if tensor.data.len() <= SHORT => write!(key, " {tensor:?}"),
                _ => write!(key, " {input:?}"),
            };
        }
        match self.0.entry(key) {
            std::collections::hash_map::Entry::Occupied(known) => Some(Rewrite::Same(*known.get())),
            std::collections::hash_map::Entry::Vacant(place) => {
                place.insert(output);
                None
            }
        }
    }
}
