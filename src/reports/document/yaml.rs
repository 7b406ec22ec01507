//! Front matter values: read from YAML or TOML within strict bounds, written back as YAML flow text.

use super::refusal::{Refusal, Unread, opened, unread};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;
use std::fmt::Write as _;

/// The largest header read, in bytes. The largest canonical header (lists of names) stays below it.
pub(super) const MAX_HEADER_BYTES: usize = 256 * 1024;

/// The deepest nesting of lists and maps.
pub(super) const MAX_DEPTH: usize = 16;
/// The most values.
pub(super) const MAX_NODES: usize = 10_000;
/// A value of the front matter.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    /// Nothing.
    Null,
    /// A number or truth value, as written.
    Plain(String),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Self>),
    /// Keys and values, in order.
    Map(Vec<(String, Self)>),
}

impl Node {
    /// A scalar's text; `None` for lists, maps and nothing.
    pub(super) fn scalar(&self) -> Option<&str> {
        match self {
            Self::Plain(text) | Self::Text(text) => Some(text),
            Self::Null | Self::List(_) | Self::Map(_) => None,
        }
    }

    /// The scalars of a list, or the one scalar; `None` when something else is among them.
    pub(super) fn scalars(&self) -> Option<Vec<String>> {
        match self {
            Self::Null => Some(Vec::new()),
            Self::Plain(text) | Self::Text(text) => Some(vec![text.clone()]),
            Self::List(nodes) => nodes
                .iter()
                .map(|node| node.scalar().map(str::to_owned))
                .collect(),
            Self::Map(_) => None,
        }
    }

    /// How many lists and maps lie within each other.
    pub(super) fn depth(&self) -> usize {
        match self {
            Self::Null | Self::Plain(_) | Self::Text(_) => 0,
            Self::List(nodes) => 1 + nodes.iter().map(Self::depth).max().unwrap_or(0),
            Self::Map(pairs) => {
                1 + pairs
                    .iter()
                    .map(|(_, node)| node.depth())
                    .max()
                    .unwrap_or(0)
            }
        }
    }

    /// How many values it is made of.
    fn count(&self) -> usize {
        match self {
            Self::Null | Self::Plain(_) | Self::Text(_) => 1,
            Self::List(nodes) => 1 + nodes.iter().map(Self::count).sum::<usize>(),
            Self::Map(pairs) => {
                1 + pairs
                    .iter()
                    .map(|(_, node)| 1 + node.count())
                    .sum::<usize>()
            }
        }
    }

    /// The value as YAML flow text on one line.
    pub(super) fn flow(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Plain(text) => out.push_str(text),
            Self::Text(text) => out.push_str(&quoted(text)),
            Self::List(nodes) => {
                out.push('[');
                for (index, node) in nodes.iter().enumerate() {
                    if index > 0 {
                        out.push_str(", ");
                    }
                    node.write(out);
                }
                out.push(']');
            }
            Self::Map(pairs) => {
                out.push('{');
                for (index, (key, node)) in pairs.iter().enumerate() {
                    if index > 0 {
                        out.push_str(", ");
                    }
                    out.push_str(&quoted(key));
                    out.push_str(": ");
                    node.write(out);
                }
                out.push('}');
            }
        }
    }
}

/// Text as a YAML scalar: bare where that cannot be misread, else in double quotes.
pub(super) fn quoted(text: &str) -> String {
    if is_bare(text) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            _ if letter.is_control()
                || matches!(
                    letter,
                    '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}'..='\u{ffff}'
                ) =>
            {
                // Writing to a string cannot fail.
                let written = write!(out, "\\U{:08X}", u32::from(letter));
                debug_assert!(written.is_ok());
            }
            _ => out.push(letter),
        }
    }
    out.push('"');
    out
}

/// Whether text needs no quotes as a YAML scalar.
pub(super) fn is_bare(text: &str) -> bool {
    let reserved = [
        "null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf", "infinity",
    ];
    text.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && !text.ends_with(' ')
        && text
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || " _./@+-".contains(letter))
        && !reserved.contains(&text.to_ascii_lowercase().as_str())
}

/// Reads a YAML header. The message of the error is for people.
pub(super) fn read_yaml(header: &str) -> Result<Vec<(String, Node)>, Unread> {
    if header.trim().is_empty() {
        return Ok(Vec::new());
    }
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_aliases: 0,
            max_anchors: 0,
            max_depth: MAX_DEPTH,
            max_documents: 1,
            max_nodes: MAX_NODES,
        },
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        with_snippet: false,
    };
    let raw: Raw = serde_saphyr::from_str_with_options(header, options)
        .map_err(|error| unread(&error, header))?;
    match raw.into_node(header) {
        Node::Map(pairs) => Ok(pairs),
        Node::Null => Ok(Vec::new()),
        Node::Plain(_) | Node::Text(_) | Node::List(_) => {
            Err("it is not a list of `key: value` lines".to_owned().into())
        }
    }
}

/// Reads a TOML header.
pub(super) fn read_toml(header: &str) -> Result<Vec<(String, Node)>, Unread> {
    let table: toml::Table = header.parse().map_err(|error: toml::de::Error| {
        if opened(header) > MAX_DEPTH * 4 {
            Refusal::Depth.into()
        } else {
            Unread::from(one_sentence(error.message()))
        }
    })?;
    let read: Vec<(String, Node)> = table
        .into_iter()
        .map(|(key, value)| (key, from_toml(value)))
        .collect();
    let depth = read.iter().map(|(_, node)| node.depth()).max();
    if depth.is_some_and(|depth| depth >= MAX_DEPTH) {
        return Err(Refusal::Depth.into());
    }
    if read.iter().map(|(_, node)| 1 + node.count()).sum::<usize>() > MAX_NODES {
        return Err(Refusal::Values.into());
    }
    Ok(read)
}

/// Reads one value as it stands in `extra`; text that is no YAML is taken as text.
pub(super) fn read_value(text: &str) -> Node {
    match read_yaml(&format!("value: {text}")).as_deref() {
        Ok([(key, node)]) if key == "value" => node.clone(),
        Ok(_) | Err(_) => Node::Text(text.to_owned()),
    }
}

pub(super) fn one_sentence(message: &str) -> String {
    message
        .lines()
        .next()
        .unwrap_or("it is not valid")
        .trim()
        .trim_end_matches('.')
        .to_owned()
}

fn from_toml(value: toml::Value) -> Node {
    match value {
        toml::Value::String(text) => Node::Text(text),
        toml::Value::Integer(number) => Node::Plain(number.to_string()),
        toml::Value::Float(number) => read_value(&number.to_string()),
        toml::Value::Boolean(truth) => Node::Plain(truth.to_string()),
        toml::Value::Datetime(time) => Node::Text(time.to_string()),
        toml::Value::Array(values) => Node::List(values.into_iter().map(from_toml).collect()),
        toml::Value::Table(table) => Node::Map(
            table
                .into_iter()
                .map(|(key, value)| (key, from_toml(value)))
                .collect(),
        ),
    }
}

/// A value with the place of its numbers, so that they can be kept as written (`1.10` is not `1.1`).
#[derive(Debug)]
enum Raw {
    Null,
    Number(String),
    Text(String),
    List(Vec<Spanned<Self>>),
    Map(Vec<(String, Spanned<Self>)>),
}

impl Raw {
    fn into_node(self, source: &str) -> Node {
        match self {
            Self::Null => Node::Null,
            Self::Number(text) => Node::Plain(text),
            Self::Text(text) => Node::Text(text),
            Self::List(values) => Node::List(
                values
                    .into_iter()
                    .map(|value| spanned(value, source))
                    .collect(),
            ),
            Self::Map(pairs) => Node::Map(
                pairs
                    .into_iter()
                    .map(|(key, value)| (key, spanned(value, source)))
                    .collect(),
            ),
        }
    }
}

fn spanned(value: Spanned<Raw>, source: &str) -> Node {
    let span = value.referenced.span();
    let place = span
        .byte_offset()
        .zip(span.byte_len())
        .and_then(|(start, length)| {
            let start = usize::try_from(start).ok()?;
            let end = start.checked_add(usize::try_from(length).ok()?)?;
            source.get(start..end)
        });
    match (value.value, place) {
        (Raw::Number(canonical), Some(written)) if is_number_like(written.trim(), &canonical) => {
            Node::Plain(written.trim().to_owned())
        }
        (raw, _) => raw.into_node(source),
    }
}

/// Guards against a span that covers something else than the bare number.
fn is_number_like(written: &str, canonical: &str) -> bool {
    written.parse::<f64>().ok() == canonical.parse::<f64>().ok()
        && written
            .chars()
            .all(|letter| letter.is_ascii_digit() || "+-.eE".contains(letter))
        && canonical.parse::<f64>().is_ok()
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a value")
    }
    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }
    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }
    fn visit_bool<E>(self, v: bool) -> Result<Raw, E> {
        Ok(Raw::Number(v.to_string()))
    }
    fn visit_i64<E>(self, v: i64) -> Result<Raw, E> {
        Ok(Raw::Number(v.to_string()))
    }
    fn visit_u64<E>(self, v: u64) -> Result<Raw, E> {
        Ok(Raw::Number(v.to_string()))
    }
    fn visit_f64<E>(self, v: f64) -> Result<Raw, E> {
        Ok(if v.is_finite() {
            Raw::Number(format!("{v:?}"))
        } else {
            Raw::Text(v.to_string())
        })
    }
    fn visit_str<E>(self, v: &str) -> Result<Raw, E> {
        Ok(Raw::Text(v.to_owned()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Raw, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = seq.next_element()? {
            values.push(value);
        }
        Ok(Raw::List(values))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry::<String, Spanned<Raw>>()? {
            pairs.push(pair);
        }
        Ok(Raw::Map(pairs))
    }
}
