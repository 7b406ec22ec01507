//! Links between reports: what the page of a report shows of them, and the page where they are said.

use super::history::crumb;
use super::read::{key, whole};
use super::view::{severity, word};
use super::wording::{aside, pointed_out};
use super::words;
use super::write::Nothing;
use crate::accounts::{Action, Actor, SignedIn, may, reach, refusal, rules};
use crate::platform::app::App;
use crate::platform::db::Connection;
use crate::platform::http::{Error, Flash, Form, Page, PageError, Path, Query, Redirect};
use crate::platform::ids::ReportKey;
use crate::reports::actions::{self, LinkWanted};
use crate::reports::model::{LinkKind, Problem};
use crate::reports::store::{self, End, Header, Stored};
use crate::reports::{By, SaveError, save_error};
use actix_web::http::StatusCode;
use actix_web::{Either, web};
use serde::Deserialize;
use serde_json::{Value, json};

/// The links of a report that this reader may know of, as its page shows them.
pub(super) async fn shown(
    conn: &mut Connection,
    header: &Header,
    reader: &Actor,
    app: &App,
) -> Result<Vec<Value>, Error> {
    let reach = reach(reader, rules(&app.settings));
    let ends = store::links(conn, header.id, &reach).await?;
    // To the world outside, people are roles.
    let tells_names = *reader != Actor::Anonymous;
    Ok(ends
        .iter()
        .map(|end| view(header.key, end, tells_names))
        .collect())
}

fn view(here: ReportKey, end: &End, tells_names: bool) -> Value {
    let zone = words::zone(&end.timezone);
    json!({
        "label": end.label(),
        "why": end.why,
        "said_by": end.said_by.as_ref().filter(|_| tells_names || end.by_bot),
        "by_bot": end.by_bot,
        "said_at": end.said_at.to_string(),
        "said": words::day(end.said_at, &jiff::tz::TimeZone::UTC),
        "key": end.key.to_string(),
        "link": format!("/reports/{}", end.key),
        "title": end.title,
        "kind": word!(end.report_kind),
        "severity": end.severity.map(severity),
        "occurred_at": end.started_at.map(|at| at.to_string()),
        "occurred": end.started_at.map(|at| words::day(at, &zone)),
        "outgoing": end.outgoing,
        "remove_link": end.outgoing.then(|| format!("/reports/{here}/links/{}/remove", end.id)),
        "other_links": format!("/reports/{}/links", end.key),
    })
}

/// What the form sends. Everything is text, so that nothing typed is lost.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct LinkForm {
    to: String,
    kind: String,
    why: String,
    /// What was pointed out, by the ids of the findings.
    dismissed: String,
}

impl LinkForm {
    fn view(&self, problems: &[Problem]) -> Value {
        let field = |name: &str, value: &str| {
            let problem = problems.iter().find(|problem| problem.field == name);
            json!({ "value": value, "problem": problem.map(|problem| &problem.message) })
        };
        json!({
            "to": field("to", &self.to),
            "kind": field("kind", &self.kind),
            "why": field("why", &self.why),
            "dismissed": self.dismissed,
        })
    }

    fn read(&self) -> Result<(ReportKey, LinkKind), Vec<Problem>> {
        let mut problems = Vec::new();
        let to = key_in(&self.to);
        if to.is_none() {
            let message = "Name the other report by its key or its address, such as PM-9.";
            problems.push(Problem::of("to", message));
        }
        let kind = LinkKind::parse(&self.kind);
        if kind.is_none() {
            problems.push(Problem::of(
                "kind",
                "Choose what this report is to the other.",
            ));
        }
        match (to, kind) {
            (Some(to), Some(kind)) => Ok((to, kind)),
            (_, _) => Err(problems),
        }
    }
}

/// The key in `PM-9`, `pm-9: its title`, `https://hansei.example.org/reports/PM-9#timeline`.
fn key_in(text: &str) -> Option<ReportKey> {
    text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-')
        .find_map(|word| word.parse().ok())
}

/// The report whose links somebody may change.
async fn editable(
    app: &App,
    conn: &mut Connection,
    person: &SignedIn,
    key: ReportKey,
) -> Result<Stored, Error> {
    let rules = rules(&app.settings);
    let stored = whole(conn, key, &person.0, rules).await?;
    let action = Action::EditReport(&stored.header.access);
    if may(&person.0, action, rules) {
        return Ok(stored);
    }
    Err(refusal(&person.0, action))
}

async fn page(
    app: &App,
    person: &SignedIn,
    key: ReportKey,
    form: &LinkForm,
    problems: &[Problem],
) -> Result<Page, Error> {
    let mut conn = app.db.get().await?;
    let stored = editable(app, &mut conn, person, key).await?;
    let links = shown(&mut conn, &stored.header, &person.0, app).await?;
    let kinds: Vec<Value> = LinkKind::ALL
        .iter()
        .map(|kind| {
            json!({
                "word": kind.word(),
                "label": kind.label(),
                "chosen": form.kind == kind.word(),
            })
        })
        .collect();
    let general = problems.iter().find(|problem| problem.field.is_empty());
    let view = json!({
        "report": crumb(key, &stored.draft.title, stored.header.revision),
        "links": links,
        "kinds": kinds,
        "form": form.view(problems),
        "problem": general.map(|problem| &problem.message),
        "add_action": format!("/reports/{key}/links"),
    });
    Ok(Page::new("links", format!("Links of {key}"), view))
}

/// `GET /reports/PM-42/links`: also with fields, so that an address can fill in the form.
pub async fn links(
    app: web::Data<App>,
    person: SignedIn,
    path: Path<String>,
    asked: Query<LinkForm>,
) -> Result<Page, PageError> {
    Ok(page(&app, &person, key(&path)?, &asked, &[]).await?)
}

/// `POST /reports/PM-42/links`
pub async fn add_link(
    app: web::Data<App>,
    person: SignedIn,
    path: Path<String>,
    form: Form<LinkForm>,
) -> Result<Either<Redirect, Page>, PageError> {
    let from = key(&path)?;
    let done = match form.read() {
        Ok((to, kind)) => {
            let deed = Deed::Add {
                to,
                kind,
                why: form.why.clone(),
                dismissed: form.dismissed.clone(),
            };
            run(&app, &person, from, deed).await?
        }
        Err(problems) => Err(SaveError::Invalid(problems)),
    };
    match done {
        Ok(()) => Ok(Either::Left(
            Redirect::to(format!("/reports/{from}#links")).with_flash(Flash::Saved),
        )),
        Err(SaveError::PointedOut(found)) => {
            let known = LinkForm {
                dismissed: aside(&form.dismissed, &found),
                ..LinkForm::clone(&form)
            };
            let problem = Problem::of("why", pointed_out(&found));
            let page = page(&app, &person, from, &known, &[problem]).await?;
            Ok(Either::Right(
                page.with_status(StatusCode::UNPROCESSABLE_ENTITY),
            ))
        }
        Err(SaveError::Invalid(problems)) => {
            let page = page(&app, &person, from, &form, &problems).await?;
            Ok(Either::Right(
                page.with_status(StatusCode::UNPROCESSABLE_ENTITY),
            ))
        }
        Err(error) => Err(save_error(error).into()),
    }
}

/// `POST /reports/PM-42/links/7/remove`
pub async fn remove_link(
    app: web::Data<App>,
    person: SignedIn,
    path: Path<(String, i64)>,
    _token_checked: Form<Nothing>,
) -> Result<Redirect, PageError> {
    let (text, link) = &path.0;
    let (from, link) = (key(text)?, *link);
    run(&app, &person, from, Deed::Remove(link))
        .await?
        .map_err(save_error)?;
    Ok(Redirect::to(format!("/reports/{from}/links")).with_flash(Flash::Deleted))
}

/// What is done to the links of a report.
enum Deed {
    Add {
        to: ReportKey,
        kind: LinkKind,
        why: String,
        dismissed: String,
    },
    Remove(i64),
}

/// Does it to its end, even when the client goes away.
async fn run(
    app: &App,
    person: &SignedIn,
    from: ReportKey,
    deed: Deed,
) -> Result<Result<(), SaveError>, Error> {
    let (pool, rules, now, who) = (
        app.db.clone(),
        rules(&app.settings),
        app.clock.now(),
        person.0.clone(),
    );
    app.run_to_end::<Result<(), SaveError>, Error>(async move {
        let mut conn = pool.get().await?;
        let by = By {
            actor: &who,
            rules,
            now,
        };
        Ok(match deed {
            Deed::Add {
                to,
                kind,
                why,
                dismissed,
            } => {
                let wanted = LinkWanted {
                    from,
                    to,
                    kind,
                    why: &why,
                    dismissed: &dismissed,
                };
                actions::add_link(&mut conn, &by, wanted).await
            }
            Deed::Remove(link) => actions::remove_link(&mut conn, &by, from, link).await,
        })
    })
    .await
}
