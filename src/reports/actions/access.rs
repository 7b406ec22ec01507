//! Who may read a report: restricting and opening it, naming people and teams. Each change stands in the audit log.

use super::{By, Note, Once, SaveError, Saved, checked, create};
use crate::accounts::{Access, Action, audit_report, audit_report_change, may};
use crate::platform::db::Connection;
use crate::platform::ids::{PersonId, ReportId, ReportKey};
use crate::reports::model::{Draft, Problem, Visibility};
use crate::reports::store::{self, Viewer};
use diesel_async::AsyncConnection;
use serde_json::json;

/// So many people and teams can be named on one report.
pub(crate) const MOST_VIEWERS: usize = 200;

/// A change of who may read a report. Asking for what is so already changes nothing: old forms do no harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AccessChange {
    /// Names somebody.
    Add(Viewer),
    /// Takes a name off.
    Remove(Viewer),
    /// Makes somebody an author: of a restricted report, they alone change it, beside administrators.
    AddAuthor(PersonId),
    /// Makes an author none.
    RemoveAuthor(PersonId),
    /// Only for those named on it, or for everyone again.
    Show(Visibility),
}

/// Changes who may read a report; false when it was so already. Authors and administrators always may.
pub(crate) async fn change_access(
    conn: &mut Connection,
    by: &By<'_>,
    key: ReportKey,
    change: AccessChange,
) -> Result<bool, SaveError> {
    conn.transaction(async |conn| {
        let header = store::header(conn, key, true)
            .await?
            .filter(|it| may(by.actor, Action::ReadReport(&it.access), by.rules))
            .ok_or(SaveError::NotFound)?;
        chooses(by, &header)?;
        match change {
            AccessChange::Add(viewer) => {
                let access = &header.access;
                let is_full = access.viewers.len() + access.viewer_teams.len() >= MOST_VIEWERS;
                if is_full && !is_named(access, viewer) {
                    return Err(too_many(field_of(viewer)));
                }
                add(conn, by, header.id, viewer).await
            }
            AccessChange::Remove(viewer) => {
                let removed = store::remove_viewer(conn, header.id, viewer).await?;
                if removed {
                    write_down(conn, by, ("remove_viewer", header.id), viewer).await?;
                }
                Ok(removed)
            }
            AccessChange::AddAuthor(person) => add_author(conn, by, &header, person).await,
            AccessChange::RemoveAuthor(person) => remove_author(conn, by, &header, person).await,
            AccessChange::Show(visibility) => show(conn, by, &header, visibility).await,
        }
    })
    .await
}

fn is_named(access: &Access, viewer: Viewer) -> bool {
    match viewer {
        Viewer::Person(person) => access.viewers.contains(&person),
        Viewer::Team(team) => access.viewer_teams.contains(&team),
    }
}

/// Whether the actor chooses who may read the report. Who may change it does not always: it is said who does.
fn chooses(by: &By<'_>, header: &store::Header) -> Result<(), SaveError> {
    let action = Action::SetVisibility(&header.access);
    if may(by.actor, action, by.rules) {
        return Ok(());
    }
    Err(SaveError::refused(by.actor, action))
}

/// The field of a form in which such a name is typed.
const fn field_of(viewer: Viewer) -> &'static str {
    match viewer {
        Viewer::Person(_) => "person",
        Viewer::Team(_) => "team",
    }
}

fn too_many(field: &str) -> SaveError {
    let message = format!(
        "At most {MOST_VIEWERS} people and teams can be named on a report: name a team instead of its people."
    );
    SaveError::Invalid(vec![Problem::of(field, message)])
}

async fn add(
    conn: &mut Connection,
    by: &By<'_>,
    report: ReportId,
    viewer: Viewer,
) -> Result<bool, SaveError> {
    let added = store::add_viewer(conn, report, viewer).await?;
    if added {
        write_down(conn, by, ("add_viewer", report), viewer).await?;
    }
    Ok(added)
}

async fn add_author(
    conn: &mut Connection,
    by: &By<'_>,
    header: &store::Header,
    person: PersonId,
) -> Result<bool, SaveError> {
    let authors = &header.access.authors;
    if authors.len() >= MOST_VIEWERS && !authors.contains(&person) {
        return Err(too_many("person"));
    }
    let added = store::add_author(conn, header.id, person).await?;
    if added {
        write_down(conn, by, ("add_author", header.id), Viewer::Person(person)).await?;
    }
    Ok(added)
}

/// A report without an author would be out of the hands of those who write.
async fn remove_author(
    conn: &mut Connection,
    by: &By<'_>,
    header: &store::Header,
    person: PersonId,
) -> Result<bool, SaveError> {
    if !header.access.authors.contains(&person) {
        return Ok(false);
    }
    if !store::remove_author(conn, header.id, person).await? {
        let message = "Name another author first: a report keeps at least one who can write.";
        return Err(SaveError::Invalid(vec![Problem::of("", message)]));
    }
    write_down(
        conn,
        by,
        ("remove_author", header.id),
        Viewer::Person(person),
    )
    .await?;
    Ok(true)
}

async fn write_down(
    conn: &mut Connection,
    by: &By<'_>,
    (action, report): (&'static str, ReportId),
    viewer: Viewer,
) -> Result<(), SaveError> {
    let details = match viewer {
        Viewer::Person(person) => json!({ "about_person": person.0 }),
        Viewer::Team(team) => json!({ "team": team.0 }),
    };
    Ok(audit_report_change(conn, by.now, by.actor, (action, report, details)).await?)
}

/// Restricts the report or opens it, as a save of its own: the history says who did it, and forms that were open
/// meanwhile find out.
async fn show(
    conn: &mut Connection,
    by: &By<'_>,
    header: &store::Header,
    visibility: Visibility,
) -> Result<bool, SaveError> {
    let Some(action) = visibility_change(by, header, visibility)? else {
        return Ok(false);
    };
    let stored = store::load(conn, header.key).await?;
    let draft = stored.ok_or(SaveError::NotFound)?.draft;
    let checked = checked(&Draft {
        visibility,
        ..draft
    })?;
    let note = match visibility {
        Visibility::Open => "Opened to everyone in the organisation",
        Visibility::Restricted => "Restricted to those named on it",
    };
    let revision = checked.revision(by, "saved", note);
    store::replace(
        conn,
        header.id,
        header.revision,
        (None, &checked.draft),
        None,
        &revision,
    )
    .await?
    .ok_or(SaveError::Stale {
        latest: header.revision,
    })?;
    audit_report(conn, by.now, by.actor, (action, header.id)).await?;
    Ok(true)
}

/// What to call it in the audit log that a save restricts or opens the report; none when it stays as it is.
pub(super) fn visibility_change(
    by: &By<'_>,
    header: &store::Header,
    visibility: Visibility,
) -> Result<Option<&'static str>, SaveError> {
    if visibility == header.visibility() {
        return Ok(None);
    }
    chooses(by, header)?;
    Ok(Some(match visibility {
        Visibility::Open => "open_report",
        Visibility::Restricted => "restrict_report",
    }))
}

/// Stores a new report with people and teams named on it, in one step: nobody ever sees it without them.
pub(crate) async fn create_for(
    conn: &mut Connection,
    by: &By<'_>,
    (draft, viewers): (&Draft, &[Viewer]),
    note: Note<'_>,
    once: Option<&Once>,
) -> Result<Saved, SaveError> {
    if viewers.is_empty() {
        return create(conn, by, draft, note, once).await;
    }
    if viewers.len() > MOST_VIEWERS {
        return Err(too_many("viewers"));
    }
    conn.transaction(async |conn| {
        let saved = create(conn, by, draft, note, once).await?;
        if saved.fresh {
            let header = store::header(conn, saved.key, false).await?;
            let report = header.ok_or(SaveError::NotFound)?.id;
            for viewer in viewers {
                add(conn, by, report, *viewer).await?;
            }
        }
        Ok(saved)
    })
    .await
}
