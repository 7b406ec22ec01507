//! What a question means on this site: as it is written, with what the glossary says means the same, and with a word on
//! values that no report can have.

use super::finder;
use super::store;
use crate::platform::app::App;
use crate::platform::db::{Connection, QueryResult};
use crate::platform::http::Error;
use crate::platform::search::query::{self, Note};
use crate::platform::search::{Field, Filters, Glossary, Look, Query};
use std::sync::Arc;

/// Understands what somebody typed, with the glossary as it is now, or was half a second ago.
pub(crate) async fn understand(app: &App, text: &str) -> Query {
    let query = query::parse(text);
    // What is pasted is not extended, and without words there is nothing to extend.
    let query = if query.pasted || query.words.is_empty() {
        query
    } else {
        current(app).await.extend(query)
    };
    noted(query, text)
}

/// The same for a program that asks once.
pub async fn understand_once(conn: &mut Connection, text: &str) -> QueryResult<Query> {
    let (_, groups) = store::glossary_since(conn, None).await?;
    let glossary = Glossary::new(groups.unwrap_or_default());
    Ok(noted(glossary.extend(query::parse(text)), text))
}

async fn current(app: &App) -> Arc<Glossary> {
    let (known, version, since) = match app.glossary.look() {
        Look::Known(glossary) => return glossary,
        Look::Again {
            glossary,
            version,
            since,
        } => (glossary, version, since),
    };
    let found: Result<_, Error> = async {
        let mut conn = app.db.get().await?;
        Ok(store::glossary_since(&mut conn, version).await?)
    }
    .await;
    match found {
        Ok((version, groups)) => {
            let glossary = groups.map_or(known, |groups| Arc::new(Glossary::new(groups)));
            app.glossary.keep(since, version, &glossary);
            glossary
        }
        Err(error) => {
            tracing::warn!(%error, "the glossary cannot be read: what was known of it counts on");
            known
        }
    }
}

/// Adds what there is to say of filters that are understood and that nothing can fit.
fn noted(mut query: Query, text: &str) -> Query {
    let unfit = [&query.filters, &*query.not].map(finder::unfit);
    for (field, value, sentence) in unfit.into_iter().flatten() {
        if let Some((start, end)) = written(text, field, &value) {
            query.notes.push(Note {
                start,
                end,
                message: format!("{} {sentence}.", field.name()),
            });
        }
    }
    query.notes.sort_by_key(|note| note.start);
    query
}

/// Where a filter of this value stands in the text.
fn written(text: &str, field: Field, value: &str) -> Option<(usize, usize)> {
    text.match_indices(':').find_map(|(colon, _)| {
        let (before, after) = (text.get(..colon)?, text.get(colon + 1..)?);
        let letters = before.bytes().rev().take_while(u8::is_ascii_alphabetic);
        let start = colon - letters.count();
        let name = text.get(start..colon)?;
        let length = match after.strip_prefix('"') {
            Some(quoted) => quoted.find('"')? + 2,
            None => after.find(char::is_whitespace).unwrap_or(after.len()),
        };
        let found = Filters::from_pairs([(name, after.get(..length)?)]);
        let is_it = found.values(field).iter().any(|found| found == value);
        is_it.then_some((start, colon + 1 + length))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_that_nothing_fits_is_pointed_at() {
        let text = "dns kind:outage -phase:\"detekt\" sev:9 has:timeline has:files";
        let query = noted(query::parse(text), text);
        let said: Vec<(&str, &str)> = query
            .notes
            .iter()
            .map(|note| {
                let part = text.get(note.start..note.end).unwrap_or_default();
                (part, note.message.as_str())
            })
            .collect();
        assert_eq!(
            said,
            [
                (
                    "kind:outage",
                    "kind is one of incident, near_miss, exercise."
                ),
                (
                    "phase:\"detekt\"",
                    "phase is one of background, trigger, detect, diagnose, decide, act, recover, communicate."
                ),
                ("sev:9", "severity goes from 1 to 5."),
                (
                    "has:files",
                    "has is one of timeline, factors, learnings, countermeasures."
                ),
            ]
        );
        assert!(
            noted(query::parse("kind:near_miss"), "kind:near_miss")
                .notes
                .is_empty()
        );
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_typed_notes_point_into_it(text in "((sev|kind|has|phase|-|x)?(:|\"| )?[a-z0-9é鍵 ]{0,4}){0,12}") {
            for note in noted(query::parse(&text), &text).notes {
                proptest::prop_assert!(text.get(note.start..note.end).is_some());
            }
        }
    }
}
