//! A save that makes more of what readers have, an incident or a worse one: it is asked what publishing that is asked. Pure.

use super::{Need, Refusal, Standing, Step, Taken, check_words, need, said};
use crate::reports::model::{HowPublished, Kind, Severity, Status};

/// What is said to people who cannot take a step that others are to look at first.
pub(super) const RAISED: &str = "What is published here needed no review; an incident does, on this site. Take it back from readers on its review page, save this, and ask for a review.";

/// Why a save is not done that makes an incident, or a worse one, of what readers have.
const GROWN: &str = "Readers have it already, and nobody reviewed it as what it is now: say in a few words why it is published without a review, which they will see, or take it back from readers first.";

/// Whether a save puts before readers what was never asked about: what went out because nobody had to review it and is
/// an incident from now on, or what had to give no reason and would have to now. Incidents that came by an import were
/// published elsewhere, where they were asked.
fn outgrows(before: Standing, how: Option<HowPublished>, after: (Kind, Option<Severity>)) -> bool {
    let asked = need(before.kind, before.severity);
    matches!(before.status, Status::Published | Status::Archived)
        && how != Some(HowPublished::Reviewed)
        && need(after.0, after.1) > asked
        && (asked == Need::Nothing || how == Some(HowPublished::WithoutReview))
}

/// What such a save comes to, with the reason given for it: the same as publishing it without a review would. None where
/// enough was said when it was published: `how`, and with which reason.
pub fn grow(
    before: &Standing,
    (how, reason): (Option<HowPublished>, &str),
    (after, reviews_required): ((Kind, Option<Severity>), bool),
    words: &str,
) -> Result<Option<Taken>, Refusal> {
    if !outgrows(*before, how, after) {
        return Ok(None);
    }
    if reviews_required && need(before.kind, before.severity) == Need::Nothing {
        return Err(Refusal::WrongStatus(RAISED));
    }
    let asks = need(after.0, after.1) == Need::Reason;
    if how == Some(HowPublished::WithoutReview) && !(asks && reason.is_empty()) {
        return Ok(None);
    }
    let words = said(words);
    if words.is_empty() && asks {
        return Err(Refusal::Words {
            field: "reason",
            message: GROWN,
        });
    }
    check_words(Step::Publish, &words)?;
    Ok(Some(Taken {
        step: Step::Publish,
        status: before.status,
        how: Some(HowPublished::WithoutReview),
        words,
    }))
}

#[cfg(test)]
mod tests {
    use super::super::MAX_REASON_CHARS;
    use super::super::tests::standing;
    use super::*;

    #[test]
    fn growing_what_is_published_does_not_walk_around_a_review() {
        let sev = Severity::new;
        let grown = (Kind::Incident, sev(1));
        let table = [
            (Status::Published, Kind::NearMiss, None, grown, true),
            (Status::Archived, Kind::Exercise, None, grown, true),
            (
                Status::Published,
                Kind::NearMiss,
                Some(HowPublished::NotAsked),
                (Kind::Incident, sev(5)),
                true,
            ),
            (
                Status::Published,
                Kind::NearMiss,
                Some(HowPublished::Imported),
                grown,
                true,
            ),
            (
                Status::Published,
                Kind::NearMiss,
                Some(HowPublished::Reviewed),
                grown,
                false,
            ),
            (
                Status::Published,
                Kind::NearMiss,
                None,
                (Kind::Exercise, sev(1)),
                false,
            ),
            (Status::Published, Kind::Incident, None, grown, false),
            (Status::Draft, Kind::NearMiss, None, grown, false),
        ];
        for (status, kind, how, after, expected) in table {
            let before = Standing {
                kind,
                severity: None,
                ..standing(status)
            };
            assert_eq!(
                outgrows(before, how, after),
                expected,
                "{status:?} {kind:?} {how:?}"
            );
            let required = grow(&before, (how, ""), (after, true), "a reason");
            let refused = Err(Refusal::WrongStatus(RAISED));
            assert_eq!(required, if expected { refused } else { Ok(None) });
            let free = grow(&before, (how, ""), (after, false), " a reason ").unwrap();
            assert_eq!(free.is_some(), expected);
            assert!(free.is_none_or(|it| it.words == "a reason" && it.status == status));
        }
    }

    #[test]
    fn growing_what_is_published_asks_for_the_reason_that_publishing_asks_for() {
        let before = Standing {
            kind: Kind::NearMiss,
            severity: None,
            ..standing(Status::Published)
        };
        let how = Some(HowPublished::NotAsked);
        let long = "x".repeat(MAX_REASON_CHARS + 1);
        let to = |severity, words| {
            let after = ((Kind::Incident, Severity::new(severity)), false);
            grow(&before, (how, ""), after, words)
        };
        assert!(matches!(
            to(1, " "),
            Err(Refusal::Words {
                field: "reason",
                ..
            })
        ));
        assert!(matches!(to(4, &long), Err(Refusal::Words { .. })));
        assert_eq!(to(4, "").unwrap().unwrap().words, "");
        // Whoever said why once is not asked again.
        let said = (Some(HowPublished::WithoutReview), "It could not wait.");
        let after = ((Kind::Incident, None), false);
        assert_eq!(grow(&before, said, after, ""), Ok(None));
    }

    #[test]
    fn an_incident_that_becomes_worse_gives_the_reason_it_was_not_asked_for() {
        let incident = |severity| Standing {
            kind: Kind::Incident,
            severity: Severity::new(severity),
            ..standing(Status::Published)
        };
        let silent = (Some(HowPublished::WithoutReview), "");
        let to = |from, how, severity, required, words| {
            let after = ((Kind::Incident, Severity::new(severity)), required);
            grow(&incident(from), how, after, words)
        };
        for required in [true, false] {
            let refused = to(4, silent, 1, required, " ");
            assert!(matches!(
                refused,
                Err(Refusal::Words {
                    field: "reason",
                    ..
                })
            ));
            let taken = to(4, silent, 2, required, "others need it").unwrap();
            assert_eq!(taken.unwrap().words, "others need it");
            let told = (Some(HowPublished::WithoutReview), "small");
            for (from, how, severity) in [
                (4, told, 1),
                (4, silent, 3),
                (2, silent, 1),
                (1, silent, 4),
                (4, (Some(HowPublished::Reviewed), ""), 1),
                (4, (Some(HowPublished::Imported), ""), 1),
                (4, (None, ""), 1),
            ] {
                assert_eq!(
                    to(from, how, severity, required, ""),
                    Ok(None),
                    "{from} {severity}"
                );
            }
        }
        // By way of a near miss neither.
        let near_miss = Standing {
            kind: Kind::NearMiss,
            ..incident(4)
        };
        let after = ((Kind::Incident, Severity::new(1)), false);
        assert!(grow(&near_miss, silent, after, "").is_err());
    }
}
