//! What people do with reports. Each function is one transaction: permission, rules, rows, revision.

mod access;
mod attachments;
mod checked;
mod comments;
mod facilitate;
mod factors;
mod failure;
mod gaps;
mod glossary;
mod import;
mod links;
mod matches;
mod objects;
mod once;
mod participants;
mod publish;
mod restore;
mod review;
mod rows;
mod rubric;
mod secrets;
mod taken_in;
mod templates;

pub(crate) use access::{AccessChange, MOST_VIEWERS, change_access, create_for};
pub(crate) use attachments::{attach, detach, erase};
pub(crate) use comments::{
    Edit, Said, Turn, comment, edit_comment, erase_comment, link as comment_link, turn_comment,
};
pub(crate) use facilitate::{Facilitate, facilitate};
pub(crate) use factors::{edit_factor, merge_factors, seen as seen_factor};
pub use failure::{SaveError, save_error};
pub(crate) use failure::{about_finding, finding_at};
pub use gaps::keep_gaps;
pub(crate) use glossary::{GlossaryDeed, edit_glossary};
pub use import::{Imported, ImportedFrom, foresee_import, import};
pub(crate) use links::{LinkWanted, add_link, remove_link};
pub use matches::{Telling, tell_of_published};
pub(crate) use objects::keep;
pub use objects::{SweepError, forget_objects, move_to_bucket};
pub(crate) use once::{Making, comment_once, make_once};
pub(crate) use participants::{
    Step, Typed, ask_account, gathering, merge_account, own_account, withdraw_account,
    write_account,
};
pub(crate) use restore::restore;
pub(crate) use review::{ReviewError, Wish, take_step};
pub(crate) use rows::{Rows, amend, append_events, replace_rows};
pub(crate) use rubric::{RubricError, edit_rubric};
pub(crate) use templates::{TemplateError, add_template, archive_template, edit_template};

use super::model::{Draft, Status};
use super::store;
use crate::accounts::{Action, Actor, Rules, audit_report, may};
use crate::platform::db::Connection;
use crate::platform::ids::{ReportId, ReportKey};
use checked::{Checked, checked};
use diesel_async::AsyncConnection;
use jiff::Timestamp;
use publish::{after_replacing, before_replacing, keep_published, publishes_new};
use secrets::{Told, before_others_read, keep_dismissed, point_out};
use taken_in::{under_todays_names, without_import_key};

/// Who acts, when, and under which rules of the site.
#[derive(Clone, Debug)]
pub struct By<'a> {
    /// The person, token or operator.
    pub actor: &'a Actor,
    /// The site's rules.
    pub rules: Rules,
    /// Now.
    pub now: Timestamp,
}

/// A stored save.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Saved {
    /// The report.
    pub key: ReportKey,
    /// Its revision now.
    pub revision: i32,
    /// False when a retried request found its report already made.
    pub fresh: bool,
}

/// A request that must have one effect however often it is sent.
#[derive(Clone, Debug)]
pub struct Once {
    /// Whose keys: `person:7`, `token:3`.
    pub owner: String,
    /// The key the client chose.
    pub key: String,
    /// Fingerprint of the request, to tell a retry from a mistake.
    pub request_sha256: [u8; 32],
}

/// What a save says of itself in the history.
#[derive(Clone, Copy, Debug)]
pub struct Note<'a> {
    /// Why, in the author's words; may be empty.
    pub text: &'a str,
    /// Publish in the same step.
    pub publish: bool,
    /// Why it is published without a review, where that is asked.
    pub reason: &'a str,
    /// What a save over an earlier revision is called: `saved` or `merged`.
    pub event: &'static str,
    /// The findings that were put aside, by their ids, with spaces between. `None` when nobody can be asked: then only
    /// publishing is stopped by what looks like a secret or is private, and not a save over what is published.
    pub dismissed: Option<&'a str>,
}

impl<'a> Note<'a> {
    /// What stands in the history beside this event: of a publication at least the reason.
    fn said_of(&self, event: &str) -> &'a str {
        if event == "published" && self.text.is_empty() {
            self.reason
        } else {
            self.text
        }
    }
}

impl Default for Note<'_> {
    fn default() -> Self {
        Self {
            text: "",
            publish: false,
            reason: "",
            event: "saved",
            dismissed: None,
        }
    }
}

/// Stores a new report. With `once`, a retried request answers with the report made before.
pub async fn create(
    conn: &mut Connection,
    by: &By<'_>,
    draft: &Draft,
    note: Note<'_>,
    once: Option<&Once>,
) -> Result<Saved, SaveError> {
    if !may(by.actor, Action::CreateReport, by.rules) {
        return Err(SaveError::Forbidden);
    }
    let draft = &without_import_key(by, draft);
    let checked = checked(&under_todays_names(conn, by, draft).await?)?;
    let made = conn
        .transaction(async |conn| {
            if let Some(saved) = recall(conn, once).await? {
                return Ok(saved);
            }
            let dismissed = note.dismissed.unwrap_or_default();
            if note.publish {
                let told = Told {
                    document: &checked.document,
                    words: &[note.text, note.reason],
                };
                point_out(conn, None, (told, dismissed)).await?;
            }
            let published = if note.publish {
                Some(publishes_new(by, &checked.draft, note.reason)?)
            } else {
                None
            };
            let status = published.as_ref().map_or(Status::Draft, |it| it.status);
            let mark = draft
                .import_key
                .as_deref()
                .map(|key| store::ImportMark { key, sha256: None });
            let revision = checked.revision(by, "created", note.text);
            let (id, key) =
                store::insert(conn, &checked.draft, status, mark.as_ref(), &revision).await?;
            if let Some(once) = once {
                store::remember_key(conn, &once.owner, &once.key, once.request_sha256, id).await?;
            }
            if let Some((taken, how)) = published.and_then(|taken| Some((taken.words, taken.how?)))
            {
                keep_published(conn, by, id, (how, &taken)).await?;
            }
            keep_dismissed(conn, key, dismissed).await?;
            Ok(Saved {
                key,
                revision: 1,
                fresh: true,
            })
        })
        .await;
    match made {
        // A twin of this request was faster: its report is there now.
        Err(SaveError::Database(ref error)) if is_key_race(error) => {
            recall(conn, once).await?.ok_or(SaveError::KeyReused)
        }
        other => other,
    }
}

/// Ties the key of a request to the report it changed, unless it was used for something else at the same time.
async fn keep_key(
    conn: &mut Connection,
    once: Option<&Once>,
    report: ReportId,
) -> Result<(), SaveError> {
    let Some(once) = once else { return Ok(()) };
    let kept = store::remember_key(conn, &once.owner, &once.key, once.request_sha256, report).await;
    kept.map_err(|error| {
        if is_key_race(&error) {
            SaveError::KeyReused
        } else {
            error.into()
        }
    })
}

fn is_key_race(error: &diesel::result::Error) -> bool {
    matches!(error, diesel::result::Error::DatabaseError(_, info)
        if info.constraint_name() == Some("idempotency_pkey"))
}

async fn recall(conn: &mut Connection, once: Option<&Once>) -> Result<Option<Saved>, SaveError> {
    let Some(once) = once else { return Ok(None) };
    let Some((id, sha256)) = store::recall_key(conn, &once.owner, &once.key).await? else {
        return Ok(None);
    };
    if sha256 != once.request_sha256 {
        return Err(SaveError::KeyReused);
    }
    let stored = store::load_many(conn, &[id.0]).await?;
    Ok(stored.first().map(|stored| Saved {
        key: stored.header.key,
        revision: 1,
        fresh: false,
    }))
}

/// Which report is revised, from which revision, and by which request.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// The report.
    pub key: ReportKey,
    /// The revision the author started from.
    pub seen: i32,
    /// With it, a retried request answers with what it did before.
    pub once: Option<&'a Once>,
    /// The report as it was read before, which spares writing again what stays.
    pub(crate) known: Option<&'a store::Stored>,
    /// Whether the author said who may see the report. If not, that stays as it is stored.
    pub says_visibility: bool,
}

/// Saves over the revision the author started from. Status and import key stay as they are stored.
pub async fn revise(
    conn: &mut Connection,
    by: &By<'_>,
    target: Target<'_>,
    draft: &Draft,
    note: Note<'_>,
) -> Result<Saved, SaveError> {
    let (key, seen, once) = (target.key, target.seen, target.once);
    let checked = checked(&under_todays_names(conn, by, draft).await?)?;
    conn.transaction(async |conn| {
        // Twins of this request wait here for the lock on the report, so the second finds what the first did.
        let header = editable(conn, by, key).await?;
        if recall(conn, once).await?.is_some() {
            // Whoever saved since did not see this client's next change: its tag stays that of its own revision.
            return Ok(Saved {
                key,
                revision: seen + 1,
                fresh: false,
            });
        }
        if header.revision != seen {
            return Err(SaveError::Stale {
                latest: header.revision,
            });
        }
        let visibility = if target.says_visibility {
            checked.draft.visibility
        } else {
            header.visibility()
        };
        let checked = checked.stored_as(visibility, header.import_key.as_deref())?;
        // Whoever renamed something that the report names, was waited for.
        let checked = checked.named_as_today(conn, by).await?;
        before_others_read(conn, &header, (&checked.document, &note)).await?;
        let shown = access::visibility_change(by, &header, checked.draft.visibility)?;
        let grown = before_replacing(conn, by, &header, (&checked.draft, note.reason)).await?;
        // Before the row is written: another title is another slug, a unique one, and whoever holds this key already
        // would wait for the row while they are waited for here.
        keep_key(conn, once, header.id).await?;
        let event = if note.publish && !header.access.published {
            "published"
        } else {
            note.event
        };
        let revision = checked.revision(by, event, note.said_of(event));
        let known = target.known.filter(|it| it.header.id == header.id);
        let before = known.filter(|it| it.header.rev == header.rev);
        let drafts = (before.map(|it| &it.draft), &checked.draft);
        let number = store::replace(conn, header.id, seen, drafts, None, &revision)
            .await?
            .ok_or(SaveError::Stale {
                latest: header.revision,
            })?;
        if let Some(action) = shown {
            audit_report(conn, by.now, by.actor, (action, header.id)).await?;
        }
        after_replacing(conn, by, &header, (&note, grown)).await?;
        keep_dismissed(conn, key, note.dismissed.unwrap_or_default()).await?;
        Ok(Saved {
            key,
            revision: number,
            fresh: true,
        })
    })
    .await
}

/// The report, locked, if the actor may edit it; a report they may not see is not found.
async fn editable(
    conn: &mut Connection,
    by: &By<'_>,
    key: ReportKey,
) -> Result<store::Header, SaveError> {
    let header = store::header(conn, key, true)
        .await?
        .ok_or(SaveError::NotFound)?;
    if !may(by.actor, Action::ReadReport(&header.access), by.rules) {
        return Err(SaveError::NotFound);
    }
    if !may(by.actor, Action::EditReport(&header.access), by.rules) {
        return Err(SaveError::Forbidden);
    }
    Ok(header)
}
