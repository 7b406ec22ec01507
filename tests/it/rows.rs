//! Rows in the editor without its script: a timeline, factors and countermeasures with a line of fields for each.

use hansei::accounts::Role;

use crate::support::app::{Answer, TestApp, unescape};
use crate::support::people::Browser;
use crate::writing::{form, with};

const TEXT: &str = "## Summary\n\nOrders failed.\n\n## Timeline\n\nIt was a Sunday.\n\n- 2026-03-01 14:02 UTC [detect] Alert fired <https://a.example/1>\n  - role: on-call engineer\n- 2026-03-01 14:20 UTC [act] Rolled back\n- ? (as written: in the evening) Told everybody\n\n## Contributing factors\n\n- **No canary** (amplified): Everything at once.\n\n## Countermeasures\n\n- [ ] Roll out by tenths\n  - hypothesis: A tenth shows it.\n  - due: 2026-04-01\n  - status: accepted\n";

type Fields = Vec<(String, String)>;

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    Some(unescape(rest.split('"').next()?))
}

/// The form as a browser without scripts would send it.
fn fields(page: &Answer) -> Fields {
    let (_, html) = page.body.split_once("<form class=\"edit\"").unwrap();
    let html = html.split_once("</form>").unwrap().0;
    // What stands in a template is no part of the page.
    let html: String = html
        .split("<template")
        .map(|part| {
            part.split_once("</template>")
                .map_or(part, |(_, rest)| rest)
        })
        .collect();
    let mut fields = Fields::new();
    for piece in html.split('<').skip(1) {
        let Some((tag, text)) = piece.split_once('>') else {
            continue;
        };
        let kind = tag.split([' ', '\n']).next().unwrap();
        match kind {
            "input" | "textarea" | "select" => {
                let Some(name) = attribute(tag, "name").filter(|name| name != "csrf") else {
                    continue;
                };
                let is_box = attribute(tag, "type").as_deref() == Some("checkbox");
                if is_box && !tag.contains(" checked") {
                    continue;
                }
                let value = if kind == "textarea" {
                    unescape(text).replace("\r\n", "\n").replace('\n', "\r\n")
                } else {
                    attribute(tag, "value").unwrap_or_default()
                };
                fields.push((name, value));
            }
            "option" if tag.contains(" selected") => {
                fields.last_mut().unwrap().1 = attribute(tag, "value").unwrap();
            }
            _ => {}
        }
    }
    fields
}

async fn send(browser: &Browser<'_>, path: &str, fields: &Fields, button: &str) -> Answer {
    let mut sent: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    sent.push(("do", button));
    browser.post(path, &sent).await
}

/// Types into the field of this name in a row.
fn fill(fields: &mut Fields, name: &str, row: usize, value: &str) {
    let mut own = fields.iter_mut().filter(|(known, _)| known == name);
    let field = own.nth(row).unwrap_or_else(|| panic!("no {name} {row}"));
    value.clone_into(&mut field.1);
}

fn values<'a>(fields: &'a Fields, name: &str) -> Vec<&'a str> {
    let own = fields.iter().filter(|(known, _)| known == name);
    own.map(|(_, value)| value.as_str()).collect()
}

/// All three sections as rows.
async fn as_rows(browser: &Browser<'_>, edit: &str) -> Fields {
    let mut page = browser.get(edit).await.is(200);
    for button in ["rows-timeline", "rows-factors", "rows-countermeasures"] {
        page = send(browser, edit, &fields(&page), button).await.is(200);
    }
    fields(&page)
}

async fn document(browser: &Browser<'_>, key: &str) -> String {
    let page = browser.get(&format!("/reports/{key}.md")).await.is(200);
    page.body
}

#[tokio::test]
async fn a_report_goes_through_the_rows_and_says_the_same() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let key = ana.write(&form("T", TEXT, "save")).await;
    let edit = format!("/reports/{key}/edit");
    let before = document(&ana, &key).await;
    let sent = as_rows(&ana, &edit).await;
    assert_eq!(
        values(&sent, "event-at"),
        ["2026-03-01 14:02", "2026-03-01 14:20", "in the evening", ""]
    );
    assert_eq!(values(&sent, "factor-name"), ["No canary", ""]);
    assert_eq!(values(&sent, "measure-due"), ["2026-04-01", ""]);
    assert_eq!(values(&sent, "rows"), ["timeline factors countermeasures"]);
    assert!(values(&sent, "text").contains(&"It was a Sunday."));
    // Nothing was touched: a save changes nothing, and a preview keeps the rows.
    let seen = fields(&send(&ana, &edit, &sent, "preview").await.is(200));
    assert_eq!(values(&seen, "event-at"), values(&sent, "event-at"));
    send(&ana, &edit, &seen, "save").await.is(303);
    assert_eq!(document(&ana, &key).await, before);
    // And back to text.
    let sent = as_rows(&ana, &edit).await;
    let back = send(&ana, &edit, &sent, "text-timeline").await.is(200);
    let back = fields(&back);
    assert_eq!(values(&back, "event-at").len(), 0);
    assert!(values(&back, "text")[1].contains("- 2026-03-01 14:02 UTC [detect] Alert fired"));
    app.finish().await;
}

#[tokio::test]
async fn rows_are_typed_corrected_and_saved() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let key = ana.write(&form("T", TEXT, "save")).await;
    let edit = format!("/reports/{key}/edit");
    let mut sent = as_rows(&ana, &edit).await;
    fill(&mut sent, "started_at", 0, "2026-03-01 14:00");
    fill(&mut sent, "event-at", 3, "half past");
    fill(&mut sent, "event-text", 3, "Gave all clear");
    fill(&mut sent, "event-evidence", 0, "the dashboard");
    fill(&mut sent, "measure-due", 0, "soon");
    fill(&mut sent, "factor-note", 1, "Nobody looked.");
    let refused = send(&ana, &edit, &sent, "save").await.is(422);
    for (id, typed) in [
        ("f-event-at-3", "half past"),
        ("f-event-evidence-0", "the dashboard"),
        ("f-measure-due-0", "soon"),
        ("f-factor-name-1", ""),
    ] {
        let (_, field) = refused
            .body
            .split_once(&format!("<input id=\"{id}\""))
            .unwrap();
        let field = field.split('>').next().unwrap();
        assert_eq!(attribute(field, "value").unwrap(), typed, "{id}");
        assert!(field.contains("aria-invalid"), "{id}: {field}");
        assert!(refused.body.contains(&format!("href=\"#{id}\"")), "{id}");
        assert!(
            refused.body.contains(&format!("id=\"{id}-problem\"")),
            "{id}"
        );
    }
    // A text has no place for them: it stays as it is.
    let stays = send(&ana, &edit, &fields(&refused), "text-countermeasures").await;
    assert_eq!(values(&fields(&stays.is(200)), "measure-due")[0], "soon");

    let mut sent = fields(&refused);
    fill(&mut sent, "event-at", 3, "+45m");
    fill(&mut sent, "event-evidence", 0, "https://a.example/2");
    fill(&mut sent, "measure-due", 0, "2026-05-01");
    fill(&mut sent, "factor-name", 1, "No second pair of eyes");
    sent.push(("event-starred".to_owned(), "3".to_owned()));
    sent.push(("event-remove".to_owned(), "2".to_owned()));
    send(&ana, &edit, &sent, "save").await.is(303);
    let text = document(&ana, &key).await;
    for part in [
        "2026-03-01 15:05 UTC ★ Gave all clear",
        "<https://a.example/2>",
        "due: 2026-05-01",
        "**No second pair of eyes** (contributed): Nobody looked.",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(!text.contains("Told everybody"));
    let factors = "SELECT name AS text FROM factors ORDER BY name";
    assert_eq!(
        app.rows(factors).await,
        ["No canary", "No second pair of eyes"]
    );
    app.finish().await;
}

#[tokio::test]
async fn buttons_add_sort_shift_and_read_what_is_pasted() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let key = ana.write(&form("T", TEXT, "save")).await;
    let edit = format!("/reports/{key}/edit");
    let mut sent = as_rows(&ana, &edit).await;
    let page = send(&ana, &edit, &sent, "add-events").await.is(200);
    assert_eq!(values(&fields(&page), "event-at").len(), 9);

    fill(&mut sent, "event-at", 3, "2026-03-01 13:00");
    fill(&mut sent, "event-text", 3, "Deployed");
    let sorted = fields(&send(&ana, &edit, &sent, "sort-events").await.is(200));
    assert_eq!(values(&sorted, "event-text")[0], "Deployed");

    let mut sent = sorted;
    fill(&mut sent, "event-shift", 0, "+1h");
    let moved = fields(&send(&ana, &edit, &sent, "shift-events").await.is(200));
    assert_eq!(values(&moved, "event-at")[1], "2026-03-01 15:02");
    fill(&mut sent, "event-shift", 0, "a bit");
    let page = send(&ana, &edit, &sent, "shift-events").await.is(200);
    assert!(page.body.contains("f-event-shift-problem"));
    assert_eq!(values(&fields(&page), "event-shift"), ["a bit"]);

    let mut sent = moved;
    let paste = "2026-03-01 16:00 UTC [recover] Queue empty\r\n\r\nSome words about it.\r\n";
    fill(&mut sent, "event-paste", 0, paste);
    let page = send(&ana, &edit, &sent, "paste-timeline").await.is(200);
    assert!(page.body.contains("1 row was read"));
    let mut read = fields(&page);
    assert!(values(&read, "event-text").contains(&"Queue empty"));
    assert_eq!(
        values(&read, "event-paste")[0].trim(),
        "Some words about it."
    );
    // What is unread would be gone: the save says so, and the form keeps it.
    let refused = send(&ana, &edit, &read, "save").await.is(422);
    assert!(refused.body.contains("#f-event-paste"));
    fill(&mut read, "event-paste", 0, "");
    send(&ana, &edit, &read, "save").await.is(303);
    assert!(document(&ana, &key).await.contains("[recover] Queue empty"));
    app.finish().await;
}

#[tokio::test]
async fn rows_survive_an_autosave_and_a_session_that_ended() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let key = ana.write(&form("T", TEXT, "save")).await;
    let edit = format!("/reports/{key}/edit");
    let mut sent = as_rows(&ana, &edit).await;
    fill(&mut sent, "measure-due", 0, "soon");
    fill(&mut sent, "event-text", 0, "Pager rang");
    let kept = send(&ana, &format!("/reports/{key}/autosave"), &sent, "").await;
    assert_eq!(kept.is(200).json()["kept"], true);
    let again = fields(&ana.get(&edit).await.is(200));
    assert_eq!(values(&again, "measure-due")[0], "soon");
    assert_eq!(values(&again, "event-text")[0], "Pager rang");
    assert_eq!(values(&again, "rows"), ["timeline factors countermeasures"]);

    let stranger = app.stranger().await;
    let asked = send(&stranger, &edit, &sent, "save").await.is(401);
    assert!(asked.input("rows").unwrap().contains("timeline"));
    assert!(asked.input("odd").unwrap().contains("soon"));
    app.finish().await;
}

#[tokio::test]
async fn names_of_factors_are_offered_to_those_who_may_know_them() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let text = "## Contributing factors\n\n- **Expired certificate** (contributed)\n";
    ana.write(&form("T", text, "publish")).await;
    let secret = text.replace("certificate", "secret");
    ana.write(&with(
        form("S", &secret, "publish"),
        "visibility",
        "restricted",
    ))
    .await;
    let names = async |browser: &Browser<'_>, typed: &str| {
        let path = format!("/reports/names?of=factors&q={typed}");
        browser.get(&path).await.is(200).json()["names"].clone()
    };
    let both = serde_json::json!(["Expired certificate", "Expired secret"]);
    assert_eq!(names(&ana, "expired").await, both);
    assert_eq!(
        names(&bob, "EXP").await,
        serde_json::json!(["Expired certificate"])
    );
    assert_eq!(names(&bob, "100%25").await, serde_json::json!([]));
    app.finish().await;
}

#[tokio::test]
async fn the_figure_follows_the_form() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let key = ana.write(&form("T", TEXT, "save")).await;
    let sent = as_rows(&ana, &format!("/reports/{key}/edit")).await;
    for path in [
        "/reports/beside".to_owned(),
        format!("/reports/{key}/beside"),
    ] {
        let drawn = send(&ana, &path, &sent, "rows").await.is(200);
        assert!(drawn.body.contains("<svg"), "{}", drawn.body);
        assert!(drawn.body.contains("Rolled back"));
        let none = ana.post(&path, &form("T", "x", "rows")).await.is(200);
        assert!(!none.body.contains("<svg"), "{}", none.body);
    }
    app.finish().await;
}

#[tokio::test]
async fn factors_that_mean_the_same_become_one_in_every_report() {
    let app = TestApp::new().await;
    let admin = app.sign_in("admin", Role::Admin).await;
    let ana = app.sign_in("ana", Role::Author).await;
    let text = |name: &str| {
        format!(
            "## Contributing factors\n\n- **{name}** (amplified): So it was.\n\n## Countermeasures\n\n- [ ] Roll out by tenths\n  - factor: {name}\n  - status: proposed\n"
        )
    };
    let one = ana.write(&form("One", &text("No canary"), "publish")).await;
    let two = ana.write(&form("Two", &text("No canaries"), "save")).await;
    let id = app
        .rows("SELECT id::text AS text FROM factors WHERE name = 'No canaries'")
        .await;
    let path = format!("/admin/factors/{}", id[0]);
    assert!(
        admin
            .get("/admin/factors")
            .await
            .is(200)
            .body
            .contains("No canaries")
    );
    let merge = format!("{path}/merge");
    for (into, said) in [
        ("nothing", "no factor of this name"),
        ("no CANARIES", "the same factor"),
    ] {
        let refused = admin.post(&merge, &[("into", into)]).await.is(422);
        assert!(refused.body.contains(said), "{into}");
    }
    ana.post(&merge, &[("into", "No canary")]).await.is(403);
    admin.post(&merge, &[("into", "no canary")]).await.is(303);
    let names = "SELECT name AS text FROM factors ORDER BY name";
    assert_eq!(app.rows(names).await, ["No canary"]);
    let merged = document(&ana, &two).await;
    assert!(merged.contains("**No canary** (amplified)"), "{merged}");
    assert!(merged.contains("factor: No canary\n") && !merged.contains("canaries"));
    let notes = "SELECT r.note AS text FROM revisions r WHERE r.number = 2";
    assert_eq!(
        app.rows(notes).await,
        ["Contributing factor “No canaries” merged into “No canary”"]
    );

    // Another name: all reports follow, and their documents with them.
    let id = app.rows("SELECT id::text AS text FROM factors").await;
    let path = format!("/admin/factors/{}", id[0]);
    let fields = [
        ("name", "Everything at once"),
        ("category", "Delivery"),
        ("description", "No part goes first."),
    ];
    admin.post(&path, &fields).await.is(303);
    for key in [&one, &two] {
        let text = document(&ana, key).await;
        assert!(
            text.contains("**Everything at once** (amplified)"),
            "{text}"
        );
        assert!(text.contains("factor: Everything at once\n"), "{text}");
    }
    let stored = "SELECT document AS text FROM revisions ORDER BY report_id, number DESC";
    assert!(app.rows(stored).await[0].contains("Everything at once"));
    let audit = "SELECT action AS text FROM audit_log WHERE action LIKE '%factor%' ORDER BY id";
    assert_eq!(app.rows(audit).await, ["merge_factors", "edit_factor"]);
    admin.post(&path, &[("name", "")]).await.is(422);
    app.finish().await;
}

#[tokio::test]
async fn what_there_is_to_say_of_rows_comes_while_they_are_typed() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let key = ana.write(&form("T", TEXT, "save")).await;
    let edit = format!("/reports/{key}/edit");
    let mut sent = as_rows(&ana, &edit).await;
    let own = format!("/reports/{key}/beside");
    let quiet = send(&ana, &own, &sent, "rows").await.is(200).body;
    assert!(!quiet.contains("data-row=") && !quiet.contains("preview-title"));
    fill(&mut sent, "event-at", 0, "soon");
    fill(&mut sent, "event-at", 3, "2026-03-01 13:50");
    fill(&mut sent, "event-text", 3, "Deployed <b>");
    fill(&mut sent, "measure-due", 0, "soon");
    fill(&mut sent, "factor-note", 1, "Nobody looked.");
    // A script names rows as it likes; the empty one above is no row.
    fill(&mut sent, "event-row", 3, "n1<");
    for path in [own.as_str(), "/reports/beside"] {
        let told = send(&ana, path, &sent, "rows").await.is(200).body;
        let told = unescape(&told);
        for (row, field, message) in [
            ("0", "event-at", "“soon” is not a time"),
            ("n1<", "event", "30 min before the row above"),
            ("0", "measure-due", "“soon” is not a date"),
            ("1", "factor-name", "Give the factor a name"),
        ] {
            let place = format!("data-row=\"{row}\" data-field=\"{field}\">");
            let (_, rest) = told
                .split_once(&place)
                .unwrap_or_else(|| panic!("{place} in {told}"));
            assert!(
                rest.split("</li>").next().unwrap().contains(message),
                "{told}"
            );
        }
        assert_eq!(told.matches("data-row=").count(), 4, "{told}");
    }
    app.finish().await;
}

/// A Slack export in which each message is from somebody else.
fn export(people: usize) -> String {
    let messages = (0..people).map(|n| {
        let at = 1_772_370_000 + n;
        format!(
            "{{\"user\":\"U{n}\",\"text\":\"said {n}\",\"ts\":\"{at}.000100\",\"user_profile\":{{\"real_name\":\"Person {n}.\"}}}}"
        )
    });
    format!("[{}]", messages.collect::<Vec<_>>().join(","))
}

#[tokio::test]
async fn who_was_who_in_a_paste_is_known_to_its_author_until_the_save() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let key = ana.write(&form("T", TEXT, "save")).await;
    let edit = format!("/reports/{key}/edit");
    // What was saved names participants up to 25: nobody else is one of them later.
    for (count, first, is_text) in [(25, 1, false), (600, 26, true)] {
        let mut sent = as_rows(&ana, &edit).await;
        fill(&mut sent, "event-paste", 0, &export(count));
        let page = send(&ana, &edit, &sent, "paste-timeline").await.is(200);
        assert!(page.body.contains(&format!("{count} rows were read")));
        assert_eq!(page.body.contains("more than 500 rows"), is_text);
        assert!(!page.body.contains("rows cannot show"));
        let mut sent = fields(&page);
        let begin = format!("participant {first}: Person 0.");
        let last = format!("participant {}: Person {}.", first + count - 1, count - 1);
        for button in ["add-event", "preview", "as_text", "by_section"] {
            let who = values(&sent, "people");
            assert!(who[0].starts_with(&begin), "{button}");
            assert!(who[0].ends_with(&last), "{button}");
            sent = fields(&send(&ana, &edit, &sent, button).await.is(200));
        }
        if !is_text {
            let shown = values(&sent, "event-at");
            assert!(shown.iter().all(|at| !at.ends_with('Z')), "{shown:?}");
        }
        // They keep their roles in the next paste.
        if !is_text {
            fill(&mut sent, "event-paste", 0, &export(1));
            sent = fields(&send(&ana, &edit, &sent, "paste-timeline").await.is(200));
            assert!(values(&sent, "people")[0].ends_with(&last));
        }
        let kept = send(&ana, &format!("/reports/{key}/autosave"), &sent, "").await;
        assert_eq!(kept.is(200).json()["kept"], true);
        send(&ana, &edit, &sent, "save").await.is(303);
        let again = fields(&ana.get(&edit).await.is(200));
        assert_eq!(values(&again, "people").len(), 0);
        let text = document(&ana, &key).await;
        assert!(text.contains("role: participant 25") && !text.contains("Person 24"));
        // Where they come from went through the rows, the autosave and the text.
        assert!(text.contains("said 24\n  - role: participant 25\n  - source: chat\n"));
        let read = ana.get(&format!("/reports/{key}")).await.is(200);
        assert!(
            read.body
                .contains("<span class=\"event-source\">from a chat</span>")
        );
    }
    app.finish().await;
}

#[tokio::test]
async fn rows_that_stay_are_not_written_again_and_what_psql_changed_is() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let key = ana.write(&form("T", TEXT, "save")).await;
    let edit = format!("/reports/{key}/edit");
    let rows = "SELECT concat_ws(' ', id, text) AS text FROM timeline_events ORDER BY position";
    let before = app.rows(rows).await;
    assert!(before.len() > 1);
    let sections = "SELECT text FROM report_sections ORDER BY position";
    let other = TEXT.replace("It was a Sunday.", "It was a Monday.");
    assert_ne!(other, TEXT);
    let save = with(form("T", &other, "save"), "base_revision", "1");
    ana.post(&edit, &save).await.is(303);
    assert_eq!(app.rows(rows).await, before, "the very rows");
    assert!(app.rows(sections).await.concat().contains("Monday"));
    // Between two saves somebody changes a row behind the program's back: the next save puts it right.
    app.sql("UPDATE timeline_events SET text = 'From elsewhere'")
        .await;
    let save = with(form("T", TEXT, "save"), "base_revision", "2");
    ana.post(&edit, &save).await.is(303);
    let after = app
        .rows("SELECT text FROM timeline_events ORDER BY position")
        .await;
    let words = |rows: &[String]| -> Vec<String> {
        let words = rows.iter().map(|it| it.split_once(' ').unwrap().1);
        words.map(str::to_owned).collect()
    };
    assert_eq!(after, words(&before));
    app.finish().await;
}
