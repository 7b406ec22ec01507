//! The stored report behind an edit page, and behind everything that page asks for.

use super::read::not_found;
use crate::accounts::{Action, SignedIn, may, refusal, rules};
use crate::platform::app::App;
use crate::platform::db::Connection;
use crate::platform::http::Error;
use crate::platform::ids::ReportKey;
use crate::platform::memory::Version;
use crate::reports::model::Draft;
use crate::reports::store::{self, Stored};
use std::sync::Arc;

/// A stored report that may be changed, and who is named on it.
pub(super) struct Opened {
    pub(super) stored: Stored,
    pub(super) named: Vec<String>,
}

/// The report, if this person may change it.
pub(super) async fn editable(
    app: &App,
    person: &SignedIn,
    key: ReportKey,
) -> Result<Opened, Error> {
    let mut conn = app.db.get().await?;
    let rules = rules(&app.settings);
    let stored = whole(app, &mut conn, key)
        .await?
        .filter(|it| may(&person.0, Action::ReadReport(&it.header.access), rules))
        .ok_or_else(|| not_found(key))?;
    let action = Action::EditReport(&stored.header.access);
    if !may(&person.0, action, rules) {
        return Err(refusal(&person.0, action));
    }
    let named = store::named(&mut conn, stored.header.id).await?;
    Ok(Opened { stored, named })
}

/// What a report said at one version.
struct Known(Version, Draft);

/// The report, its content from memory if it is of the version stored now: whoever writes asks for the same one again and
/// again, for each preview and each save.
pub(super) async fn whole(
    app: &App,
    conn: &mut Connection,
    key: ReportKey,
) -> Result<Option<Stored>, Error> {
    let known = app.memory.latest::<Known>(key.0);
    let said = known.as_deref().map(|it| (it.0, &it.1));
    let Some((stored, read)) = store::load_again(conn, key, said).await? else {
        return Ok(None);
    };
    if let Some(bytes) = read {
        let version = stored.header.version;
        let known = Arc::new(Known(version, stored.draft.clone()));
        app.memory.keep(key.0, version, bytes, known);
    }
    Ok(Some(stored))
}
