//! Bytes as the text of a document.

use super::text;
use crate::reports::model::MAX_DOCUMENT_BYTES;

/// Why bytes are no document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Too long.
    #[error(
        "The document has {bytes} bytes; at most {MAX_DOCUMENT_BYTES} are read. Split it, or attach the long parts as files."
    )]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// Neither UTF-8 nor UTF-16 with a byte order mark.
    #[error(
        "Byte {offset} is not UTF-8. Save the document as UTF-8 (for Shift_JIS, for instance: iconv -f SHIFT_JIS -t UTF-8) and try again."
    )]
    NotUtf8 {
        /// The first offending byte, from 0.
        offset: usize,
    },
    /// UTF-16 with a lone surrogate or an odd end.
    #[error(
        "The UTF-16 text is damaged at byte {offset}. Save the document as UTF-8 and try again."
    )]
    NotUtf16 {
        /// The first offending byte, from 0.
        offset: usize,
    },
    /// A NUL: this is no text.
    #[error("Byte {offset} is NUL: this is a binary file, not a Markdown document.")]
    Binary {
        /// The first NUL, from 0.
        offset: usize,
    },
}

/// Bytes as text: UTF-8 with or without byte order mark, or UTF-16 with one. Line ends become `\n`.
pub fn decode(bytes: &[u8]) -> Result<String, DecodeError> {
    if bytes.len() > MAX_DOCUMENT_BYTES {
        return Err(DecodeError::TooLong { bytes: bytes.len() });
    }
    let decoded = match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes)?,
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes)?,
        _ => {
            let text = std::str::from_utf8(bytes).map_err(|error| DecodeError::NotUtf8 {
                offset: error.valid_up_to(),
            })?;
            if let Some(offset) = text.find('\0') {
                return Err(DecodeError::Binary { offset });
            }
            text.to_owned()
        }
    };
    Ok(text::tidy(&decoded))
}

fn utf16(bytes: &[u8], read: impl Fn([u8; 2]) -> u16) -> Result<String, DecodeError> {
    let (units, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(DecodeError::NotUtf16 {
            offset: bytes.len() + 1,
        });
    }
    let mut out = String::with_capacity(units.len());
    let mut offset = 2;
    for letter in char::decode_utf16(units.iter().map(|unit| read(*unit))) {
        let letter = letter.map_err(|_lone| DecodeError::NotUtf16 { offset })?;
        offset += letter.len_utf16() * 2;
        out.push(letter);
    }
    Ok(out)
}
