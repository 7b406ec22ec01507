//! Who may read a report, and why: named people and teams, restricting and opening. Plain forms.

use super::form_page::input;
use super::history::crumb;
use super::read::{key, whole};
use crate::accounts::{
    Action, Lookup, Person, Role, SignedIn, look_up, may, people_from, refusal, rules, teams,
};
use crate::platform::app::App;
use crate::platform::db::Connection;
use crate::platform::http::{Error, Flash, Form, Page, PageError, Path, Redirect};
use crate::platform::ids::{PersonId, ReportKey, TeamId};
use crate::reports::actions::{self, AccessChange, By};
use crate::reports::model::{Problem, Visibility};
use crate::reports::store::{self, ReaderRow, Stored, Viewer, Why};
use crate::reports::{SaveError, save_error};
use actix_web::http::StatusCode;
use actix_web::{Either, web};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What the forms of the page send.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct AccessForm {
    r#do: String,
    person: String,
    team: String,
    viewer: String,
}

/// A report whose readers this person may choose.
async fn choosable(
    conn: &mut Connection,
    app: &App,
    person: &SignedIn,
    key: ReportKey,
) -> Result<Stored, Error> {
    let rules = rules(&app.settings);
    let stored = whole(conn, key, &person.0, rules).await?;
    let action = Action::SetVisibility(&stored.header.access);
    if may(&person.0, action, rules) {
        Ok(stored)
    } else {
        Err(refusal(&person.0, action))
    }
}

/// `GET /reports/PM-42/access`
pub async fn access(
    app: web::Data<App>,
    person: SignedIn,
    path: Path<String>,
) -> Result<Page, PageError> {
    let mut conn = app.db.get().await?;
    let stored = choosable(&mut conn, &app, &person, key(&path)?).await?;
    Ok(page(&mut conn, &stored, &AccessForm::default(), &[]).await?)
}

async fn page(
    conn: &mut Connection,
    stored: &Stored,
    form: &AccessForm,
    problems: &[Problem],
) -> Result<Page, Error> {
    let header = &stored.header;
    let readers = store::readers(conn, header.id).await?;
    let has_author = readers
        .iter()
        .any(|it| it.why == Why::Author && !it.suspended);
    let people = people_from(conn, Role::Reader).await?.into_iter();
    let offered = people.map(|person| json!({ "email": person.email, "name": person.name }));
    let offered: Vec<Value> = offered.collect();
    let teams: Vec<String> = known_teams(conn).await?.map(|it| it.1).collect();
    let field = |name: &str, value: &str| {
        let problem = problems.iter().find(|it| input(&it.field) == name);
        json!({ "value": value, "problem": problem.map(|it| it.message.as_str()) })
    };
    let general = problems
        .iter()
        .find(|it| !matches!(it.field.as_str(), "person" | "team"));
    let view = json!({
        "report": crumb(header.key, &stored.draft.title, header.revision),
        "action": format!("/reports/{}/access", header.key),
        "restricted": header.access.restricted,
        "published": header.access.published,
        "has_author": has_author,
        "readers": readers.iter().map(reader).collect::<Vec<_>>(),
        "problem": general.map(|it| it.message.as_str()),
        "form": { "person": field("person", &form.person), "team": field("team", &form.team) },
        "people": offered,
        "teams": teams,
    });
    let title = format!("Who may read {}", header.key);
    let status = if problems.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    Ok(Page::new("access", title, view).with_status(status))
}

fn reader(row: &ReaderRow) -> Value {
    let (why, viewer) = match row.why {
        Why::Author => ("author", None),
        Why::Named(Viewer::Person(person)) => ("named", Some(format!("person-{person}"))),
        Why::Named(Viewer::Team(team)) => ("team", Some(format!("team-{team}"))),
        Why::Administrator => ("administrator", None),
    };
    let author = (row.why == Why::Author).then(|| format!("person-{}", row.id));
    json!({
        "name": row.name,
        "detail": row.detail,
        "why": why,
        "viewer": viewer,
        "author": author,
        "suspended": row.suspended,
    })
}

/// The teams somebody is in. Others exist because a report names them, and which report does is not for everyone.
async fn known_teams(
    conn: &mut Connection,
) -> Result<impl Iterator<Item = (TeamId, String)>, Error> {
    let teams = teams(conn).await?.into_iter();
    Ok(teams
        .filter(|team| team.members > 0)
        .map(|team| (team.id, team.name)))
}

/// The team of this name, or what to say beside the field.
pub(crate) async fn team(
    conn: &mut Connection,
    typed: &str,
) -> Result<Result<Viewer, String>, Error> {
    let typed = typed.trim();
    let teams: Vec<(TeamId, String)> = known_teams(conn).await?.collect();
    Ok(match called(&teams, typed) {
        Some(team) => Ok(team),
        None if typed.is_empty() => Err("Type the name of a team.".to_owned()),
        None => Err(format!(
            "There is no team “{typed}” with anybody in it; an administrator can make one."
        )),
    })
}

fn called(teams: &[(TeamId, String)], typed: &str) -> Option<Viewer> {
    let wanted = typed.to_lowercase();
    let mut teams = teams.iter();
    let found = teams.find(|(_, name)| name.to_lowercase() == wanted);
    found.map(|(id, _)| Viewer::Team(*id))
}

/// Those a field names, with commas between them: teams by their names, people by names or e-mail addresses.
pub(super) async fn viewers(app: &App, typed: &str) -> Result<Result<Vec<Viewer>, Problem>, Error> {
    let problem = |message: String| Ok(Err(Problem::of("viewers", message)));
    let mut names: Vec<&str> = Vec::new();
    let mut written = BTreeSet::new();
    for name in typed.split([',', '\n']).map(str::trim) {
        if !name.is_empty() && written.insert(name.to_lowercase()) {
            names.push(name);
        }
    }
    if names.len() > actions::MOST_VIEWERS {
        return problem(format!(
            "At most {} people and teams can be named on a report: name a team instead of its people.",
            actions::MOST_VIEWERS
        ));
    }
    let mut found = Vec::new();
    let mut conn = app.db.get().await?;
    let teams: Vec<(TeamId, String)> = known_teams(&mut conn).await?.collect();
    for name in names {
        let person = look_up(&mut conn, name).await?;
        let viewer = match (person, called(&teams, name)) {
            (Lookup::One(_) | Lookup::Several, Some(_)) if !name.contains('@') => {
                return problem(format!(
                    "Both a person and a team are called “{name}”: type the e-mail address, or name the team once the report is there."
                ));
            }
            (Lookup::One(person), _) => Viewer::Person(person.id),
            (Lookup::Nobody | Lookup::Several, Some(team)) => team,
            (nobody, None) => match nobody.or_problem(name) {
                Ok(person) => Viewer::Person(person.id),
                Err(message) => return problem(message),
            },
        };
        if !found.contains(&viewer) {
            found.push(viewer);
        }
    }
    Ok(Ok(found))
}

/// `POST /reports/PM-42/access`
pub async fn change_access(
    app: web::Data<App>,
    person: SignedIn,
    path: Path<String>,
    form: Form<AccessForm>,
) -> Result<Either<Redirect, Page>, PageError> {
    let key = key(&path)?;
    let mut conn = app.db.get().await?;
    let stored = choosable(&mut conn, &app, &person, key).await?;
    let change = match wanted(&mut conn, &form).await? {
        Ok(change) => change,
        Err(problem) => {
            let page = page(&mut conn, &stored, &form, &[problem]).await?;
            return Ok(Either::Right(page));
        }
    };
    drop(conn);
    match carry_out(&app, &person, key, change).await? {
        Ok(_) => {
            // Whoever is no author any more may not see this page.
            let is_own = person.0.person_id().map(AccessChange::RemoveAuthor) == Some(change);
            let back = if is_own {
                "/".to_owned()
            } else {
                format!("/reports/{key}/access")
            };
            Ok(Either::Left(Redirect::to(back).with_flash(Flash::Saved)))
        }
        Err(SaveError::Invalid(problems)) => {
            let mut conn = app.db.get().await?;
            let page = page(&mut conn, &stored, &form, &problems).await?;
            Ok(Either::Right(page))
        }
        Err(error) => Err(save_error(error).into()),
    }
}

/// What the form asks for, or what is wrong with it.
async fn wanted(
    conn: &mut Connection,
    form: &AccessForm,
) -> Result<Result<AccessChange, Problem>, Error> {
    let named = |field: &str, viewer: Result<Viewer, String>| {
        viewer
            .map(AccessChange::Add)
            .map_err(|message| Problem::of(field, message))
    };
    Ok(match form.r#do.as_str() {
        "add_person" => {
            let found = look_up(conn, &form.person).await?.or_problem(&form.person);
            named("person", found.map(|person| Viewer::Person(person.id)))
        }
        "add_author" => {
            let found = look_up(conn, &form.person).await?.or_problem(&form.person);
            let found = found.and_then(|person| author(&person));
            found.map_err(|message| Problem::of("person", message))
        }
        "remove_author" => match viewer(&form.viewer) {
            Some(Viewer::Person(person)) => Ok(AccessChange::RemoveAuthor(person)),
            Some(Viewer::Team(_)) | None => Err(nobody()),
        },
        "add_team" => named("team", team(conn, &form.team).await?),
        "remove" => viewer(&form.viewer)
            .map(AccessChange::Remove)
            .ok_or_else(nobody),
        "restrict" => Ok(AccessChange::Show(Visibility::Restricted)),
        "open" => Ok(AccessChange::Show(Visibility::Open)),
        _ => Err(Problem::of(
            "",
            "The form does not say what to do: choose again.",
        )),
    })
}

fn nobody() -> Problem {
    Problem::of("", "The form does not say whom to remove: choose again.")
}

/// Naming somebody as author, who has to be somebody who may write.
fn author(person: &Person) -> Result<AccessChange, String> {
    if person.role >= Role::Author {
        return Ok(AccessChange::AddAuthor(person.id));
    }
    Err(format!(
        "{} reads reports and does not write them; an administrator can change that. Let them read this one instead.",
        person.name
    ))
}

/// Reads `person-7` and `team-3`.
pub(crate) fn viewer(text: &str) -> Option<Viewer> {
    let (kind, id) = text.split_once('-')?;
    let id = id.parse().ok()?;
    match kind {
        "person" => Some(Viewer::Person(PersonId(id))),
        "team" => Some(Viewer::Team(TeamId(id))),
        _ => None,
    }
}

async fn carry_out(
    app: &App,
    person: &SignedIn,
    key: ReportKey,
    change: AccessChange,
) -> Result<Result<bool, SaveError>, Error> {
    let (pool, rules, now, who) = (
        app.db.clone(),
        rules(&app.settings),
        app.clock.now(),
        person.0.clone(),
    );
    let changed = app
        .run_to_end::<Result<bool, SaveError>, Error>(async move {
            let mut conn = pool.get().await?;
            let by = By {
                actor: &who,
                rules,
                now,
            };
            Ok(actions::change_access(&mut conn, &by, key, change).await)
        })
        .await?;
    app.changed();
    Ok(changed)
}
