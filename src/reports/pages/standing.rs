//! Where a report stands on its way to readers, as its page says it.

use super::words;
use crate::accounts::{Action, Actor, Rules, may};
use crate::reports::model::{HowPublished, ReviewOutcome, Status};
use crate::reports::review::{Need, need};
use crate::reports::store::{Header, LastReview, Standing};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// Days as people count them: `today`, `1 day`, `12 days`.
pub(super) fn age(since: Timestamp, now: Timestamp) -> String {
    let days = now
        .duration_since(since)
        .max(SignedDuration::ZERO)
        .as_hours()
        / 24;
    match days {
        0 => "today".to_owned(),
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}

fn line(text: impl Into<String>, words: &str) -> Value {
    json!({ "text": text.into(), "words": words, "link": null, "link_text": null })
}

/// One sentence for each thing worth knowing before reading on.
pub(super) fn lines(
    header: &Header,
    standing: &Standing,
    (actor, rules): (&Actor, Rules),
) -> Vec<Value> {
    let mut lines = Vec::new();
    match header.status {
        Status::InReview => {
            let since = standing.in_review_since.unwrap_or(header.updated_at);
            let since = words::day(since, &TimeZone::UTC);
            lines.push(line(format!("In review since {since}."), ""));
        }
        Status::Archived if standing.archived_reason.is_empty() => {
            lines.push(line("In the archive.", ""));
        }
        Status::Archived => lines.push(line("In the archive:", &standing.archived_reason)),
        Status::Draft if !standing.taken_back_reason.is_empty() => {
            let text = "Was published, and was taken back:";
            lines.push(line(text, &standing.taken_back_reason));
        }
        Status::Draft | Status::Published => {}
    }
    if header.access.published && lacks_review(standing) {
        lines.push(match standing.published_reason.as_str() {
            "" => line("Published without review.", ""),
            reason => line("Published without review:", reason),
        });
    }
    // Who reviewed it, and who was asked to do what, is no business of strangers.
    if !may(actor, Action::ReadHistory(&header.access), rules) {
        return lines;
    }
    if let Some(review) = &standing.review {
        let sees_reviews = may(actor, Action::SeeReviews, rules);
        lines.extend(reviewed(header, review, sees_reviews));
    }
    if let (Some((_, name)), false) = (&standing.facilitator, standing.facilitator_agreed) {
        lines.push(line(format!("{name} was asked to facilitate."), ""));
    }
    lines
}

/// Whether it went out without a review that it would be asked for today; also when what was published needed none.
fn lacks_review(standing: &Standing) -> bool {
    match standing.how {
        Some(HowPublished::WithoutReview) => true,
        Some(HowPublished::NotAsked) => {
            need(standing.kind, standing.severity) != Need::Nothing && !standing.is_approved()
        }
        Some(HowPublished::Reviewed | HowPublished::Imported) | None => false,
    }
}

fn reviewed(header: &Header, review: &LastReview, sees_reviews: bool) -> Option<Value> {
    let (by, number) = (&review.reviewer_name, review.revision);
    match review.outcome {
        ReviewOutcome::Approved if review.is_current => {
            Some(line(format!("Approved by {by} at revision {number}."), ""))
        }
        ReviewOutcome::Approved => {
            let latest = header.revision;
            let text = format!("Approved by {by} at revision {number}, now {latest}.");
            let diff = format!("/reports/{}/diff?from={number}&to={latest}", header.key);
            Some(json!({
                "text": text,
                "words": "",
                "link": diff,
                "link_text": "What changed since",
            }))
        }
        // Between the authors and the reviewer: once it is published, it is settled.
        ReviewOutcome::ChangesRequested if header.access.published || !sees_reviews => None,
        ReviewOutcome::ChangesRequested => {
            let text = format!("{by} asked for changes at revision {number}:");
            Some(line(text, &review.note))
        }
    }
}

/// Whether one click publishes: nothing more is to be said, or somebody approved it.
pub(crate) fn publishes_at_once(standing: &Standing, rules: Rules) -> bool {
    if standing.is_approved() {
        return true;
    }
    match need(standing.kind, standing.severity) {
        Need::Nothing => true,
        Need::Mention => !rules.reviews_required,
        Need::Reason => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_as_people_do() {
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        for (since, text) in [
            ("2026-11-21T11:00:00Z", "today"),
            ("2026-11-20T12:00:00Z", "1 day"),
            ("2026-11-10T12:00:00Z", "11 days"),
            // A clock that ran ahead.
            ("2026-11-22T12:00:00Z", "today"),
        ] {
            assert_eq!(age(since.parse().unwrap(), now), text, "{since}");
        }
    }
}
