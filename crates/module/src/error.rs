//! Why a session cannot be made or run, in sentences.

use std::error::Error;

use darkroom_graph::GraphError;

/// A refusal of the module.
#[derive(Debug, thiserror::Error)]
pub enum ModuleError {
    /// The model cannot be read, or its shapes do not fit.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// What computes refused or failed.
    #[error(transparent)]
    Engine(Box<dyn Error>),
    /// An argument that is not what the method takes.
    #[error("{what} must be {wanted}")]
    Argument {
        /// The argument, as a person would call it.
        what: String,
        /// What it must be.
        wanted: String,
    },
    /// An option that does not exist.
    #[error("there is no option {name}; the options are {known}")]
    NoOption {
        /// The name given.
        name: String,
        /// The names there are.
        known: String,
    },
    /// A run was given a tensor that the model does not take.
    #[error("the model has no input {name}; it takes {known}")]
    NoInput {
        /// The name given.
        name: String,
        /// The names of the inputs.
        known: String,
    },
    /// A run was not given all inputs.
    #[error("input {name} is missing; the model takes {known}")]
    MissingInput {
        /// The name of the input.
        name: String,
        /// The names of all inputs.
        known: String,
    },
    /// A run was given a tensor of other dimensions than the session was made for.
    #[error(
        "input {name} has dimensions {got:?}, the session was made for {wanted:?}; create another session for these"
    )]
    Dims {
        /// The name of the input.
        name: String,
        /// The dimensions given.
        got: Vec<usize>,
        /// The dimensions planned.
        wanted: Vec<usize>,
    },
    /// The number of values is not the product of the dimensions.
    #[error("{what} has dimensions {dims:?} and {len} values, which do not go together")]
    Length {
        /// The tensor, as a person would call it.
        what: String,
        /// Its dimensions.
        dims: Vec<usize>,
        /// Its number of values.
        len: usize,
    },
    /// An integer that does not fit the 32 bits it has at run time.
    #[error(
        "{what} holds {value}, and integers have 32 bits at run time; give it as a constant if it is a fixed shape"
    )]
    Beyond32Bits {
        /// The tensor, as a person would call it.
        what: String,
        /// The first value that does not fit.
        value: String,
    },
    /// A second run began before the first had ended.
    #[error("this session is running; await its last run before you start another")]
    Running,
    /// The session was released.
    #[error("this session was released; create another")]
    Released,
}

impl ModuleError {
    /// The words of an engine.
    pub fn engine(error: impl Error + 'static) -> Self {
        Self::Engine(Box::new(error))
    }
}
