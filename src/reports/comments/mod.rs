//! Comments: what they may hold, what they are about, and who hears of them. Pure.
//!
//! They stand beside the document, not in it: saving a report loses none, exporting it takes none along, and searching
//! does not find them.

mod anchor;
mod mentions;

pub(crate) use anchor::{Anchor, Found, Place, excerpt};
pub(crate) use mentions::{after_signs, mentioned};

use super::model::{NoticeKind, Problem};
use crate::platform::ids::PersonId;

/// The longest comment, in characters.
pub(crate) const MAX_CHARS: usize = 10_000;
/// The longest reason for taking away what somebody else wrote, in characters.
pub(crate) const MAX_REASON_CHARS: usize = 500;
/// The most comments on one report.
pub(crate) const MOST: i64 = 1_000;

/// The text as it is stored: line ends as `\n`, nothing around it; or what is wrong with it.
pub(crate) fn checked(text: &str) -> Result<String, Problem> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text = text.trim();
    let length = text.chars().count();
    if length == 0 {
        return Err(Problem::of("text", "Write something first."));
    }
    if length > MAX_CHARS {
        let message =
            format!("The comment has {length} characters; at most {MAX_CHARS} fit. Shorten it.");
        return Err(Problem::of("text", message));
    }
    Ok(text.to_owned())
}

/// Why an administrator takes away what somebody else wrote, as it is stored; or what is wrong with it.
pub(crate) fn reason(text: &str) -> Result<String, Problem> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = words.join(" ");
    let length = text.chars().count();
    if length == 0 {
        let message = "Say why it is removed: its author and everybody who reads on will see it.";
        return Err(Problem::of("reason", message));
    }
    if length > MAX_REASON_CHARS {
        let message =
            format!("The reason has {length} characters; at most {MAX_REASON_CHARS} fit.");
        return Err(Problem::of("reason", message));
    }
    Ok(text)
}

/// Who is told of a comment, each of them once: a mention goes before an answer, an answer before the rest. Whoever wrote it
/// knows.
pub(crate) fn told(
    writer: PersonId,
    mentioned: &[PersonId],
    in_thread: &[PersonId],
    authors: &[PersonId],
) -> Vec<(PersonId, NoticeKind)> {
    let mut told: Vec<(PersonId, NoticeKind)> = Vec::new();
    let groups = [
        (mentioned, NoticeKind::Mentioned),
        (in_thread, NoticeKind::Reply),
        (authors, NoticeKind::CommentOnMyReport),
    ];
    for (people, kind) in groups {
        for person in people {
            if *person != writer && told.iter().all(|(known, _)| known != person) {
                told.push((*person, kind));
            }
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_has_some_text_and_not_too_much() {
        assert_eq!(checked(" a\r\nb \n").unwrap(), "a\nb");
        for empty in ["", " ", "\n\t\r"] {
            assert_eq!(checked(empty).unwrap_err().field, "text");
        }
        assert!(checked(&"é".repeat(MAX_CHARS)).is_ok());
        let long = checked(&"é".repeat(MAX_CHARS + 1)).unwrap_err();
        assert!(long.message.contains("10001"), "{}", long.message);
    }

    #[test]
    fn what_somebody_else_wrote_goes_with_a_reason() {
        assert_eq!(reason(" a\r\n key ").unwrap(), "a key");
        for wrong in ["", " \n", &"é".repeat(MAX_REASON_CHARS + 1)] {
            assert_eq!(reason(wrong).unwrap_err().field, "reason");
        }
        assert!(reason(&"é".repeat(MAX_REASON_CHARS)).is_ok());
    }

    #[test]
    fn everybody_is_told_once_and_the_writer_never() {
        let [ana, ben, cem, dee] = [1, 2, 3, 4].map(PersonId);
        assert_eq!(
            told(ana, &[ben, ana, ben], &[ana, ben, cem], &[cem, dee, ana]),
            [
                (ben, NoticeKind::Mentioned),
                (cem, NoticeKind::Reply),
                (dee, NoticeKind::CommentOnMyReport),
            ]
        );
        assert_eq!(told(ana, &[], &[], &[ana]), []);
    }
}
