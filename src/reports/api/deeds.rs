//! What programs do beside the text of a report: one change, to its end even when the client goes away.

use super::once::once;
use super::paging::counted;
use super::read::report_key;
use crate::accounts::{ApiActor, Scope, rules};
use crate::platform::app::App;
use crate::platform::db::Connection;
use crate::platform::http::Error;
use crate::platform::ids::ReportKey;
use crate::reports::actions::{
    self, AccessChange, Edit, LinkWanted, Making, Said, Turn, comment_once, make_once,
};
use crate::reports::attachments::Attachment;
use crate::reports::comments::Anchor;
use crate::reports::model::{LinkKind, Problem};
use crate::reports::pages::turns;
use crate::reports::store::Viewer;
use crate::reports::{By, Once, SaveError};
use actix_web::HttpRequest;

/// What is to be done.
pub(super) enum Deed {
    AddLink {
        to: ReportKey,
        kind: LinkKind,
        why: String,
        /// The findings that are put aside.
        dismissed: String,
    },
    RemoveLink(i64),
    /// What it is about, or why that cannot be told.
    Comment {
        anchor: Result<Anchor, Problem>,
        parent: Option<i64>,
        text: String,
        /// The findings that are put aside.
        dismissed: String,
    },
    /// A comment with another text.
    EditComment {
        id: i64,
        text: String,
        /// How often it had been changed when it was read.
        seen: Option<i32>,
        /// The findings that are put aside.
        dismissed: String,
    },
    TurnComment(i64, Turn),
    /// Its number, and why.
    EraseComment(i64, String),
    /// The file, and the turn that its bytes in memory take.
    AddFile(Box<Attachment>, turns::Turn),
    RemoveFile(Vec<u8>),
    /// Whom to name so that they may read it, or why that cannot be told.
    Name(Result<Viewer, Problem>),
    Unname(Viewer),
}

impl Deed {
    /// Whether it changes what is found by whom; links, comments and files stand in no index.
    const fn shows(&self) -> bool {
        matches!(self, Self::Name(_) | Self::Unname(_))
    }
}

/// The report that a change is about. 403 for a token that may not both read and write.
pub(super) fn changed(actor: &ApiActor, key: &str) -> Result<ReportKey, Error> {
    actor.require_scope(Scope::ReportsWrite)?;
    actor.require_scope(Scope::ReportsRead)?;
    report_key(key)
}

/// The answer to a retry of a request whose work somebody has undone since.
pub(super) fn undone() -> Error {
    let message = "What this request made was taken away since. Send it with another Idempotency-Key to make it again.";
    Error::Conflict(message.into())
}

/// A request that changes something.
pub(super) struct Doing<'a> {
    app: &'a App,
    actor: &'a ApiActor,
    key: ReportKey,
    once: Option<Once>,
}

impl<'a> Doing<'a> {
    /// What changes nothing the second time.
    pub(super) fn again(app: &'a App, actor: &'a ApiActor, key: ReportKey) -> Self {
        Self {
            app,
            actor,
            key,
            once: None,
        }
    }

    /// What `Idempotency-Key` makes the same the second time.
    pub(super) fn once(
        (app, actor, key): (&'a App, &'a ApiActor, ReportKey),
        request: &HttpRequest,
        body: &[u8],
    ) -> Result<Self, Error> {
        let once = once(request, &actor.0, body)?;
        Ok(Self::of((app, actor, key), once))
    }

    /// The same with the key as it was read.
    pub(super) fn of(
        (app, actor, key): (&'a App, &'a ApiActor, ReportKey),
        once: Option<Once>,
    ) -> Self {
        Self {
            once,
            ..Self::again(app, actor, key)
        }
    }

    /// Does it; answers the number of the comment that is made, and 0 for everything else.
    pub(super) async fn run(self, deed: Deed) -> Result<Result<i64, SaveError>, Error> {
        let (pool, rules, now, who) = (
            self.app.db.clone(),
            rules(&self.app.settings),
            self.app.clock.now(),
            self.actor.0.clone(),
        );
        let (key, once, shows) = (self.key, self.once, deed.shows());
        let bucket = self.app.bucket.clone();
        let done = self
            .app
            .run_to_end::<Result<i64, SaveError>, Error>(async move {
                let by = By {
                    actor: &who,
                    rules,
                    now,
                };
                let mut is_in_object = false;
                if let Deed::AddFile(file, _turn) = &deed {
                    match actions::keep(&pool, bucket.as_deref(), &by, key, file).await? {
                        Ok(kept) => is_in_object = kept,
                        Err(refused) => return Ok(Err(refused)),
                    }
                }
                let mut conn = pool.get().await?;
                let how = (once.as_ref(), is_in_object);
                Ok(deed.settle(&mut conn, &by, key, how).await)
            })
            .await?;
        if shows && done.is_ok() {
            self.app.changed();
        }
        Ok(done)
    }
}

impl Deed {
    async fn settle(
        self,
        conn: &mut Connection,
        by: &By<'_>,
        key: ReportKey,
        (once, is_in_object): (Option<&Once>, bool),
    ) -> Result<i64, SaveError> {
        match self {
            Self::AddLink {
                to,
                kind,
                why,
                dismissed,
            } => {
                let wanted = wanted((key, to), kind, (&why, &dismissed));
                make_once(conn, by, key, Making::Link(wanted), once).await?;
            }
            Self::RemoveLink(link) => actions::remove_link(conn, by, key, link).await?,
            Self::Comment {
                anchor,
                parent,
                text,
                dismissed,
            } => {
                let said = match &anchor {
                    Ok(anchor) => Ok(said(anchor, parent, (&text, &dismissed))),
                    Err(problem) => Err(problem.clone()),
                };
                return comment_once(conn, by, key, said, once).await;
            }
            Self::EditComment {
                id,
                text,
                seen,
                dismissed,
            } => {
                let edit = edit((id, seen), (&text, &dismissed));
                actions::edit_comment(conn, by, key, edit).await?;
            }
            Self::TurnComment(id, turn) => actions::turn_comment(conn, by, key, (id, turn)).await?,
            Self::EraseComment(id, reason) => {
                actions::erase_comment(conn, by, key, (id, &reason)).await?;
            }
            Self::AddFile(file, _turn) => {
                make_once(conn, by, key, Making::File(&file, is_in_object), once).await?;
            }
            Self::RemoveFile(sha256) => {
                actions::detach(conn, by, key, &sha256).await.map(drop)?;
            }
            Self::Name(viewer) => {
                let named = Making::Named(viewer.as_ref().copied());
                make_once(conn, by, key, named, once).await?;
            }
            Self::Unname(viewer) => {
                let change = AccessChange::Remove(viewer);
                actions::change_access(conn, by, key, change).await?;
            }
        }
        Ok(0)
    }
}

const fn wanted<'a>(
    (from, to): (ReportKey, ReportKey),
    kind: LinkKind,
    (why, dismissed): (&'a str, &'a str),
) -> LinkWanted<'a> {
    LinkWanted {
        from,
        to,
        kind,
        why,
        dismissed,
    }
}

const fn said<'a>(
    anchor: &'a Anchor,
    parent: Option<i64>,
    (text, dismissed): (&'a str, &'a str),
) -> Said<'a> {
    Said {
        anchor,
        parent,
        text,
        once: None,
        dismissed,
    }
}

const fn edit<'a>(
    (id, seen): (i64, Option<i32>),
    (text, dismissed): (&'a str, &'a str),
) -> Edit<'a> {
    Edit {
        id,
        text,
        seen,
        dismissed,
    }
}

/// A number in an address, as it is written in answers; anything else names nothing.
pub(super) fn number(text: &str, what: &str) -> Result<i64, Error> {
    counted(text).ok_or_else(|| Error::not_found(format!("{what} {text}")))
}
