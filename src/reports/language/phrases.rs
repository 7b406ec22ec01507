//! Fixed phrases: words that judge, words that make it look easy, and the one root cause.

use super::finding::{FindingKind, Hit};
use super::hindsight::is_denied;
use super::japanese;
use super::people::{Who, person};
use super::words::{Gap, Sentence, is_one_of};

const JUDGES: &str =
    "Judges people. An error is where the questions begin: it made sense to somebody at the time.";
const ASK_ERROR: &str =
    "What made this action look right at the time, and how did the system let it through?";
const ASK_CARE: &str =
    "What else had their attention, and what did the system show them at that moment?";
const ASK_RULE: &str =
    "How is this work usually done, and what made the procedure hard to follow here?";
const EASY: &str = "Makes it look easy, which it only is afterwards.";
const ASK_EASY: &str = "What was visible at the time, and what made it hard to see or to do?";
const ONE_CAUSE: &str = "Speaks of one cause. Incidents need several conditions at the same time; the others are worth finding, too.";
const ASK_CAUSES: &str =
    "Which conditions had to come together, and what made each of them possible?";

/// Finds fixed phrases.
pub(super) fn find(sentence: &Sentence<'_>, found: &mut Vec<Hit>) {
    for index in 0..sentence.words.len() {
        if let Some((last, ask)) = blame(sentence, index) {
            push(
                sentence,
                found,
                (index, last),
                (FindingKind::BlameWord, JUDGES, ask),
            );
        }
        if let Some(last) = minimising(sentence, index) {
            push(
                sentence,
                found,
                (index, last),
                (FindingKind::Minimising, EASY, ASK_EASY),
            );
        }
        if let Some(last) = single_cause(sentence, index) {
            let label = sentence.is_heading || is_label(sentence, index, last);
            push(
                sentence,
                found,
                (index, last),
                (FindingKind::SingleCause, ONE_CAUSE, ASK_CAUSES),
            );
            if let Some(hit) = found.last_mut() {
                hit.is_heading = label;
            }
        }
    }
}

fn push(
    sentence: &Sentence<'_>,
    found: &mut Vec<Hit>,
    (first, last): (usize, usize),
    (kind, reason, ask): (FindingKind, &'static str, &'static str),
) {
    found.push(Hit::new(kind, sentence.range(first, last), reason, ask));
}

/// "Root cause: …" and nothing before it: as good as a heading.
fn is_label(sentence: &Sentence<'_>, first: usize, last: usize) -> bool {
    sentence.opens_block && first == 0 && sentence.gap(last + 1) >= Gap::Clause
}

fn blame(sentence: &Sentence<'_>, index: usize) -> Option<(usize, &'static str)> {
    if let Some(last) = error_of(sentence, index).or_else(|| deed(sentence, index)) {
        return Some((last, ASK_ERROR));
    }
    if let Some(last) = inattention(sentence, index) {
        return Some((last, ASK_CARE));
    }
    broken_rule(sentence, index).map(|last| (last, ASK_RULE))
}

/// "human error", "by mistake", "at fault".
fn error_of(sentence: &Sentence<'_>, index: usize) -> Option<usize> {
    const WHOSE: &str =
        "human operator user pilot engineer admin administrator developer operational personal";
    const HOW: &str = "honest rookie stupid silly dumb basic amateur foolish";
    const OWNERS: &str =
        "our his her my their whose somebody's someone's engineer's developer's operator's team's";
    let next = sentence.next(index + 1);
    let found = match sentence.at(index) {
        "human-error" => return Some(index),
        "by" => matches!(next, "mistake" | "accident"),
        "at" => next == "fault",
        "to" => {
            let is_said = next == "blame" && is_being(sentence.back(index, 1));
            is_said
                && !is_denied(sentence, index)
                && !matches!(sentence.back(index, 2), "nobody" | "one")
        }
        "known" => next == "better",
        "an" if next == "oversight" => {
            matches!(
                sentence.back(index, 1),
                "was" | "were" | "to" | "by" | "through" | "of"
            )
        }
        word if word.ends_with("'s") => {
            matches!(
                next,
                "fault" | "mistake" | "mistakes" | "carelessness" | "negligence"
            )
        }
        _ if !is_mistake(next) => false,
        word if is_one_of(word, HOW) => true,
        word if is_one_of(word, OWNERS) => !matches!(next, "error" | "errors"),
        // "any operator error is a symptom": about errors as such.
        _ if is_denied(sentence, index) || sentence.back(index, 1) == "any" => false,
        word => is_one_of(word, WHOSE) && next != "fault" && !follows_error(sentence, index + 2),
    };
    found.then_some(index + 1)
}

/// "careless", "not paying attention", "dropped the ball".
fn inattention(sentence: &Sentence<'_>, index: usize) -> Option<usize> {
    const WORDS: &str = "careless carelessly carelessness negligent negligently negligence sloppy sloppily \
                         sloppiness incompetent incompetence reckless recklessly inattentive inattention \
                         complacent complacency inexperienced inexperience untrained \
                         ignorant ignorance stupid stupidity foolish foolishly clueless idiotic";
    let next = sentence.next(index + 1);
    match sentence.at(index) {
        "lack" if next == "of" => is_one_of(
            sentence.next(index + 2),
            "attention care discipline diligence vigilance",
        )
        .then_some(index + 2),
        "paying" if is_denied(sentence, index) => match next {
            "attention" => Some(index + 1),
            "enough" | "sufficient" | "close" => Some(index + 2),
            _ => None,
        },
        "dropped" => sentence
            .has(index, &["dropped", "the", "ball"])
            .then_some(index + 2),
        // "Negligence" as the name of a category.
        "negligence" if is_label(sentence, index, index) || is_title(sentence, index) => None,
        word => is_one_of(word, WORDS).then_some(index),
    }
}

/// Whether a word has a capital letter in the middle of a sentence.
fn is_title(sentence: &Sentence<'_>, index: usize) -> bool {
    index > 0
        && sentence
            .words
            .get(index)
            .is_some_and(|word| word.is_capital)
}

/// "failed to follow the runbook", "without following the process".
fn broken_rule(sentence: &Sentence<'_>, index: usize) -> Option<usize> {
    let next = sentence.next(index + 1);
    match sentence.at(index) {
        "failed" | "failure" | "fail" | "failing" if next == "to" => {
            (sentence.next(index + 2) == "follow").then(|| rule(sentence, index + 2))?
        }
        "not" | "didn't" | "without" | "never" => {
            matches!(next, "follow" | "followed" | "following")
                .then(|| rule(sentence, index + 1))?
        }
        _ => None,
    }
}

fn is_being(word: &str) -> bool {
    matches!(word, "is" | "was" | "are" | "were" | "be" | "been")
}

fn is_mistake(word: &str) -> bool {
    is_one_of(
        word,
        "error errors fault mistake mistakes oversight negligence carelessness",
    )
}

/// "user error message" is about software.
fn follows_error(sentence: &Sentence<'_>, index: usize) -> bool {
    is_one_of(
        sentence.next(index),
        "message messages handling rate rates page pages log logs code codes budget \
                 report reports count",
    )
}

/// "failed to follow the runbook": people's rules, not links or redirects. `follow` is where that word stands.
fn rule(sentence: &Sentence<'_>, follow: usize) -> Option<usize> {
    (follow + 1..follow + 6)
        .take_while(|at| sentence.gap(*at) == Gap::Space)
        .find(|at| {
            is_one_of(
                sentence.at(*at),
                "checklist guidance guideline guidelines instruction instructions policies policy \
                 practice practices procedure procedures process processes protocol rules runbook \
                 runbooks standard standards steps documentation",
            )
        })
}

/// "was accidentally deleted", "was a mistake": somebody did it, and meant to do it right.
fn deed(sentence: &Sentence<'_>, index: usize) -> Option<usize> {
    if !matches!(sentence.at(index), "was" | "were") {
        return None;
    }
    if sentence.has(index + 1, &["a", "mistake"]) && sentence.gap(index + 1) == Gap::Space {
        return (!is_denied(sentence, index + 2)).then_some(index + 2);
    }
    let how = matches!(
        sentence.next(index + 1),
        "accidentally" | "inadvertently" | "mistakenly" | "unintentionally" | "carelessly"
    );
    let what = is_one_of(
        sentence.next(index + 2),
        "applied changed checked committed configured copied deleted deployed destroyed \
                 disabled disclosed dropped enabled entered exposed granted included introduced \
                 killed leaked left merged moved overwritten posted promoted published pushed \
                 released removed renamed restarted reverted revoked run scaled sent set shared \
                 shut started stopped switched targeted terminated triggered turned unplugged \
                 updated upgraded uploaded wiped",
    );
    (how && what).then_some(index + 2)
}

fn minimising(sentence: &Sentence<'_>, index: usize) -> Option<usize> {
    if sentence.is_heading {
        return None;
    }
    let next = sentence.next(index + 1);
    match sentence.at(index) {
        "simply" | "merely" => is_belittling(sentence, index).then_some(index),
        "just" => {
            let easy = is_one_of(
                sentence.back(index, 1),
                "should could would only they he she engineer developer",
            );
            let what = matches!(next, "forgot" | "needed" | "had") || (easy && next == "have");
            let is_need = next != "had" || sentence.next(index + 2) == "to";
            let at_people = person_close(sentence, index) || easy;
            (what && is_need && at_people).then_some(index + 1)
        }
        "obvious" | "obviously" | "evidently" | "self-evident" => {
            let wished = (1..=3).any(|places| {
                is_one_of(
                    sentence.back(index, places),
                    "more make makes making made very most any become will be",
                )
            });
            (!is_denied(sentence, index) && !wished).then_some(index)
        }
        "clearly" => is_one_of(next, "should shouldn't needed wrong not a the").then_some(index),
        "of" if next == "course" && sentence.gap(index + 2) == Gap::Comma => Some(index + 1),
        "trivial" | "trivially" => {
            let is_said = (1..=2).any(|places| is_being(sentence.back(index, places)));
            (is_said && !is_denied(sentence, index)).then_some(index)
        }
        "common" if next == "sense" => Some(index + 1),
        "all" => all_it_took(sentence, index),
        _ => None,
    }
}

/// Whether "simply" is about what somebody did or had to do. How a program works may well be simple.
fn is_belittling(sentence: &Sentence<'_>, index: usize) -> bool {
    let next = sentence.next(index + 1);
    let is_fault = is_one_of(
        next,
        "forgot missed failed overlooked ignored neglected needed had a",
    );
    let is_mild = matches!(next, "put" | "not" | "because" | "") || next.ends_with("n't");
    // "Simply restart it."
    let is_order = index == 0
        && is_one_of(
            next,
            "add call change check click contact delete disable enable install log open press re-run rebuild reboot remove replace \
             rerun restart retry revert roll run scale set switch turn update upgrade use wait",
        );
    let duty = (1..=3).any(|places| {
        is_one_of(
            sentence.back(index, places),
            "should could would must ought needed had",
        )
    });
    is_order
        || (is_fault && (next != "a" || is_being(sentence.back(index, 1))))
        || (!is_mild && (duty || person_close(sentence, index)))
}

/// Whether one of the two words before is a person.
fn person_close(sentence: &Sentence<'_>, index: usize) -> bool {
    (1..=2).any(|places| {
        !sentence.back(index, places).is_empty()
            && index
                .checked_sub(places)
                .and_then(|at| person(sentence, at))
                .is_some_and(|who| !matches!(who, Who::They))
    })
}

/// "all we had to do was"
fn all_it_took(sentence: &Sentence<'_>, index: usize) -> Option<usize> {
    let is_person = is_one_of(sentence.next(index + 1), "they we he she you it anyone");
    let phrases: [&[&str]; 3] = [
        &["had", "to", "do"],
        &["needed", "to", "do"],
        &["took", "was"],
    ];
    let matching = phrases
        .iter()
        .find(|phrase| sentence.has(index + 2, phrase) && sentence.gap(index + 2) == Gap::Space)?;
    is_person.then_some(index + 1 + matching.len())
}

fn single_cause(sentence: &Sentence<'_>, index: usize) -> Option<usize> {
    let next = sentence.next(index + 1);
    match sentence.at(index) {
        "root" if next == "cause" => {
            // "root cause(s)"
            let is_open = sentence.at(index + 2) == "s" && sentence.gap(index + 2) == Gap::Clause;
            let is_counted = japanese::is_followed_by_number(sentence.next(index + 2));
            (!is_open && !is_counted && !is_one_of_many(sentence, index)).then_some(index + 1)
        }
        "root-cause" | "rootcause" => (!is_one_of_many(sentence, index)).then_some(index),
        "main" | "primary" | "sole" | "real" | "true" | "ultimate" | "underlying" | "actual"
        | "single" | "only"
            if matches!(next, "cause" | "root-cause") =>
        {
            let said = matches!(sentence.back(index, 1), "the" | "our" | "");
            (said && !is_one_of_many(sentence, index)).then_some(index + 1)
        }
        _ => None,
    }
}

/// "a root cause", "no single root cause", "one of the root cause candidates": not the one and only.
fn is_one_of_many(sentence: &Sentence<'_>, index: usize) -> bool {
    let before = sentence.back(index, 1);
    // "the one root cause"
    if before == "one" && sentence.back(index, 2) == "the" {
        return is_denied(sentence, index - 1);
    }
    let is_counted =
        before.starts_with(|c: char| c.is_ascii_digit()) || japanese::is_one_of_many(before);
    // "the following were the root cause"
    let are_many = before == "the" && matches!(sentence.back(index, 2), "are" | "were");
    is_denied(sentence, index)
        || is_counted
        || are_many
        || (1..=8).any(|places| sentence.back(index, places) == "unlikely")
        || (1..=3).any(|places| {
            is_one_of(
                sentence.back(index, places),
                "a an another each every any possible potential one second third multiple several \
                 two three beyond many these different suspected assumed supposed",
            )
        })
}
