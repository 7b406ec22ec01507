//! Review: which steps a report may take on its way to readers, by whom, and what each asks for. Pure.
//!
//! A draft is put in review, goes back with changes requested or is approved, and is then published; a published report
//! can be taken back or archived. Decisions that are not in the names:
//!
//! - **Who may approve.** Whoever is not among its authors, by account or by name, *and* never saved a word into it: the second pair of eyes. A
//!   reviewer who would rather mend the text asks for the change.
//! - **The latest review decides.** An approval counts until somebody requests changes. It belongs to the revision that
//!   was read; when the text changes, it stays, and is shown as an approval of the earlier text.
//! - **Publishing without an approval of the present text** asks for a reason, but only where others wait for the answer:
//!   incidents of SEV1 and SEV2, and those that do not say how bad they were (else leaving out the severity were the way
//!   around). SEV3 to SEV5 say that they were not reviewed, and may say why. Near misses and exercises need neither: what
//!   takes fifteen minutes to write is not to wait for days. The operator can require a review of every incident.
//! - **Only published reports are archived.** An archived report is seen by all who see published ones, so a draft that
//!   was archived would be shown to more people than before.
//! - **Saving over a published report** is no step: editing never closes. Only what makes an incident of a published near
//!   miss or exercise, or an incident of SEV1 or SEV2 of one that gave no reason, is asked what publishing it would be asked.

pub mod facts;
mod growth;
pub mod rubric;
#[cfg(test)]
mod tests;

pub use growth::grow;

use super::model::{HowPublished, Kind, ReviewOutcome, Severity, Status};

/// The longest reason, in characters.
pub const MAX_REASON_CHARS: usize = 500;
/// The longest note of a review, and of one of its lines, in characters.
pub const MAX_NOTE_CHARS: usize = 1_000;

/// What is said where the operator requires a review.
pub const REVIEW_NEEDED: &str = "On this site an incident is published after somebody else approved its text: ask for a review.";

/// One thing that can be done with a report on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Put it in the queue.
    Ask,
    /// Take it out of the queue again.
    TakeBack,
    /// A review that says what is missing.
    RequestChanges,
    /// A review that says that nothing is.
    Approve,
    /// Show it to everybody who may see it.
    Publish,
    /// Make it a draft again.
    Unpublish,
    /// Keep it, without showing it first.
    Archive,
    /// Out of the archive.
    Restore,
}

impl Step {
    /// Every step.
    pub const ALL: [Self; 8] = [
        Self::Ask,
        Self::TakeBack,
        Self::RequestChanges,
        Self::Approve,
        Self::Publish,
        Self::Unpublish,
        Self::Archive,
        Self::Restore,
    ];

    /// What the button of the form sends.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::TakeBack => "take_back",
            Self::RequestChanges => "request_changes",
            Self::Approve => "approve",
            Self::Publish => "publish",
            Self::Unpublish => "unpublish",
            Self::Archive => "archive",
            Self::Restore => "restore",
        }
    }

    /// Reads [`Self::word`] back.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.word() == word)
    }

    /// What the history calls it.
    pub const fn event(self) -> &'static str {
        match self {
            Self::Ask => "review_asked",
            Self::TakeBack => "review_taken_back",
            Self::RequestChanges => "changes_requested",
            Self::Approve => "approved",
            Self::Publish => "published",
            Self::Unpublish => "unpublished",
            Self::Archive => "archived",
            Self::Restore => "unarchived",
        }
    }

    /// What the audit log calls it.
    pub const fn audited_as(self) -> &'static str {
        match self {
            Self::Ask => "ask_for_review",
            Self::TakeBack => "take_back_from_review",
            Self::RequestChanges => "request_changes",
            Self::Approve => "approve_report",
            Self::Publish => "publish_report",
            Self::Unpublish => "unpublish_report",
            Self::Archive => "archive_report",
            Self::Restore => "restore_report",
        }
    }

    /// The review it is, if it is one.
    pub const fn outcome(self) -> Option<ReviewOutcome> {
        match self {
            Self::RequestChanges => Some(ReviewOutcome::ChangesRequested),
            Self::Approve => Some(ReviewOutcome::Approved),
            Self::Ask
            | Self::TakeBack
            | Self::Publish
            | Self::Unpublish
            | Self::Archive
            | Self::Restore => None,
        }
    }

    /// The field of the form its words are in.
    pub const fn field(self) -> &'static str {
        match self {
            Self::RequestChanges | Self::Approve => "note",
            Self::Ask
            | Self::TakeBack
            | Self::Publish
            | Self::Unpublish
            | Self::Archive
            | Self::Restore => "reason",
        }
    }
}

/// What publishing asks for where nobody approved the present text, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// Nothing: it needs no review.
    Nothing,
    /// Readers are told that it was not reviewed; a reason is welcome.
    Mention,
    /// A reason, which readers are told.
    Reason,
}

/// What publishing a report of this kind and severity asks for.
pub fn need(kind: Kind, severity: Option<Severity>) -> Need {
    match kind {
        Kind::NearMiss | Kind::Exercise => Need::Nothing,
        Kind::Incident if severity.is_some_and(|it| it.level() >= 3) => Need::Mention,
        Kind::Incident => Need::Reason,
    }
}

/// Where a report stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its status.
    pub status: Status,
    /// Its kind.
    pub kind: Kind,
    /// Its severity.
    pub severity: Option<Severity>,
    /// Whether the latest review approved the very text it has now.
    pub approved: bool,
}

/// Who takes a step, as far as that matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Doer {
    /// May change and publish the report.
    pub may_edit: bool,
    /// May review reports, and is not among the authors of this one.
    pub may_review: bool,
    /// Saved a text into it at some time.
    pub has_written: bool,
    /// On a site where incidents are published only after a review.
    pub reviews_required: bool,
}

/// What a step changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The step.
    pub step: Step,
    /// The status from now on.
    pub status: Status,
    /// How it came to be published, if this published it.
    pub how: Option<HowPublished>,
    /// The words that were given with it, without the space around them; may be empty.
    pub words: String,
}

/// Why a step is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Whoever asks may not do this with this report.
    #[error("this needs more rights than you have")]
    Forbidden,
    /// Reviewers do not judge what they wrote.
    #[error(
        "You wrote in this report, or your name stands under “Written by”, so somebody else reviews it. What you would change you can simply change."
    )]
    OwnReport,
    /// The report is not where this step begins.
    #[error("{0}")]
    WrongStatus(&'static str),
    /// The site asks for a review first.
    #[error("{}", REVIEW_NEEDED)]
    ReviewNeeded,
    /// Words are missing, or too many.
    #[error("{message}")]
    Words {
        /// The field they belong in.
        field: &'static str,
        /// What to do about it.
        message: &'static str,
    },
}

/// Words as they are counted and kept: a browser sends two characters for each end of a line.
pub fn said(words: &str) -> String {
    words.trim().replace("\r\n", "\n")
}

/// Takes a step with the words given with it: a reason, or the note of a review. None when it was taken before.
pub fn take(
    standing: &Standing,
    doer: Doer,
    step: Step,
    words: &str,
) -> Result<Option<Taken>, Refusal> {
    allowed(doer, step)?;
    let Some(status) = leads_to(standing.status, step)? else {
        return Ok(None);
    };
    let words = said(words);
    let how = match step {
        Step::Publish => Some(how_published(*standing, doer, &words)?),
        Step::Ask
        | Step::TakeBack
        | Step::RequestChanges
        | Step::Approve
        | Step::Unpublish
        | Step::Archive
        | Step::Restore => None,
    };
    let kept = match (step, how) {
        // Where nothing is to be explained, nothing is shown.
        (Step::Publish, Some(HowPublished::Reviewed | HowPublished::NotAsked)) => "",
        _ => &words,
    };
    check_words(step, kept)?;
    Ok(Some(Taken {
        step,
        status,
        how,
        words: kept.to_owned(),
    }))
}

fn allowed(doer: Doer, step: Step) -> Result<(), Refusal> {
    match step {
        Step::RequestChanges | Step::Approve if doer.has_written => Err(Refusal::OwnReport),
        Step::RequestChanges | Step::Approve if !doer.may_review => Err(Refusal::Forbidden),
        Step::RequestChanges | Step::Approve => Ok(()),
        Step::Ask
        | Step::TakeBack
        | Step::Publish
        | Step::Unpublish
        | Step::Archive
        | Step::Restore
            if doer.may_edit =>
        {
            Ok(())
        }
        Step::Ask
        | Step::TakeBack
        | Step::Publish
        | Step::Unpublish
        | Step::Archive
        | Step::Restore => Err(Refusal::Forbidden),
    }
}

/// The status a step leads to; none when the report is there already.
fn leads_to(status: Status, step: Step) -> Result<Option<Status>, Refusal> {
    use Status::{Archived, Draft, InReview, Published};
    Ok(Some(match (step, status) {
        (Step::Ask, Draft) | (Step::Approve, InReview) => InReview,
        (Step::TakeBack | Step::RequestChanges, InReview) | (Step::Unpublish, Published) => Draft,
        (Step::Publish, Draft | InReview) | (Step::Restore, Archived) => Published,
        (Step::Archive, Published) => Archived,
        (Step::Ask, InReview)
        | (Step::TakeBack, Draft)
        | (Step::Publish | Step::Restore, Published)
        | (Step::Archive, Archived) => return Ok(None),
        (Step::Ask, Published | Archived) => {
            return Err(Refusal::WrongStatus(
                "It is published: readers have it already. Take it back to have it reviewed.",
            ));
        }
        (Step::TakeBack | Step::RequestChanges | Step::Approve, _) => {
            return Err(Refusal::WrongStatus("It is not in review any more."));
        }
        (Step::Publish, Archived) => {
            return Err(Refusal::WrongStatus(
                "An archived report cannot be published. Restore it first.",
            ));
        }
        (Step::Unpublish, Draft | InReview | Archived) => {
            return Err(Refusal::WrongStatus(
                "Only a published report can be taken back from readers.",
            ));
        }
        (Step::Archive, Draft | InReview) => {
            return Err(Refusal::WrongStatus(
                "Only a published report can be archived: in the archive, readers see it.",
            ));
        }
        (Step::Restore, Draft | InReview) => {
            return Err(Refusal::WrongStatus("It is not in the archive."));
        }
    }))
}

fn how_published(standing: Standing, doer: Doer, words: &str) -> Result<HowPublished, Refusal> {
    if standing.approved {
        return Ok(HowPublished::Reviewed);
    }
    match need(standing.kind, standing.severity) {
        Need::Nothing => Ok(HowPublished::NotAsked),
        Need::Mention | Need::Reason if doer.reviews_required => Err(Refusal::ReviewNeeded),
        Need::Reason if words.is_empty() => Err(Refusal::Words {
            field: "reason",
            message: "Say in a few words why it is published without a review, or ask for one. Readers will see it.",
        }),
        Need::Mention | Need::Reason => Ok(HowPublished::WithoutReview),
    }
}

fn check_words(step: Step, words: &str) -> Result<(), Refusal> {
    let missing = |message| {
        Err(Refusal::Words {
            field: step.field(),
            message,
        })
    };
    let (most, too_long) = match step.outcome() {
        Some(_) => (MAX_NOTE_CHARS, "At most 1,000 characters."),
        None => (MAX_REASON_CHARS, "At most 500 characters."),
    };
    if words.chars().count() > most {
        return missing(too_long);
    }
    if !words.is_empty() {
        return Ok(());
    }
    match step {
        Step::RequestChanges => {
            missing("Say what is still missing, so that the authors can go on.")
        }
        Step::Unpublish => missing("Say why readers will no longer find it."),
        Step::Archive => missing("Say why it goes to the archive: readers will see it there."),
        Step::Ask | Step::TakeBack | Step::Approve | Step::Publish | Step::Restore => Ok(()),
    }
}
