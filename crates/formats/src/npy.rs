//! NumPy's `.npy`: one array, any real number type in, float32 out.

use crate::FormatError;
use crate::bytes::Stored;

/// An array as read: row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// Length of each axis; empty for a scalar.
    pub shape: Vec<usize>,
    /// Values, last axis fastest.
    pub data: Vec<f32>,
}

const MAGIC: &[u8] = b"\x93NUMPY";

/// Reads an array of any real number type; values are rounded to float32, booleans become 0 and 1.
///
/// # Errors
/// When the header is not valid, the file ends early, or the values are not real numbers.
pub fn read(bytes: &[u8]) -> Result<Array, FormatError> {
    let invalid = |detail: &str| FormatError::Invalid { format: "NPY", detail: detail.to_owned() };
    let rest = bytes.strip_prefix(MAGIC).ok_or_else(|| invalid("it does not start with \\x93NUMPY"))?;
    let (start, length) = match *rest {
        [1, _, a, b, ..] => (10_usize, usize::from(u16::from_le_bytes([a, b]))),
        [2 | 3, _, a, b, c, d, ..] => (12, u32::from_le_bytes([a, b, c, d]) as usize),
        _ => return Err(invalid("its version is not 1, 2 or 3")),
    };
    let truncated =
        |announced: usize| FormatError::Truncated { announced: announced as u64, found: bytes.len() as u64 };
    let header =
        bytes.get(start..start.saturating_add(length)).ok_or_else(|| truncated(start.saturating_add(length)))?;
    let header = std::str::from_utf8(header).map_err(|_| invalid("it is not text"))?;
    let field = |name: &str| entry(header, name).ok_or_else(|| invalid(&format!("it has no {name}")));

    let (stored, big) = number_type(field("descr")?)?;
    let columns_first = field("fortran_order")?.starts_with("True");
    let shape = shape(field("shape")?).ok_or_else(|| invalid("its shape is not a tuple of whole numbers"))?;
    let count = shape.iter().try_fold(stored.size(), |product, &n| product.checked_mul(n));
    let end =
        count.and_then(|count| count.checked_add(start + length)).ok_or_else(|| invalid("its shape is too large"))?;
    let values = bytes.get(start + length..end).ok_or_else(|| truncated(end))?;
    let data = stored.decode(values, big, 1.0, 0.0);
    Ok(Array { data: if columns_first { rows_first(&shape, &data) } else { data }, shape })
}

/// Writes a row-major float32 array.
///
/// # Errors
/// When the shape does not hold the values.
pub fn write(shape: &[usize], data: &[f32]) -> Result<Vec<u8>, FormatError> {
    if shape.iter().try_fold(1_usize, |product, &n| product.checked_mul(n)) != Some(data.len()) {
        return Err(FormatError::Write(format!("a shape of {shape:?} does not hold {} values", data.len())));
    }
    let axes: String = shape.iter().map(|n| format!("{n}, ")).collect();
    let tuple = if shape.len() > 1 { axes.trim_end_matches(", ") } else { axes.trim_end() };
    let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({tuple}), }}");
    // Values start at a multiple of 64 bytes, after a newline.
    let padding = (MAGIC.len() + 4 + header.len() + 1).next_multiple_of(64) - (MAGIC.len() + 4 + header.len() + 1);
    header.extend(std::iter::repeat_n(' ', padding));
    header.push('\n');
    let mut bytes = Vec::with_capacity(10 + header.len() + 4 * data.len());
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&[1, 0]);
    bytes.extend_from_slice(&(header.len() as u16).to_le_bytes());
    bytes.extend_from_slice(header.as_bytes());
    bytes.extend(data.iter().flat_map(|value| value.to_le_bytes()));
    Ok(bytes)
}

/// The text after `'name':` in the header's dictionary.
fn entry<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    let after = [format!("'{name}'"), format!("\"{name}\"")].iter().find_map(|key| header.split_once(key.as_str()))?.1;
    Some(after.trim_start().strip_prefix(':')?.trim_start())
}

fn number_type(text: &str) -> Result<(Stored, bool), FormatError> {
    let code: String = text.chars().skip(1).take_while(|c| !matches!(c, '\'' | '"')).collect();
    let (order, kind) = code.split_at(code.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(0));
    let stored = match kind {
        "f2" => Stored::F16,
        "f4" => Stored::F32,
        "f8" => Stored::F64,
        "u1" | "b1" => Stored::U8,
        "i1" => Stored::I8,
        "u2" => Stored::U16,
        "i2" => Stored::I16,
        "u4" => Stored::U32,
        "i4" => Stored::I32,
        "u8" => Stored::U64,
        "i8" => Stored::I64,
        _ => {
            return Err(FormatError::Unsupported(format!(
                "The array holds values of type {code}, which are not read."
            )));
        }
    };
    Ok((stored, order == ">"))
}

fn shape(text: &str) -> Option<Vec<usize>> {
    let inside = text.strip_prefix('(')?.split_once(')')?.0;
    inside.split(',').map(str::trim).filter(|part| !part.is_empty()).map(|part| part.parse().ok()).collect()
}

/// Values stored with the first axis fastest, put in row-major order.
fn rows_first(shape: &[usize], data: &[f32]) -> Vec<f32> {
    (0..data.len())
        .map(|mut place| {
            let mut at = 0;
            let mut stride = data.len();
            for &n in shape.iter().rev() {
                stride /= n;
                at += place % n * stride;
                place /= n;
            }
            data[at]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(header: &str, values: &[u8]) -> Vec<u8> {
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend_from_slice(&(header.len() as u16).to_le_bytes());
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend_from_slice(values);
        bytes
    }

    #[test]
    fn what_was_written_comes_back() {
        for shape in [vec![], vec![6], vec![1, 2, 3], vec![0, 4]] {
            let data: Vec<f32> = (0..shape.iter().product::<usize>()).map(|v| v as f32 * -0.1).collect();
            let bytes = write(&shape, &data).unwrap();
            assert_eq!((bytes.len() - 4 * data.len()) % 64, 0);
            assert_eq!(read(&bytes).unwrap(), Array { shape, data });
        }
        assert!(write(&[2, 2], &[0.0]).is_err());
    }

    #[test]
    fn other_types_orders_and_layouts_are_converted() {
        let doubles: Vec<u8> = [1.5_f64, -2.25].iter().flat_map(|v| v.to_be_bytes()).collect();
        let read_data = |header: &str, values: &[u8]| read(&file(header, values)).unwrap().data;
        assert_eq!(read_data("{'descr': '>f8', 'fortran_order': False, 'shape': (2,), }\n", &doubles), [1.5, -2.25]);
        let longs: Vec<u8> = [-7_i64, 9].iter().flat_map(|v| v.to_le_bytes()).collect();
        assert_eq!(read_data("{'descr': '<i8', 'fortran_order': False, 'shape': (2,), }\n", &longs), [-7.0, 9.0]);
        assert_eq!(read_data("{'descr': '|b1', 'fortran_order': False, 'shape': (2,), }\n", &[0, 1]), [0.0, 1.0]);
        // numpy.float16([1.5, -0.1]).
        assert_eq!(
            read_data("{'descr': '<f2', 'fortran_order': False, 'shape': (2,), }\n", &[0x00, 0x3e, 0x66, 0xae]),
            [1.5, -0.099_975_586]
        );
        // numpy.asfortranarray([[0, 1, 2], [3, 4, 5]]) stores 0 3 1 4 2 5.
        let fortran = "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }\n";
        assert_eq!(read_data(fortran, &[0, 3, 1, 4, 2, 5]), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
    }

    #[test]
    fn bad_arrays_are_refused() {
        let good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n";
        assert!(matches!(read(&file(good, &[0; 7])), Err(FormatError::Truncated { .. })));
        assert!(matches!(read(b"\x93NUMPY\x01\x00\xff\xff{"), Err(FormatError::Truncated { .. })));
        let complex = good.replace("<f4", "<c8");
        assert!(matches!(read(&file(&complex, &[0; 16])), Err(FormatError::Unsupported(_))));
        let huge = good.replace("(2,)", "(99999999999, 99999999999)");
        assert!(matches!(read(&file(&huge, &[])), Err(FormatError::Invalid { .. })));
        for bad in ["{}", "{'descr': '<f4'}", "{'descr': '<f4', 'fortran_order': False, 'shape': (x,)}"] {
            assert!(matches!(read(&file(bad, &[])), Err(FormatError::Invalid { .. })), "{bad}");
        }
        assert!(read(b"not numpy").is_err());
    }
}
