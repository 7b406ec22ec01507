//! Reading addresses: the path and what follows the question mark.

use std::collections::BTreeMap;
use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::future::{Ready, ready};
use serde::de::DeserializeOwned;

use super::fields::Fields;
use super::{Error, dressed};

/// The parameters after the question mark, read as strictly as a form.
#[derive(Clone, Copy, Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, actix_web::Error>>;

    fn from_request(req: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let read = Fields::decode(req.query_string().as_bytes()).and_then(Fields::read);
        ready(read.map(Self).map_err(|error| dressed(req, error)))
    }
}

/// The parameters after the question mark as they are, read as strictly; those of one name stand together. For
/// addresses whose names are not all known, such as filters.
#[derive(Clone, Debug)]
pub struct Pairs(pub Vec<(String, String)>);

impl FromRequest for Pairs {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, actix_web::Error>>;

    fn from_request(req: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let read = Fields::decode(req.query_string().as_bytes())
            .and_then(Fields::read::<BTreeMap<String, Vec<String>>>);
        let pairs = read.map(|lists| {
            lists
                .into_iter()
                .flat_map(|(name, values)| values.into_iter().map(move |it| (name.clone(), it)))
                .collect()
        });
        ready(pairs.map(Self).map_err(|error| dressed(req, error)))
    }
}

/// The pieces of the path; a piece of the wrong shape means that there is no such page.
#[derive(Clone, Copy, Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Path<T> {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, actix_web::Error>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let read = web::Path::<T>::from_request(req, payload).into_inner();
        ready(match read {
            Ok(path) => Ok(Self(path.into_inner())),
            Err(_wrong_shape) => Err(dressed(req, Error::not_found("The page"))),
        })
    }
}

impl<T> Deref for Query<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> Deref for Path<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}
