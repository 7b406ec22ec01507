//! The catalogue of contributing factors for administrators: names, meanings, and two that are one.

use crate::accounts::{Action, SignedIn, refusal, require, rules};
use crate::platform::app::App;
use crate::platform::http::{Error, Flash, Form, Page, PageError, Path, Redirect};
use crate::reports::actions::{self, By, SaveError, save_error};
use crate::reports::model::Problem;
use crate::reports::store::{self, Factor};
use actix_web::http::StatusCode;
use actix_web::{Either, web};
use serde::Deserialize;
use serde_json::{Value, json};

/// Where the list is.
const LIST: &str = "/admin/factors";
/// More than this are not listed on one page.
const MOST: i64 = 2_000;

/// The way on, or the form again.
type Answer = Result<Either<Redirect, Page>, PageError>;

/// `GET /admin/factors`
pub async fn factors(app: web::Data<App>, person: SignedIn) -> Result<Page, PageError> {
    require(&person.0, Action::EditFactors, &app.settings)?;
    let mut conn = app.db.get().await?;
    let all = store::factors(&mut conn, MOST).await?;
    let rows: Vec<Value> = all
        .iter()
        .map(|it| {
            json!({
                "link": format!("{LIST}/{}", it.id),
                "name": it.name,
                "category": it.category,
                "description": it.description,
                "reports": it.reports,
            })
        })
        .collect();
    let view = json!({ "factors": rows });
    Ok(Page::new("factors", "Contributing factors", view))
}

/// What an administrator types about a factor.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct FactorForm {
    name: String,
    category: String,
    description: String,
    /// The name of the one that this one is to become.
    into: String,
    /// What the factor was when the form was shown.
    seen: Option<String>,
}

async fn one(app: &App, id: &str) -> Result<Factor, Error> {
    let missing = || Error::not_found("The factor");
    let id: i64 = id.parse().map_err(|_no_number| missing())?;
    let mut conn = app.db.get().await?;
    store::factor(&mut conn, id).await?.ok_or_else(missing)
}

/// `GET /admin/factors/{id}`
pub async fn factor(
    app: web::Data<App>,
    person: SignedIn,
    path: Path<String>,
) -> Result<Page, PageError> {
    require(&person.0, Action::EditFactors, &app.settings)?;
    let factor = one(&app, &path).await?;
    let form = FactorForm {
        name: factor.name.clone(),
        category: factor.category.clone(),
        description: factor.description.clone(),
        ..FactorForm::default()
    };
    page(&app, &factor, &form, &[]).await
}

async fn page(
    app: &App,
    factor: &Factor,
    form: &FactorForm,
    problems: &[Problem],
) -> Result<Page, PageError> {
    let mut conn = app.db.get().await?;
    let all = store::factors(&mut conn, MOST).await?;
    let others: Vec<&str> = all
        .iter()
        .filter(|it| it.id != factor.id)
        .map(|it| it.name.as_str())
        .collect();
    let field = |name: &str, value: &str| {
        let problem = problems.iter().find(|it| it.field == name);
        json!({ "value": value, "problem": problem.map(|it| it.message.as_str()) })
    };
    let listed = problems
        .iter()
        .map(|it| json!({ "field": it.field, "message": it.message }));
    let view = json!({
        "action": format!("{LIST}/{}", factor.id),
        "merge_action": format!("{LIST}/{}/merge", factor.id),
        "name": factor.name,
        "seen": actions::seen_factor(factor),
        "reports": factor.reports,
        "others": others,
        "problems": listed.collect::<Vec<_>>(),
        "form": {
            "name": field("name", &form.name),
            "category": field("category", &form.category),
            "description": field("description", &form.description),
            "into": field("into", &form.into),
        },
    });
    let title = format!("Factor: {}", factor.name);
    Ok(Page::new("factor_edit", title, view))
}

/// What is to be done with a factor.
enum Deed {
    /// As it is to be, and what it was when the form was shown.
    Edit(Factor, Option<String>),
    Merge(i64, String),
}

async fn done(app: &App, person: &SignedIn, deed: Deed) -> Result<Result<usize, SaveError>, Error> {
    let (pool, rules, now, who) = (
        app.db.clone(),
        rules(&app.settings),
        app.clock.now(),
        person.0.clone(),
    );
    let done = app
        .run_to_end::<Result<usize, SaveError>, Error>(async move {
            let mut conn = pool.get().await?;
            let by = By {
                actor: &who,
                rules,
                now,
            };
            Ok(match &deed {
                Deed::Edit(factor, seen) => {
                    actions::edit_factor(&mut conn, &by, factor, seen.as_deref()).await
                }
                Deed::Merge(from, into) => {
                    actions::merge_factors(&mut conn, &by, (*from, into)).await
                }
            })
        })
        .await?;
    app.changed();
    Ok(done)
}

/// `POST /admin/factors/{id}`
pub async fn edit_factor(
    app: web::Data<App>,
    person: SignedIn,
    path: Path<String>,
    form: Form<FactorForm>,
) -> Answer {
    require(&person.0, Action::EditFactors, &app.settings)?;
    let before = one(&app, &path).await?;
    let after = Factor {
        name: form.name.trim().to_owned(),
        category: form.category.trim().to_owned(),
        description: form.description.replace("\r\n", "\n").trim().to_owned(),
        ..before.clone()
    };
    let deed = Deed::Edit(after, form.seen.clone());
    let outcome = done(&app, &person, deed).await?;
    let form = FactorForm {
        into: String::new(),
        ..form.0
    };
    answered(&app, &person, (&before, &form), outcome).await
}

/// `POST /admin/factors/{id}/merge`
pub async fn merge_factor(
    app: web::Data<App>,
    person: SignedIn,
    path: Path<String>,
    form: Form<FactorForm>,
) -> Answer {
    require(&person.0, Action::EditFactors, &app.settings)?;
    let before = one(&app, &path).await?;
    let into = form.into.trim().to_owned();
    let outcome = done(&app, &person, Deed::Merge(before.id, into)).await?;
    let form = FactorForm {
        name: before.name.clone(),
        category: before.category.clone(),
        description: before.description.clone(),
        into: form.0.into,
        seen: None,
    };
    answered(&app, &person, (&before, &form), outcome).await
}

async fn answered(
    app: &App,
    person: &SignedIn,
    (before, form): (&Factor, &FactorForm),
    outcome: Result<usize, SaveError>,
) -> Answer {
    let problems = match outcome {
        Ok(_) => return Ok(Either::Left(Redirect::to(LIST).with_flash(Flash::Saved))),
        Err(SaveError::Invalid(problems)) => problems,
        Err(SaveError::WrongStatus(message)) => vec![Problem::of("", message)],
        Err(SaveError::Stale { .. }) => vec![Problem::of(
            "",
            "Somebody saved one of the reports meanwhile. Nothing was changed; try again.",
        )],
        Err(SaveError::Forbidden) => return Err(refusal(&person.0, Action::EditFactors).into()),
        Err(SaveError::NotFound) => return Err(Error::not_found("The factor").into()),
        Err(
            error @ (SaveError::KeyReused
            | SaveError::SaidElsewhere(_)
            | SaveError::ChangedSinceImport(_)
            | SaveError::Refused(_)
            | SaveError::PointedOut(_)
            | SaveError::Database(_)),
        ) => return Err(save_error(error).into()),
    };
    let page = page(app, before, form, &problems).await?;
    Ok(Either::Right(
        page.with_status(StatusCode::UNPROCESSABLE_ENTITY),
    ))
}
