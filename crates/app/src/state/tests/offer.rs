//! A second network of one's own beside the one in use.

use super::*;

#[test]
fn an_offer_that_is_closed_leaves_the_network_in_use_with_its_way_back() {
    let mut state = State::default();
    network_read(&mut state, true);
    let used = state.network.clone();
    let other = Box::new(NetworkReport { file: "other.onnx".to_owned(), ..NetworkReport::default() });
    let read = FromWorker::NetworkRead { report: other, own: None, in_use: false };
    assert_eq!(hear(&mut state, read, Payload::None), [], "the file of the network in use stays the one that is kept");
    assert_eq!(state.offer.as_ref().map(|offer| offer.report.file.as_str()), Some("other.onnx"));
    let effects = hear_stopped(&mut state.clone());
    let unet = Effect::PostKeptNetwork(ToWorker::Network { name: "unet.onnx".to_owned() });
    assert!(effects.contains(&unet), "a new worker is given the one in use: {effects:?}");
    let closed = reduce(&mut state, Event::Own(OwnEvent::Drop));
    assert_eq!(closed, [Effect::Post(ToWorker::ForgetNetwork)], "the offer is closed");
    assert_eq!((state.offer.clone(), state.network.clone()), (None, used));
    assert_eq!(reduce(&mut state, Event::Own(OwnEvent::Drop)), [Effect::Restart], "then the network itself");
    assert_eq!(state.network, None);
}
