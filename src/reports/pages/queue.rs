//! The queue of reviews, and the reminder of what was begun.

use super::standing::age;
use super::view::{severity, word};
use super::write::Nothing;
use crate::accounts::{Action, Actor, Rules, SignedIn, may, reach, require, rules};
use crate::platform::app::App;
use crate::platform::db::Connection;
use crate::platform::http::{Error, Form, Page, PageError, Redirect};
use crate::platform::ids::PersonId;
use crate::reports::model::ReviewOutcome;
use crate::reports::store::{self, Part, Queued};
use actix_web::web;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// A report that is not published this long after it was begun is worth a word; "not now" is for as long.
const A_WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// `GET /reviews`
pub async fn queue(app: web::Data<App>, person: SignedIn) -> Result<Page, PageError> {
    require(&person.0, Action::SeeReviews, &app.settings)?;
    let reach = reach(&person.0, rules(&app.settings));
    let id = person.0.person_id().ok_or(Error::Unauthenticated)?;
    let mut conn = app.db.get().await?;
    let waiting = store::queue(&mut conn, &reach, id, Part::Waiting).await?;
    let approved = store::queue(&mut conn, &reach, id, Part::Approved).await?;
    let own = store::queue(&mut conn, &reach, id, Part::Own).await?;
    let sent_back = store::sent_back_by(&mut conn, &reach, id).await?;
    let now = app.clock.now();
    let rows = |queue: &[Queued]| -> Vec<Value> { queue.iter().map(|it| row(it, now)).collect() };
    let view = json!({
        "waiting": rows(&waiting),
        "approved": rows(&approved),
        "own": rows(&own),
        "sent_back": rows(&sent_back),
    });
    Ok(Page::new("reviews", "Reviews", view))
}

fn row(it: &Queued, now: Timestamp) -> Value {
    let facilitator = match (it.facilitator.as_str(), it.facilitator_agreed) {
        ("", _) => "nobody facilitates yet".to_owned(),
        (name, true) => format!("facilitated by {name}"),
        (name, false) => format!("{name} was asked to facilitate"),
    };
    let said = it
        .review
        .as_ref()
        .map(|(outcome, by, revision, _)| match outcome {
            ReviewOutcome::Approved if it.is_current => format!("approved by {by}"),
            ReviewOutcome::Approved => {
                format!(
                    "approved by {by} at revision {revision}, now {}",
                    it.revision
                )
            }
            ReviewOutcome::ChangesRequested => {
                format!("{by} asked for changes at revision {revision}")
            }
        });
    let note = it.review.as_ref().map_or("", |review| &review.3);
    json!({
        "key": it.key.to_string(),
        "title": it.title,
        "link": format!("/reports/{}/review", it.key),
        "edit_link": format!("/reports/{}/edit", it.key),
        "kind": word!(it.kind),
        "status": word!(it.status),
        "severity": it.severity.map(severity),
        "restricted": it.restricted,
        "services": it.services,
        "since": it.since.to_string(),
        "age": age(it.since, now),
        "facilitator": facilitator,
        "said": said,
        "note": note,
    })
}

/// What the first page says of reviews and of what was begun.
pub(super) async fn for_home(
    app: &App,
    conn: &mut Connection,
    (actor, rules): (&Actor, Rules),
) -> Result<(i64, Vec<Value>), Error> {
    // Whoever may not write is reminded of nothing.
    let person = actor
        .person_id()
        .filter(|_| may(actor, Action::SeeReviews, rules));
    let Some(person) = person else {
        return Ok((0, Vec::new()));
    };
    let (reach, now) = (reach(actor, rules), app.clock.now());
    let waiting = store::waiting_for(conn, &reach, person).await?;
    let before = now.saturating_sub(A_WEEK).unwrap_or(Timestamp::MIN);
    let lingering = if store::may_remind(conn, person, now).await? {
        store::lingering(conn, &reach, person, before).await?
    } else {
        Vec::new()
    };
    Ok((waiting, lingering.iter().map(|it| row(it, now)).collect()))
}

/// `POST /reviews/not-now`: the reminder on the first page is put off.
pub async fn not_now(
    app: web::Data<App>,
    person: SignedIn,
    _token_checked: Form<Nothing>,
) -> Result<Redirect, PageError> {
    let id: PersonId = person.0.person_id().ok_or(Error::Unauthenticated)?;
    let until = app.clock.now().saturating_add(A_WEEK);
    let mut conn = app.db.get().await?;
    store::put_off_reminders(&mut conn, id, until.unwrap_or(Timestamp::MAX)).await?;
    Ok(Redirect::to("/"))
}
