//! What errors of the database mean to the person who asked.

use diesel::result::Error as QueryError;

use super::{Error, FieldProblem};
use crate::platform::db::pool::PoolError;
use crate::platform::db::{constraints, is_unavailable};

impl From<QueryError> for Error {
    /// A missing row is "not found"; a broken rule that a person can mend stands beside its field;
    /// a database that is away passes by itself; anything else is our mistake.
    fn from(error: QueryError) -> Self {
        if matches!(error, QueryError::NotFound) {
            return Self::not_found("What you asked for");
        }
        if let Some(problem) = constraints::describe(&error) {
            return Self::Invalid(vec![FieldProblem::new(problem.field, problem.message)]);
        }
        if is_unavailable(&error) {
            Self::unavailable(error)
        } else {
            Self::internal(error)
        }
    }
}

impl From<PoolError> for Error {
    /// Without a connection there is nothing to do but to wait.
    fn from(error: PoolError) -> Self {
        Self::Unavailable(anyhow::anyhow!("no database connection: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use diesel::result::DatabaseErrorKind;

    use super::*;

    fn code(kind: DatabaseErrorKind, message: &str) -> &'static str {
        Error::from(QueryError::DatabaseError(
            kind,
            Box::new(message.to_owned()),
        ))
        .code()
    }

    #[test]
    fn each_error_of_the_database_has_its_meaning() {
        assert_eq!(Error::from(QueryError::NotFound).code(), "not_found");
        assert_eq!(
            code(DatabaseErrorKind::ClosedConnection, "gone"),
            "unavailable"
        );
        assert_eq!(
            code(DatabaseErrorKind::ReadOnlyTransaction, "standby"),
            "unavailable"
        );
        assert_eq!(code(DatabaseErrorKind::Unknown, "syntax error"), "internal");
        assert_eq!(
            code(DatabaseErrorKind::UniqueViolation, "no name"),
            "internal"
        );
    }
}
