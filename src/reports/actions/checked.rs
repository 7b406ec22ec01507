//! A draft on its way into the database: checked, in its normal form, with everything that is made from it.

use super::taken_in::under_todays_names;
use super::{By, SaveError};
use crate::platform::db::Connection;
use crate::reports::document;
use crate::reports::model::{Draft, MAX_DOCUMENT_BYTES, Problem, Visibility};
use crate::reports::store;

/// A draft that may be stored, in its normal form, with everything that is made from it.
pub(super) struct Checked {
    pub(super) draft: Draft,
    pub(super) document: String,
    summary: String,
    plain_text: String,
}

/// Checks a draft, and makes from it what is stored with it.
pub(super) fn checked(draft: &Draft) -> Result<Checked, SaveError> {
    let mut draft = draft.clone();
    draft.normalise();
    let problems = draft.check();
    if !problems.is_empty() {
        return Err(SaveError::Invalid(problems));
    }
    let document = document::render_revision(&draft);
    if document.len() > MAX_DOCUMENT_BYTES {
        let message = format!(
            "The report has {} bytes as a document; at most {MAX_DOCUMENT_BYTES} fit. Split it, or link to the long parts.",
            document.len()
        );
        return Err(SaveError::Invalid(vec![Problem::of("document", message)]));
    }
    Ok(Checked {
        summary: document::summary(&draft),
        plain_text: store::join_plain(&document::searchable(&document)),
        document,
        draft,
    })
}

impl Checked {
    /// The same, as it will be stored: open or restricted, and with this import key, whatever it claims.
    pub(super) fn stored_as(
        self,
        visibility: Visibility,
        import_key: Option<&str>,
    ) -> Result<Self, SaveError> {
        if self.draft.visibility == visibility && self.draft.import_key.as_deref() == import_key {
            return Ok(self);
        }
        checked(&Draft {
            visibility,
            import_key: import_key.map(str::to_owned),
            ..self.draft
        })
    }

    /// The same, with what was renamed until now.
    pub(super) async fn named_as_today(
        self,
        conn: &mut Connection,
        by: &By<'_>,
    ) -> Result<Self, SaveError> {
        let draft = under_todays_names(conn, by, &self.draft).await?;
        if draft == self.draft {
            return Ok(self);
        }
        checked(&draft)
    }

    /// The revision that stores it.
    pub(super) fn revision<'a>(
        &'a self,
        by: &By<'a>,
        event: &'static str,
        note: &'a str,
    ) -> store::NewRevision<'a> {
        store::NewRevision {
            document: &self.document,
            summary: &self.summary,
            plain_text: &self.plain_text,
            event,
            note,
            author: by.actor.person_id(),
            author_name: by.actor.name(),
            at: by.now,
        }
    }
}
