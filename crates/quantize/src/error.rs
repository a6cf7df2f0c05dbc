//! Why a model cannot be quantised, in sentences.

/// A refusal.
#[derive(Debug, thiserror::Error)]
pub enum QuantizeError {
    /// The bytes are no ONNX model, or end too early.
    #[error("this is not a readable ONNX model ({0}); export it again, or check that the download is complete")]
    Protobuf(String),
    /// The model contradicts itself.
    #[error("the model is damaged: {0}")]
    Invalid(String),
    /// Weights that lie in another file.
    #[error("tensor {0} lies in another file; save the model as a single file first")]
    ExternalData(String),
    /// A weight that no number of bits can hold.
    #[error("tensor {0} holds values that are not finite")]
    NotFinite(String),
    /// A pattern that matches no layer.
    #[error("no layer is called {pattern}; the layers are {known}")]
    UnknownLayer {
        /// The pattern.
        pattern: String,
        /// The names there are.
        known: String,
    },
    /// Every layer was kept.
    #[error("no weight can be made smaller: {0}")]
    NothingToDo(String),
    /// The operator set cannot be raised.
    #[error(
        "weights of this type need operator set {wanted}, the model has {opset}, and {obstacle}; export the model \
         with operator set {wanted} or later"
    )]
    Opset {
        /// The model's operator set.
        opset: i64,
        /// The one that is needed.
        wanted: i64,
        /// What changes its meaning in between.
        obstacle: String,
    },
    /// A model could not be run on the calibration inputs.
    #[error("calibration: {0}")]
    Calibration(String),
}
