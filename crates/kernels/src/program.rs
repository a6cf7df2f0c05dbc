//! A graph lowered to kernels: what the GPU session and the CPU executor both run.

use crate::{Data, Element, Elements, Kernel, KernelError};

/// A linear list of operations over a few arenas, with every shape, offset and constant known.
///
/// Tensors that are never alive together share the elements of an arena; an operation never reads and
/// writes the same arena.
#[derive(Debug, Default)]
pub struct Program {
    /// Length of each arena in 32-bit elements.
    pub arenas: Vec<usize>,
    /// Weights and tables, uploaded once.
    pub constants: Vec<Elements>,
    /// What runs, in order.
    pub operations: Vec<Operation>,
    /// Where the caller's tensors go before a run.
    pub inputs: Vec<Port>,
    /// Where the results lie after a run.
    pub outputs: Vec<Port>,
    /// Every tensor with its place and lifetime, for those who look at the plan.
    pub tensors: Vec<Placed>,
}

/// Where a tensor begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Place {
    /// Which arena.
    pub arena: usize,
    /// First element in it: a multiple of 64.
    pub offset: usize,
}

impl Place {
    /// The start of an arena.
    #[must_use]
    pub fn start(arena: usize) -> Self {
        Self { arena, offset: 0 }
    }
}

/// A tensor of the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The node that makes it, or the input's name.
    pub label: String,
    /// Its elements.
    pub len: usize,
    /// Where they lie.
    pub place: Place,
    /// Step 0 uploads the inputs; operation n runs at step n + 1.
    pub first: usize,
    /// The last step that reads it.
    pub last: usize,
}

/// One kernel with its operands.
#[derive(Debug)]
pub struct Operation {
    /// The ONNX node it came from, for messages and timings.
    pub label: String,
    /// The kernel.
    pub kernel: Box<dyn Kernel>,
    /// Operands, in the order of the kernel's layout.
    pub reads: Vec<Source>,
    /// What it writes.
    pub write: Place,
}

/// Where an operand comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// A tensor in one of [`Program::arenas`].
    Tensor(Place),
    /// An entry of [`Program::constants`].
    Constant(usize),
}

/// A named input or output of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// The ONNX name.
    pub name: String,
    /// Dimensions, row-major.
    pub dims: Vec<usize>,
    /// What its elements are.
    pub element: Element,
    /// Where it lies.
    pub place: Place,
}

impl Port {
    /// Number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.dims.iter().product()
    }

    /// Whether the tensor holds no element.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Its elements within the arena.
    fn range(&self) -> std::ops::Range<usize> {
        self.place.offset..self.place.offset + self.len()
    }

    /// Whether `values` are what `ports` take, in number, type and length.
    ///
    /// # Errors
    /// The first input that does not fit, by name.
    pub fn check(ports: &[Self], values: &[Data<'_>]) -> Result<(), KernelError> {
        if values.len() != ports.len() {
            return Err(KernelError::InputCount { got: values.len(), wanted: ports.len() });
        }
        for (port, values) in ports.iter().zip(values) {
            let name = || port.name.clone();
            if values.element() != port.element {
                return Err(KernelError::InputType { name: name(), got: values.element(), wanted: port.element });
            }
            if values.u32().len() != port.len() {
                return Err(KernelError::InputLength { name: name(), got: values.u32().len(), wanted: port.len() });
            }
        }
        Ok(())
    }
}

impl Program {
    /// Bytes of all arenas together: the activations' share of GPU memory.
    #[must_use]
    pub fn activation_bytes(&self) -> usize {
        4 * self.arenas.iter().sum::<usize>()
    }

    /// Bytes of all constants together.
    #[must_use]
    pub fn constant_bytes(&self) -> usize {
        self.constants.iter().map(Elements::bytes).sum()
    }

    /// Work of one run, in the unit of [`Kernel::work`].
    #[must_use]
    pub fn work(&self) -> u64 {
        self.operations.iter().map(|operation| operation.kernel.work()).sum()
    }

    /// Checks every kernel's preconditions.
    ///
    /// # Errors
    /// The first kernel's refusal, with the node it came from.
    pub fn check(&self) -> Result<(), KernelError> {
        for operation in &self.operations {
            operation.kernel.check().map_err(|error| error.in_node(&operation.label))?;
        }
        Ok(())
    }

    /// Runs the program with the kernels' CPU twins, single-threaded.
    ///
    /// `inputs` come in the order of [`Program::inputs`]; the outputs in that of
    /// [`Program::outputs`]. `watch` is called after each operation with the share of work done and
    /// may end the run.
    ///
    /// # Errors
    /// An input of the wrong length or type, or a run that `watch` ended.
    pub fn run_cpu(
        &self,
        inputs: &[Data<'_>],
        mut watch: impl FnMut(f64) -> std::ops::ControlFlow<()>,
    ) -> Result<Vec<Elements>, KernelError> {
        Port::check(&self.inputs, inputs)?;
        let mut arenas: Vec<Vec<u32>> = self.arenas.iter().map(|&len| vec![0; len]).collect();
        for (port, values) in self.inputs.iter().zip(inputs) {
            arenas[port.place.arena][port.range()].copy_from_slice(values.u32());
        }
        let total = self.work().max(1);
        let mut done = 0;
        for operation in &self.operations {
            let layout = operation.kernel.layout();
            let mut write = std::mem::take(&mut arenas[operation.write.arena]);
            let reads: Vec<Data<'_>> = operation
                .reads
                .iter()
                .zip(&layout)
                .map(|(source, binding)| match *source {
                    Source::Tensor(Place { arena, offset }) => {
                        Data::of(binding.element, &arenas[arena][offset..offset + binding.len()])
                    }
                    Source::Constant(constant) => self.constants[constant].data(),
                })
                .collect();
            let len = layout.last().map_or(0, crate::Binding::len);
            let Place { arena, offset } = operation.write;
            operation.kernel.cpu(&reads, bytemuck::cast_slice_mut(&mut write[offset..offset + len]));
            arenas[arena] = write;
            done += operation.kernel.work();
            if watch(done as f64 / total as f64).is_break() {
                return Err(KernelError::Cancelled);
            }
        }
        Ok(self
            .outputs
            .iter()
            .map(|port| Elements::of(port.element, &arenas[port.place.arena][port.range()]))
            .collect())
    }
}
