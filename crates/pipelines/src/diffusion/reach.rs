//! How far around its own place a network of images reads its input.

use darkroom_graph::{FixedGraph, Node, ValueId};

/// What a value depends on.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Reach {
    /// Not on the input.
    Nothing,
    /// On the input within so many of its cells around the value's own place.
    Within(f64),
    /// On all of it.
    Everything,
}

/// Cells of the input `name` that a pixel of the first output reads to each side of its own place, a little too many
/// rather than too few. `None` where it reads all of them, as behind a normalisation over the image or an attention, or
/// where an operator is not known to be local.
pub(super) fn reach(graph: &FixedGraph, name: &str) -> Option<usize> {
    let input = graph.inputs.iter().copied().find(|&value| graph.names[value] == name)?;
    let width = *graph.dims[input].last()?;
    let mut known = vec![Reach::Nothing; graph.dims.len()];
    for &value in &graph.inputs {
        known[value] = Reach::Within(0.0);
    }
    for node in &graph.nodes {
        let read = node.reads().into_iter().map(|value| known[value]).fold(Reach::Nothing, wider);
        let own = match (read, added(graph, node)) {
            (Reach::Within(cells), Some(pixels)) => Reach::Within(cells + pixels * width as f64 / edge(graph, node)),
            (Reach::Within(_), None) => Reach::Everything,
            _ => read,
        };
        node.outputs.iter().flatten().for_each(|&value| known[value] = own);
    }
    match known[*graph.outputs.first()?] {
        Reach::Within(cells) => Some(cells.ceil() as usize),
        _ => None,
    }
}

fn wider(a: Reach, b: Reach) -> Reach {
    match (a, b) {
        (Reach::Everything, _) | (_, Reach::Everything) => Reach::Everything,
        (Reach::Within(a), Reach::Within(b)) => Reach::Within(a.max(b)),
        (Reach::Nothing, other) | (other, Reach::Nothing) => other,
    }
}

/// The width of what a node reads, at least 1.
fn edge(graph: &FixedGraph, node: &Node) -> f64 {
    dims(graph, node.input(0)).last().map_or(1.0, |&width| width as f64).max(1.0)
}

fn dims(graph: &FixedGraph, value: Option<ValueId>) -> &[usize] {
    value.map_or(&[], |value| graph.dims[value].as_slice())
}

/// Pixels of its operand that a node reads to each side; `None` where it may read all of them.
fn added(graph: &FixedGraph, node: &Node) -> Option<f64> {
    let largest = |name: &str, otherwise: i64| {
        node.attributes.ints(name).and_then(|values| values.iter().max().copied()).unwrap_or(otherwise) as f64
    };
    let (stride, dilation) = (largest("strides", 1), largest("dilations", 1));
    // Of pads on both sides the smaller begins furthest away.
    let pad = node.attributes.ints("pads").and_then(|pads| pads.iter().min().copied()).unwrap_or(0) as f64;
    let window = |kernel: f64| {
        let extent = (kernel - 1.0) * dilation;
        extent - pad.min(extent / 2.0)
    };
    let weights = || dims(graph, node.input(1)).iter().skip(2).max().map_or(1.0, |&taps| taps as f64);
    match node.op.as_str() {
        "Conv" => Some(window(weights()) + stride - 1.0),
        "ConvTranspose" => Some(window(weights()) / stride + 1.0),
        "AveragePool" | "MaxPool" => Some(window(largest("kernel_shape", 1)) + stride - 1.0),
        "Resize" | "Upsample" => Some(2.0),
        "DepthToSpace" | "BatchNormalization" => Some(0.0),
        "Abs" | "Add" | "Cast" | "Clip" | "Concat" | "Div" | "Elu" | "Erf" | "Exp" | "Gelu" | "HardSigmoid"
        | "HardSwish" | "Identity" | "LeakyRelu" | "Log" | "Max" | "Min" | "Mish" | "Mul" | "Neg" | "PRelu" | "Pow"
        | "Relu" | "Sigmoid" | "Sin" | "Softplus" | "Sqrt" | "Sub" | "Sum" | "Swish" | "Tanh" | "Where"
            if in_place(graph, node) =>
        {
            Some(0.0)
        }
        _ => None,
    }
}

/// Whether every image among a node's operands has the edges of its result.
fn in_place(graph: &FixedGraph, node: &Node) -> bool {
    let result = dims(graph, node.outputs.first().copied().flatten());
    let plane = |dims: &[usize]| dims.len().checked_sub(2).map(|from| dims[from..].to_vec());
    let Some(own) = plane(result) else { return true };
    let fits = |dims: &[usize]| plane(dims).is_none_or(|other| other == own || other.iter().all(|&edge| edge == 1));
    node.reads().into_iter().all(|value| fits(&graph.dims[value]))
}
