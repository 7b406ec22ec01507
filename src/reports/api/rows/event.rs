//! An event of the timeline. Pure.

use super::{Row, blank, instant, long};
use crate::reports::Rows;
use crate::reports::api::words;
use crate::reports::model::{Draft, EventSource, TimelineEvent};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One line of the timeline.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Event)]
pub(in crate::reports::api) struct EventJson {
    /// When it happened, if date and zone can be known.
    #[serde(default, deserialize_with = "instant")]
    #[schema(example = "2026-03-01T22:04:00Z")]
    at: Option<Timestamp>,
    /// The time as it was written, where `at` is unknown ("about noon") or does not say it all.
    #[serde(default)]
    #[schema(max_length = 1_048_576)]
    at_text: String,
    /// When responders learned of it, where that differs.
    #[serde(default, deserialize_with = "instant")]
    known_at: Option<Timestamp>,
    /// What it was in the course of the incident.
    #[serde(default)]
    phase: Option<words::Phase>,
    /// What happened, in Markdown.
    #[schema(
        min_length = 1,
        max_length = 1_048_576,
        pattern = r"\S",
        example = "The nightly export opens 400 connections."
    )]
    text: String,
    /// Who acted, as a role; may be empty.
    #[serde(default)]
    #[schema(max_length = 1_048_576, example = "on-call engineer")]
    role: String,
    /// A link to evidence; may be empty.
    #[serde(default)]
    #[schema(max_length = 1_048_576)]
    evidence: String,
    /// Marked as a key moment.
    #[serde(default)]
    starred: bool,
    /// Where it comes from. Where it does not say: what is appended comes from a bot, everything else was written down.
    #[serde(default)]
    source: Option<words::EventSource>,
}

impl From<&TimelineEvent> for EventJson {
    fn from(it: &TimelineEvent) -> Self {
        Self {
            at: it.at,
            at_text: it.at_text.clone(),
            known_at: it.known_at,
            phase: it.phase.map(words::Phase),
            text: it.text.clone(),
            role: it.role.clone(),
            evidence: it.evidence.clone(),
            starred: it.starred,
            source: Some(words::EventSource(it.source)),
        }
    }
}

impl EventJson {
    /// The event; one that does not say where it comes from comes from there.
    pub(in crate::reports::api) fn or_from(self, source: EventSource) -> TimelineEvent {
        let source = self.source.map_or(source, |it| it.0);
        TimelineEvent {
            source,
            ..TimelineEvent::from(self)
        }
    }
}

impl From<EventJson> for TimelineEvent {
    fn from(it: EventJson) -> Self {
        Self {
            at: it.at,
            at_text: it.at_text,
            known_at: it.known_at,
            phase: it.phase.map(|phase| phase.0),
            text: it.text,
            role: it.role,
            evidence: it.evidence,
            starred: it.starred,
            source: it.source.map_or(EventSource::Manual, |it| it.0),
        }
    }
}

impl Row for EventJson {
    fn of(draft: &Draft) -> Vec<Self> {
        draft.timeline.iter().map(Self::from).collect()
    }

    fn check(&self) -> Option<(&'static str, &'static str)> {
        blank("text", &self.text)
            .or_else(|| long("text", &self.text))
            .or_else(|| long("at_text", &self.at_text))
            .or_else(|| long("role", &self.role))
            .or_else(|| long("evidence", &self.evidence))
    }

    fn rows(rows: Vec<Self>) -> Rows {
        Rows::Timeline(rows.into_iter().map(TimelineEvent::from).collect())
    }
}
