//! Chains of transpositions, with reshapes between them or not, that are one transposition.

use super::Rewrite;
use super::sight::{Sight, instead};
use crate::{Attribute, Node, ValueId};

/// More axes than any kernel walks.
const TOO_MANY_AXES: usize = 7;

/// A transposition that moves only axes of one element is a reshape; one of a transposition is one.
pub(super) fn transposed(sight: &mut Sight<'_>, node: &Node) -> Option<Rewrite> {
    let (x, y, outer) = parts(sight, node)?;
    let moved: Vec<usize> = outer.iter().copied().filter(|&axis| sight.dims(x)[axis] != 1).collect();
    if moved.is_sorted() {
        return Some(Rewrite::Nodes(vec![sight.reshape(node, x, y)]));
    }
    let (origin, _, inner) = parts(sight, sight.by(x, "Transpose")?)?;
    let both: Vec<usize> = outer.iter().map(|&axis| inner[axis]).collect();
    Some(Rewrite::Nodes(vec![transpose(node, origin, y, &both)]))
}

/// A transposition behind a reshape of a transposition: one, of the axes that both reshapes leave whole.
pub(super) fn through_reshape(sight: &mut Sight<'_>, node: &Node) -> Option<Rewrite> {
    let (x, y, outer) = parts(sight, node)?;
    let first = sight.by(sight.by(x, "Reshape")?.input(0)?, "Transpose")?;
    let (origin, between, inner) = parts(sight, first)?;
    let common = Common::of(sight.dims(between), sight.dims(x))?;
    if common.dims.len() >= TOO_MANY_AXES {
        return None;
    }
    // Where each common axis lies in the origin: its axes are those between, moved back.
    let mut origin_dims = Vec::new();
    let mut place = vec![0; common.dims.len()];
    for axis in 0..inner.len() {
        for &part in &common.first[inner.iter().position(|&from| from == axis)?] {
            place[part] = origin_dims.len();
            origin_dims.push(common.dims[part]);
        }
    }
    let parts: Vec<usize> = outer.iter().flat_map(|&axis| common.second[axis].iter().copied()).collect();
    let permutation: Vec<usize> = parts.iter().map(|&part| place[part]).collect();
    let result_dims = parts.iter().map(|&part| common.dims[part]).collect();
    Some(around(sight, node, (origin, y), origin_dims, &permutation, result_dims))
}

/// A transposition of more axes than a kernel walks, of which neighbours stay together, is one of fewer.
pub(super) fn narrowed(sight: &mut Sight<'_>, node: &Node) -> Option<Rewrite> {
    let (x, y, permutation) = parts(sight, node)?;
    if permutation.len() < TOO_MANY_AXES {
        return None;
    }
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for &axis in &permutation {
        match groups.last_mut() {
            Some(group) if group.last().is_some_and(|&last| last + 1 == axis) => group.push(axis),
            _ => groups.push(vec![axis]),
        }
    }
    if groups.len() == permutation.len() {
        return None;
    }
    let size = |group: &Vec<usize>| group.iter().map(|&axis| sight.dims(x)[axis]).product::<usize>();
    let mut sorted: Vec<&Vec<usize>> = groups.iter().collect();
    sorted.sort();
    let order = groups.iter().map(|group| sorted.iter().position(|other| *other == group));
    let order: Vec<usize> = order.collect::<Option<_>>()?;
    let (from, to) = (sorted.iter().map(|group| size(group)).collect(), groups.iter().map(size).collect());
    Some(around(sight, node, (x, y), from, &order, to))
}

/// The operand, result and permutation of a `Transpose`.
fn parts(sight: &Sight<'_>, node: &Node) -> Option<(ValueId, ValueId, Vec<usize>)> {
    let (x, y) = (node.input(0).filter(|_| node.op == "Transpose")?, node.outputs.first().copied().flatten()?);
    Some((x, y, sight.graph.permutation(node).ok()?))
}

/// A `Transpose` in the place of `node`.
pub(super) fn transpose(node: &Node, x: ValueId, y: ValueId, permutation: &[usize]) -> Node {
    let permutation = permutation.iter().map(|&axis| axis as i64).collect();
    instead(node, "Transpose", vec![x], y, vec![("perm".to_owned(), Attribute::Ints(permutation))])
}

/// A transposition of `x` seen in the shape `from`, giving the shape `to`, between the reshapes to and from these.
fn around(
    sight: &mut Sight<'_>,
    node: &Node,
    (x, y): (ValueId, ValueId),
    from: Vec<usize>,
    permutation: &[usize],
    to: Vec<usize>,
) -> Rewrite {
    let seen = sight.value(node, "before", from, sight.element(x));
    let moved = sight.value(node, "after", to, sight.element(x));
    let nodes =
        vec![sight.reshape(node, x, seen), transpose(node, seen, moved, permutation), sight.reshape(node, moved, y)];
    Rewrite::Nodes(nodes)
}

/// Axes of which two shapes of the same elements are both made.
struct Common {
    dims: Vec<usize>,
    /// The common axes in each axis of the first shape.
    first: Vec<Vec<usize>>,
    /// The common axes in each axis of the second shape.
    second: Vec<Vec<usize>>,
}

impl Common {
    /// `None` where an axis of one shape cuts through one of the other unevenly, and for empty tensors.
    fn of(first: &[usize], second: &[usize]) -> Option<Self> {
        let total: usize = first.iter().product();
        if total == 0 || total != second.iter().product() {
            return None;
        }
        // The number of elements behind each boundary between axes; an axis of one element is none.
        let behind =
            |dims: &[usize]| -> Vec<usize> { (0..=dims.len()).map(|axis| dims[axis..].iter().product()).collect() };
        let (first_ends, second_ends) = (behind(first), behind(second));
        let mut ends = [first_ends.as_slice(), second_ends.as_slice()].concat();
        ends.sort_unstable_by(|a, b| b.cmp(a));
        ends.dedup();
        if !ends.windows(2).all(|pair| pair[0].is_multiple_of(pair[1])) {
            return None;
        }
        let dims = ends.windows(2).map(|pair| pair[0] / pair[1]).collect();
        let within = |bounds: &[usize]| -> Vec<Vec<usize>> {
            let inside = |pair: &[usize]| {
                (0..ends.len() - 1).filter(|&part| ends[part] <= pair[0] && ends[part + 1] >= pair[1]).collect()
            };
            bounds.windows(2).map(inside).collect()
        };
        Some(Self { dims, first: within(&first_ends), second: within(&second_ends) })
    }
}
