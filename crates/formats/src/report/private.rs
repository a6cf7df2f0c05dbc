//! What a report leaves out unless it is asked to name the patient or the day.

use darkroom_imaging::UNREAD;
use darkroom_imaging::suv::{Field, Record};

/// The values entered by hand for SUV as facts, a row each. Moments are told without their value unless `moments` says
/// so: a time of day is kept with the file's date, and names the day of the study.
#[must_use]
pub fn entered(record: &Record, moments: bool) -> Vec<(String, String)> {
    let row = |field, name: &str, value: &str| {
        let hidden = !moments && matches!(field, Field::InjectedAt | Field::ScannedAt);
        let said = if hidden { name.to_owned() } else { format!("{name} {value}") };
        ("Entered by hand".to_owned(), said)
    };
    record.entered.iter().map(|entered| row(entered.field, &entered.name, &entered.value)).collect()
}

/// Whether a sentence names neither a day nor a file, whose name may be a patient's.
#[must_use]
pub fn names_nobody(text: &str) -> bool {
    !names_a_day(text) && !text.starts_with(UNREAD)
}

/// Whether a sentence holds a day, as YYYY-MM-DD.
fn names_a_day(text: &str) -> bool {
    text.as_bytes().windows(10).any(|part| {
        part.iter().enumerate().all(|(at, byte)| if at == 4 || at == 7 { *byte == b'-' } else { byte.is_ascii_digit() })
    })
}
