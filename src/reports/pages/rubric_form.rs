//! The form of the review rubric: what was typed, as lines, with problems beside their fields. Pure.

use crate::reports::model::Problem;
use crate::reports::review::rubric::RubricLine;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Empty lines that are offered for something new.
const OFFERED: usize = 2;

/// What the form sends: one of each list for a line. Everything is text, so that nothing typed is ever lost.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RubricForm {
    pub(super) base_revision: String,
    /// The words of the lines; of a new one nothing.
    line: Vec<String>,
    question: Vec<String>,
    hint: Vec<String>,
    /// Where it stands among the others.
    place: Vec<String>,
    /// `yes`, or `no` for what is no longer asked.
    asked: Vec<String>,
}

/// The fields of one line as they were typed.
#[derive(Clone, Copy)]
struct Typed<'a> {
    word: &'a str,
    question: &'a str,
    hint: &'a str,
    place: &'a str,
    is_asked: bool,
}

impl Typed<'_> {
    fn is_blank(&self) -> bool {
        [self.word, self.question, self.hint]
            .iter()
            .all(|text| text.trim().is_empty())
    }
}

/// The lines that a form wants, in their order, and from which row of the form each came.
pub(super) struct Wanted {
    pub(super) lines: Vec<RubricLine>,
    rows: Vec<usize>,
}

impl Wanted {
    /// What is wrong with a line, said of the row of the form it came from.
    pub(super) fn beside(&self, problem: Problem) -> Problem {
        let row = problem.field.rsplit_once('-').and_then(|(field, place)| {
            let row = self.rows.get(place.parse::<usize>().ok()?)?;
            Some(format!("{field}-{row}"))
        });
        Problem {
            field: row.unwrap_or_default(),
            ..problem
        }
    }
}

impl RubricForm {
    /// The form that shows a rubric.
    pub(super) fn of(lines: &[RubricLine], revision: i32) -> Self {
        let mut form = Self {
            base_revision: revision.to_string(),
            ..Self::default()
        };
        for (index, line) in lines.iter().enumerate() {
            form.line.push(line.word.clone());
            form.question.push(line.question.clone());
            form.hint.push(line.hint.clone());
            let place = if line.is_asked {
                (index + 1).to_string()
            } else {
                String::new()
            };
            form.place.push(place);
            form.asked
                .push(if line.is_asked { "yes" } else { "no" }.to_owned());
        }
        form
    }

    /// All of it in one field, to be carried through another form.
    pub(super) fn packed(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads [`Self::packed`] back; what no page of ours packed is an empty form.
    pub(super) fn unpacked(packed: &str) -> Self {
        serde_json::from_str(packed).unwrap_or_default()
    }

    fn rows(&self) -> Vec<Typed<'_>> {
        fn of(list: &[String], row: usize) -> &str {
            list.get(row).map_or("", String::as_str)
        }
        let lists = [&self.line, &self.question, &self.hint];
        let count = lists.iter().map(|list| list.len()).max().unwrap_or(0);
        (0..count)
            .map(|row| Typed {
                word: of(&self.line, row).trim(),
                question: of(&self.question, row),
                hint: of(&self.hint, row),
                place: of(&self.place, row),
                is_asked: of(&self.asked, row) != "no",
            })
            .collect()
    }

    /// Reads the form: the lines in the order of their places, those without one last; and what is wrong with the places.
    pub(super) fn read(&self) -> (Wanted, Vec<Problem>) {
        let mut problems = Vec::new();
        let mut lines = Vec::new();
        for (row, typed) in self.rows().into_iter().enumerate() {
            if typed.is_blank() {
                continue;
            }
            let place = match (typed.place.trim(), typed.place.trim().parse::<u16>()) {
                ("", _) => u32::MAX,
                (_, Ok(place)) => u32::from(place),
                (_, Err(_)) => {
                    let message = "A place is a number such as 3, or nothing for the end.";
                    problems.push(Problem::of(&format!("place-{row}"), message));
                    u32::MAX
                }
            };
            let line = RubricLine {
                word: typed.word.to_owned(),
                question: one_line(typed.question),
                hint: one_line(typed.hint),
                is_asked: typed.is_asked,
            };
            lines.push((place, row, line));
        }
        lines.sort_by_key(|(place, row, _)| (*place, *row));
        let (rows, lines) = lines.into_iter().map(|(_, row, line)| (row, line)).unzip();
        (Wanted { lines, rows }, problems)
    }

    /// The rows as `rubric.hbs` shows them, and empty ones for something new.
    pub(super) fn view(&self, problems: &[Problem]) -> Vec<Value> {
        let rows = self.rows();
        let empty = Typed {
            word: "",
            question: "",
            hint: "",
            place: "",
            is_asked: true,
        };
        let typed = rows.iter().copied().filter(|row| !row.is_blank()).count();
        let filled = rows
            .iter()
            .enumerate()
            .filter(|(_, row)| !row.is_blank())
            .map(|(row, typed)| (row, *typed));
        let offered = (rows.len()..).map(|row| (row, empty));
        filled
            .chain(offered)
            .take(typed + OFFERED)
            .enumerate()
            .map(|(index, (row, typed))| shown((index + 1, row), typed, problems))
            .collect()
    }
}

fn shown((number, row): (usize, usize), typed: Typed<'_>, problems: &[Problem]) -> Value {
    let field = |name: &str, value: &str| {
        let name = format!("{name}-{row}");
        let problem = problems.iter().find(|it| it.field == name);
        json!({ "value": value, "problem": problem.map(|it| it.message.as_str()) })
    };
    json!({
        "row": row,
        "number": number,
        "word": typed.word,
        "is_new": typed.word.is_empty(),
        "is_asked": typed.is_asked,
        "question": field("question", typed.question),
        "hint": field("hint", typed.hint),
        "place": field("place", typed.place),
    })
}

/// The words of one line.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(word: &str, is_asked: bool) -> RubricLine {
        RubricLine {
            word: word.to_owned(),
            question: format!("{word}?"),
            hint: "h".to_owned(),
            is_asked,
        }
    }

    #[test]
    fn a_form_is_a_rubric_and_back() {
        let lines = [line("a", true), line("b", true), line("c", false)];
        let form = RubricForm::of(&lines, 7);
        assert_eq!(form.base_revision, "7");
        let (wanted, problems) = form.read();
        assert_eq!((wanted.lines.as_slice(), problems.len()), (&lines[..], 0));
        let again = RubricForm::unpacked(&form.packed());
        assert_eq!(again.read().0.lines, lines);
        for nonsense in ["", "{", "[1]"] {
            assert_eq!(RubricForm::unpacked(nonsense).read().0.lines, []);
        }
    }

    #[test]
    fn places_make_the_order_and_empty_rows_are_nothing() {
        let form = RubricForm {
            line: vec!["a".into(), String::new(), String::new(), "b".into()],
            question: vec![
                "A?".into(),
                "  ".into(),
                " New \r\n one? ".into(),
                "B?".into(),
            ],
            place: vec!["2".into(), String::new(), "1".into(), "soon".into()],
            ..RubricForm::default()
        };
        let (wanted, problems) = form.read();
        let questions: Vec<_> = wanted.lines.iter().map(|it| it.question.as_str()).collect();
        assert_eq!(questions, ["New one?", "A?", "B?"]);
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].field, "place-3");
        let beside = |field: &str| wanted.beside(Problem::of(field, "x")).field;
        assert_eq!(beside("question-0"), "question-2");
        assert_eq!(beside("hint-2"), "hint-3");
        assert_eq!(beside("question-9"), "");
        assert_eq!(beside(""), "");
        let view = form.view(&problems);
        let rows: Vec<_> = view.iter().map(|it| it["row"].as_u64().unwrap()).collect();
        assert_eq!(rows, [0, 2, 3, 4, 5], "two more are offered");
        assert!(view[2]["place"]["problem"].is_string());
        assert_eq!(view[2]["place"]["value"], "soon");
        assert_eq!(view[1]["question"]["value"], " New \r\n one? ");
    }

    #[test]
    fn lists_of_different_lengths_break_nothing() {
        let form = RubricForm {
            question: vec!["Only this?".into()],
            asked: vec!["no".into()],
            ..RubricForm::default()
        };
        let (wanted, problems) = form.read();
        assert_eq!((wanted.lines.len(), problems.len()), (1, 0));
        assert!(!wanted.lines[0].is_asked);
    }
}
