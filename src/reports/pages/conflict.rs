//! The page for two saves that changed the same: theirs, mine, and both together.

use super::changed::{CONTEXT, line};
use super::form::EditForm;
use super::form_page::{About, Desk, writer};
use super::history::{crumb, side};
use super::picks::mark;
use super::saving::Save;
use super::together::Together;
use crate::platform::http::{Error, Lane, Page, PageError};
use crate::reports::document::{self, Part};
use crate::reports::revisions::{deadline, difference};
use crate::reports::store::{RevisionRow, Stored};
use actix_web::http::StatusCode;
use serde_json::{Value, json};

/// What the page is about.
pub(super) struct Conflict<'a> {
    pub(super) save: &'a Save<'a>,
    pub(super) latest: &'a Stored,
    pub(super) theirs: &'a RevisionRow,
    pub(super) merged: Together,
}

/// Both texts, whole, what is between them, and what has been put together.
pub(super) async fn conflict(it: Conflict<'_>) -> Result<Page, PageError> {
    let Save {
        app,
        person,
        key,
        form,
        ..
    } = *it.save;
    let theirs = EditForm::of(&it.latest.draft, it.latest.header.revision);
    // As they were put together: in one zone, whichever each of them was written in.
    let [old, new] = it.merged.sides.clone();
    let (whole, both) = (it.merged.form.document.clone(), it.merged.sections.clone());
    let before = it.merged.before.clone();
    let parts = app
        .blocking(Lane::Render, move || {
            Ok::<_, Error>(parts(&whole, (&both, &before), (&old, &new)))
        })
        .await?;
    let mut about = side(key, it.theirs);
    if let Some(about) = about.as_object_mut() {
        about.insert("document".into(), json!(theirs.document));
    }
    let desk = Desk {
        app,
        person,
        about: About::Old(it.latest),
        named: String::new(),
        notice: None,
        begun: Vec::new(),
        starts: Vec::new(),
        knows_zone: true,
        template: None,
    };
    let view = json!({
        "report": crumb(key, &it.latest.draft.title, it.latest.header.revision),
        "action": format!("/reports/{key}/edit"),
        "base_revision": form.base_revision,
        "clean_merge": it.merged.is_clean(),
        "overlap": overlap(&it.merged),
        "undecided": undecided(&it.merged),
        "can_publish": desk.offers_publishing(&it.merged.form),
        "writer": writer(person),
        "autosave": format!("/reports/{key}/autosave"),
        "discard": format!("/reports/{key}/discard"),
        "taken": form.taken,
        "theirs": about,
        "mine_document": form.document,
        "parts": parts,
        "carried": carried(&it.merged),
        "choices": choices(&it.merged),
    });
    let title = format!("{key} was saved meanwhile");
    Ok(Page::new("conflict", title, view).with_status(StatusCode::CONFLICT))
}

/// Who took a section out that the other changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gone {
    Theirs,
    Mine,
}

impl Gone {
    /// Of a section that was there before.
    fn of(theirs: Option<&String>, mine: Option<&String>) -> Option<Self> {
        match (theirs, mine) {
            (None, Some(_)) => Some(Self::Theirs),
            (Some(_), None) => Some(Self::Mine),
            (None, None) | (Some(_), Some(_)) => None,
        }
    }

    const fn told(self) -> &'static str {
        match self {
            Self::Theirs => "They took this section out; you changed it.",
            Self::Mine => "You took this section out; they changed it.",
        }
    }
}

/// The text put together, section by section; where both changed the same, with what each of them has there.
fn parts(
    whole: &str,
    (both, before): (&[String], &[String]),
    (theirs, mine): (&str, &str),
) -> Vec<Value> {
    let (theirs, mine) = (document::parts(theirs), document::parts(mine));
    let parts = document::parts(whole);
    // What cannot be found by its heading is looked for everywhere.
    let is_found = both
        .iter()
        .all(|heading| parts.iter().any(|it| it.heading == *heading));
    let mut number = 0;
    let mut seen: Vec<&str> = Vec::new();
    let mut views = Vec::with_capacity(parts.len());
    for part in &parts {
        let times = seen.iter().filter(|it| **it == part.heading).count();
        seen.push(&part.heading);
        let of = |side: &[Part]| {
            let mut same = side.iter().filter(|it| it.heading == part.heading);
            same.nth(times).map(|it| it.text.clone())
        };
        let (old, new) = (of(&theirs), of(&mine));
        let was = before.iter().filter(|it| **it == part.heading).count() > times;
        let gone = Gone::of(old.as_ref(), new.as_ref()).filter(|_| was);
        let (old, new) = (old.unwrap_or_default(), new.unwrap_or_default());
        let is_both = (old != new || gone.is_some()) && (!is_found || both.contains(&part.heading));
        let lines = is_both.then(|| difference(&old, &new, CONTEXT, deadline()));
        let lines = lines.map(|it| it.iter().map(line).collect::<Vec<_>>());
        let rows = part.text.lines().count() + 2;
        views.push(json!({
            "heading": part.heading,
            "label": if part.heading.is_empty() { "Text above the first heading" } else { part.heading.as_str() },
            "sealed": part.sealed,
            "text": part.text,
            "rows": rows.clamp(4, 28),
            "is_both": is_both,
            "number": number,
            "theirs": if is_both { old.as_str() } else { "" },
            "mine": if is_both { new.as_str() } else { "" },
            "offered": if is_both { mark(&part.text) } else { String::new() },
            "lines": lines,
            "gone": gone.filter(|_| is_both).map(Gone::told),
            "gone_theirs": is_both && gone == Some(Gone::Theirs),
            "gone_mine": is_both && gone == Some(Gone::Mine),
        }));
        number += usize::from(is_both);
    }
    views
}

/// What both changed, in words: `Title, Started and the text under “Impact”`.
fn overlap(merged: &Together) -> String {
    let fields = merged.fields.iter().map(|it| it.label.to_owned());
    let [theirs, mine] = merged.sides.each_ref().map(|side| document::parts(side));
    let sections = merged.sections.iter().map(|heading| {
        let of = |side: &[Part]| {
            let mut same = side.iter().filter(|it| it.heading == *heading);
            same.next().map(|it| it.text.clone())
        };
        let gone = Gone::of(of(&theirs).as_ref(), of(&mine).as_ref());
        match gone.filter(|_| merged.before.contains(heading)) {
            _ if heading.is_empty() => "the text above the first heading".to_owned(),
            Some(Gone::Theirs) => format!("the section “{heading}”, which they took out"),
            Some(Gone::Mine) => format!("the section “{heading}”, which you took out"),
            None => format!("the text under “{heading}”"),
        }
    });
    let mut all: Vec<String> = fields.chain(sections).collect();
    let last = all.pop().unwrap_or_default();
    if all.is_empty() {
        last
    } else {
        format!("{} and {last}", all.join(", "))
    }
}

/// The fields that come along unseen: all but the text, the revision and those to choose.
fn carried(merged: &Together) -> Vec<Value> {
    merged
        .form
        .carried()
        .into_iter()
        .filter(|(name, _)| {
            !matches!(*name, "document" | "base_revision" | "conflict")
                && merged.fields.iter().all(|field| field.name != *name)
        })
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect()
}

/// What is still to be decided, as [`EditForm::conflict`] carries it: whether both texts stand in the form, and what the
/// other has in fields that both changed.
fn undecided(merged: &Together) -> String {
    let fields = merged.fields.iter();
    let fields = fields.map(|it| format!("{} (theirs: {})", it.label, shown(it.name, &it.theirs)));
    let fields: Vec<String> = fields.collect();
    match (merged.sections.is_empty(), fields.is_empty()) {
        (true, true) => String::new(),
        (true, false) => format!("fields {}", fields.join(", ")),
        (false, true) => "yes".to_owned(),
        (false, false) => format!("yes {}", fields.join(", ")),
    }
}

/// The value of a field for people.
fn shown(name: &str, value: &str) -> String {
    match (name, value) {
        (_, "") => "nothing".to_owned(),
        ("severity", level) => format!("SEV{level}"),
        (_, value) => value.to_owned(),
    }
}

fn choices(merged: &Together) -> Vec<Value> {
    merged
        .fields
        .iter()
        .map(|it| {
            json!({
                "name": it.name,
                "label": it.label,
                "theirs": { "value": it.theirs, "text": shown(it.name, &it.theirs) },
                "mine": { "value": it.mine, "text": shown(it.name, &it.mine) },
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_both_changed_is_asked_about() {
        let theirs = "## A\n\nx theirs\n\n## B\n\nsame\n\n## A\n\nagain\n";
        let mine = "## A\n\nx mine\n\n## B\n\nmine alone\n\n## A\n\nagain\n";
        let whole = "## A\n\nx theirs\nx mine\n\n## B\n\nmine alone\n\n## A\n\nagain\n";
        let before = ["A", "B", "A"].map(str::to_owned);
        let views = parts(whole, (&["A".to_owned()], &before), (theirs, mine));
        let asked: Vec<bool> = views.iter().map(|it| it["is_both"] == true).collect();
        assert_eq!(asked, [true, false, false]);
        assert_eq!(views[0]["theirs"], "x theirs");
        assert_eq!(views[0]["mine"], "x mine");
        // A heading that one of them wrote anew hides nothing.
        let elsewhere = ["Elsewhere".to_owned()];
        let views = parts(whole, (&elsewhere, &before), (theirs, mine));
        let asked: Vec<bool> = views.iter().map(|it| it["is_both"] == true).collect();
        assert_eq!(asked, [true, true, false]);
        assert_eq!(views[1]["number"], 1);
    }

    #[test]
    fn a_section_that_one_took_out_is_asked_about_as_such() {
        let base = "## A\n\nx\n\n## B\n\ny\n\n## C\n\nz\n";
        let changed = base.replace("\ny\n", "\ny and more\n");
        let without = base.replace("## B\n\ny\n\n", "");
        let before = ["A", "B", "C"].map(str::to_owned);
        for (theirs, mine, gone) in [
            (&changed, &without, "You took"),
            (&without, &changed, "They took"),
        ] {
            let views = parts(&changed, (&["B".to_owned()], &before), (theirs, mine));
            let asked: Vec<bool> = views.iter().map(|it| it["is_both"] == true).collect();
            assert_eq!(asked, [false, true, false]);
            assert!(views[1]["gone"].as_str().unwrap().starts_with(gone));
            assert_eq!(views[1]["gone_mine"], gone == "You took");
        }
    }
}
