//! Changing a part of a report: the rows of one kind, all of them, or header fields; and adding events at the end of the
//! timeline.

use super::secrets::{before_others_read, keep_dismissed, news};
use super::{By, Note, Once, SaveError, Saved, Target, checked, is_key_race, recall, revise};
use crate::accounts::{Action, may};
use crate::platform::db::Connection;
use crate::platform::ids::ReportKey;
use crate::reports::model::{
    Countermeasure, Draft, FactorUse, Learning, Problem, TimelineEvent, Times,
};
use crate::reports::{document, store};
use diesel_async::AsyncConnection;

/// All rows of one kind.
#[derive(Clone, Debug)]
pub(crate) enum Rows {
    /// The events of the timeline.
    Timeline(Vec<TimelineEvent>),
    /// The contributing factors.
    Factors(Vec<FactorUse>),
    /// What was learned.
    Learnings(Vec<Learning>),
    /// What will be tried.
    Countermeasures(Vec<Countermeasure>),
}

impl Rows {
    /// Each row by itself, as a document has it.
    pub(crate) fn texts(&self) -> Vec<String> {
        let written = |row: Self| {
            let mut draft = document::lone("UTC", Times::default());
            row.replace_in(&mut draft);
            document::lone_part(&draft).text
        };
        match self {
            Self::Timeline(rows) => (rows.iter().cloned())
                .map(|it| written(Self::Timeline(vec![it])))
                .collect(),
            Self::Factors(rows) => (rows.iter().cloned())
                .map(|it| written(Self::Factors(vec![it])))
                .collect(),
            Self::Learnings(rows) => (rows.iter().cloned())
                .map(|it| written(Self::Learnings(vec![it])))
                .collect(),
            Self::Countermeasures(rows) => (rows.iter().cloned())
                .map(|it| written(Self::Countermeasures(vec![it])))
                .collect(),
        }
    }

    fn replace_in(self, draft: &mut Draft) {
        match self {
            Self::Timeline(rows) => draft.timeline = rows,
            Self::Factors(rows) => draft.factors = rows,
            Self::Learnings(rows) => draft.learnings = rows,
            Self::Countermeasures(rows) => draft.countermeasures = rows,
        }
    }
}

/// Saves a report with other rows of one kind; everything else stays.
pub(crate) async fn replace_rows(
    conn: &mut Connection,
    by: &By<'_>,
    target: Target<'_>,
    rows: Rows,
    note: Note<'_>,
) -> Result<Saved, SaveError> {
    // Should it not be the revision that is meant, the save is stale, whatever is in it.
    let mut draft = stored(conn, by, target.key).await?;
    rows.replace_in(&mut draft);
    revise(conn, by, target, &draft, note).await
}

/// Saves a report with some of its header fields changed; everything else stays.
pub(crate) async fn amend(
    conn: &mut Connection,
    by: &By<'_>,
    target: Target<'_>,
    change: impl FnOnce(&mut Draft),
    note: Note<'_>,
) -> Result<Saved, SaveError> {
    let mut draft = stored(conn, by, target.key).await?;
    let zone = draft.timezone.clone();
    change(&mut draft);
    if draft.timezone != zone {
        // Before it is brought into its normal form, which would keep an unknown zone as something else.
        let mut problems = draft.check();
        problems.retain(|it| it.field == "timezone");
        if !problems.is_empty() {
            return Err(SaveError::Invalid(problems));
        }
    }
    revise(conn, by, target, &draft, note).await
}

/// What a report says now, if the actor may read it.
async fn stored(conn: &mut Connection, by: &By<'_>, key: ReportKey) -> Result<Draft, SaveError> {
    store::load(conn, key)
        .await?
        .filter(|it| may(by.actor, Action::ReadReport(&it.header.access), by.rules))
        .map(|it| it.draft)
        .ok_or(SaveError::NotFound)
}

/// Adds events at the end of the timeline. Never stale: nothing that others wrote is touched, and the report is locked
/// from reading it to saving it. With `once`, a retried request adds nothing.
pub(crate) async fn append_events(
    conn: &mut Connection,
    by: &By<'_>,
    key: ReportKey,
    added: (&[TimelineEvent], Note<'_>),
    once: Option<&Once>,
) -> Result<Saved, SaveError> {
    let appended = conn
        .transaction(async |conn| append(conn, by, key, added, once).await)
        .await;
    match appended {
        // The same key was used for something else at the same time.
        Err(SaveError::Database(ref error)) if is_key_race(error) => Err(SaveError::KeyReused),
        other => other,
    }
}

async fn append(
    conn: &mut Connection,
    by: &By<'_>,
    key: ReportKey,
    added: (&[TimelineEvent], Note<'_>),
    once: Option<&Once>,
) -> Result<Saved, SaveError> {
    let (events, note) = added;
    let header = store::header(conn, key, true)
        .await?
        .ok_or(SaveError::NotFound)?;
    let access = &header.access;
    if !may(by.actor, Action::AppendTimeline(access), by.rules) {
        return Err(if may(by.actor, Action::ReadReport(access), by.rules) {
            SaveError::Forbidden
        } else {
            SaveError::NotFound
        });
    }
    if recall(conn, once).await?.is_some() {
        return Ok(Saved {
            key,
            revision: header.revision,
            fresh: false,
        });
    }
    let stored = store::load(conn, key).await?.ok_or(SaveError::NotFound)?;
    let mut draft = stored.draft;
    draft.timeline.extend_from_slice(events);
    // Nobody who adds an event can mend what is wrong elsewhere; the sizes alone may refuse it.
    let checked = checked(&draft).map_err(about_items)?;
    before_others_read(conn, &header, (&checked.document, &note)).await?;
    let aside = news(conn, &header, (&checked.document, &note)).await?;
    let revision = checked.revision(by, note.event, note.text);
    let number = store::replace(
        conn,
        header.id,
        header.revision,
        (None, &checked.draft),
        None,
        &revision,
    )
    .await?
    .ok_or(SaveError::Stale {
        latest: header.revision,
    })?;
    if let Some(once) = once {
        store::remember_key(conn, &once.owner, &once.key, once.request_sha256, header.id).await?;
    }
    keep_dismissed(conn, key, &aside).await?;
    Ok(Saved {
        key,
        revision: number,
        fresh: true,
    })
}

/// What is wrong is told of what was sent: the events.
fn about_items(error: SaveError) -> SaveError {
    if let SaveError::Invalid(problems) = error {
        let about = |it: Problem| Problem::of("items", it.message);
        return SaveError::Invalid(problems.into_iter().map(about).collect());
    }
    error
}
