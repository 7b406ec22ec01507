//! What the page of a review sends. Pure.

use crate::reports::model::{Problem, Verdict};
use crate::reports::review::{MAX_NOTE_CHARS, MAX_REASON_CHARS, Step, said};
use crate::reports::store::Line;
use serde::{Deserialize, Serialize};

/// The fields of all forms on the page of a review; each form sends some of them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ReviewForm {
    /// The button.
    pub(crate) r#do: String,
    /// The revision that was read.
    pub(crate) revision: String,
    /// The note of a review.
    pub(crate) note: String,
    /// Why something is published without review, taken back, or archived.
    pub(crate) reason: String,
    /// Whom to ask to facilitate: a name or an address.
    pub(crate) facilitator: String,
    /// What was pointed out before publishing, by the ids of the findings.
    pub(crate) dismissed: String,
    /// The number of the rubric that was on the page.
    pub(crate) rubric: String,
    /// The rubric, line by line.
    pub(crate) line: Vec<String>,
    pub(crate) verdict: Vec<String>,
    pub(crate) line_note: Vec<String>,
}

impl ReviewForm {
    /// The words that go with a step.
    pub(super) fn words(&self, step: Step) -> &str {
        if step.outcome().is_some() {
            &self.note
        } else {
            &self.reason
        }
    }

    /// Whether somebody wrote or chose something in it.
    pub(super) fn is_filled(&self) -> bool {
        [&self.note, &self.reason]
            .into_iter()
            .chain(&self.verdict)
            .chain(&self.line_note)
            .any(|text| !text.trim().is_empty())
    }

    /// The number of the rubric that was on the page, if it says so.
    pub(super) fn rubric(&self) -> Option<i32> {
        self.rubric.trim().parse().ok()
    }

    /// All of it in one field, to be carried through another form.
    pub(super) fn packed(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads [`Self::packed`] back; what no page of ours packed is an empty form.
    pub(super) fn unpacked(packed: &str) -> Self {
        serde_json::from_str(packed).unwrap_or_default()
    }

    /// What was typed beside a line: the verdict and the note.
    pub(super) fn beside(&self, word: &str) -> (&str, &str) {
        let place = self.line.iter().position(|line| line == word);
        let verdict = place.and_then(|place| self.verdict.get(place));
        let note = place.and_then(|place| self.line_note.get(place));
        (
            verdict.map_or("", String::as_str),
            note.map_or("", String::as_str),
        )
    }

    /// The verdicts on the lines that are asked, and what is wrong with them.
    pub(super) fn verdicts(
        &self,
        lines: &[Line],
    ) -> Result<Vec<(String, Verdict, String)>, Vec<Problem>> {
        let mut verdicts = Vec::new();
        let mut problems = Vec::new();
        for line in lines {
            let (verdict, note) = self.beside(&line.word);
            let note = said(note);
            let field = format!("line-{}", line.word);
            if note.chars().count() > MAX_NOTE_CHARS {
                problems.push(Problem::of(&field, "At most 1,000 characters."));
            }
            match (verdict.trim(), Verdict::parse(verdict)) {
                (_, Some(verdict)) => verdicts.push((line.word.clone(), verdict, note)),
                ("", None) if note.is_empty() => {}
                (_, None) => problems.push(Problem::of(
                    &field,
                    "Choose yes, not yet or not applicable to go with the note.",
                )),
            }
        }
        if problems.is_empty() {
            Ok(verdicts)
        } else {
            Err(problems)
        }
    }
}

/// What is wrong with a reason, wherever it is typed.
pub(crate) fn reason_problem(reason: &str) -> Option<Problem> {
    (said(reason).chars().count() > MAX_REASON_CHARS)
        .then(|| Problem::of("reason", "At most 500 characters."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines() -> Vec<Line> {
        ["impact", "factors"]
            .map(|word| Line {
                word: word.to_owned(),
                question: String::new(),
                hint: String::new(),
            })
            .to_vec()
    }

    fn form(verdict: &str, note: &str) -> ReviewForm {
        ReviewForm {
            line: vec!["gone".into(), "impact".into()],
            verdict: vec!["yes".into(), verdict.into()],
            line_note: vec![String::new(), note.into()],
            ..ReviewForm::default()
        }
    }

    #[test]
    fn only_lines_that_are_asked_and_answered_count() {
        let read = form("not_yet", " no numbers ").verdicts(&lines());
        let expected = (
            "impact".to_owned(),
            Verdict::NotYet,
            "no numbers".to_owned(),
        );
        assert_eq!(read, Ok(vec![expected]));
        assert_eq!(form("", "").verdicts(&lines()), Ok(Vec::new()));
    }

    #[test]
    fn a_note_without_a_verdict_is_pointed_at() {
        let lines_of_windows = "x\r\n".repeat(500);
        assert!(form("yes", &lines_of_windows).verdicts(&lines()).is_ok());
        for (verdict, note) in [("", "x"), ("perhaps", ""), ("yes", &*"x".repeat(1_001))] {
            let problems = form(verdict, note).verdicts(&lines()).unwrap_err();
            assert_eq!(problems.len(), 1);
            assert_eq!(problems[0].field, "line-impact");
        }
    }

    #[test]
    fn a_form_is_packed_and_unpacked() {
        let mut typed = form("yes", "a \"note\"\r\n");
        assert!(typed.is_filled());
        typed.note = "Numbers & <links>".to_owned();
        let again = ReviewForm::unpacked(&typed.packed());
        assert_eq!(
            (&again.note, &again.line_note),
            (&typed.note, &typed.line_note)
        );
        for nonsense in ["", "{", "[1]"] {
            let mut nothing = ReviewForm::unpacked(nonsense);
            assert!(!nothing.is_filled(), "{nonsense}");
            nothing.verdict = vec![" ".to_owned()];
            assert!(!nothing.is_filled());
        }
    }

    #[test]
    fn shorter_lists_than_lines_lose_nothing_and_break_nothing() {
        let short = ReviewForm {
            line: vec!["impact".into()],
            ..ReviewForm::default()
        };
        assert_eq!(short.verdicts(&lines()), Ok(Vec::new()));
    }
}
