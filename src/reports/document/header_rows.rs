//! Rows that stand in the front matter: `timeline`, `countermeasures`, `factors`.

use super::countermeasures;
use super::header_keys::folded;
use super::stamp::read_stamp;
use super::text::{block, one_line};
use super::time::Clock;
use super::yaml::Node;
use crate::reports::model::{
    Countermeasure, CountermeasureType, FactorRole, FactorUse, Phase, TimelineEvent,
};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// An instant of the header; without a zone it is in the report's.
pub(super) fn instant(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(exact) = text.parse() {
        return Some(exact);
    }
    let stamp = read_stamp(text)?;
    let exact = stamp.length == text.len() && stamp.until.is_none();
    (exact && stamp.day.is_some_and(|day| day.year.is_some()))
        .then(|| Clock::new(zone.clone(), None).place(&stamp))
        .flatten()
}

pub(super) fn all_of<T>(nodes: &[Node], read: impl Fn(&Node) -> Option<T>) -> Option<Vec<T>> {
    nodes.iter().map(read).collect()
}

fn pairs_of(node: &Node) -> Option<&[(String, Node)]> {
    match node {
        Node::Map(pairs) => Some(pairs),
        Node::Null | Node::Plain(_) | Node::Text(_) | Node::List(_) => None,
    }
}

pub(super) fn event(node: &Node, zone: &TimeZone) -> Option<TimelineEvent> {
    let mut event = TimelineEvent::said("");
    let mut rest = String::new();
    for (key, value) in pairs_of(node)? {
        let text = value.scalar().unwrap_or("");
        match (folded(key).as_str(), value.scalar()) {
            ("at" | "time", Some(_)) => {
                event.at = instant(text, zone);
                if event.at.is_none() {
                    event.at_text = one_line(text);
                }
            }
            ("text" | "event" | "description", Some(_)) => event.text = block(text),
            ("kind" | "phase", Some(_)) if phase(text).is_some() => event.phase = phase(text),
            ("role", Some(_)) => event.role = one_line(text),
            ("evidence" | "url", Some(_)) => event.evidence = one_line(text),
            _ => rest.extend([" — ", key.as_str(), ": ", value.flow().as_str()]),
        }
    }
    event.text.push_str(&rest);
    Some(event)
}

fn phase(word: &str) -> Option<Phase> {
    Phase::parse(word).or(match word.to_lowercase().as_str() {
        "detection" => Some(Phase::Detect),
        "diagnosis" => Some(Phase::Diagnose),
        "decision" => Some(Phase::Decide),
        "action" | "mitigation" => Some(Phase::Act),
        "recovery" | "resolution" => Some(Phase::Recover),
        "communication" => Some(Phase::Communicate),
        _ => None,
    })
}

pub(super) fn measure(node: &Node) -> Option<Countermeasure> {
    if let Some(text) = node.scalar() {
        return Some(Countermeasure::titled(one_line(text)));
    }
    let mut row = Countermeasure::titled("");
    let mut rest = Vec::new();
    for (key, value) in pairs_of(node)? {
        let text = value.scalar().unwrap_or("");
        match (folded(key).as_str(), value.scalar()) {
            ("action" | "title" | "text", Some(_)) if row.title.is_empty() => {
                row.title = one_line(text);
            }
            ("hypothesis", Some(_)) => row.hypothesis = block(text),
            ("measure", Some(_)) => row.measure = block(text),
            ("problem", Some(_)) => row.problem = block(text),
            ("owner", Some(_)) => row.owner = one_line(text),
            ("priority", Some(_)) => row.priority = one_line(text),
            ("tracker" | "ticket" | "url", Some(_)) => row.tracker = one_line(text),
            ("due", Some(_)) if text.parse::<jiff::civil::Date>().is_ok() => {
                row.due_on = text.parse().ok();
            }
            ("check", Some(_)) if text.parse::<jiff::civil::Date>().is_ok() => {
                row.check_on = text.parse().ok();
            }
            ("type", Some(_)) if CountermeasureType::parse(text).is_some() => {
                row.kind = CountermeasureType::parse(text);
            }
            ("status", Some(_)) if countermeasures::status(text).is_some() => {
                row.status = countermeasures::status(text).unwrap_or(row.status);
            }
            _ => rest.push(format!("* {key}: {}", value.flow())),
        }
    }
    row.details = rest.join("\n");
    if row.title.is_empty() {
        row.title = one_line(&row.hypothesis);
    }
    (!row.title.is_empty()).then_some(row)
}

pub(super) fn factor(node: &Node) -> Option<FactorUse> {
    let plain = |name: &str| FactorUse {
        name: one_line(name),
        role: FactorRole::Contributed,
        note: String::new(),
    };
    if let Some(name) = node.scalar() {
        return Some(plain(name));
    }
    let mut found = plain("");
    for (key, value) in pairs_of(node)? {
        let text = value.scalar()?;
        match folded(key).as_str() {
            "name" => found.name = one_line(text),
            "note" => found.note = block(text),
            "role" => found.role = FactorRole::parse(text)?,
            _ => return None,
        }
    }
    (!found.name.is_empty()).then_some(found)
}
