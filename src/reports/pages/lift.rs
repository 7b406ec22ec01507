//! A whole document pasted into the text field: its header goes to the fields above, where it can be seen. Pure.

use super::form::EditForm;
use super::words;
use crate::platform::ids::ReportKey;
use crate::reports::document::{self, Parsed, Pasted, Stated};
use crate::reports::model::{Draft, Kind, Problem, Visibility};

impl EditForm {
    /// Moves front matter from the text into the fields. What was typed stays; what the header says besides is told. The
    /// answer is what to look at before saving: nothing when the text is a text.
    pub(super) fn lift(&mut self, is_new: bool) -> Vec<Problem> {
        match document::pasted(&self.document) {
            Pasted::Text => Vec::new(),
            Pasted::Unreadable(why) => {
                let message = format!(
                    "The text begins with a header between --- lines that cannot be read ({why}). Mend it, or take it out: its fields are above."
                );
                vec![Problem::of("document", message)]
            }
            Pasted::Document(parsed) => self.take_header(*parsed, is_new),
        }
    }

    fn take_header(&mut self, parsed: Parsed, is_new: bool) -> Vec<Problem> {
        let mut draft = parsed.draft;
        let mut other = Vec::new();
        self.take_zone(&draft, is_new, &mut other);
        // The text shows times in the zone that the form will read them in.
        let zone = words::zone(&self.timezone);
        zone.iana_name()
            .unwrap_or("UTC")
            .clone_into(&mut draft.timezone);
        let header = Self::header_of(&draft, 0);
        for (name, typed, said) in [
            ("title", &mut self.title, header.title),
            ("severity", &mut self.severity, header.severity),
            ("started_at", &mut self.started_at, header.started_at),
            ("detected_at", &mut self.detected_at, header.detected_at),
            (
                "acknowledged_at",
                &mut self.acknowledged_at,
                header.acknowledged_at,
            ),
            ("mitigated_at", &mut self.mitigated_at, header.mitigated_at),
            ("resolved_at", &mut self.resolved_at, header.resolved_at),
        ] {
            if typed.trim().is_empty() {
                *typed = said;
            } else if !said.is_empty() && typed.trim() != said {
                other.push(format!("{name} “{said}”"));
            }
        }
        for (typed, said) in [
            (&mut self.services, &draft.services),
            (&mut self.teams, &draft.teams),
            (&mut self.tags, &draft.tags),
            (&mut self.authors, &draft.authors),
        ] {
            // Reading the form takes each name once.
            let typed_too = Some(typed.clone()).filter(|typed| !typed.trim().is_empty());
            *typed = typed_too
                .into_iter()
                .chain(said.iter().cloned())
                .collect::<Vec<_>>()
                .join(", ");
        }
        if is_new && self.kind == Kind::Incident.word() {
            self.kind = header.kind;
        } else if self.kind != header.kind && draft.kind != Kind::Incident {
            other.push(format!("kind “{}”", header.kind));
        }
        match (parsed.visibility, draft.visibility) {
            (Stated::Nothing, _) => {}
            (Stated::Word | Stated::Unreadable, Visibility::Restricted) => {
                Visibility::Restricted
                    .word()
                    .clone_into(&mut self.visibility);
            }
            (Stated::Word | Stated::Unreadable, Visibility::Open) => {
                if self.visibility != Visibility::Open.word() {
                    other.push("visibility “open”".to_owned());
                }
            }
        }
        self.document = text_of(draft);
        told(&other)
    }

    fn take_zone(&mut self, draft: &Draft, is_new: bool, other: &mut Vec<String>) {
        if draft.timezone == self.timezone || draft.timezone == "UTC" {
            return;
        }
        let has_times = [
            &self.started_at,
            &self.detected_at,
            &self.acknowledged_at,
            &self.mitigated_at,
            &self.resolved_at,
        ]
        .iter()
        .any(|time| !time.trim().is_empty());
        // A new form is in the zone its author wrote in last, which they did not choose for this one; but times that were
        // typed into it are meant in it.
        if is_new && !has_times || self.timezone.trim().is_empty() {
            self.timezone.clone_from(&draft.timezone);
        } else {
            other.push(format!("timezone “{}”", draft.timezone));
        }
    }
}

/// The text without the header; what no field takes stands above it as a block.
fn text_of(mut draft: Draft) -> String {
    draft.import_key = draft
        .import_key
        .filter(|key| key.parse::<ReportKey>().is_err());
    let rest = document::header_without_fields(&draft);
    let whole = document::render(&draft);
    let text = document::body(&whole).trim_start();
    if rest.is_empty() {
        return text.to_owned();
    }
    format!("```yaml\n{rest}```\n\n{text}")
}

fn told(other: &[String]) -> Vec<Problem> {
    let mut message = String::from(
        "The header at the top of the text was moved into the fields above: look them over, then save again.",
    );
    if !other.is_empty() {
        message.push_str(" The header also said ");
        message.push_str(&other.join(", "));
        message.push_str("; what you had typed was kept.");
    }
    vec![Problem::of("document", message)]
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "---\ntitle: Checkout slow\nkind: near_miss\nstatus: published\nvisibility: restricted\nservices: [checkout]\nstarted_at: 2026-03-01T13:00:00Z\ntimezone: Europe/Paris\nfacilitator: Bob\n---\n\n## Summary\n\nSlow.\n";

    fn new_form() -> EditForm {
        EditForm {
            kind: "incident".to_owned(),
            visibility: "open".to_owned(),
            services: "payments".to_owned(),
            timezone: "UTC".to_owned(),
            document: WHOLE.to_owned(),
            ..EditForm::default()
        }
    }

    #[test]
    fn the_header_goes_into_the_fields() {
        let mut form = new_form();
        let told = form.lift(true);
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(form.title, "Checkout slow");
        assert_eq!(form.kind, "near_miss");
        assert_eq!(form.visibility, "restricted");
        assert_eq!(form.services, "payments, checkout");
        assert_eq!(form.started_at, "2026-03-01 14:00");
        assert_eq!(form.timezone, "Europe/Paris");
        assert_eq!(
            form.document,
            "```yaml\nfacilitator: Bob\n```\n\n## Summary\n\nSlow.\n"
        );
        assert_eq!(form.lift(true), [], "once");
    }

    #[test]
    fn what_was_typed_is_kept_and_the_rest_is_told() {
        let mut form = new_form();
        form.title = "Mine".to_owned();
        form.timezone = "Asia/Tokyo".to_owned();
        let told = form.lift(false);
        assert_eq!(form.title, "Mine");
        assert_eq!(
            form.started_at, "2026-03-01 22:00",
            "in the zone of the form"
        );
        assert_eq!(form.visibility, "restricted", "never opened by a paste");
        for said in ["“Checkout slow”", "“near_miss”", "“Europe/Paris”"] {
            assert!(
                told[0].message.contains(said),
                "{said}: {}",
                told[0].message
            );
        }
    }

    #[test]
    fn a_header_that_cannot_be_read_is_refused_beside_the_text() {
        let mut form = new_form();
        form.document = "---\ntitle: [\n---\n\nx\n".to_owned();
        let before = form.document.clone();
        assert!(form.lift(true)[0].message.contains("cannot be read"));
        assert_eq!(form.document, before);
    }

    #[test]
    fn a_rule_at_the_top_is_no_header() {
        for text in ["## Summary\n\nx\n", "---\n\nA rule.\n\n---\n", "", "---\n"] {
            let mut form = new_form();
            form.document = text.to_owned();
            assert_eq!(form.lift(true), [], "{text:?}");
            assert_eq!(form.document, text);
        }
    }
}
