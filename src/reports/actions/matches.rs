//! Telling of new reports: those who saved a search that finds one, once each.

use crate::accounts::{Access, Action, Actor, Rules, audience, may};
use crate::platform::db::{Connection, QueryResult};
use crate::platform::ids::ReportId;
use crate::platform::search::{
    Audience, Filters, Glossary, Index, Order, Request, SearchError, query,
};
use crate::reports::model::Status;
use crate::reports::saved::{self, OwnedSearch};
use crate::reports::store::{self, Header};
use diesel_async::AsyncConnection;
use jiff::Timestamp;
use std::sync::Arc;

/// So many searches are tried at once.
const AT_ONCE: i64 = 20;

/// What became of the report that waited longest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Telling {
    /// None waits.
    Nothing,
    /// It has to wait: the index of this node does not have it yet.
    Later,
    /// Done with, and so many were told.
    Told(usize),
}

/// Tells of the report that has waited longest since it was published. One transaction: it stops with the program, and is
/// begun again.
pub async fn tell_of_published(
    conn: &mut Connection,
    index: &Index,
    (rules, now): (Rules, Timestamp),
) -> QueryResult<Telling> {
    conn.transaction(async |conn| {
        let Some(published) = store::next_published(conn).await? else {
            return Ok(Telling::Nothing);
        };
        let stored = store::load_many(conn, &[published.report.0]).await?;
        let header = stored.into_iter().next().map(|stored| stored.header);
        // Taken back meanwhile: it waits anew when it is published again.
        let Some(header) = header.filter(|it| it.status == Status::Published) else {
            store::forget_published(conn, published.id).await?;
            return Ok(Telling::Told(0));
        };
        let (_, groups) = store::glossary_since(conn, None).await?;
        let glossary = Arc::new(Glossary::new(groups.unwrap_or_default()));
        let (mut told, mut after) = (0, 0);
        loop {
            let listening = store::listening(conn, &published, (after, AT_ONCE)).await?;
            let Some(last) = listening.last() else {
                break;
            };
            after = last.search.id;
            let Some(found) = those_that_find(index, (listening, &glossary), &header, rules).await
            else {
                return Ok(Telling::Later);
            };
            store::tell_of_match(conn, header.id, &found, now).await?;
            told += found.len();
        }
        store::forget_published(conn, published.id).await?;
        Ok(Telling::Told(told))
    })
    .await
}

/// Those of the searches that find the report for their owners; none when the index cannot say.
async fn those_that_find(
    index: &Index,
    (searches, glossary): (Vec<OwnedSearch>, &Arc<Glossary>),
    header: &Header,
    rules: Rules,
) -> Option<Vec<i64>> {
    let (index, id, rev, access) = (index.clone(), header.id, header.rev, header.access.clone());
    let glossary = Arc::clone(glossary);
    let asked = tokio::task::spawn_blocking(move || {
        if !has(&index, id, rev)? {
            return Ok(None);
        }
        let found = find(&index, (&searches, &glossary), (id, &access), rules);
        // What failed is not tried again, unless the index went away meanwhile.
        has(&index, id, rev).map(|is_there| is_there.then_some(found))
    });
    asked.await.ok()?.unwrap_or_else(|error: SearchError| {
        tracing::debug!(%error, "telling of a new report has to wait");
        None
    })
}

/// Whether the index has this version of the report, or a newer one.
fn has(index: &Index, id: ReportId, rev: i64) -> Result<bool, SearchError> {
    let everything = Request {
        query: &query::parse(""),
        filters: &Filters::default(),
        audience: &Audience::Everything,
        limit: 1,
        offset: 0,
        facets: false,
        order: Order::Newest,
    };
    let hit = index.finds(&everything, id.0)?;
    Ok(hit.is_some_and(|hit| hit.rev >= rev))
}

fn find(
    index: &Index,
    (searches, glossary): (&[OwnedSearch], &Glossary),
    (id, access): (ReportId, &Access),
    rules: Rules,
) -> Vec<i64> {
    let mut found = Vec::new();
    for it in searches {
        let owner = Actor::Person(it.owner.clone());
        if !may(&owner, Action::FindReport(access), rules) {
            continue;
        }
        let (query, filters) = saved::question(&it.search.said);
        let query = glossary.extend(query);
        let request = Request {
            query: &query,
            filters: &filters,
            audience: &audience(&owner, rules),
            limit: 1,
            offset: 0,
            facets: false,
            order: Order::Newest,
        };
        match index.finds(&request, id.0) {
            Ok(hit) => found.extend(hit.map(|_| it.search.id)),
            // It would be no better the next time, and the others wait.
            Err(error) => {
                tracing::warn!(search = it.search.id, %error, "a saved search was not tried");
            }
        }
    }
    found
}
