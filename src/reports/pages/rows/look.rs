//! The buttons that only change what the rows look like: nothing is stored by them.

use super::wish::remember;
use super::{Odd, RowKind, Setting, add_problems, kind, problems, want};
use crate::platform::http::{Error, Lane, Page};
use crate::reports::document;
use crate::reports::model::Draft;
use crate::reports::pages::form::EditForm;
use crate::reports::pages::form_page::{About, Desk, Said};
use crate::reports::pages::write::read;
use crate::reports::timeline::{Participant, People, Shifted, pasted_among, shifted, typed_length};
use std::collections::HashMap;

/// More remarks on a paste than this help nobody.
const MOST_REMARKS: usize = 20;

/// Buttons that change the rows themselves, as they arrive.
const CHANGES: [&str; 7] = [
    "add-event",
    "add-events",
    "sort-events",
    "shift-events",
    "paste-timeline",
    "add-factor",
    "add-measure",
];

fn to_rows(button: &str) -> Option<RowKind> {
    kind(button.strip_prefix("rows-")?)
}

fn to_text(button: &str) -> Option<RowKind> {
    kind(button.strip_prefix("text-")?)
}

/// The page looking otherwise, when that is all that is asked for.
pub(in crate::reports::pages) async fn look(
    desk: &Desk<'_>,
    form: &EditForm,
) -> Result<Option<Page>, Error> {
    let button = form.r#do.as_str();
    let leaves_rows = button == "as_text" || to_text(button).is_some();
    let found = problems(form);
    if CHANGES.contains(&button) {
        return Ok(Some(desk.page(form, Said::of(&found)).await?));
    }
    if leaves_rows && !(found.is_empty() && form.event_paste.trim().is_empty()) {
        // A text has no place for what could not be understood.
        let mut found = Vec::new();
        add_problems(form, &mut found);
        return Ok(Some(desk.page(form, Said::of(&found)).await?));
    }
    if let Some(role) = to_text(button) {
        let mut form = form.clone();
        want(&mut form, role, false);
        let page = desk.page(&form, Said::default()).await?;
        return Ok(Some(remember(page, &form, desk.app.settings.is_https())));
    }
    if let Some(role) = to_rows(button) {
        let form = written_anew(desk, form, Some(role)).await?;
        let page = desk.page(&form, Said::of(&problems(&form))).await?;
        return Ok(Some(remember(page, &form, desk.app.settings.is_https())));
    }
    if button == "by_section" && form.layout == "text" && !form.rows.is_empty() {
        let form = written_anew(desk, form, None).await?;
        return desk.another_look(&form).await;
    }
    desk.another_look(form).await
}

/// The form with its text written anew, so that every row stands where it is shown; this section as rows as well.
async fn written_anew(
    desk: &Desk<'_>,
    form: &EditForm,
    role: Option<RowKind>,
) -> Result<EditForm, Error> {
    let stored = match desk.about {
        About::New => None,
        About::Old(stored) => Some(&stored.draft),
    };
    let (mut form, read) = read(desk.app, form.clone(), stored).await?;
    let written = desk
        .app
        .blocking(Lane::Render, move || Ok::<_, Error>(rewritten(read.draft)))
        .await?;
    if let Some(document) = written {
        form.document = document;
        if let Some(role) = role {
            want(&mut form, role, true);
        }
    } else {
        form.rows.clear();
        form.told.refused = role;
    }
    Ok(form)
}

/// The text of a draft as it is written anew, if it then says the same.
pub(super) fn rewritten(mut draft: Draft) -> Option<String> {
    draft.normalise();
    let text = document::render(&draft);
    let body = document::body(&text).trim_start().to_owned();
    let again = document::parse(&document::compose(&draft, &body)).draft;
    (again.sections == draft.sections
        && again.timeline == draft.timeline
        && again.factors == draft.factors
        && again.learnings == draft.learnings
        && again.countermeasures == draft.countermeasures)
        .then_some(body)
}

/// What a button does to rows that were just read.
pub(super) fn change(
    form: &mut EditForm,
    draft: &mut Draft,
    odd: &mut [Odd],
    (shift, setting): (&str, &Setting),
) {
    match form.r#do.as_str() {
        "sort-events" => sort(draft, odd),
        "shift-events" => move_all(form, draft, (shift, setting)),
        "paste-timeline" => take_in(form, draft, setting),
        _ => {}
    }
}

/// Sorts by time. An event without one stays below the one it stood below.
fn sort(draft: &mut Draft, odd: &mut [Odd]) {
    let mut above = None;
    let events = std::mem::take(&mut draft.timeline).into_iter().enumerate();
    let mut rows: Vec<_> = events
        .map(|(place, event)| {
            above = event.at.or(above);
            (above, place, event)
        })
        .collect();
    rows.sort_by_key(|(at, place, _)| (*at, *place));
    let places = rows.iter().enumerate();
    let places: HashMap<usize, usize> = places.map(|(at, (_, before, _))| (*before, at)).collect();
    for odd in odd.iter_mut().filter(|odd| odd.field.starts_with("event-")) {
        odd.row = places.get(&odd.row).copied().unwrap_or(odd.row);
    }
    draft.timeline = rows.into_iter().map(|(_, _, event)| event).collect();
}

fn move_all(form: &mut EditForm, draft: &mut Draft, (shift, setting): (&str, &Setting)) {
    let typed = shift.trim();
    let told = &mut form.told;
    typed.clone_into(&mut told.shift);
    let short: String = typed.chars().take(40).collect();
    let Some(by) = typed_length(typed) else {
        told.shift_problem = Some(format!(
            "“{short}” is not a length such as 1h, +15m, -1d or -1h30m."
        ));
        return;
    };
    if let Some(odd) = shifted(&mut draft.timeline, by, &setting.zone) {
        told.shift.clear();
        told.remarks.push(format!(
            "All times are moved by {short}. Nothing is saved yet."
        ));
        told.remarks.extend(not_moved(&odd));
    } else {
        told.shift_problem = Some(format!("No calendar goes as far as {short} from here."));
    }
}

/// What to look at after all times were moved.
fn not_moved(odd: &Shifted) -> Vec<String> {
    let said = |rows: &[usize], one: &str, more: &str| {
        let end = if rows.len() == 1 { one } else { more };
        (!rows.is_empty()).then(|| format!("{} {end}", numbered(rows)))
    };
    let all = [
        said(
            &odd.days,
            "names a day alone and stays on it.",
            "name days alone and stay on them.",
        ),
        said(
            &odd.told,
            "was written as more than a time: what was written stands behind the text now.",
            "were written as more than a time: what was written stands behind their texts now.",
        ),
        said(
            &odd.timeless,
            "has no time that is known, and stays as it is.",
            "have no time that is known, and stay as they are.",
        ),
    ];
    all.into_iter().flatten().collect()
}

/// `Row 3`, `Rows 3, 5 and 8`, as people count them.
fn numbered(rows: &[usize]) -> String {
    let shown = rows
        .iter()
        .take(MOST_REMARKS)
        .map(|row| (row + 1).to_string());
    let mut names: Vec<String> = shown.collect();
    if rows.len() > MOST_REMARKS {
        names.push(format!("{} more", rows.len() - MOST_REMARKS));
    }
    match (names.pop(), names.is_empty()) {
        (Some(last), false) => format!("Rows {} and {last}", names.join(", ")),
        (last, _) => format!("Row {}", last.unwrap_or_default()),
    }
}

/// Makes rows of what was pasted. What is none stays in its field.
fn take_in(form: &mut EditForm, draft: &mut Draft, setting: &Setting) {
    let told = &mut form.told;
    if form.event_paste.trim().is_empty() {
        told.remarks
            .push("There is nothing to read yet: paste some lines first.".to_owned());
        return;
    }
    let place = setting.place_of_paste(&draft.timeline);
    let people = People::known(known(&form.people), &draft.timeline);
    let found = pasted_among(&form.event_paste, &place, people);
    let count = found.events.len();
    if count == 0 {
        let why = found.remarks.into_iter().map(|it| it.message);
        let mut all =
            vec!["No line of this could be read as an event; all of it is still here.".to_owned()];
        all.extend(why.take(MOST_REMARKS));
        told.paste_problem = Some(all.join(" "));
        form.event_paste = found.rest;
        return;
    }
    told.remarks.push(match count {
        1 => "1 row was read, the last one below. Look it over; nothing is saved yet.".to_owned(),
        _ => format!(
            "{count} rows were read from {}, the last ones below. Look them over; nothing is saved yet.",
            found.kind.label()
        ),
    });
    let more = found.remarks.len().saturating_sub(MOST_REMARKS);
    let remarks = found.remarks.into_iter().map(|it| it.message);
    told.remarks.extend(remarks.take(MOST_REMARKS));
    if more > 0 {
        told.remarks.push(format!("And {more} more like these."));
    }
    if found.kind.is_chat() && !found.people.is_empty() {
        told.remarks.push(
            "Names became roles such as “participant 1”. “Who is who” above the sections tells you, and nobody else, whose they were."
                .to_owned(),
        );
    }
    form.people = who_is_who(&found.people);
    told.new_from = Some(draft.timeline.len());
    draft.timeline.extend(found.events);
    form.event_paste = found.rest;
}

/// The people of pasted chats as the form carries them: a line for each.
fn who_is_who(people: &[Participant]) -> String {
    let line = |it: &Participant| format!("{}: {}", it.role, it.name.replace(['\n', '\r'], " "));
    people.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The same, read back.
fn known(who_is_who: &str) -> Vec<Participant> {
    let people = who_is_who.lines().filter_map(|line| line.split_once(": "));
    people
        .map(|(role, name)| Participant {
            role: role.trim().to_owned(),
            name: name.trim().to_owned(),
            rows: 0,
        })
        .collect()
}

/// How many empty rows a button asks for, below those that were empty before.
pub(super) fn spare(button: &str, role: RowKind, empty: usize) -> usize {
    let more = match (button, role) {
        ("add-events", RowKind::Timeline) => 5,
        ("add-event", RowKind::Timeline)
        | ("add-factor", RowKind::Factors)
        | ("add-measure", RowKind::Countermeasures) => 1,
        _ => return 0,
    };
    empty + more
}
