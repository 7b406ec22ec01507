//! Saving: a report's own row, its slug, its revision. Callers hold the transaction.

#![expect(
    single_use_lifetimes,
    reason = "diesel's derive names the lifetime of a row once"
)]

use super::rows::{insert_rows, replace_rows};
use crate::platform::db::Connection;
use crate::platform::db::schema::{report_authors, report_slugs, reports};
use crate::platform::ids::{PersonId, ReportId, ReportKey};
use crate::reports::model::{Draft, Status, Times};
use diesel::prelude::*;
use diesel::sql_types::Int8;
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::{NullableTimestamp, ToDiesel};

/// Who saved what, beside the draft itself.
#[derive(Clone, Debug)]
pub(crate) struct NewRevision<'a> {
    /// The canonical document.
    pub document: &'a str,
    /// The sections as plain text, joined by [`join_plain`](super::join_plain).
    pub plain_text: &'a str,
    /// The first sentences, as plain text.
    pub summary: &'a str,
    /// `created`, `saved`, `imported`, …
    pub event: &'static str,
    /// Why, in the author's words; may be empty.
    pub note: &'a str,
    /// The account, if there is one.
    pub author: Option<PersonId>,
    /// The author's name as shown.
    pub author_name: &'a str,
    /// When.
    pub at: Timestamp,
}

/// What an import leaves on a report, so that the next one recognises it.
#[derive(Clone, Debug)]
pub(crate) struct ImportMark<'a> {
    pub key: &'a str,
    /// Of the bytes as read; none when a person, not an import, gave the key.
    pub sha256: Option<[u8; 32]>,
}

#[derive(AsChangeset, Insertable)]
#[diesel(table_name = reports, treat_none_as_null = true)]
struct HeaderRow<'a> {
    title: &'a str,
    kind: &'a str,
    severity: Option<i16>,
    visibility: &'a str,
    timezone: &'a str,
    started_at: NullableTimestamp,
    detected_at: NullableTimestamp,
    acknowledged_at: NullableTimestamp,
    mitigated_at: NullableTimestamp,
    resolved_at: NullableTimestamp,
    facilitator: &'a str,
    summary: &'a str,
    author_names: &'a [String],
    source_links: &'a [String],
    source_repo: &'a str,
    source_path: &'a str,
    source_commit: &'a str,
    source_licence: &'a str,
    extra: serde_json::Value,
    plain_text: &'a str,
    updated_at: jiff_diesel::Timestamp,
}

fn header_row<'a>(draft: &'a Draft, revision: &NewRevision<'a>) -> HeaderRow<'a> {
    let Times {
        started_at,
        detected_at,
        acknowledged_at,
        mitigated_at,
        resolved_at,
    } = draft.times;
    let source = draft.source.as_ref();
    HeaderRow {
        title: &draft.title,
        kind: draft.kind.word(),
        severity: draft.severity.map(|severity| i16::from(severity.level())),
        visibility: draft.visibility.word(),
        timezone: &draft.timezone,
        started_at: started_at.to_diesel(),
        detected_at: detected_at.to_diesel(),
        acknowledged_at: acknowledged_at.to_diesel(),
        mitigated_at: mitigated_at.to_diesel(),
        resolved_at: resolved_at.to_diesel(),
        facilitator: &draft.facilitator,
        summary: revision.summary,
        author_names: &draft.authors,
        source_links: &draft.sources,
        source_repo: source.map_or("", |source| &source.repo),
        source_path: source.map_or("", |source| &source.path),
        source_commit: source.map_or("", |source| &source.commit),
        source_licence: source.map_or("", |source| &source.licence),
        extra: serde_json::to_value(&draft.extra).unwrap_or_else(|_| serde_json::json!({})),
        plain_text: revision.plain_text,
        updated_at: revision.at.to_diesel(),
    }
}

/// Stores a new report with its first revision; answers its id and key.
pub(crate) async fn insert(
    conn: &mut Connection,
    draft: &Draft,
    status: Status,
    import: Option<&ImportMark<'_>>,
    revision: &NewRevision<'_>,
) -> QueryResult<(ReportId, ReportKey)> {
    // One round trip claims the number; the row lock is held until the caller commits.
    let number: i64 = diesel::sql_query("UPDATE report_numbers SET last = last + 1 RETURNING last")
        .get_result::<Number>(conn)
        .await?
        .last;
    let published = (status == Status::Published).then_some(revision.at);
    let slug = slug(&draft.title, number);
    let id: i64 = diesel::insert_into(reports::table)
        .values((
            header_row(draft, revision),
            reports::number.eq(number),
            reports::slug.eq(&slug),
            reports::status.eq(status.word()),
            reports::published_at.eq(published.to_diesel()),
            reports::created_by.eq(revision.author.map(|id| id.0)),
            reports::created_at.eq(revision.at.to_diesel()),
            reports::import_key.eq(import.map(|mark| mark.key)),
            reports::import_sha256.eq(import
                .and_then(|mark| mark.sha256)
                .map(|sha256| sha256.to_vec())),
        ))
        .returning(reports::id)
        .get_result(conn)
        .await?;
    let id = ReportId(id);
    keep_slug(conn, id, &slug).await?;
    insert_rows(conn, id, draft).await?;
    add_author(conn, id, revision.author).await?;
    super::revisions::insert(conn, id, 1, revision).await?;
    Ok((id, ReportKey(number)))
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = Int8)]
    last: i64,
}

/// Saves over revision `seen`; `None` when somebody else saved in between. Answers the new revision's number. `before` is
/// what the rows say now, where the caller knows.
#[expect(clippy::too_many_arguments, reason = "what is replaced, and by what")]
pub(crate) async fn replace(
    conn: &mut Connection,
    id: ReportId,
    seen: i32,
    (before, draft): (Option<&Draft>, &Draft),
    import_sha256: Option<[u8; 32]>,
    revision: &NewRevision<'_>,
) -> QueryResult<Option<i32>> {
    let updated: Option<(i32, i64, String)> = diesel::update(
        reports::table
            .filter(reports::id.eq(id.0))
            .filter(reports::revision.eq(seen)),
    )
    .set((
        header_row(draft, revision),
        reports::revision.eq(reports::revision + 1),
    ))
    .returning((reports::revision, reports::number, reports::slug))
    .get_result(conn)
    .await
    .optional()?;
    let Some((number, report_number, old_slug)) = updated else {
        return Ok(None);
    };
    if let Some(sha256) = import_sha256 {
        diesel::update(reports::table.find(id.0))
            .set(reports::import_sha256.eq(sha256.to_vec()))
            .execute(conn)
            .await?;
    }
    let slug = slug(&draft.title, report_number);
    if slug != old_slug {
        keep_slug(conn, id, &slug).await?;
        diesel::update(reports::table.find(id.0))
            .set(reports::slug.eq(&slug))
            .execute(conn)
            .await?;
    }
    replace_rows(conn, id, before, draft).await?;
    super::revisions::insert(conn, id, number, revision).await?;
    Ok(Some(number))
}

/// Moves a report from one status to another; false when it was not in `from`.
pub(crate) async fn set_status(
    conn: &mut Connection,
    id: ReportId,
    from: &[Status],
    to: Status,
    now: Timestamp,
) -> QueryResult<bool> {
    let from: Vec<&str> = from.iter().map(|status| status.word()).collect();
    let changed = diesel::update(
        reports::table
            .filter(reports::id.eq(id.0))
            .filter(reports::status.eq_any(from)),
    )
    .set((
        reports::status.eq(to.word()),
        reports::updated_at.eq(now.to_diesel()),
    ))
    .execute(conn)
    .await?;
    Ok(changed == 1)
}

/// Sets the moment of first publication, which the status `published` needs, if there is none yet.
pub(crate) async fn mark_published(
    conn: &mut Connection,
    id: ReportId,
    now: Timestamp,
) -> QueryResult<()> {
    diesel::update(
        reports::table
            .filter(reports::id.eq(id.0))
            .filter(reports::published_at.is_null()),
    )
    .set(reports::published_at.eq(Some(now).to_diesel()))
    .execute(conn)
    .await?;
    Ok(())
}

/// The address form of a title: lower-case letters and digits with dashes, ending in the report's number so that it
/// is nobody else's.
fn slug(title: &str, number: i64) -> String {
    let mut slug = String::new();
    for c in title.to_lowercase().chars() {
        if c.is_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.chars().count() >= 70 {
            break;
        }
    }
    let slug = slug.trim_matches('-');
    if slug.is_empty() {
        format!("report-{number}")
    } else {
        format!("{slug}-{number}")
    }
}

async fn keep_slug(conn: &mut Connection, id: ReportId, slug: &str) -> QueryResult<()> {
    diesel::insert_into(report_slugs::table)
        .values((
            report_slugs::slug.eq(slug),
            report_slugs::report_id.eq(id.0),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(())
}

/// Whoever starts a report is named on it. Saving over one names nobody: an open report that is restricted later must
/// not stay readable for all who ever mended a word in it.
async fn add_author(
    conn: &mut Connection,
    id: ReportId,
    author: Option<PersonId>,
) -> QueryResult<()> {
    let Some(author) = author else { return Ok(()) };
    diesel::insert_into(report_authors::table)
        .values((
            report_authors::report_id.eq(id.0),
            report_authors::person_id.eq(author.0),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(())
}

/// The report that a retried request made before, with the fingerprint of that request.
pub(crate) async fn recall_key(
    conn: &mut Connection,
    owner: &str,
    key: &str,
) -> QueryResult<Option<(ReportId, Vec<u8>)>> {
    use crate::platform::db::schema::idempotency as t;
    let found: Option<(i64, Vec<u8>)> = t::table
        .find((owner, key))
        .select((t::report_id, t::request_sha256))
        .first(conn)
        .await
        .optional()?;
    Ok(found.map(|(id, sha256)| (ReportId(id), sha256)))
}

/// Forgets the keys of requests that nobody will send again.
pub(crate) async fn forget_keys(conn: &mut Connection, before: Timestamp) -> QueryResult<()> {
    use crate::platform::db::schema::idempotency as t;
    diesel::delete(t::table.filter(t::created_at.lt(before.to_diesel())))
        .execute(conn)
        .await
        .map(drop)
}

/// Whose request this is: see [`claim_key`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// Nobody's before.
    First,
    /// The same request's, which has been carried out.
    Again,
    /// Another request's.
    Other,
}

/// Ties an idempotency key to this request before it is carried out. A concurrent use of the same key waits here.
pub(crate) async fn claim_key(
    conn: &mut Connection,
    (owner, key): (&str, &str),
    request_sha256: [u8; 32],
    report: ReportId,
) -> QueryResult<Claim> {
    use crate::platform::db::schema::idempotency as t;
    let rows = diesel::insert_into(t::table)
        .values((
            t::owner.eq(owner),
            t::key.eq(key),
            t::request_sha256.eq(request_sha256.to_vec()),
            t::report_id.eq(report.0),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    if rows > 0 {
        return Ok(Claim::First);
    }
    let known = recall_key(conn, owner, key).await?;
    Ok(match known {
        Some((id, sha256)) if id == report && sha256 == request_sha256 => Claim::Again,
        Some(_) | None => Claim::Other,
    })
}

/// Ties an idempotency key to the report it made. A concurrent use of the same key waits here, then fails on
/// `idempotency_pkey`.
pub(crate) async fn remember_key(
    conn: &mut Connection,
    owner: &str,
    key: &str,
    request_sha256: [u8; 32],
    id: ReportId,
) -> QueryResult<()> {
    use crate::platform::db::schema::idempotency as t;
    diesel::insert_into(t::table)
        .values((
            t::owner.eq(owner),
            t::key.eq(key),
            t::request_sha256.eq(request_sha256.to_vec()),
            t::report_id.eq(id.0),
        ))
        .execute(conn)
        .await?;
    Ok(())
}
