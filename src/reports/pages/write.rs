//! Writing: one form for new and old reports, and its preview.

use super::again::{not_saved, refused, shown_again, sound, taken_in};
use super::arrived::Arrived;
use super::autosave;
use super::form::{EditForm, Read};
use super::form_page::{About, Desk, Said};
use super::opened::{Opened, editable};
use super::read::key;
use super::resume::signed_out;
use super::rows::{look, remembered};
use super::saving::Save;
use super::sent_form::SentForm;
use super::start::Opening;
use crate::accounts::{Action, SignedIn, Writer, may, refusal, rules};
use crate::platform::app::App;
use crate::platform::http::{Error, Flash, Lane, Page, PageError, Path, Query, Redirect, Typed};
use crate::platform::ids::ReportKey;
use crate::platform::secret::sha256;
use crate::reports::model::{Draft, Problem};
use crate::reports::store::{self, Stored, Subject, Viewer};
use crate::reports::{By, Note, Once, SaveError, Saved, actions};
use actix_web::{Either, HttpRequest, web};
use serde::Deserialize;
use uuid::Uuid;

/// What a handler answers a form with: the way on, or the form again.
pub(super) type Answer = Result<Either<Redirect, Page>, PageError>;

/// A name for the form of a new report, as no other has.
pub(super) fn fresh_form() -> String {
    Uuid::now_v7().to_string()
}

/// The form as a request with one effect: a second click, or the browser's Back and Send, make no second report.
fn once(person: &SignedIn, form: &EditForm) -> Option<Once> {
    let id = form.once.trim().parse::<Uuid>().ok()?;
    let fields = serde_json::to_vec(&(form.carried(), &form.r#do)).ok()?;
    Some(Once {
        owner: format!("person:{}", person.0.person_id()?),
        key: format!("form:{id}"),
        request_sha256: sha256(fields),
    })
}

pub(super) fn may_create(app: &App, person: &SignedIn) -> Result<(), Error> {
    if may(&person.0, Action::CreateReport, rules(&app.settings)) {
        Ok(())
    } else {
        Err(refusal(&person.0, Action::CreateReport))
    }
}

/// `POST /reports`
pub async fn create(
    app: web::Data<App>,
    writer: Writer,
    arrived: Arrived,
    sent: Typed<SentForm>,
) -> Answer {
    let typed = taken_in(&app, sent).await?;
    let Some(person) = writer.known()? else {
        return Ok(Either::Right(signed_out(None, &typed.shown())));
    };
    may_create(&app, &person)?;
    let desk = desk(&app, &person, None);
    let form = match sound(&desk, typed).await? {
        Ok(form) => form,
        Err(page) => return Ok(Either::Right(page)),
    };
    if let Some(page) = Box::pin(look(&desk, &form)).await? {
        return Ok(Either::Right(page));
    }
    let (form, mut read) = read(&app, form, None).await?;
    let viewers = super::access::viewers(&app, &form.viewers).await?;
    let viewers = viewers.unwrap_or_else(|problem| {
        read.problems.push(problem);
        Vec::new()
    });
    if form.is_only_shown() || !read.problems.is_empty() {
        return Box::pin(shown_again(desk, &form, read)).await;
    }
    let publish = form.r#do == "publish";
    let saved = Box::pin(store_new(&app, &person, &form, (read.draft, viewers))).await?;
    if let (Ok(_), Some(about)) = (&saved, autosave::form_of(&form.once)) {
        autosave::forget_saved(&app, &person, about, (&form, arrived)).await;
    }
    match saved {
        Ok(saved) => Ok(Either::Left(onward(saved.key, &form).with_flash(
            if publish {
                Flash::Published
            } else {
                Flash::Created
            },
        ))),
        Err(SaveError::KeyReused) => {
            let message = "This form has made a report already, with another text. To change that report, open it and edit it there; to make one more, save again.";
            let another = EditForm {
                once: fresh_form(),
                ..form
            };
            let problem = Problem::of("", message);
            Ok(Either::Right(refused(&desk, &another, &[problem]).await?))
        }
        Err(error) => not_saved(&desk, &form, error).await,
    }
}

/// Where a saved form leads: to the report, or on to its review.
pub(super) fn onward(key: ReportKey, form: &EditForm) -> Redirect {
    let page = if form.r#do == "review" { "/review" } else { "" };
    Redirect::to(format!("/reports/{key}{page}"))
}

/// Stores the draft as a new report, once for each form.
async fn store_new(
    app: &App,
    person: &SignedIn,
    form: &EditForm,
    (draft, viewers): (Draft, Vec<Viewer>),
) -> Result<Result<Saved, SaveError>, Error> {
    let (pool, rules, now, who) = (
        app.db.clone(),
        rules(&app.settings),
        app.clock.now(),
        person.0.clone(),
    );
    let publish = form.r#do == "publish";
    let (text, reason) = (form.note.clone(), form.reason.clone());
    let dismissed = form.put_aside(publish);
    let once = once(person, form);
    let saved = app
        .run_to_end::<Result<Saved, SaveError>, Error>(async move {
            let mut conn = pool.get().await?;
            let by = By {
                actor: &who,
                rules,
                now,
            };
            let note = Note {
                text: &text,
                publish,
                reason: &reason,
                dismissed: Some(&dismissed),
                ..Note::default()
            };
            let new = (&draft, viewers.as_slice());
            Ok(actions::create_for(&mut conn, &by, new, note, once.as_ref()).await)
        })
        .await?;
    app.changed();
    Ok(saved)
}

/// What comes before a report is grown.
const FIRST: &str = " Save or discard it first; then make it a full report.";

/// `GET /reports/PM-42/edit`, with `?template=…` to begin with the sections of that template which the report lacks.
pub async fn edit(
    app: web::Data<App>,
    person: SignedIn,
    path: Path<String>,
    query: Query<Opening>,
    request: HttpRequest,
) -> Result<Page, PageError> {
    let key = key(&path)?;
    let opened = editable(&app, &person, key).await?;
    let (draft, header) = (&opened.stored.draft, &opened.stored.header);
    let desk = desk(&app, &person, Some(&opened));
    let about = Subject::Report(header.id);
    let left = autosave::left(&app, &person, about).await?;
    if left.is_none()
        && let Some(grown) = query.grown(&app, draft).await?
    {
        let form = EditForm::of(&grown.draft, header.revision);
        let form = EditForm {
            template: grown.template.word.clone(),
            ..form
        };
        return Ok(grown.on(desk).page(&form, Said::default()).await?);
    }
    if let Some(left) = left {
        let discard = format!("/reports/{key}/discard");
        let mut notice = left.notice(Some(header.revision), discard);
        if query.wants_more() {
            notice.text.push_str(FIRST);
        }
        let notice = Some(notice);
        let desk = Desk { notice, ..desk };
        return Ok(desk.page(&left.form, Said::default()).await?);
    }
    let dismissed = {
        let mut conn = app.db.get().await?;
        store::dismissed(&mut conn, header.id).await?
    };
    let form = EditForm {
        layout: query.0.layout,
        rows: remembered(&request),
        dismissed: dismissed.join(" "),
        ..EditForm::of(draft, header.revision)
    };
    Ok(desk.page(&form, Said::default()).await?)
}

/// `POST /reports/PM-42/edit`
pub async fn revise(
    app: web::Data<App>,
    writer: Writer,
    path: Path<String>,
    arrived: Arrived,
    sent: Typed<SentForm>,
) -> Answer {
    let key = key(&path)?;
    let typed = taken_in(&app, sent).await?;
    let Some(person) = writer.known()? else {
        return Ok(Either::Right(signed_out(Some(key), &typed.shown())));
    };
    let opened = editable(&app, &person, key).await?;
    let desk = desk(&app, &person, Some(&opened));
    let form = match sound(&desk, typed).await? {
        Ok(form) => form,
        Err(page) => return Ok(Either::Right(page)),
    };
    if let Some(page) = Box::pin(look(&desk, &form)).await? {
        return Ok(Either::Right(page));
    }
    let (form, mut read) = read(&app, form, Some(&opened.stored.draft)).await?;
    read.problems
        .extend(not_yours(&app, &person, &opened.stored, &read.draft));
    if form.is_only_shown() || !read.problems.is_empty() {
        return Box::pin(shown_again(desk, &form, read)).await;
    }
    let Ok(seen) = form.base_revision.trim().parse::<i32>() else {
        let problem = Problem::of(
            "",
            "The form does not say which revision it changes: open the report and edit it from there.",
        );
        return Ok(Either::Right(refused(&desk, &form, &[problem]).await?));
    };
    let save = Save {
        app: &app,
        person: &person,
        key,
        form: &form,
        is_published: opened.stored.header.access.published,
    };
    let saved = save.save(seen, read.draft.clone(), opened.stored.clone());
    let answer = match Box::pin(saved).await? {
        Ok(_) => Ok(Either::Left(save.done(Flash::Saved))),
        Err(SaveError::Stale { .. }) => Box::pin(save.put_together(seen, &read.draft)).await,
        Err(error) => not_saved(&desk, &form, error).await,
    };
    if let Ok(Either::Left(_)) = &answer {
        let about = Subject::Report(opened.stored.header.id);
        autosave::forget_saved(&app, &person, about, (&form, arrived)).await;
    }
    answer
}

/// Only its authors open or restrict a report.
fn not_yours(app: &App, person: &SignedIn, stored: &Stored, draft: &Draft) -> Option<Problem> {
    let access = &stored.header.access;
    let allowed = draft.visibility == stored.draft.visibility
        || may(
            &person.0,
            Action::SetVisibility(access),
            rules(&app.settings),
        );
    (!allowed).then(|| {
        Problem::of(
            "visibility",
            "Only its authors and administrators may change who can read a report.",
        )
    })
}

/// A form with nothing in it but its token.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Nothing {}

/// Reads the form where that may take a moment. A whole document pasted into the text is taken apart first.
pub(super) async fn read(
    app: &App,
    mut form: EditForm,
    stored: Option<&Draft>,
) -> Result<(EditForm, Read), Error> {
    let stored = stored.cloned();
    app.blocking(Lane::Render, move || {
        let mut problems = form.lift(stored.is_none());
        let mut read = form.read(&stored.unwrap_or_default());
        problems.append(&mut read.problems);
        Ok::<_, Error>((form, Read { problems, ..read }))
    })
    .await
}

/// Where a form is filled in: a stored report's, or a new one's.
pub(super) fn desk<'a>(app: &'a App, person: &'a SignedIn, opened: Option<&'a Opened>) -> Desk<'a> {
    Desk {
        app,
        person,
        about: opened.map_or(About::New, |opened| About::Old(&opened.stored)),
        named: opened.map_or_else(
            || person.0.name().to_owned(),
            |opened| opened.named.join(", "),
        ),
        notice: None,
        begun: Vec::new(),
        starts: Vec::new(),
        knows_zone: true,
        template: None,
    }
}
