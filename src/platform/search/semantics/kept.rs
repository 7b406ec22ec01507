//! What was learned, in a file beside the index: after a restart nothing has to be learned
//! anew, and hits are ordered as before once the reports have been looked at.
//!
//! ```text
//! HANSEI-SEMANTICS-2 <fingerprint of the index> <the database it is made from> \n
//! reports: u64, words: u32, then for each word: length: u16, the word, rarity: f32
//! directions: f32 × 100 for each word
//! SHA-256 of all of it
//! ```
//! Numbers are little-endian. A file that is not exactly so is as good as none: then it is learned anew.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::time::SystemTime;

use sha2::{Digest, Sha256};

use super::model::{DIMENSIONS, Model, Vocabulary};
use crate::platform::ownership;
use crate::platform::search::schema;

const NAME: &str = "SEMANTICS";
const MAGIC: &str = "HANSEI-SEMANTICS-2";
/// A larger file is none of ours.
const MOST_BYTES: u64 = 256 * 1024 * 1024;
const SUM_BYTES: usize = 32;

fn head(source: &str) -> String {
    format!("{MAGIC} {} {source}\n", schema::fingerprint())
}

/// Keeps a model, learned from so many reports of a database, in the folder of the index.
pub(super) fn write(
    folder: &Path,
    source: &str,
    (model, reports): (&Model, u64),
) -> io::Result<()> {
    let fresh = folder.join(format!("{NAME}.new"));
    let mut file = ownership::create(&fresh)?;
    file.write_all(&bytes_of(source, model, reports))?;
    file.sync_all()?;
    fs::rename(fresh, folder.join(NAME))
}

/// The model that was kept, learned from that database: with how many reports it was learned from, and when.
pub(super) fn read(folder: &Path, source: &str) -> Option<(Model, u64, SystemTime)> {
    let path = folder.join(NAME);
    let about = fs::metadata(&path).ok()?;
    let bytes = (about.len() <= MOST_BYTES).then(|| fs::read(path))?.ok()?;
    let (model, reports) = model_of(source, &bytes)?;
    Some((model, reports, about.modified().ok()?))
}

fn bytes_of(source: &str, model: &Model, reports: u64) -> Vec<u8> {
    let (vocabulary, directions) = model.parts();
    let mut bytes = head(source).into_bytes();
    bytes.extend(reports.to_le_bytes());
    let words = vocabulary.in_order();
    bytes.extend(u32::try_from(words.len()).unwrap_or_default().to_le_bytes());
    for (word, rarity) in words {
        bytes.extend(u16::try_from(word.len()).unwrap_or_default().to_le_bytes());
        bytes.extend(word.as_bytes());
        bytes.extend(rarity.to_le_bytes());
    }
    bytes.extend(directions.iter().flat_map(|value| value.to_le_bytes()));
    let sum = Sha256::digest(&bytes);
    bytes.extend(sum);
    bytes
}

fn model_of(source: &str, bytes: &[u8]) -> Option<(Model, u64)> {
    let (content, sum) = bytes.split_at_checked(bytes.len().checked_sub(SUM_BYTES)?)?;
    if Sha256::digest(content).as_slice() != sum {
        return None;
    }
    let mut rest = content.strip_prefix(head(source).as_bytes())?;
    let reports = u64::from_le_bytes(*take(&mut rest)?);
    let words = u32::from_le_bytes(*take(&mut rest)?);
    let mut known = Vec::new();
    for _ in 0..words {
        let length = usize::from(u16::from_le_bytes(*take(&mut rest)?));
        let (word, after) = rest.split_at_checked(length)?;
        rest = after;
        let rarity = f32::from_le_bytes(*take(&mut rest)?);
        known.push((std::str::from_utf8(word).ok()?.into(), rarity));
    }
    let (values, []) = rest.as_chunks::<4>() else {
        return None;
    };
    let directions: Vec<f32> = values
        .iter()
        .map(|value| f32::from_le_bytes(*value))
        .collect();
    let vocabulary = Vocabulary::from_order(known);
    let is_whole = directions.len() == vocabulary.len() * DIMENSIONS;
    is_whole.then(|| (Model::of(vocabulary, directions), reports))
}

/// The first bytes, and the rest without them.
fn take<'a, const N: usize>(rest: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (first, after) = rest.split_first_chunk::<N>()?;
    *rest = after;
    Some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model() -> Model {
        let words = ["disk", "証明書", "x"].map(|word| (word.into(), 2));
        let rows = vec![vec![(0, 1.0), (1, 0.5)], vec![(2, 1.0)]];
        Model::learn(Vocabulary::new(words, 7), rows, &|| true).unwrap()
    }

    #[test]
    fn what_is_kept_comes_back_and_nothing_that_is_damaged() {
        let folder = tempfile::tempdir().unwrap();
        assert!(read(folder.path(), "here").is_none());
        let model = model();
        write(folder.path(), "here", (&model, 7)).unwrap();
        let (back, reports, _) = read(folder.path(), "here").unwrap();
        assert_eq!(reports, 7);
        assert!(
            read(folder.path(), "elsewhere").is_none(),
            "it is another database's"
        );
        let words = [("disk", 1.0), ("証明書", 0.5)];
        assert_eq!(back.together(words), model.together(words));
        assert_eq!(back.together([("unheard", 1.0)]), None);

        let bytes = bytes_of("here", &model, 7);
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            assert!(model_of("here", &damaged).is_none(), "byte {at}");
            assert!(model_of("here", &bytes[..at]).is_none(), "cut at {at}");
        }
        let mut longer = bytes.clone();
        longer.push(0);
        assert!(model_of("here", &longer).is_none());
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_with_the_right_sum_are_read_or_not_and_never_end_the_program(
            bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)
        ) {
            let mut whole = head("here").into_bytes();
            whole.extend(bytes);
            let sum = Sha256::digest(&whole);
            whole.extend(sum);
            let _read_or_not = model_of("here", &whole);
        }
    }
}
