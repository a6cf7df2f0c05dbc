//! A network of the user's own: looked into, described, in use.

use darkroom_messages::{NetworkReport, OwnModel, ToWorker};

use super::reduce::restart;
use super::{Alert, Effect, State};

/// The network offered, and what is said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// What it is.
    pub report: Box<NetworkReport>,
    /// What it wants; `None` for a package, and where it cannot be used on images.
    pub own: Option<Box<OwnModel>>,
    /// Whether the network is the one that runs.
    pub in_use: bool,
}

/// Whether a file is a network, by its name.
#[must_use]
pub fn is_network(name: &str) -> bool {
    name.to_lowercase().ends_with(".onnx")
}

/// Something the user did with a network of their own.
#[derive(Clone, Debug, PartialEq)]
pub enum OwnEvent {
    /// A network's file was chosen; the link holds it.
    Chosen(String),
    /// The description was changed.
    Described(Box<OwnModel>),
    /// The network is to run from now on.
    Use,
    /// It is to be saved as a package.
    Save,
    /// It is not wanted any more: the model that the page came with is back.
    Drop,
}

/// Changes the state by one event.
pub(super) fn change(state: &mut State, event: OwnEvent) -> Vec<Effect> {
    if state.run.is_some() {
        state.alert = Some(Alert::new("A run is going on, so the model was not changed.", "Cancel it (Esc) or wait."));
        return Vec::new();
    }
    state.alert = None;
    match event {
        OwnEvent::Chosen(name) => vec![Effect::PostNetwork(ToWorker::Network { name })],
        OwnEvent::Described(own) => vec![Effect::Post(ToWorker::DescribeNetwork { own })],
        OwnEvent::Use => {
            let own = state.offer.as_ref().and_then(|offer| offer.own.clone());
            own.map(|own| Effect::Post(ToWorker::UseNetwork { own })).into_iter().collect()
        }
        OwnEvent::Save => vec![Effect::Post(ToWorker::SavePackage)],
        // A new worker begins with the model that the page came with.
        OwnEvent::Drop => match state.offer.take() {
            Some(offer) if offer.in_use => restart(state),
            _ => Vec::new(),
        },
    }
}
