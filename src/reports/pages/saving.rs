//! Saving over a stored report, also when somebody else saved meanwhile.

use super::again::{not_saved, refused};
use super::autosave;
use super::conflict::{Conflict, conflict};
use super::form::EditForm;
use super::opened::{Opened, editable};
use super::read::not_found;
use super::together::{Together, together};
use super::write::{Answer, desk, onward, read};
use crate::accounts::{SignedIn, rules};
use crate::platform::app::App;
use crate::platform::http::{Error, Flash, Lane, Redirect};
use crate::platform::ids::ReportKey;
use crate::reports::model::Draft;
use crate::reports::store::{self, RevisionRow, Stored};
use crate::reports::{By, Note, SaveError, Saved, actions, document, revisions};
use actix_web::Either;

/// So often are two saves put together while others keep saving; then a person decides.
const ATTEMPTS: usize = 3;

/// A form on its way into a stored report.
pub(super) struct Save<'a> {
    pub(super) app: &'a App,
    pub(super) person: &'a SignedIn,
    pub(super) key: ReportKey,
    pub(super) form: &'a EditForm,
    /// Whether others read it already.
    pub(super) is_published: bool,
}

/// What was there before, and what is there now.
struct Sides {
    /// The document both began with; nothing when that revision never was: then everything is a change.
    base: String,
    latest: Stored,
    named: Vec<String>,
    row: RevisionRow,
}

impl Save<'_> {
    fn publishes(&self) -> bool {
        self.form.r#do == "publish"
    }

    /// Stores what somebody wrote over revision `seen`, if that is still the latest, and publishes it if they say so.
    pub(super) async fn save(
        &self,
        seen: i32,
        draft: Draft,
        known: Stored,
    ) -> Result<Result<Saved, SaveError>, Error> {
        let how = ("saved", self.publishes());
        Box::pin(self.attempt((seen, known), draft, how)).await
    }

    async fn attempt(
        &self,
        (seen, known): (i32, Stored),
        draft: Draft,
        (event, publish): (&'static str, bool),
    ) -> Result<Result<Saved, SaveError>, Error> {
        let (pool, rules, now, who) = (
            self.app.db.clone(),
            rules(&self.app.settings),
            self.app.clock.now(),
            self.person.0.clone(),
        );
        let key = self.key;
        let (text, reason) = (self.form.note.clone(), self.form.reason.clone());
        let dismissed = self.form.put_aside(publish || self.is_published);
        let saved = self
            .app
            .run_to_end::<Result<Saved, SaveError>, Error>(async move {
                let mut conn = pool.get().await?;
                let by = By {
                    actor: &who,
                    rules,
                    now,
                };
                let note = Note {
                    text: &text,
                    publish,
                    reason: &reason,
                    event,
                    dismissed: Some(&dismissed),
                };
                let target = actions::Target {
                    key,
                    seen,
                    once: None,
                    known: Some(&known),
                    says_visibility: true,
                };
                Ok(actions::revise(&mut conn, &by, target, &draft, note).await)
            })
            .await?;
        self.app.changed();
        Ok(saved)
    }

    /// Back to the report, with what happened.
    pub(super) fn done(&self, flash: Flash) -> Redirect {
        onward(self.key, self.form).with_flash(if self.publishes() {
            Flash::Published
        } else {
            flash
        })
    }

    /// Puts `mine`, made from revision `seen`, together with what was saved since. Saves it, unless both changed the same:
    /// then a person decides.
    pub(super) async fn put_together(&self, seen: i32, mine: &Draft) -> Answer {
        let mut left = ATTEMPTS;
        loop {
            let sides = self.sides(seen).await?;
            let latest = sides.latest.header.revision;
            let merged = self.merged(&sides, mine).await?;
            left = left.saturating_sub(1);
            if !merged.is_clean() || left == 0 {
                let id = sides.latest.header.id;
                autosave::keep_unsaved(self.app, self.person, id, self.form).await;
                let conflict_of = Conflict {
                    save: self,
                    latest: &sides.latest,
                    theirs: &sides.row,
                    merged,
                };
                return conflict(conflict_of).await.map(Either::Right);
            }
            let opened = Opened {
                stored: sides.latest,
                named: sides.named,
            };
            let (form, understood) =
                read(self.app, merged.form, Some(&opened.stored.draft)).await?;
            let desk = desk(self.app, self.person, Some(&opened));
            if !understood.problems.is_empty() {
                return Ok(Either::Right(
                    refused(&desk, &form, &understood.problems).await?,
                ));
            }
            let is_published = opened.stored.header.access.published;
            if (is_published || !self.publishes()) && same(&understood.draft, &opened.stored.draft)
            {
                // This very save arrived before, or somebody did the same.
                return Ok(Either::Left(self.done(Flash::Saved)));
            }
            // Nobody publishes what they have not seen.
            let publish = is_published && self.publishes();
            let known = (latest, opened.stored.clone());
            let saved = Box::pin(self.attempt(known, understood.draft, ("merged", publish)));
            match saved.await? {
                Ok(_) if self.publishes() && !is_published => {
                    let report = Redirect::to(format!("/reports/{}", self.key));
                    return Ok(Either::Left(report.with_flash(Flash::MergedUnpublished)));
                }
                Ok(_) => return Ok(Either::Left(self.done(Flash::Merged))),
                Err(SaveError::Stale { .. }) => {}
                Err(error) => return not_saved(&desk, &form, error).await,
            }
        }
    }

    async fn sides(&self, seen: i32) -> Result<Sides, Error> {
        let opened = editable(self.app, self.person, self.key).await?;
        let header = &opened.stored.header;
        let mut conn = self.app.db.get().await?;
        let base = store::revision(&mut conn, header.id, seen).await?;
        let (row, _) = store::revision(&mut conn, header.id, header.revision)
            .await?
            .ok_or_else(|| not_found(self.key))?;
        Ok(Sides {
            base: base.map_or_else(String::new, |(_, document)| document),
            latest: opened.stored,
            named: opened.named,
            row,
        })
    }

    async fn merged(&self, sides: &Sides, mine: &Draft) -> Result<Together, Error> {
        let (base, mine, latest) = (sides.base.clone(), mine.clone(), sides.latest.clone());
        let form = self.form.clone();
        let work = move || {
            let base = document::parse(&base).draft;
            Ok::<_, Error>(together(
                &base,
                (&mine, &form),
                &latest,
                revisions::deadline(),
            ))
        };
        self.app.blocking(Lane::Render, work).await
    }
}

/// Whether saving would change nothing.
fn same(draft: &Draft, stored: &Draft) -> bool {
    let (mut draft, mut stored) = (draft.clone(), stored.clone());
    draft.normalise();
    stored.normalise();
    draft == stored
}
