//! Names that are in no list, and deeds of nobody.

use super::*;

#[test]
fn names_and_deeds_that_are_in_no_list() {
    assert_each(
        FindingKind::NameAndFault,
        &[
            ("Ada forgot the flag.", "Ada forgot"),
            (
                "Wojciech misconfigured the load balancer.",
                "Wojciech misconfigured",
            ),
            (
                "Then Zebediah failed to notice the alert.",
                "Zebediah failed to notice",
            ),
            (
                "On Monday Mr. Smith forgot the second region.",
                "Smith forgot",
            ),
            (
                "@wojciech pushed the wrong button",
                "@wojciech pushed the wrong button",
            ),
            ("The page was overlooked by Maria.", "overlooked by Maria"),
        ],
    );
    assert_each(
        FindingKind::PersonAndFault,
        &[
            (
                "The operator failed to check the config",
                "operator failed to check",
            ),
            (
                "The alert was ignored by the on-call engineer.",
                "ignored by the on-call engineer",
            ),
            (
                "We deployed the wrong branch.",
                "We deployed the wrong branch",
            ),
            ("It had been missed by us.", "missed by us"),
        ],
    );
    assert_each(
        FindingKind::Hindsight,
        &[("They should of tested it.", "should of tested")],
    );
    assert_each(
        FindingKind::SingleCause,
        &[("It was the one root cause.", "root cause")],
    );
    assert_each(
        FindingKind::Minimising,
        &[("Simply restart the service.", "Simply")],
    );
}

#[test]
fn things_with_a_capital_letter_are_nobody() {
    assert_calm(&[
        "Atlas forgot the key. The atlas service was restarted.",
        "The Atlas was slow. Atlas forgot the key.",
        "PagerDuty forgot the shift.",
        "Monitoring failed to notice it. Customers overlooked the mail.",
        "The Gateway forgot its lease.",
        "The alert was ignored by the load balancer. The page was missed by many.",
        "Traffic went to the wrong region. The job used the wrong key.",
        "It should of course be tested.",
        "There is no one root cause.",
        "Simply put, it was slow.",
        "## Ada forgot the flag",
    ]);
}
