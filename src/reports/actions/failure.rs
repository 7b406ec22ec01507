//! Why a save did not happen, and what is answered then.

use crate::accounts::{Action, Actor, refusal};
use crate::platform::db::constraints;
use crate::platform::http::{Error, FieldProblem};
use crate::platform::ids::ReportKey;
use crate::reports::language::{Finding, FindingKind};
use crate::reports::model::Problem;
use std::borrow::Cow;

/// Why a save did not happen. Nothing was stored.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// There is no such report, or the actor may not even know of it.
    #[error("there is no such report")]
    NotFound,
    /// The actor may see the report but not do this.
    #[error("this needs more rights than you have")]
    Forbidden,
    /// The actor may change the report, but not this of it; says who may.
    #[error("{0}")]
    Refused(Cow<'static, str>),
    /// The draft breaks a rule.
    #[error("the report cannot be saved as it is")]
    Invalid(Vec<Problem>),
    /// There is what looks like a secret, or like somebody's address or number, in the text, and others would read it from
    /// now on.
    #[error("there is something in the text that may not be meant for its readers")]
    PointedOut(Vec<Finding>),
    /// Somebody else saved since the revision the actor started from.
    #[error("the report is now at revision {latest}")]
    Stale {
        /// The latest revision.
        latest: i32,
    },
    /// The status does not allow it.
    #[error("{0}")]
    WrongStatus(&'static str),
    /// The link is said on that report.
    #[error("this link is said on {0}: take it back there")]
    SaidElsewhere(ReportKey),
    /// Somebody changed the report after it was imported.
    #[error(
        "{0} was changed here after it was imported, and the file has changed too; --overwrite takes the file and leaves the other version in the history"
    )]
    ChangedSinceImport(ReportKey),
    /// The same idempotency key came with another request.
    #[error("this Idempotency-Key was used for a different request")]
    KeyReused,
    /// The database said no.
    #[error(transparent)]
    Database(#[from] diesel::result::Error),
}

impl SaveError {
    /// The actor may not do this, in the words that are said of it everywhere.
    pub(super) fn refused(actor: &Actor, action: Action<'_>) -> Self {
        if let Error::Forbidden(words) = refusal(actor, action) {
            Self::Refused(words)
        } else {
            Self::Forbidden
        }
    }

    /// A broken rule that a person can mend stands beside its field.
    pub(super) fn beside_its_field(self) -> Self {
        match &self {
            Self::Database(error) => match constraints::describe(error) {
                Some(problem) => Self::Invalid(vec![Problem::of(problem.field, problem.message)]),
                None => self,
            },
            Self::NotFound
            | Self::Forbidden
            | Self::Refused(_)
            | Self::Invalid(_)
            | Self::PointedOut(_)
            | Self::Stale { .. }
            | Self::WrongStatus(_)
            | Self::SaidElsewhere(_)
            | Self::ChangedSinceImport(_)
            | Self::KeyReused => self,
        }
    }
}

/// What a door answers when a save did not happen.
pub fn save_error(error: SaveError) -> Error {
    match error {
        SaveError::NotFound => Error::not_found("The report"),
        SaveError::Forbidden => Error::Forbidden(
            "You may not do this with this report: it needs the role Author or Admin, for a restricted report to be \
             one of its authors, and for a token the scope reports:write."
                .into(),
        ),
        SaveError::Refused(words) => Error::Forbidden(words),
        SaveError::Invalid(problems) => Error::Invalid(
            problems
                .into_iter()
                .map(|problem| FieldProblem::new(problem.field, problem.message))
                .collect(),
        ),
        SaveError::PointedOut(found) => Error::Invalid(found.iter().map(about_finding).collect()),
        SaveError::Stale { .. } => Error::PreconditionFailed,
        SaveError::WrongStatus(message) => Error::Conflict(message.into()),
        SaveError::SaidElsewhere(key) => {
            Error::Conflict(format!("This link is said on {key}: take it back there.").into())
        }
        error @ SaveError::ChangedSinceImport(_) => Error::Conflict(error.to_string().into()),
        SaveError::KeyReused => Error::field(
            "Idempotency-Key",
            "This key was used for a different request: choose a new one.",
        ),
        SaveError::Database(error) => error.into(),
    }
}

/// What to do about something that may not be meant for everybody, by its line in the text.
pub(crate) fn about_finding(found: &Finding) -> FieldProblem {
    let place = match found.line {
        0 => "in what is said about it".to_owned(),
        line => format!("on line {line}"),
    };
    finding_at(found, &place)
}

/// The same by where it stands otherwise.
pub(crate) fn finding_at(found: &Finding, place: &str) -> FieldProblem {
    let (text, id) = (&found.text, &found.id);
    let message = if found.kind == FindingKind::Secret {
        format!(
            "“{text}” {place} looks like a password, a key or a token. Take it out and have it changed; or, if it is \
             none, say so here with {id}."
        )
    } else {
        let what = if found.kind == FindingKind::Email {
            "e-mail address"
        } else {
            "telephone number"
        };
        format!(
            "“{text}” {place} looks like the {what} of a person. Take it out; or, if it is meant to be there, say so \
             here with {id}."
        )
    };
    FieldProblem::new("dismissed", message)
}
