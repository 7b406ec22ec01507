//! What administrators do with the catalogue of contributing factors. Each function is one transaction.
//!
//! Every report that names a changed factor is saved properly, with a revision that says why, so that its document,
//! its rows and what search finds agree afterwards.

use super::{By, Note, SaveError, Target, revise};
use crate::accounts::{Action, audit_site, may};
use crate::platform::db::Connection;
use crate::platform::ids::ReportKey;
use crate::platform::secret::{sha256, to_hex};
use crate::reports::model::{MAX_NAME_CHARS, Problem};
use crate::reports::store::{self, Factor};
use diesel_async::AsyncConnection;
use serde_json::json;

/// The longest description, in characters.
const MAX_DESCRIPTION_CHARS: usize = 2_000;
/// More reports than this are not saved in one go.
const MOST_REPORTS: usize = 1_000;

fn allowed(by: &By<'_>) -> Result<(), SaveError> {
    if may(by.actor, Action::EditFactors, by.rules) {
        Ok(())
    } else {
        Err(SaveError::Forbidden)
    }
}

fn invalid(field: &str, message: impl Into<String>) -> SaveError {
    SaveError::Invalid(vec![Problem::of(field, message)])
}

fn sound(factor: &Factor) -> Result<(), SaveError> {
    let length = |text: &str| text.chars().count();
    if factor.name.is_empty() || length(&factor.name) > MAX_NAME_CHARS {
        return Err(invalid("name", "A name has 1 to 200 characters."));
    }
    if factor.name.contains(char::is_control) {
        return Err(invalid("name", "A name is one line."));
    }
    if length(&factor.category) > MAX_NAME_CHARS {
        return Err(invalid(
            "category",
            "A category has at most 200 characters.",
        ));
    }
    if length(&factor.description) > MAX_DESCRIPTION_CHARS {
        return Err(invalid(
            "description",
            "A description has at most 2,000 characters.",
        ));
    }
    Ok(())
}

/// What somebody saw who changes a factor, in so few letters that a form can say it.
pub(crate) fn seen(factor: &Factor) -> String {
    let parts = [&factor.name, &factor.category, &factor.description];
    to_hex(&sha256(parts.map(String::as_str).join("\0")))
}

/// Calls a factor otherwise, or says what it means; the reports that name it follow. With `seen`, only if it is what it
/// was then.
pub(crate) async fn edit_factor(
    conn: &mut Connection,
    by: &By<'_>,
    factor: &Factor,
    started_from: Option<&str>,
) -> Result<usize, SaveError> {
    allowed(by)?;
    sound(factor)?;
    conn.transaction(async |conn| {
        let known = store::factor(conn, factor.id).await?;
        let known = known.ok_or(SaveError::NotFound)?;
        let (before, keys) = if known.name == factor.name {
            // No report changes by what a factor means.
            store::lock_factors(conn, &[factor.id]).await?;
            let before = store::factor(conn, factor.id).await?;
            (before.ok_or(SaveError::NotFound)?, Vec::new())
        } else {
            locked(conn, factor.id, None).await?
        };
        if started_from.is_some_and(|it| it != seen(&before)) || before.name != known.name {
            return Err(changed(&before));
        }
        store::describe_factor(conn, factor).await?;
        let mut count = 0;
        if before.name != factor.name {
            store::keep_former_factor_name(conn, &before.name, factor.id).await?;
            let names = (before.name.as_str(), factor.name.as_str());
            count = rename(conn, by, &keys, names, "renamed to").await?;
        }
        let details = json!({ "factor": factor.name, "was": before.name, "reports": count });
        audit_site(conn, by.now, by.actor, ("edit_factor", details)).await?;
        Ok(count)
    })
    .await
    .map_err(SaveError::beside_its_field)
}

fn changed(now: &Factor) -> SaveError {
    let said = |what: &str, text: &str| match text {
        "" => format!("no {what}"),
        text => format!("the {what} “{text}”"),
    };
    let message = format!(
        "Somebody changed this factor meanwhile. It is now called “{}”, with {} and {}. Save again to have it as you typed it.",
        now.name,
        said("category", &now.category),
        said("meaning", &now.description),
    );
    invalid("", message)
}

/// Makes one factor of two that mean the same: the reports that name the first name the second from now on.
pub(crate) async fn merge_factors(
    conn: &mut Connection,
    by: &By<'_>,
    (from, into): (i64, &str),
) -> Result<usize, SaveError> {
    allowed(by)?;
    conn.transaction(async |conn| {
        let target = store::factor_named(conn, into).await?;
        let target = target.ok_or_else(no_such)?;
        if target.id == from {
            return Err(invalid("into", "This is the same factor."));
        }
        let (before, keys) = locked(conn, from, Some(target.id)).await?;
        // Until the lock was there, somebody may have merged the other one, or renamed it.
        let target = store::factor(conn, target.id).await?;
        let target = target
            .filter(|it| it.name.to_lowercase() == into.to_lowercase())
            .ok_or_else(no_such)?;
        let names = (before.name.as_str(), target.name.as_str());
        let count = rename(conn, by, &keys, names, "merged into").await?;
        store::keep_former_factor_name(conn, &before.name, target.id).await?;
        store::move_former_factor_names(conn, (from, target.id)).await?;
        store::drop_factor(conn, from).await?;
        let details = json!({ "factor": before.name, "into": target.name, "reports": count });
        audit_site(conn, by.now, by.actor, ("merge_factors", details)).await?;
        Ok(count)
    })
    .await
}

fn no_such() -> SaveError {
    invalid(
        "into",
        "There is no factor of this name: choose one of the list.",
    )
}

/// A factor and the reports that name it, which nobody else changes until the transaction ends; nor the one it is merged
/// into.
async fn locked(
    conn: &mut Connection,
    id: i64,
    into: Option<i64>,
) -> Result<(Factor, Vec<ReportKey>), SaveError> {
    let most = i64::try_from(MOST_REPORTS).unwrap_or(i64::MAX);
    let first = store::lock_reports_of_factor(conn, id, most.saturating_add(1)).await?;
    if first.len() > MOST_REPORTS {
        return Err(SaveError::WrongStatus(
            "More than 1,000 reports name this factor: that many are not changed in one go.",
        ));
    }
    let both: Vec<i64> = [id].into_iter().chain(into).collect();
    store::lock_factors(conn, &both).await?;
    let factor = store::factor(conn, id).await?;
    let factor = factor.ok_or(SaveError::NotFound)?;
    let keys = store::reports_of_factor(conn, id).await?;
    // A report that came to name it meanwhile is not locked, and waiting for it now could be waiting in a circle.
    if keys.iter().any(|key| !first.contains(key)) {
        return Err(SaveError::Stale { latest: 0 });
    }
    Ok((factor, keys))
}

/// Saves each of these reports with the other name.
async fn rename(
    conn: &mut Connection,
    by: &By<'_>,
    keys: &[ReportKey],
    (from, into): (&str, &str),
    what: &str,
) -> Result<usize, SaveError> {
    let is_it = |name: &str| name.to_lowercase() == from.to_lowercase();
    let text = format!("Contributing factor “{from}” {what} “{into}”");
    for key in keys {
        let stored = store::load(conn, *key).await?;
        let stored = stored.ok_or(SaveError::NotFound)?;
        let mut draft = stored.draft;
        let factors = draft.factors.iter_mut().map(|factor| &mut factor.name);
        let aims = draft.countermeasures.iter_mut().map(|it| &mut it.factor);
        for name in factors.chain(aims).filter(|name| is_it(name)) {
            into.clone_into(name);
        }
        let target = Target {
            key: *key,
            seen: stored.header.revision,
            once: None,
            known: None,
            says_visibility: false,
        };
        let note = Note {
            text: &text,
            event: "renamed",
            ..Note::default()
        };
        Box::pin(revise(conn, by, target, &draft, note)).await?;
    }
    Ok(keys.len())
}
