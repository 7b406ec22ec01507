//! People beside what went wrong: "the engineer forgot", "we failed to check", "nobody noticed", "@ana overlooked".
//!
//! Jobs forget and servers fail without being offended: only people count, and "they", which may be machines, only with
//! what only people do.

use super::finding::{FindingKind, Hit};
use super::strangers::wrong_thing;
use super::words::{Gap, Sentence, is_adverb, is_one_of, is_participle};

const REASON: &str = "Names a person or a group beside what went wrong; that ends the question where it gets \
                      interesting.";
const NAMED: &str =
    "Names somebody beside what went wrong. Roles are enough for others to learn from it.";
const NOBODY: &str = "Says what nobody did. What people notice depends on what is shown to them.";
const SUGGEST_NOBODY: &str = "Where would this have shown, and what made it hard to see there?";

/// Somebody a sentence is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who<'a> {
    /// "we", "I"
    We,
    /// "he", "she", "someone"
    Somebody,
    /// "they": people or machines
    They,
    /// "the engineer"
    Role(&'a str),
    /// "the operator", "the admin": people or programs
    Doubtful(&'a str),
    /// "@ana", "Ana"
    Name,
}

/// A verb that says what somebody did not do well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fault {
    /// Its last word.
    last: usize,
    /// Where to look for the person before it.
    first: usize,
    /// Whether only people do that.
    is_human: bool,
}

/// Finds people and their faults.
pub(super) fn find(sentence: &Sentence<'_>, found: &mut Vec<Hit>) {
    for index in 0..sentence.words.len() {
        if let Some(last) = nobody(sentence, index) {
            found.push(Hit::new(
                FindingKind::PersonAndFault,
                sentence.range(index, last),
                NOBODY,
                SUGGEST_NOBODY,
            ));
        } else if let Some(fault) = fault(sentence, index)
            && let Some((first, who)) = person_before(sentence, fault.first, fault.is_human)
            && (fault.is_human || !matches!(who, Who::They | Who::Doubtful(_)))
        {
            found.push(hit(sentence, first, fault.last, who));
        } else if let Some(last) = owned_fault(sentence, index) {
            found.push(hit(sentence, index, last, Who::Name));
        }
    }
}

pub(super) fn hit(sentence: &Sentence<'_>, first: usize, last: usize, who: Who<'_>) -> Hit {
    // The given name before a family name.
    let first = match who {
        Who::Name if first > 0 && is_one_of(sentence.back(first, 1), NAMES) => first - 1,
        Who::Name | Who::We | Who::Somebody | Who::They | Who::Role(_) | Who::Doubtful(_) => first,
    };
    let (kind, reason) = match who {
        Who::Name => (FindingKind::NameAndFault, NAMED),
        Who::We | Who::Somebody | Who::They | Who::Role(_) | Who::Doubtful(_) => {
            (FindingKind::PersonAndFault, REASON)
        }
    };
    let range = sentence.range(first, last);
    Hit::new(kind, range, reason, question(who))
}

fn question(who: Who<'_>) -> String {
    match who {
        Who::We => "What did we see and know at that moment, and what made this the reasonable thing to do?".to_owned(),
        Who::Role(role) | Who::Doubtful(role) => format!(
            "What did the {role} see and know at that moment, and what made this the reasonable thing to do?"
        ),
        Who::Somebody | Who::They => {
            "What did they see and know at that moment, and what made this the reasonable thing to do?".to_owned()
        }
        Who::Name => {
            "Which role was it, what did they see and know at that moment, and how did that lead to this step?".to_owned()
        }
    }
}

/// Who is meant by the word at `index`.
pub(super) fn person<'a>(sentence: &Sentence<'a>, index: usize) -> Option<Who<'a>> {
    let word = sentence.at(index);
    match word {
        "we" | "i" | "we'd" | "we've" | "i'd" | "i've" => return Some(Who::We),
        "he" | "she" | "he'd" | "she'd" | "someone" | "somebody" => return Some(Who::Somebody),
        "they" | "they'd" | "they've" => return Some(Who::They),
        "call" if sentence.back(index, 1) == "on" => return Some(Who::Role("on-call engineer")),
        "member" | "members" => {
            return (sentence.back(index, 1) == "team").then_some(Who::Role("team"));
        }
        _ => {}
    }
    if is_one_of(word, ROLES) {
        return Some(Who::Role(word));
    }
    if is_one_of(word, DOUBTFUL) {
        return Some(Who::Doubtful(word));
    }
    is_name(sentence, index).then_some(Who::Name)
}

/// Words for people and nothing else.
const ROLES: &str = "analyst architect consultant newcomer supervisor trainee colleague colleagues committer committers contractor contractors coworker dba dbas \
     deployer dev developer developers devs employee employees engineer engineers hire hires intern interns \
     maintainer maintainers on-call oncall on-caller programmer programmers responder responders \
     reviewer reviewers sre sres sysadmin sysadmins team teams teammate technician technicians \
     tester testers";

/// Words for people that are names of programs as well.
const DOUBTFUL: &str = "admin administrator administrators admins author authors devops engineering leadership \
     management manager operator operators qa staff support vendor";

/// Given names: enough to notice the habit. A name that is a word or a product as well is not here.
const NAMES: &str = "adam ahmed alex alexander alice amit ana anders andrea andreas andrew andy anna anne anthony \
     arjun barbara ben benjamin bob brian carlos carol caroline charles chris christian \
     christopher claire clara dan daniel dave david deepak diana diego dmitry elena elizabeth \
     emily emma eric erik eva fatima felix frank george greg hannah hans helen henry hiroshi ivan \
     jacob james jan jane jason jeff jennifer jessica jim joe john jonathan jose joseph josh juan \
     julia karen kate katharine keith kenji kevin kim kumar lars laura lisa lucas luis lukas \
     maria marie mark markus martin mary matt matthew michael michelle miguel mike mohamed \
     mohammed monika nancy natasha nicole nina oleg olga oliver pablo patricia paul pedro peter \
     philip pierre priya rachel rahul raj richard robert ryan sam sanjay sara sarah scott sean \
     sergey simon sofia sophie stefan stephen steve steven sunil susan svetlana takeshi thomas \
     tim tom vijay vladimir wei yuki yusuf";

fn is_name(sentence: &Sentence<'_>, index: usize) -> bool {
    let Some(word) = sentence.words.get(index) else {
        return false;
    };
    let lower = word.lower.as_str();
    let is_handle = lower.starts_with('@') && !lower.contains(['/', '.', ':']);
    let is_given = |word: &str| is_one_of(word, NAMES);
    let follows_given = word.is_capital && is_given(sentence.back(index, 1));
    is_handle || (word.is_capital && is_given(lower)) || follows_given
}

/// The person that the verb at `index` belongs to, and where that person stands.
pub(super) fn person_before<'a>(
    sentence: &Sentence<'a>,
    index: usize,
    is_human: bool,
) -> Option<(usize, Who<'a>)> {
    let mut at = index;
    for _ in 0..4 {
        if sentence.gap(at) != Gap::Space {
            return None;
        }
        at = at.checked_sub(1)?;
        if let Some(who) = person(sentence, at) {
            return Some((at, who));
        }
        let word = sentence.at(at);
        let is_between = is_adverb(word) || matches!(word, "had" | "have" | "has" | "who");
        if !is_between {
            break;
        }
    }
    if is_human {
        described_person(sentence, at)
    } else {
        None
    }
}

/// "the engineer on call forgot", "the developer creating the change misjudged"; `last` is the word before the verb.
fn described_person<'a>(sentence: &Sentence<'a>, last: usize) -> Option<(usize, Who<'a>)> {
    let mut at = last;
    for _ in 0..7 {
        if sentence.gap(at) != Gap::Space {
            return None;
        }
        let next = sentence.at(at);
        at = at.checked_sub(1)?;
        if is_clause_word(sentence.at(at)) {
            return None;
        }
        let describes = matches!(
            next,
            "on" | "in" | "at" | "from" | "of" | "for" | "with" | "who"
        ) || (next.ends_with("ing") && next.len() > 4);
        if describes && let Some(who @ Who::Role(_)) = person(sentence, at) {
            return Some((at, who));
        }
    }
    None
}

/// Words after which somebody else does something.
fn is_clause_word(word: &str) -> bool {
    is_one_of(
        word,
        "that which when because so and but if while after before where how why than as \
                 or until",
    )
}

/// "nobody noticed", "no one checked".
fn nobody(sentence: &Sentence<'_>, index: usize) -> Option<usize> {
    let verb = match sentence.at(index) {
        "nobody" | "noone" | "no-one" => index + 1,
        "no" if sentence.next(index + 1) == "one" => index + 2,
        _ => return None,
    };
    let verb = if is_adverb(sentence.next(verb)) || sentence.next(verb) == "had" {
        verb + 1
    } else {
        verb
    };
    let missed = is_one_of(
        sentence.next(verb),
        "noticed checked realised realized tested reviewed caught verified thought looked \
                 followed responded remembered questioned bothered spotted reacted acted cared \
                 paid",
    );
    missed.then_some(verb)
}

/// "Ana's mistake"
fn owned_fault(sentence: &Sentence<'_>, index: usize) -> Option<usize> {
    let owner = sentence.at(index).strip_suffix("'s")?;
    let is_name = owner.starts_with('@') || is_one_of(owner, NAMES);
    let is_fault = is_one_of(
        sentence.next(index + 1),
        "mistake mistakes error errors fault failure oversight typo carelessness \
                 negligence blunder",
    );
    (is_name && is_fault).then_some(index + 1)
}

/// The fault that the word at `index` begins.
fn fault(sentence: &Sentence<'_>, index: usize) -> Option<Fault> {
    let word = sentence.at(index);
    let human = |last| {
        Some(Fault {
            last,
            first: index,
            is_human: true,
        })
    };
    let any = |last| {
        Some(Fault {
            last,
            first: index,
            is_human: false,
        })
    };
    match word {
        "forgot" | "overlooked" | "misread" | "misjudged" | "mistyped" | "misunderstood"
        | "misinterpreted" | "mistook" | "fat-fingered" | "botched" | "bungled" | "blundered"
        | "disregarded" | "underestimated" | "neglected" | "mis-typed" | "mis-read" => human(index),
        "forgotten" => {
            let before = if is_adverb(sentence.back(index, 1)) {
                2
            } else {
                1
            };
            is_one_of(
                sentence.back(index, before),
                "had have has we'd they'd he'd she'd i'd we've they've i've",
            )
            .then(|| human(index))?
        }
        "messed" | "screwed" | "slipped" | "mixed" if sentence.next(index + 1) == "up" => {
            human(index + 1)
        }
        "miscommunicated" | "misconfigured" | "miscalculated" | "caused" | "broke"
        | "mishandled" | "ignored" => any(index),
        "missed"
            if !matches!(
                sentence.next(index + 2),
                "slo" | "sla" | "target" | "deadline"
            ) =>
        {
            any(index)
        }
        "failed" if sentence.next(index + 1) == "to" => failed_to(sentence, index),
        "made" => made_a_mistake(sentence, index).and_then(any),
        "accidentally" | "mistakenly" | "inadvertently" | "erroneously" | "wrongly"
        | "incorrectly" | "unintentionally" | "unknowingly" | "unwittingly" | "blindly"
        | "improperly" | "carelessly" => is_deed(sentence.next(index + 1)).then_some(Fault {
            last: index + 1,
            first: index,
            is_human: false,
        }),
        "did" if sentence.next(index + 1) == "not" => not_done(sentence, index, index + 2),
        "didn't" | "never" => not_done(sentence, index, index + 1),
        _ => wrong_thing(sentence, index).and_then(any),
    }
}

/// "failed to check": not when that was what they found out, "we failed to reproduce it".
fn failed_to(sentence: &Sentence<'_>, index: usize) -> Option<Fault> {
    let verb = sentence.next(index + 2);
    let is_finding = verb.is_empty()
        || is_one_of(
            verb,
            "reproduce connect reach log login load start fetch restore recover replicate \
                 download open access",
        );
    let is_human = is_one_of(
        verb,
        "appreciate ask communicate consider coordinate document escalate inform notice realise \
                 realize recognise recognize remember review tell think understand",
    ) || matches!(verb, "check" | "double-check" | "follow");
    (!is_finding).then_some(Fault {
        last: index + 2,
        first: index,
        is_human,
    })
}

fn is_deed(word: &str) -> bool {
    is_participle(word) || is_one_of(word, "ran took wrote went chose gave did began ordered")
}

/// "made a mistake", "made an honest mistake".
fn made_a_mistake(sentence: &Sentence<'_>, index: usize) -> Option<usize> {
    (index + 1..index + 5)
        .find(|at| {
            is_one_of(
                sentence.next(*at),
                "mistake mistakes error errors typo blunder oversight slip",
            )
        })
        .filter(|last| (index + 1..=*last).all(|at| sentence.gap(at) == Gap::Space))
}

/// "did not check", "never tested". What was not seen, known or expected is what was the case, not a fault.
fn not_done(sentence: &Sentence<'_>, first: usize, verb: usize) -> Option<Fault> {
    let verb = if is_adverb(sentence.next(verb)) {
        verb + 1
    } else {
        verb
    };
    let is_fault = is_one_of(
        sentence.next(verb),
        "respond react follow notice realise realize check verify test read think consider review \
                 validate ask communicate escalate tell inform notify double-check remember \
                 bother care consult pay understand appreciate question confirm listen heed \
                 recognise recognize spot document catch properly request followed noticed \
                 realised realized checked verified tested considered reviewed validated asked \
                 escalated told informed bothered questioned confirmed documented",
    );
    let is_human = is_one_of(
        sentence.next(verb),
        "notice realise realize remember bother care think ask listen heed understand \
                 appreciate question escalate tell communicate consult pay noticed realised \
                 realized bothered",
    );
    is_fault.then_some(Fault {
        last: verb,
        first,
        is_human,
    })
}
