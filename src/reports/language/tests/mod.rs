//! Phrase by phrase, place by place; and what must not be pointed at.

mod contacts;
mod markdown;
mod properties;
mod secrets;
mod strangers;
mod verdicts;

use super::{Finding, FindingKind, MAX_FINDINGS, check};

/// Kinds and words, in the order of the text.
fn said(text: &str) -> Vec<(&'static str, String)> {
    check(text)
        .into_iter()
        .map(|finding| (finding.kind.word(), finding.text))
        .collect()
}

fn assert_each(kind: FindingKind, cases: &[(&str, &str)]) {
    for (text, words) in cases {
        assert_eq!(said(text), [(kind.word(), (*words).to_owned())], "{text}");
    }
}

fn assert_calm(texts: &[&str]) {
    for text in texts {
        assert_eq!(said(text), [], "{text}");
    }
}

#[test]
fn people_and_their_faults() {
    assert_each(
        FindingKind::PersonAndFault,
        &[
            ("The engineer forgot to renew it.", "engineer forgot"),
            (
                "We had simply forgotten the second region.",
                "We had simply forgotten",
            ),
            ("He didn’t check the runbook first.", "He didn’t check"),
            (
                "the on-call **failed to** escalate",
                "on-call **failed to** escalate",
            ),
            ("The on call engineer missed the page.", "engineer missed"),
            ("They overlooked the limit.", "They overlooked"),
            (
                "The reviewer never actually tested it.",
                "reviewer never actually tested",
            ),
            (
                "Our SRE accidentally deleted the volume.",
                "SRE accidentally deleted",
            ),
            (
                "The developer creating the pull request misjudged its reach.",
                "developer creating the pull request misjudged",
            ),
            ("The engineer from the platform team forgot.", "team forgot"),
            ("No one noticed for an hour.", "No one noticed"),
            (
                "The operator did not notice the warning.",
                "operator did not notice",
            ),
            ("I made a silly little typo.", "I made a silly little typo"),
            ("The team\nfailed to\nfollow up.", "team failed to follow"),
            ("We broke production.", "We broke"),
            (
                "The new hire misunderstood the steps.",
                "hire misunderstood",
            ),
            (
                "Engineering failed to communicate the change.",
                "Engineering failed to communicate",
            ),
            (
                "The on-call did not respond to the page.",
                "on-call did not respond",
            ),
        ],
    );
}

#[test]
fn machines_and_observations_are_no_faults() {
    assert_calm(&[
        "The job forgot its lease.",
        "The server failed to check the certificate.",
        "The operator failed to reconcile the object.",
        "They missed their deadline of 30 seconds.",
        "We failed to reproduce it.",
        "We did not know about the limit, and did not expect it.",
        "We did not see any errors.",
        "We had no alert for this.",
        "The engineer noticed that the cache forgot the key.",
        "The engineer, whose pager failed to ring, slept.",
        "forgot-password was down; `we forgot` is a table.",
        "We missed our SLO.",
        "Somebody reported that pods failed to start.",
        "We may have missed some events.",
        "The user forgot their password.",
    ]);
}

#[test]
fn names_beside_faults() {
    assert_each(
        FindingKind::NameAndFault,
        &[
            ("@ana-k forgot the flag.", "@ana-k forgot"),
            (
                "Then Tim accidentally deleted the volume.",
                "Tim accidentally deleted",
            ),
            (
                "Maria Okonkwo overlooked the limit.",
                "Maria Okonkwo overlooked",
            ),
            ("It was Tim's mistake.", "Tim's mistake"),
        ],
    );
    assert_calm(&[
        "@ana-k rolled it back, and Tim found the cause.",
        "Jenkins forgot the build.",
        "Tim's pager was silent.",
        "mark forgot nothing",
    ]);
}

#[test]
fn what_did_not_happen() {
    assert_each(
        FindingKind::Hindsight,
        &[
            ("The alert should have fired.", "should have fired"),
            ("We should have been more careful.", "should have been"),
            (
                "It shouldn't have been deployed.",
                "shouldn't have been deployed",
            ),
            ("He should’ve known.", "should’ve known"),
            ("They ought to have asked.", "ought to have asked"),
            ("This could have been avoided.", "could have been avoided"),
            ("We could have rolled back sooner.", "could have rolled"),
            ("A canary would have caught it.", "would have caught"),
            ("Had we tested it, the week was calm.", "Had we tested"),
            (
                "It was better if we had deployed it earlier.",
                "if we had deployed",
            ),
            (
                "It would not have happened with a canary.",
                "would not have happened",
            ),
            ("This was an entirely preventable outage.", "preventable"),
            (
                "If only the reviewer had caught this.",
                "If only the reviewer had caught",
            ),
            (
                "It should *have* limited the damage.",
                "should *have* limited",
            ),
        ],
    );
    assert_calm(&[
        "Each service should have two replicas.",
        "Operators should have limited access.",
        "Pods should have dedicated nodes and shared volumes.",
        "A longer stall could have caused more harm.",
        "We could have lost data.",
        "Readers would have seen delays.",
        "A rollback would not have prevented it.",
        "Had we not been watching, it stopped.",
        "It may have been the disk. It must have failed before.",
        "## What could have gone better\n\nThe pager.",
        "Should we have a canary?",
        "You should have received a message.",
        "It was not preventable.",
    ]);
}

#[test]
fn words_that_judge() {
    assert_each(
        FindingKind::BlameWord,
        &[
            ("The cause was human error.", "human error"),
            ("It was put down to Operator Error.", "Operator Error"),
            ("A careless change.", "careless"),
            ("It was on the wrong cluster by mistake.", "by mistake"),
            (
                "The volume was accidentally deleted.",
                "was accidentally deleted",
            ),
            ("Someone was not paying attention.", "paying attention"),
            (
                "The change was merged without following the review process.",
                "without following the review process",
            ),
            (
                "Failure to follow the runbook.",
                "Failure to follow the runbook",
            ),
            ("Nobody is to blame, but it was their fault.", "their fault"),
            ("Sending it was a mistake.", "was a mistake"),
            ("Due to an oversight, it was left on.", "an oversight"),
            ("It was the vendor's fault.", "vendor's fault"),
        ],
    );
    assert_calm(&[
        "The job was mistakenly marked as correct.",
        "This is not a process for assigning blame.",
        "It failed to follow the redirect.",
        "The user error rate rose, and so did user error messages.",
        "“Human error” is where the questions begin.",
        "A fault of the disk; the segmentation fault was gone.",
    ]);
}

#[test]
fn words_that_make_it_look_easy() {
    assert_each(
        FindingKind::Minimising,
        &[
            ("The fix seemed obvious.", "obvious"),
            ("Obviously, the disk was full.", "Obviously"),
            ("One simply needed to restart it.", "simply"),
            ("We simply restarted it.", "simply"),
            ("It was common sense.", "common sense"),
            ("All we had to do was ask.", "All we had to do"),
            ("You should simply revert such changes.", "simply"),
        ],
    );
    assert_calm(&[
        "There was no obvious error message.",
        "It wasn't immediately obvious.",
        "Make the limit more obvious.",
        "Simply put a load balancer in front.",
        "It will simply remove the file.",
        "We were simply not prepared.",
        "Just after 14:00 we just restarted it.",
        "The logs clearly showed the time.",
        "A non-trivial fee.",
    ]);
}

#[test]
fn one_cause_is_said_once() {
    assert_each(
        FindingKind::SingleCause,
        &[
            ("We found the root cause at noon.", "root cause"),
            (
                "## Root cause\n\nThe disk.\n\n## Root cause analysis\n\nx",
                "Root cause",
            ),
            (
                "**Root cause:** the disk\n\n- Root cause: the net",
                "Root cause",
            ),
            ("The root cause was A. The root cause was B.", "root cause"),
            ("The ultimate cause was a typo.", "ultimate cause"),
        ],
    );
    let both = said("# Root cause\n\nThe root cause was the disk.");
    assert_eq!(both.len(), 2, "{both:?}");
    assert_calm(&[
        "The root causes were three.",
        "A root cause of this was the disk.",
        "There is no single root cause.",
        "One possible root cause is the disk.",
        "## Root cause(s)",
        "Root\n\ncause",
    ]);
}

#[test]
fn japanese_too() {
    assert_eq!(
        said("## 根本原因\n\n検知すべきだった。「不注意」ではない。担当者が見落とした。"),
        [
            ("single_cause", "根本原因".to_owned()),
            ("hindsight", "べきだった".to_owned()),
            ("person_and_fault", "見落とした".to_owned()),
        ]
    );
    assert_calm(&["見落としやすい設計", "ミスマッチ"]);
}

#[test]
fn places_are_those_of_the_text() {
    let text =
        "\u{feff}---\ntitle: we forgot\n---\r\n\r\nÜber all, *we* forgot.\r\n\r\nNo one noticed.";
    let findings = check(text);
    assert_eq!(findings.len(), 2, "{findings:?}");
    for (finding, (line, words)) in findings
        .iter()
        .zip([(5, "we* forgot"), (7, "No one noticed")])
    {
        assert_eq!(text.get(finding.start..finding.end), Some(words));
        assert_eq!((finding.line, finding.text.as_str()), (line, words));
    }
}

#[test]
fn every_question_asks_what_how_or_which() {
    let text = "We forgot. Nobody noticed. @ana forgot. He forgot. The engineer forgot.\n\n\
        It should have. It should have run. It could have been avoided. It would have helped. Avoidable.\n\n\
        human error, careless, without following the process. Obviously, the root cause.\n\n\
        ana@tern.dev, +41 44 668 18 00, password=hunter2battery\n\n根本原因 ヒューマンエラー 怠った べきだった";
    let findings = check(text);
    let kinds: std::collections::BTreeSet<_> = findings.iter().map(|it| it.kind).collect();
    assert_eq!(kinds.len(), FindingKind::ALL.len(), "{kinds:?}");
    for Finding {
        suggestion, reason, ..
    } in findings
    {
        let opening = ["What", "How", "Which", "Where", "Can"];
        assert!(
            opening.iter().any(|word| suggestion.starts_with(word)),
            "{suggestion}"
        );
        assert!(
            suggestion.contains('?') && reason.ends_with('.'),
            "{suggestion} {reason}"
        );
        assert!(!suggestion.starts_with("Why") && !suggestion.contains("should have"));
    }
}

#[test]
fn no_number_of_phrases_hides_a_secret() {
    let text = format!("{}password=hunter2battery", "We forgot.\n\n".repeat(500));
    let findings = check(&text);
    assert_eq!(findings.len(), MAX_FINDINGS);
    assert!(findings.iter().any(|it| it.kind == FindingKind::Secret));
    assert!(findings.is_sorted_by_key(|it| it.start));
}
