//! The steps of a report on its way to readers. Each is one transaction: permission, rules, status, a trace in the
//! history, an entry in the audit log, and a word to those it concerns.

use super::secrets::{Told, keep_dismissed, point_out};
use super::{By, SaveError};
use crate::accounts::{Action, Actor, audit_report_change, may};
use crate::platform::db::Connection;
use crate::platform::ids::{PersonId, ReportKey};
use crate::reports::language;
use crate::reports::model::{HowPublished, NoticeKind, Problem, ReviewOutcome, Status, Verdict};
use crate::reports::review::{self, Doer, REVIEW_NEEDED, Refusal, Step, Taken};
use crate::reports::store;
use diesel_async::AsyncConnection;
use serde_json::json;
use std::collections::HashSet;

/// Why a step was not taken. Nothing was stored.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReviewError {
    /// The rules of review say no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Something in the form needs a look.
    #[error("the form cannot be taken as it is")]
    Invalid(Vec<Problem>),
    /// There is no such report, or it cannot be stored.
    #[error(transparent)]
    Save(#[from] SaveError),
    /// The database said no.
    #[error(transparent)]
    Database(#[from] diesel::result::Error),
}

/// What somebody wants done.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish<'a> {
    pub step: Step,
    /// A reason, or the note of a review.
    pub words: &'a str,
    /// The revision that was read.
    pub seen: i32,
    /// What was pointed out and put aside, by the ids of the findings.
    pub dismissed: &'a str,
    /// The number of the rubric that was answered.
    pub rubric: i32,
    /// Line of the rubric, verdict, note.
    pub verdicts: &'a [(String, Verdict, String)],
}

/// What people hear of a step; nothing where it only undoes another.
const fn heard(step: Step) -> Option<NoticeKind> {
    match step {
        Step::Ask => Some(NoticeKind::AskedToReview),
        Step::RequestChanges => Some(NoticeKind::ChangesRequested),
        Step::Approve => Some(NoticeKind::Approved),
        Step::Publish => Some(NoticeKind::Published),
        Step::Unpublish => Some(NoticeKind::Unpublished),
        Step::Archive => Some(NoticeKind::Archived),
        Step::TakeBack | Step::Restore => None,
    }
}

/// Puts it into the inbox of each of these people, in the same transaction; whoever acts is not told.
pub(super) async fn tell(
    conn: &mut Connection,
    by: &By<'_>,
    header: &store::Header,
    (kind, people): (NoticeKind, &[PersonId]),
) -> Result<(), diesel::result::Error> {
    let link = format!("/reports/{}/review", header.key);
    let notice = store::Notice {
        kind,
        report: header.id,
        link: &link,
        actor: by.actor.person_id(),
        actor_name: by.actor.name(),
        at: by.now,
    };
    store::notify(conn, &notice, people).await
}

/// The report, locked, if the actor may see it; else it is not found.
pub(super) async fn seen(
    conn: &mut Connection,
    by: &By<'_>,
    key: ReportKey,
) -> Result<store::Header, SaveError> {
    store::header(conn, key, true)
        .await?
        .filter(|header| may(by.actor, Action::ReadReport(&header.access), by.rules))
        .ok_or(SaveError::NotFound)
}

/// What the person is called who acts, also through a token: people review and facilitate.
pub(super) fn person_name(actor: &Actor) -> &str {
    match actor {
        Actor::Token(token) => match &token.person {
            Some(person) => &person.name,
            None => &token.name,
        },
        Actor::Anonymous | Actor::Person(_) | Actor::Operator => actor.name(),
    }
}

/// Who acts, as far as review cares.
pub(super) async fn doer(
    conn: &mut Connection,
    by: &By<'_>,
    header: &store::Header,
) -> Result<Doer, diesel::result::Error> {
    let has_written = match by.actor.person_id() {
        Some(person) => store::has_written(conn, header.id, person).await?,
        None => false,
    };
    Ok(Doer {
        may_edit: may(by.actor, Action::PublishReport(&header.access), by.rules),
        may_review: may(by.actor, Action::ReviewReport(&header.access), by.rules),
        has_written,
        reviews_required: by.rules.reviews_required,
    })
}

/// Why a save that publishes is not done.
pub(super) fn refused(refusal: Refusal) -> SaveError {
    match refusal {
        Refusal::Forbidden | Refusal::OwnReport => SaveError::Forbidden,
        Refusal::WrongStatus(message) => SaveError::WrongStatus(message),
        Refusal::ReviewNeeded => SaveError::WrongStatus(REVIEW_NEEDED),
        Refusal::Words { field, message } => SaveError::Invalid(vec![Problem::of(field, message)]),
    }
}

/// Takes a step with a report. Taken twice, it has one effect.
pub(crate) async fn take_step(
    conn: &mut Connection,
    by: &By<'_>,
    key: ReportKey,
    wish: Wish<'_>,
) -> Result<(), ReviewError> {
    conn.transaction(async |conn| {
        let header = seen(conn, by, key).await?;
        let standing = store::standing(conn, header.id).await?;
        let judged = review::Standing {
            status: header.status,
            kind: standing.kind,
            severity: standing.severity,
            approved: standing.is_approved(),
        };
        let doer = doer(conn, by, &header).await?;
        if sent_back_already(conn, by, &header, (&standing, &wish)).await? {
            return Ok(());
        }
        let Some(taken) = review::take(&judged, doer, wish.step, wish.words)? else {
            return Ok(());
        };
        if taken.step.outcome().is_some() || taken.step == Step::Publish {
            is_revision(&header, wish.seen)?;
        }
        if is_said(conn, by, &header, (&standing, &wish, &taken)).await? {
            return Ok(());
        }
        before_it_is_read(conn, &header, (&wish, &taken)).await?;
        judge(conn, by, &header, (&wish, &taken)).await?;
        let trace = store::Trace {
            event: taken.step.event(),
            // What a reviewer says is for the authors; the history is read by everybody who is signed in.
            note: if taken.step.outcome().is_some() {
                ""
            } else {
                &taken.words
            },
            author: by.actor.person_id(),
            author_name: by.actor.name(),
            at: by.now,
        };
        store::trace(conn, header.id, header.revision, &trace).await?;
        Ok(settle(conn, by, &header, (standing, &taken)).await?)
    })
    .await
}

/// Whether these changes were asked for by the latest review: the second click of two.
async fn sent_back_already(
    conn: &mut Connection,
    by: &By<'_>,
    header: &store::Header,
    (standing, wish): (&store::Standing, &Wish<'_>),
) -> Result<bool, diesel::result::Error> {
    let is_it = wish.step == Step::RequestChanges
        && header.status == Status::Draft
        && standing.review.as_ref().is_some_and(|it| {
            it.outcome == ReviewOutcome::ChangesRequested
                && it.revision == wish.seen
                && is_mine(it, by)
                && it.note == review::said(wish.words)
        });
    Ok(is_it && are_verdicts(conn, header, wish).await?)
}

fn is_mine(review: &store::LastReview, by: &By<'_>) -> bool {
    review.reviewer.is_some() && review.reviewer == by.actor.person_id()
}

/// Whether the latest review has these very verdicts.
async fn are_verdicts(
    conn: &mut Connection,
    header: &store::Header,
    wish: &Wish<'_>,
) -> Result<bool, diesel::result::Error> {
    let (rubric, mut before) = store::latest_verdicts(conn, header.id).await?;
    let mut now = wish.verdicts.to_vec();
    before.sort_by(|one, other| one.0.cmp(&other.0));
    now.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(before == now && rubric == Some(wish.rubric))
}

/// Whether this is the approval that was given last, sent once more.
async fn is_said(
    conn: &mut Connection,
    by: &By<'_>,
    header: &store::Header,
    (standing, wish, taken): (&store::Standing, &Wish<'_>, &Taken),
) -> Result<bool, diesel::result::Error> {
    let mine = standing.review.as_ref().filter(|it| is_mine(it, by));
    let (Some(review), Step::Approve) = (mine, taken.step) else {
        return Ok(false);
    };
    if !standing.is_approved() || review.note != taken.words {
        return Ok(false);
    }
    are_verdicts(conn, header, wish).await
}

/// Points out what is not for everybody: in the text that is published, and in what is said with a step.
async fn before_it_is_read(
    conn: &mut Connection,
    header: &store::Header,
    (wish, taken): (&Wish<'_>, &Taken),
) -> Result<(), ReviewError> {
    let mut document = String::new();
    if taken.step == Step::Publish {
        is_what_was_read(conn, header, wish.seen).await?;
        let text = store::revision(conn, header.id, header.revision).await?;
        document = text.map_or_else(String::new, |(_, text)| text);
    }
    let notes = wish.verdicts.iter().map(|(.., note)| note.as_str());
    let words: Vec<&str> = notes.chain([taken.words.as_str()]).collect();
    let told = Told {
        document: &document,
        words: &words,
    };
    point_out(conn, Some(header.id), (told, wish.dismissed)).await?;
    // Nothing but what stands in the text that is published: whoever reviews does not decide what authors are asked.
    let found = language::private(&document);
    let found: HashSet<String> = found.into_iter().map(|it| it.id).collect();
    let ids = wish.dismissed.split_whitespace();
    let aside: Vec<&str> = ids.filter(|id| found.contains(*id)).collect();
    Ok(keep_dismissed(conn, header.key, &aside.join(" ")).await?)
}

/// Publishes no text that whoever publishes has not seen.
async fn is_what_was_read(
    conn: &mut Connection,
    header: &store::Header,
    seen: i32,
) -> Result<(), ReviewError> {
    let revisions = (seen, header.revision);
    if store::same_text(conn, header.id, revisions).await? {
        return Ok(());
    }
    Err(Refusal::WrongStatus(
        "Somebody saved another text since you opened the page. Read it, then publish what is there now.",
    )
    .into())
}

/// A review is of a revision that there is.
fn is_revision(header: &store::Header, seen: i32) -> Result<(), ReviewError> {
    if (1..=header.revision).contains(&seen) {
        return Ok(());
    }
    let message = "The form does not say which revision was read: open the review again.";
    Err(ReviewError::Invalid(vec![Problem::of("", message)]))
}

/// Stores the review that a step is, if it is one.
async fn judge(
    conn: &mut Connection,
    by: &By<'_>,
    header: &store::Header,
    (wish, taken): (&Wish<'_>, &Taken),
) -> Result<(), ReviewError> {
    let Some(outcome) = taken.step.outcome() else {
        return Ok(());
    };
    let reviewer = by.actor.person_id().ok_or(Refusal::Forbidden)?;
    let review = store::NewReview {
        revision: wish.seen,
        reviewer,
        reviewer_name: person_name(by.actor),
        outcome,
        note: &taken.words,
        rubric: wish.rubric,
        verdicts: wish.verdicts,
        at: by.now,
    };
    Ok(store::add_review(conn, header.id, &review).await?)
}

/// Whom a step concerns.
fn hearers(header: &store::Header, standing: &store::Standing, step: Step) -> Vec<PersonId> {
    let facilitator = standing.facilitator.as_ref().map(|(id, _)| *id);
    let reviewer = standing.review.as_ref().and_then(|review| review.reviewer);
    let authors = header.access.authors.iter().copied();
    // Whoever asked waits for the answer, an author or not.
    let authors = authors.chain(standing.asked_by);
    match step {
        Step::Ask | Step::TakeBack => facilitator.into_iter().chain(reviewer).collect(),
        Step::RequestChanges | Step::Approve => authors.chain(facilitator).collect(),
        Step::Publish | Step::Unpublish | Step::Archive | Step::Restore => {
            authors.chain(facilitator).chain(reviewer).collect()
        }
    }
}

/// Sets the status, keeps what goes with it, writes the audit log, and tells whom it concerns.
pub(super) async fn settle(
    conn: &mut Connection,
    by: &By<'_>,
    header: &store::Header,
    (standing, taken): (store::Standing, &Taken),
) -> Result<(), SaveError> {
    if taken.status == Status::Published {
        store::mark_published(conn, header.id, by.now).await?;
    }
    if taken.status != header.status {
        store::set_status(conn, header.id, &[header.status], taken.status, by.now).await?;
    }
    let people = hearers(header, &standing, taken.step);
    let kept = after(standing, taken, by);
    store::keep_standing(conn, header.id, &kept).await?;
    if let Some(kind) = heard(taken.step) {
        tell(conn, by, header, (kind, &people)).await?;
    }
    let details = json!({
        "from": header.status.word(),
        "to": taken.status.word(),
        "how": taken.how.map(HowPublished::word),
        "words": taken.words,
    });
    let entry = (taken.step.audited_as(), header.id, details);
    Ok(audit_report_change(conn, by.now, by.actor, entry).await?)
}

/// What is to be known of a report after a step.
fn after(standing: store::Standing, taken: &Taken, by: &By<'_>) -> store::Standing {
    let words = taken.words.clone();
    match taken.step {
        Step::Ask => store::Standing {
            in_review_since: Some(by.now),
            asked_by: by.actor.person_id(),
            asked_by_name: by.actor.name().to_owned(),
            ..standing
        },
        Step::Approve => standing,
        Step::TakeBack | Step::RequestChanges => store::Standing {
            in_review_since: None,
            ..standing
        },
        Step::Publish => store::Standing {
            in_review_since: None,
            how: taken.how,
            published_reason: words,
            taken_back_reason: String::new(),
            ..standing
        },
        Step::Unpublish => store::Standing {
            how: None,
            published_reason: String::new(),
            taken_back_reason: words,
            ..standing
        },
        Step::Archive => store::Standing {
            archived_reason: words,
            ..standing
        },
        Step::Restore => store::Standing {
            archived_reason: String::new(),
            ..standing
        },
    }
}
