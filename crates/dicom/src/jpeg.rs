//! The original JPEG: baseline, extended, progressive and lossless, of one component.
//!
//! The frame header is read first and held against the file's own: a frame of another size, of colour or of too few bits
//! is refused before memory is asked for it, and never read as if it were what the file says.

use jpeg_decoder::{Decoder, PixelFormat};

use crate::codecs::{Announced, check_size};

/// Decodes one frame to its samples, row by row.
///
/// # Errors
/// A half sentence when the frame is damaged or is not what the file announces.
pub(crate) fn decode(bytes: &[u8], announced: &Announced) -> Result<Vec<i32>, String> {
    let mut decoder = Decoder::new(bytes);
    decoder.read_info().map_err(|error| error.to_string())?;
    let info = decoder.info().ok_or("it has no frame header")?;
    check_size([info.width, info.height].map(usize::from), announced.size)?;
    let bits = match info.pixel_format {
        PixelFormat::L8 => 8,
        PixelFormat::L16 => 16,
        PixelFormat::RGB24 | PixelFormat::CMYK32 => return Err("it has several components, as colour has".into()),
    };
    if bits < announced.stored || announced.allocated < bits {
        return Err(format!(
            "the compressed samples have {bits} bits, its header says {} stored in {}",
            announced.stored, announced.allocated
        ));
    }
    let decoded = decoder.decode().map_err(|error| error.to_string())?;
    // A lossless frame of two to seven bits counts as one of eight, but comes in words.
    let words = decoded.len() > announced.size.iter().product();
    let samples = if words {
        decoded.chunks_exact(2).map(|pair| i32::from(u16::from_ne_bytes([pair[0], pair[1]]))).collect()
    } else {
        decoded.into_iter().map(i32::from).collect()
    };
    Ok(samples)
}
