//! The glossary for administrators: which words mean the same to a search.

use super::write::Nothing;
use crate::accounts::{Action, SignedIn, refusal, require, rules};
use crate::platform::app::App;
use crate::platform::http::{Error, Flash, Form, Page, PageError, Path, Query, Redirect};
use crate::platform::search::glossary::MAX_EXPRESSION_CHARS;
use crate::reports::actions::{self, By, GlossaryDeed, SaveError, save_error};
use crate::reports::model::Problem;
use crate::reports::store::{self, Group};
use actix_web::http::StatusCode;
use actix_web::{Either, web};
use serde::Deserialize;
use serde_json::{Value, json};

/// Where the list is.
const LIST: &str = "/admin/glossary";
/// More of an address is not put into the form.
const MAX_PREFILLED_CHARS: usize = 4 * MAX_EXPRESSION_CHARS;

/// The way on, or the form again.
type Answer = Result<Either<Redirect, Page>, PageError>;

/// What the address may begin the form with.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Prefilled {
    /// A word, or a search that found nothing.
    words: String,
}

/// What an administrator types about a group.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct GlossaryForm {
    words: String,
    /// What the group was when the form was shown.
    seen: Option<String>,
}

/// `GET /admin/glossary?words=oom`
pub async fn glossary(
    app: web::Data<App>,
    person: SignedIn,
    query: Query<Prefilled>,
) -> Result<Page, PageError> {
    require(&person.0, Action::EditGlossary, &app.settings)?;
    let words: String = query
        .words
        .trim()
        .chars()
        .take(MAX_PREFILLED_CHARS)
        .collect();
    Ok(list_page(&app, &words, &[]).await?)
}

async fn list_page(app: &App, typed: &str, problems: &[Problem]) -> Result<Page, Error> {
    let mut conn = app.db.get().await?;
    let groups = store::glossary_groups(&mut conn).await?;
    let rows: Vec<Value> = groups
        .iter()
        .map(|it| {
            json!({
                "link": format!("{LIST}/{}", it.id),
                "words": it.words.join(" = "),
            })
        })
        .collect();
    let view = json!({
        "groups": rows,
        "problems": listed(problems),
        "form": form(LIST, typed, problems),
    });
    Ok(Page::new("glossary", "Glossary of the search", view))
}

fn listed(problems: &[Problem]) -> Vec<Value> {
    let problems = problems.iter();
    problems
        .map(|it| json!({ "field": it.field, "message": it.message }))
        .collect()
}

fn form(action: &str, typed: &str, problems: &[Problem]) -> Value {
    let problem = problems.iter().find(|it| it.field == "words");
    json!({
        "action": action,
        "words": typed,
        "problem": problem.map(|it| it.message.as_str()),
    })
}

async fn one(app: &App, id: &str) -> Result<Group, Error> {
    let missing = || Error::not_found("The group");
    let id: i64 = id.parse().map_err(|_no_number| missing())?;
    let mut conn = app.db.get().await?;
    store::glossary_group(&mut conn, id)
        .await?
        .ok_or_else(missing)
}

fn group_page(group: &Group, typed: &str, problems: &[Problem]) -> Page {
    let address = format!("{LIST}/{}", group.id);
    let view = json!({
        "name": group.words.join(" = "),
        "remove_action": format!("{address}/remove"),
        "seen": group.words.join("\n"),
        "problems": listed(problems),
        "form": form(&address, typed, problems),
    });
    let first = group.words.first().map_or("", String::as_str);
    Page::new("glossary_edit", format!("Glossary: {first}"), view)
}

/// `GET /admin/glossary/{id}`
pub async fn glossary_group(
    app: web::Data<App>,
    person: SignedIn,
    path: Path<String>,
) -> Result<Page, PageError> {
    require(&person.0, Action::EditGlossary, &app.settings)?;
    let group = one(&app, &path).await?;
    let typed = group.words.join("\n");
    Ok(group_page(&group, &typed, &[]))
}

async fn done(
    app: &App,
    person: &SignedIn,
    deed: GlossaryDeed,
) -> Result<Result<(), SaveError>, Error> {
    let (pool, rules, now, who) = (
        app.db.clone(),
        rules(&app.settings),
        app.clock.now(),
        person.0.clone(),
    );
    let done = app
        .run_to_end::<Result<(), SaveError>, Error>(async move {
            let mut conn = pool.get().await?;
            let by = By {
                actor: &who,
                rules,
                now,
            };
            Ok(actions::edit_glossary(&mut conn, &by, &deed).await)
        })
        .await?;
    // The next search of this node is extended by it; those of the others within a second.
    app.glossary.forget();
    Ok(done)
}

/// `POST /admin/glossary`
pub async fn add_glossary_group(
    app: web::Data<App>,
    person: SignedIn,
    form: Form<GlossaryForm>,
) -> Answer {
    require(&person.0, Action::EditGlossary, &app.settings)?;
    let outcome = done(&app, &person, GlossaryDeed::Add(form.words.clone())).await?;
    let problems = match told(&person, outcome)? {
        Ok(redirect) => return Ok(Either::Left(redirect)),
        Err(problems) => problems,
    };
    let page = list_page(&app, &form.words, &problems).await?;
    Ok(Either::Right(
        page.with_status(StatusCode::UNPROCESSABLE_ENTITY),
    ))
}

/// `POST /admin/glossary/{id}`
pub async fn edit_glossary_group(
    app: web::Data<App>,
    person: SignedIn,
    path: Path<String>,
    form: Form<GlossaryForm>,
) -> Answer {
    require(&person.0, Action::EditGlossary, &app.settings)?;
    let group = one(&app, &path).await?;
    let seen = form.seen.as_ref();
    let deed = GlossaryDeed::Change {
        id: group.id,
        words: form.words.clone(),
        // Browsers send the ends of lines as they see fit.
        seen: seen.map(|seen| seen.replace("\r\n", "\n")),
    };
    let outcome = done(&app, &person, deed).await?;
    let problems = match told(&person, outcome)? {
        Ok(redirect) => return Ok(Either::Left(redirect)),
        Err(problems) => problems,
    };
    let group = one(&app, &path).await?;
    let page = group_page(&group, &form.words, &problems);
    Ok(Either::Right(
        page.with_status(StatusCode::UNPROCESSABLE_ENTITY),
    ))
}

/// `POST /admin/glossary/{id}/remove`
pub async fn remove_group(
    app: web::Data<App>,
    person: SignedIn,
    path: Path<String>,
    _token_checked: Form<Nothing>,
) -> Result<Redirect, PageError> {
    require(&person.0, Action::EditGlossary, &app.settings)?;
    let group = one(&app, &path).await?;
    done(&app, &person, GlossaryDeed::Remove(group.id))
        .await?
        .map_err(|error| failed(&person, error))?;
    Ok(Redirect::to(LIST).with_flash(Flash::Deleted))
}

fn failed(person: &SignedIn, error: SaveError) -> Error {
    match error {
        SaveError::Forbidden => refusal(&person.0, Action::EditGlossary),
        SaveError::NotFound => Error::not_found("The group"),
        error @ (SaveError::Invalid(_)
        | SaveError::WrongStatus(_)
        | SaveError::Stale { .. }
        | SaveError::KeyReused
        | SaveError::SaidElsewhere(_)
        | SaveError::ChangedSinceImport(_)
        | SaveError::Refused(_)
        | SaveError::PointedOut(_)
        | SaveError::Database(_)) => save_error(error),
    }
}

/// Back to the list, or what stands beside the form.
fn told(
    person: &SignedIn,
    outcome: Result<(), SaveError>,
) -> Result<Result<Redirect, Vec<Problem>>, Error> {
    match outcome {
        Ok(()) => Ok(Ok(Redirect::to(LIST).with_flash(Flash::Saved))),
        Err(SaveError::Invalid(problems)) => Ok(Err(problems)),
        Err(SaveError::WrongStatus(message)) => Ok(Err(vec![Problem::of("", message)])),
        Err(
            error @ (SaveError::Forbidden
            | SaveError::NotFound
            | SaveError::Stale { .. }
            | SaveError::KeyReused
            | SaveError::SaidElsewhere(_)
            | SaveError::ChangedSinceImport(_)
            | SaveError::Refused(_)
            | SaveError::PointedOut(_)
            | SaveError::Database(_)),
        ) => Err(failed(person, error)),
    }
}
