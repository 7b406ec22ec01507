//! What can be counted about a report before it is read: facts beside the lines of the rubric. Pure.

use crate::reports::language::Finding;
use crate::reports::model::{Draft, Kind, SectionRole, Visibility};
use crate::reports::templates::Template;

/// The sections a template requires that a report lacks or has left empty, in the template's words. Rows count: a
/// timeline of events needs no prose.
pub fn missing(template: &Template, draft: &Draft) -> Vec<String> {
    let is_there = |heading: &str| {
        draft.sections.iter().any(|section| {
            template
                .asked(&section.heading)
                .is_some_and(|wanted| wanted.heading == heading)
                && (!section.text.trim().is_empty() || has_rows(draft, section.role))
        })
    };
    template
        .sections
        .iter()
        .filter(|wanted| wanted.required && !is_there(&wanted.heading))
        .map(|wanted| wanted.heading.clone())
        .collect()
}

/// Whether what stands below headings of this meaning became rows.
fn has_rows(draft: &Draft, role: SectionRole) -> bool {
    match role {
        SectionRole::Timeline => !draft.timeline.is_empty(),
        SectionRole::Factors => !draft.factors.is_empty(),
        SectionRole::Countermeasures => !draft.countermeasures.is_empty(),
        SectionRole::WentWell
        | SectionRole::WentPoorly
        | SectionRole::Lucky
        | SectionRole::Surprise
        | SectionRole::Safeguard
        | SectionRole::OpenQuestion => draft
            .learnings
            .iter()
            .any(|learning| learning.kind.word() == role.word()),
        SectionRole::Summary
        | SectionRole::Impact
        | SectionRole::Detection
        | SectionRole::Resolution
        | SectionRole::Other => false,
    }
}

/// What is worth knowing before answering the line of this word, as sentences. Lines of one's own have none.
pub fn beside(line: &str, draft: &Draft, missing: &[String], findings: &[Finding]) -> Vec<String> {
    match line {
        "key-data" => key_data(draft, missing),
        "impact" => impact(draft),
        "factors" => vec![match draft.factors.len() {
            0 => "No contributing factor is listed.".to_owned(),
            1 => "One contributing factor is listed; there are nearly always several.".to_owned(),
            count => format!("{count} contributing factors are listed."),
        }],
        "countermeasures" => countermeasures(draft),
        "shared" => shared(draft),
        "blameless" => blameless(findings),
        _ => Vec::new(),
    }
}

fn key_data(draft: &Draft, missing: &[String]) -> Vec<String> {
    let mut facts = Vec::new();
    if !missing.is_empty() {
        facts.push(format!("Nothing stands below: {}.", missing.join(", ")));
    }
    if draft.kind == Kind::Incident {
        let unknown: Vec<&str> = draft
            .times
            .named()
            .into_iter()
            .filter(|(name, at)| *name != "acknowledged_at" && at.is_none())
            .map(|(name, _)| name.trim_end_matches("_at"))
            .collect();
        if !unknown.is_empty() {
            facts.push(format!("No time is given for: {}.", unknown.join(", ")));
        }
        if draft.severity.is_none() {
            facts.push("No severity is given.".to_owned());
        }
    }
    if draft.services.is_empty() {
        facts.push("No service is named.".to_owned());
    }
    let events = draft.timeline.len();
    let without = draft
        .timeline
        .iter()
        .filter(|event| event.evidence.is_empty() && !event.text.contains("http"))
        .count();
    if events > 0 {
        facts.push(format!(
            "{events} {} in the timeline, {without} without a link to evidence.",
            plural(events, "event", "events")
        ));
    }
    facts
}

fn impact(draft: &Draft) -> Vec<String> {
    let text: String = draft
        .sections
        .iter()
        .filter(|section| section.role == SectionRole::Impact)
        .map(|section| section.text.as_str())
        .collect();
    let mut facts = Vec::new();
    if text.trim().is_empty() {
        facts.push("Nothing stands below Impact.".to_owned());
    } else if !text.chars().any(char::is_numeric) {
        facts.push("The impact has no number in it.".to_owned());
    }
    facts
}

fn countermeasures(draft: &Draft) -> Vec<String> {
    let all = draft.countermeasures.len();
    if all == 0 {
        return vec!["None is listed.".to_owned()];
    }
    let open = || {
        draft
            .countermeasures
            .iter()
            .filter(|it| it.status.is_open())
    };
    let mut facts = vec![format!(
        "{all} {} listed.",
        plural(all, "countermeasure is", "countermeasures are")
    )];
    for (count, lacks) in [
        (open().filter(|it| it.owner.is_empty()).count(), "an owner"),
        (
            open().filter(|it| it.check_on.is_none()).count(),
            "a check date",
        ),
    ] {
        if count > 0 {
            facts.push(format!(
                "{count} open {} without {lacks}.",
                plural(count, "one is", "ones are")
            ));
        }
    }
    facts
}

fn shared(draft: &Draft) -> Vec<String> {
    let mut facts = Vec::new();
    if draft.visibility == Visibility::Restricted {
        facts.push(
            "It is restricted: only those named on it and administrators read it.".to_owned(),
        );
    }
    if draft.teams.is_empty() {
        facts.push("No team is named.".to_owned());
    }
    if draft.tags.is_empty() {
        facts.push("It has no tags.".to_owned());
    }
    facts
}

fn blameless(findings: &[Finding]) -> Vec<String> {
    let wording = findings.iter().filter(|it| it.kind.is_wording()).count();
    let private = findings.len().saturating_sub(wording);
    let mut facts = Vec::new();
    if wording > 0 {
        facts.push(format!(
            "{wording} {} may read as blame.",
            plural(wording, "phrase", "phrases")
        ));
    }
    if private > 0 {
        facts.push(format!(
            "{private} {} like a secret, an address or a telephone number.",
            plural(private, "place looks", "places look")
        ));
    }
    if facts.is_empty() {
        facts.push("No phrase was found that may read as blame.".to_owned());
    }
    facts
}

fn plural<'a>(count: usize, one: &'a str, many: &'a str) -> &'a str {
    if count == 1 { one } else { many }
}
