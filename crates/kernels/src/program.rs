//! A graph lowered to kernels: what the GPU session and the CPU executor both run.

use crate::{Data, Element, Elements, Kernel, KernelError, Narrow, Width};

/// A linear list of operations over a few arenas, with every shape, offset and constant known.
///
/// Tensors that are never alive together share the elements of an arena. Where an operation writes an arena that it
/// reads, all that it reads there is apart, from what it writes and from one another.
#[derive(Debug, Default)]
pub struct Program {
    /// Length of each arena in 32-bit words.
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

/// Where a tensor begins, and how it is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Place {
    /// Which arena.
    pub arena: usize,
    /// First 32-bit word in it: a multiple of 64.
    pub offset: usize,
    /// How wide its elements are.
    pub width: Width,
}

impl Place {
    /// The start of an arena, for 32-bit elements.
    #[must_use]
    pub fn start(arena: usize) -> Self {
        Self { arena, offset: 0, width: Width::Single }
    }

    /// The words of the arena that `len` elements take.
    pub(crate) fn range(self, len: usize) -> std::ops::Range<usize> {
        self.offset..self.offset + self.width.words(len)
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

impl Placed {
    /// The 32-bit words it takes.
    #[must_use]
    pub fn words(&self) -> usize {
        self.place.width.words(self.len)
    }
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

impl Operation {
    /// Which of its tensors are stored as float16.
    #[must_use]
    pub fn narrow(&self) -> Narrow {
        Narrow::new(self.reads.iter().map(|source| source.width()), self.write.width)
    }

    /// Which reads lie in the arena that is written, by a bit each. WebGPU lets a dispatch use one buffer in one way
    /// only, so those are bound for writing as well.
    #[must_use]
    pub fn shared(&self) -> u32 {
        let shared = |(n, read): (u32, &Source)| match *read {
            Source::Tensor(place) if place.arena == self.write.arena => 1 << n,
            _ => 0,
        };
        (0..u32::BITS).zip(&self.reads).map(shared).sum()
    }
}

/// Where an operand comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// A tensor in one of [`Program::arenas`].
    Tensor(Place),
    /// An entry of [`Program::constants`].
    Constant(usize),
}

impl Source {
    /// How wide its elements are. Constants are 32-bit.
    #[must_use]
    pub fn width(self) -> Width {
        match self {
            Self::Tensor(place) => place.width,
            Self::Constant(_) => Width::Single,
        }
    }
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

    /// Bytes that it takes where it lies.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.place.width.bytes(self.len())
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
}
