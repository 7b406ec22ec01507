//! A change to a report that somebody has read: `If-Match` says which revision is meant.

use super::conditions::Tags;
use super::once::once;
use super::patch::Patch;
use super::read::{report_key, tagged};
use super::rows::about_rows;
use crate::accounts::{Action, ApiActor, Scope, may, rules};
use crate::platform::app::App;
use crate::platform::db::Connection;
use crate::platform::http::Error;
use crate::platform::ids::ReportKey;
use crate::reports::model::Draft;
use crate::reports::{
    By, Note, Once, Rows, SaveError, Saved, Target, amend, replace_rows, restore, revise,
    save_error, store,
};
use actix_web::HttpRequest;
use actix_web::http::header;

/// What a request says of the change it makes, whatever the change is.
pub(super) struct Change {
    key: ReportKey,
    named: Tags,
    once: Option<Once>,
}

/// What is to be changed.
pub(super) enum Deed {
    /// Everything.
    Whole {
        draft: Box<Draft>,
        /// Whether it says who may see the report.
        says_visibility: bool,
        publish: bool,
        /// Why it is published without a review.
        reason: String,
    },
    /// The text of an earlier revision.
    Restore(i32),
    /// The rows of one kind.
    Rows(Rows),
    /// Header fields.
    Fields(Box<Patch>),
}

impl Deed {
    /// Whether it says who may see the report.
    fn says_visibility(&self) -> bool {
        match self {
            Self::Whole {
                says_visibility, ..
            } => *says_visibility,
            Self::Fields(patch) => patch.says_visibility(),
            Self::Restore(_) | Self::Rows(_) => false,
        }
    }
}

impl Change {
    /// 403 for a token that may not both read and write, 404 without a report of this key, 428 without `If-Match`.
    pub(super) fn of(
        request: &HttpRequest,
        actor: &ApiActor,
        key: &str,
        body: &[u8],
    ) -> Result<Self, Error> {
        actor.require_scope(Scope::ReportsWrite)?;
        actor.require_scope(Scope::ReportsRead)?;
        Ok(Self {
            key: report_key(key)?,
            named: Tags::of(request, &header::IF_MATCH).ok_or(Error::PreconditionRequired)?,
            once: once(request, &actor.0, body)?,
        })
    }

    /// Makes the change, to its end even when the client goes away. With why, and with the findings that are put aside.
    pub(super) async fn make(
        self,
        app: &App,
        actor: &ApiActor,
        deed: Deed,
        (note, dismissed): (String, String),
    ) -> Result<Saved, Error> {
        let (pool, rules, now, who) = (
            app.db.clone(),
            rules(&app.settings),
            app.clock.now(),
            actor.0.clone(),
        );
        let saved = app
            .run_to_end(async move {
                let mut conn = pool.get().await?;
                let by = By {
                    actor: &who,
                    rules,
                    now,
                };
                let sent = match &deed {
                    Deed::Rows(rows) => Some(rows.clone()),
                    Deed::Whole { .. } | Deed::Restore(_) | Deed::Fields(_) => None,
                };
                let saved = self.settle(&mut conn, &by, deed, (&note, &dismissed)).await;
                saved.map_err(|error| match sent {
                    Some(rows) => about_rows(error, &rows),
                    None => save_error(error),
                })
            })
            .await?;
        app.changed();
        Ok(saved)
    }

    async fn settle(
        &self,
        conn: &mut Connection,
        by: &By<'_>,
        deed: Deed,
        (text, dismissed): (&str, &str),
    ) -> Result<Saved, SaveError> {
        let Some(seen) = meant(conn, by, self.key, &self.named).await? else {
            return Err(SaveError::Stale { latest: 0 });
        };
        let target = Target {
            key: self.key,
            seen,
            once: self.once.as_ref(),
            known: None,
            says_visibility: deed.says_visibility(),
        };
        let note = Note {
            text,
            // Where nothing else says why.
            reason: text,
            dismissed: Some(dismissed),
            ..Note::default()
        };
        let saved = match deed {
            Deed::Whole {
                draft,
                publish,
                reason,
                ..
            } => {
                let note = Note {
                    publish,
                    reason: &reason,
                    ..note
                };
                revise(conn, by, target, &draft, note).await?
            }
            Deed::Restore(number) => restore(conn, by, target, (number, text), dismissed).await?,
            Deed::Rows(rows) => replace_rows(conn, by, target, rows, note).await?,
            Deed::Fields(patch) => {
                amend(conn, by, target, |draft| patch.apply(draft), note).await?
            }
        };
        // A retry that named no one revision: what it made is no longer known, so the report as it is.
        let is_one = matches!(&self.named, Tags::These(tags) if tags.len() == 1);
        let revision = if saved.fresh || is_one {
            saved.revision
        } else {
            current(conn, by, self.key).await?
        };
        Ok(Saved { revision, ..saved })
    }
}

/// The revision that `If-Match` means: of several named ones, the one the report is at. `None` when it names none.
async fn meant(
    conn: &mut Connection,
    by: &By<'_>,
    key: ReportKey,
    named: &Tags,
) -> Result<Option<i32>, SaveError> {
    let revisions: Vec<i32> = named.strong().filter_map(tagged).collect();
    if let (Tags::These(_), [] | [_]) = (named, revisions.as_slice()) {
        return Ok(revisions.first().copied());
    }
    // Should somebody save before the change is made, it is stale, as it would have been a moment later.
    let latest = current(conn, by, key).await?;
    let is_meant = *named == Tags::Any || revisions.contains(&latest);
    Ok(if is_meant {
        Some(latest)
    } else {
        revisions.last().copied()
    })
}

/// The revision the report is at.
async fn current(conn: &mut Connection, by: &By<'_>, key: ReportKey) -> Result<i32, SaveError> {
    store::header(conn, key, false)
        .await?
        .filter(|it| may(by.actor, Action::ReadReport(&it.access), by.rules))
        .map(|header| header.revision)
        .ok_or(SaveError::NotFound)
}
