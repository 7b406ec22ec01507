//! Comments on the wire: threads, and what they are about as the report reads now. Pure.

#![expect(
    single_use_lifetimes,
    reason = "the derive of the description names the lifetime of a shape once"
)]

use super::wire::url;
use crate::platform::http::Error;
use crate::platform::ids::{PersonId, ReportKey};
use crate::reports::comments::{Anchor, Found, Place};
use crate::reports::model::{Draft, Problem};
use crate::reports::pages::places;
use crate::reports::store::Comment;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// A page of threads.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Threads<'a> {
    /// What is on this page, the oldest first.
    #[schema(max_items = 200)]
    pub(super) items: Vec<Thread<'a>>,
    /// How many there are on all pages.
    #[schema(minimum = 0)]
    pub(super) total: i64,
    /// Sent back as `cursor`, brings the next page; null on the last.
    pub(super) next_cursor: Option<String>,
}

/// A comment with what answers it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Thread<'a> {
    /// The number of the comment that began it.
    #[schema(minimum = 1)]
    pub(super) id: i64,
    about: About<'a>,
    /// When it was resolved; null while it is open.
    resolved_at: Option<Timestamp>,
    /// Who resolved it.
    resolved_by: Option<&'a str>,
    /// The comment that began it, then the answers, in their order.
    #[schema(max_items = 1000)]
    comments: Vec<CommentJson<'a>>,
}

/// What a thread is about.
#[derive(Debug, Serialize, ToSchema)]
struct About<'a> {
    /// `report`, `section` or `event`.
    #[schema(pattern = "^(report|section|event)$", example = "event")]
    kind: &'static str,
    /// The heading or the event as it read when the thread was begun; empty for the report.
    quote: &'a str,
    /// `here`; `changed`, when the event has other words by now; `gone`, when it is not in the report any more.
    #[schema(pattern = "^(here|changed|gone)$", example = "here")]
    state: &'static str,
    /// The heading of the section as it is now.
    section: Option<String>,
    /// The number of the event in the timeline as it is now, counted from 1.
    #[schema(minimum = 1)]
    event: Option<usize>,
}

/// One comment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Comment)]
struct CommentJson<'a> {
    /// Its number.
    #[schema(minimum = 1)]
    id: i64,
    /// Who wrote it.
    author: &'a str,
    /// Whether that is the person the token is bound to, who alone may change it.
    own: bool,
    /// What it says, in Markdown; empty when it was taken away.
    text: &'a str,
    /// When.
    created_at: Timestamp,
    /// How often the text was changed since; a new text that brings it along overwrites no newer one.
    #[schema(minimum = 0)]
    edits: i32,
    /// Whether its text was taken away.
    removed: bool,
    /// Why an administrator did so; null while the text is there, and when its author took it away.
    removed_reason: Option<&'a str>,
    /// Where people find it.
    #[schema(format = "uri")]
    url: String,
}

/// The report that is talked about, and who asks.
pub(super) struct Talk<'a> {
    key: ReportKey,
    places: Vec<Place>,
    comments: &'a [Comment],
    reader: Option<PersonId>,
    site: &'a str,
}

impl<'a> Talk<'a> {
    pub(super) fn new(
        (key, draft): (ReportKey, &Draft),
        comments: &'a [Comment],
        (reader, site): (Option<PersonId>, &'a str),
    ) -> Self {
        Self {
            key,
            places: places(draft),
            comments,
            reader,
            site,
        }
    }

    /// So many threads, of so many; one more is there if there is another page.
    pub(super) fn page(&self, limit: usize, total: i64) -> Threads<'a> {
        let mut first = self.comments.iter().filter(|it| it.parent.is_none());
        let items: Vec<Thread<'a>> = first
            .by_ref()
            .take(limit)
            .map(|it| self.thread(it))
            .collect();
        let last = items.last().map(|it| it.id);
        Threads {
            total,
            next_cursor: last
                .filter(|_| first.next().is_some())
                .map(|id| id.to_string()),
            items,
        }
    }

    /// The thread in which this comment stands.
    pub(super) fn thread_of(&self, id: i64) -> Option<Thread<'a>> {
        let wanted = self.comments.iter().find(|it| it.id == id)?;
        let first = wanted.parent.unwrap_or(wanted.id);
        let first = self.comments.iter().find(|it| it.id == first)?;
        Some(self.thread(first))
    }

    fn thread(&self, first: &'a Comment) -> Thread<'a> {
        let answers = self
            .comments
            .iter()
            .filter(|it| it.parent == Some(first.id));
        Thread {
            id: first.id,
            about: self.about(&first.anchor),
            resolved_at: first.resolved.as_ref().map(|it| it.1),
            resolved_by: first.resolved.as_ref().map(|it| it.0.as_str()),
            comments: std::iter::once(first)
                .chain(answers)
                .map(|it| self.comment(it))
                .collect(),
        }
    }

    fn about(&self, anchor: &'a Anchor) -> About<'a> {
        let (kind, quote) = match anchor {
            Anchor::Report => ("report", ""),
            Anchor::Section { heading, .. } => ("section", heading.as_str()),
            Anchor::Event { text, .. } => ("event", text.as_str()),
        };
        let (state, id) = match anchor.find(&self.places) {
            Found::Report => ("here", None),
            Found::Here(id) => ("here", Some(id)),
            Found::Changed(id) => ("changed", Some(id)),
            Found::Gone => ("gone", None),
        };
        let now = id.and_then(|id| self.places.iter().find(|place| place.id == id));
        let (section, event) = match now.map(|place| &place.anchor) {
            Some(Anchor::Section { heading, .. }) => (Some(heading.clone()), None),
            Some(Anchor::Event { position, .. }) => (None, Some(position + 1)),
            Some(Anchor::Report) | None => (None, None),
        };
        About {
            kind,
            quote,
            state,
            section,
            event,
        }
    }

    fn comment(&self, it: &'a Comment) -> CommentJson<'a> {
        let report = url(self.site, &self.key.to_string());
        CommentJson {
            id: it.id,
            author: &it.author_name,
            own: it.person.is_some() && it.person == self.reader,
            text: &it.text,
            created_at: it.at,
            edits: it.edits,
            removed: it.removed,
            removed_reason: it.erased.as_ref().map(|(_by, reason)| reason.as_str()),
            url: format!("{report}/comments?at={0}#comment-{0}", it.id),
        }
    }
}

/// The longest heading that is looked for, in characters: an anchor keeps no more of one.
const LONGEST_HEADING: usize = 1_000;

/// The part of a report that a comment is to be about.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The section with this heading, as headings are compared.
    Section(String),
    /// The event with this number, counted from 1.
    Event(u32),
}

impl Wanted {
    /// The section with this heading, if it is one that a section can have.
    pub(super) fn section(heading: &str) -> Result<Self, Error> {
        if heading.chars().nth(LONGEST_HEADING).is_some() {
            let message = format!("At most {LONGEST_HEADING} characters.");
            return Err(Error::field("section", message));
        }
        Ok(Self::Section(heading.trim().to_lowercase()))
    }

    /// Where that is in this text, or what is wrong with it.
    pub(super) fn among(&self, draft: &Draft) -> Result<Anchor, Problem> {
        let is_meant = |anchor: &Anchor| match (anchor, self) {
            (Anchor::Section { .. }, Self::Section(heading)) => anchor.family().1 == *heading,
            (Anchor::Event { position, .. }, Self::Event(number)) => {
                u32::try_from(position + 1).is_ok_and(|position| position == *number)
            }
            (Anchor::Report | Anchor::Section { .. } | Anchor::Event { .. }, _) => false,
        };
        let mut anchors = places(draft).into_iter().map(|place| place.anchor);
        let (field, message) = match (anchors.find(is_meant), self) {
            (Some(Anchor::Section { twins: 2.., .. }), _) => (
                "section",
                "More than one section has this heading, so it cannot be told which is meant. Say it of the report, or of an event.",
            ),
            (Some(anchor), _) => return Ok(anchor),
            (None, Self::Section(_)) => ("section", "The report has no section with this heading."),
            (None, Self::Event(_)) => ("event", "The timeline has no event with this number."),
        };
        Err(Problem::of(field, message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::document;

    const TEXT: &str = "---\ntitle: T\n---\n\n## Summary\n\nx\n\n## Impact\n\nz\n\n## Timeline\n\n- 2026-03-01T14:02:00Z [detect] The alert fired\n- about noon Somebody noticed\n";

    fn comment(id: i64, parent: Option<i64>, anchor: Anchor) -> Comment {
        Comment {
            id,
            parent,
            person: Some(PersonId(id % 2)),
            author_name: "Ana".to_owned(),
            anchor,
            text: "x".to_owned(),
            at: Timestamp::UNIX_EPOCH,
            edited: id == 3,
            edits: i32::from(id == 3),
            removed: false,
            erased: None,
            resolved: None,
        }
    }

    fn place(draft: &Draft, section: Option<&str>, event: u32) -> Result<Anchor, String> {
        let wanted = section.map_or(Ok(Wanted::Event(event)), Wanted::section);
        wanted.unwrap().among(draft).map_err(|it| it.field)
    }

    #[test]
    fn a_place_is_named_by_heading_or_number() {
        let draft = document::parse(TEXT).draft;
        assert!(matches!(
            place(&draft, Some(" impact"), 0),
            Ok(Anchor::Section { heading, .. }) if heading == "Impact"
        ));
        assert!(matches!(
            place(&draft, None, 2),
            Ok(Anchor::Event { text, position: 1, .. }) if text == "about noon Somebody noticed"
        ));
        for (section, event, field) in [
            (Some("Causes"), 0, "section"),
            (Some(""), 0, "section"),
            (None, 0, "event"),
            (None, 3, "event"),
            (None, u32::MAX, "event"),
        ] {
            let found = place(&draft, section, event);
            assert_eq!(found, Err(field.to_owned()), "{section:?} {event}");
        }
    }

    #[test]
    fn of_two_sections_with_one_heading_none_is_taken() {
        let twice = TEXT.replace("## Impact", "## impact\n\ny\n\n## Impact");
        let draft = document::parse(&twice).draft;
        assert_eq!(place(&draft, Some("Impact"), 0), Err("section".to_owned()));
        assert!(place(&draft, Some("Summary"), 0).is_ok());
    }

    #[test]
    fn a_heading_has_its_limit() {
        let long = "É".repeat(1_000);
        assert_eq!(
            Wanted::section(&long).unwrap(),
            Wanted::Section("é".repeat(1_000))
        );
        let refused = Wanted::section(&(long + "é")).unwrap_err();
        assert_eq!(refused.fields()[0].field, "section");
    }

    #[test]
    fn threads_come_in_pages_with_their_answers() {
        let draft = document::parse(TEXT).draft;
        let event = Wanted::Event(2).among(&draft).unwrap();
        let comments = [
            comment(1, None, event),
            comment(2, None, Anchor::Report),
            comment(3, Some(1), Anchor::Report),
            comment(4, None, Anchor::Report),
        ];
        let talk = Talk::new(
            (ReportKey(7), &draft),
            &comments,
            (Some(PersonId(1)), "http://h/"),
        );
        let ids = |threads: &Threads<'_>| threads.items.iter().map(|it| it.id).collect::<Vec<_>>();
        let first = talk.page(2, 9);
        assert_eq!((ids(&first), first.total), (vec![1, 2], 9));
        assert_eq!(first.next_cursor.as_deref(), Some("2"));
        let last = talk.page(3, 9);
        assert_eq!((ids(&last), last.next_cursor), (vec![1, 2, 4], None));
        let thread = talk.thread_of(3).unwrap();
        assert_eq!((thread.id, thread.about.event), (1, Some(2)));
        let told: Vec<_> = thread
            .comments
            .iter()
            .map(|it| (it.id, it.own, it.edits))
            .collect();
        assert_eq!(told, [(1, true, 0), (3, true, 1)]);
        assert_eq!(
            thread.comments[1].url,
            "http://h/reports/PM-7/comments?at=3#comment-3"
        );
        assert!(talk.thread_of(9).is_none());
    }
}
