//! An error as programs get it (RFC 9457).

#![expect(
    single_use_lifetimes,
    reason = "the derive of the description names the lifetime of a shape once"
)]

use serde::Serialize;
use utoipa::ToSchema;

use super::{Error, FieldProblem};

/// Why a request was refused. Decide by `code`, which is stable.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem<'a> {
    /// Always `about:blank`: the status says what kind of problem it is.
    #[schema(example = "about:blank")]
    r#type: &'a str,
    /// The headline, the same for every problem of the kind.
    #[schema(example = "Something needs correcting")]
    title: &'a str,
    /// The status of the answer.
    #[schema(minimum = 400, maximum = 599, example = 422)]
    status: u16,
    /// What to do about it, as sentences for people.
    detail: String,
    /// The stable word for programs.
    #[schema(example = "invalid")]
    code: &'a str,
    /// Quote it when you ask the operator: it is in the log.
    request_id: &'a str,
    /// What is wrong, field by field; only where fields are what is wrong.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    fields: &'a [FieldProblem],
}

impl<'a> Problem<'a> {
    pub(super) fn of(error: &'a Error, request_id: &'a str) -> Self {
        Self {
            r#type: "about:blank",
            title: error.title(),
            status: error.status().as_u16(),
            detail: error.detail().into_owned(),
            code: error.code(),
            request_id,
            fields: error.fields(),
        }
    }
}
