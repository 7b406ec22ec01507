//! What administrators do with report templates. Each function is one transaction: permission, rules, rows, audit log.

use super::By;
use crate::accounts::{Action, audit_site, may};
use crate::platform::db::{Connection, constraints};
use crate::reports::model::Problem;
use crate::reports::store;
use crate::reports::templates::Template;
use diesel_async::AsyncConnection;
use serde_json::json;

/// Why a template was not changed. Nothing was stored.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TemplateError {
    /// There is no template of this word.
    #[error("there is no such template")]
    NotFound,
    /// Only administrators do this.
    #[error("this needs more rights than you have")]
    Forbidden,
    /// The template breaks a rule.
    #[error("the template cannot be saved as it is")]
    Invalid(Vec<Problem>),
    /// Somebody else saved since the revision the change was made from.
    #[error("the template is now at revision {latest}")]
    Stale {
        /// The latest revision.
        latest: i32,
    },
    /// The database said no.
    #[error(transparent)]
    Database(#[from] diesel::result::Error),
}

impl TemplateError {
    /// A broken rule that a person can mend stands beside its field.
    fn beside_its_field(self) -> Self {
        match self {
            Self::Database(error) => match constraints::describe(&error) {
                Some(problem) => Self::Invalid(vec![Problem::of(problem.field, problem.message)]),
                None => Self::Database(error),
            },
            other @ (Self::NotFound | Self::Forbidden | Self::Invalid(_) | Self::Stale { .. }) => {
                other
            }
        }
    }
}

fn allowed(by: &By<'_>) -> Result<(), TemplateError> {
    if may(by.actor, Action::EditTemplates, by.rules) {
        Ok(())
    } else {
        Err(TemplateError::Forbidden)
    }
}

fn sound(template: &Template) -> Result<(), TemplateError> {
    match template.check() {
        problems if problems.is_empty() => Ok(()),
        problems => Err(TemplateError::Invalid(problems)),
    }
}

async fn write_down(
    conn: &mut Connection,
    by: &By<'_>,
    action: &'static str,
    word: &str,
) -> Result<(), TemplateError> {
    let details = json!({ "template": word });
    Ok(audit_site(conn, by.now, by.actor, (action, details)).await?)
}

/// Stores a new template.
pub(crate) async fn add_template(
    conn: &mut Connection,
    by: &By<'_>,
    template: &Template,
) -> Result<(), TemplateError> {
    allowed(by)?;
    sound(template)?;
    conn.transaction(async |conn| {
        store::insert_template(conn, template).await?;
        write_down(conn, by, "add_template", &template.word).await
    })
    .await
    .map_err(TemplateError::beside_its_field)
}

/// Saves over the revision the administrator started from. Reports that exist do not change.
pub(crate) async fn edit_template(
    conn: &mut Connection,
    by: &By<'_>,
    template: &Template,
    seen: i32,
) -> Result<(), TemplateError> {
    allowed(by)?;
    sound(template)?;
    conn.transaction(async |conn| {
        if !store::replace_template(conn, template, seen).await? {
            let kept = store::template(conn, &template.word).await?;
            return Err(
                kept.map_or(TemplateError::NotFound, |kept| TemplateError::Stale {
                    latest: kept.revision,
                }),
            );
        }
        write_down(conn, by, "edit_template", &template.word).await
    })
    .await
    .map_err(TemplateError::beside_its_field)
}

/// No longer offers a template, or offers it again. Doing it twice is one effect.
pub(crate) async fn archive_template(
    conn: &mut Connection,
    by: &By<'_>,
    word: &str,
    archived: bool,
) -> Result<(), TemplateError> {
    allowed(by)?;
    conn.transaction(async |conn| {
        let kept = store::template(conn, word).await?;
        let kept = kept.ok_or(TemplateError::NotFound)?;
        if kept.archived_at.is_some() == archived {
            return Ok(());
        }
        store::archive_template(conn, word, archived.then_some(by.now)).await?;
        let action = if archived {
            "archive_template"
        } else {
            "restore_template"
        };
        write_down(conn, by, action, word).await
    })
    .await
}
