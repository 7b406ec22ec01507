//! `GET /related?…`: reports like a report, a text or an alert, each with its reasons. A link that alerts and bots can hand
//! out, and the panel on the page of a report.
//!
//! The panel is fetched when a reader comes near it, and is a plain link without scripts. Drawn with the page it would
//! cost every reader of a report some milliseconds of the index, for what stands below everything else; and it depends
//! on who reads, so it cannot be kept with the page.

use super::related_asked::{self as asked, Model};
use super::view::{severity, word};
use super::words;
use crate::accounts::{Action, Actor, Reader, may, reach, refusal, rules};
use crate::platform::app::App;
use crate::platform::http::{Error, FieldProblem, Lane, Page, PageError, Pairs};
use crate::platform::ids::ReportKey;
use crate::reports::related::{self, Asked, Related};
use crate::reports::store;
use actix_web::http::StatusCode;
use actix_web::web;
use serde_json::{Value, json};

/// Reports on the page.
const SHOWN: usize = 10;
/// Reports in the panel of a report.
const IN_PANEL: usize = 5;

/// Reports like this, for whoever asks; for a report, also its key and title.
pub(in crate::reports) async fn run(
    app: &App,
    actor: &Actor,
    model: Model,
    limit: usize,
) -> Result<(Vec<Related>, Option<(ReportKey, String)>), Error> {
    let rules = rules(&app.settings);
    if !may(actor, Action::Search, rules) {
        return Err(refusal(actor, Action::Search));
    }
    let (asked, about) = match model {
        Model::Known(subject) => {
            let asked = Asked {
                subject,
                limit,
                ..Asked::default()
            };
            (asked, None)
        }
        Model::Report(key) => about_report(app, actor, (key, limit)).await?,
        Model::Imported(import_key) => {
            let key = {
                let mut conn = app.db.get().await?;
                store::key_of_import(&mut conn, &import_key, &reach(actor, rules)).await?
            };
            let key = key.ok_or_else(|| Error::not_found("The report of that import key"))?;
            about_report(app, actor, (key, limit)).await?
        }
    };
    let (index, who) = (app.search.clone(), actor.clone());
    let (asked, likes) = app
        .blocking(Lane::Search, move || {
            let likes = related::look(&index, &asked, &who, rules).map_err(Error::unavailable)?;
            Ok::<_, Error>((asked, likes))
        })
        .await?;
    let mut conn = app.db.get().await?;
    let found = related::complete(&mut conn, &asked, likes, &reach(actor, rules)).await?;
    Ok((found, about))
}

/// What is asked about a report, if the actor may find it.
async fn about_report(
    app: &App,
    actor: &Actor,
    (key, limit): (ReportKey, usize),
) -> Result<(Asked, Option<(ReportKey, String)>), Error> {
    let rules = rules(&app.settings);
    let (stored, links) = {
        // Given back before anything waits for a place to work in.
        let mut conn = app.db.get().await?;
        let stored = store::load(&mut conn, key)
            .await?
            .filter(|it| may(actor, Action::FindReport(&it.header.access), rules))
            .ok_or_else(|| Error::not_found(format!("The report {key}")))?;
        let links = store::links(&mut conn, stored.header.id, &reach(actor, rules)).await?;
        (stored, links)
    };
    let title = stored.draft.title.clone();
    let id = stored.header.id;
    let subject = app
        .blocking(Lane::Render, move || {
            Ok::<_, Error>(related::subject(&stored.draft, Some(id)))
        })
        .await?;
    let asked = Asked {
        subject,
        links,
        limit,
    };
    Ok((asked, Some((key, title))))
}

/// `GET /related?id=PM-42`, `?text=…&service=…`, `?alertname=…&service=…&summary=…`
pub async fn related(
    app: web::Data<App>,
    reader: Reader,
    Pairs(pairs): Pairs,
) -> Result<Page, PageError> {
    let get = |name: &str| {
        let mut values = pairs.iter().filter(|pair| pair.0 == name);
        values.next_back().map_or("", |pair| pair.1.as_str())
    };
    let model = match asked::read(&pairs) {
        Ok(model) => model,
        Err(Error::Invalid(problems)) => {
            let view = view(&[], &pairs, problems.first());
            return Ok(page(view).with_status(StatusCode::UNPROCESSABLE_ENTITY));
        }
        Err(error) => return Err(error.into()),
    };
    let is_asked = model.is_some();
    let is_panel = get("in") == "panel";
    let (found, about) = match model {
        Some(model) => {
            let limit = if is_panel { IN_PANEL } else { SHOWN };
            run(&app, &reader.0, model, limit).await?
        }
        None => (Vec::new(), None),
    };
    let mut view = view(&found, &pairs, None);
    if let Value::Object(view) = &mut view {
        view.insert("is_asked".to_owned(), json!(is_asked));
        let about = about.map(|(key, title)| {
            json!({ "key": key.to_string(), "title": title, "link": format!("/reports/{key}") })
        });
        view.insert("about".to_owned(), json!(about));
    }
    Ok(page(view).with_fragment("related_list"))
}

fn page(view: Value) -> Page {
    Page::new("related", "Related reports", view)
}

fn view(found: &[Related], pairs: &[(String, String)], problem: Option<&FieldProblem>) -> Value {
    let get = |name: &str| {
        let value = pairs.iter().find(|pair| pair.0 == name);
        value.map_or("", |pair| pair.1.as_str())
    };
    // What the form has no field for goes along with it.
    let mut services = 0_usize;
    let carried = pairs.iter().filter(|(name, value)| match name.as_str() {
        "service" => {
            services += 1;
            services > 1
        }
        "title" | "alertname" | "summary" | "team" => !value.trim().is_empty(),
        _ => false,
    });
    let carried: Vec<Value> = carried
        .map(|(name, value)| json!({ "name": name, "value": cut(value, asked::MOST_NAME) }))
        .collect();
    json!({
        "related": found.iter().map(item).collect::<Vec<_>>(),
        "is_asked": false,
        "about": null,
        "text": cut(get("text"), asked::MOST_TEXT),
        "service": cut(get("service"), asked::MOST_NAME),
        "carried": carried,
        "problem": problem.map(|it| format!("{}: {}", it.field, it.message)),
    })
}

fn cut(text: &str, most: usize) -> &str {
    text.get(..text.floor_char_boundary(most))
        .unwrap_or_default()
}

/// A report as `related_list.hbs` lists it.
fn item(it: &Related) -> Value {
    let summary = &it.summary;
    let zone = words::zone(&summary.timezone);
    json!({
        "key": summary.key.to_string(),
        "link": format!("/reports/{}", summary.key),
        "title": summary.title,
        "kind": word!(summary.kind),
        "severity": summary.severity.map(severity),
        "occurred_at": summary.started_at.map(|at| at.to_string()),
        "occurred": summary.started_at.map(|at| words::day(at, &zone)),
        "services": summary.services,
        "about": summary.about,
        "reasons": it.sentences(),
    })
}
