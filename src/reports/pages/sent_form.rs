//! The edit form as a browser sends it. Pure.

use super::form::EditForm;
use crate::reports::document::{self, Part};
use serde::Deserialize;

/// The form as it is sent: the text whole, or section by section.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct SentForm {
    heading: Vec<String>,
    text: Vec<String>,
    sealed: Vec<String>,
    #[serde(flatten)]
    form: EditForm,
}

impl From<SentForm> for EditForm {
    fn from(sent: SentForm) -> Self {
        let mut form = sent.form;
        if sent.text.is_empty() {
            "text".clone_into(&mut form.layout);
            return form;
        }
        let mut headings = sent.heading.into_iter();
        let mut sealed = sent.sealed.into_iter();
        let parts: Vec<Part> = sent
            .text
            .into_iter()
            .map(|text| Part {
                heading: headings.next().unwrap_or_default(),
                text,
                sealed: sealed.next().is_some_and(|it| !it.is_empty()),
                line: 0,
            })
            .collect();
        let text = document::joined(&parts);
        form.document = if form.document.trim().is_empty() {
            text
        } else {
            format!("{}\n\n{text}", form.document.trim_end())
        };
        form
    }
}
