//! What is typed is kept every few seconds, so that nothing of it is lost with a tab, a session or a power cut.

use super::again::taken_in;
use super::arrived::Arrived;
use super::form::EditForm;
use super::form_page::Notice;
use super::opened;
use super::read::{key, whole};
use super::sent_form::SentForm;
use super::words;
use crate::accounts::{Action, Actor, Rules, SignedIn, may, reach, refusal, rules};
use crate::platform::app::App;
use crate::platform::db::Connection;
use crate::platform::http::{Error, Flash, Form, Lane, PageError, Path, Redirect, Trouble, Typed};
use crate::platform::ids::{ReportId, ReportKey};
use crate::reports::store::{self, Autosave, Done, Header, Present, Subject, Unsaved};
use actix_web::{HttpResponse, web};
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

/// `POST /reports/PM-42/autosave`: keeps the form as it is, and says what has been saved meanwhile.
pub async fn of_report(
    app: web::Data<App>,
    person: SignedIn,
    path: Path<String>,
    arrived: Arrived,
    sent: Typed<SentForm>,
) -> Result<HttpResponse, PageError> {
    let key = key(&path)?;
    let form = sound(taken_in(&app, sent.map(SentForm::undecided)).await?)?;
    let mut conn = app.db.get().await?;
    let header = changeable(&app, &mut conn, &person, key).await?;
    let about = Subject::Report(header.id);
    let kept = if says_what_is_stored(&app, &mut conn, key, &form).await? {
        // Rows instead of a text, or words that were taken back: nothing is to be found again.
        if let Some(person) = person.0.person_id() {
            // Of this window alone: what was left elsewhere, or without scripts, says something else.
            let mut windows = vec![form.editor.trim(), form.taken.trim()];
            windows.retain(|it| !it.is_empty());
            let done = Done {
                windows: &windows,
                by: arrived.0,
            };
            store::forget_autosave(&mut conn, person, about, Some(done)).await?;
        }
        true
    } else {
        keep(&mut conn, &person, about, (&form, arrived)).await?
    };
    let others = others(&app, &mut conn, &person, header.id).await?;
    Ok(told(&app, kept, Some(header.revision), &others))
}

/// `POST /reports/autosave`: the same for a report that is yet to be.
pub async fn of_form(
    app: web::Data<App>,
    person: SignedIn,
    arrived: Arrived,
    sent: Typed<SentForm>,
) -> Result<HttpResponse, PageError> {
    super::write::may_create(&app, &person)?;
    let form = sound(taken_in(&app, sent.map(SentForm::undecided)).await?)?;
    let about = form_of(&form.once).ok_or_else(|| Error::field("once", "Which form it is."))?;
    let mut conn = app.db.get().await?;
    let kept = keep(&mut conn, &person, about, (&form, arrived)).await?;
    Ok(told(&app, kept, None, &[]))
}

/// The header of a report that this person may change.
async fn changeable(
    app: &App,
    conn: &mut Connection,
    person: &SignedIn,
    key: ReportKey,
) -> Result<Header, Error> {
    let rules = rules(&app.settings);
    let header = store::header(conn, key, false)
        .await?
        .filter(|header| may(&person.0, Action::ReadReport(&header.access), rules))
        .ok_or_else(|| Error::not_found(format!("The report {key}")))?;
    let action = Action::EditReport(&header.access);
    if may(&person.0, action, rules) {
        Ok(header)
    } else {
        Err(refusal(&person.0, action))
    }
}

/// Whether nothing of a form is new.
async fn says_what_is_stored(
    app: &App,
    conn: &mut Connection,
    key: ReportKey,
    form: &EditForm,
) -> Result<bool, Error> {
    let Some(stored) = opened::whole(app, conn, key).await? else {
        return Ok(false);
    };
    let form = form.clone();
    let same = move || {
        let stored = EditForm::of(&stored.draft, stored.header.revision);
        Ok::<_, Error>(form.base_revision == stored.base_revision && form.says_the_same(&stored))
    };
    app.blocking(Lane::Render, same).await
}

/// A form that another program did not send. What is not kept stays in the browser.
pub(super) fn sound<T>(sent: Typed<T>) -> Result<T, Error> {
    match sent {
        Typed::Sound(form) => Ok(form),
        Typed::Unsound(_, Trouble::Token) => Err(Error::Forbidden(
            "This page is from another session; what is typed stays in the browser.".into(),
        )),
        Typed::Unsound(_, Trouble::Nul) => Err(Error::field(
            "document",
            "The text has NUL characters, which cannot be stored.",
        )),
    }
}

async fn keep(
    conn: &mut Connection,
    person: &SignedIn,
    about: Subject,
    (form, arrived): (&EditForm, Arrived),
) -> Result<bool, Error> {
    let person = person.0.person_id().ok_or(Error::Unauthenticated)?;
    let base = form.base_revision.trim().parse().unwrap_or(0);
    let fields = serde_json::to_value(form).map_err(Error::internal)?;
    Ok(store::autosave(conn, person, about, (&fields, base, arrived.0)).await?)
}

/// Keeps a form that a save could not take, in case the page that says so is closed. That it cannot be kept stops nothing.
pub(super) async fn keep_unsaved(app: &App, person: &SignedIn, id: ReportId, form: &EditForm) {
    let kept = Box::pin(async {
        let mut conn = app.db.get().await?;
        let arrived = Arrived(app.clock.now());
        keep(&mut conn, person, Subject::Report(id), (form, arrived)).await
    });
    if let Err(error) = kept.await {
        tracing::warn!(%error, "what could not be saved was not kept either");
    }
}

fn told(app: &App, kept: bool, revision: Option<i32>, others: &[String]) -> HttpResponse {
    let at = app.clock.now().to_string();
    HttpResponse::Ok()
        .json(json!({ "kept": kept, "saved_at": at, "revision": revision, "others": others }))
}

/// Who typed so lately is still writing.
const PRESENT: SignedDuration = SignedDuration::from_mins(2);

/// Who else is writing, each in a sentence.
pub(super) async fn others(
    app: &App,
    conn: &mut Connection,
    person: &SignedIn,
    report: ReportId,
) -> Result<Vec<String>, Error> {
    let Some(person) = person.0.person_id() else {
        return Ok(Vec::new());
    };
    let since = app.clock.now() - PRESENT;
    let present = store::present(conn, report, person, since).await?;
    Ok(present.iter().map(sentence).collect())
}

fn sentence(present: &Present) -> String {
    let section: String = present.section.trim().chars().take(80).collect();
    if section.is_empty() {
        format!("{} is editing this report.", present.name)
    } else {
        format!("{} is editing “{section}”.", present.name)
    }
}

/// `GET /reports/PM-42/presence`: who else is writing, and the latest revision.
pub async fn presence(
    app: web::Data<App>,
    person: SignedIn,
    path: Path<String>,
) -> Result<HttpResponse, PageError> {
    let key = key(&path)?;
    let mut conn = app.db.get().await?;
    let header = changeable(&app, &mut conn, &person, key).await?;
    let others = others(&app, &mut conn, &person, header.id).await?;
    Ok(HttpResponse::Ok().json(json!({ "revision": header.revision, "others": others })))
}

/// The form of a new report by its name.
pub(super) fn form_of(once: &str) -> Option<Subject> {
    once.trim().parse::<Uuid>().ok().map(Subject::Form)
}

/// A form as it was left, and what to say about it.
pub(super) struct Left {
    pub(super) form: EditForm,
    pub(super) saved: String,
}

impl Left {
    /// What to say of it; `revision` is the latest of the report.
    pub(super) fn notice(&self, revision: Option<i32>, discard: String) -> Notice {
        let is_latest = revision.is_none_or(|latest| self.form.base_revision == latest.to_string());
        let since = if is_latest {
            ""
        } else {
            " Somebody has saved since; saving puts both together."
        };
        Notice {
            text: format!(
                "This is what you typed until {} and did not save.{since}",
                self.saved
            ),
            discard: Some(discard),
        }
    }
}

/// What this person typed about it and did not save.
pub(super) async fn left(
    app: &App,
    person: &SignedIn,
    about: Subject,
) -> Result<Option<Left>, Error> {
    let Some(person) = person.0.person_id() else {
        return Ok(None);
    };
    let mut conn = app.db.get().await?;
    let found = store::autosaved(&mut conn, person, about).await?;
    Ok(found.and_then(read))
}

fn read(found: Autosave) -> Option<Left> {
    let mut form: EditForm = serde_json::from_value(found.fields).ok()?;
    form.taken = std::mem::take(&mut form.editor);
    Some(Left {
        saved: when(found.saved_at, &form.timezone),
        form,
    })
}

fn when(at: jiff::Timestamp, timezone: &str) -> String {
    let zoned = at.to_zoned(words::zone(timezone));
    zoned.strftime("%-d %b %Y, %H:%M %Z").to_string()
}

/// The new reports somebody began, for the page where the next one begins.
pub(super) async fn begun(app: &App, person: &SignedIn) -> Result<Vec<Value>, Error> {
    let Some(person) = person.0.person_id() else {
        return Ok(Vec::new());
    };
    let mut conn = app.db.get().await?;
    let found = store::begun(&mut conn, person).await?;
    Ok(found.iter().filter_map(left_form).collect())
}

/// So many forms with words that were never saved are listed on the first page.
const MOST_LEFT: i64 = 5;

/// What somebody typed and never saved, for the first page: whoever signs in again finds it there.
pub(super) async fn unsaved(
    conn: &mut Connection,
    (actor, rules): (&Actor, Rules),
) -> Result<Vec<Value>, Error> {
    let person = actor
        .person_id()
        .filter(|_| may(actor, Action::CreateReport, rules));
    let Some(person) = person else {
        return Ok(Vec::new());
    };
    let found = store::unsaved(conn, &reach(actor, rules), person, MOST_LEFT).await?;
    Ok(found.iter().filter_map(left_form).collect())
}

/// A form that was left, and where it is gone on with.
fn left_form(left: &Unsaved) -> Option<Value> {
    let link = match (left.number, left.form) {
        (Some(number), _) => format!("/reports/{}/edit", ReportKey(number)),
        (None, Some(form)) => format!("/reports/new?form={form}"),
        (None, None) => return None,
    };
    let title = match left.title.trim() {
        "" => "Without a title",
        title => title,
    };
    Some(json!({
        "title": title,
        "saved": when(left.saved_at, &left.timezone),
        "link": link,
        "once": left.form.map(|form| form.to_string()),
    }))
}

/// Forgets what was typed in the window that was saved, and in the one it went on from: not what was typed after the save
/// was on its way.
pub(super) async fn forget_saved(
    app: &App,
    person: &SignedIn,
    about: Subject,
    (form, arrived): (&EditForm, Arrived),
) {
    let windows = ["", form.editor.trim(), form.taken.trim()];
    let done = Done {
        windows: &windows,
        by: arrived.0,
    };
    forget(app, person, about, Some(done)).await;
}

/// Forgets what was typed. That it is not done would only be a nuisance.
async fn forget(app: &App, person: &SignedIn, about: Subject, saved: Option<Done<'_>>) {
    let Some(person) = person.0.person_id() else {
        return;
    };
    let forgotten = Box::pin(async {
        let mut conn = app.db.get().await?;
        Ok::<_, Error>(store::forget_autosave(&mut conn, person, about, saved).await?)
    });
    if let Err(error) = forgotten.await {
        tracing::warn!(%error, "what was typed before a save could not be forgotten");
    }
}

/// What is not wanted any more: of a new report, whose form it was.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Unwanted {
    once: String,
    /// `report`: where to go from here, and that only what was typed in these windows is not wanted. Else back to the form.
    then: String,
    editor: String,
    taken: String,
}

/// `POST /reports/PM-42/discard`
pub async fn discard_of_report(
    app: web::Data<App>,
    person: SignedIn,
    path: Path<String>,
    arrived: Arrived,
    unwanted: Form<Unwanted>,
) -> Result<Redirect, PageError> {
    let key = key(&path)?;
    let mut conn = app.db.get().await?;
    let stored = whole(&mut conn, key, &person.0, rules(&app.settings)).await?;
    let gives_up = unwanted.then == "report";
    let windows = ["", unwanted.editor.trim(), unwanted.taken.trim()];
    let done = Done {
        windows: &windows,
        by: arrived.0,
    };
    let about = Subject::Report(stored.header.id);
    forget(&app, &person, about, gives_up.then_some(done)).await;
    let page = if gives_up { "" } else { "/edit" };
    Ok(Redirect::to(format!("/reports/{key}{page}")).with_flash(Flash::GivenUp))
}

/// `POST /reports/discard`
pub async fn discard_of_form(
    app: web::Data<App>,
    person: SignedIn,
    unwanted: Form<Unwanted>,
) -> Result<Redirect, PageError> {
    if let Some(about) = form_of(&unwanted.once) {
        forget(&app, &person, about, None).await;
    }
    Ok(Redirect::to("/reports/new").with_flash(Flash::Deleted))
}
