//! Teams for administrators: the list, and one team with its people. Plain forms; sending one twice is one effect.

use actix_web::http::StatusCode;
use actix_web::{Either, web};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Field;
use crate::accounts::actions::{self, Merged};
use crate::accounts::extract::{SignedIn, require};
use crate::accounts::model::{Name, Person, Role};
use crate::accounts::policy::Action;
use crate::accounts::store::Failure;
use crate::platform::app::App;
use crate::platform::http::{Error, Flash, Form, Page, PageError, Path, Redirect};
use crate::platform::ids::{PersonId, TeamId};

/// Where the list is.
const LIST: &str = "/admin/teams";

#[derive(Serialize)]
struct ListView {
    teams: Vec<Row>,
    form: NameField,
}

#[derive(Serialize)]
struct Row {
    link: String,
    name: String,
    members: i64,
}

#[derive(Default, Serialize)]
struct NameField {
    name: Field,
}

#[derive(Serialize)]
struct TeamView {
    name: String,
    action: String,
    members: Vec<Member>,
    people: Vec<Offered>,
    others: Vec<String>,
    stays: bool,
    form: TeamFields,
}

#[derive(Serialize)]
struct Member {
    id: i64,
    name: String,
    email: String,
    suspended: bool,
}

/// Somebody who can be chosen.
#[derive(Serialize)]
struct Offered {
    email: String,
    name: String,
}

#[derive(Default, Serialize)]
struct TeamFields {
    name: Field,
    person: Field,
    /// The team that this one is to be one with.
    into: Field,
    /// Why it is not removed.
    #[serde(skip)]
    stays: bool,
}

/// What the forms of these pages send.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TeamForm {
    r#do: String,
    name: String,
    person: String,
    member: String,
    into: String,
}

type Answer = Result<Either<Redirect, Page>, PageError>;

fn missing() -> Error {
    Error::not_found("The team")
}

fn refused(field: &str, problem: impl ToString) -> Field {
    Field {
        value: field.to_owned(),
        problem: Some(problem.to_string()),
    }
}

fn team_id(path: &str) -> Result<TeamId, Error> {
    path.parse().map(TeamId).map_err(|_no_number| missing())
}

async fn list_page(app: &App, name: Field) -> Result<Page, Error> {
    let mut conn = app.db.get().await?;
    let teams = actions::teams(&mut conn).await?;
    let rows = teams.into_iter().map(|team| Row {
        link: format!("{LIST}/{}", team.id),
        name: team.name,
        members: team.members,
    });
    let status = status_of(&name);
    let view = ListView {
        teams: rows.collect(),
        form: NameField { name },
    };
    Ok(Page::new("teams", "Teams", json!(view)).with_status(status))
}

fn status_of(field: &Field) -> StatusCode {
    if field.problem.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    }
}

async fn team_page(app: &App, id: TeamId, mut form: TeamFields) -> Result<Page, Error> {
    let mut conn = app.db.get().await?;
    let (name, members) = actions::team(&mut conn, id).await?.ok_or_else(missing)?;
    let people = actions::people_from(&mut conn, Role::Reader).await?;
    let is_member = |person: &Person| members.iter().any(|member| member.id == person.id);
    let offered = people
        .into_iter()
        .filter(|person| !is_member(person))
        .map(|person| Offered {
            email: person.email,
            name: person.name,
        })
        .collect();
    let others = actions::teams(&mut conn).await?.into_iter();
    let others = others.filter(|team| team.id != id).map(|team| team.name);
    if form.name.problem.is_none() {
        form.name.value.clone_from(&name);
    }
    let fields = [&form.name, &form.person, &form.into];
    let status = if form.stays || fields.iter().any(|it| it.problem.is_some()) {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let view = TeamView {
        action: format!("{LIST}/{id}"),
        members: members
            .into_iter()
            .map(|person| Member {
                id: person.id.0,
                name: person.name,
                email: person.email,
                suspended: person.suspended_at.is_some(),
            })
            .collect(),
        people: offered,
        others: others.collect(),
        stays: form.stays,
        form,
        name,
    };
    let title = format!("Team: {}", view.name);
    Ok(Page::new("team", title, json!(view)).with_status(status))
}

/// `GET /admin/teams`
pub(super) async fn list(app: web::Data<App>, person: SignedIn) -> Result<Page, PageError> {
    require(&person.0, Action::ManagePeople, &app.settings)?;
    Ok(list_page(&app, Field::default()).await?)
}

/// `POST /admin/teams`
pub(super) async fn add(app: web::Data<App>, person: SignedIn, sent: Form<TeamForm>) -> Answer {
    require(&person.0, Action::ManagePeople, &app.settings)?;
    let name = match Name::parse(&sent.name) {
        Ok(name) => name,
        Err(problem) => {
            let page = list_page(&app, refused(&sent.name, problem)).await?;
            return Ok(Either::Right(page));
        }
    };
    let (pool, now, who) = (app.db.clone(), app.clock.now(), person.0.clone());
    let added = app
        .run_to_end::<_, Error>(async move {
            let mut conn = pool.get().await?;
            Ok(actions::add_team(&mut conn, &who, now, &name).await)
        })
        .await?;
    match added {
        Ok(id) => {
            let team = Redirect::to(format!("{LIST}/{id}")).with_flash(Flash::Saved);
            Ok(Either::Left(team))
        }
        Err(failure) => {
            let field = beside_name(&sent.name, failure)?;
            Ok(Either::Right(list_page(&app, field).await?))
        }
    }
}

/// The field with what is wrong with it, where that is all that went wrong.
fn beside_name(typed: &str, failure: Failure) -> Result<Field, Error> {
    match failure.problem() {
        Some(problem) => Ok(refused(typed, problem.message)),
        None => Err(failure.into()),
    }
}

/// `GET /admin/teams/{team}`
pub(super) async fn show(
    app: web::Data<App>,
    person: SignedIn,
    path: Path<String>,
) -> Result<Page, PageError> {
    require(&person.0, Action::ManagePeople, &app.settings)?;
    Ok(team_page(&app, team_id(&path)?, TeamFields::default()).await?)
}

/// `POST /admin/teams/{team}`: renames it, takes somebody in, lets somebody go, makes it one with another, removes it.
pub(super) async fn change(
    app: web::Data<App>,
    person: SignedIn,
    path: Path<String>,
    sent: Form<TeamForm>,
) -> Answer {
    require(&person.0, Action::ManagePeople, &app.settings)?;
    let id = team_id(&path)?;
    let wrong = match sent.r#do.as_str() {
        "rename" => rename(&app, &person, id, &sent.name).await?,
        "add" => add_member(&app, &person, id, &sent.person).await?,
        "merge" | "delete" => {
            let deed = (sent.r#do == "merge").then_some(sent.into.as_str());
            let wrong = end(&app, &person, id, deed).await?;
            if wrong.is_none() {
                app.changed();
                let list = Redirect::to(LIST).with_flash(Flash::Saved);
                return Ok(Either::Left(list));
            }
            wrong
        }
        "remove" => {
            let member = sent.member.parse().map_err(|_no_number| missing())?;
            set_member(&app, &person, (id, PersonId(member), false)).await?;
            None
        }
        _ => return Err(Error::Malformed("The form does not say what to do.".into()).into()),
    };
    if let Some(fields) = wrong {
        return Ok(Either::Right(team_page(&app, id, fields).await?));
    }
    // Names of teams stand in the index.
    app.changed();
    let back = Redirect::to(format!("{LIST}/{id}")).with_flash(Flash::Saved);
    Ok(Either::Left(back))
}

/// Renames the team; else the field with what is wrong.
async fn rename(
    app: &App,
    person: &SignedIn,
    id: TeamId,
    typed: &str,
) -> Result<Option<TeamFields>, Error> {
    let wrong = |name: Field| TeamFields {
        name,
        ..TeamFields::default()
    };
    let name = match Name::parse(typed) {
        Ok(name) => name,
        Err(problem) => return Ok(Some(wrong(refused(typed, problem)))),
    };
    let (pool, now, who) = (app.db.clone(), app.clock.now(), person.0.clone());
    let renamed = app
        .run_to_end::<_, Error>(async move {
            let mut conn = pool.get().await?;
            Ok(actions::rename_team(&mut conn, &who, now, (id, &name)).await)
        })
        .await?;
    match renamed {
        Ok(true) => Ok(None),
        Ok(false) => Err(missing()),
        Err(failure) => Ok(Some(wrong(beside_name(typed, failure)?))),
    }
}

/// Makes the team one with another, or removes it; else what is wrong.
async fn end(
    app: &App,
    person: &SignedIn,
    id: TeamId,
    into: Option<&str>,
) -> Result<Option<TeamFields>, Error> {
    let (pool, now, who) = (app.db.clone(), app.clock.now(), person.0.clone());
    let Some(typed) = into else {
        let removed = app
            .run_to_end::<_, Error>(async move {
                let mut conn = pool.get().await?;
                Ok(actions::remove_team(&mut conn, &who, now, id).await?)
            })
            .await?;
        return Ok((!removed).then(|| TeamFields {
            stays: true,
            ..TeamFields::default()
        }));
    };
    let typed = typed.trim().to_owned();
    let other = typed.clone();
    let merged = app
        .run_to_end::<_, Error>(async move {
            let mut conn = pool.get().await?;
            Ok(actions::merge_team(&mut conn, &who, now, (id, &other)).await?)
        })
        .await?;
    let problem = match merged {
        Merged::Done => return Ok(None),
        Merged::NoTeam => return Err(missing()),
        Merged::NoOther => "There is no team of this name: choose one of the list.",
        Merged::Same => "This is the same team.",
        Merged::Busy => {
            "Somebody just saved a report that names this team. Nothing was changed: do it again."
        }
    };
    Ok(Some(TeamFields {
        into: refused(&typed, problem),
        ..TeamFields::default()
    }))
}

/// Takes somebody in; else the field with what is wrong.
async fn add_member(
    app: &App,
    person: &SignedIn,
    id: TeamId,
    typed: &str,
) -> Result<Option<TeamFields>, Error> {
    let mut conn = app.db.get().await?;
    let found = actions::look_up(&mut conn, typed).await?;
    drop(conn);
    match found.or_problem(typed) {
        Ok(member) => {
            set_member(app, person, (id, member.id, true)).await?;
            Ok(None)
        }
        Err(problem) => Ok(Some(TeamFields {
            person: refused(typed, problem),
            ..TeamFields::default()
        })),
    }
}

async fn set_member(
    app: &App,
    person: &SignedIn,
    change: (TeamId, PersonId, bool),
) -> Result<(), Error> {
    let (pool, now, who) = (app.db.clone(), app.clock.now(), person.0.clone());
    let found = app
        .run_to_end::<_, Error>(async move {
            let mut conn = pool.get().await?;
            Ok(actions::set_member(&mut conn, &who, now, change).await?)
        })
        .await?;
    if found { Ok(()) } else { Err(missing()) }
}
