//! What the rows ask the server for while somebody types. Nothing is stored by it.

use crate::accounts::{SignedIn, reach, rules};
use crate::platform::app::App;
use crate::platform::http::{Error, Lane, PageError, Query, Typed};
use crate::reports::model::Draft;
use crate::reports::pages::figure::figure;
use crate::reports::pages::form::EditForm;
use crate::reports::pages::sent_form::SentForm;
use crate::reports::pages::words;
use crate::reports::pages::write::may_create;
use crate::reports::store;
use actix_web::http::header;
use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

/// The most names that are offered.
const MOST_NAMES: i64 = 20;
/// What is longer is cut: no name has more characters.
const MOST_TYPED: usize = 200;

/// `POST /reports/figure`: the timeline of a form that is being filled in, drawn.
pub async fn live_figure(
    app: web::Data<App>,
    person: SignedIn,
    sent: Typed<SentForm>,
) -> Result<HttpResponse, PageError> {
    may_create(&app, &person)?;
    let form = sent.map(EditForm::from).shown();
    let view = app
        .blocking(Lane::Render, move || {
            let draft = form.read(&Draft::default()).draft;
            Ok::<_, Error>(figure(&draft, &words::zone(&draft.timezone)))
        })
        .await?;
    let html = match view {
        Some(view) => {
            let part = app.templates.render_part("timeline_svg", json!(view));
            part.map_err(Error::internal)?.as_str().to_owned()
        }
        None => String::new(),
    };
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .body(html))
}

/// What was typed of a name.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Begun {
    q: String,
}

/// `GET /reports/factor-names?q=…`: names of contributing factors, from the reports this person may see.
pub async fn factor_names(
    app: web::Data<App>,
    person: SignedIn,
    query: Query<Begun>,
) -> Result<HttpResponse, PageError> {
    may_create(&app, &person)?;
    let part: String = query.q.trim().chars().take(MOST_TYPED).collect();
    let reach = reach(&person.0, rules(&app.settings));
    let mut conn = app.db.get().await?;
    let items = store::factor_names(&mut conn, &reach, &part, MOST_NAMES).await?;
    Ok(HttpResponse::Ok().json(json!({ "items": items })))
}
