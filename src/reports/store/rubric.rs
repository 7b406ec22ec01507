//! The rubric reviewers are asked: all its lines, and as it was each time it was changed.

use crate::platform::db::Connection;
use crate::platform::db::prepared::prepared;
use crate::platform::db::schema::{review_lines, rubric_lines, rubrics};
use crate::reports::review::rubric::RubricLine;
use diesel::prelude::*;
use diesel::sql_types::{Int4, Nullable, Text, Timestamptz};
use diesel::upsert::excluded;
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;

/// One line that is asked.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub word: String,
    pub question: String,
    pub hint: String,
}

/// The lines that were asked under a number, in their order.
#[derive(Clone, Debug)]
pub(crate) struct Rubric {
    pub revision: i32,
    pub lines: Vec<Line>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Int4)]
    rubric: i32,
    #[diesel(sql_type = Text)]
    word: String,
    #[diesel(sql_type = Text)]
    question: String,
    #[diesel(sql_type = Text)]
    hint: String,
}

/// The rubric of this number; the one of today where there is none of it.
pub(crate) async fn rubric(conn: &mut Connection, wanted: Option<i32>) -> QueryResult<Rubric> {
    let rows: Vec<Row> = prepared(
        "SELECT rubric, word, question, hint FROM rubric_lines
         WHERE rubric = coalesce((SELECT revision FROM rubrics WHERE revision = $1), (SELECT max(revision) FROM rubrics))
         ORDER BY position, word",
    )
    .bind::<Nullable<Int4>, _>(wanted)
    .get_results(conn)
    .await?;
    Ok(Rubric {
        // No rubric is stored without lines.
        revision: rows.iter().map(|row| row.rubric).max().unwrap_or(1),
        lines: rows
            .into_iter()
            .map(|row| Line {
                word: row.word,
                question: row.question,
                hint: row.hint,
            })
            .collect(),
    })
}

/// All there is of the rubric today: its number, who changed it last and when, and its lines, those no longer asked last.
#[derive(Clone, Debug)]
pub(crate) struct KeptRubric {
    pub revision: i32,
    pub changed_by: String,
    pub changed_at: Timestamp,
    pub lines: Vec<RubricLine>,
}

/// Reads all of it.
pub(crate) async fn kept_rubric(conn: &mut Connection) -> QueryResult<KeptRubric> {
    use review_lines as l;
    use rubrics as t;
    let (revision, changed_by, changed_at): (i32, String, jiff_diesel::Timestamp) = t::table
        .order(t::revision.desc())
        .select((t::revision, t::changed_by, t::created_at))
        .first(conn)
        .await?;
    let rows: Vec<(String, String, String, bool)> = l::table
        .order((l::archived_at.is_not_null(), l::position, l::word))
        .select((l::word, l::question, l::hint, l::archived_at.is_null()))
        .load(conn)
        .await?;
    Ok(KeptRubric {
        revision,
        changed_by,
        changed_at: changed_at.into(),
        lines: rows
            .into_iter()
            .map(|(word, question, hint, is_asked)| RubricLine {
                word,
                question,
                hint,
                is_asked,
            })
            .collect(),
    })
}

/// Stores a rubric behind the one that was seen, if that is still the latest; else nothing. Who changes it at the same time
/// waits here.
pub(crate) async fn replace_rubric(
    conn: &mut Connection,
    lines: &[RubricLine],
    seen: i32,
    (by, at): (&str, Timestamp),
) -> QueryResult<bool> {
    let stored = prepared(
        "INSERT INTO rubrics (revision, changed_by, created_at)
         SELECT $1 + 1, $2, $3 WHERE (SELECT max(revision) FROM rubrics) = $1 ON CONFLICT DO NOTHING",
    )
    .bind::<Int4, _>(seen)
    .bind::<Text, _>(by)
    .bind::<Timestamptz, _>(at.to_diesel())
    .execute(conn)
    .await?;
    if stored == 0 {
        return Ok(false);
    }
    insert_lines(conn, lines, (seen.saturating_add(1), at)).await?;
    Ok(true)
}

async fn insert_lines(
    conn: &mut Connection,
    lines: &[RubricLine],
    (revision, at): (i32, Timestamp),
) -> QueryResult<()> {
    use review_lines as l;
    use rubric_lines as r;
    let placed = || (1_i32..).map(|place| place.saturating_mul(10)).zip(lines);
    let rows: Vec<_> = placed()
        .map(|(position, line)| {
            (
                l::word.eq(&line.word),
                l::question.eq(&line.question),
                l::hint.eq(&line.hint),
                l::position.eq(position),
                l::archived_at.eq((!line.is_asked).then_some(at).to_diesel()),
            )
        })
        .collect();
    diesel::insert_into(l::table)
        .values(rows)
        .on_conflict(l::word)
        .do_update()
        .set((
            l::question.eq(excluded(l::question)),
            l::hint.eq(excluded(l::hint)),
            l::position.eq(excluded(l::position)),
            l::archived_at.eq(excluded(l::archived_at)),
        ))
        .execute(conn)
        .await?;
    let asked: Vec<_> = placed()
        .filter(|(_, line)| line.is_asked)
        .map(|(position, line)| {
            (
                r::rubric.eq(revision),
                r::word.eq(&line.word),
                r::question.eq(&line.question),
                r::hint.eq(&line.hint),
                r::position.eq(position),
            )
        })
        .collect();
    diesel::insert_into(r::table)
        .values(asked)
        .execute(conn)
        .await
        .map(drop)
}
