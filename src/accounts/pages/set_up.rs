//! The first set-up: whoever holds the one-time link becomes the first admin.

use actix_web::http::StatusCode;
use actix_web::{Either, HttpRequest, web};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Field, opening, session_cookie};
use crate::accounts::actions::{self, NewPerson};
use crate::accounts::model::{EmailAddress, Name, Role};
use crate::accounts::password::NewPassword;
use crate::accounts::store::Failure;
use crate::platform::app::App;
use crate::platform::http::{Form, Lane, Page, PageError, Query, Redirect};
use crate::platform::secret::Secret;

/// The secret of the link.
#[derive(Deserialize)]
pub(super) struct Link {
    #[serde(default)]
    code: Secret,
}

#[derive(Serialize)]
struct View {
    problem: Option<()>,
    code_required: bool,
    form: Fields,
}

#[derive(Default, Serialize)]
struct Fields {
    code: Field,
    name: Field,
    email: Field,
    password: Field,
}

fn page(code: &Secret, mut form: Fields) -> Page {
    form.code = Field::typed(code.expose());
    let view = View {
        problem: None,
        code_required: true,
        form,
    };
    Page::new("set_up", "Set up Hansei", json!(view))
}

async fn check(app: &App, secret: &Secret) -> Result<(), Failure> {
    let mut conn = app.db.get().await?;
    if actions::set_up_is_open(&mut conn, secret.expose(), app.clock.now()).await? {
        Ok(())
    } else {
        Err(Failure::LinkClosed)
    }
}

pub(super) async fn show(app: web::Data<App>, query: Query<Link>) -> Result<Page, PageError> {
    check(&app, &query.code).await?;
    Ok(page(&query.code, Fields::default()))
}

/// What was typed.
#[derive(Deserialize)]
pub(super) struct SetUp {
    #[serde(default)]
    code: Secret,
    #[serde(default)]
    name: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: Secret,
}

/// The person the form describes, or the form with what to correct.
fn parse(form: &SetUp) -> Result<(EmailAddress, Name, NewPassword), Box<Fields>> {
    let mut fields = Fields {
        name: Field::typed(&form.name),
        email: Field::typed(&form.email),
        ..Fields::default()
    };
    let (name, email) = (Name::parse(&form.name), EmailAddress::parse(&form.email));
    fields.name.problem = name.as_ref().err().map(ToString::to_string);
    fields.email.problem = email.as_ref().err().map(ToString::to_string);
    let (Ok(name), Ok(email)) = (name, email) else {
        return Err(Box::new(fields));
    };
    match NewPassword::parse(form.password.expose(), &email, &name) {
        Ok(password) => Ok((email, name, password)),
        Err(error) => {
            fields.password = Field::wrong(error);
            Err(Box::new(fields))
        }
    }
}

pub(super) async fn submit(
    request: HttpRequest,
    app: web::Data<App>,
    form: Form<SetUp>,
) -> Result<Either<Page, Redirect>, PageError> {
    // Before any hashing, so that only the holder of the link can make the server work.
    check(&app, &form.code).await?;
    let (email, name, password) = match parse(&form) {
        Ok(parsed) => parsed,
        Err(fields) => {
            let page = page(&form.code, *fields).with_status(StatusCode::UNPROCESSABLE_ENTITY);
            return Ok(Either::Left(page));
        }
    };
    let hashed = app.blocking(Lane::Hash, move || password.hash()).await?;
    let first = NewPerson {
        email,
        name,
        role: Role::Admin,
        password: Some(hashed),
    };
    let (db, now, secret) = (app.db.clone(), app.clock.now(), form.code.clone());
    let person = app
        .run_to_end(async move {
            let mut conn = db.get().await?;
            actions::set_up(&mut conn, secret.expose(), now, first).await
        })
        .await?;
    let opening = opening(&request, &app, person);
    let mut conn = app.db.get().await.map_err(Failure::from)?;
    let secret = actions::open_session(&mut conn, now, opening).await?;
    Ok(Either::Right(
        Redirect::to("/").with_cookie(session_cookie(&app.settings, &secret)),
    ))
}
