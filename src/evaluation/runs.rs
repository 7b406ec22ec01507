//! The files of an evaluation: queries, judgements and rankings, as TREC writes them. Pure.
//!
//! ```text
//! queries.tsv   qid <tab> type <tab> query, with a head line; a column `twin` names the same query spelt well
//! qrels.tsv     qid 0 document grade
//! *.run         qid Q0 document rank score tag
//! ```
//! Whatever is not so is refused with its line: a measurement that leaves lines out would be a wrong one.

use super::metrics::Grades;
use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;

/// The highest grade there may be.
const MAX_GRADE: u8 = 9;

/// A line that is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(super) struct BadLine {
    /// Counted from 1.
    pub(super) line: usize,
    /// What is the matter.
    pub(super) message: String,
}

impl BadLine {
    pub(super) fn new(line: usize, message: impl Into<String>) -> Self {
        Self {
            line,
            message: message.into(),
        }
    }
}

/// Something that is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Topic {
    /// Its name in the other files.
    pub(super) id: String,
    /// What sort of question it is; may be empty.
    pub(super) kind: String,
    /// What is typed.
    pub(super) text: String,
    /// The topic that asks the same, spelt well.
    pub(super) twin: Option<String>,
}

/// What was judged, by topic.
pub(super) type Judgements = BTreeMap<String, Grades>;

/// One document of a ranking.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Hit {
    /// Its id.
    pub(super) document: String,
    /// The higher, the better.
    pub(super) score: f64,
}

/// Rankings, best first, by topic.
pub(super) type Run = BTreeMap<String, Vec<Hit>>;

fn text(bytes: &[u8]) -> Result<&str, BadLine> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = before.split(|byte| *byte == b'\n').count();
        BadLine::new(line, "it is not UTF-8")
    })?;
    Ok(text.trim_start_matches('\u{feff}'))
}

/// The lines that say something, with their numbers and the words on them.
fn lines(text: &str) -> impl Iterator<Item = (usize, Vec<&str>)> {
    let numbered = text.lines().enumerate();
    numbered
        .map(|(index, line)| (index + 1, line.split_whitespace().collect::<Vec<_>>()))
        .filter(|(_, words)| !words.is_empty())
}

/// Reads queries.
pub(super) fn topics(bytes: &[u8]) -> Result<Vec<Topic>, BadLine> {
    let mut rows = rows(text(bytes)?)?.into_iter();
    let (line, head) = rows
        .next()
        .ok_or_else(|| BadLine::new(1, "it is empty: a head line names the columns"))?;
    let column = |name: &str| head.iter().position(|it| it.trim() == name);
    let needed = |name: &str| {
        let missing = || BadLine::new(line, format!("the head line names no column “{name}”"));
        column(name).ok_or_else(missing)
    };
    let (id, kind, query) = (needed("qid")?, needed("type")?, needed("query")?);
    let twin = column("twin");
    let mut topics: Vec<Topic> = Vec::new();
    let mut known: HashSet<String> = HashSet::new();
    let mut twins: Vec<(usize, String)> = Vec::new();
    for (line, row) in rows {
        if row.len() != head.len() {
            let (has, wanted) = (row.len(), head.len());
            let message = format!("{has} columns where the head line has {wanted}");
            return Err(BadLine::new(line, message));
        }
        let get = |at: usize| row.get(at).map_or("", |field| field.trim());
        let topic = Topic {
            id: get(id).to_owned(),
            kind: get(kind).to_owned(),
            text: row.get(query).cloned().unwrap_or_default(),
            twin: twin.map(get).filter(|it| !it.is_empty()).map(str::to_owned),
        };
        if topic.id.is_empty() || topic.id.contains(char::is_whitespace) {
            let message = format!("“{}” is no id: one word is", topic.id);
            return Err(BadLine::new(line, message));
        }
        if topic.text.trim().is_empty() {
            return Err(BadLine::new(line, format!("{} asks nothing", topic.id)));
        }
        if !known.insert(topic.id.clone()) {
            let message = format!("{} was there already", topic.id);
            return Err(BadLine::new(line, message));
        }
        twins.extend(topic.twin.clone().map(|twin| (line, twin)));
        topics.push(topic);
    }
    match twins.iter().find(|(_, twin)| !known.contains(twin)) {
        Some((line, twin)) => Err(BadLine::new(*line, format!("no query is called {twin}"))),
        None => Ok(topics),
    }
}

/// The fields of a table with tabs between them, and the line on which each row begins. A field in quotes may hold
/// tabs, line ends, and quotes written twice, as spreadsheets and Python's `csv` write and read it.
fn rows(text: &str) -> Result<Vec<(usize, Vec<String>)>, BadLine> {
    let mut rows: Vec<(usize, Vec<String>)> = Vec::new();
    let (mut row, mut field) = (Vec::new(), String::new());
    let (mut line, mut begins) = (1, 1);
    // None: not in quotes. Otherwise where they began.
    let (mut quoted, mut is_fresh): (Option<usize>, bool) = (None, true);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let ends_line =
            character == '\n' || (character == '\r' && characters.peek() != Some(&'\n'));
        match character {
            '"' if quoted.is_some() && characters.peek() == Some(&'"') => {
                characters.next();
                field.push('"');
            }
            '"' if quoted.is_some() => quoted = None,
            _ if quoted.is_some() => field.push(character),
            '"' if is_fresh => (quoted, is_fresh) = (Some(line), false),
            '\t' => {
                row.push(std::mem::take(&mut field));
                is_fresh = true;
            }
            '\r' | '\n' if ends_line => {
                row.push(std::mem::take(&mut field));
                rows.push((begins, std::mem::take(&mut row)));
                is_fresh = true;
            }
            '\r' => {}
            _ => {
                field.push(character);
                is_fresh = false;
            }
        }
        if ends_line {
            line += 1;
            begins = if quoted.is_some() { begins } else { line };
        }
    }
    if let Some(began) = quoted {
        return Err(BadLine::new(
            began,
            "the quote that opens here never closes",
        ));
    }
    row.push(field);
    rows.push((begins, row));
    rows.retain(|(_, row)| row.iter().any(|field| !field.trim().is_empty()));
    Ok(rows)
}

/// Reads judgements of topics that are `known`.
pub(super) fn judgements(
    bytes: &[u8],
    known: impl Fn(&str) -> bool,
) -> Result<Judgements, BadLine> {
    let mut judgements = Judgements::new();
    for (line, words) in lines(text(bytes)?) {
        let [topic, _, document, grade] = words.as_slice() else {
            let message = format!("{} words where “qid 0 document grade” has 4", words.len());
            return Err(BadLine::new(line, message));
        };
        let grade = grade.parse().ok().filter(|grade| *grade <= MAX_GRADE);
        let grade = grade.ok_or_else(|| {
            let message = format!("“{}” is no grade from 0 to {MAX_GRADE}", words.join(" "));
            BadLine::new(line, message)
        })?;
        if !known(topic) {
            return Err(BadLine::new(line, format!("nothing is called {topic}")));
        }
        let grades = judgements.entry((*topic).to_owned()).or_default();
        if grades.insert((*document).to_owned(), grade).is_some() {
            let message = format!("{document} was judged for {topic} already");
            return Err(BadLine::new(line, message));
        }
    }
    Ok(judgements)
}

/// Reads rankings. As everywhere with these files the score decides, not the rank, and between equal scores the name.
pub(super) fn run(bytes: &[u8]) -> Result<Run, BadLine> {
    let mut run = Run::new();
    let mut seen: HashSet<(&str, &str)> = HashSet::new();
    for (line, words) in lines(text(bytes)?) {
        let [topic, _, document, _, score, _] = *words.as_slice() else {
            let has = words.len();
            let message = format!("{has} words where “qid Q0 document rank score tag” has 6");
            return Err(BadLine::new(line, message));
        };
        let number = score.parse::<f64>().ok().filter(|it| it.is_finite());
        let Some(number) = number else {
            return Err(BadLine::new(
                line,
                format!("the score “{score}” is no number"),
            ));
        };
        if !seen.insert((topic, document)) {
            let message = format!("{document} was ranked for {topic} already");
            return Err(BadLine::new(line, message));
        }
        run.entry(topic.to_owned()).or_default().push(Hit {
            document: document.to_owned(),
            // There is a negative nothing, which is less than nothing only here.
            score: number + 0.0,
        });
    }
    for hits in run.values_mut() {
        let by_name = |a: &Hit, b: &Hit| a.document.cmp(&b.document);
        hits.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| by_name(a, b)));
    }
    Ok(run)
}

/// The file of a run. Where scores are equal, each is written as a millionth less than the one before, so that whoever
/// reads it comes to the same order.
pub(super) fn write(run: &Run, tag: &str) -> String {
    let mut text = String::new();
    for (topic, hits) in run {
        let mut above = f64::INFINITY;
        for (index, Hit { document, score }) in hits.iter().enumerate() {
            let rounded = (score * 1e6).round() / 1e6;
            let less = ((above - 1e-6) * 1e6).round() / 1e6;
            let shown = rounded.min(less);
            let rank = index + 1;
            // Writing to a string does not fail.
            let _written = writeln!(text, "{topic} Q0 {document} {rank} {shown:.6} {tag}");
            above = shown;
        }
    }
    text
}

#[cfg(test)]
#[path = "runs_tests.rs"]
mod tests;
