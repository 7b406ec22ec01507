//! Names that reports carry, as far as somebody may see those reports.

use super::access::{VISIBLE, bind_visible};
use crate::accounts::Reach;
use crate::platform::db::Connection;
use crate::platform::db::prepared::prepared;
use diesel::prelude::*;
use diesel::sql_types::{Int8, Text};
use diesel_async::RunQueryDsl;

/// What is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NameKind {
    Service,
    Team,
    Tag,
    Factor,
}

impl NameKind {
    /// The word in addresses.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        match word {
            "services" => Some(Self::Service),
            "teams" => Some(Self::Team),
            "tags" => Some(Self::Tag),
            "factors" => Some(Self::Factor),
            _ => None,
        }
    }

    /// The table of names, the one that says which report has which, and the column of that.
    const fn tables(self) -> [&'static str; 3] {
        match self {
            Self::Service => ["services", "report_services", "service_id"],
            Self::Team => ["teams", "report_teams", "team_id"],
            Self::Tag => ["tags", "report_tags", "tag_id"],
            Self::Factor => ["factors", "report_factors", "factor_id"],
        }
    }
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Names with this in them on reports within reach; those that begin with it first.
pub(crate) async fn names(
    conn: &mut Connection,
    reach: &Reach,
    kind: NameKind,
    part: &str,
    most: i64,
) -> QueryResult<Vec<String>> {
    let [names, uses, column] = kind.tables();
    let query = prepared(format!(
        "SELECT n.name FROM {names} n
         WHERE position(lower($7) IN lower(n.name)) > 0
           AND EXISTS (SELECT 1 FROM {uses} u JOIN reports r ON r.id = u.report_id WHERE u.{column} = n.id AND {VISIBLE})
         ORDER BY NOT starts_with(lower(n.name), lower($7)), lower(n.name) LIMIT $8"
    ));
    let rows: Vec<Name> = bind_visible!(query, reach)
        .bind::<Text, _>(part)
        .bind::<Int8, _>(most)
        .get_results(conn)
        .await?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}
