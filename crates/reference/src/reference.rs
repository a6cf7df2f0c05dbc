//! The executor.

use burn_backend::Backend;
use darkroom_graph::{FixedGraph, Node, ValueId};
use darkroom_kernels::{Data, Elements};

use crate::ReferenceError;
use crate::call::{Call, constant};
use crate::operators::{Operation, find};
use crate::tensor::{Float, Int, Value, held};

/// A graph made ready to run on the backend `B`.
pub struct Reference<B: Backend> {
    graph: FixedGraph,
    device: B::Device,
    /// The nodes that depend on an input: index into the graph's nodes, and what runs them.
    steps: Vec<(usize, Operation<B>)>,
    /// Tensors known before the run, by value.
    known: Vec<Option<Value<B>>>,
    /// The last step that reads each value; none for outputs, which stay.
    last_use: Vec<Option<usize>>,
}

/// A run under way: the tensors that later nodes read.
pub struct Run<B: Backend> {
    values: Vec<Option<Value<B>>>,
    /// Steps done.
    done: usize,
}

impl<B: Backend> std::fmt::Debug for Run<B> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run").field("done", &self.done).finish_non_exhaustive()
    }
}

impl<B: Backend> std::fmt::Debug for Reference<B> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reference").field("steps", &self.steps.len()).finish_non_exhaustive()
    }
}

impl<B: Backend> Reference<B> {
    /// Makes `graph` ready on the backend's default device: uploads its constants and computes what
    /// depends on nothing else, such as dequantised weights.
    ///
    /// # Errors
    /// Operators that this executor does not run, by node; constants that do not fit them.
    pub fn new(graph: &FixedGraph) -> Result<Self, ReferenceError> {
        Self::on(graph, B::Device::default())
    }

    /// As [`Reference::new`], on `device`.
    ///
    /// # Errors
    /// As [`Reference::new`].
    pub fn on(graph: &FixedGraph, device: B::Device) -> Result<Self, ReferenceError> {
        let known = graph.constants.iter().map(|tensor| tensor.as_ref().and_then(|tensor| constant(tensor, &device)));
        let mut reference = Self {
            known: known.collect(),
            steps: Vec::with_capacity(graph.nodes.len()),
            last_use: vec![None; graph.names.len()],
            graph: graph.clone(),
            device,
        };
        reference.prepare()?;
        Ok(reference)
    }

    /// Computes what is constant and works out which steps are left and who reads what last.
    fn prepare(&mut self) -> Result<(), ReferenceError> {
        for index in 0..self.graph.nodes.len() {
            let node = &self.graph.nodes[index];
            let operation = find(&node.op)
                .ok_or_else(|| node.refuse("the CPU path has no such operator; run the model on a GPU"))?;
            let known = |&value: &ValueId| self.graph.constants[value].is_some() || self.known[value].is_some();
            if node.inputs.iter().flatten().all(known) {
                let operands = operands(node, &self.known);
                for (value, result) in self.call(index, operation, operands)? {
                    self.known[value] = Some(result);
                }
            } else {
                for &value in node.inputs.iter().flatten() {
                    self.last_use[value] = Some(self.steps.len());
                }
                self.steps.push((index, operation));
            }
        }
        for &output in &self.graph.outputs {
            self.last_use[output] = None;
        }
        // What only other constants were computed from is not needed again.
        for value in 0..self.known.len() {
            if self.last_use[value].is_none() && !self.graph.outputs.contains(&value) {
                self.known[value] = None;
            }
        }
        Ok(())
    }

    /// The outputs' names and dimensions, in the order of [`Reference::run`]'s results.
    #[must_use]
    pub fn outputs(&self) -> Vec<(String, Vec<usize>)> {
        let output = |(name, &value): (&String, &ValueId)| (name.clone(), self.graph.dims[value].clone());
        self.graph.output_names.iter().zip(&self.graph.outputs).map(output).collect()
    }

    /// Runs once. `inputs` are named as in the graph, in any order; booleans are 0 and 1.
    ///
    /// # Errors
    /// An input that is missing or of another length or kind; whatever a node refuses.
    pub fn run(&self, inputs: &[(&str, Data<'_>)]) -> Result<Vec<Elements>, ReferenceError> {
        let mut run = self.start(inputs)?;
        while self.step(&mut run)? < 1.0 {}
        self.finish(run)
    }

    /// Begins a run that [`Reference::step`] carries on and [`Reference::finish`] ends, for callers that
    /// have other things to do between nodes.
    ///
    /// # Errors
    /// As [`Reference::run`] for the inputs.
    pub fn start(&self, inputs: &[(&str, Data<'_>)]) -> Result<Run<B>, ReferenceError> {
        let mut values = self.known.clone();
        for &value in &self.graph.inputs {
            values[value] = Some(self.input(value, inputs)?);
        }
        Ok(Run { values, done: 0 })
    }

    /// The node that [`Reference::step`] runs next; `None` when all are done.
    #[must_use]
    pub fn next(&self, run: &Run<B>) -> Option<&Node> {
        self.steps.get(run.done).map(|&(index, _)| &self.graph.nodes[index])
    }

    /// Runs the next node; the share of nodes that are done, 1 at the end.
    ///
    /// # Errors
    /// What the node refuses.
    pub fn step(&self, run: &mut Run<B>) -> Result<f64, ReferenceError> {
        if let Some(&(index, operation)) = self.steps.get(run.done) {
            let node = &self.graph.nodes[index];
            let operands = operands(node, &run.values);
            for &value in node.inputs.iter().flatten() {
                if self.last_use[value] == Some(run.done) {
                    run.values[value] = None;
                }
            }
            for (value, result) in self.call(index, operation, operands)? {
                run.values[value] = Some(result);
            }
            run.done += 1;
        }
        Ok(if run.done >= self.steps.len() { 1.0 } else { run.done as f64 / self.steps.len() as f64 })
    }

    /// The outputs of a run whose last step is done, in the order of [`Reference::outputs`].
    ///
    /// # Errors
    /// A run that is not done, or a backend that cannot be read.
    pub fn finish(&self, mut run: Run<B>) -> Result<Vec<Elements>, ReferenceError> {
        // The same value may be two outputs.
        let last = |n: usize| !self.graph.outputs[n + 1..].contains(&self.graph.outputs[n]);
        (0..self.graph.outputs.len())
            .map(|n| {
                let value = self.graph.outputs[n];
                self.output(value, if last(n) { run.values[value].take() } else { run.values[value].clone() })
            })
            .collect()
    }

    /// Runs node `index` and gives its results by value, each of the dimensions the graph promises.
    fn call(
        &self,
        index: usize,
        operation: Operation<B>,
        operands: Vec<Option<Value<B>>>,
    ) -> Result<Vec<(ValueId, Value<B>)>, ReferenceError> {
        let node = &self.graph.nodes[index];
        let results = operation(&mut Call { node, graph: &self.graph, device: &self.device, operands })?;
        let mut named = Vec::with_capacity(results.len());
        for (result, value) in results.into_iter().zip(&node.outputs) {
            let Some(value) = *value else { continue };
            let wanted = held(&self.graph.dims[value]);
            if result.dims() != wanted {
                let reason = format!("it gave a tensor of {:?}, the graph expects {wanted:?}", result.dims());
                return Err(node.refuse(reason).into());
            }
            named.push((value, result));
        }
        match node.outputs.iter().flatten().find(|&&value| named.iter().all(|(named, _)| *named != value)) {
            Some(&value) => Err(node.refuse(format!("it does not give {}", self.graph.names[value])).into()),
            None => Ok(named),
        }
    }

    fn input(&self, value: ValueId, inputs: &[(&str, Data<'_>)]) -> Result<Value<B>, ReferenceError> {
        let (name, dims) = (&self.graph.names[value], &self.graph.dims[value]);
        let refuse = |reason: String| ReferenceError::Input { name: name.clone(), reason };
        let given = inputs.iter().find(|(given, _)| given == name);
        let (_, data) = given.ok_or_else(|| refuse("no tensor was given for it".to_owned()))?;
        let (wanted, got) = (dims.iter().product::<usize>(), data.u32().len());
        if got != wanted {
            return Err(refuse(format!("it has {got} elements; the graph wants {wanted}, as {dims:?}")));
        }
        match data {
            Data::F32(values) => Ok(Value::Float(Float::new(values.to_vec(), dims, &self.device))),
            Data::I32(values) => Ok(Value::Int(Int::new(values.to_vec(), dims, &self.device))),
            Data::U32(_) => Err(refuse("it is packed words; give it as floats or integers".to_owned())),
        }
    }

    fn output(&self, value: ValueId, tensor: Option<Value<B>>) -> Result<Elements, ReferenceError> {
        match tensor {
            Some(Value::Float(tensor)) => Ok(Elements::F32(tensor.read()?)),
            Some(Value::Int(tensor)) => Ok(Elements::I32(tensor.read()?)),
            Some(Value::Bool(tensor)) => Ok(Elements::I32(tensor.int().read()?)),
            None => Err(ReferenceError::Backend(format!("nothing computed output {}", self.graph.names[value]))),
        }
    }
}

/// The operands of `node` among `values`.
fn operands<B: Backend>(node: &Node, values: &[Option<Value<B>>]) -> Vec<Option<Value<B>>> {
    node.inputs.iter().map(|operand| operand.and_then(|value| values[value].clone())).collect()
}
