//! What means the same to a search: read whole, changed one group at a time.

use crate::platform::db::prepared::prepared;
use crate::platform::db::{Connection, QueryResult};
use diesel::prelude::*;
use diesel::sql_types::{Array, Int8, Nullable, Text};
use diesel_async::RunQueryDsl;

/// Words and phrases that mean the same.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub(crate) struct Group {
    #[diesel(sql_type = Int8)]
    pub id: i64,
    #[diesel(sql_type = Array<Text>)]
    pub words: Vec<String>,
}

/// All groups, in the order of their first words.
pub(crate) async fn glossary_groups(conn: &mut Connection) -> QueryResult<Vec<Group>> {
    prepared("SELECT id, words FROM glossary_groups ORDER BY lower(words[1]), id")
        .get_results(conn)
        .await
}

/// One of them.
pub(crate) async fn glossary_group(conn: &mut Connection, id: i64) -> QueryResult<Option<Group>> {
    prepared("SELECT id, words FROM glossary_groups WHERE id = $1")
        .bind::<Int8, _>(id)
        .get_result(conn)
        .await
        .optional()
}

/// The version of the glossary, and its groups unless it is the one that is known.
pub(crate) async fn glossary_since(
    conn: &mut Connection,
    known: Option<i64>,
) -> QueryResult<(i64, Option<Vec<Vec<String>>>)> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Int8)]
        version: i64,
        #[diesel(sql_type = Nullable<Array<Text>>)]
        words: Option<Vec<String>>,
    }
    // One statement: the groups are of this version.
    let rows: Vec<Row> = prepared(
        "SELECT v.version, g.words FROM glossary_versions v
         LEFT JOIN glossary_groups g ON v.version IS DISTINCT FROM $1 ORDER BY g.id",
    )
    .bind::<Nullable<Int8>, _>(known)
    .get_results(conn)
    .await?;
    let version = rows.as_slice().first().map_or(0, |row| row.version);
    let groups = rows.into_iter().filter_map(|row| row.words).collect();
    Ok((version, (known != Some(version)).then_some(groups)))
}

/// Keeps others from changing the glossary until the transaction ends, so that its size can be looked at.
pub(crate) async fn lock_glossary(conn: &mut Connection) -> QueryResult<()> {
    diesel::sql_query("SELECT version FROM glossary_versions FOR UPDATE")
        .execute(conn)
        .await?;
    Ok(())
}

/// Stores a new group.
pub(crate) async fn insert_glossary_group(
    conn: &mut Connection,
    words: &[String],
) -> QueryResult<()> {
    diesel::sql_query("INSERT INTO glossary_groups (words) VALUES ($1)")
        .bind::<Array<Text>, _>(words)
        .execute(conn)
        .await?;
    Ok(())
}

/// Stores a group in place of what it was.
pub(crate) async fn replace_glossary_group(
    conn: &mut Connection,
    (id, words): (i64, &[String]),
) -> QueryResult<()> {
    diesel::sql_query("UPDATE glossary_groups SET words = $2, changed_at = now() WHERE id = $1")
        .bind::<Int8, _>(id)
        .bind::<Array<Text>, _>(words)
        .execute(conn)
        .await?;
    Ok(())
}

/// Takes a group away.
pub(crate) async fn drop_glossary_group(conn: &mut Connection, id: i64) -> QueryResult<()> {
    diesel::sql_query("DELETE FROM glossary_groups WHERE id = $1")
        .bind::<Int8, _>(id)
        .execute(conn)
        .await?;
    Ok(())
}
