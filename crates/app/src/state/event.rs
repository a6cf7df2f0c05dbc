//! What can happen, and what the page then does outside its state.

use darkroom_imaging::windowing::Picture;
use darkroom_messages::{Format, FromWorker, ToWorker};

use super::{Shared, ViewEvent};

/// Something the user or the worker did.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// Files were dropped, chosen or pasted; the link holds them.
    Files(Vec<String>),
    /// A series was chosen.
    Select(usize),
    /// The next usable series was asked for; -1 for the one before.
    SelectNext(i32),
    /// A label map or a CT was chosen for the mask; the link holds the files of these names.
    Mask(Vec<String>),
    /// The mask is to be found in the CT of the list that belongs to the open series.
    MaskFromCt,
    /// A label map to measure was chosen; the link holds it.
    Labels(String),
    /// The regions are to be estimated from the image.
    EstimateMask,
    /// Save the label map in use.
    SaveMask,
    /// The label map is not wanted any more.
    NoMask,
    /// The user agrees to the slow CPU.
    UseCpu,
    /// The dose was set; `None` has it estimated.
    Dose(Option<f64>),
    /// Run.
    Enhance,
    /// End the run.
    Cancel,
    /// The worker did not answer a cancellation at once.
    CancelOverdue,
    /// The worker did not answer it at all.
    LettingGoOverdue,
    /// Save the result in a format.
    Export(Format),
    /// Save the result's spread.
    ExportSpread,
    /// Save how the result was made.
    SaveManifest,
    /// The alert was read.
    DismissAlert,
    /// Something was measured.
    Measure(super::MeasureEvent),
    /// Something was done with a diffusion model.
    Denoise(super::DenoiseEvent),
    /// Something was done about SUV.
    Suv(super::SuvEvent),
    /// Something was done about thinning.
    Thin(super::ThinEvent),
    /// Something was done with a network of the user's own.
    Own(super::OwnEvent),
    /// The view was changed.
    View(ViewEvent),
    /// The worker said something.
    Worker(FromWorker, Payload),
    /// Something happened on the page that the user must hear of.
    Trouble(super::Alert),
}

/// What a report of the worker carried.
#[derive(Clone, Debug, PartialEq)]
pub enum Payload {
    /// Nothing.
    None,
    /// The values of a volume.
    Values(Vec<f32>),
    /// The contents of a file.
    Bytes(Vec<u8>),
}

/// What to do outside the state.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Tell the worker.
    Post(ToWorker),
    /// Tell the worker, with the files just offered.
    PostOffered(ToWorker),
    /// The files offered are from now on the ones to open again in a new worker.
    KeepOffered,
    /// Tell the worker, with the files kept.
    PostKept(ToWorker),
    /// Tell the worker, with the mask's files that the link holds.
    PostMask(ToWorker),
    /// Tell the worker, with the file of the label map, to measure or to mark what is made anew, that the link holds.
    PostLabels(ToWorker),
    /// The file offered is a model's package: the link keeps it as the network.
    KeepOfferedNetwork,
    /// Tell the worker, with the network's file that the link holds.
    PostNetwork(ToWorker),
    /// The network just sent is in use: the link keeps its file as that.
    KeepNetwork,
    /// Tell the worker, with the file of the network in use.
    PostKeptNetwork(ToWorker),
    /// The network just sent is a diffusion model: the link keeps its file as that.
    KeepDenoiser,
    /// Tell the worker, with the diffusion model's file that the link holds.
    PostDenoiser(ToWorker),
    /// Tell the worker, with a copy of a volume's values.
    PostValues(ToWorker, Shared),
    /// End the worker and make another from the same bytes.
    Restart,
    /// Send [`Event::CancelOverdue`] before a second has passed.
    AwaitCancel,
    /// Send [`Event::LettingGoOverdue`] a few seconds later.
    AwaitLettingGo,
    /// Hand the user a picture as PNG, with the mark that it is synthetic.
    SavePicture {
        /// The file's name.
        name: String,
        /// The picture.
        picture: Picture,
    },
    /// Hand the user a file.
    Save {
        /// Its name.
        name: String,
        /// Its contents.
        bytes: Vec<u8>,
    },
}
