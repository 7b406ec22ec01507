//! Which side of a conflict stands in place of a text, and when what was typed counts instead. Pure.

use crate::platform::secret::{sha256, to_hex};

/// What the page of a conflict sends beside the texts.
#[derive(Clone, Copy)]
pub(super) struct Sides<'a> {
    /// For each text nothing, or what was chosen: `theirs 0`, `mine 2`; `without 1` for a section that one side took out.
    pub(super) picks: &'a [String],
    /// What each side has, by the number in `picks`.
    pub(super) theirs: &'a [String],
    pub(super) mine: &'a [String],
    /// The [`mark`] of the text that was offered there.
    pub(super) offered: &'a [String],
}

/// What tells a text from another, however its lines end.
pub(super) fn mark(text: &str) -> String {
    to_hex(&sha256(plain(text)))
}

fn plain(text: &str) -> String {
    text.replace("\r\n", "\n").trim_end().to_owned()
}

impl Sides<'_> {
    /// What is kept while nobody has decided: the words of both sides, also where one of them is shown alone because it was
    /// chosen. What was typed there is all that is wanted.
    pub(super) fn undecided(&self, place: usize, text: String) -> String {
        let chosen = self.picks.get(place).and_then(|it| it.split_once(' '));
        let Some(number) = chosen.and_then(|(_, number)| number.parse::<usize>().ok()) else {
            return text;
        };
        let sides = [self.theirs.get(number), self.mine.get(number)];
        let sides = sides.map(|side| side.map_or("", |it| it.trim_end()));
        let shown = plain(&text);
        if sides.iter().all(|side| plain(side) != shown) {
            return text;
        }
        let kept: Vec<&str> = sides.into_iter().filter(|it| !it.is_empty()).collect();
        kept.join("\n\n")
    }

    /// What stands there: the text, or the side that was chosen instead of it; nothing where the section is to go. A text
    /// that was typed after the page was shown is never dropped for a choice.
    pub(super) fn settle(&self, place: usize, text: String) -> Option<String> {
        let chosen = self.picks.get(place).map_or("", String::as_str);
        let (side, number) = chosen.split_once(' ').unwrap_or((chosen, ""));
        let number: Option<usize> = number.parse().ok();
        let offered = number.and_then(|number| self.offered.get(number));
        if offered.is_some_and(|offered| *offered != mark(&text)) {
            return Some(text);
        }
        let of = |texts: &[String]| number.and_then(|number| texts.get(number).cloned());
        match side {
            "theirs" => Some(of(self.theirs).unwrap_or(text)),
            "mine" => Some(of(self.mine).unwrap_or(text)),
            "without" => None,
            _ => Some(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_counts_until_something_is_typed() {
        let strings = |values: [&str; 2]| values.map(str::to_owned);
        let (theirs, mine) = (strings(["t0", "t1"]), strings(["m0", "m1"]));
        let offered = strings(["both 0", "both\n1"]).map(|text| mark(&text));
        for (pick, text, expected) in [
            ("", "both 0", Some("both 0")),
            ("theirs 0", "both 0", Some("t0")),
            ("mine 1", "both\r\n1\r\n", Some("m1")),
            ("without 1", "both\n1", None),
            ("mine 0", "both 0 and more", Some("both 0 and more")),
            ("without 0", "both 0 and more", Some("both 0 and more")),
            ("mine 0", "m0", Some("m0")),
            ("mine 7", "both 0", Some("both 0")),
            ("everything 0", "both 0", Some("both 0")),
        ] {
            let picks = [pick.to_owned()];
            let sides = Sides {
                picks: &picks,
                theirs: &theirs,
                mine: &mine,
                offered: &offered,
            };
            let settled = sides.settle(0, text.to_owned());
            assert_eq!(settled.as_deref(), expected, "{pick}: {text}");
        }
    }

    #[test]
    fn while_nobody_has_decided_both_sides_are_kept() {
        let (theirs, mine) = (["t0\n".to_owned(), String::new()], ["m0", "m1"]);
        let mine = mine.map(str::to_owned);
        for (pick, text, expected) in [
            ("", "both 0", "both 0"),
            ("theirs 0", "both 0", "both 0"),
            ("theirs 0", "t0", "t0\n\nm0"),
            ("mine 0", "m0\r\n", "t0\n\nm0"),
            ("without 1", "m1", "m1"),
            ("without 1", "", "m1"),
            ("mine 0", "m0 and more", "m0 and more"),
            ("mine 7", "both 0", "both 0"),
        ] {
            let picks = [pick.to_owned()];
            let sides = Sides {
                picks: &picks,
                theirs: &theirs,
                mine: &mine,
                offered: &[],
            };
            assert_eq!(
                sides.undecided(0, text.to_owned()),
                expected,
                "{pick}: {text}"
            );
        }
    }
}
