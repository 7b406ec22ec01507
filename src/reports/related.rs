//! Reports like a given one, or like what is known of an alert or of a change: published ones, each with its reasons in
//! words. Silent when unsure.
//!
//! What somebody has linked comes first, whatever the words say. The text that is compared is the beginning of a report:
//! it says what happened, and what follows was measured to blur that.

use super::document::plain_text;
use super::model::{Draft, Status};
use super::store::{self, End, Summary};
use crate::accounts::{Actor, Reach, Rules, audience};
use crate::platform::db::{Connection, QueryResult};
use crate::platform::ids::ReportId;
use crate::platform::search::related::{Like, Reason, ReasonKind, Subject, Wanted};
use crate::platform::search::{Filters, Index, SearchError};

/// What counts as the beginning of a report.
const HEAD_WORDS: usize = 400;
/// A longer stretch of Markdown is not read for it.
const MOST_MARKDOWN: usize = 32 * 1024;

/// A report like what was asked about.
#[derive(Clone, Debug)]
pub(super) struct Related {
    pub(super) summary: Summary,
    /// Higher is more alike; comparable within one answer only.
    pub(super) score: f32,
    /// At least one, the most telling first.
    pub(super) reasons: Vec<Reason>,
}

impl Related {
    /// The reasons as sentences without their ends.
    pub(super) fn sentences(&self) -> Vec<&str> {
        self.reasons.iter().map(|it| it.text.as_str()).collect()
    }
}

/// What a report, or what is being written, is compared by.
pub(super) fn subject(draft: &Draft, own: Option<ReportId>) -> Subject {
    Subject {
        own: own.map(|id| id.0),
        title: draft.title.clone(),
        text: head(draft),
        services: draft.services.clone(),
        teams: draft.teams.clone(),
        tags: draft.tags.clone(),
        factors: draft.factors.iter().map(|it| it.name.clone()).collect(),
        alerts: Vec::new(),
    }
}

/// What a report is compared by that no database has, under this number: for measuring.
pub fn subject_of(draft: &Draft, number: i64) -> Subject {
    subject(draft, Some(ReportId(number)))
}

/// The first words of a report: its prose, and where that is short what its rows say.
fn head(draft: &Draft) -> String {
    let prose = draft.sections.iter().map(|it| it.text.as_str());
    let factors = draft.factors.iter().map(|it| it.note.as_str());
    let learnings = draft.learnings.iter().map(|it| it.text.as_str());
    let events = draft.timeline.iter().map(|it| it.text.as_str());
    let mut words: Vec<String> = Vec::new();
    for text in prose.chain(factors).chain(learnings).chain(events) {
        let read = text.floor_char_boundary(MOST_MARKDOWN);
        let plain = plain_text(text.get(..read).unwrap_or_default());
        let left = HEAD_WORDS.saturating_sub(words.len());
        words.extend(plain.split_whitespace().take(left).map(str::to_owned));
        if words.len() >= HEAD_WORDS {
            break;
        }
    }
    words.join(" ")
}

/// What is asked of the index.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    pub(super) subject: Subject,
    /// What people and programs say the report is to others.
    pub(super) links: Vec<End>,
    /// How many are wanted.
    pub(super) limit: usize,
}

/// Asks the index. Blocks for some milliseconds: call it where that is allowed.
pub(super) fn look(
    index: &Index,
    asked: &Asked,
    actor: &Actor,
    rules: Rules,
) -> Result<Vec<Like>, SearchError> {
    let told = [Status::Published, Status::Archived];
    let filters = Filters {
        status: told.iter().map(|it| it.word().to_owned()).collect(),
        ..Filters::default()
    };
    let also: Vec<i64> = asked.links.iter().map(|end| end.report.0).collect();
    index.related(&Wanted {
        subject: &asked.subject,
        filters: &filters,
        audience: &audience(actor, rules),
        also: &also,
        all: false,
    })
}

/// Completes what the index found from the database, which alone decides what is within reach: those that are linked
/// first, then the most alike.
pub(super) async fn complete(
    conn: &mut Connection,
    asked: &Asked,
    likes: Vec<Like>,
    reach: &Reach,
) -> QueryResult<Vec<Related>> {
    let mut likes: Vec<(bool, Like)> = likes
        .into_iter()
        .filter_map(|mut like| {
            let said = asked.links.iter().filter(|end| end.report.0 == like.id);
            // What programs say is a reason, and no more.
            let by_a_person = said.clone().any(|end| !end.by_bot);
            like.reasons.splice(0..0, said.map(linked));
            (!like.reasons.is_empty()).then_some((by_a_person, like))
        })
        .collect();
    likes.sort_by_key(|(by_a_person, _)| !by_a_person);
    let mut left = likes.into_iter().map(|(_, like)| like);
    let mut related = Vec::new();
    // What was taken back since the index was written leaves its place to the next.
    while related.len() < asked.limit {
        let wanted = asked.limit - related.len();
        let likes: Vec<Like> = left.by_ref().take(wanted).collect();
        if likes.is_empty() {
            break;
        }
        let ids: Vec<i64> = likes.iter().map(|like| like.id).collect();
        let mut summaries = store::by_ids(conn, reach, &ids).await?;
        related.extend(likes.into_iter().filter_map(|like| {
            let at = summaries.iter().position(|it| it.id.0 == like.id)?;
            let summary = summaries.swap_remove(at);
            let is_told = matches!(summary.status, Status::Published | Status::Archived);
            is_told.then(|| Related {
                reasons: spelt(like.reasons, &asked.subject, &summary),
                score: like.score,
                summary,
            })
        }));
    }
    Ok(related)
}

/// Services and tags as the report has them: that is where a reader looks.
fn spelt(reasons: Vec<Reason>, subject: &Subject, summary: &Summary) -> Vec<Reason> {
    let shared = |theirs: &[String], ours: &[String]| -> Vec<String> {
        let ours: Vec<String> = ours.iter().map(|it| it.to_lowercase()).collect();
        let is_ours = |it: &&String| ours.contains(&it.to_lowercase());
        theirs.iter().filter(is_ours).cloned().collect()
    };
    let as_written = |reason: Reason| {
        let names = match reason.kind {
            ReasonKind::Service => shared(&summary.services, &subject.services),
            ReasonKind::Tag => shared(&summary.tags, &subject.tags),
            ReasonKind::Linked
            | ReasonKind::Alert
            | ReasonKind::Identifier
            | ReasonKind::Factor
            | ReasonKind::Team
            | ReasonKind::Words => Vec::new(),
        };
        Reason::names(reason.kind, &names).unwrap_or(reason)
    };
    reasons.into_iter().map(as_written).collect()
}

/// What somebody said, read from the report that is asked about.
fn linked(end: &End) -> Reason {
    let who = if end.by_bot {
        "Linked by a program"
    } else {
        "Linked by a person"
    };
    let label = end.label();
    let mut letters = label.chars();
    let first = letters.next().map(|it| it.to_lowercase().to_string());
    Reason {
        kind: ReasonKind::Linked,
        text: format!(
            "{who}: {}{} {}",
            first.unwrap_or_default(),
            letters.as_str(),
            end.key
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::ids::ReportKey;
    use crate::reports::document;
    use crate::reports::model::{Kind, LinkKind};

    #[test]
    fn a_report_is_compared_by_its_beginning() {
        let text = format!(
            "---\ntitle: T\nservices: [api]\nteams: [ops]\ntags: [dns]\n---\n\n## Summary\n\nFirst **words**.\n\n## Contributing factors\n\n- No canary\n\n## Impact\n\n{}",
            "more ".repeat(1000)
        );
        let draft = document::parse(&text).draft;
        let subject = subject(&draft, Some(ReportId(7)));
        assert!(
            subject.text.starts_with("First words. "),
            "{}",
            subject.text
        );
        assert_eq!(subject.text.split_whitespace().count(), HEAD_WORDS);
        assert_eq!((subject.own, subject.title.as_str()), (Some(7), "T"));
        assert_eq!(
            [
                subject.services,
                subject.teams,
                subject.tags,
                subject.factors
            ],
            [["api"], ["ops"], ["dns"], ["No canary"]].map(|it| it.map(str::to_owned).to_vec())
        );
    }

    #[test]
    fn a_short_report_is_compared_by_its_rows_too() {
        let draft = document::parse(
            "---\ntitle: T\n---\n\n## Summary\n\nShort.\n\n## Timeline\n\n- 2026-11-17 14:00 UTC [detect] An alert rang\n",
        )
        .draft;
        assert_eq!(subject(&draft, None).text, "Short. An alert rang");
    }

    #[test]
    fn a_link_is_told_from_the_report_that_is_asked_about() {
        let mut end = End {
            id: 1,
            outgoing: true,
            kind: LinkKind::RecurrenceOf,
            why: String::new(),
            said_by: None,
            by_bot: false,
            said_at: jiff::Timestamp::UNIX_EPOCH,
            report: ReportId(3),
            key: ReportKey(7),
            title: String::new(),
            report_kind: Kind::Incident,
            severity: None,
            started_at: None,
            timezone: "UTC".to_owned(),
        };
        assert_eq!(linked(&end).text, "Linked by a person: recurrence of PM-7");
        end.outgoing = false;
        end.by_bot = true;
        assert_eq!(linked(&end).text, "Linked by a program: recurred in PM-7");
    }
}
