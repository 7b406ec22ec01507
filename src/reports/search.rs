//! A report as the index sees it.

use super::document::{plain_text, summary};
use super::model::{Countermeasure, Draft, Phase, SectionRole, Status};
use super::store::{self, Header, Stored};
use crate::accounts::audience_tokens;
use crate::platform::db::{Connection, QueryResult};
use crate::platform::ids::ReportKey;
use crate::platform::search::{Document, EVERYBODY, Part, Place};
use futures_util::future::{BoxFuture, FutureExt};
use jiff::Timestamp;

/// The search documents of those `ids` that exist; the others are gone.
pub fn load_documents<'a>(
    conn: &'a mut Connection,
    ids: &'a [i64],
) -> BoxFuture<'a, QueryResult<Vec<Document>>> {
    async move {
        let stored = store::load_many(conn, ids).await?;
        Ok(stored
            .iter()
            .map(|Stored { header, draft }| document(draft, Facts::of(header)))
            .collect())
    }
    .boxed()
}

/// The search document of a report that is stored nowhere, as if it were imported under this number: to measure search
/// without a database.
pub fn unstored_document(draft: &Draft, number: i64) -> Document {
    let mut draft = draft.clone();
    draft.normalise();
    let facts = Facts {
        id: number,
        rev: 1,
        key: ReportKey(number),
        status: draft.status,
        audience: vec![EVERYBODY.to_owned()],
        import_key: draft.import_key.clone(),
        published_at: None,
    };
    document(&draft, facts)
}

/// What a search document says that people did not write.
struct Facts {
    id: i64,
    rev: i64,
    key: ReportKey,
    status: Status,
    audience: Vec<String>,
    import_key: Option<String>,
    published_at: Option<Timestamp>,
}

impl Facts {
    fn of(header: &Header) -> Self {
        Self {
            id: header.id.0,
            rev: header.rev,
            key: header.key,
            status: header.status,
            audience: audience_tokens(&header.access),
            import_key: header.import_key.clone(),
            published_at: header.published_at,
        }
    }
}

/// Everything of the report that can be found.
fn document(draft: &Draft, facts: Facts) -> Document {
    let started = draft.times.started_at;
    let zone = jiff::tz::TimeZone::get(&draft.timezone).unwrap_or(jiff::tz::TimeZone::UTC);
    Document {
        id: facts.id,
        rev: facts.rev,
        key: facts.key.to_string(),
        title: draft.title.clone(),
        summary: summary(draft),
        parts: parts(draft),
        services: draft.services.clone(),
        teams: draft.teams.clone(),
        tags: draft.tags.clone(),
        factors: draft
            .factors
            .iter()
            .map(|factor| factor.name.clone())
            .collect(),
        authors: draft.authors.clone(),
        phases: phases(draft),
        has: has(draft),
        severity: draft.severity.map(super::model::Severity::level),
        kind: draft.kind.word().to_owned(),
        status: facts.status.word().to_owned(),
        started_at: started,
        lasted: started
            .zip(draft.times.resolved_at)
            .map(|(from, to)| to.as_second() - from.as_second()),
        published_at: facts.published_at,
        year: started.map(|at| at.to_zoned(zone).year()),
        audience: facts.audience,
        import_key: facts.import_key,
    }
}

fn parts(draft: &Draft) -> Vec<Part> {
    let mut parts: Vec<Part> = draft
        .sections
        .iter()
        .filter(|section| !section.text.trim().is_empty() || !section.heading.is_empty())
        .map(|section| {
            let name = if section.role == SectionRole::Other && !section.heading.is_empty() {
                section.heading.as_str()
            } else {
                section.role.label()
            };
            let text = format!("{}\n{}", section.heading, plain_text(&section.text));
            Part::new(name, text).at(place(section.role))
        })
        .collect();
    let events = draft.timeline.iter().map(|event| {
        [
            event.at_text.as_str(),
            &plain_text(&event.text),
            &event.role,
            &event.evidence,
        ]
        .join(" ")
    });
    parts.push(Part::new(SectionRole::Timeline.label(), lines(events)).at(Place::Timeline));
    let factors = draft
        .factors
        .iter()
        .map(|factor| [factor.name.as_str(), &plain_text(&factor.note)].join(" "));
    parts.push(Part::new(SectionRole::Factors.label(), lines(factors)).at(Place::Factors));
    let learnings = draft
        .learnings
        .iter()
        .map(|learning| plain_text(&learning.text));
    parts.push(Part::new("Learnings", lines(learnings)).at(Place::Learnings));
    let countermeasures = draft.countermeasures.iter().map(countermeasure);
    let countermeasures = Part::new(SectionRole::Countermeasures.label(), lines(countermeasures));
    parts.push(countermeasures.at(Place::Countermeasures));
    parts.push(Part::new("Source", source(draft)));
    parts.retain(|part| !part.text.trim().is_empty());
    parts
}

/// Where one can ask for what stands in such a section.
fn place(role: SectionRole) -> Place {
    match role {
        SectionRole::Summary => Place::Summary,
        SectionRole::Timeline => Place::Timeline,
        SectionRole::Factors => Place::Factors,
        SectionRole::WentWell
        | SectionRole::WentPoorly
        | SectionRole::Lucky
        | SectionRole::Surprise
        | SectionRole::Safeguard
        | SectionRole::OpenQuestion => Place::Learnings,
        SectionRole::Countermeasures => Place::Countermeasures,
        SectionRole::Impact
        | SectionRole::Detection
        | SectionRole::Resolution
        | SectionRole::Other => Place::Elsewhere,
    }
}

/// The phases that events of the timeline have.
fn phases(draft: &Draft) -> Vec<String> {
    let is_there = |phase: &Phase| draft.timeline.iter().any(|it| it.phase == Some(*phase));
    let phases = Phase::ALL.iter().filter(|phase| is_there(phase));
    phases.map(|phase| phase.word().to_owned()).collect()
}

/// What can be asked for with `has:`.
pub(super) const CAN_HAVE: [&str; 4] = ["timeline", "factors", "learnings", "countermeasures"];

/// What of it a report has.
fn has(draft: &Draft) -> Vec<String> {
    let there = [
        !draft.timeline.is_empty(),
        !draft.factors.is_empty(),
        !draft.learnings.is_empty(),
        !draft.countermeasures.is_empty(),
    ];
    let there = CAN_HAVE.into_iter().zip(there);
    there
        .filter(|(_, is_there)| *is_there)
        .map(|(word, _)| word.to_owned())
        .collect()
}

/// Everything people wrote about a countermeasure.
fn countermeasure(it: &Countermeasure) -> String {
    let prose = [
        &it.title,
        &it.details,
        &it.problem,
        &it.hypothesis,
        &it.expected_effect,
    ];
    let mut text = prose.map(|text| plain_text(text)).join(" ");
    for more in [
        &it.measure,
        &it.owner,
        &it.tracker,
        &it.status_reason,
        &it.evidence,
    ] {
        text.push(' ');
        text.push_str(&plain_text(more));
    }
    text
}

fn lines(texts: impl Iterator<Item = String>) -> String {
    texts.collect::<Vec<_>>().join("\n")
}

fn source(draft: &Draft) -> String {
    let mut words: Vec<&str> = Vec::new();
    if let Some(source) = &draft.source {
        words.extend([source.repo.as_str(), &source.path]);
    }
    words.extend(draft.sources.iter().map(String::as_str));
    words.extend(draft.authors.iter().map(String::as_str));
    words.extend([draft.facilitator.as_str()]);
    words.extend(draft.extra.values().map(String::as_str));
    words.join("\n")
}
