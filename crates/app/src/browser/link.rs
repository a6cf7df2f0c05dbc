//! The line to the worker: messages out, reports in, and the files kept for a new worker.

use std::cell::RefCell;
use std::rc::Rc;

use darkroom_imaging::Volume;
use darkroom_messages::{FromWorker, ToWorker, decode, encode};
use js_sys::{Array, Float32Array, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{ErrorEvent, File, MessageEvent, Worker};

use super::room::Room;
use crate::state::{Event, Payload};

/// What hears the worker.
type Listener = Rc<dyn Fn(Event)>;

/// The line to the worker.
pub struct Link {
    room: Room,
    listener: Listener,
    worker: RefCell<Option<Connected>>,
    /// Files that the worker is looking into.
    offered: RefCell<Vec<File>>,
    /// The files that the series list is about; a new worker is given them again.
    kept: RefCell<Vec<File>>,
    mask: RefCell<Vec<File>>,
    labels: RefCell<Option<File>>,
    /// The network last sent.
    network: RefCell<Option<File>>,
    /// The network in use.
    used_network: RefCell<Option<File>>,
    /// The diffusion model in use, where the user brought it.
    denoiser: RefCell<Option<File>>,
}

/// A worker and the closures it calls, which live as long as it does.
struct Connected {
    worker: Worker,
    _on_message: Closure<dyn Fn(MessageEvent)>,
    _on_error: Closure<dyn Fn(ErrorEvent)>,
}

impl Link {
    /// A line with a new worker at its other end.
    pub fn new(room: Room, listener: impl Fn(Event) + 'static) -> Self {
        let link = Self {
            room,
            listener: Rc::new(listener),
            worker: RefCell::default(),
            offered: RefCell::default(),
            kept: RefCell::default(),
            mask: RefCell::default(),
            labels: RefCell::default(),
            network: RefCell::default(),
            used_network: RefCell::default(),
            denoiser: RefCell::default(),
        };
        link.restart();
        link
    }

    /// Ends the worker and makes another.
    pub fn restart(&self) {
        if let Some(old) = self.worker.take() {
            old.worker.set_onmessage(None);
            old.worker.set_onerror(None);
            old.worker.terminate();
        }
        let worker = self.room.worker();
        let hear = self.listener.clone();
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| hear(report(&event)));
        let hear = self.listener.clone();
        let on_error = Closure::<dyn Fn(ErrorEvent)>::new(move |event: ErrorEvent| {
            hear(Event::Worker(FromWorker::Stopped { what: event.message() }, Payload::None));
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        self.worker.replace(Some(Connected { worker, _on_message: on_message, _on_error: on_error }));
    }

    /// Holds the files of the next `Open`.
    pub fn offer(&self, files: Vec<File>) {
        self.offered.replace(files);
    }

    /// Makes the files offered the ones to open again.
    pub fn keep_offered(&self) {
        self.kept.replace(self.offered.take());
    }

    /// Keeps the files of the next `Mask`.
    pub fn keep_mask(&self, files: Vec<File>) {
        self.mask.replace(files);
    }

    /// Keeps the file of the next `Labels` or `ReadMask`.
    pub fn keep_labels(&self, file: File) {
        self.labels.replace(Some(file));
    }

    /// Keeps the file of the next `Network`.
    pub fn keep_network(&self, file: File) {
        self.network.replace(Some(file));
    }

    /// Makes the file offered the one of the next `Network`.
    pub fn keep_offered_network(&self) {
        self.network.replace(self.offered.take().pop());
    }

    /// Makes the file of the last `Network` that of the network in use.
    pub fn keep_used_network(&self) {
        self.used_network.replace(self.network.borrow().clone());
    }

    /// Makes the file of the last `Network` that of the diffusion model.
    pub fn keep_denoiser(&self) {
        self.denoiser.replace(self.network.borrow().clone());
    }

    /// Sends a message that carries nothing.
    pub fn post(&self, message: &ToWorker) {
        self.send(message, &Array::new(), &Array::new());
    }

    /// Sends a message with the files offered.
    pub fn post_offered(&self, message: &ToWorker) {
        self.send(message, &self.offered.borrow().iter().collect(), &Array::new());
    }

    /// Sends a message with the files kept.
    pub fn post_kept(&self, message: &ToWorker) {
        self.send(message, &self.kept.borrow().iter().collect(), &Array::new());
    }

    /// Sends a message with the mask's files.
    pub fn post_mask(&self, message: &ToWorker) {
        self.send(message, &self.mask.borrow().iter().collect(), &Array::new());
    }

    /// Sends a message with the file of the label map to measure or to mark with.
    pub fn post_labels(&self, message: &ToWorker) {
        self.send(message, &self.labels.borrow().iter().collect(), &Array::new());
    }

    /// Sends a message with the network's file.
    pub fn post_network(&self, message: &ToWorker) {
        self.send(message, &self.network.borrow().iter().collect(), &Array::new());
    }

    /// Sends a message with the file of the network in use, which is the one last sent from then on.
    pub fn post_kept_network(&self, message: &ToWorker) {
        self.network.replace(self.used_network.borrow().clone());
        self.post_network(message);
    }

    /// Sends a message with the diffusion model's file.
    pub fn post_denoiser(&self, message: &ToWorker) {
        self.send(message, &self.denoiser.borrow().iter().collect(), &Array::new());
    }

    /// Sends a message with a copy of a volume's values.
    pub fn post_values(&self, message: &ToWorker, volume: &Volume) {
        let values = Float32Array::from(volume.data.as_slice());
        self.send(message, &Array::of1(&values), &Array::of1(&values.buffer()));
    }

    fn send(&self, message: &ToWorker, carried: &Array, transfer: &Array) {
        let sent = encode(message).map(|text| Array::of1(&text.into()).concat(carried)).and_then(|envelope| {
            let worker = self.worker.borrow();
            let Some(connected) = worker.as_ref() else { return Ok(()) };
            connected.worker.post_message_with_transfer(&envelope, transfer).map_err(|error| format!("{error:?}"))
        });
        if let Err(what) = sent {
            (self.listener)(Event::Worker(FromWorker::Stopped { what }, Payload::None));
        }
    }
}

/// A worker's message as an event.
fn report(event: &MessageEvent) -> Event {
    let envelope = Array::from(&event.data());
    let carried = envelope.get(1);
    let payload = if let Some(values) = carried.dyn_ref::<Float32Array>() {
        Payload::Values(values.to_vec())
    } else if let Some(bytes) = carried.dyn_ref::<Uint8Array>() {
        Payload::Bytes(bytes.to_vec())
    } else {
        Payload::None
    };
    match decode(&envelope.get(0).as_string().unwrap_or_default()) {
        Ok(report) => Event::Worker(report, payload),
        Err(what) => Event::Worker(FromWorker::Stopped { what }, Payload::None),
    }
}
