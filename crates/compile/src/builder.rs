//! The program under construction: virtual tensors, constants and the nodes already taken in.

use std::collections::HashMap;

use darkroom_graph::{FixedGraph, Node, ValueId};
use darkroom_kernels::{Element, Elements, Kernel};

use crate::{CompileError, weights};

/// A tensor before it has a place.
pub(crate) type TensorId = usize;

/// What a kernel reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operand {
    /// The result of an operation, or an input.
    Tensor(TensorId),
    /// An entry of the program's constants.
    Constant(usize),
}

/// Elements of the tables that lowering makes besides the file's constants: 256 MiB.
const MOST_IN_TABLES: usize = 1 << 26;

/// Kernels of one program. A recurrent layer makes some for each step of its sequence.
const MOST_KERNELS: usize = 1 << 16;

pub(crate) struct Draft {
    pub(crate) label: String,
    pub(crate) kernel: Box<dyn Kernel>,
    pub(crate) reads: Vec<Operand>,
    pub(crate) write: TensorId,
}

pub(crate) struct Builder<'g> {
    pub(crate) graph: &'g FixedGraph,
    producer: HashMap<ValueId, usize>,
    consumers: HashMap<ValueId, Vec<usize>>,
    taken: Vec<bool>,
    /// Length of each tensor in elements.
    pub(crate) tensors: Vec<usize>,
    pub(crate) tensor_of: HashMap<ValueId, TensorId>,
    pub(crate) constants: Vec<Elements>,
    constant_of: HashMap<ValueId, usize>,
    pub(crate) drafts: Vec<Draft>,
    /// Elements of all tables made so far that are not the file's.
    tables: usize,
    /// The node put off until another is reached, and whether nodes may be put off at all.
    waiting: HashMap<usize, Vec<usize>>,
    patient: bool,
}

impl<'g> Builder<'g> {
    pub(crate) fn new(graph: &'g FixedGraph) -> Self {
        let mut producer = HashMap::new();
        let mut consumers: HashMap<ValueId, Vec<usize>> = HashMap::new();
        for (index, node) in graph.nodes.iter().enumerate() {
            producer.extend(node.outputs.iter().flatten().map(|&value| (value, index)));
            for &value in node.inputs.iter().flatten() {
                consumers.entry(value).or_default().push(index);
            }
        }
        let mut builder = Self {
            graph,
            producer,
            consumers,
            taken: vec![false; graph.nodes.len()],
            tensors: Vec::new(),
            tensor_of: HashMap::new(),
            constants: Vec::new(),
            constant_of: HashMap::new(),
            drafts: Vec::new(),
            tables: 0,
            waiting: HashMap::new(),
            patient: true,
        };
        for &value in &graph.inputs {
            let tensor = builder.tensor(graph.dims[value].iter().product());
            builder.tensor_of.insert(value, tensor);
        }
        builder
    }

    /// Whether an earlier node's kernel computes this node too.
    pub(crate) fn is_taken(&self, index: usize) -> bool {
        self.taken[index]
    }

    /// Marks a node as computed.
    pub(crate) fn take(&mut self, index: usize) {
        self.taken[index] = true;
    }

    /// Puts `head` off until node `until` is reached, because its kernel could take in `until` once that
    /// node's other operand exists. A node is put off once, and only one for each `until`: two that wait
    /// for each other's results would both come too late. `false` means it must be lowered now.
    pub(crate) fn put_off(&mut self, head: usize, until: usize) -> bool {
        let may_wait = self.patient && !self.waiting.contains_key(&until);
        if may_wait {
            self.waiting.insert(until, vec![head]);
        }
        may_wait
    }

    /// Puts `head`, which reads what waits for `until`, off behind that. `false` if nothing waits for it.
    pub(crate) fn put_off_too(&mut self, head: usize, until: usize) -> bool {
        let waiting = self.waiting.get_mut(&until);
        waiting.map(|heads| heads.push(head)).is_some()
    }

    /// The nodes that were put off until `index`, in order. While they are lowered nothing is put off again.
    pub(crate) fn due(&mut self, index: usize) -> Vec<usize> {
        let due = self.waiting.remove(&index).unwrap_or_default();
        self.patient = due.is_empty();
        due
    }

    pub(crate) fn node(&self, index: usize) -> &'g Node {
        &self.graph.nodes[index]
    }

    /// The single output of a node.
    pub(crate) fn output(&self, node: &Node) -> Result<ValueId, CompileError> {
        let output = node.outputs.first().copied().flatten();
        output.ok_or_else(|| CompileError::unsupported(node, "it has no output"))
    }

    /// The operand at `index`, which must be given.
    pub(crate) fn input(&self, node: &Node, index: usize) -> Result<ValueId, CompileError> {
        node.input(index).ok_or_else(|| CompileError::unsupported(node, format!("operand {index} is missing")))
    }

    /// The result at `index`, if the node has one there that something reads.
    pub(crate) fn result(&self, node: &Node, index: usize) -> Option<ValueId> {
        let value = node.outputs.get(index).copied().flatten()?;
        (self.graph.outputs.contains(&value) || !self.consumers(value).is_empty()).then_some(value)
    }

    /// What the elements of `value` are on the device.
    pub(crate) fn element(&self, value: ValueId) -> Element {
        device_element(self.graph, value)
    }

    pub(crate) fn dims(&self, value: ValueId) -> &'g [usize] {
        &self.graph.dims[value]
    }

    /// The node that makes `value`.
    pub(crate) fn producer(&self, value: ValueId) -> Option<&'g Node> {
        self.producer.get(&value).map(|&index| self.node(index))
    }

    /// The only node that reads `value`, unless the value is also an output of the model.
    pub(crate) fn sole_consumer(&self, value: ValueId) -> Option<usize> {
        match self.consumers.get(&value).map(Vec::as_slice) {
            Some(&[index]) if !self.graph.outputs.contains(&value) && !self.taken[index] => Some(index),
            _ => None,
        }
    }

    /// The nodes that read `value`.
    pub(crate) fn consumers(&self, value: ValueId) -> &[usize] {
        self.consumers.get(&value).map_or(&[], Vec::as_slice)
    }

    /// Whether `value` is a constant, or can be read by an operation placed here.
    pub(crate) fn is_ready(&self, value: ValueId) -> bool {
        self.tensor_of.contains_key(&value) || weights::is_constant(self, value)
    }

    /// A new tensor of `len` elements; one of none has a place all the same, since no buffer is empty.
    pub(crate) fn tensor(&mut self, len: usize) -> TensorId {
        self.tensors.push(len.max(1));
        self.tensors.len() - 1
    }

    /// Elements of a tensor.
    pub(crate) fn length(&self, tensor: TensorId) -> usize {
        self.tensors[tensor]
    }

    /// Accounts for a table of `len` elements that lowering makes for `node`, before it is made.
    ///
    /// # Errors
    /// More than a file of any size should cause, together with the tables of other nodes.
    pub(crate) fn afford(&mut self, node: &Node, len: usize) -> Result<(), CompileError> {
        self.tables = self.tables.saturating_add(len);
        if self.tables > MOST_IN_TABLES {
            let reason = format!("it wants a table of {len} elements, too many together with those of other nodes");
            return Err(CompileError::unsupported(node, reason));
        }
        Ok(())
    }

    /// A constant that the graph does not hold in this form.
    pub(crate) fn constant(&mut self, constant: Elements) -> Operand {
        self.constants.push(constant);
        Operand::Constant(self.constants.len() - 1)
    }

    /// What a kernel reads for `value`; a constant is uploaded once as float32 or int32.
    pub(crate) fn operand(&mut self, node: &Node, value: ValueId) -> Result<Operand, CompileError> {
        if let Some(&tensor) = self.tensor_of.get(&value) {
            return Ok(Operand::Tensor(tensor));
        }
        if let Some(&constant) = self.constant_of.get(&value) {
            return Ok(Operand::Constant(constant));
        }
        let too_early = || CompileError::unsupported(node, format!("it reads {} too early", self.graph.names[value]));
        let elements = match (self.element(value), self.graph.constant(Some(value))) {
            (Element::I32, Some(tensor)) => {
                let narrow = tensor.to_i64().into_iter().map(|value| match i32::try_from(value) {
                    // A 32-bit pattern keeps its bits; only what needs more is refused.
                    Err(_) => u32::try_from(value).map(u32::cast_signed),
                    fits => fits,
                });
                let narrow = narrow.collect::<Result<Vec<i32>, _>>();
                Elements::I32(narrow.map_err(|_| {
                    let name = &self.graph.names[value];
                    CompileError::unsupported(node, format!("the constant {name} holds integers beyond 32 bits"))
                })?)
            }
            _ => Elements::F32(weights::constant(self, value).ok_or_else(too_early)?),
        };
        let operand = self.constant(elements);
        self.constant_of.insert(value, self.constants.len() - 1);
        Ok(operand)
    }

    /// Adds a kernel whose result is a tensor of its own.
    pub(crate) fn emit(
        &mut self,
        label: &str,
        kernel: impl Kernel + 'static,
        reads: Vec<Operand>,
    ) -> Result<TensorId, CompileError> {
        let len = kernel.layout().last().map_or(0, darkroom_kernels::Binding::len);
        let write = self.tensor(len);
        self.emit_into(label, kernel, reads, write)?;
        Ok(write)
    }

    /// Adds a kernel that writes all or a part of `write`.
    pub(crate) fn emit_into(
        &mut self,
        label: &str,
        kernel: impl Kernel + 'static,
        reads: Vec<Operand>,
        write: TensorId,
    ) -> Result<(), CompileError> {
        // What has no element needs no kernel.
        if kernel.layout().last().is_some_and(darkroom_kernels::Binding::is_empty) {
            return Ok(());
        }
        kernel.check().map_err(|error| error.in_node(label))?;
        let lengths = reads.iter().copied().chain([Operand::Tensor(write)]).map(|operand| match operand {
            Operand::Tensor(tensor) => self.tensors[tensor],
            Operand::Constant(constant) => self.constants[constant].len(),
        });
        if self.drafts.len() == MOST_KERNELS {
            return Err(CompileError::TooLong { node: label.to_owned(), most: MOST_KERNELS });
        }
        // What the graph says of a tensor and what the kernel makes of it must agree.
        for (binding, len) in kernel.layout().iter().zip(lengths) {
            if binding.len() > len {
                return Err(CompileError::Operand {
                    node: label.to_owned(),
                    binding: binding.name,
                    got: len,
                    wanted: binding.len(),
                });
            }
        }
        self.drafts.push(Draft { label: label.to_owned(), kernel: Box::new(kernel), reads, write });
        Ok(())
    }

    /// Says that `value` is `tensor`.
    pub(crate) fn bind(&mut self, value: ValueId, tensor: TensorId) {
        self.tensor_of.insert(value, tensor);
    }
}

/// What the elements of a value of `graph` are on the device.
pub(crate) fn device_element(graph: &FixedGraph, value: ValueId) -> Element {
    if graph.elements[value].is_float() { Element::F32 } else { Element::I32 }
}
