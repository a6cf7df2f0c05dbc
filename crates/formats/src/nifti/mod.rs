//! NIfTI: version 1 and 2 in, version 1 out.

mod header;
mod label_numbers;
mod label_table;
mod quaternion;
mod read;
mod write;

pub use read::{Image, Labels, read, read_labels};
pub use write::{description, write, write_labels, write_plain};
