//! What should, could or would have been: events that did not happen explain nothing about the ones that did.
//!
//! "should have" is pointed at whoever it is said of, once a participle follows ("should have two replicas" is a wish
//! like any other). "could have" and "would have" are also how one says what was at stake or what is likely, so they
//! count only with people, or with what would have helped.

use super::finding::{FindingKind, Hit};
use super::people::{Who, person_before};
use super::words::{Gap, Sentence, is_adverb, is_one_of, is_participle};

const REASON: &str =
    "Tells of events that did not happen, from a view that nobody had at the time.";
const SHOULD: &str =
    "What made what was done the reasonable thing to do at the time, and what was known then?";
const COULD: &str = "What was known at that moment, and which options were visible?";
const WOULD: &str = "What was in place at the time, and how did it work? The idea itself may be a countermeasure: what do you expect of it?";
const AVOIDABLE: &str =
    "What had to come together for this to happen, and what usually keeps it from happening?";

/// Finds counterfactuals.
pub(super) fn find(sentence: &Sentence<'_>, found: &mut Vec<Hit>) {
    // A heading like "What could have gone better?" is a question of the template.
    if sentence.is_heading {
        return;
    }
    for index in 0..sentence.words.len() {
        let Some((last, suggestion)) = counterfactual(sentence, index) else {
            continue;
        };
        let range = sentence.range(index, last);
        found.push(Hit::new(FindingKind::Hindsight, range, REASON, suggestion));
    }
}

fn counterfactual(sentence: &Sentence<'_>, index: usize) -> Option<(usize, &'static str)> {
    match sentence.at(index) {
        "should" | "shouldn't" | "should've" | "ought" => {
            // "You should have received a message" tells readers what to look for.
            if sentence.back(index, 1) == "you" {
                return None;
            }
            let have = have(sentence, index)?;
            Some((participle(sentence, have.last)?, SHOULD))
        }
        "could" | "couldn't" | "could've" => {
            let have = have(sentence, index)?;
            let last = participle(sentence, have.last)?;
            let helps = !have.is_negated && helps(sentence, last);
            let is_it = helps || is_about_people(sentence, index, last);
            (is_it && !is_worse(sentence, index, last)).then_some((last, COULD))
        }
        "would" | "wouldn't" | "would've" => {
            let have = have(sentence, index)?;
            let last = participle(sentence, have.last)?;
            let is_it = if have.is_negated {
                matches!(
                    sentence.at(last),
                    "happened" | "occurred" | "failed" | "gone" | "broken"
                )
            } else {
                helps(sentence, last) || is_about_people(sentence, index, last)
            };
            is_it.then_some((last, WOULD))
        }
        "if" | "had" => if_only(sentence, index).map(|last| (last, SHOULD)),
        "preventable" | "avoidable" => (!is_denied(sentence, index)).then_some((index, AVOIDABLE)),
        "easily"
            if matches!(
                sentence.next(index + 1),
                "avoided" | "prevented" | "caught" | "detected" | "spotted"
            ) =>
        {
            Some((index + 1, AVOIDABLE))
        }
        _ => None,
    }
}

struct Have {
    /// The last word of "should not have".
    last: usize,
    is_negated: bool,
}

/// "should have", "should not have", "should probably have", "ought to have".
fn have(sentence: &Sentence<'_>, index: usize) -> Option<Have> {
    let modal = sentence.at(index);
    let mut is_negated = modal.ends_with("n't");
    if modal.ends_with("'ve") {
        return Some(Have {
            last: index,
            is_negated,
        });
    }
    for at in index + 1..index + 4 {
        match sentence.next(at) {
            "have" | "have've" => {
                return Some(Have {
                    last: at,
                    is_negated,
                });
            }
            // "should of tested", and not "should of course".
            "of" if sentence.next(at + 1) != "course" => {
                return Some(Have {
                    last: at,
                    is_negated,
                });
            }
            "not" => is_negated = true,
            "to" if modal == "ought" => {}
            word if is_adverb(word) => {}
            _ => return None,
        }
    }
    None
}

/// The participle after "have", with a "been" before it: where it stands.
fn participle(sentence: &Sentence<'_>, have: usize) -> Option<usize> {
    for at in have + 1..have + 4 {
        let word = sentence.next(at);
        if word == "had" {
            return Some(at);
        }
        if word == "been" {
            // "should have been more careful": as far as it goes.
            let next = sentence.next(at + 1);
            let more = if is_adverb(next) { at + 2 } else { at + 1 };
            return Some(if is_participle(sentence.next(more)) {
                more
            } else {
                at
            });
        }
        if is_participle(word) {
            return (!describes_next(sentence, at)).then_some(at);
        }
        if !is_adverb(word) && word != "not" {
            return None;
        }
    }
    None
}

/// "should have limited access": not a participle, but what kind of access.
fn describes_next(sentence: &Sentence<'_>, at: usize) -> bool {
    const KINDS: &str = "advanced associated automated centralised centralized combined dedicated defined detailed \
     distributed documented elevated enabled encrypted fixed improved increased integrated \
     isolated limited managed mixed reduced required restricted shared simulated structured \
     unused updated used set cut split read left";
    const AFTER_VERBS: &str = "a all an and any as at back because before both but by down each earlier either for from he \
     her his if in into it its more my off on or our out over she since so some sooner than that \
     the their them then these they this those to too under until up us via we when where while \
     with within without you your first again correctly properly automatically manually already \
     immediately";
    let next = sentence.next(at + 1);
    is_one_of(sentence.at(at), KINDS) && !next.is_empty() && !is_one_of(next, AFTER_VERBS)
}

/// Whether the sentence is about what would have helped: "would have caught", "could have been avoided".
fn helps(sentence: &Sentence<'_>, last: usize) -> bool {
    let verb = sentence.at(last);
    let verb = if verb == "been" {
        sentence.next(last + 1)
    } else {
        verb
    };
    // "would have allowed us to see it"; what it would have allowed others is at stake.
    if verb == "allowed" {
        return is_one_of(
            sentence.next(last + 1),
            "us the responders engineers operators on-call",
        );
    }
    is_one_of(
        verb,
        "alerted averted avoided blocked caught cushioned detected discovered \
                 enabled faster flagged helped helpful highlighted identified limited minimised \
                 minimized mitigated noticed prevented quicker reduced revealed saved shortened \
                 spotted stopped surfaced useful warned uncovered handled resolved",
    ) && !(matches!(verb, "limited" | "stopped" | "blocked") && sentence.at(last) == "been")
}

/// "nothing that could have prevented it", "could have noticed it much later": it went as well as it could.
fn is_worse(sentence: &Sentence<'_>, modal: usize, last: usize) -> bool {
    (1..=8).any(|places| matches!(sentence.back(modal, places), "no" | "nothing" | "nobody"))
        || (last + 1..last + 5).any(|at| matches!(sentence.at(at), "later" | "longer" | "worse"))
}

/// "we could have tested", unless it is about what was at stake: "we could have lost".
fn is_about_people(sentence: &Sentence<'_>, modal: usize, last: usize) -> bool {
    let at_stake = is_one_of(
        sentence.at(last),
        "lost suffered had seen faced experienced been expected needed liked loved \
                 preferred thought run gone ended continued hoped wanted received missed broken \
                 affected impacted gotten",
    );
    let who = person_before(sentence, modal, false).map(|(_, who)| who);
    !at_stake
        && matches!(
            who,
            Some(Who::We | Who::Somebody | Who::Role(_) | Who::Doubtful(_) | Who::Name)
        )
}

/// "if we had checked", "had we checked"; not "had we not noticed", which is gratitude.
fn if_only(sentence: &Sentence<'_>, index: usize) -> Option<usize> {
    let inverted = sentence.at(index) == "had";
    let starts = index == 0
        || sentence.gap(index) > Gap::Space
        || matches!(
            sentence.at(index - 1),
            "and" | "but" | "that" | "even" | "only" | "however"
        );
    if inverted && !starts {
        return None;
    }
    let who = ["only", "the"].iter().fold(index + 1, |at, word| {
        at + usize::from(sentence.next(at) == *word)
    });
    let is_person = matches!(
        super::people::person(sentence, who)?,
        Who::We | Who::Somebody | Who::Role(_) | Who::Name
    );
    let contracted = sentence.at(who).ends_with("'d");
    let verb = match (inverted, contracted) {
        (true, _) | (false, true) => who + 1,
        (false, false) if sentence.next(who + 1) == "had" => who + 2,
        (false, false) => return None,
    };
    let verb = if is_adverb(sentence.next(verb)) {
        verb + 1
    } else {
        verb
    };
    let is_adjacent = (index + 1..=verb).all(|at| sentence.gap(at) == Gap::Space);
    let done = sentence.next(verb);
    // "If we had any": nothing was left undone.
    let is_deed = is_participle(done) && !describes_next(sentence, verb);
    (is_person && is_adjacent && is_deed).then_some(verb)
}

/// Whether the words before say that it is not so.
pub(super) fn is_denied(sentence: &Sentence<'_>, index: usize) -> bool {
    (1..=3).any(|places| {
        let word = sentence.back(index, places);
        word.ends_with("n't")
            || is_one_of(
                word,
                "not no non never less hardly without nothing cannot neither nor isnt wasnt \
                 rarely seldom",
            )
    })
}
