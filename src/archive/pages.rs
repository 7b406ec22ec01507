//! The pages of the archive: loading the sample reports.

use actix_web::web;
use serde::Deserialize;

use super::ImportError;
use crate::accounts::{Action, SignedIn, may, refusal, rules};
use crate::platform::app::App;
use crate::platform::http::{Error, Flash, Form, PageError, Redirect};

/// A form with nothing in it but its token.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Nothing {}

/// `POST /sample`: the sample reports, for a site with nothing in it.
pub async fn load_samples(
    app: web::Data<App>,
    person: SignedIn,
    _token_checked: Form<Nothing>,
) -> Result<Redirect, PageError> {
    if !may(&person.0, Action::ImportReports, rules(&app.settings)) {
        return Err(refusal(&person.0, Action::ImportReports).into());
    }
    let (pool, now, who) = (app.db.clone(), app.clock.now(), person.0.clone());
    app.run_to_end::<usize, Error>(async move {
        let mut conn = pool.get().await?;
        let loaded = super::load_samples(&mut conn, &who, now).await;
        loaded.map_err(|error| match error {
            ImportError::Forbidden => refusal(&who, Action::ImportReports),
            ImportError::Away(error) | ImportError::Database(error) => error.into(),
        })
    })
    .await?;
    app.changed();
    Ok(Redirect::to("/").with_flash(Flash::Imported))
}
