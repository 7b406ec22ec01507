//! What a program does beside the text of a report, once however often it asks: the same actions as behind the pages,
//! in one transaction with the key of the request.

use super::{
    AccessChange, By, LinkWanted, Once, Said, SaveError, add_link, attach, change_access, comment,
};
use crate::accounts::{Action, may};
use crate::platform::db::Connection;
use crate::platform::ids::{ReportId, ReportKey};
use crate::platform::secret::sha256_of;
use crate::reports::attachments::Attachment;
use crate::reports::model::Problem;
use crate::reports::store::{self, Claim, Viewer};
use diesel_async::AsyncConnection;
use uuid::Uuid;

/// Something that is made beside a report, and is known again by what it is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Making<'a> {
    /// A link to another report.
    Link(LinkWanted<'a>),
    /// A file on it, and whether its bytes are in an object.
    File(&'a Attachment, bool),
    /// A name on it; or why it cannot be told whose.
    Named(Result<Viewer, &'a Problem>),
}

/// Makes it, unless this very request has made it before.
pub(crate) async fn make_once(
    conn: &mut Connection,
    by: &By<'_>,
    key: ReportKey,
    making: Making<'_>,
    once: Option<&Once>,
) -> Result<(), SaveError> {
    conn.transaction(async |conn| {
        // A claim holds on to the row of the report. A save with another title waits for that, with its lock on the
        // report: whoever will want that lock takes it before the claim.
        let locks = !matches!(making, Making::Link(_));
        let report = readable(conn, by, (key, locks)).await?;
        if !is_first(conn, once, report).await? {
            return Ok(());
        }
        match making {
            Making::Link(wanted) => add_link(conn, by, wanted).await,
            Making::File(file, is_in_object) => {
                attach(conn, by, key, (file, is_in_object)).await.map(drop)
            }
            Making::Named(Ok(viewer)) => {
                let change = AccessChange::Add(viewer);
                change_access(conn, by, key, change).await.map(drop)
            }
            Making::Named(Err(problem)) => Err(SaveError::Invalid(vec![problem.clone()])),
        }
    })
    .await
}

/// Stores a comment, or says why it cannot be; answers its number, also when this very request has made it before.
pub(crate) async fn comment_once(
    conn: &mut Connection,
    by: &By<'_>,
    key: ReportKey,
    said: Result<Said<'_>, Problem>,
    once: Option<&Once>,
) -> Result<i64, SaveError> {
    let wrong = |problem| SaveError::Invalid(vec![problem]);
    let Some(once) = once else {
        return comment(conn, by, key, said.map_err(wrong)?).await;
    };
    let name = once.name();
    conn.transaction(async |conn| {
        let report = readable(conn, by, (key, false)).await?;
        if !is_first(conn, Some(once), report).await? {
            let made = store::comment_of_request(conn, report, name).await?;
            return made.ok_or(SaveError::KeyReused);
        }
        let said = Said {
            once: Some(name),
            ..said.map_err(wrong)?
        };
        comment(conn, by, key, said).await
    })
    .await
}

impl Once {
    /// The request as the one name that a comment keeps of it, for longer than the key is remembered: another request
    /// with the same key, later, is another one.
    fn name(&self) -> Uuid {
        let (owner, key) = (self.owner.as_bytes(), self.key.as_bytes());
        let hash = sha256_of(&[owner, b"\n", key, b"\n", &self.request_sha256]);
        let mut name = [0; 16];
        for (byte, of_hash) in name.iter_mut().zip(hash) {
            *byte = of_hash;
        }
        Uuid::from_bytes(name)
    }
}

/// The report, if the actor may know of it: whether a key was used on another is no way to find out.
async fn readable(
    conn: &mut Connection,
    by: &By<'_>,
    (key, lock): (ReportKey, bool),
) -> Result<ReportId, SaveError> {
    let header = store::header(conn, key, lock).await?;
    header
        .filter(|header| may(by.actor, Action::ReadReport(&header.access), by.rules))
        .map(|header| header.id)
        .ok_or(SaveError::NotFound)
}

/// Whether this request comes for the first time; a twin waits for the first one's end.
async fn is_first(
    conn: &mut Connection,
    once: Option<&Once>,
    report: ReportId,
) -> Result<bool, SaveError> {
    let Some(once) = once else { return Ok(true) };
    match store::claim_key(conn, (&once.owner, &once.key), once.request_sha256, report).await? {
        Claim::First => Ok(true),
        Claim::Again => Ok(false),
        Claim::Other => Err(SaveError::KeyReused),
    }
}
