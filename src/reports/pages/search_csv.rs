//! What a search found, as a table for a spreadsheet.
//!
//! A spreadsheet takes some texts for formulas, which can send away what stands in other cells: such a cell begins with an
//! apostrophe here, and is text.

use super::search::{Asked, ranked, wanted};
use crate::accounts::{Reader, reach, rules};
use crate::platform::app::App;
use crate::platform::http::{Error, PageError, Pairs};
use crate::platform::search::{MAX_DEPTH, SearchError};
use crate::reports::finder::{self, Wanted};
use crate::reports::question::understand;
use crate::reports::store::Summary;
use actix_web::http::header;
use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use std::iter::once;

const COLUMNS: [&str; 13] = [
    "key",
    "title",
    "kind",
    "status",
    "severity",
    "started_at",
    "resolved_at",
    "minutes",
    "services",
    "tags",
    "open_countermeasures",
    "published_at",
    "link",
];

/// `GET /search.csv?q=…`: the same filters and order as the page, up to a thousand rows, and only what whoever asks may find.
pub async fn search_csv(
    app: web::Data<App>,
    reader: Reader,
    Pairs(pairs): Pairs,
) -> Result<HttpResponse, PageError> {
    let asked = Asked::read(&pairs);
    let wanted = Wanted {
        limit: MAX_DEPTH,
        offset: 0,
        facets: false,
        ..wanted(&asked, understand(&app, &asked.text).await)
    };
    let (mut conn, ranked) = ranked(&app, &reader.0, &wanted).await?;
    if ranked.is_fallback() {
        // A table does not say how rough it is.
        return Err(Error::unavailable(SearchError::Unavailable).into());
    }
    let reach = reach(&reader.0, rules(&app.settings));
    let found = finder::listed(&mut conn, ranked, &reach).await?;
    let site = app.settings.public_url.as_str().trim_end_matches('/');
    let rows = found.iter().map(|it| row(it, site));
    let header = line(&COLUMNS.map(str::to_owned));
    let table: String = once(header).chain(rows).collect();
    Ok(HttpResponse::Ok()
        .insert_header((
            header::CONTENT_TYPE,
            "text/csv; charset=utf-8; header=present",
        ))
        .insert_header((
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"hansei-search.csv\"",
        ))
        .body(table))
}

fn row(it: &Summary, site: &str) -> String {
    let at = |at: Option<Timestamp>| at.map_or_else(String::new, |at| at.to_string());
    let lasted = it.started_at.zip(it.resolved_at);
    let minutes = lasted.map_or_else(String::new, |(from, to)| {
        to.duration_since(from).as_mins().to_string()
    });
    line(&[
        it.key.to_string(),
        it.title.clone(),
        it.kind.word().to_owned(),
        it.status.word().to_owned(),
        it.severity.map_or_else(String::new, |it| it.to_string()),
        at(it.started_at),
        at(it.resolved_at),
        minutes,
        it.services.join("; "),
        it.tags.join("; "),
        it.open_countermeasures.to_string(),
        at(it.published_at),
        format!("{site}/reports/{}", it.key),
    ])
}

/// A line of the table (RFC 4180).
fn line(cells: &[String]) -> String {
    let cells: Vec<String> = cells.iter().map(|text| cell(text)).collect();
    format!("{}\r\n", cells.join(","))
}

fn cell(text: &str) -> String {
    // With a blank in front, some take it for a formula still.
    let first = text.trim_start_matches([' ', '\u{a0}', '\u{feff}']);
    let is_formula =
        first.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    let defused = if is_formula {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if defused.contains([',', '"', '\r', '\n', ';', '\t']) {
        format!("\"{}\"", defused.replace('"', "\"\""))
    } else {
        defused
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_text() {
        for (text, expected) in [
            ("Replica lag", "Replica lag"),
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-2", "'-2"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "\"'\t=1\""),
            ("\r=1", "\"'\r=1\""),
            (" =1", "' =1"),
            ("＝1", "'＝1"),
            ("a, b", "\"a, b\""),
            ("say \"no\"", "\"say \"\"no\"\"\""),
            (
                "=HYPERLINK(\"x\",\"y\")",
                "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\"",
            ),
            ("a-b=c", "a-b=c"),
            ("", ""),
        ] {
            assert_eq!(cell(text), expected, "{text:?}");
        }
    }

    /// Reads one cell back, as RFC 4180 has it.
    fn read(cell: &str) -> String {
        cell.strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'))
            .map_or_else(|| cell.to_owned(), |quoted| quoted.replace("\"\"", "\""))
    }

    proptest! {
        #[test]
        fn every_text_reads_back_and_none_is_a_formula(text in "\\PC{0,20}|[=+@\t\r\n\",;a-]{0,8}") {
            let back = read(&cell(&text));
            let defused = format!("'{text}");
            prop_assert!(back == text || back == defused);
            prop_assert!(!back.starts_with(['=', '+', '-', '@', '\t', '\r']));
        }
    }
}
