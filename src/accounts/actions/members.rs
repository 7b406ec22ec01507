//! Finding people by what is known of their name: for mentions, completion and invitations.

use crate::accounts::model::{Actor, Member};
use crate::accounts::policy::{Access, Action, Rules, may};
use crate::accounts::store;
use crate::platform::db::Connection;

/// What is known of those who are looked for.
#[derive(Clone, Copy, Debug)]
pub enum Wanted<'a> {
    /// Their name has this in it.
    Like(&'a str),
    /// One of these texts begins with their name.
    AtTheStartOf(&'a [String]),
    /// This is their name or address, whatever its case.
    Called(&'a str),
}

/// People with a working account, by name; at most fifty.
pub async fn members(
    conn: &mut Connection,
    wanted: Wanted<'_>,
) -> Result<Vec<Member>, diesel::result::Error> {
    store::members(conn, wanted, None).await
}

/// Those of them who may read the report; at most fifty.
pub async fn readers_among(
    conn: &mut Connection,
    wanted: Wanted<'_>,
    access: &Access,
    rules: Rules,
) -> Result<Vec<Member>, diesel::result::Error> {
    let mut found = store::members(conn, wanted, Some(access)).await?;
    found.retain(|member| {
        let actor = Actor::Person(member.clone());
        may(&actor, Action::ReadReport(access), rules)
    });
    Ok(found)
}
