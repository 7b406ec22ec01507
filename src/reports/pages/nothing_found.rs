//! Help for whoever searched and found nothing: which filter hides what there is, and a report to begin with.

use super::results::label;
use super::search::{Asked, run, wanted};
use super::words;
use crate::accounts::Actor;
use crate::platform::app::App;
use crate::platform::http::Error;
use crate::platform::search::query::{self, Query};
use crate::platform::search::{Field, Order};
use crate::reports::finder::Wanted;
use crate::reports::model::MAX_TITLE_CHARS;
use crate::reports::question::understand;
use serde_json::{Value, json};

/// For each filter, in the address or in the text: what there would be without it. Nothing is said of what the same person
/// could not find by searching so.
pub(super) async fn help(app: &App, actor: &Actor, asked: &Asked) -> Result<Value, Error> {
    let query = query::parse(&asked.text);
    let filters = asked.filters.merged(&query.filters);
    let used: Vec<Field> = Field::ALL
        .into_iter()
        .filter(|field| !filters.values(*field).is_empty())
        .collect();
    let mut drops = Vec::new();
    for field in &used {
        let values = filters.values(*field);
        let values: Vec<String> = values.iter().map(|value| label(*field, value)).collect();
        let name = format!("{}:{}", field.name(), values.join(","));
        if let Some(wider) = without(asked, &query, &[*field]) {
            drops.push(line(&name, &wider, count(app, actor, &wider).await?));
        }
    }
    let bare = without(asked, &query, &used);
    let all = match &bare {
        Some(bare) if used.len() > 1 => {
            let count = count(app, actor, bare).await?;
            (count > 0).then(|| line("", bare, count))
        }
        Some(_) | None => None,
    };
    let text = bare.as_ref().map_or(&asked.text, |bare| &bare.text);
    Ok(json!({
        "filters": drops,
        "all": all,
        "write_link": write_link(text),
    }))
}

/// Where to write what nobody has written: a new report of this title.
pub(super) fn write_link(text: &str) -> String {
    let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let title: String = one_line.chars().take(MAX_TITLE_CHARS).collect();
    let query = serde_urlencoded::to_string([("title", title)]).unwrap_or_default();
    format!("/reports/new?{query}")
}

fn line(name: &str, wider: &Asked, count: usize) -> Value {
    json!({
        "label": name,
        "count": count,
        "count_text": words::count(count),
        "link": wider.address(),
    })
}

async fn count(app: &App, actor: &Actor, wider: &Asked) -> Result<usize, Error> {
    let only_counted = Wanted {
        limit: 1,
        offset: 0,
        facets: false,
        order: Order::Newest,
        ..wanted(wider, understand(app, &wider.text).await)
    };
    Ok(run(app, actor, only_counted).await?.total)
}

/// The same search without these fields; none where one of them stands in the text and cannot be taken out by itself.
fn without(asked: &Asked, query: &Query, fields: &[Field]) -> Option<Asked> {
    let address = fields.iter();
    let filters = address.fold(asked.filters.clone(), |filters, field| {
        filters.without_field(*field)
    });
    let mut wider = asked.clone();
    wider.text = text_without(&asked.text, query, fields)?;
    wider.filters = filters;
    Some(wider)
}

/// The text without what narrows it by these fields, meaning the same otherwise.
fn text_without(text: &str, query: &Query, fields: &[Field]) -> Option<String> {
    let left = fields.iter();
    let left = left.fold(query.filters.clone(), |filters, field| {
        filters.without_field(*field)
    });
    if left == query.filters {
        return Some(text.to_owned());
    }
    let narrows = |piece: &str| {
        let filters = query::parse(piece).filters;
        fields
            .iter()
            .any(|field| !filters.values(*field).is_empty())
    };
    let kept: Vec<&str> = pieces(text).into_iter().filter(|it| !narrows(it)).collect();
    let kept = kept.join(" ");
    let meant = Query {
        filters: left,
        ..query.clone()
    };
    (query::parse(&kept) == meant).then_some(kept)
}

/// The text at its spaces, but for those between quotation marks.
fn pieces(text: &str) -> Vec<&str> {
    let mut quoted = false;
    text.split(|c: char| {
        quoted ^= c == '"';
        c.is_whitespace() && !quoted
    })
    .filter(|piece| !piece.is_empty())
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(text: &str, fields: &[Field]) -> Option<String> {
        text_without(text, &query::parse(text), fields)
    }

    #[test]
    fn a_filter_is_taken_out_of_the_text_and_nothing_else() {
        let service = [Field::Service];
        for (text, expected) in [
            ("replica lag", "replica lag"),
            ("replica service:billing lag", "replica lag"),
            (
                "service:\"order history\" \"replica lag\"",
                "\"replica lag\"",
            ),
            ("service:a sev:2 service:b", "sev:2"),
            ("-replica service:a", "-replica"),
            ("service:a", ""),
            ("", ""),
        ] {
            assert_eq!(left(text, &service).as_deref(), Some(expected), "{text}");
        }
        let both = [Field::Service, Field::Severity];
        assert_eq!(left("a service:x sev:1 b", &both).as_deref(), Some("a b"));
    }

    #[test]
    fn a_new_report_has_the_query_as_its_title() {
        assert_eq!(write_link("a  b\n&c"), "/reports/new?title=a+b+%26c");
        let long = write_link(&"x".repeat(1000));
        assert_eq!(long.len(), "/reports/new?title=".len() + MAX_TITLE_CHARS);
    }
}
