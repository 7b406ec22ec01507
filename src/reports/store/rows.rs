//! Saving: the rows that belong to a report. Each save writes those anew that changed. Callers hold the transaction.

use crate::platform::db::Connection;
use crate::platform::db::prepared::prepared;
use crate::platform::db::schema::{countermeasures, learnings, report_sections, timeline_events};
use crate::platform::ids::ReportId;
use crate::reports::model::{CheckResult, CountermeasureType, Draft, FactorUse, Phase};
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Int8, Text};
use diesel_async::RunQueryDsl;
use jiff_diesel::ToDiesel;

/// What the rows say, where that is known, and what they are to say.
#[derive(Clone, Copy, Debug)]
struct Change<'a> {
    before: Option<&'a Draft>,
    draft: &'a Draft,
}

impl Change<'_> {
    /// Whether the rows of this part stay as they are.
    fn spares<T: PartialEq>(self, part: fn(&Draft) -> &T) -> bool {
        self.before
            .is_some_and(|before| part(before) == part(self.draft))
    }
}

/// Writes the rows of a draft in place of those that are there: `before`, where the caller knows, so that what stays is
/// not written again.
pub(super) async fn replace_rows(
    conn: &mut Connection,
    id: ReportId,
    before: Option<&Draft>,
    draft: &Draft,
) -> QueryResult<()> {
    let change = Change { before, draft };
    // One statement for all eight tables: data-modifying WITH parts run whether read or not.
    prepared(
        "WITH a AS (DELETE FROM report_sections WHERE report_id = $1 AND NOT $2),
              b AS (DELETE FROM timeline_events WHERE report_id = $1 AND NOT $3),
              c AS (DELETE FROM report_factors WHERE report_id = $1 AND NOT $4),
              d AS (DELETE FROM learnings WHERE report_id = $1 AND NOT $5),
              e AS (DELETE FROM countermeasures WHERE report_id = $1 AND NOT $6),
              f AS (DELETE FROM report_services WHERE report_id = $1 AND NOT $7),
              g AS (DELETE FROM report_teams WHERE report_id = $1 AND NOT $8)
         DELETE FROM report_tags WHERE report_id = $1 AND NOT $9",
    )
    .bind::<Int8, _>(id.0)
    .bind::<Bool, _>(change.spares(|it| &it.sections))
    .bind::<Bool, _>(change.spares(|it| &it.timeline))
    .bind::<Bool, _>(change.spares(|it| &it.factors))
    .bind::<Bool, _>(change.spares(|it| &it.learnings))
    .bind::<Bool, _>(change.spares(|it| &it.countermeasures))
    .bind::<Bool, _>(change.spares(|it| &it.services))
    .bind::<Bool, _>(change.spares(|it| &it.teams))
    .bind::<Bool, _>(change.spares(|it| &it.tags))
    .execute(conn)
    .await?;
    insert_changed(conn, id, change).await
}

/// Writes the rows of a new report.
pub(super) async fn insert_rows(
    conn: &mut Connection,
    id: ReportId,
    draft: &Draft,
) -> QueryResult<()> {
    let change = Change {
        before: None,
        draft,
    };
    insert_changed(conn, id, change).await
}

async fn insert_changed(
    conn: &mut Connection,
    id: ReportId,
    change: Change<'_>,
) -> QueryResult<()> {
    let draft = change.draft;
    if !change.spares(|it| &it.sections) {
        insert_sections(conn, id, draft).await?;
    }
    if !change.spares(|it| &it.timeline) {
        insert_timeline(conn, id, draft).await?;
    }
    if !change.spares(|it| &it.factors) {
        insert_factors(conn, id, &draft.factors).await?;
    }
    if !change.spares(|it| &it.learnings) {
        insert_learnings(conn, id, draft).await?;
    }
    if !change.spares(|it| &it.countermeasures) {
        insert_countermeasures(conn, id, draft).await?;
    }
    for (stays, catalogue, names) in [
        (change.spares(|it| &it.services), SERVICES, &draft.services),
        (change.spares(|it| &it.teams), TEAMS, &draft.teams),
        (change.spares(|it| &it.tags), TAGS, &draft.tags),
    ] {
        if !stays {
            insert_names(conn, id, catalogue, names).await?;
        }
    }
    Ok(())
}

/// A position as the database keeps it. Rows are bounded by `MAX_ROWS`, so this never saturates.
fn position(index: usize) -> i32 {
    i32::try_from(index).unwrap_or(i32::MAX)
}

async fn insert_sections(conn: &mut Connection, id: ReportId, draft: &Draft) -> QueryResult<()> {
    use report_sections as t;
    let rows: Vec<_> = draft
        .sections
        .iter()
        .enumerate()
        .map(|(index, section)| {
            (
                t::report_id.eq(id.0),
                t::position.eq(position(index)),
                t::role.eq(section.role.word()),
                t::heading.eq(&section.heading),
                t::text.eq(&section.text),
            )
        })
        .collect();
    if !rows.is_empty() {
        diesel::insert_into(t::table)
            .values(rows)
            .execute(conn)
            .await?;
    }
    Ok(())
}

async fn insert_timeline(conn: &mut Connection, id: ReportId, draft: &Draft) -> QueryResult<()> {
    use timeline_events as t;
    let rows: Vec<_> = draft
        .timeline
        .iter()
        .enumerate()
        .map(|(index, event)| {
            (
                t::report_id.eq(id.0),
                t::position.eq(position(index)),
                t::at.eq(event.at.to_diesel()),
                t::at_text.eq(&event.at_text),
                t::known_at.eq(event.known_at.to_diesel()),
                t::phase.eq(event.phase.map(Phase::word)),
                t::text.eq(&event.text),
                t::role.eq(&event.role),
                t::evidence.eq(&event.evidence),
                t::starred.eq(event.starred),
                t::source.eq(event.source.word()),
            )
        })
        .collect();
    if !rows.is_empty() {
        diesel::insert_into(t::table)
            .values(rows)
            .execute(conn)
            .await?;
    }
    Ok(())
}

async fn insert_learnings(conn: &mut Connection, id: ReportId, draft: &Draft) -> QueryResult<()> {
    use learnings as t;
    let rows: Vec<_> = draft
        .learnings
        .iter()
        .enumerate()
        .map(|(index, learning)| {
            (
                t::report_id.eq(id.0),
                t::position.eq(position(index)),
                t::kind.eq(learning.kind.word()),
                t::text.eq(&learning.text),
            )
        })
        .collect();
    if !rows.is_empty() {
        diesel::insert_into(t::table)
            .values(rows)
            .execute(conn)
            .await?;
    }
    Ok(())
}

async fn insert_countermeasures(
    conn: &mut Connection,
    id: ReportId,
    draft: &Draft,
) -> QueryResult<()> {
    use countermeasures as t;
    let rows: Vec<_> = draft
        .countermeasures
        .iter()
        .enumerate()
        .map(|(index, it)| {
            (
                (
                    t::report_id.eq(id.0),
                    t::position.eq(position(index)),
                    t::title.eq(&it.title),
                    t::details.eq(&it.details),
                    t::type_.eq(it.kind.map(CountermeasureType::word)),
                    t::factor.eq(&it.factor),
                    t::problem.eq(&it.problem),
                    t::hypothesis.eq(&it.hypothesis),
                    t::expected_effect.eq(&it.expected_effect),
                    t::measure.eq(&it.measure),
                ),
                (
                    t::check_on.eq(it.check_on.to_diesel()),
                    t::owner.eq(&it.owner),
                    t::due_on.eq(it.due_on.to_diesel()),
                    t::priority.eq(&it.priority),
                    t::tracker.eq(&it.tracker),
                    t::status.eq(it.status.word()),
                    t::status_reason.eq(&it.status_reason),
                    t::result.eq(it.result.map(CheckResult::word)),
                    t::evidence.eq(&it.evidence),
                ),
            )
        })
        .collect();
    if !rows.is_empty() {
        diesel::insert_into(t::table)
            .values(rows)
            .execute(conn)
            .await?;
    }
    Ok(())
}

/// A catalogue of names and the table that ties its entries to reports: two statements, written out so that no SQL is
/// ever put together from parts.
type Catalogue = (&'static str, &'static str, &'static str);

// The first statement takes the spelling from this save where no open report has the name: else the spelling that comes
// back would tell that a restricted one does. The second makes what is missing (sorted, so that two savers cannot wait
// for each other in a circle), the third sees what either made.
const SERVICES: Catalogue = (
    "UPDATE services c SET name = w.name FROM unnest($1) AS w (name)
     WHERE lower(c.name) = lower(w.name) AND c.name <> w.name
       AND NOT EXISTS (SELECT FROM report_services t JOIN reports r ON r.id = t.report_id
                       WHERE t.service_id = c.id AND r.visibility = 'open')",
    "INSERT INTO services (name) SELECT name FROM unnest($1) AS w (name) ORDER BY lower(name) ON CONFLICT DO NOTHING",
    "INSERT INTO report_services (report_id, service_id, position)
     SELECT $1, c.id, min(w.ord)::int - 1 FROM unnest($2) WITH ORDINALITY AS w (name, ord)
     JOIN services c ON lower(c.name) = lower(w.name) GROUP BY c.id",
);
const TEAMS: Catalogue = (
    "UPDATE teams c SET name = w.name FROM unnest($1) AS w (name)
     WHERE lower(c.name) = lower(w.name) AND c.name <> w.name
       AND NOT EXISTS (SELECT FROM report_teams t JOIN reports r ON r.id = t.report_id
                       WHERE t.team_id = c.id AND r.visibility = 'open')
       AND NOT EXISTS (SELECT FROM team_members m WHERE m.team_id = c.id)",
    "INSERT INTO teams (name) SELECT name FROM unnest($1) AS w (name) ORDER BY lower(name) ON CONFLICT DO NOTHING",
    "INSERT INTO report_teams (report_id, team_id, position)
     SELECT $1, c.id, min(w.ord)::int - 1 FROM unnest($2) WITH ORDINALITY AS w (name, ord)
     JOIN teams c ON lower(c.name) = lower(w.name) GROUP BY c.id",
);
const TAGS: Catalogue = (
    "",
    "INSERT INTO tags (name) SELECT lower(name) FROM unnest($1) AS w (name) ORDER BY lower(name) ON CONFLICT DO NOTHING",
    "INSERT INTO report_tags (report_id, tag_id, position)
     SELECT $1, c.id, min(w.ord)::int - 1 FROM unnest($2) WITH ORDINALITY AS w (name, ord)
     JOIN tags c ON c.name = lower(w.name) GROUP BY c.id",
);

async fn insert_names(
    conn: &mut Connection,
    id: ReportId,
    (respell, make, tie): Catalogue,
    names: &[String],
) -> QueryResult<()> {
    if names.is_empty() {
        return Ok(());
    }
    if !respell.is_empty() {
        diesel::sql_query(respell)
            .bind::<Array<Text>, _>(names)
            .execute(conn)
            .await?;
    }
    diesel::sql_query(make)
        .bind::<Array<Text>, _>(names)
        .execute(conn)
        .await?;
    diesel::sql_query(tie)
        .bind::<Int8, _>(id.0)
        .bind::<Array<Text>, _>(names)
        .execute(conn)
        .await?;
    Ok(())
}

async fn insert_factors(
    conn: &mut Connection,
    id: ReportId,
    factors: &[FactorUse],
) -> QueryResult<()> {
    if factors.is_empty() {
        return Ok(());
    }
    let column = |of: fn(&FactorUse) -> &str| -> Vec<String> {
        factors.iter().map(|factor| of(factor).to_owned()).collect()
    };
    let names = column(|factor| &factor.name);
    // As for services above: no spelling tells of a restricted report.
    diesel::sql_query(
        "UPDATE factors c SET name = w.name FROM unnest($1) AS w (name)
         WHERE lower(c.name) = lower(w.name) AND c.name <> w.name
           AND NOT EXISTS (SELECT FROM report_factors t JOIN reports r ON r.id = t.report_id
                           WHERE t.factor_id = c.id AND r.visibility = 'open')",
    )
    .bind::<Array<Text>, _>(&names)
    .execute(conn)
    .await?;
    diesel::sql_query(
        "INSERT INTO factors (name) SELECT name FROM unnest($1) AS w (name) ORDER BY lower(name) ON CONFLICT DO NOTHING",
    )
    .bind::<Array<Text>, _>(&names)
    .execute(conn)
    .await?;
    diesel::sql_query(
        "INSERT INTO report_factors (report_id, position, factor_id, role, note)
         SELECT $1, w.ord::int - 1, c.id, w.role, w.note
         FROM unnest($2, $3, $4) WITH ORDINALITY AS w (name, role, note, ord)
         JOIN factors c ON lower(c.name) = lower(w.name) ORDER BY c.id",
    )
    .bind::<Int8, _>(id.0)
    .bind::<Array<Text>, _>(&names)
    .bind::<Array<Text>, _>(column(|factor| factor.role.word()))
    .bind::<Array<Text>, _>(column(|factor| &factor.note))
    .execute(conn)
    .await?;
    Ok(())
}
