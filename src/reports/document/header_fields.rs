//! The pairs of a header, read into the fields of a draft; what no field takes is kept.

use super::Stated;
use super::header_keys::{aliases, folded};
use super::header_rows::{all_of, event, factor, instant, measure};
use super::normal::keep;
use super::sections::Rows;
use super::text::{block, one_line};
use super::yaml::Node;
use crate::reports::model::{
    Draft, Kind, MAX_TITLE_CHARS, Problem, Severity, Source, Status, Times, Visibility,
};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A key as it is looked up, as it was written, and its value.
struct Pair {
    folded: String,
    key: String,
    node: Node,
}

/// The header on its way into a draft.
struct Reader<'a> {
    pairs: Vec<Pair>,
    draft: &'a mut Draft,
    problems: &'a mut Vec<Problem>,
    header: &'a str,
    zone: TimeZone,
}

/// What the header gave besides the fields of the draft.
pub(super) struct Gains {
    pub(super) titled: bool,
    pub(super) visibility: Stated,
    pub(super) summary: String,
    pub(super) rows: Rows,
}

/// Fills the draft from the pairs of a header.
pub(super) fn apply(
    pairs: Vec<(String, Node)>,
    header: &str,
    draft: &mut Draft,
    problems: &mut Vec<Problem>,
) -> Gains {
    // What the body suggests, until the header says otherwise.
    let zone = TimeZone::get(&draft.timezone).unwrap_or(TimeZone::UTC);
    let pairs = pairs
        .into_iter()
        .map(|(key, node)| Pair {
            folded: folded(&key),
            key,
            node,
        })
        .collect();
    let mut reader = Reader {
        pairs,
        draft,
        problems,
        header,
        zone,
    };
    let titled = reader.title();
    let visibility = reader.visibility();
    reader.words();
    reader.names();
    reader.source();
    reader.times();
    let rows = reader.rows();
    let mut summary = String::new();
    if let Some((_, node)) = reader.take("summary", |node| node.scalar().is_some()) {
        summary = block(node.scalar().unwrap_or(""));
    }
    reader.rest();
    Gains {
        titled,
        visibility,
        summary,
        rows,
    }
}

impl Reader<'_> {
    /// Takes the first pair with one of the field's keys that fits.
    fn take(&mut self, field: &str, fits: impl Fn(&Node) -> bool) -> Option<(String, Node)> {
        let place = aliases(field).iter().find_map(|name| {
            self.pairs
                .iter()
                .position(|pair| pair.folded == *name && fits(&pair.node))
        })?;
        let pair = self.pairs.remove(place);
        Some((pair.key, pair.node))
    }

    fn parsed<T>(&mut self, field: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let fits = |node: &Node| node.scalar().and_then(&parse).is_some();
        let (_, node) = self.take(field, fits)?;
        node.scalar().and_then(parse)
    }

    fn complain(&mut self, field: &str, key: &str, message: String) {
        let line = self
            .header
            .lines()
            .position(|line| {
                line.strip_prefix(key)
                    .is_some_and(|rest| rest.trim_start().starts_with([':', '=']))
            })
            .map_or(0, |index| index + 2);
        self.problems.push(Problem {
            line,
            field: field.to_owned(),
            message,
        });
    }

    fn title(&mut self) -> bool {
        let Some((key, node)) = self.take("title", |node| node.scalar().is_some()) else {
            return false;
        };
        let title = one_line(node.scalar().unwrap_or(""));
        if title.chars().count() > MAX_TITLE_CHARS {
            self.draft.title = title.chars().take(MAX_TITLE_CHARS).collect();
            self.complain(
                "title",
                &key,
                "The title was too long; it was cut, and kept in full below `kept`.".to_owned(),
            );
            keep(&mut self.draft.extra, &key, node.flow());
        } else {
            self.draft.title = title;
        }
        true
    }

    /// A word that is not understood restricts: what was meant to be seen by few is not shown to all.
    fn visibility(&mut self) -> Stated {
        let word = self.parsed("visibility", Visibility::parse);
        let other = self.pairs.iter().find(|pair| pair.folded == "visibility");
        if let Some(pair) = other {
            let message = format!(
                "“{}” is none of open or restricted: the report is taken as restricted, and the word is kept below `kept`.",
                pair.node.flow()
            );
            let key = pair.key.clone();
            self.draft.visibility = Visibility::Restricted;
            self.complain("visibility", &key, message);
            return Stated::Unreadable;
        }
        self.draft.visibility = word.unwrap_or(self.draft.visibility);
        word.map_or(Stated::Nothing, |_| Stated::Word)
    }

    fn words(&mut self) {
        let draft_kind = self.parsed("kind", Kind::parse);
        self.draft.kind = draft_kind.unwrap_or(self.draft.kind);
        let status = self.parsed("status", Status::parse);
        self.draft.status = status.unwrap_or(self.draft.status);
        self.draft.severity = self.parsed("severity", Severity::parse);
        if self.draft.kind == Kind::NearMiss
            && let Some(severity) = self.draft.severity.take()
        {
            self.complain(
                "severity",
                "severity",
                "A near miss has no severity; the one given is kept below `kept`.".to_owned(),
            );
            keep(&mut self.draft.extra, "severity", severity.to_string());
        }
        let key = self.parsed("id", |text| {
            Some(one_line(text)).filter(|text| !text.is_empty())
        });
        self.draft.import_key = key;
        let facilitator = self.parsed("facilitator", |text| Some(one_line(text)));
        self.draft.facilitator = facilitator.unwrap_or_default();
        let zone = self.parsed("timezone", |name| {
            let zone = TimeZone::get(name.trim()).ok()?;
            zone.iana_name().map(str::to_owned).zip(Some(zone))
        });
        if let Some((name, zone)) = zone {
            self.draft.timezone = name;
            self.zone = zone;
        }
        for (field, known) in [
            ("kind", "incident, near_miss or exercise"),
            ("status", "draft, in_review, published or archived"),
            ("severity", "SEV1 to SEV5"),
            ("timezone", "an IANA zone such as Europe/Paris"),
        ] {
            if let Some(pair) = self.pairs.iter().find(|pair| pair.folded == field) {
                let (key, message) = (
                    pair.key.clone(),
                    format!(
                        "“{}” is none of {known}; it is kept below `kept`.",
                        pair.node.flow()
                    ),
                );
                self.complain(field, &key, message);
            }
        }
    }

    /// All values of a field's keys together.
    fn all(&mut self, field: &str) -> Vec<String> {
        let mut names = Vec::new();
        while let Some((_, node)) = self.take(field, |node| node.scalars().is_some()) {
            names.extend(node.scalars().unwrap_or_default());
        }
        names
    }

    fn names(&mut self) {
        self.draft.services = self.all("services");
        self.draft.teams = self.all("teams");
        self.draft.authors = self.all("authors");
        self.draft.sources = self.all("sources");
        let split = |tag: &String| tag.split(',').map(str::to_owned).collect::<Vec<_>>();
        self.draft.tags = self.all("tags").iter().flat_map(split).collect();
    }

    fn source(&mut self) {
        let mut source = Source::default();
        if let Some((key, node)) = self.take("source", |node| matches!(node, Node::Map(_)))
            && let Node::Map(pairs) = node
        {
            let mut rest = Vec::new();
            for (name, value) in pairs {
                match (name.as_str(), value.scalar()) {
                    ("repo", Some(text)) => source.repo = one_line(text),
                    ("path", Some(text)) => source.path = one_line(text),
                    ("commit", Some(text)) => source.commit = one_line(text),
                    ("licence" | "license", Some(text)) => source.licence = one_line(text),
                    _ => rest.push((name, value)),
                }
            }
            if !rest.is_empty() {
                keep(&mut self.draft.extra, &key, Node::Map(rest).flow());
            }
        } else if self
            .pairs
            .iter()
            .any(|pair| pair.folded == "source_repo" || pair.folded == "source_path")
        {
            source = Source {
                repo: self.one("source_repo"),
                path: self.one("source_path"),
                commit: self.one("source_commit"),
                licence: self.one("license"),
            };
        }
        self.draft.source = Some(source);
    }

    /// Takes a scalar by its own name.
    fn one(&mut self, name: &str) -> String {
        let place = self
            .pairs
            .iter()
            .position(|pair| pair.folded == name && pair.node.scalar().is_some());
        place.map_or_else(String::new, |place| {
            one_line(self.pairs.remove(place).node.scalar().unwrap_or(""))
        })
    }

    fn times(&mut self) {
        let mut keys = Vec::new();
        for field in [
            "started_at",
            "detected_at",
            "acknowledged_at",
            "mitigated_at",
            "resolved_at",
        ] {
            let zone = self.zone.clone();
            let read = |node: &Node| node.scalar().and_then(|text| instant(text, &zone));
            let taken = self.take(field, |node| read(node).is_some());
            let at = taken.as_ref().and_then(|(_, node)| read(node));
            *slot(&mut self.draft.times, field) = at;
            if let Some((key, node)) = taken {
                keys.push((field, key, node));
            } else if let Some(pair) = self
                .pairs
                .iter()
                .find(|pair| aliases(field).contains(&pair.folded.as_str()))
            {
                let (key, message) = (
                    pair.key.clone(),
                    format!(
                        "“{}” is no date and time such as 2026-03-01T22:04:00Z; it is kept below `kept`.",
                        pair.node.flow()
                    ),
                );
                self.complain(field, &key, message);
            }
        }
        for (first, second) in Times::ORDER {
            let (before, after) = (
                *slot(&mut self.draft.times, first),
                *slot(&mut self.draft.times, second),
            );
            if let (Some(before), Some(after)) = (before, after)
                && after < before
            {
                *slot(&mut self.draft.times, second) = None;
                let message = format!(
                    "{second} ({after}) is before {first} ({before}); it is kept below `kept` until you correct it."
                );
                if let Some((_, key, node)) = keys.iter().find(|(field, ..)| *field == second) {
                    keep(&mut self.draft.extra, key, node.flow());
                    let key = key.clone();
                    self.complain(second, &key, message);
                }
            }
        }
    }

    fn rows(&mut self) -> Rows {
        let mut rows = Rows::default();
        let zone = self.zone.clone();
        let mut place = 0;
        while let Some(pair) = self.pairs.get(place) {
            let read = match (pair.folded.as_str(), &pair.node) {
                ("timeline", Node::List(nodes)) => {
                    all_of(nodes, |node| event(node, &zone)).map(|found| rows.timeline = found)
                }
                ("countermeasures", Node::List(nodes)) => {
                    all_of(nodes, measure).map(|found| rows.countermeasures = found)
                }
                ("factors", Node::List(nodes)) => {
                    all_of(nodes, factor).map(|found| rows.factors = found)
                }
                _ => None,
            };
            if read.is_some() {
                self.pairs.remove(place);
            } else {
                place += 1;
            }
        }
        rows
    }

    /// What no field took goes to `extra`.
    fn rest(&mut self) {
        for Pair { folded, key, node } in std::mem::take(&mut self.pairs) {
            if folded == "kept"
                && let Node::Map(inner) = node
            {
                for (key, node) in inner {
                    keep(&mut self.draft.extra, &key, node.flow());
                }
            } else {
                keep(&mut self.draft.extra, &key, node.flow());
            }
        }
    }
}

fn slot<'a>(times: &'a mut Times, field: &str) -> &'a mut Option<Timestamp> {
    match field {
        "started_at" => &mut times.started_at,
        "detected_at" => &mut times.detected_at,
        "acknowledged_at" => &mut times.acknowledged_at,
        "mitigated_at" => &mut times.mitigated_at,
        _ => &mut times.resolved_at,
    }
}
