//! The form of a comment: a new one, an answer, or another text for one's own. Pure.

use serde::Deserialize;
use uuid::Uuid;

/// What was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct CommentForm {
    /// The id of what it is about on the page; empty for the report.
    pub(super) on: String,
    /// The revision in which that has this id.
    pub(super) base_revision: String,
    /// The comment it answers.
    pub(super) parent: String,
    /// The comment it changes.
    pub(super) edit: String,
    /// How often that had been changed when its text was opened.
    pub(super) edits: String,
    pub(super) text: String,
    /// So that sending it twice makes one comment.
    pub(super) once: String,
    /// What was pointed out in it, by the ids of the findings.
    pub(super) dismissed: String,
}

impl CommentForm {
    /// An empty form with a name of its own.
    pub(super) fn fresh() -> Self {
        Self {
            once: Uuid::now_v7().to_string(),
            ..Self::default()
        }
    }

    pub(super) fn answered(&self) -> Option<i64> {
        self.parent.trim().parse().ok()
    }

    pub(super) fn edited(&self) -> Option<i64> {
        self.edit.trim().parse().ok()
    }

    /// The comment it answers or changes.
    pub(super) fn about(&self) -> Option<i64> {
        self.edited().or_else(|| self.answered())
    }

    /// All of it, to be carried through another form.
    pub(super) fn carried(&self) -> [(&'static str, &str); 8] {
        [
            ("on", &self.on),
            ("base_revision", &self.base_revision),
            ("parent", &self.parent),
            ("edit", &self.edit),
            ("edits", &self.edits),
            ("text", &self.text),
            ("once", &self.once),
            ("dismissed", &self.dismissed),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_carries_all_of_it() {
        let mut form = CommentForm::fresh();
        assert!(form.once.parse::<Uuid>().is_ok());
        assert_eq!(form.about(), None);
        form.parent = " 7".to_owned();
        form.text = "a & b".to_owned();
        let sent = serde_urlencoded::to_string(form.carried()).unwrap();
        assert_eq!(
            serde_urlencoded::from_str::<CommentForm>(&sent).unwrap(),
            form
        );
        assert_eq!(form.about(), Some(7));
        form.edit = "9".to_owned();
        assert_eq!((form.about(), form.answered()), (Some(9), Some(7)));
    }
}
