//! Names that reports carry, as far as somebody may see those reports.

use super::access::{VISIBLE, bind_visible};
use crate::accounts::Reach;
use crate::platform::db::Connection;
use crate::platform::db::prepared::prepared;
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Int8, Text};
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

/// Names with this in them on reports within reach; those that begin with it first, of them those used most.
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
         ORDER BY NOT starts_with(lower(n.name), lower($7)),
           (SELECT count(*) FROM {uses} u JOIN reports r ON r.id = u.report_id WHERE u.{column} = n.id AND {VISIBLE}) DESC,
           lower(n.name) LIMIT $8"
    ));
    let rows: Vec<Name> = bind_visible!(query, reach)
        .bind::<Text, _>(part)
        .bind::<Int8, _>(most)
        .get_results(conn)
        .await?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

/// A name that somebody typed, and the one that means the same today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Renamed {
    pub kind: NameKind,
    pub typed: String,
    pub name: String,
}

/// Those of these teams and factors that are called otherwise by now. What only restricted reports name stays untold,
/// unless to somebody who sees everything: the answer would tell of them.
pub(crate) async fn renamed(
    conn: &mut Connection,
    (teams, factors): (&[String], &[String]),
    sees_everything: bool,
) -> QueryResult<Vec<Renamed>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Bool)]
        is_team: bool,
        #[diesel(sql_type = Text)]
        typed: String,
        #[diesel(sql_type = Text)]
        name: String,
    }
    let rows: Vec<Row> = prepared(
        "SELECT true AS is_team, w.typed, n.name
         FROM unnest($1) AS w (typed) JOIN team_former_names o ON o.name = lower(w.typed) JOIN teams n ON n.id = o.team_id
         WHERE NOT EXISTS (SELECT FROM teams t WHERE lower(t.name) = lower(w.typed))
           AND ($3 OR EXISTS (SELECT FROM team_members m WHERE m.team_id = n.id)
                OR EXISTS (SELECT FROM report_teams u JOIN reports r ON r.id = u.report_id
                           WHERE u.team_id = n.id AND r.visibility = 'open'))
         UNION ALL SELECT false, w.typed, n.name
         FROM unnest($2) AS w (typed) JOIN factor_former_names o ON o.name = lower(w.typed) JOIN factors n ON n.id = o.factor_id
         WHERE NOT EXISTS (SELECT FROM factors f WHERE lower(f.name) = lower(w.typed))
           AND ($3 OR EXISTS (SELECT FROM report_factors u JOIN reports r ON r.id = u.report_id
                              WHERE u.factor_id = n.id AND r.visibility = 'open'))",
    )
    .bind::<Array<Text>, _>(teams)
    .bind::<Array<Text>, _>(factors)
    .bind::<Bool, _>(sees_everything)
    .get_results(conn)
    .await?;
    let renamed = |row: Row| Renamed {
        kind: if row.is_team {
            NameKind::Team
        } else {
            NameKind::Factor
        },
        typed: row.typed,
        name: row.name,
    };
    Ok(rows.into_iter().map(renamed).collect())
}
