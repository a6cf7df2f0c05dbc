//! A protobuf message as the list of its fields, in order, whatever they mean.
//!
//! Editing such a list keeps everything that is not edited. The wire format is `buffa`'s business.

use buffa::{UnknownField, UnknownFieldData, UnknownFields};

use crate::QuantizeError;

/// The fields of a message.
#[derive(Clone, Debug, Default)]
pub(crate) struct Message {
    fields: Vec<UnknownField>,
}

impl Message {
    /// Splits the bytes of a message into its fields.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, QuantizeError> {
        let fields =
            UnknownFields::decode_from_slice(bytes).map_err(|error| QuantizeError::Protobuf(error.to_string()))?;
        Ok(Self { fields: fields.into_iter().collect() })
    }

    /// The bytes of the message.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.fields.iter().map(UnknownField::encoded_len).sum());
        self.fields.iter().for_each(|field| field.write_to(&mut bytes));
        bytes
    }

    /// The contents of every length-delimited field with this number.
    pub(crate) fn all(&self, number: u32) -> impl Iterator<Item = &[u8]> {
        self.fields.iter().filter(move |field| field.number == number).filter_map(|field| match &field.data {
            UnknownFieldData::LengthDelimited(bytes) => Some(bytes.as_slice()),
            _ => None,
        })
    }

    /// The contents of the last length-delimited field with this number: the one that counts.
    pub(crate) fn bytes(&self, number: u32) -> Option<&[u8]> {
        self.all(number).last()
    }

    /// The text of a field; empty where it is absent or no text.
    pub(crate) fn text(&self, number: u32) -> &str {
        self.bytes(number).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or("")
    }

    /// The texts of a repeated field.
    pub(crate) fn texts(&self, number: u32) -> Vec<String> {
        self.all(number).map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect()
    }

    /// The number in a varint field.
    pub(crate) fn integer(&self, number: u32) -> Option<i64> {
        self.fields.iter().rev().find(|field| field.number == number).and_then(|field| match field.data {
            UnknownFieldData::Varint(value) => Some(value.cast_signed()),
            _ => None,
        })
    }

    /// The numbers in a repeated varint field, packed or not.
    pub(crate) fn integers(&self, number: u32) -> Result<Vec<i64>, QuantizeError> {
        let mut values = Vec::new();
        for field in self.fields.iter().filter(|field| field.number == number) {
            match &field.data {
                UnknownFieldData::Varint(value) => values.push(value.cast_signed()),
                UnknownFieldData::LengthDelimited(bytes) => {
                    let mut rest = bytes.as_slice();
                    while !rest.is_empty() {
                        let value = buffa::encoding::decode_varint(&mut rest)
                            .map_err(|error| QuantizeError::Protobuf(error.to_string()))?;
                        values.push(value.cast_signed());
                    }
                }
                _ => return Err(QuantizeError::Protobuf(format!("field {number} holds no integers"))),
            }
        }
        Ok(values)
    }

    /// The floats in a repeated fixed32 field, packed or not.
    pub(crate) fn floats(&self, number: u32) -> Vec<f32> {
        let mut values = Vec::new();
        for field in self.fields.iter().filter(|field| field.number == number) {
            match &field.data {
                UnknownFieldData::Fixed32(bits) => values.push(f32::from_bits(*bits)),
                UnknownFieldData::LengthDelimited(bytes) => {
                    values.extend(bytes.as_chunks::<4>().0.iter().map(|&four| f32::from_le_bytes(four)));
                }
                _ => {}
            }
        }
        values
    }

    /// Removes every field with this number.
    pub(crate) fn clear(&mut self, number: u32) {
        self.fields.retain(|field| field.number != number);
    }

    /// Replaces a repeated length-delimited field; the new ones stand where the first old one stood.
    pub(crate) fn replace(&mut self, number: u32, contents: impl IntoIterator<Item = Vec<u8>>) {
        let at = self.fields.iter().position(|field| field.number == number).unwrap_or(self.fields.len());
        self.clear(number);
        let new =
            contents.into_iter().map(|bytes| UnknownField { number, data: UnknownFieldData::LengthDelimited(bytes) });
        drop(self.fields.splice(at..at, new));
    }

    /// Sets a varint field, where it stands or at the end.
    pub(crate) fn set_integer(&mut self, number: u32, value: i64) {
        let new = UnknownField { number, data: UnknownFieldData::Varint(value.cast_unsigned()) };
        match self.fields.iter().rposition(|field| field.number == number) {
            Some(at) => self.fields[at] = new,
            None => self.fields.push(new),
        }
    }

    /// Appends a varint field.
    pub(crate) fn push_integer(&mut self, number: u32, value: i64) {
        self.fields.push(UnknownField { number, data: UnknownFieldData::Varint(value.cast_unsigned()) });
    }

    /// Appends a length-delimited field.
    pub(crate) fn push(&mut self, number: u32, bytes: impl Into<Vec<u8>>) {
        self.fields.push(UnknownField { number, data: UnknownFieldData::LengthDelimited(bytes.into()) });
    }

    /// Appends all fields of another message.
    pub(crate) fn extend(&mut self, other: Self) {
        self.fields.extend(other.fields);
    }
}
