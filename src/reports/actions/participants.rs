//! Asking participants for their accounts, writing one, and merging it. Each function is one transaction.

use super::{By, Note, SaveError, Saved, Target, editable, revise};
use crate::accounts::{Action, Actor, Member, Wanted, audit_report, may, members};
use crate::platform::db::Connection;
use crate::platform::ids::{PersonId, ReportKey};
use crate::reports::model::{NoticeKind, Problem};
use crate::reports::participants;
use crate::reports::store::{self, Account, Header, Notice};
use diesel_async::AsyncConnection;

const MERGED: &str = "The account is part of the report already; it cannot change any more.";
const WITHDRAWN: &str =
    "You are no longer asked for this account. What you wrote is still here for you to copy.";

fn wrong(field: &str, message: impl Into<String>) -> SaveError {
    SaveError::Invalid(vec![Problem::of(field, message)])
}

/// The report, if the actor may gather accounts of it; one they may not see is not found.
pub(crate) async fn gathering(
    conn: &mut Connection,
    by: &By<'_>,
    key: ReportKey,
) -> Result<Header, SaveError> {
    gathered(conn, by, (key, false)).await
}

/// The same; whoever changes an account locks the report first, as merging does, so that no two wait for each other.
async fn gathered(
    conn: &mut Connection,
    by: &By<'_>,
    (key, lock): (ReportKey, bool),
) -> Result<Header, SaveError> {
    let header = store::header(conn, key, lock)
        .await?
        .ok_or(SaveError::NotFound)?;
    if !may(by.actor, Action::ReadReport(&header.access), by.rules) {
        return Err(SaveError::NotFound);
    }
    if !may(by.actor, Action::GatherAccounts(&header.access), by.rules) {
        return Err(SaveError::Forbidden);
    }
    Ok(header)
}

/// Tells of an account, in the words of its kind.
async fn tell(
    conn: &mut Connection,
    by: &By<'_>,
    (header, kind, link): (&Header, NoticeKind, &str),
    people: &[PersonId],
) -> Result<(), SaveError> {
    let notice = Notice {
        kind,
        report: header.id,
        link,
        actor: by.actor.person_id(),
        actor_name: by.actor.name(),
        at: by.now,
    };
    Ok(store::notify(conn, &notice, people).await?)
}

/// Asks the person of this name or address for their account.
pub(crate) async fn ask_account(
    conn: &mut Connection,
    by: &By<'_>,
    key: ReportKey,
    who: &str,
) -> Result<(), SaveError> {
    conn.transaction(async |conn| {
        let header = gathered(conn, by, (key, true)).await?;
        let asked = one_called(conn, by, &header, who.trim()).await?;
        if store::count_accounts(conn, header.id).await? >= participants::MOST {
            return Err(wrong("who", "As many people as fit are asked already."));
        }
        let now = (by.actor.person_id(), by.actor.name(), by.now);
        if !store::ask_account(conn, header.id, asked.id, now).await? {
            let message = format!("{} is asked already.", asked.name);
            return Err(wrong("who", message));
        }
        let link = format!("/reports/{key}/accounts/mine");
        let told = (&header, NoticeKind::AccountAsked, link.as_str());
        tell(conn, by, told, &[asked.id]).await?;
        Ok(audit_report(conn, by.now, by.actor, ("ask_account", header.id)).await?)
    })
    .await
}

/// The one person who is called so, and who may be asked.
async fn one_called(
    conn: &mut Connection,
    by: &By<'_>,
    header: &Header,
    who: &str,
) -> Result<Member, SaveError> {
    if who.is_empty() {
        return Err(wrong("who", "Enter a name or an e-mail address."));
    }
    let mut found = members(conn, Wanted::Called(who)).await?;
    let (Some(person), None) = (found.pop(), found.pop()) else {
        let message = "Nobody here, or more than one person, is called that: enter the e-mail address of an account.";
        return Err(wrong("who", message));
    };
    let give = Action::GiveAccount {
        access: &header.access,
        asked: true,
    };
    if !may(&Actor::Person(person.clone()), give, by.rules) {
        let message = "This report is restricted: only people who are named on it can be asked. Name them on it first.";
        return Err(wrong("who", message));
    }
    Ok(person)
}

/// No longer asks for an account. What was written stays its writer's.
pub(crate) async fn withdraw_account(
    conn: &mut Connection,
    by: &By<'_>,
    key: ReportKey,
    id: i64,
) -> Result<(), SaveError> {
    conn.transaction(async |conn| {
        let header = gathered(conn, by, (key, true)).await?;
        let Some(account) = store::asked_account(conn, header.id, id).await? else {
            return Ok(());
        };
        if account.merged_at.is_some() {
            return Err(SaveError::WrongStatus(
                "This account is part of the report already.",
            ));
        }
        store::withdraw_account(conn, id, by.now).await?;
        Ok(audit_report(conn, by.now, by.actor, ("withdraw_account", header.id)).await?)
    })
    .await
}

/// A person's own account, and the report it is about. Whoever was never asked, or may not know of the report, finds none.
pub(crate) async fn own_account(
    conn: &mut Connection,
    by: &By<'_>,
    key: ReportKey,
) -> Result<(Header, Account), SaveError> {
    own(conn, by, (key, false)).await
}

async fn own(
    conn: &mut Connection,
    by: &By<'_>,
    (key, lock): (ReportKey, bool),
) -> Result<(Header, Account), SaveError> {
    let header = store::header(conn, key, lock)
        .await?
        .ok_or(SaveError::NotFound)?;
    let person = by.actor.person_id().ok_or(SaveError::NotFound)?;
    let account = store::own_account(conn, header.id, person).await?;
    let give = Action::GiveAccount {
        access: &header.access,
        asked: account.is_some(),
    };
    match account {
        Some(account) if may(by.actor, give, by.rules) => Ok((header, account)),
        Some(_) | None => Err(SaveError::NotFound),
    }
}

/// What its writer does with an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Keeps it for themselves.
    Keep,
    /// Hands it over to the owners.
    Give,
    /// Takes it back.
    TakeBack,
}

/// What was typed, over which save.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Typed<'a> {
    pub role: &'a str,
    pub text: &'a str,
    pub seen: i32,
}

/// Keeps, hands over or takes back one's own account. What stands in the form is kept in any case; only an empty form takes
/// back what is stored as it is.
pub(crate) async fn write_account(
    conn: &mut Connection,
    by: &By<'_>,
    key: ReportKey,
    (step, typed): (Step, Typed<'_>),
) -> Result<(), SaveError> {
    conn.transaction(async |conn| {
        let (header, account) = own(conn, by, (key, true)).await?;
        if account.merged_at.is_some() {
            return Err(SaveError::WrongStatus(MERGED));
        }
        if account.withdrawn_at.is_some() {
            return Err(SaveError::WrongStatus(WITHDRAWN));
        }
        let given = step == Step::Give;
        let (role, text) =
            participants::checked(typed.role, typed.text, given).map_err(SaveError::Invalid)?;
        if typed.seen != account.revision {
            return Err(SaveError::Stale {
                latest: account.revision,
            });
        }
        if step == Step::TakeBack && role.is_empty() && text.is_empty() {
            store::take_back_account(conn, account.id).await?;
        } else {
            store::keep_account(conn, account.id, (&role, &text), (given, by.now)).await?;
        }
        let action = match step {
            Step::Keep => return Ok(()),
            Step::TakeBack => "take_back_account",
            Step::Give => "give_account",
        };
        if given && account.given_at.is_none() {
            let link = format!("/reports/{key}/accounts#account-{}", account.id);
            let mut owners = header.access.authors.clone();
            owners.extend(account.asked_by);
            let told = (&header, NoticeKind::AccountGiven, link.as_str());
            tell(conn, by, told, &owners).await?;
        }
        Ok(audit_report(conn, by.now, by.actor, (action, header.id)).await?)
    })
    .await
}

/// Puts an account, as it was read, into the report: at its end, or into the section of this heading. Twice is once. What
/// is not for everybody in it is pointed out before others read it, unless it is `dismissed`.
pub(crate) async fn merge_account(
    conn: &mut Connection,
    by: &By<'_>,
    (key, dismissed): (ReportKey, &str),
    (id, seen, into): (i64, i32, Option<&str>),
) -> Result<Saved, SaveError> {
    conn.transaction(async |conn| {
        let header = editable(conn, by, key).await?;
        if !may(by.actor, Action::GatherAccounts(&header.access), by.rules) {
            return Err(SaveError::Forbidden);
        }
        let account = store::asked_account(conn, header.id, id).await?;
        let account = account.filter(|it| it.given_at.is_some());
        let Some(account) = account else {
            return Err(SaveError::WrongStatus(
                "The account was taken back, or is no longer asked for.",
            ));
        };
        if account.merged_at.is_some() {
            return Ok(Saved {
                key,
                revision: account.merged_revision.unwrap_or(header.revision),
                fresh: false,
            });
        }
        if account.revision != seen {
            return Err(wrong(
                "into",
                "Its writer has changed this account since you opened the page. Read it again, then merge it.",
            ));
        }
        // The lock on the report is held: this is its latest text, whatever was saved since the page was opened.
        let stored = store::load(conn, key).await?.ok_or(SaveError::NotFound)?;
        let words = (account.role.as_str(), account.text.as_str());
        let draft = participants::merged(&stored.draft, words, into)
            .map_err(|problem| SaveError::Invalid(vec![problem]))?;
        let target = Target {
            key,
            seen: stored.header.revision,
            once: None,
            known: None,
            says_visibility: false,
        };
        let text = format!("Added an account: {}", participants::heading(&account.role));
        let note = Note {
            text: &text,
            publish: false,
            event: "merged",
            dismissed: Some(dismissed),
            ..Note::default()
        };
        let saved = revise(conn, by, target, &draft, note).await?;
        store::mark_account_merged(conn, id, saved.revision, by.now).await?;
        let link = format!("/reports/{key}/accounts/mine");
        let told = (&header, NoticeKind::AccountMerged, link.as_str());
        tell(conn, by, told, &[account.person]).await?;
        audit_report(conn, by.now, by.actor, ("merge_account", header.id)).await?;
        Ok(saved)
    })
    .await
}
