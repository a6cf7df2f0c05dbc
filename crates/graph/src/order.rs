//! The order in which nodes can run.

use std::collections::HashMap;

use crate::{GraphError, Node, ValueId};

/// Sorts the nodes so that each comes after those it reads, keeping the file's order where it can,
/// and drops those that no output needs.
///
/// `is_given` tells of a value whether it is there before the first node.
///
/// # Errors
/// A value that two nodes make or none does, a cycle.
pub(crate) fn in_order(
    nodes: Vec<Node>,
    names: &[String],
    is_given: impl Fn(ValueId) -> bool,
    outputs: &[ValueId],
) -> Result<Vec<Node>, GraphError> {
    let mut producer: HashMap<ValueId, usize> = HashMap::new();
    for (index, node) in nodes.iter().enumerate() {
        for &value in node.outputs.iter().flatten() {
            if producer.insert(value, index).is_some() || is_given(value) {
                return Err(node.refuse(format!("its result {} is produced twice", names[value])));
            }
        }
    }
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        Open,
        Done,
    }
    let mut marks = vec![Mark::New; nodes.len()];
    let mut order = Vec::with_capacity(nodes.len());
    // Depth-first with a stack of its own: a hostile chain of a million nodes must not end the process.
    let mut stack: Vec<ValueId> = outputs.iter().rev().copied().collect();
    while let Some(&value) = stack.last() {
        let Some(&index) = producer.get(&value) else {
            if !is_given(value) {
                let reason = format!("nothing computes value {}", names[value]);
                let reader = nodes.iter().find(|node| node.inputs.contains(&Some(value)));
                return Err(reader.map_or(GraphError::Invalid(reason.clone()), |node| node.refuse(reason)));
            }
            stack.pop();
            continue;
        };
        match marks[index] {
            Mark::Done => {
                stack.pop();
            }
            Mark::New => {
                marks[index] = Mark::Open;
                stack.extend(nodes[index].reads().into_iter().rev());
            }
            Mark::Open => {
                let ready = nodes[index]
                    .reads()
                    .iter()
                    .all(|read| producer.get(read).is_none_or(|&from| marks[from] == Mark::Done));
                if !ready {
                    return Err(nodes[index].refuse("it reads its own result: the graph has a cycle"));
                }
                marks[index] = Mark::Done;
                order.push(index);
                stack.pop();
            }
        }
    }
    let mut slots: Vec<Option<Node>> = nodes.into_iter().map(Some).collect();
    Ok(order.into_iter().filter_map(|index| slots[index].take()).collect())
}
