//! How well related reports are found: each judged document asks for those like it.

use super::collection::Collection;
use super::folder::Folder;
use super::measured::{Measured, Named};
use super::ranking::{self, Times};
use super::runs::{Judgements, Topic};
use super::{EvaluationError, OURS};
use std::io;

/// What we are called when only those are counted that a reader is told of: the others are below the floor.
const TOLD: &str = "Hansei, as told";
/// Topics that were judged from several rankings are to decide by, where there are any.
const JUDGED: [&str; 2] = ["related_core.qrels", "related.qrels"];

/// Measures, if the folder has judgements.
pub(super) fn measure(
    folder: &Folder,
    collection: &Collection,
) -> Result<Option<(Measured, Times)>, EvaluationError> {
    let Some(judgements) = judgements(folder, collection)? else {
        return Ok(None);
    };
    let topic = |id: &String| Topic {
        id: id.clone(),
        ..Topic::default()
    };
    let topics: Vec<Topic> = judgements.keys().map(topic).collect();
    let rank = |all: bool| {
        ranking::rank(&topics, |topic| {
            let hits = collection.related(&topic.id, all);
            hits.map_err(|error| EvaluationError::Search {
                query: topic.id.clone(),
                error,
            })
        })
    };
    let (run, times) = rank(true)?;
    let (told, _) = rank(false)?;
    let mut others = vec![named(TOLD, told)];
    others.extend(folder.runs("related")?);
    let measured = Measured::new(topics, judgements, named(OURS, run), others);
    Ok(Some((measured, times)))
}

fn named(name: &str, run: super::runs::Run) -> Named {
    Named {
        name: name.to_owned(),
        run,
    }
}

/// The judgements to decide by; none when there are none.
fn judgements(
    folder: &Folder,
    collection: &Collection,
) -> Result<Option<Judgements>, EvaluationError> {
    for file in JUDGED {
        match folder.judgements(file, |topic| collection.has(topic)) {
            Err(EvaluationError::Unreadable { error, .. })
                if error.kind() == io::ErrorKind::NotFound => {}
            judgements => return judgements.map(Some),
        }
    }
    Ok(None)
}
