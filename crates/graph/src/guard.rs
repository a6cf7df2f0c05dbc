//! A look at the wire format before it is decoded.
//!
//! The decoder believes the lengths that a file claims: it reserves what a string or a tensor says
//! it holds, and calls itself for each message within a message. This walk holds every length to the
//! message around it, and their depth and number to bounds, so that decoding costs no more memory
//! than a fixed multiple of the file.

use crate::GraphError;

/// Deepest nesting of messages. A subgraph in a subgraph costs three levels; exporters stay below ten.
const DEEPEST: usize = 100;

/// Most messages in a file: nodes, attributes, tensors, dimensions. The largest networks have some
/// ten thousand nodes, each of ten or so.
const MOST: usize = 1 << 20;

/// The messages of `onnx.proto` that hold other messages, or are held by them.
#[derive(Clone, Copy)]
enum Message {
    Model,
    Graph,
    Node,
    Attribute,
    Tensor,
    Value,
    Type,
    TensorType,
    Sequence,
    Shape,
    /// One that holds no other.
    Leaf,
}

impl Message {
    /// The message in field `number`, unless that holds numbers, text or bytes, or is not decoded.
    fn within(self, number: u64) -> Option<Self> {
        Some(match (self, number) {
            (Self::Model, 7) | (Self::Attribute, 6) => Self::Graph,
            (Self::Model, 8 | 14) | (Self::Tensor, 13) | (Self::Shape, 1) => Self::Leaf,
            (Self::Graph, 1) => Self::Node,
            (Self::Graph, 5) | (Self::Attribute, 5) => Self::Tensor,
            (Self::Graph, 11..=13) => Self::Value,
            (Self::Node, 5) => Self::Attribute,
            (Self::Value, 2) | (Self::Sequence, 1) => Self::Type,
            (Self::Type, 1) => Self::TensorType,
            (Self::Type, 4) => Self::Sequence,
            (Self::TensorType, 2) => Self::Shape,
            _ => return None,
        })
    }
}

/// Walks the serialised model without keeping anything of it.
///
/// # Errors
/// A field that is longer than the message around it, one of no known wire type, or more nesting or
/// more messages than any network has.
pub(crate) fn check(bytes: &[u8]) -> Result<(), GraphError> {
    let mut stack = vec![(Message::Model, bytes)];
    let mut messages = 0;
    while let Some((message, rest)) = stack.last_mut() {
        if rest.is_empty() {
            stack.pop();
            continue;
        }
        let tag = varint(rest)?;
        let len = match tag & 7 {
            0 => {
                varint(rest)?;
                continue;
            }
            1 => 8,
            2 => varint(rest)?,
            // The marks of a group, which is out of use: they carry nothing.
            3 | 4 => continue,
            5 => 4,
            kind => return Err(damaged(format!("a field of wire type {kind}"))),
        };
        let (field, behind) = usize::try_from(len)
            .ok()
            .and_then(|len| rest.split_at_checked(len))
            .ok_or_else(|| damaged(format!("a field of {len} bytes where {} are left", rest.len())))?;
        *rest = behind;
        if let (2, Some(inner)) = (tag & 7, message.within(tag >> 3)) {
            messages += 1;
            if messages > MOST {
                return Err(damaged(format!("more than {MOST} nodes, attributes and tensors")));
            }
            if stack.len() == DEEPEST {
                return Err(damaged(format!("graphs or types nested more than {DEEPEST} messages deep")));
            }
            stack.push((inner, field));
        }
    }
    Ok(())
}

fn varint(rest: &mut &[u8]) -> Result<u64, GraphError> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, behind) = rest.split_first().ok_or_else(|| damaged("it ends within a field".to_owned()))?;
        *rest = behind;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(damaged("a number of more than ten bytes".to_owned()))
}

fn damaged(what: String) -> GraphError {
    GraphError::Protobuf(what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
        let mut field = vec![number << 3 | 2];
        let mut len = bytes.len();
        while len >= 0x80 {
            field.push(len as u8 | 0x80);
            len >>= 7;
        }
        field.push(len as u8);
        field.extend_from_slice(bytes);
        field
    }

    fn refusal(bytes: &[u8]) -> String {
        check(bytes).unwrap_err().to_string()
    }

    #[test]
    fn a_length_may_not_exceed_what_is_around_it() {
        // A producer name of a terabyte, at the top and behind a graph that claims less than it holds.
        let name = [0x12, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20, 0x61];
        assert!(refusal(&name).contains("1099511627776 bytes where 1 are left"), "{}", refusal(&name));
        assert!(refusal(&field(7, &field(1, &name))).contains("where 1 are left"));
        assert!(refusal(&[0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]).contains("bytes"));
    }

    #[test]
    fn nesting_ends_somewhere() {
        let nested = |levels| {
            let mut graph = Vec::new();
            for _ in 0..levels {
                graph = field(1, &field(5, &field(6, &graph)));
            }
            field(7, &graph)
        };
        assert_eq!(check(&nested(30)), Ok(()));
        assert!(refusal(&nested(3000)).contains("nested more than 100"));
        let mut kind = Vec::new();
        for _ in 0..3000 {
            kind = field(4, &field(1, &kind));
        }
        assert!(refusal(&field(7, &field(11, &field(2, &kind)))).contains("nested more than 100"));
    }

    #[test]
    fn a_file_of_nothing_but_empty_nodes_is_refused() {
        let nodes = [0x0a, 0x00].repeat(MOST + 1);
        assert!(refusal(&field(7, &nodes)).contains("more than 1048576 nodes"));
    }
}
