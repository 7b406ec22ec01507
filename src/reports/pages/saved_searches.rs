//! Saved searches: a person's own list, and what they do with it. Nobody else sees it.

use super::search::Asked;
use crate::accounts::{Action, SignedIn, require};
use crate::platform::app::App;
use crate::platform::db::constraints;
use crate::platform::http::{Error, Flash, Form, Page, PageError, Path, Redirect};
use crate::platform::ids::PersonId;
use crate::platform::secret::{random_secret, sha256, to_base64url};
use crate::reports::model::Problem;
use crate::reports::saved::{self, MOST_SEARCHES, SavedSearch};
use crate::reports::scope::Scope;
use crate::reports::store;
use actix_web::http::StatusCode;
use actix_web::{Either, web};
use serde::Deserialize;
use serde_json::{Value, json};

/// Where the list is.
const LIST: &str = "/searches";
/// What the token of a feed begins with, so that scanners for leaked secrets recognise it.
const TOKEN_PREFIX: &str = "hansei_feed_";

/// The way on, or the list again.
type Answer = Result<Either<Redirect, Page>, PageError>;

/// What the forms send.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct SearchForm {
    name: String,
    /// What the address of the search says behind the question mark.
    search: String,
    notify: bool,
    r#do: String,
}

/// What the list shows beside itself.
#[derive(Debug, Default)]
struct Beside {
    problems: Vec<Problem>,
    /// What somebody tried to save.
    typed: Option<SearchForm>,
    /// The search that somebody tried to change, and to what.
    change: Option<(i64, SearchForm)>,
    /// The search that has a new feed, and its address: shown this once.
    feed: Option<(i64, String)>,
}

fn owner(app: &App, person: &SignedIn) -> Result<PersonId, Error> {
    require(&person.0, Action::Search, &app.settings)?;
    person.0.person_id().ok_or(Error::Unauthenticated)
}

fn missing() -> Error {
    Error::not_found("This saved search")
}

fn number(path: &str) -> Result<i64, Error> {
    path.parse().map_err(|_no_number| missing())
}

/// The search of an address, as it is saved: nothing but what means something.
fn asked(said: &str) -> Asked {
    let said = said.trim_start_matches('?');
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(said).unwrap_or_default();
    Asked::read(&pairs)
}

/// A search as people read it: the text, and the filters beside it.
fn in_words(asked: &Asked) -> String {
    let filters = asked.filters.to_pairs().into_iter();
    let filters = filters.map(|(name, value)| format!("{name}:{value}"));
    let text = Some(asked.text.clone()).filter(|text| !text.is_empty());
    let all: Vec<String> = text.into_iter().chain(filters).collect();
    let what = asked.scope.label().to_lowercase();
    match (all.is_empty(), asked.scope) {
        (true, _) => format!("all {what}"),
        (false, Scope::Reports) => all.join(" "),
        (false, Scope::Countermeasures | Scope::Timeline | Scope::Factors) => {
            format!("{} ({what})", all.join(" "))
        }
    }
}

/// For the search page: where each leads.
pub(super) async fn links(app: &App, person: PersonId) -> Result<Vec<Value>, Error> {
    let mut conn = app.db.get().await?;
    let all = store::saved_searches(&mut conn, person).await?;
    let link = |it: &SavedSearch| json!({ "name": it.name, "link": asked(&it.said).address() });
    Ok(all.iter().map(link).collect())
}

fn line(it: &SavedSearch, beside: &Beside) -> Value {
    let asked = asked(&it.said);
    let feed = beside.feed.as_ref().filter(|(id, _)| *id == it.id);
    let change = beside.change.as_ref().filter(|(id, _)| *id == it.id);
    let change = change.map(|(_, form)| form);
    let problem = beside.problems.first().filter(|_| change.is_some());
    json!({
        "id": it.id,
        "name": it.name,
        "typed_name": change.map_or(&it.name, |form| &form.name),
        "typed_notify": change.map_or(it.notifies, |form| form.notify),
        "problem": problem.map(|it| &it.message),
        "link": asked.address(),
        "what": in_words(&asked),
        "action": format!("{LIST}/{}", it.id),
        "feed_action": format!("{LIST}/{}/feed", it.id),
        "delete_action": format!("{LIST}/{}/delete", it.id),
        "notifies": it.notifies,
        "has_feed": it.has_feed,
        "feed": feed.map(|(_, address)| address),
        "saved_at": it.created_at.to_string(),
    })
}

async fn list(app: &App, owner: PersonId, beside: Beside) -> Result<Page, PageError> {
    let mut conn = app.db.get().await?;
    let all = store::saved_searches(&mut conn, owner).await?;
    let lines: Vec<Value> = all.iter().map(|it| line(it, &beside)).collect();
    let typed = beside.typed.map(|form| {
        json!({
            "name": form.name,
            "search": form.search,
            "what": in_words(&asked(&form.search)),
            "notify": form.notify,
        })
    });
    let problems = beside.problems.iter();
    let problems = problems.map(|it| json!({ "field": it.field, "message": it.message }));
    let view = json!({
        "searches": lines,
        "most": MOST_SEARCHES,
        "typed": typed,
        "problems": problems.collect::<Vec<_>>(),
    });
    let page = Page::new("saved_searches", "Saved searches", view);
    Ok(if beside.problems.is_empty() {
        page
    } else {
        page.with_status(StatusCode::UNPROCESSABLE_ENTITY)
    })
}

/// The sentence for a rule of the database that a person can mend; any other error as it is.
fn mended<T>(done: Result<T, diesel::result::Error>) -> Result<Result<T, Problem>, Error> {
    match done {
        Ok(done) => Ok(Ok(done)),
        Err(error) => match constraints::describe(&error) {
            Some(broken) => Ok(Err(Problem::of(broken.field, broken.message))),
            None => Err(error.into()),
        },
    }
}

/// `GET /searches`
pub async fn saved_searches(app: web::Data<App>, person: SignedIn) -> Result<Page, PageError> {
    let owner = owner(&app, &person)?;
    list(&app, owner, Beside::default()).await
}

/// `POST /searches`: keeps a search.
pub async fn save_search(app: web::Data<App>, person: SignedIn, form: Form<SearchForm>) -> Answer {
    let owner = owner(&app, &person)?;
    let form = form.0;
    let said = asked(&form.search).said();
    let checked = saved::name(&form.name).and_then(|name| saved::fits(&said).map(|()| name));
    let saved = match checked {
        Err(problem) => Err(problem),
        Ok(name) => {
            let mut conn = app.db.get().await?;
            let new = (name.as_str(), said.as_str(), form.notify);
            mended(store::save_search(&mut conn, owner, new).await)?.and_then(|has_room| {
                if has_room {
                    Ok(())
                } else {
                    Err(saved::too_many())
                }
            })
        }
    };
    let tried = Beside {
        typed: Some(form),
        ..Beside::default()
    };
    answered(&app, owner, saved, tried).await
}

async fn answered(app: &App, owner: PersonId, done: Result<(), Problem>, tried: Beside) -> Answer {
    let Err(problem) = done else {
        return Ok(Either::Left(Redirect::to(LIST).with_flash(Flash::Saved)));
    };
    let beside = Beside {
        problems: vec![problem],
        ..tried
    };
    Ok(Either::Right(list(app, owner, beside).await?))
}

/// `POST /searches/{id}`: calls it otherwise, and tells of new reports or no longer.
pub async fn change_search(
    app: web::Data<App>,
    person: SignedIn,
    path: Path<String>,
    form: Form<SearchForm>,
) -> Answer {
    let owner = owner(&app, &person)?;
    let id = number(&path)?;
    let changed = match saved::name(&form.name) {
        Err(problem) => Err(problem),
        Ok(name) => {
            let mut conn = app.db.get().await?;
            let change = (name.as_str(), form.notify);
            mended(store::change_search(&mut conn, (owner, id), change).await)?
        }
    };
    let changed = match changed {
        Ok(true) => Ok(()),
        Ok(false) => return Err(missing().into()),
        Err(problem) => Err(problem),
    };
    let tried = Beside {
        change: Some((id, form.0)),
        ..Beside::default()
    };
    answered(&app, owner, changed, tried).await
}

/// `POST /searches/{id}/delete`
pub async fn delete_search(
    app: web::Data<App>,
    person: SignedIn,
    path: Path<String>,
    _token_checked: Form<SearchForm>,
) -> Result<Redirect, PageError> {
    let owner = owner(&app, &person)?;
    let mut conn = app.db.get().await?;
    if !store::delete_search(&mut conn, (owner, number(&path)?)).await? {
        return Err(missing().into());
    }
    Ok(Redirect::to(LIST).with_flash(Flash::Deleted))
}

/// `POST /searches/{id}/feed`: a new address for its feed, which ends the one before; with `do=off` none. As with other secrets, only
/// what the token adds up to is kept.
pub async fn renew_feed(
    app: web::Data<App>,
    person: SignedIn,
    path: Path<String>,
    form: Form<SearchForm>,
) -> Answer {
    let owner = owner(&app, &person)?;
    let id = number(&path)?;
    let mut conn = app.db.get().await?;
    if form.r#do == "off" {
        if !store::set_feed(&mut conn, (owner, id), None).await? {
            return Err(missing().into());
        }
        return Ok(Either::Left(Redirect::to(LIST).with_flash(Flash::Saved)));
    }
    let secret = random_secret().map_err(Error::internal)?;
    let token = format!("{TOKEN_PREFIX}{}", to_base64url(&secret));
    if !store::set_feed(&mut conn, (owner, id), Some(&sha256(&token))).await? {
        return Err(missing().into());
    }
    drop(conn);
    let site = app.settings.public_url.as_str().trim_end_matches('/');
    let beside = Beside {
        feed: Some((id, format!("{site}{LIST}/{id}/feed?token={token}"))),
        ..Beside::default()
    };
    Ok(Either::Right(list(&app, owner, beside).await?))
}
