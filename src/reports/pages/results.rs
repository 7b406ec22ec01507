//! What a search found, filled in: most of the time that a page of results takes goes into this, so it is kept.

use super::home::item;
use super::search::Asked;
use super::sections::anchor;
use super::words;
use crate::platform::app::App;
use crate::platform::http::Error;
use crate::platform::markdown::SafeHtml;
use crate::platform::memory::{Subject, Version};
use crate::platform::search::{Facets, Field};
use crate::reports::document::section_role;
use crate::reports::finder::Findings;
use crate::reports::found::Found;
use crate::reports::model::{
    CheckResult, CountermeasureStatus, FactorRole, Kind, Phase, SectionRole, Severity,
};
use crate::reports::scope::{FoundRow, FoundRows, Scope};
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use std::sync::Arc;

/// The facets as the page shows them.
struct FilledIn {
    facets: Facets,
    html: SafeHtml,
}

/// Addresses up to this length are remembered with their facets.
const MOST_REMEMBERED: usize = 256;

/// The facets, filled in again only when they differ from what this address showed before.
pub(super) fn facets_html(
    app: &App,
    asked: &Asked,
    found: &Facets,
) -> Result<Option<SafeHtml>, Error> {
    let address: Arc<str> = asked.with(&asked.filters).into();
    let subject = Subject::seen(0, &address);
    if let Some(known) = app.memory.get::<FilledIn>(subject.clone(), ANY)
        && known.facets == *found
    {
        return Ok(Some(known.html.clone()));
    }
    let facets = facets(asked, found);
    if facets.is_empty() {
        return Ok(None);
    }
    let view = json!({ "facets": facets });
    let html = app.templates.render_part("search_facets", view);
    let html = html.map_err(Error::internal)?;
    if address.len() <= MOST_REMEMBERED {
        let size = 2 * html.as_str().len() + address.len();
        let filled_in = FilledIn {
            facets: found.clone(),
            html: html.clone(),
        };
        app.memory.keep(subject, ANY, size, Arc::new(filled_in));
    }
    Ok(Some(html))
}

/// Facets have no version: they are compared.
const ANY: Version = (0, 0);

/// The list of hits: each filled in once for as long as it is remembered, or with its rows where those are listed.
pub(super) fn hits_html(
    app: &App,
    asked: &Asked,
    findings: &Findings,
) -> Result<Option<SafeHtml>, Error> {
    let items = &findings.items;
    if asked.scope != Scope::Reports {
        let drawn: Result<Vec<SafeHtml>, Error> = items
            .iter()
            .map(|found| {
                let view = rows_hit(found, findings.rows.get(&found.summary().id.0), asked.scope);
                let html = app.templates.render_part("search_rows", view);
                html.map_err(Error::internal)
            })
            .collect();
        let drawn = drawn?;
        let drawn: Vec<&SafeHtml> = drawn.iter().collect();
        return Ok((!items.is_empty()).then(|| SafeHtml::joined(&drawn)));
    }
    for found in items {
        if found.shown.item.get().is_none() {
            let html = app.templates.render_part("search_hit", hit(found));
            // Should another request have been faster, it drew the same.
            let _same = found.shown.item.set(html.map_err(Error::internal)?);
        }
    }
    let drawn: Vec<&SafeHtml> = items
        .iter()
        .filter_map(|found| found.shown.item.get())
        .collect();
    Ok((!items.is_empty()).then(|| SafeHtml::joined(&drawn)))
}

fn facets(asked: &Asked, facets: &Facets) -> Vec<Value> {
    [
        (Field::Service, "Service", &facets.service),
        (Field::Severity, "Severity", &facets.severity),
        (Field::Kind, "Kind", &facets.kind),
        (Field::Year, "Year", &facets.year),
        (Field::Tag, "Tag", &facets.tag),
    ]
    .into_iter()
    .filter(|(_, _, values)| !values.is_empty())
    .map(|(field, name, values)| {
        let chosen = asked.filters.values(field);
        let values: Vec<Value> = values
            .iter()
            .take(10)
            .map(|(value, count)| {
                let selected = chosen.contains(value);
                let filters = if selected {
                    asked.filters.without(field, value)
                } else {
                    asked.filters.with(field, value)
                };
                json!({
                    "label": label(field, value),
                    "count": count,
                    "count_text": words::count(*count),
                    "link": asked.with(&filters),
                    "selected": selected,
                })
            })
            .collect();
        json!({ "name": field.name(), "label": name, "values": values, "more_link": null })
    })
    .collect()
}

/// A facet value as people read it.
pub(super) fn label(field: Field, value: &str) -> String {
    match field {
        Field::Kind => {
            Kind::parse(value).map_or_else(|| value.to_owned(), |kind| kind.label().to_owned())
        }
        Field::Severity => {
            Severity::parse(value).map_or_else(|| value.to_owned(), |level| level.to_string())
        }
        Field::Service
        | Field::Team
        | Field::Tag
        | Field::Factor
        | Field::Status
        | Field::Phase
        | Field::Has
        | Field::Author
        | Field::In
        | Field::Year
        | Field::After
        | Field::Before
        | Field::Started => value.to_owned(),
    }
}

fn hit(found: &Found) -> Value {
    let mut view = item(found.summary());
    let place = if found.shown.section.is_empty() {
        String::new()
    } else {
        format!("#{}", section_anchor(&found.shown.section))
    };
    if let Some(view) = view.as_object_mut() {
        view.insert(
            "link".into(),
            json!(format!("/reports/{}{place}", found.summary().key)),
        );
        view.insert("title_html".into(), json!(found.title()));
        view.insert("section".into(), json!(found.shown.section));
        view.insert("snippet_html".into(), json!(found.shown.snippet()));
        view.insert(
            "open_countermeasures".into(),
            json!(found.summary().open_countermeasures),
        );
    }
    view
}

/// A report with the rows of it that are listed.
fn rows_hit(found: &Found, rows: Option<&FoundRows>, scope: Scope) -> Value {
    let mut view = hit(found);
    let report = format!("/reports/{}", found.key());
    let zone = words::zone(&found.summary().timezone);
    let (shown, more) = rows.map_or((&[][..], 0), |rows| (rows.shown.as_slice(), rows.more));
    if let Some(view) = view.as_object_mut() {
        let shown: Vec<Value> = shown
            .iter()
            .map(|row| row_view(row, scope, (&report, &zone)))
            .collect();
        if !shown.is_empty() {
            view.insert("link".into(), json!(report));
        }
        view.insert("rows".into(), json!(shown));
        view.insert("more".into(), json!(more));
        view.insert(
            "more_link".into(),
            json!(format!("{report}#{}", role_anchor(scope))),
        );
    }
    view
}

fn row_view(row: &FoundRow, scope: Scope, (report, zone): (&str, &TimeZone)) -> Value {
    let word = match scope {
        Scope::Countermeasures => {
            CountermeasureStatus::parse(&row.word).map(CountermeasureStatus::label)
        }
        Scope::Timeline => Phase::parse(&row.word).map(Phase::label),
        Scope::Factors => FactorRole::parse(&row.word).map(FactorRole::label),
        Scope::Reports => None,
    };
    let at = row.at.map(|at| at.to_zoned(zone.clone()));
    let time = at.as_ref().map_or_else(
        || row.at_text.clone(),
        |at| format!("{} {}", at.strftime("%Y-%m-%d"), words::clock(at)),
    );
    json!({
        "link": format!("{report}#{}", scope.anchor(row.number)),
        "when": time,
        "at": row.at.map(|at| at.to_string()),
        "head_html": (!row.head.is_empty()).then(|| row.head_html()),
        "text_html": (!row.passage().is_empty()).then(|| row.passage_html()),
        "word": word,
        "result": CheckResult::parse(&row.result).map(|result| json!({ "word": result.word(), "label": result.label() })),
    })
}

/// Where the section stands that such rows are in.
fn role_anchor(scope: Scope) -> String {
    let role = match scope {
        Scope::Reports => return String::new(),
        Scope::Countermeasures => SectionRole::Countermeasures,
        Scope::Timeline => SectionRole::Timeline,
        Scope::Factors => SectionRole::Factors,
    };
    anchor(role, role.label())
}

/// Where the section with this heading stands on the report's page.
fn section_anchor(heading: &str) -> String {
    let role = section_role(heading);
    anchor(role.unwrap_or(SectionRole::Other), heading)
}
