//! The steps one by one, and what holds after any sequence of them.

use super::facts::{beside, missing};
use super::*;
use crate::reports::document;
use crate::reports::language;
use crate::reports::model::Draft;
use crate::reports::templates::{Template, parse_sections};
use proptest::prelude::*;
use std::fmt::Write as _;

pub(super) fn standing(status: Status) -> Standing {
    Standing {
        status,
        kind: Kind::Incident,
        severity: Severity::new(1),
        approved: false,
    }
}

const AUTHOR: Doer = Doer {
    may_edit: true,
    may_review: false,
    has_written: true,
    reviews_required: false,
};
const REVIEWER: Doer = Doer {
    may_edit: true,
    may_review: true,
    has_written: false,
    reviews_required: false,
};

/// Each step from each status, with words: where it leads, `=` for there already, `-` for not from here.
#[test]
fn the_table_of_steps() {
    let expected = "\
ask             in_review = - -
take_back       = draft - -
request_changes - draft - -
approve         - in_review - -
publish         published published = -
unpublish       - - draft -
archive         - - archived =
restore         - - = published
";
    let mut table = String::new();
    for step in Step::ALL {
        let doer = if step.outcome().is_some() {
            REVIEWER
        } else {
            AUTHOR
        };
        let cells = Status::ALL.iter().map(|status| {
            match take(&standing(*status), doer, step, "because") {
                Ok(Some(taken)) => taken.status.word(),
                Ok(None) => "=",
                Err(Refusal::WrongStatus(_)) => "-",
                Err(other) => panic!("{step:?} from {status:?}: {other}"),
            }
        });
        let cells: Vec<&str> = cells.collect();
        writeln!(table, "{:<15} {}", step.word(), cells.join(" ")).unwrap();
        assert_eq!(Step::parse(step.word()), Some(step));
    }
    assert_eq!(table, expected);
}

#[test]
fn nobody_judges_what_they_wrote() {
    let in_review = standing(Status::InReview);
    for step in [Step::Approve, Step::RequestChanges] {
        for doer in [
            AUTHOR,
            Doer {
                has_written: true,
                ..REVIEWER
            },
        ] {
            assert_eq!(take(&in_review, doer, step, "x"), Err(Refusal::OwnReport));
        }
        let stranger = Doer {
            has_written: false,
            ..AUTHOR
        };
        assert_eq!(
            take(&in_review, stranger, step, "x"),
            Err(Refusal::Forbidden)
        );
    }
}

#[test]
fn whoever_may_not_change_a_report_reviews_it_and_nothing_else() {
    let viewer = Doer {
        may_edit: false,
        ..REVIEWER
    };
    for step in Step::ALL {
        let refused = Status::ALL
            .iter()
            .all(|status| take(&standing(*status), viewer, step, "x") == Err(Refusal::Forbidden));
        assert_eq!(refused, step.outcome().is_none(), "{step:?}");
    }
}

#[test]
fn words_are_asked_for_where_somebody_else_needs_them() {
    let from = |step: Step| match step {
        Step::Ask | Step::Publish => Status::Draft,
        Step::TakeBack | Step::RequestChanges | Step::Approve => Status::InReview,
        Step::Unpublish | Step::Archive => Status::Published,
        Step::Restore => Status::Archived,
    };
    for step in Step::ALL {
        let doer = if step.outcome().is_some() {
            REVIEWER
        } else {
            AUTHOR
        };
        let answer = take(&standing(from(step)), doer, step, " \n\t ");
        let needs = matches!(
            step,
            Step::RequestChanges | Step::Publish | Step::Unpublish | Step::Archive
        );
        assert_eq!(
            matches!(answer, Err(Refusal::Words { .. })),
            needs,
            "{step:?}"
        );
        let long = "ü".repeat(MAX_NOTE_CHARS + 1);
        let too_long = take(&standing(from(step)), doer, step, &long);
        assert!(matches!(too_long, Err(Refusal::Words { field, .. }) if field == step.field()));
    }
}

#[test]
fn an_end_of_a_line_is_one_character() {
    let note = format!("{}\r\n{}", "é".repeat(499), "é".repeat(500));
    let taken = take(&standing(Status::InReview), REVIEWER, Step::Approve, &note);
    let words = taken.unwrap().unwrap().words;
    assert_eq!(words.chars().count(), MAX_NOTE_CHARS);
    assert_eq!(said(" a\r\nb\r\n "), "a\nb");
}

#[test]
fn what_publishing_asks_for_depends_on_what_happened() {
    let table = [
        (Kind::NearMiss, None, Need::Nothing),
        (Kind::Exercise, None, Need::Nothing),
        (Kind::Exercise, Some(1), Need::Nothing),
        (Kind::Incident, None, Need::Reason),
        (Kind::Incident, Some(1), Need::Reason),
        (Kind::Incident, Some(2), Need::Reason),
        (Kind::Incident, Some(3), Need::Mention),
        (Kind::Incident, Some(5), Need::Mention),
    ];
    let required = Doer {
        reviews_required: true,
        ..AUTHOR
    };
    for (kind, level, expected) in table {
        let severity = level.and_then(Severity::new);
        assert_eq!(need(kind, severity), expected, "{kind:?} {level:?}");
        let draft = Standing {
            kind,
            severity,
            ..standing(Status::Draft)
        };
        let how = |doer, words| {
            take(&draft, doer, Step::Publish, words).map(|it| it.and_then(|it| it.how))
        };
        match expected {
            Need::Nothing => {
                assert_eq!(how(AUTHOR, ""), Ok(Some(HowPublished::NotAsked)));
                assert_eq!(how(required, ""), Ok(Some(HowPublished::NotAsked)));
            }
            Need::Mention => assert_eq!(how(AUTHOR, ""), Ok(Some(HowPublished::WithoutReview))),
            Need::Reason => assert!(how(AUTHOR, "").is_err()),
        }
        if expected != Need::Nothing {
            assert_eq!(how(AUTHOR, "x"), Ok(Some(HowPublished::WithoutReview)));
            assert_eq!(how(required, "x"), Err(Refusal::ReviewNeeded));
        }
        let approved = Standing {
            approved: true,
            ..draft
        };
        let taken = take(&approved, required, Step::Publish, "x")
            .unwrap()
            .unwrap();
        assert_eq!(
            (taken.how, taken.words.as_str()),
            (Some(HowPublished::Reviewed), "")
        );
    }
}

/// A report and everything that is to be known to judge whether its rules were kept.
struct World {
    standing: Standing,
    /// Counts the texts.
    text: usize,
    writers: Vec<usize>,
    /// Who said what of which text, last.
    review: Option<(usize, ReviewOutcome, usize)>,
    published: Option<(HowPublished, String)>,
    audited: Vec<&'static str>,
}

impl World {
    fn step(&mut self, who: usize, step: Step, words: &str) {
        let doer = Doer {
            may_edit: who != 3,
            may_review: !self.writers.contains(&who),
            has_written: self.writers.contains(&who),
            reviews_required: false,
        };
        let Ok(Some(taken)) = take(&self.standing, doer, step, words) else {
            return;
        };
        self.audited.push(step.audited_as());
        if let Some(outcome) = step.outcome() {
            self.review = Some((who, outcome, self.text));
        }
        if let Some(how) = taken.how {
            self.published = Some((how, taken.words));
        }
        self.standing.status = taken.status;
        self.settle();
    }

    fn write(&mut self, who: usize) {
        self.text += 1;
        self.writers.push(who);
        self.settle();
    }

    fn settle(&mut self) {
        self.standing.approved = matches!(
            self.review, Some((_, ReviewOutcome::Approved, text)) if text == self.text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn whatever_people_do_nothing_is_published_unseen_and_unexplained(
        kind in prop::sample::select(Kind::ALL),
        level in prop::option::of(1u8..=5),
        deeds in prop::collection::vec((0usize..4, prop::option::of(prop::sample::select(&Step::ALL[..])), prop::sample::select(&["", "because"][..])), 0..40),
    ) {
        let severity = level.and_then(Severity::new).filter(|_| kind != Kind::NearMiss);
        let mut world = World {
            standing: Standing { status: Status::Draft, kind, severity, approved: false },
            text: 0, writers: vec![0], review: None, published: None, audited: Vec::new(),
        };
        for (who, step, words) in deeds {
            let (before, logged) = (world.standing.status, world.audited.len());
            let reviewed = world.review;
            match step {
                Some(step) => world.step(who, step, words),
                None => world.write(who),
            }
            // Each change of status, and each review, is one entry of the audit log; nothing else is.
            let changed = world.standing.status != before || world.review != reviewed;
            prop_assert_eq!(world.audited.len() - logged <= 1, true);
            prop_assert!(!changed || world.audited.len() == logged + 1);
            // At the moment of publishing from a draft or a review:
            if world.standing.status == Status::Published && matches!(before, Status::Draft | Status::InReview) {
                match world.published.as_ref().unwrap() {
                    (HowPublished::Reviewed, _) => {
                        let (reviewer, outcome, text) = world.review.unwrap();
                        prop_assert_eq!(outcome, ReviewOutcome::Approved);
                        prop_assert_eq!(text, world.text);
                        prop_assert!(!world.writers.contains(&reviewer));
                    }
                    (HowPublished::WithoutReview, reason) => {
                        prop_assert!(!reason.is_empty() || need(kind, severity) == Need::Mention);
                    }
                    (HowPublished::NotAsked, _) => prop_assert!(kind != Kind::Incident),
                    (HowPublished::Imported, _) => prop_assert!(false, "nothing was imported"),
                }
            }
            // What readers see, they see with how it came there.
            let is_read = matches!(world.standing.status, Status::Published | Status::Archived);
            prop_assert!(!is_read || world.published.is_some());
        }
    }
}

fn template() -> Template {
    let sections = parse_sections(
        "## Summary (required)\n\n## Impact (required)\n\n## Timeline (required)\n\n## Risks (required)\n\n## Detection\n",
    )
    .unwrap();
    Template {
        word: "t".into(),
        name: "T".into(),
        description: String::new(),
        kind: Kind::Incident,
        severities: Vec::new(),
        visibility: crate::reports::model::Visibility::Open,
        position: 1,
        sections,
    }
}

fn draft(text: &str) -> Draft {
    document::parse(&format!("# T\n\n{text}")).draft
}

#[test]
fn what_is_missing_is_told_by_meaning_and_rows_count() {
    let nothing = draft("");
    assert_eq!(
        missing(&template(), &nothing),
        ["Summary", "Impact", "Timeline", "Risks"]
    );
    let some = draft(
        "## Executive summary\n\nIt broke.\n\n## Impact\n\n## Timeline\n\n- 2026-03-01 14:02 UTC alert fired\n\n## risks\n\nMore of it.\n",
    );
    assert_eq!(some.timeline.len(), 1);
    assert_eq!(missing(&template(), &some), ["Impact"]);
}

#[test]
fn facts_say_what_a_reviewer_would_have_to_count() {
    let report = draft(
        "## Impact\n\nEverybody.\n\n## Countermeasures\n\n- Add a canary\n- Watch the queue (owner: Ana)\n",
    );
    let findings = language::check("Bob forgot the password. He should have known.");
    let lacking = missing(&template(), &report);
    let of = |line: &str| beside(line, &report, &lacking, &findings).join(" ");
    assert!(of("key-data").contains("Summary"), "{}", of("key-data"));
    assert!(of("key-data").contains("started, detected, mitigated, resolved"));
    assert_eq!(of("impact"), "The impact has no number in it.");
    assert_eq!(of("factors"), "No contributing factor is listed.");
    assert!(of("countermeasures").starts_with("2 countermeasures are listed."));
    assert!(of("countermeasures").contains("without a check date"));
    assert!(of("blameless").contains("may read as blame"));
    assert_eq!(of("a-line-of-ones-own"), "");
    let near_miss = Draft {
        kind: Kind::NearMiss,
        ..draft("")
    };
    let times = beside("key-data", &near_miss, &[], &[]).join(" ");
    assert!(!times.contains("time"), "{times}");
}
