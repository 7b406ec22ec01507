//! The page of comments: threads, the open ones first, and one form.

use super::comment_form::CommentForm;
use super::form_page::word_for;
use super::places::short;
use super::view::block;
use super::words;
use crate::platform::http::Page;
use crate::platform::ids::{PersonId, ReportId, ReportKey};
use crate::platform::markdown::Budget;
use crate::reports::comments::{Anchor, Found, Place};
use crate::reports::model::Problem;
use crate::reports::store::Comment;
use actix_web::http::StatusCode;
use serde_json::{Value, json};
use std::collections::HashSet;

/// Threads of a page.
const THREADS: usize = 25;

/// Which part of the comments is looked at, and by whom.
#[derive(Clone, Debug, Default)]
pub(super) struct Look {
    pub(super) page: Option<usize>,
    /// A comment that is to be on the page.
    pub(super) at: Option<i64>,
    pub(super) reader: Option<PersonId>,
    /// Whether they may resolve the threads of others.
    pub(super) may_resolve: bool,
    /// Whether they may take away what others wrote.
    pub(super) may_erase: bool,
    /// What was typed to do so, and is not enough.
    pub(super) erasing: Option<Erasing>,
}

/// A reason for taking a comment away, as it was typed.
#[derive(Clone, Debug)]
pub(super) struct Erasing {
    pub(super) id: i64,
    pub(super) reason: String,
    pub(super) problem: String,
}

/// The comments on a report, and what of it they can be about.
pub(super) struct CommentDesk {
    pub(super) key: ReportKey,
    pub(super) report: ReportId,
    pub(super) title: String,
    pub(super) revision: i32,
    pub(super) places: Vec<Place>,
    /// All of them; what they say is there of those on the page.
    pub(super) comments: Vec<Comment>,
    pub(super) look: Look,
}

/// A comment with what answers it.
struct Thread<'a> {
    first: &'a Comment,
    answers: Vec<&'a Comment>,
}

impl Thread<'_> {
    fn holds(&self, id: i64) -> bool {
        self.first.id == id || self.answers.iter().any(|it| it.id == id)
    }
}

impl CommentDesk {
    fn threads(&self) -> Vec<Thread<'_>> {
        let mut threads: Vec<Thread<'_>> = self
            .comments
            .iter()
            .filter(|it| it.parent.is_none())
            .map(|first| Thread {
                first,
                answers: self
                    .comments
                    .iter()
                    .filter(|it| it.parent == Some(first.id))
                    .collect(),
            })
            .collect();
        threads.sort_by_key(|thread| (thread.first.resolved.is_some(), thread.first.id));
        threads
    }

    /// The page of threads to show, from 0, and the last one.
    fn part(&self, threads: &[Thread<'_>], form: &CommentForm) -> (usize, usize) {
        let last = threads.len().saturating_sub(1) / THREADS;
        let wanted = self.look.at.or_else(|| form.about());
        let of_comment = wanted.and_then(|id| threads.iter().position(|it| it.holds(id)));
        let of_place = || {
            let here = |it: &Thread<'_>| self.id_of(&it.first.anchor).as_deref() == Some(&form.on);
            threads
                .iter()
                .position(here)
                .filter(|_| !form.on.is_empty())
        };
        let page = self.look.page.map(|page| page.saturating_sub(1));
        let place = of_comment.or_else(of_place).map(|index| index / THREADS);
        (page.or(place).unwrap_or(0).min(last), last)
    }

    /// The id on the page of what a comment is about.
    pub(super) fn id_of(&self, anchor: &Anchor) -> Option<String> {
        match anchor.find(&self.places) {
            Found::Here(id) | Found::Changed(id) => Some(id),
            Found::Report | Found::Gone => None,
        }
    }

    /// The form with a place on this page. Another text for a comment that was removed meanwhile, or is somebody else's,
    /// becomes a comment of its own, so that it is not lost.
    fn settled(&self, form: &CommentForm) -> CommentForm {
        let mut form = form.clone();
        let Some(id) = form.edited() else {
            return form;
        };
        let found = self.comments.iter().find(|it| it.id == id);
        if found.is_some_and(|it| self.is_own(it) && !it.removed) {
            return form;
        }
        form.edit.clear();
        if let Some(comment) = found {
            form.parent = comment.parent.map_or_else(String::new, |id| id.to_string());
            form.on = self.id_of(&comment.anchor).unwrap_or_default();
        }
        form
    }

    fn is_own(&self, comment: &Comment) -> bool {
        comment.person.is_some() && comment.person == self.look.reader
    }

    /// The comments that are on the page.
    pub(super) fn shown(&self, form: &CommentForm) -> Vec<i64> {
        let form = &self.settled(form);
        let threads = self.threads();
        let (part, _last) = self.part(&threads, form);
        let on_page = threads.iter().skip(part * THREADS).take(THREADS);
        on_page
            .flat_map(|it| std::iter::once(&it.first).chain(&it.answers))
            .map(|it| it.id)
            .collect()
    }

    /// The page, with what is wrong with the form.
    pub(super) fn page(
        &self,
        form: &CommentForm,
        problems: &[Problem],
        notice: Option<&str>,
    ) -> Page {
        let form = &self.settled(form);
        let threads = self.threads();
        let (part, last) = self.part(&threads, form);
        let open = threads
            .iter()
            .filter(|it| it.first.resolved.is_none())
            .count();
        let mut budget = Budget::of_page();
        let mut seen = HashSet::new();
        let shown: Vec<Value> = threads
            .iter()
            .skip(part * THREADS)
            .take(THREADS)
            .map(|thread| self.thread(thread, form, (&mut budget, &mut seen)))
            .collect();
        let link = format!("/reports/{}", self.key);
        let page = |number: usize| format!("{link}/comments?page={}", number + 1);
        let view = json!({
            "report": { "key": self.key.to_string(), "title": self.title, "link": link },
            "comments_link": format!("{link}/comments"),
            "notice": notice,
            "problems": self.problems(problems),
            "open": open,
            "resolved": threads.len() - open,
            "threads": shown,
            "places": self.choices(form),
            "form": self.form(form, (problems, notice), &threads),
            "paging": {
                "newer": part.checked_sub(1).map(page),
                "older": (part < last).then(|| page(part + 1)),
            },
        });
        Page::new("comments", format!("Comments on {}", self.key), view)
    }

    /// What is wrong, each with the id of its field.
    fn problems(&self, problems: &[Problem]) -> Vec<Value> {
        let of_form = problems.iter().map(|it| {
            let field = if it.field == "on" { "on" } else { "text" };
            json!({ "field": field, "message": it.message })
        });
        let erasing = self
            .look
            .erasing
            .iter()
            .map(|it| json!({ "field": format!("reason-{}", it.id), "message": it.problem }));
        of_form.chain(erasing).collect()
    }

    pub(super) fn refused(&self, form: &CommentForm, problems: &[Problem]) -> Page {
        self.page(form, problems, None)
            .with_status(StatusCode::UNPROCESSABLE_ENTITY)
    }

    fn choices(&self, form: &CommentForm) -> Vec<Value> {
        self.places
            .iter()
            .map(|it| json!({ "id": it.id, "label": it.label, "selected": it.id == form.on }))
            .collect()
    }

    /// The form; it stands below the thread it answers, or in the place of the comment it changes.
    fn form(
        &self,
        form: &CommentForm,
        (problems, notice): (&[Problem], Option<&str>),
        threads: &[Thread<'_>],
    ) -> Value {
        let about = form.about();
        let thread = about.and_then(|id| threads.iter().find(|it| it.holds(id)));
        let problem = |field: &str| {
            let found = problems.iter().find(|it| it.field == field);
            found.map(|it| it.message.as_str())
        };
        let edited = form.edited();
        let edited = edited.and_then(|id| self.comments.iter().find(|it| it.id == id));
        let link = format!("/reports/{}", self.key);
        json!({
            "action": format!("{link}/comments"),
            "people_link": format!("{link}/people"),
            "text": { "value": form.text, "problem": problem("text") },
            "on_problem": problem("on"),
            "edits": edited.map(|it| it.edits),
            "dismissed": form.dismissed,
            "revision": self.revision,
            "writer": word_for(self.look.reader),
            "once": form.once,
            // A comment that is not there is not answered.
            "parent": thread.map_or("", |_| form.parent.as_str()),
            "edit": thread.map_or("", |_| form.edit.as_str()),
            "is_new": thread.is_none(),
            "is_edit": form.edited().is_some(),
            "is_dirty": !problems.is_empty() || notice.is_some(),
        })
    }

    fn thread(
        &self,
        thread: &Thread<'_>,
        form: &CommentForm,
        (budget, seen): (&mut Budget, &mut HashSet<String>),
    ) -> Value {
        let found = thread.first.anchor.find(&self.places);
        let (id, is_changed) = match &found {
            Found::Here(id) => (Some(id), false),
            Found::Changed(id) => (Some(id), true),
            Found::Report | Found::Gone => (None, false),
        };
        let place = id.and_then(|id| self.places.iter().find(|it| it.id == *id));
        let comments = std::iter::once(&thread.first).chain(&thread.answers);
        json!({
            "id": thread.first.id,
            "anchor_id": id.filter(|id| seen.insert((*id).clone())),
            "about": place.map(|place| json!({
                "label": place.label,
                "link": format!("/reports/{}#{}", self.key, place.id),
                "was": is_changed.then(|| was(&thread.first.anchor, &place.anchor)),
            })),
            "gone": (found == Found::Gone).then(|| gone(&thread.first.anchor)),
            "comments": comments.map(|it| self.comment(it, form, budget)).collect::<Vec<_>>(),
            "resolved": thread.first.resolved.as_ref().map(|(by, at)| json!({
                "by": by, "at": at.to_string(), "at_text": words::moment(*at),
            })),
            "may_resolve": self.is_own(thread.first) || self.look.may_resolve,
            "answering": form.answered().is_some_and(|id| thread.holds(id)),
        })
    }

    fn comment(&self, comment: &Comment, form: &CommentForm, budget: &mut Budget) -> Value {
        let is_own = self.is_own(comment);
        let editing = form.edited() == Some(comment.id) && is_own && !comment.removed;
        json!({
            "id": comment.id,
            "author": comment.author_name,
            "at": comment.at.to_string(),
            "at_text": words::moment(comment.at),
            "edited": comment.edited && !comment.removed,
            "removed": comment.removed,
            "erased": comment.erased.as_ref().map(|(by, reason)| json!({ "by": by, "reason": reason })),
            "may_erase": self.look.may_erase && !is_own && !comment.removed,
            "erasing": self.look.erasing.as_ref().filter(|it| it.id == comment.id).map(|it| json!({ "reason": it.reason, "problem": it.problem })),
            "html": block(&comment.text, &format!("comment-{}", comment.id), budget),
            "is_own": is_own && !comment.removed,
            "is_answer": comment.parent.is_some(),
            "editing": editing,
            // Another window changed it: both texts are shown.
            "is_behind": editing && !form.edits.is_empty() && form.edits != comment.edits.to_string(),
        })
    }
}

/// The words a comment was about.
fn quoted(anchor: &Anchor) -> String {
    match anchor {
        Anchor::Report => String::new(),
        Anchor::Section { heading, .. } => short(heading),
        Anchor::Event { text, .. } => short(text),
    }
}

/// The words it was about, with the time where that is what was changed.
fn was(then: &Anchor, now: &Anchor) -> String {
    let said = quoted(then);
    match then {
        Anchor::Event { at, .. } if !at.is_empty() && then.family() == now.family() => {
            let clock = at.parse().map_or_else(|_odd| at.clone(), words::moment);
            format!("{clock}: {said}")
        }
        Anchor::Event { .. } | Anchor::Report | Anchor::Section { .. } => said,
    }
}

/// What to say of something that is no longer there.
fn gone(anchor: &Anchor) -> Value {
    let what = match anchor {
        Anchor::Report => "",
        Anchor::Section { .. } => "On a section that was renamed or removed since",
        Anchor::Event { .. } => "On an event that was changed or removed since",
    };
    json!({ "what": what, "quote": quoted(anchor) })
}
