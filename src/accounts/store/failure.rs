//! Why something about an account could not be done.

use std::time::Duration;

use jiff::SignedDuration;

use crate::accounts::password::HashError;
use crate::platform::db::pool::PoolError;
use crate::platform::db::{constraints, is_unavailable};
use crate::platform::http::{Error, FieldProblem};
use crate::platform::secret::NoRandomness;

/// Why something about an account could not be done.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Whoever asks may not do that.
    #[error("you are not allowed to do that")]
    Forbidden,
    /// Too many failed attempts; try again after this time.
    #[error("too many attempts; try again in {} seconds", .0.as_secs().max(1))]
    TooMany(SignedDuration),
    /// The set-up link is used, expired, replaced by a newer one, or never was.
    #[error(
        "this set-up link is no longer valid; the server prints a fresh one when it starts and nobody has set it up"
    )]
    LinkClosed,
    /// The database refused, or is away.
    #[error(transparent)]
    Database(#[from] diesel::result::Error),
    /// No connection to the database.
    #[error("the database cannot be reached: {0}")]
    Pool(#[from] PoolError),
    /// A password could not be hashed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// No secret could be made.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
}

impl Failure {
    /// The field and the message, when a person can mend it in a form.
    pub fn problem(&self) -> Option<FieldProblem> {
        let Self::Database(error) = self else {
            return None;
        };
        constraints::describe(error)
            .map(|problem| FieldProblem::new(problem.field, problem.message))
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        if let Some(problem) = failure.problem() {
            return Self::Invalid(vec![problem]);
        }
        match failure {
            Failure::Forbidden => Self::Forbidden("You are not allowed to do that.".into()),
            Failure::TooMany(wait) => {
                let up = wait
                    .saturating_add(SignedDuration::from_millis(999))
                    .as_secs()
                    .max(1);
                Self::TooMany(Duration::from_secs(up.unsigned_abs()))
            }
            Failure::LinkClosed => {
                Self::NotFound("This set-up link (used, expired or replaced)".into())
            }
            Failure::Database(error) if is_unavailable(&error) => Self::unavailable(error),
            Failure::Database(error) => Self::internal(error),
            Failure::Pool(error) => Self::unavailable(error),
            Failure::Hash(error) => Self::internal(error),
            Failure::Randomness(error) => Self::internal(error),
        }
    }
}

impl From<HashError> for Error {
    fn from(error: HashError) -> Self {
        Self::internal(error)
    }
}
