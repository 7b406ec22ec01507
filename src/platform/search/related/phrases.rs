//! Shared words as a reader sees them: pairs of letters of scripts without spaces put together again. Pure.

use std::ops::Range;

use super::judge::Evidence;
use super::subject::Analysed;

/// Words as they are written, in this order; pairs of letters that overlap in both texts as one.
pub(super) fn phrases(analysed: &Analysed, evidence: &Evidence, numbers: &[usize]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for number in numbers {
        let text = match analysed.pairs.iter().position(|(_, it)| it == number) {
            Some(at) => stretch(analysed, evidence, numbers, at),
            None => analysed.words.get(*number).map(|word| word.written.clone()),
        };
        let is_new = |text: &String| !text.is_empty() && !found.contains(text);
        found.extend(text.filter(is_new));
    }
    found
}

/// The letters around a pair that are all in pairs of these, and stand together in the other document too.
fn stretch(
    analysed: &Analysed,
    evidence: &Evidence,
    numbers: &[usize],
    at: usize,
) -> Option<String> {
    let (range, number) = analysed.pairs.get(at)?;
    let mut whole: Range<usize> = range.clone();
    // Where the other document has all that is put together so far, told by where it has this pair.
    let mut starts = evidence.places.get(number).cloned().unwrap_or_default();
    let mut goes_on = |number: &usize, place: &dyn Fn(u32) -> Option<u32>| {
        let there = evidence
            .places
            .get(number)
            .filter(|_| numbers.contains(number));
        let stays = |start: &u32| {
            let place = place(*start);
            place.is_some_and(|place| there.is_some_and(|it| it.binary_search(&place).is_ok()))
        };
        let left: Vec<u32> = starts.iter().copied().filter(stays).collect();
        let goes_on = !left.is_empty();
        if goes_on {
            starts = left;
        }
        goes_on
    };
    for (step, (next, number)) in (1..).zip(analysed.pairs.iter().skip(at + 1)) {
        if next.start >= whole.end || !goes_on(number, &|start| start.checked_add(step)) {
            break;
        }
        whole.end = next.end;
    }
    for (step, (before, number)) in (1..).zip(analysed.pairs.iter().take(at).rev()) {
        if before.end <= whole.start || !goes_on(number, &|start| start.checked_sub(step)) {
            break;
        }
        whole.start = before.start;
    }
    let text = analysed.text.get(whole.clone())?;
    let before = analysed.text.get(..whole.start)?.chars().next_back();
    let after = analysed.text.get(whole.end..)?.chars().next();
    let text = trimmed(text, before, after);
    (text.chars().count() >= 2).then(|| text.to_owned())
}

/// Without endings and particles around it, and without parts of words that go on: what is left is whole.
fn trimmed(text: &str, before: Option<char>, after: Option<char>) -> &str {
    let hiragana = |c: char| ('\u{3041}'..='\u{309f}').contains(&c);
    let katakana = |c: char| ('\u{30a1}'..='\u{30ff}').contains(&c);
    let mut text = text;
    if before.is_some_and(katakana) {
        text = text.trim_start_matches(katakana);
    }
    if after.is_some_and(katakana) {
        text = text.trim_end_matches(katakana);
    }
    text.trim_matches(hiragana)
}

#[cfg(test)]
pub(super) use tests::places;

#[cfg(test)]
mod tests {
    use super::super::subject::Subject;
    use super::*;
    use std::collections::HashMap;

    /// Where a text has the pairs of the subject; from there on it is the other document.
    pub(in super::super) fn places(
        analysed: &Analysed,
        text: &Subject,
        from: u32,
    ) -> HashMap<usize, Vec<u32>> {
        let mut places: HashMap<usize, Vec<u32>> = HashMap::new();
        for (place, (_, number)) in (from..).zip(&Analysed::of(text).pairs) {
            let term = &Analysed::of(text).words[*number].term;
            if let Some(number) = analysed.words.iter().position(|it| it.term == *term) {
                places.entry(number).or_default().push(place);
            }
        }
        places
    }

    fn about(text: &str) -> Subject {
        Subject {
            text: text.to_owned(),
            ..Subject::default()
        }
    }

    #[test]
    fn what_stands_apart_there_is_not_told_as_one_word() {
        let subject = about("証明書失効");
        let analysed = Analysed::of(&subject);
        let there = |evidence: &Evidence| {
            let mut all: Vec<usize> = evidence.places.keys().copied().collect();
            all.sort_unstable();
            phrases(&analysed, evidence, &all)
        };
        let mut evidence = Evidence {
            places: places(&analysed, &about("証明書"), 0),
            ..Evidence::default()
        };
        evidence
            .places
            .extend(places(&analysed, &about("失効"), 40));
        assert_eq!(there(&evidence), ["証明書", "失効"]);
        evidence.places = places(&analysed, &subject, 7);
        assert_eq!(there(&evidence), ["証明書失効"]);
    }
}
