//! The page of a review: what a reviewer sees of a report beside its text, and what can be done next.

use super::changed::{changed_parts, drawn};
use super::form_page::writer;
use super::history::crumb;
use super::read::whole;
use super::review_form::ReviewForm;
use super::standing::{lines as status_lines, publishes_at_once};
use super::words;
use crate::accounts::{self, Action, Actor, Role, SignedIn, may, reach, refusal, rules};
use crate::platform::app::App;
use crate::platform::db::Connection;
use crate::platform::http::{Error, Lane, Page};
use crate::platform::ids::ReportKey;
use crate::reports::model::{Problem, Status, Verdict};
use crate::reports::review::{Need, Step, facts, need};
use crate::reports::store::{self, Header, Line, Review, Rubric, Standing, Stored};
use crate::reports::{document, language, templates};
use serde_json::{Value, json};

/// Everything the page is made of.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(super) struct ReviewDesk {
    pub(super) stored: Stored,
    pub(super) rubric: Rubric,
    /// Who looks, for their browser.
    writer: String,
    standing: Standing,
    reviews: Vec<Review>,
    has_written: bool,
    may_edit: bool,
    may_review: bool,
    is_facilitator: bool,
    /// Whom one could ask to facilitate.
    people: Vec<String>,
    /// The review that the text of today is compared with, and the parts that differ.
    compared: Option<Compared>,
    changed: Option<Vec<Value>>,
    /// For each line of the rubric what could be counted.
    facts: Vec<Vec<String>>,
    missing: Vec<String>,
    status: Vec<Value>,
    reviews_required: bool,
    publishes_at_once: bool,
}

/// A review before this one: of whoever looks, if they gave one, else the latest.
struct Compared {
    revision: i32,
    by: String,
    /// Whether the text is still the one that was read.
    is_current: bool,
}

impl Compared {
    async fn of(
        conn: &mut Connection,
        (header, standing): (&Header, &Standing),
        actor: &Actor,
    ) -> Result<Option<Self>, Error> {
        let own = match actor.person_id() {
            Some(person) => store::reviewed_by(conn, header.id, person).await?,
            None => None,
        };
        let latest = standing.review.as_ref();
        let Some((revision, by)) = own
            .map(|revision| (revision, "you".to_owned()))
            .or_else(|| latest.map(|it| (it.revision, it.reviewer_name.clone())))
        else {
            return Ok(None);
        };
        let revisions = (revision, header.revision);
        Ok(Some(Self {
            is_current: store::same_text(conn, header.id, revisions).await?,
            revision,
            by,
        }))
    }
}

impl ReviewDesk {
    /// Reads it, if this person may see it; with the rubric of this number, which is that of a form that was sent.
    pub(super) async fn open(
        app: &App,
        person: &SignedIn,
        (key, rubric): (ReportKey, Option<i32>),
    ) -> Result<Self, Error> {
        let mut conn = app.db.get().await?;
        let (rules, actor) = (rules(&app.settings), &person.0);
        let stored = whole(&mut conn, key, actor, rules).await?;
        if !may(actor, Action::SeeReviews, rules) {
            return Err(refusal(actor, Action::SeeReviews));
        }
        let (id, access) = (stored.header.id, &stored.header.access);
        let standing = store::standing(&mut conn, id).await?;
        let has_written = match actor.person_id() {
            Some(person) => store::has_written(&mut conn, id, person).await?,
            None => false,
        };
        let may_edit = may(actor, Action::PublishReport(access), rules);
        let people = if may_edit {
            accounts::people_from(&mut conn, Role::Author).await?
        } else {
            Vec::new()
        };
        let template = store::templates(&mut conn).await?;
        let offered: Vec<_> = template
            .into_iter()
            .filter(|it| it.archived_at.is_none())
            .map(|it| it.template)
            .collect();
        let fits = templates::matching(&offered, stored.draft.kind, stored.draft.severity);
        let desk = Self {
            rubric: store::rubric(&mut conn, rubric).await?,
            writer: writer(person),
            reviews: store::reviews(&mut conn, id).await?,
            may_review: may(actor, Action::ReviewReport(access), rules),
            is_facilitator: standing.facilitator.as_ref().map(|(id, _)| *id) == actor.person_id(),
            people: people.into_iter().map(|it| it.name).collect(),
            missing: fits.map_or_else(Vec::new, |it| facts::missing(it, &stored.draft)),
            status: status_lines(&stored.header, &standing, (actor, rules)),
            reviews_required: rules.reviews_required,
            publishes_at_once: publishes_at_once(&standing, rules),
            compared: Compared::of(&mut conn, (&stored.header, &standing), actor).await?,
            changed: None,
            facts: Vec::new(),
            has_written,
            may_edit,
            standing,
            stored,
        };
        let before = match &desk.compared {
            Some(review) => {
                let reach = reach(actor, rules);
                store::seen_revision(&mut conn, &reach, id, review.revision).await?
            }
            None => None,
        };
        desk.counted(app, before.map(|(_, text)| text)).await
    }

    /// The same with what takes a moment: the difference, and what can be counted.
    async fn counted(self, app: &App, before: Option<String>) -> Result<Self, Error> {
        let work = move || {
            let now = document::render_revision(&self.stored.draft);
            let changed = before.map(|before| drawn(&changed_parts(&before, &now)));
            let findings = language::check(document::body(&now));
            let beside = |line: &Line| {
                facts::beside(&line.word, &self.stored.draft, &self.missing, &findings)
            };
            Ok::<_, Error>(Self {
                facts: self.rubric.lines.iter().map(beside).collect(),
                changed,
                ..self
            })
        };
        app.blocking(Lane::Render, work).await
    }

    /// The page, with what was typed and what is wrong with it.
    pub(super) fn page(
        &self,
        form: &ReviewForm,
        problems: &[Problem],
        notice: Option<&str>,
    ) -> Page {
        let key = self.stored.header.key;
        let link = format!("/reports/{key}");
        let header = &self.stored.header;
        let is_judged = header.status == Status::InReview && self.may_review && !self.has_written;
        let view = json!({
            "report": crumb(key, &self.stored.draft.title, header.revision),
            "status": { "word": header.status.word(), "label": header.status.label() },
            "standing": self.status,
            "problems": problems.iter().map(|it| json!({ "field": it.field, "message": it.message })).collect::<Vec<_>>(),
            "notice": notice,
            "typed": self.typed(form, is_judged),
            "action": format!("{link}/review"),
            "writer": self.writer,
            "read_link": link,
            "edit_link": self.may_edit.then(|| format!("{link}/edit")),
            "since": self.since(),
            "rubric": self.asked(form, problems, is_judged),
            "rubric_number": self.rubric.revision,
            "is_judged": is_judged,
            "is_own": header.status == Status::InReview && self.has_written,
            "seen": self.seen(form),
            "note": field(&form.note, "note", problems),
            "reason": field(&form.reason, "reason", problems),
            "facilitator": self.facilitator(form, problems),
            "can": self.can(),
            "dismissed": form.dismissed,
            "missing": self.missing,
            "asks_reason": self.asks_reason(),
            "reason_hint": self.reason_hint(),
            "review_required": self.reviews_required && !self.publishes_at_once,
            "reviews": self.reviews.iter().map(past).collect::<Vec<_>>(),
        });
        Page::new("review", format!("Review of {key}"), view)
    }

    /// The revision that a review is about: the one that was open when it was written.
    fn seen(&self, form: &ReviewForm) -> String {
        let is_review = Step::parse(&form.r#do).is_some_and(|step| step.outcome().is_some());
        if is_review && !form.revision.is_empty() {
            form.revision.clone()
        } else {
            self.stored.header.revision.to_string()
        }
    }

    /// What was typed into a form that is no longer on this page, to be copied.
    fn typed(&self, form: &ReviewForm, is_judged: bool) -> Value {
        let can = self.can();
        let may = |what: &str| can.get(what) == Some(&Value::Bool(true));
        let has_reason = may("withdraw") || may("publish") && self.asks_reason();
        let reason = if has_reason { "" } else { form.reason.trim() };
        if !form.is_filled() || is_judged && reason.is_empty() {
            return Value::Null;
        }
        let beside = self.rubric.lines.iter().filter_map(|line| {
            let (verdict, note) = form.beside(&line.word);
            let label = Verdict::parse(verdict).map_or("", Verdict::label);
            let is_typed = !(is_judged || label.is_empty() && note.trim().is_empty());
            is_typed.then(|| json!({ "question": line.question, "verdict": label, "note": note }))
        });
        let lines: Vec<Value> = beside.collect();
        let note = if is_judged { "" } else { form.note.trim() };
        if lines.is_empty() && note.is_empty() && reason.is_empty() {
            return Value::Null;
        }
        json!({ "note": note, "reason": reason, "lines": lines })
    }

    /// What may be done next, by the name of its button.
    fn can(&self) -> Value {
        let status = self.stored.header.status;
        let when = |is: bool| self.may_edit && is;
        let is_open = matches!(status, Status::Draft | Status::InReview);
        json!({
            "ask": when(status == Status::Draft),
            "take_back": when(status == Status::InReview),
            "publish": when(is_open) && (!self.reviews_required || self.publishes_at_once),
            "withdraw": when(status == Status::Published),
            "restore": when(status == Status::Archived),
        })
    }

    fn asks_reason(&self) -> bool {
        !self.standing.is_approved()
            && need(self.standing.kind, self.standing.severity) != Need::Nothing
    }

    fn reason_hint(&self) -> &'static str {
        match need(self.standing.kind, self.standing.severity) {
            Need::Reason => "Readers will see it.",
            Need::Mention | Need::Nothing => "Optional. Readers will see it.",
        }
    }

    fn since(&self) -> Value {
        let Some((review, parts)) = self.compared.as_ref().zip(self.changed.as_ref()) else {
            return Value::Null;
        };
        json!({
            "by": review.by,
            "revision": review.revision,
            "is_current": review.is_current,
            "parts": parts,
        })
    }

    fn asked(&self, form: &ReviewForm, problems: &[Problem], is_judged: bool) -> Vec<Value> {
        let lines = self.rubric.lines.iter().zip(&self.facts);
        lines
            .map(|(line, facts)| {
                let (chosen, note) = form.beside(&line.word);
                let name = format!("line-{}", line.word);
                let problem = problems.iter().find(|it| it.field == name);
                let choices = Verdict::ALL.iter().map(|it| {
                    json!({ "word": it.word(), "label": it.label(), "selected": it.word() == chosen })
                });
                json!({
                    "word": line.word,
                    "question": line.question,
                    "hint": line.hint,
                    "facts": facts,
                    "verdicts": if is_judged { choices.collect::<Vec<_>>() } else { Vec::new() },
                    "note": note,
                    "problem": problem.map(|it| it.message.as_str()),
                })
            })
            .collect()
    }

    fn facilitator(&self, form: &ReviewForm, problems: &[Problem]) -> Value {
        let account = self.standing.facilitator.as_ref();
        let in_text = self.stored.draft.facilitator.as_str();
        let name = account.map_or(in_text, |(_, name)| name);
        let agreed = self.standing.facilitator_agreed || (account.is_none() && !name.is_empty());
        let is_open = matches!(
            self.stored.header.status,
            Status::Draft | Status::InReview | Status::Published
        );
        json!({
            "name": name,
            "agreed": agreed,
            "is_me": self.is_facilitator && account.is_some(),
            "can_volunteer": is_open && !agreed,
            "can_ask": is_open && self.may_edit && name.is_empty(),
            "can_release": !name.is_empty() && (self.may_edit || self.is_facilitator),
            "people": self.people,
            "field": field(&form.facilitator, "facilitator", problems),
        })
    }
}

fn field(value: &str, name: &str, problems: &[Problem]) -> Value {
    let problem = problems.iter().find(|it| it.field == name);
    json!({ "value": value, "problem": problem.map(|it| it.message.as_str()) })
}

fn past(review: &Review) -> Value {
    let verdicts = review.verdicts.iter().map(|(question, verdict, note)| {
        json!({ "question": question, "verdict": verdict.label(), "word": verdict.word(), "note": note })
    });
    json!({
        "outcome": { "word": review.outcome.word(), "label": review.outcome.label() },
        "by": review.reviewer_name,
        "revision": review.revision,
        "at": review.at.to_string(),
        "at_text": words::moment(review.at),
        "note": review.note,
        "verdicts": verdicts.collect::<Vec<_>>(),
    })
}
