//! What an exporter has spelled out becomes the operator it means; what moves nothing goes.
//!
//! PyTorch's exporters write group normalisation as two reshapes around an instance normalisation, SiLU and GELU as
//! products, attention as two products around a softmax. One walk from the inputs to the outputs shows each node to the
//! rules, which look back at the simplified nodes before it. A rule never changes those: it puts other nodes in the place
//! of the one it is shown, and what nobody reads afterwards is dropped by the caller. So a value between that something
//! else reads stays right.

mod activation;
mod attention;
mod duplicates;
mod linear;
mod moves;
mod normalisation;
mod sight;
mod transpositions;

use std::collections::HashMap;

use crate::{FixedGraph, Node, ValueId};
use sight::Sight;

/// What a rule puts in the place of a node.
enum Rewrite {
    /// The result is there already.
    Same(ValueId),
    /// These nodes, of which the last makes the result.
    Nodes(Vec<Node>),
}

/// A rule: what to put in the place of a node, if it applies.
type Rule = fn(&mut Sight<'_>, &Node) -> Option<Rewrite>;

const RULES: [Rule; 14] = [
    moves::unmoved,
    moves::reshaped_twice,
    transpositions::transposed,
    transpositions::through_reshape,
    transpositions::narrowed,
    activation::silu,
    activation::gelu,
    normalisation::grouped,
    normalisation::moments,
    normalisation::scaled,
    normalisation::shifted,
    attention::attention,
    linear::linear,
    moves::neutral,
];

/// How often what replaces a node may be replaced in turn. Each rule leaves fewer nodes or a more compact one, so this is
/// never reached; it bounds the walk should two rules ever undo each other.
const PATIENCE: usize = 16;

/// Applies the rules and computes nothing twice. Nodes that this leaves unread are still there.
pub(crate) fn simplify(graph: &mut FixedGraph) {
    let nodes = std::mem::take(&mut graph.nodes);
    let mut sight = Sight::new(graph, &nodes);
    let mut known = duplicates::Known::default();
    let mut alias: HashMap<ValueId, ValueId> = HashMap::new();
    for node in nodes {
        let mut waiting = vec![(node, 0)];
        while let Some((mut node, replaced)) = waiting.pop() {
            for value in node.inputs.iter_mut().flatten() {
                *value = alias.get(value).copied().unwrap_or(*value);
            }
            let rewrite =
                if replaced < PATIENCE { RULES.iter().find_map(|rule| rule(&mut sight, &node)) } else { None };
            match rewrite.or_else(|| known.find(&sight, &node)) {
                Some(Rewrite::Nodes(nodes)) => waiting.extend(nodes.into_iter().rev().map(|node| (node, replaced + 1))),
                Some(Rewrite::Same(value)) => {
                    for &output in node.outputs.iter().flatten() {
                        sight.read_instead(output, value);
                        alias.insert(output, value);
                    }
                }
                None => sight.place(node),
            }
        }
    }
    for output in &mut graph.outputs {
        *output = alias.get(output).copied().unwrap_or(*output);
    }
}
