//! What the rows ask the server for while somebody types. Nothing is stored by it.

use crate::accounts::SignedIn;
use crate::platform::app::App;
use crate::platform::http::{Error, Lane, PageError, Typed};
use crate::reports::model::Draft;
use crate::reports::pages::figure::figure;
use crate::reports::pages::form::EditForm;
use crate::reports::pages::sent_form::SentForm;
use crate::reports::pages::words;
use crate::reports::pages::write::may_create;
use actix_web::http::header;
use actix_web::{HttpResponse, web};
use serde_json::json;

/// `POST /reports/figure`: the timeline of a form that is being filled in, drawn.
pub async fn live_figure(
    app: web::Data<App>,
    person: SignedIn,
    sent: Typed<SentForm>,
) -> Result<HttpResponse, PageError> {
    may_create(&app, &person)?;
    let view = app
        .blocking(Lane::Render, move || {
            let form = sent.map(EditForm::from).shown();
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
