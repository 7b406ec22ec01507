//! When a request came: before its body, which on a slow line takes a while.

use crate::platform::app::App;
use crate::platform::http::{Error, dressed};
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use jiff::Timestamp;
use std::future::{Ready, ready};

/// The moment at which the beginning of a request was here, by the clock of the site.
#[derive(Clone, Copy, Debug)]
pub struct Arrived(pub(super) Timestamp);

impl FromRequest for Arrived {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, actix_web::Error>>;

    fn from_request(req: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let app = req.app_data::<web::Data<App>>();
        ready(app.map(|app| Self(app.clock.now())).ok_or_else(|| {
            let error = anyhow::anyhow!("the server was built without its App");
            dressed(req, Error::internal(error))
        }))
    }
}
