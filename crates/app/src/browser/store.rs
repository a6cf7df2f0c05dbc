//! The one place where state changes: an event goes in, the state moves on, effects are carried out.

use leptos::prelude::*;
use web_sys::File;

use super::link::Link;
use super::room::Room;
use super::save::{save, save_picture};
use crate::state::{DenoiseEvent, Effect, Event, OwnEvent, State, is_network, reduce};

/// How long the user sees a cancelled run go on, in milliseconds.
const CANCEL_PATIENCE: u32 = 600;
/// How long after that its worker may take to let go before it is replaced.
const LETTING_GO_PATIENCE: u32 = 3000;

/// The page's state and what may change it. Copied freely between components.
#[derive(Clone, Copy)]
pub struct Store {
    state: RwSignal<State>,
    /// Empty only while the store is being made.
    link: StoredValue<Option<Link>, LocalStorage>,
    room: StoredValue<Room, LocalStorage>,
    /// Requests that the worker says it made.
    worker_requests: RwSignal<usize>,
}

impl Store {
    /// A store with its worker started.
    pub fn new(room: Room) -> Self {
        let store = Self {
            state: RwSignal::new(State::default()),
            link: StoredValue::new_local(None),
            room: StoredValue::new_local(room.clone()),
            worker_requests: RwSignal::new(0),
        };
        // An index that cannot be read offers nothing; the page goes on without.
        let offered = serde_json::from_str(&room.offered()).unwrap_or_default();
        store.link.set_value(Some(Link::new(room, move |event| store.send(event))));
        store.send(Event::Denoise(DenoiseEvent::Offered(offered)));
        store
    }

    /// A part of the state that updates what shows it only when the part changes.
    pub fn part<T: Clone + PartialEq + Send + Sync + 'static>(
        self,
        of: impl Fn(&State) -> T + Send + Sync + 'static,
    ) -> Memo<T> {
        Memo::new(move |_| self.state.with(&of))
    }

    /// A look at the state that nothing waits on.
    pub fn peek<T>(self, at: impl FnOnce(&State) -> T) -> T {
        self.state.with_untracked(at)
    }

    /// The sealed room.
    pub fn room(self) -> Room {
        self.room.get_value()
    }

    /// Requests that the worker says it made.
    pub fn worker_requests(self) -> ReadSignal<usize> {
        self.worker_requests.read_only()
    }

    /// Takes a network of the user's own.
    pub fn network(self, file: File) {
        let name = file.name();
        self.on_link(|link| link.keep_network(file));
        self.send(Event::Own(OwnEvent::Chosen(name)));
    }

    /// Opens files that the user gave; a single network among them is one of the user's own.
    pub fn open(self, mut files: Vec<(String, File)>) {
        if files.len() == 1 && is_network(&files[0].0) {
            return self.network(files.swap_remove(0).1);
        }
        let (names, files) = files.into_iter().unzip();
        self.on_link(|link| link.offer(files));
        self.send(Event::Files(names));
    }

    /// Takes a label map or a CT that the user gave for the mask.
    pub fn mask(self, files: Vec<(String, File)>) {
        let (names, files) = files.into_iter().unzip();
        self.on_link(|link| link.keep_mask(files));
        self.send(Event::Mask(names));
    }

    /// Takes a label map whose regions the user wants measured.
    pub fn labels(self, file: File) {
        let name = file.name();
        self.on_link(|link| link.keep_labels(file));
        self.send(Event::Labels(name));
    }

    /// Takes a label map that says what of an image to start from is made anew.
    pub fn start_mask(self, file: File) {
        let name = file.name();
        self.on_link(|link| link.keep_labels(file));
        self.send(Event::Denoise(DenoiseEvent::Mask(Some(name))));
    }

    /// Something happened.
    pub fn send(self, event: Event) {
        if let Event::Worker(darkroom_messages::FromWorker::Requests { count }, _) = event {
            self.worker_requests.set(count);
            return;
        }
        let effects = self.state.try_update(|state| reduce(state, event)).unwrap_or_default();
        for effect in effects {
            self.carry_out(effect);
        }
    }

    fn carry_out(self, effect: Effect) {
        match effect {
            Effect::Post(message) => self.on_link(|link| link.post(&message)),
            Effect::PostOffered(message) => self.on_link(|link| link.post_offered(&message)),
            Effect::KeepOffered => self.on_link(Link::keep_offered),
            Effect::PostKept(message) => self.on_link(|link| link.post_kept(&message)),
            Effect::PostMask(message) => self.on_link(|link| link.post_mask(&message)),
            Effect::PostLabels(message) => self.on_link(|link| link.post_labels(&message)),
            Effect::KeepOfferedNetwork => self.on_link(Link::keep_offered_network),
            Effect::PostNetwork(message) => self.on_link(|link| link.post_network(&message)),
            Effect::KeepNetwork => self.on_link(Link::keep_used_network),
            Effect::PostKeptNetwork(message) => self.on_link(|link| link.post_kept_network(&message)),
            Effect::KeepDenoiser => self.on_link(Link::keep_denoiser),
            Effect::PostDenoiser(message) => self.on_link(|link| link.post_denoiser(&message)),
            Effect::PostValues(message, volume) => self.on_link(|link| link.post_values(&message, &volume)),
            Effect::Restart => self.on_link(|link| link.restart()),
            Effect::AwaitCancel => self.send_later(CANCEL_PATIENCE, Event::CancelOverdue),
            Effect::AwaitLettingGo => self.send_later(LETTING_GO_PATIENCE, Event::LettingGoOverdue),
            Effect::Save { name, bytes } => save(&name, &bytes),
            Effect::SavePicture { name, picture } => save_picture(&name, &picture),
        }
    }

    fn send_later(self, milliseconds: u32, event: Event) {
        gloo_timers::callback::Timeout::new(milliseconds, move || self.send(event)).forget();
    }

    fn on_link(self, act: impl FnOnce(&Link)) {
        self.link.with_value(|link| {
            if let Some(link) = link {
                act(link);
            }
        });
    }
}
