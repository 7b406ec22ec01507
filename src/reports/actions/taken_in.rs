//! What is sent, as it is taken in: without a key that is for imports, and with the names that teams and factors have today.
//!
//! An open form, a file that is imported again, or a program may know a former name: without this, it would make anew what
//! an administrator renamed or merged.

use super::{By, SaveError};
use crate::accounts::{Action, may, reach};
use crate::platform::db::Connection;
use crate::reports::model::Draft;
use crate::reports::store::{self, NameKind};

/// The draft without the key under which imports would find it, unless it comes from somebody who may import: a key that is
/// refused because it is taken would tell of a restricted report, and one taken in advance would be in the way.
pub(super) fn without_import_key(by: &By<'_>, draft: &Draft) -> Draft {
    let mut draft = draft.clone();
    if !may(by.actor, Action::ImportReports, by.rules) {
        draft.import_key = None;
    }
    draft
}

/// The draft with each team and factor under its present name.
pub(super) async fn under_todays_names(
    conn: &mut Connection,
    by: &By<'_>,
    draft: &Draft,
) -> Result<Draft, SaveError> {
    let mut draft = draft.clone();
    let factors = draft.factors.iter().map(|it| &it.name);
    let aims = draft.countermeasures.iter().map(|it| &it.factor);
    let factors = typed(&factors.chain(aims).collect::<Vec<_>>());
    let teams = typed(&draft.teams.iter().collect::<Vec<_>>());
    if factors.is_empty() && teams.is_empty() {
        return Ok(draft);
    }
    let sees_everything = reach(by.actor, by.rules).restricted;
    for renamed in store::renamed(conn, (&teams, &factors), sees_everything).await? {
        let names: Vec<&mut String> = match renamed.kind {
            NameKind::Team => draft.teams.iter_mut().collect(),
            NameKind::Factor | NameKind::Service | NameKind::Tag => {
                let factors = draft.factors.iter_mut().map(|it| &mut it.name);
                let aims = draft.countermeasures.iter_mut().map(|it| &mut it.factor);
                factors.chain(aims).collect()
            }
        };
        for name in names.into_iter().filter(|it| it.trim() == renamed.typed) {
            name.clone_from(&renamed.name);
        }
    }
    Ok(draft)
}

/// Nothing is called by a name with NUL in it, which the database would not even read.
fn typed(names: &[&String]) -> Vec<String> {
    let names = names.iter().map(|name| name.trim());
    names
        .filter(|name| !name.is_empty() && !name.contains('\0'))
        .map(str::to_owned)
        .collect()
}
