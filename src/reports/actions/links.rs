//! Saying what one report is to another, and taking it back. Each function is one transaction: permission, rules, row,
//! audit log.

use super::secrets::point_out_words;
use super::{By, SaveError};
use crate::accounts::{Action, audit_report_change, may};
use crate::platform::db::Connection;
use crate::platform::ids::ReportKey;
use crate::reports::model::{LinkKind, Problem};
use crate::reports::store::{self, Header, NewLink};
use diesel_async::AsyncConnection;
use serde_json::json;

/// The longest reason, in characters.
const MOST_WHY_CHARS: usize = 500;
/// The most links that are said on one report.
const MOST_LINKS: i64 = 100;

/// A link as somebody wants it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LinkWanted<'a> {
    /// The report on which it is said.
    pub from: ReportKey,
    /// The report at the other end.
    pub to: ReportKey,
    /// What the first is to the second.
    pub kind: LinkKind,
    /// Why; may be empty.
    pub why: &'a str,
    /// What was pointed out in it and put aside, by the ids of the findings.
    pub dismissed: &'a str,
}

/// Says what a report is to another one. The other one must be one the actor may read; else it is as if it were not.
pub(crate) async fn add_link(
    conn: &mut Connection,
    by: &By<'_>,
    wanted: LinkWanted<'_>,
) -> Result<(), SaveError> {
    let why = wanted.why.trim();
    let invalid =
        |field: &str, message: String| Err(SaveError::Invalid(vec![Problem::of(field, message)]));
    conn.transaction(async |conn| {
        let from = editable(conn, by, wanted.from).await?;
        if wanted.from == wanted.to {
            return invalid("to", "A report is not linked to itself.".to_owned());
        }
        if why.chars().count() > MOST_WHY_CHARS {
            return invalid("why", format!("At most {MOST_WHY_CHARS} characters."));
        }
        let to = store::header(conn, wanted.to, false)
            .await?
            .filter(|to| may(by.actor, Action::ReadReport(&to.access), by.rules));
        let Some(to) = to else {
            return invalid("to", format!("There is no report {}.", wanted.to));
        };
        if let Some(said) = store::said(conn, (from.id, to.id), wanted.kind).await? {
            return said_already(&said, why);
        }
        if wanted.kind.is_mutual()
            && store::said(conn, (to.id, from.id), wanted.kind)
                .await?
                .is_some()
        {
            return invalid("to", format!("{} says this of both already.", wanted.to));
        }
        point_out_words(conn, from.id, (&[why], wanted.dismissed)).await?;
        if store::count_links(conn, from.id).await? >= MOST_LINKS {
            return invalid("to", format!("A report has at most {MOST_LINKS} links."));
        }
        let link = NewLink {
            from: from.id,
            to: to.id,
            kind: wanted.kind,
            why,
            person: by.actor.person_id(),
            token: by.actor.token_id().map(|token| token.0),
            at: by.now,
        };
        if !store::insert_link(conn, link).await? {
            // The other half of a double click was faster.
            let said = store::said(conn, (from.id, to.id), wanted.kind).await?;
            return said_already(&said.unwrap_or_default(), why);
        }
        let details = json!({ "kind": wanted.kind.word(), "to": to.key.to_string() });
        audit_report_change(conn, by.now, by.actor, ("add_link", from.id, details)).await?;
        Ok(())
    })
    .await
    .map_err(SaveError::beside_its_field)
}

/// The same link again, for the same reason, is done already; another reason must not be lost without a word.
fn said_already(said: &str, why: &str) -> Result<(), SaveError> {
    if said == why {
        return Ok(());
    }
    let message =
        "These reports are linked like this already, for another reason: remove that link first.";
    Err(SaveError::Invalid(vec![Problem::of("to", message)]))
}

/// The report, if the actor may edit it. Not locked: a link changes neither of its reports, and two people who link the
/// same two from both ends must not wait for each other.
async fn editable(conn: &mut Connection, by: &By<'_>, key: ReportKey) -> Result<Header, SaveError> {
    let header = store::header(conn, key, false)
        .await?
        .filter(|header| may(by.actor, Action::ReadReport(&header.access), by.rules))
        .ok_or(SaveError::NotFound)?;
    if may(by.actor, Action::EditReport(&header.access), by.rules) {
        Ok(header)
    } else {
        Err(SaveError::Forbidden)
    }
}

/// Takes back a link that is said on this report. Doing it twice is one effect; one that is said of it on another report
/// is taken back there.
pub(crate) async fn remove_link(
    conn: &mut Connection,
    by: &By<'_>,
    from: ReportKey,
    link: i64,
) -> Result<(), SaveError> {
    conn.transaction(async |conn| {
        let from = editable(conn, by, from).await?;
        let reach = crate::accounts::reach(by.actor, by.rules);
        // One that leads to what the actor may not see is none to them.
        let ends = store::links(conn, from.id, &reach).await?;
        let Some(end) = ends.iter().find(|end| end.id == link) else {
            return Ok(());
        };
        if !end.outgoing {
            return Err(SaveError::SaidElsewhere(end.key));
        }
        store::delete_link(conn, from.id, link).await?;
        let details = json!({ "kind": end.kind.word(), "to": end.key.to_string() });
        audit_report_change(conn, by.now, by.actor, ("remove_link", from.id, details)).await?;
        Ok(())
    })
    .await
}
