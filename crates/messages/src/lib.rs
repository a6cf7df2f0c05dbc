//! The typed messages between the page and its worker.
//!
//! A message crosses as a JavaScript array: its JSON text first, then what it "carries", such as a
//! file or the values of a volume. Array buffers among these are transferred, not copied.

mod denoise;
mod from_worker;
mod model;
mod network;
mod to_worker;

pub use denoise::{
    CardSettings, DenoiserSummary, FromDenoiser, Look, NumberField, Region, StartFrom, StartWish, ToDenoiser, Wish,
};
pub use from_worker::{Backend, FromWorker, Header, MaskSource, Thinning};
pub use model::{ModelFacts, ModelSummary};
pub use network::{NetworkReport, OwnModel};
pub use to_worker::{Format, Part, ToWorker};

use serde::{Serialize, de::DeserializeOwned};

/// The JSON text of a message.
///
/// # Errors
/// When a number in it is not finite; serde's own words.
pub fn encode(message: &impl Serialize) -> Result<String, String> {
    serde_json::to_string(message).map_err(|error| error.to_string())
}

/// The message in a JSON text.
///
/// # Errors
/// When page and worker are of different versions; serde's own words.
pub fn decode<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_survives_the_crossing() {
        let sent = ToWorker::Enhance { dose: Some(0.1) };
        assert_eq!(encode(&sent).as_deref(), Ok(r#"{"enhance":{"dose":0.1}}"#));
        let text = encode(&sent).unwrap();
        assert_eq!(decode::<ToWorker>(&text), Ok(sent));
    }

    #[test]
    fn a_message_of_another_version_is_refused() {
        assert!(decode::<FromWorker>(r#"{"develop":{}}"#).is_err());
        assert!(decode::<FromWorker>("").is_err());
    }
}
