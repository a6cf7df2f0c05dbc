//! A network of the user's own: looked into, described, in use.

use darkroom_messages::{NetworkReport, OwnModel, ToWorker};

use super::reduce::restart;
use super::{Alert, Effect, Engine, State};

/// A network that was looked into, and what is said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// What it is.
    pub report: Box<NetworkReport>,
    /// What it wants; `None` for a package, and where it cannot be used on images.
    pub own: Option<Box<OwnModel>>,
}

impl State {
    /// The network to show, and whether it is in use: one that was looked into stands before the one in use.
    #[must_use]
    pub fn own_network(&self) -> Option<(&Offer, bool)> {
        let offered = self.offer.as_ref().map(|offer| (offer, false));
        offered.or(self.network.as_ref().map(|network| (network, true)))
    }
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
    /// The one shown is not wanted any more: one in use that stood behind it is back, or else the page's model.
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
        OwnEvent::Chosen(name) => {
            // The link holds one file that is looked into: with another the one before cannot come into use any more.
            state.offer = None;
            vec![Effect::PostNetwork(ToWorker::Network { name })]
        }
        OwnEvent::Described(own) => vec![Effect::Post(ToWorker::DescribeNetwork { own })],
        OwnEvent::Use => {
            let own = state.offer.as_ref().and_then(|offer| offer.own.clone());
            own.map(|own| Effect::Post(ToWorker::UseNetwork { own })).into_iter().collect()
        }
        OwnEvent::Save => vec![Effect::Post(ToWorker::SavePackage)],
        OwnEvent::Drop if state.offer.take().is_some() => vec![Effect::Post(ToWorker::ForgetNetwork)],
        // A new worker begins with the model that the page came with.
        OwnEvent::Drop if state.network.take().is_some() => restart(state),
        OwnEvent::Drop => Vec::new(),
    }
}

/// The worker looked into a network, or took it into use.
pub(super) fn read(state: &mut State, offer: Offer, in_use: bool) -> Vec<Effect> {
    if !in_use {
        state.offer = Some(offer);
        return Vec::new();
    }
    state.engine = Engine::Starting;
    state.offer = None;
    state.network = Some(offer);
    vec![Effect::KeepNetwork]
}
