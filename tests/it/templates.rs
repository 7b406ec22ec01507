//! Report templates: those that are shipped, editing them, beginning with one, and growing a near miss.

use std::collections::BTreeMap;

use hansei::accounts::Role;
use hansei::reports::model::{Kind, Severity, Visibility};
use hansei::reports::templates::{Template, TemplateSection};
use serde_json::Value;

use crate::support::app::{Answer, TestApp, unescape};
use crate::support::people::{Browser, PASSWORD, Program};
use crate::writing::typed;

const SHIPPED: [&str; 7] = [
    "standard",
    "debrief",
    "contributors-mitigators-risks",
    "security",
    "near-miss",
    "exercise",
    "blank",
];

async fn offered(program: &Program<'_>) -> Vec<Value> {
    let answer = program.get("/api/v1/templates").await.is(200).json();
    answer["items"].as_array().unwrap().clone()
}

fn words(items: &[Value]) -> Vec<&str> {
    items
        .iter()
        .map(|it| it["word"].as_str().unwrap())
        .collect()
}

/// A template as the API tells it.
fn told(item: &Value) -> Template {
    let text = |name: &str| item[name].as_str().unwrap().to_owned();
    let severities = item["severities"].as_array().unwrap().iter();
    let sections = item["sections"].as_array().unwrap().iter();
    Template {
        word: text("word"),
        name: text("name"),
        description: text("description"),
        kind: Kind::parse(&text("kind")).unwrap(),
        severities: severities
            .map(|it| Severity::parse(it.as_str().unwrap()).unwrap())
            .collect(),
        visibility: Visibility::parse(&text("visibility")).unwrap(),
        position: 0,
        sections: sections
            .map(|it| TemplateSection {
                heading: it["heading"].as_str().unwrap().to_owned(),
                guidance: it["guidance"].as_str().unwrap().to_owned(),
                required: it["required"].as_bool().unwrap(),
            })
            .collect(),
    }
}

/// The text between two marks, as a reader sees it.
fn between(answer: &Answer, before: &str, after: &str) -> String {
    let (_, rest) = answer
        .body
        .split_once(before)
        .unwrap_or_else(|| panic!("no {before}: {}", answer.body));
    unescape(rest.split_once(after).unwrap().0)
}

/// What stands in the field of the sections.
fn sections(answer: &Answer) -> String {
    let field = between(answer, "<textarea id=\"f-sections\"", "</textarea>");
    field.split_once('>').unwrap().1.to_owned()
}

/// What is chosen in a list.
fn chosen(answer: &Answer, name: &str) -> String {
    let list = between(answer, &format!("<select id=\"f-{name}\""), "</select>");
    let before = list.split(" selected").next().unwrap();
    let (_, word) = before
        .strip_suffix('"')
        .and_then(|it| it.rsplit_once('"'))
        .unwrap();
    word.to_owned()
}

/// The form of a template as it would be sent back.
fn fields(page: &Answer) -> BTreeMap<&'static str, String> {
    let mut fields = BTreeMap::new();
    for name in [
        "base_revision",
        "name",
        "description",
        "severities",
        "position",
    ] {
        fields.insert(name, page.input(name).unwrap());
    }
    for name in ["kind", "visibility"] {
        fields.insert(name, chosen(page, name));
    }
    fields.insert("sections", sections(page).replace('\n', "\r\n"));
    fields
}

async fn send(
    browser: &Browser<'_>,
    path: &str,
    fields: &BTreeMap<&'static str, String>,
) -> Answer {
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    browser.post(path, &fields).await
}

/// A template of these sections for the worst.
fn major() -> BTreeMap<&'static str, String> {
    let fields = [
        ("name", "Major incident"),
        ("description", "For the worst."),
        ("kind", "incident"),
        ("severities", "1, SEV2"),
        ("visibility", "open"),
        ("position", "90"),
        (
            "sections",
            "## Bridge notes (required)\nWhat was said on the call?\n",
        ),
    ];
    fields.map(|(name, value)| (name, value.to_owned())).into()
}

const STORED: &str = "SELECT concat_ws('|', t.word, t.name, t.description, t.kind, t.severities, t.visibility, t.position, t.archived_at,
        (SELECT jsonb_agg(to_jsonb(s) - 'template_id' ORDER BY s.position) FROM report_template_sections s WHERE s.template_id = t.id)) AS text
    FROM report_templates t ORDER BY t.position";

#[tokio::test]
async fn the_shipped_ones_are_there_and_valid() {
    let app = TestApp::new().await;
    let bot = app.program("reports:read").await;
    let items = offered(&bot).await;
    assert_eq!(words(&items), SHIPPED);
    for item in &items {
        let template = told(item);
        assert_eq!(template.check(), [], "{}", template.name);
        assert_eq!(item["outline"], template.outline());
        for section in &template.sections {
            let asks = section.guidance.contains("What") || section.guidance.contains("How");
            assert!(asks && section.guidance.contains('?'), "{section:?}");
            assert!(
                !section.guidance.to_lowercase().contains("why"),
                "{section:?}"
            );
        }
    }
    let of = |word: &str| told(items.iter().find(|it| it["word"] == word).unwrap());
    assert_eq!(of("security").visibility, Visibility::Restricted);
    assert_eq!(of("near-miss").kind, Kind::NearMiss);
    assert_eq!(of("near-miss").sections.len(), 3);
    assert_eq!(of("exercise").kind, Kind::Exercise);
    assert_eq!(of("blank").sections, []);

    // Opening each and saving it changes nothing.
    let admin = app.sign_in("admin", Role::Admin).await;
    let before = app.rows(STORED).await;
    for word in SHIPPED {
        let path = format!("/admin/templates/{word}");
        let page = admin.get(&path).await.is(200);
        send(&admin, &path, &fields(&page)).await.is(303);
    }
    assert_eq!(app.rows(STORED).await, before);
    let list = admin.get("/admin/templates").await.is(200).body;
    for word in SHIPPED {
        assert!(
            list.contains(&format!("href=\"/admin/templates/{word}\"")),
            "{list}"
        );
    }
    app.finish().await;
}

#[tokio::test]
async fn what_an_admin_edits_the_next_new_report_begins_with() {
    let app = TestApp::new().await;
    let admin = app.sign_in("admin", Role::Admin).await;
    let author = app.sign_in("author", Role::Author).await;
    let page = admin.get("/admin/templates/standard").await.is(200);
    let mut changed = fields(&page);
    let text = format!(
        "{}\n## Weather (required)\nWhat was it like outside?\n",
        sections(&page)
    );
    changed.insert("sections", text);
    let saved = send(&admin, "/admin/templates/standard", &changed)
        .await
        .is(303);
    assert_eq!(saved.header("location"), "/admin/templates");
    let new = author.get("/reports/new").await.is(200);
    assert!(typed(&new).ends_with("## Weather\n"), "{}", typed(&new));
    assert!(
        new.body.contains("What was it like outside?"),
        "{}",
        new.body
    );

    // Who opened it before that change does not undo it.
    let stale = send(&admin, "/admin/templates/standard", &changed)
        .await
        .is(409);
    assert!(sections(&stale).contains("## Weather (required)"));
    assert!(stale.body.contains("Somebody else has saved"));
    assert_eq!(stale.input("base_revision").unwrap(), "2");
    send(&admin, "/admin/templates/standard", &fields(&stale))
        .await
        .is(303);

    // One for certain severities goes before those for any.
    send(&admin, "/admin/templates", &major()).await.is(303);
    for (query, heading) in [
        ("severity=1", "## Bridge notes"),
        ("severity=SEV2", "## Bridge notes"),
        ("severity=3", "## Weather"),
        ("kind=exercise&severity=1", "## What we expected"),
        ("", "## Weather"),
    ] {
        let new = author.get(&format!("/reports/new?{query}")).await.is(200);
        assert!(typed(&new).contains(heading), "{query}: {}", typed(&new));
    }
    let switch = |what: &str| format!("/admin/templates/major-incident/{what}");
    for (what, heading) in [
        ("archive", "## Weather"),
        ("archive", "## Weather"),
        ("restore", "## Bridge notes"),
    ] {
        admin.post(&switch(what), &[]).await.is(303);
        let new = author.get("/reports/new?severity=1").await.is(200);
        assert!(typed(&new).contains(heading), "{what}");
        assert_eq!(new.body.contains("Major incident"), what == "restore");
    }
    let log = "SELECT concat_ws(' ', actor, action, details ->> 'template') AS text FROM audit_log WHERE action LIKE '%template' ORDER BY id";
    assert_eq!(
        app.rows(log).await,
        [
            "admin edit_template standard",
            "admin edit_template standard",
            "admin add_template major-incident",
            "admin archive_template major-incident",
            "admin restore_template major-incident",
        ]
    );
    // Reports are written all the same when nothing is offered.
    app.sql("UPDATE report_templates SET archived_at = now()")
        .await;
    let new = author
        .get("/reports/new?kind=exercise&template=standard")
        .await
        .is(200);
    assert_eq!(typed(&new).trim(), "");
    app.finish().await;
}

#[tokio::test]
async fn only_administrators_change_templates() {
    let app = TestApp::new().await;
    let before = app.rows(STORED).await;
    let reader = app.sign_in("reader", Role::Reader).await;
    let author = app.sign_in("author", Role::Author).await;
    let admin = app.sign_in("admin", Role::Admin).await;
    let stranger = app.stranger().await;
    for person in [&reader, &author] {
        for path in ["/admin/templates", "/admin/templates/standard"] {
            let refused = person.get(path).await.is(403).body;
            assert!(
                refused.contains("Only administrators may change templates"),
                "{refused}"
            );
            assert!(!refused.contains("href=\"/admin/templates\""), "{refused}");
            let refused = send(person, path, &major()).await.is(403).body;
            assert!(
                refused.contains("What was said on the call?"),
                "what was typed is kept"
            );
        }
        person
            .post("/admin/templates/standard/archive", &[])
            .await
            .is(403);
    }
    let bot = app
        .program("search:read,reports:read,reports:write,timeline:append,restricted:read,admin")
        .await;
    let form = serde_urlencoded::to_string(major()).unwrap();
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let post = reqwest::Method::POST;
    let asked = bot
        .send(post, "/admin/templates", &headers, form)
        .await
        .is(401);
    assert!(asked.body.contains("action=\"/admin/templates/resume\""));
    app.program("search:read")
        .await
        .get("/api/v1/templates")
        .await
        .problem(403, &[]);

    // A session that ended while somebody was writing takes nothing away.
    let asked = send(&stranger, "/admin/templates/standard", &major())
        .await
        .is(401);
    assert_eq!(asked.input("template").unwrap(), "standard");
    assert!(asked.input("sections").unwrap().contains("Bridge notes"));
    for (email, status) in [("author@example.org", 403), ("admin@example.org", 200)] {
        let mut again = major();
        again.extend([
            ("template", "standard".to_owned()),
            ("email", email.to_owned()),
            ("password", PASSWORD.to_owned()),
        ]);
        let who = app.stranger().await;
        let shown = send(&who, "/admin/templates/resume", &again)
            .await
            .is(status);
        assert!(
            shown.body.contains("What was said on the call?"),
            "{}",
            shown.body
        );
        assert!(!shown.body.contains(PASSWORD));
    }
    assert_eq!(app.rows(STORED).await, before);
    assert!(
        admin
            .get("/")
            .await
            .is(200)
            .body
            .contains("href=\"/admin/templates\"")
    );
    app.finish().await;
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field_and_the_text_is_kept() {
    let app = TestApp::new().await;
    let admin = app.sign_in("admin", Role::Admin).await;
    for (field, value, said) in [
        ("name", "", "Give the template a name"),
        ("name", "standard INCIDENT", "already"),
        ("word", "near-miss", "already"),
        ("word", "new", "already"),
        ("word", "Two words", "a to z, digits and hyphens"),
        ("description", &"d".repeat(301), "301 characters"),
        ("severities", "1, 7", "“7” is no severity"),
        ("position", "top", "a number from 0"),
        (
            "sections",
            "No heading <b>here</b>",
            "above the first heading",
        ),
        ("sections", "## A\n\n## a\n", "twice"),
        (
            "sections",
            "## {role=summary} {role=impact}\nx <y>\n",
            "would not be read",
        ),
    ] {
        let mut wrong = major();
        wrong.insert(field, value.to_owned());
        let page = send(&admin, "/admin/templates", &wrong).await.is(422);
        let beside = between(&page, &format!("id=\"f-{field}-problem\">"), "</p>");
        assert!(beside.contains(said), "{field} {value:?}: {beside}");
        assert!(
            page.body.contains(&format!("href=\"#f-{field}\"")),
            "{field}"
        );
        let kept = if field == "sections" {
            sections(&page)
        } else {
            page.input(field).unwrap()
        };
        assert_eq!(kept, value);
        assert!(field == "sections" || sections(&page).contains("What was said on the call?"));
    }
    let mut near_miss = major();
    near_miss.insert("kind", "near_miss".to_owned());
    let page = send(&admin, "/admin/templates", &near_miss).await.is(422);
    assert!(page.body.contains("nothing broke") && chosen(&page, "kind") == "near_miss");
    let mut lost = major();
    lost.insert("base_revision", String::new());
    let page = send(&admin, "/admin/templates/standard", &lost)
        .await
        .is(422);
    assert!(page.body.contains("does not say which version") && sections(&page).contains("Bridge"));
    let elsewhere = send(&admin, "/admin/templates/nowhere", &major())
        .await
        .is(404);
    assert!(
        elsewhere.body.contains("What was said on the call?"),
        "{}",
        elsewhere.body
    );
    let count = "SELECT count(*)::text AS text FROM report_templates";
    assert_eq!(app.rows(count).await, ["7"]);
    // A foreign token, too, gives the form back.
    let mut fields: Vec<(&str, String)> = major().into_iter().collect();
    fields.push(("csrf", "wrong".to_owned()));
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, it)| (*name, it.as_str()))
        .collect();
    let page = admin
        .post_as_is("/admin/templates", &fields, &[])
        .await
        .is(403);
    assert!(sections(&page).contains("What was said on the call?"));
    assert_eq!(app.rows(count).await, ["7"]);
    app.finish().await;
}

#[tokio::test]
async fn a_link_from_a_bot_fills_the_form() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let rest =
        "severity=2&service=checkout&started_at=2026-11-21T10%3A05%3A00Z&title=Checkout+%3C5xx%3E";
    let page = ana
        .get(&format!("/reports/new?template=security&{rest}"))
        .await
        .is(200);
    assert_eq!(page.input("title").unwrap(), "Checkout <5xx>");
    assert_eq!(page.input("services").unwrap(), "checkout");
    assert_eq!(page.input("started_at").unwrap(), "2026-11-21T10:05:00Z");
    assert_eq!(
        (chosen(&page, "kind"), chosen(&page, "severity")),
        ("incident".to_owned(), "2".to_owned())
    );
    assert_eq!(chosen(&page, "visibility"), "restricted");
    assert!(typed(&page).contains("## Who has to know"));
    assert!(!page.body.contains("is not there"));
    let cards = between(&page, "class=\"kinds\"", "</div>");
    assert_eq!(cards.matches("value=\"start-").count(), SHIPPED.len());
    assert_eq!(cards.matches("aria-current").count(), 1);

    // What the alert calls a severity, a near miss has not.
    let page = ana
        .get(&format!("/reports/new?template=near-miss&{rest}"))
        .await
        .is(200);
    assert_eq!(
        (chosen(&page, "kind"), chosen(&page, "severity")),
        ("near_miss".to_owned(), String::new())
    );
    assert!(typed(&page).starts_with("## What nearly happened?\n"));

    let page = ana
        .get(&format!("/reports/new?template=gone&{rest}"))
        .await
        .is(200);
    assert!(
        page.body
            .contains("The template that was asked for is not there")
    );
    assert!(typed(&page).contains("## Contributing factors"));
    assert_eq!(page.input("title").unwrap(), "Checkout <5xx>");

    // Several of a kind, and what does not fit: told beside its field, and never in the way.
    let page = ana
        .get("/reports/new?service=checkout&service=dns&team=shop&tag=queue&timezone=Europe/Paris&started_at=1795255500&detected_at=2026-11-21T10:05:00+00:00&severity=9")
        .await
        .is(200);
    for (name, value) in [
        ("services", "checkout, dns"),
        ("teams", "shop"),
        ("tags", "queue"),
        ("timezone", "Europe/Paris"),
        ("started_at", "2026-11-21 11:05"),
        ("detected_at", "2026-11-21 11:05"),
    ] {
        assert_eq!(page.input(name).unwrap(), value, "{name}");
    }
    assert!(page.body.contains("asked for the severity “9”"));
    app.finish().await;
}

#[tokio::test]
async fn another_template_takes_over_what_was_typed() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let typed_so_far = [
        ("title", "Checkout <5xx>"),
        ("kind", "incident"),
        ("severity", "2"),
        ("visibility", "restricted"),
        ("services", "checkout"),
        ("started_at", "2026-11-21 10:05"),
        ("template", "standard"),
        ("once", "01931f5e-8a52-7c3e-9d0b-2f6f1c3a7b11"),
        ("heading", "Summary"),
        ("text", "One in ten <orders> failed."),
        ("heading", "Impact"),
        ("text", ""),
        ("heading", "Thanks"),
        ("text", "To the night shift."),
    ];
    let switch = async |word: &str| {
        let button = format!("start-{word}");
        let mut fields = typed_so_far.to_vec();
        fields.push(("do", &button));
        ana.post("/reports", &fields).await
    };
    let page = switch("debrief").await.is(200);
    assert_eq!(page.input("title").unwrap(), "Checkout <5xx>");
    assert_eq!(page.input("started_at").unwrap(), "2026-11-21 10:05");
    assert_eq!(page.input("template").unwrap(), "debrief");
    assert_eq!(chosen(&page, "severity"), "2");
    assert_eq!(
        chosen(&page, "visibility"),
        "restricted",
        "nobody sees more of it"
    );
    let text = typed(&page);
    for kept in [
        "One in ten <orders> failed.",
        "## Thanks\n\nTo the night shift.",
        "## How it made sense",
    ] {
        assert!(text.contains(kept), "{kept}: {text}");
    }
    let cards = between(&page, "class=\"kinds\"", "</div>");
    assert!(cards.contains("value=\"start-debrief\" formnovalidate aria-current"));

    let page = switch("near-miss").await.is(200);
    assert_eq!(
        (chosen(&page, "kind"), chosen(&page, "severity")),
        ("near_miss".to_owned(), String::new())
    );
    let text = typed(&page);
    assert!(text.contains("## What saved us?"), "{text}");
    assert!(text.contains("One in ten <orders> failed."), "{text}");
    assert!(
        !text.contains("## Impact"),
        "nothing was written there: {text}"
    );
    let page = switch("gone").await.is(200);
    assert!(
        page.body
            .contains("The template that was asked for is not there")
    );
    assert_eq!(
        app.rows("SELECT number::text AS text FROM reports").await,
        Vec::<String>::new()
    );
    app.finish().await;
}

#[tokio::test]
async fn a_near_miss_grows_and_keeps_every_word() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let reader = app.sign_in("reader", Role::Reader).await;
    let new = ana.get("/reports/new?template=near-miss").await.is(200);
    let text = typed(&new)
        .replace("happened?\n", "happened?\n\nThe disk of `db-1` was <full> at 98 %.\n")
        .replace("us?\n", "us?\n\n- A nightly & noisy report\n")
        .replace("time?\n", "time?\n\n- [ ] A quota (owner: platform, due 2026-12-24)\n\nOther words.\n\n## Thanks\n\nTo the night shift.\n");
    let form = [
        ("title", "Disk nearly full"),
        ("kind", "near_miss"),
        ("visibility", "open"),
        ("services", "db"),
        ("document", &text),
        ("do", "publish"),
    ];
    let key = ana.write(&form).await;
    let page = ana.get(&format!("/reports/{key}")).await.is(200);
    assert!(
        page.body.contains("The disk of"),
        "the summary is the first question's answer"
    );
    let grow = format!("/reports/{key}/edit?template=standard");
    assert!(
        unescape(&page.body).contains(&format!("href=\"{grow}\"")),
        "{}",
        page.body
    );
    let read = reader.get(&format!("/reports/{key}")).await.is(200).body;
    assert!(!read.contains("Make it a full report"));
    reader.get(&grow).await.is(403);

    let grown = ana.get(&grow).await.is(200);
    assert_eq!(chosen(&grown, "kind"), "incident");
    assert!(grown.body.contains("Nothing has been saved yet"));
    let document = typed(&grown);
    for words in [
        "The disk of `db-1` was <full> at 98 %.",
        "A nightly & noisy report",
        "A quota",
        "2026-12-24",
        "Other words.",
        "## Thanks\n\nTo the night shift.",
    ] {
        assert!(document.contains(words), "{words}: {document}");
    }
    let headings: Vec<&str> = document
        .lines()
        .filter_map(|line| line.strip_prefix("## "))
        .collect();
    assert_eq!(headings.len(), 14, "{headings:?}");
    assert_eq!(headings[..2], ["What nearly happened?", "Impact"]);
    assert_eq!(headings[12..], ["What would stop it next time?", "Thanks"]);
    let kinds = "SELECT concat_ws(' ', kind, revision) AS text FROM reports";
    assert_eq!(
        app.rows(kinds).await,
        ["near_miss 1"],
        "nothing is saved yet"
    );

    // Asked for by a word that is gone, it is the standard one.
    let same = ana.get(&grow.replace("standard", "gone")).await.is(200);
    assert_eq!(typed(&same), document);
    let document = document.replace("## Impact\n", "## Impact\n\nNobody, this time.\n");
    let revised = [
        ("title", "Disk nearly full"),
        ("kind", "incident"),
        ("severity", "4"),
        ("visibility", "open"),
        ("services", "db"),
        ("document", document.as_str()),
        ("base_revision", "1"),
        ("do", "save"),
    ];
    ana.post(&format!("/reports/{key}/edit"), &revised)
        .await
        .is(303);
    // It says what it now is, and readers see no section that says nothing.
    let read = reader.get(&format!("/reports/{key}")).await.is(200).body;
    assert!(read.contains("Published without review."), "{read}");
    assert!(read.contains(">Impact<") && !read.contains(">Detection<"));
    assert_eq!(app.rows(kinds).await, ["incident 2"]);
    let page = ana.get(&format!("/reports/{key}")).await.is(200).body;
    assert!(page.contains("Nobody, this time.") && page.contains("To the night shift."));
    assert!(!page.contains("Make it a full report"));
    let rows = "SELECT concat_ws(' ', (SELECT count(*) FROM learnings), (SELECT title FROM countermeasures)) AS text";
    assert_eq!(app.rows(rows).await, ["1 A quota"]);
    // Growing once more adds nothing.
    let again = ana.get(&grow).await.is(200);
    let edit = ana.get(&format!("/reports/{key}/edit")).await.is(200);
    assert_eq!(typed(&again), typed(&edit));
    app.finish().await;
}
