//! A form with a file in it (`multipart/form-data`), with the token check built in.

use std::collections::BTreeMap;

use actix_multipart::Multipart;
use actix_web::HttpRequest;
use actix_web::web::{Bytes, Payload};
use futures_util::{StreamExt as _, stream};

use super::form::{media_type, read_within};
use super::{Error, csrf};

/// Room for the fields beside the file, and for what stands around each.
const BESIDE_FILE: usize = 64 * 1024;
/// So many fields are read.
const MOST_FIELDS: usize = 16;
/// The parser is fed in pieces, as if they came over the line.
const PIECE: usize = 32 * 1024;

/// A file as it was sent.
pub struct SentFile {
    /// The name it had, whatever that is.
    pub name: String,
    /// The content.
    pub bytes: Bytes,
}

/// What a form with a file said: its fields, and the file that was chosen, if any.
#[derive(Debug, Default)]
pub struct Parts {
    /// The fields with text; the last one of a name counts.
    pub fields: BTreeMap<String, String>,
    /// The first file with a name.
    pub file: Option<SentFile>,
}

impl std::fmt::Debug for SentFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes called {:?}", self.bytes.len(), self.name)
    }
}

impl Parts {
    /// Reads such a form. Call it once it is known who asks and that they may: nothing of the body is kept for others.
    pub async fn read(
        request: &HttpRequest,
        payload: Payload,
        most_bytes: usize,
    ) -> Result<Self, Error> {
        if media_type(request) != "multipart/form-data" {
            return Err(Error::UnsupportedMediaType(
                "Content-Type: multipart/form-data",
            ));
        }
        let limit = most_bytes.saturating_add(BESIDE_FILE);
        let body = read_within(request, payload.into_inner(), limit).await?;
        let parts = Self::of(request, body, most_bytes).await?;
        csrf::check(request, parts.fields.get(csrf::FIELD).map(String::as_str))?;
        Ok(parts)
    }

    async fn of(request: &HttpRequest, body: Bytes, most_bytes: usize) -> Result<Self, Error> {
        let pieces = (0..body.len()).step_by(PIECE).map({
            let body = body.clone();
            move |at| Ok(body.slice(at..body.len().min(at + PIECE)))
        });
        let mut multipart = Multipart::new(request.headers(), stream::iter(pieces));
        let mut parts = Self::default();
        let mut count = 0;
        while let Some(field) = multipart.next().await {
            let mut field = field.map_err(unreadable)?;
            count += 1;
            if count > MOST_FIELDS {
                return Err(Error::Malformed("The form has too many fields.".into()));
            }
            let disposition = field.content_disposition();
            let file_name = disposition.and_then(|it| it.get_filename().map(str::to_owned));
            let name = field.name().unwrap_or_default().to_owned();
            let limit = if file_name.is_some() {
                most_bytes
            } else {
                BESIDE_FILE
            };
            let content = field.bytes(limit).await;
            let content = content.map_err(|_more| Error::TooLarge(limit))?;
            let content = content.map_err(unreadable)?;
            match file_name {
                // A field for a file in which none was chosen.
                Some(name) if name.is_empty() && content.is_empty() => {}
                Some(name) => {
                    parts.file.get_or_insert(SentFile {
                        name,
                        bytes: content,
                    });
                }
                None => {
                    let text = String::from_utf8(content.to_vec());
                    let text =
                        text.map_err(|_bytes| Error::Malformed("A field is not UTF-8.".into()))?;
                    parts.fields.insert(name, text);
                }
            }
        }
        Ok(parts)
    }
}

fn unreadable(error: actix_multipart::MultipartError) -> Error {
    Error::Malformed(format!("The form cannot be read: {error}.").into())
}
