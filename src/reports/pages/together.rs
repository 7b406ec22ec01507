//! Two saves of one report, put together field by field. Pure.

use super::form::EditForm;
use crate::reports::document;
use crate::reports::merge::{self, Merged};
use crate::reports::model::{Draft, Times};
use crate::reports::revisions::Deadline;
use crate::reports::store::Stored;

/// Both sets of changes in one form.
#[derive(Debug)]
pub(super) struct Together {
    /// The form over their revision. Where both changed a field, it holds mine.
    pub(super) form: EditForm,
    /// The fields that both changed, each to something else.
    pub(super) fields: Vec<Differing>,
    /// The headings under which both changed the same lines.
    pub(super) sections: Vec<String>,
    /// The texts that were put together, theirs and mine, with their times in the zone of the form.
    pub(super) sides: [String; 2],
    /// The headings there were before either of them changed anything.
    pub(super) before: Vec<String>,
}

/// A field that both changed.
#[derive(Debug)]
pub(super) struct Differing {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) theirs: String,
    pub(super) mine: String,
}

impl Together {
    pub(super) fn is_clean(&self) -> bool {
        self.fields.is_empty() && self.sections.is_empty()
    }
}

/// Takes theirs wherever mine is as it was in `base`, and mine wherever theirs is.
pub(super) fn together(
    base: &Draft,
    (mine, typed): (&Draft, &EditForm),
    latest: &Stored,
    deadline: Deadline,
) -> Together {
    let (theirs, revision) = (&latest.draft, latest.header.revision);
    let mut names = Vec::new();
    let head = header(base, mine, theirs, &mut names);
    let zone_is_open = names.contains(&"timezone");
    // Everything is written in the zone that it will be read in; as long as that is to be chosen, times are instants.
    let moved = |side: &Draft| Draft {
        timezone: head.timezone.clone(),
        ..side.clone()
    };
    let shown = |side: &Draft| {
        let form = EditForm::header_of(&moved(side), revision);
        if zone_is_open {
            form.with_instants(&side.times)
        } else {
            form
        }
    };
    let text = |side: &Draft| EditForm::of(&moved(side), 0).document;
    // Not as it was typed: a bare time means my day and my zone, and either may be another one now.
    let (my_text, their_text) = (text(mine), text(theirs));
    let (my_form, their_form) = (shown(mine), shown(theirs));
    let fields = my_form
        .labelled()
        .into_iter()
        .zip(their_form.labelled())
        .filter(|((name, ..), _)| names.contains(name))
        .map(|((name, label, mine), (.., theirs))| Differing {
            name,
            label,
            theirs: theirs.to_owned(),
            mine: mine.to_owned(),
        })
        .map(|it| match it.name {
            "timezone" => Differing {
                theirs: theirs.timezone.clone(),
                mine: mine.timezone.clone(),
                ..it
            },
            _ => it,
        })
        .collect();
    let base_text = text(base);
    let before = document::parts(&base_text);
    let text = merge::texts([&base_text, &my_text, &their_text], deadline);
    let form = EditForm {
        document: text.together(),
        ..with_the_rest_of(typed, shown(&head))
    };
    Together {
        form,
        fields,
        sections: if text.is_clean() {
            Vec::new()
        } else {
            text.overlaps()
        },
        sides: [their_text, my_text],
        before: before.into_iter().map(|it| it.heading).collect(),
    }
}

/// The fields above the text, with what my form says beside them.
fn with_the_rest_of(typed: &EditForm, head: EditForm) -> EditForm {
    EditForm {
        note: typed.note.clone(),
        rows: typed.rows.clone(),
        reason: typed.reason.clone(),
        template: typed.template.clone(),
        dismissed: typed.dismissed.clone(),
        warned: typed.warned.clone(),
        editor: typed.editor.clone(),
        taken: typed.taken.clone(),
        r#do: typed.r#do.clone(),
        people: typed.people.clone(),
        ..head
    }
}

/// The fields above the text.
fn header(base: &Draft, mine: &Draft, theirs: &Draft, both: &mut Vec<&'static str>) -> Draft {
    let mut head = Draft {
        services: merge::names(&base.services, &mine.services, &theirs.services),
        teams: merge::names(&base.teams, &mine.teams, &theirs.teams),
        tags: merge::names(&base.tags, &mine.tags, &theirs.tags),
        authors: merge::names(&base.authors, &mine.authors, &theirs.authors),
        ..Draft::default()
    };
    head.title = either("title", [&base.title, &mine.title, &theirs.title], both);
    head.kind = either("kind", [&base.kind, &mine.kind, &theirs.kind], both);
    head.severity = either(
        "severity",
        [&base.severity, &mine.severity, &theirs.severity],
        both,
    );
    head.visibility = either(
        "visibility",
        [&base.visibility, &mine.visibility, &theirs.visibility],
        both,
    );
    head.timezone = either(
        "timezone",
        [&base.timezone, &mine.timezone, &theirs.timezone],
        both,
    );
    let (base, mine, theirs) = (&base.times, &mine.times, &theirs.times);
    let mut at = |name, pick: fn(&Times) -> &Option<jiff::Timestamp>| {
        either(name, [pick(base), pick(mine), pick(theirs)], both)
    };
    head.times = Times {
        started_at: at("started_at", |it| &it.started_at),
        detected_at: at("detected_at", |it| &it.detected_at),
        acknowledged_at: at("acknowledged_at", |it| &it.acknowledged_at),
        mitigated_at: at("mitigated_at", |it| &it.mitigated_at),
        resolved_at: at("resolved_at", |it| &it.resolved_at),
    };
    head
}

fn either<T: Clone + PartialEq>(
    name: &'static str,
    [base, mine, theirs]: [&T; 3],
    both: &mut Vec<&'static str>,
) -> T {
    match merge::value(base, mine, theirs) {
        Merged::Clean(value) => value,
        Merged::Overlap { mine, .. } => {
            both.push(name);
            mine
        }
    }
}
