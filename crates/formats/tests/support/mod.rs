//! NIfTI files made field by field.

#![allow(dead_code, reason = "each test binary uses a part of this")]

/// A NIfTI-1 file from its parts; `put` changes the header.
pub(crate) fn file(dims: &[i16], datatype: i16, values: &[u8], big: bool, put: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
    let mut bytes = vec![0; 352];
    let mut number = |at: usize, mut raw: Vec<u8>| {
        if big {
            raw.reverse();
        }
        bytes[at..at + raw.len()].copy_from_slice(&raw);
    };
    number(0, 348_i32.to_le_bytes().into());
    number(40, (dims.len() as i16).to_le_bytes().into());
    for (axis, n) in dims.iter().enumerate() {
        number(42 + 2 * axis, n.to_le_bytes().into());
        number(80 + 4 * axis, (1.5_f32 + axis as f32).to_le_bytes().into());
    }
    number(70, datatype.to_le_bytes().into());
    number(108, 352_f32.to_le_bytes().into());
    bytes[344..348].copy_from_slice(b"n+1\0");
    put(&mut bytes);
    bytes.extend_from_slice(values);
    bytes
}

pub(crate) fn le_f32(at: usize, value: f32) -> impl Fn(&mut Vec<u8>) {
    move |bytes| bytes[at..at + 4].copy_from_slice(&value.to_le_bytes())
}
