//! Control flow, gone before the run: a branch that is known is taken, a loop that is known is written out.

use std::collections::HashMap;

use crate::{Attribute, FixedGraph, GraphError, Node, Subgraph, Tensor, ValueId};

/// Most turns of a loop that is written out.
const MOST_TURNS: i64 = 4096;

/// Most nodes of a graph with its loops written out.
const MOST_NODES: usize = 1 << 18;

/// What a walk through the nodes of a graph keeps.
pub(crate) struct Walk {
    /// Which value stands for each.
    pub(crate) alias: Vec<ValueId>,
    /// How many elements folding may still make.
    pub(crate) budget: usize,
}

impl Walk {
    fn of(&self, value: ValueId) -> ValueId {
        self.alias[value]
    }
}

impl FixedGraph {
    /// Adds nodes in their order.
    ///
    /// # Errors
    /// A node that is refused, or control flow that depends on what only a run computes.
    pub(crate) fn add_all(&mut self, nodes: &[Node], walk: &mut Walk) -> Result<(), GraphError> {
        for node in nodes {
            if self.nodes.len() > MOST_NODES {
                return Err(node.refuse(format!("more than {MOST_NODES} nodes once its loops are written out")));
            }
            let operands = || node.inputs.iter().map(|value| value.map(|value| walk.of(value))).collect();
            match node.op.as_str() {
                "If" => self.branch(node, walk)?,
                "Loop" => self.turns(node, walk)?,
                _ => self.add_one(&Node { inputs: operands(), ..node.clone() }, walk)?,
            }
        }
        Ok(())
    }

    /// Adds a node whose operands are resolved.
    fn add_one(&mut self, node: &Node, walk: &mut Walk) -> Result<(), GraphError> {
        let folded = self.add(node, &mut walk.alias)?;
        walk.budget = walk.budget.checked_sub(folded).ok_or_else(|| {
            node.refuse("its result is known before the run, and too large together with those of the nodes before it")
        })?;
        Ok(())
    }

    /// A constant that is a single number or truth.
    fn known(&self, value: Option<ValueId>, walk: &Walk) -> Option<i64> {
        self.constant(value.map(|value| walk.of(value))).and_then(|tensor| tensor.to_i64().first().copied())
    }

    /// `If`: the branch that its condition names. Where only a run knows the condition, both are computed and chosen
    /// from, element by element.
    fn branch(&mut self, node: &Node, walk: &mut Walk) -> Result<(), GraphError> {
        let body = |name: &str| node.attributes.graph(name).ok_or_else(|| node.refuse(format!("it has no {name}")));
        let (yes, no) = (body("then_branch")?, body("else_branch")?);
        if let Some(condition) = self.known(node.input(0), walk) {
            let taken = if condition == 0 { no } else { yes };
            self.add_all(&taken.nodes, walk)?;
            for (output, &result) in node.outputs.iter().zip(&taken.outputs) {
                if let Some(output) = *output {
                    walk.alias[output] = walk.of(result);
                }
            }
            return Ok(());
        }
        self.add_all(&yes.nodes, walk)?;
        self.add_all(&no.nodes, walk)?;
        for ((output, &yes), &no) in node.outputs.iter().zip(&yes.outputs).zip(&no.outputs) {
            let (yes, no) = (walk.of(yes), walk.of(no));
            if self.dims[yes] != self.dims[no] {
                let (yes, no) = (&self.dims[yes], &self.dims[no]);
                return Err(node.refuse(format!(
                    "only a run knows its condition, and its branches give different shapes: {yes:?} and {no:?}"
                )));
            }
            let inputs = vec![node.input(0).map(|value| walk.of(value)), Some(yes), Some(no)];
            let choose = Node { op: "Where".to_owned(), inputs, outputs: vec![*output], ..plain(node) };
            self.add_one(&choose, walk)?;
        }
        Ok(())
    }

    /// `Loop`: as many copies of its body as it has turns, and the slices it scans joined along a new first axis.
    fn turns(&mut self, node: &Node, walk: &mut Walk) -> Result<(), GraphError> {
        let body = node.attributes.graph("body").ok_or_else(|| node.refuse("it has no body"))?;
        let limit = match node.input(0) {
            Some(limit) => Some(self.known(Some(limit), walk).ok_or_else(|| {
                node.refuse("its number of turns must be known before the run, so that it can be written out")
            })?),
            None => None,
        };
        let condition = |known: Option<i64>| {
            known.ok_or_else(|| node.refuse("only a run knows when it ends, so it cannot be written out"))
        };
        let mut goes_on = match node.input(1) {
            Some(first) => condition(self.known(Some(first), walk))? != 0,
            None => true,
        };
        let mut carried: Vec<ValueId> = node.inputs.iter().skip(2).flatten().map(|&value| walk.of(value)).collect();
        let scans = body.outputs.len().checked_sub(1 + carried.len());
        let scans = scans.filter(|_| body.inputs.len() == 2 + carried.len());
        let scans =
            scans.ok_or_else(|| node.refuse("its body takes or gives another number of values than it does"))?;
        let mut slices: Vec<Vec<ValueId>> = vec![Vec::new(); scans];
        let mut turn = 0;
        while goes_on && limit.is_none_or(|limit| turn < limit) {
            if turn == MOST_TURNS {
                return Err(node.refuse(format!("more than {MOST_TURNS} turns")));
            }
            let body = self.copy_of(body, walk);
            let number = self.fresh(node, Some(Tensor::integer(turn)), walk);
            let holds = self.fresh(node, Some(Tensor::integer(1).cast(crate::ElementType::Bool)), walk);
            for (&input, value) in body.inputs.iter().zip([number, holds].into_iter().chain(carried.iter().copied())) {
                walk.alias[input] = value;
            }
            self.add_all(&body.nodes, walk)?;
            goes_on = condition(self.known(body.outputs.first().copied(), walk))? != 0;
            let results: Vec<ValueId> = body.outputs[1..].iter().map(|&value| walk.of(value)).collect();
            let (kept, scanned) = results.split_at(carried.len());
            carried = kept.to_vec();
            for (slices, &slice) in slices.iter_mut().zip(scanned) {
                slices.push(slice);
            }
            turn += 1;
        }
        let (kept, scanned) = node.outputs.split_at(node.outputs.len().min(carried.len()));
        for (output, value) in kept.iter().zip(carried) {
            if let Some(output) = *output {
                walk.alias[output] = value;
            }
        }
        for (output, slices) in scanned.iter().zip(slices) {
            if let Some(output) = *output {
                self.stack(node, &slices, output, walk)?;
            }
        }
        Ok(())
    }

    /// Joins equal shapes along a new first axis.
    fn stack(&mut self, node: &Node, slices: &[ValueId], output: ValueId, walk: &mut Walk) -> Result<(), GraphError> {
        if slices.is_empty() {
            return Err(node.refuse("no turn, so that what it scans has no shape"));
        }
        let mut rows = Vec::new();
        for &slice in slices {
            let row = self.fresh(node, None, walk);
            let inputs = vec![Some(slice)];
            // An attribute up to opset 12; the reader of axes takes either at any set.
            let attributes = crate::Attributes(vec![("axes".to_owned(), Attribute::Ints(vec![0]))]);
            self.add_one(
                &Node { op: "Unsqueeze".to_owned(), inputs, outputs: vec![Some(row)], attributes, ..plain(node) },
                walk,
            )?;
            rows.push(Some(walk.of(row)));
        }
        let attributes = crate::Attributes(vec![("axis".to_owned(), Attribute::Int(0))]);
        self.add_one(
            &Node { op: "Concat".to_owned(), inputs: rows, outputs: vec![Some(output)], attributes, ..plain(node) },
            walk,
        )
    }

    /// The body with values of its own.
    fn copy_of(&mut self, body: &Subgraph, walk: &mut Walk) -> Subgraph {
        let mut own = Vec::new();
        collect_inside(body, &mut own);
        let mut renamed = HashMap::new();
        for value in own {
            // Initialisers are the same in every turn.
            if self.constants[value].is_none() {
                let name = self.names[value].clone();
                renamed.insert(value, self.fresh_named(name, None, walk));
            }
        }
        with_values(body, &renamed)
    }

    fn fresh(&mut self, node: &Node, constant: Option<Tensor>, walk: &mut Walk) -> ValueId {
        self.fresh_named(node.name.clone(), constant, walk)
    }

    fn fresh_named(&mut self, name: String, constant: Option<Tensor>, walk: &mut Walk) -> ValueId {
        let value = self.names.len();
        self.names.push(name);
        self.dims.push(constant.as_ref().map(|tensor| tensor.dims.clone()).unwrap_or_default());
        self.elements.push(constant.as_ref().map(|tensor| tensor.element).unwrap_or_default());
        self.constants.push(constant);
        walk.alias.push(value);
        value
    }
}

/// A node's name, without what it does.
fn plain(node: &Node) -> Node {
    Node {
        name: node.name.clone(),
        op: String::new(),
        inputs: Vec::new(),
        outputs: Vec::new(),
        attributes: crate::Attributes::default(),
    }
}

fn collect_inside(body: &Subgraph, own: &mut Vec<ValueId>) {
    own.extend(&body.inside);
    for graph in body.nodes.iter().flat_map(|node| node.attributes.graphs()) {
        collect_inside(graph, own);
    }
}

/// The same graph with other values, in the graphs within it too.
fn with_values(body: &Subgraph, renamed: &HashMap<ValueId, ValueId>) -> Subgraph {
    let name = |value: ValueId| renamed.get(&value).copied().unwrap_or(value);
    let names = |values: &[ValueId]| values.iter().map(|&value| name(value)).collect();
    let given = |values: &[Option<ValueId>]| values.iter().map(|value| value.map(name)).collect();
    let attribute = |(key, value): &(String, Attribute)| {
        let value = match value {
            Attribute::Graph(graph) => Attribute::Graph(with_values(graph, renamed)),
            other => other.clone(),
        };
        (key.clone(), value)
    };
    let node = |node: &Node| Node {
        name: node.name.clone(),
        op: node.op.clone(),
        inputs: given(&node.inputs),
        outputs: given(&node.outputs),
        attributes: crate::Attributes(node.attributes.0.iter().map(attribute).collect()),
    };
    Subgraph {
        inputs: names(&body.inputs),
        outputs: names(&body.outputs),
        nodes: body.nodes.iter().map(node).collect(),
        inside: names(&body.inside),
    }
}
