//! The glossary of the search over the running program: who edits it, and what it does to the next search on every node.

use std::time::{Duration, Instant};

use hansei::accounts::Role;
use hansei::platform::search::glossary;
use serde_json::{Value, json};

use crate::support::app::{TestApp, unescape};
use crate::support::people::Program;

const ALL: &str = "search:read,reports:read,reports:write";

fn document(title: &str, text: &str) -> String {
    format!("---\ntitle: {title}\n---\n\n## Summary\n\n{text}\n")
}

async fn groups(app: &TestApp) -> Vec<String> {
    let sql = "SELECT array_to_string(words, ' | ') AS text FROM glossary_groups ORDER BY id";
    app.rows(sql).await
}

async fn answer(bot: &Program<'_>, query: &str) -> Value {
    let query = serde_urlencoded::to_string([("q", query)]).unwrap();
    bot.get(&format!("/api/v1/search?{query}"))
        .await
        .is(200)
        .json()
}

#[tokio::test]
async fn a_new_installation_begins_with_what_is_shipped() {
    let app = TestApp::new().await;
    let shipped: Vec<String> = glossary::shipped()
        .iter()
        .map(|words| words.join(" | "))
        .collect();
    assert_eq!(groups(&app).await, shipped);
    let bot = app.program(ALL).await;
    bot.write(&document("Kubernetes node lost", "x"), true)
        .await;
    app.indexed().await;
    assert_eq!(bot.find("k8s").await, ["PM-1"]);
    let found = answer(&bot, "k8s").await;
    assert_eq!(
        found["also"],
        json!([{ "typed": "k8s", "others": ["Kubernetes"] }])
    );
    assert_eq!(bot.find("\"k8s\"").await, Vec::<String>::new());
    app.finish().await;
}

#[tokio::test]
async fn what_an_administrator_adds_counts_from_the_next_search_on() {
    let app = TestApp::new().await;
    let admin = app.sign_in("admin", Role::Admin).await;
    let bot = app.program(ALL).await;
    bot.write(&document("The narwhal was late", "x"), true)
        .await;
    app.indexed().await;
    assert_eq!(bot.find("unicorn").await, Vec::<String>::new());
    // The address of a search that found nothing begins the form.
    let page = admin
        .get("/admin/glossary?words=unicorn+%3Cb%3E")
        .await
        .is(200);
    assert!(
        page.body.contains(">unicorn &lt;b&gt;</textarea>"),
        "{}",
        page.body
    );
    let words = [("words", "unicorn\r\nNarwhal\r\n")];
    let added = admin.post("/admin/glossary", &words).await.is(303);
    assert_eq!(added.header("location"), "/admin/glossary");
    assert_eq!(bot.find("unicorns").await, ["PM-1"]);
    let page = admin.get("/search?q=unicorns").await.is(200).body;
    let text = unescape(&page);
    assert!(text.contains("Searched too: Narwhal"), "{text}");
    assert!(text.contains("href=\"/search?q=%22unicorns%22\""), "{text}");
    assert!(text.contains("<mark>narwhal</mark>"), "{text}");
    let page = admin.get("/search?q=%22unicorns%22").await.is(200).body;
    assert!(!page.contains("Searched too"), "{page}");

    // Changed, unless somebody else did meanwhile; and removed.
    let id = "SELECT id::text AS text FROM glossary_groups WHERE words[1] = 'unicorn'";
    let path = format!("/admin/glossary/{}", app.rows(id).await[0]);
    let page = admin.get(&path).await.is(200);
    let seen = page.input("seen").unwrap();
    assert_eq!(seen, "unicorn\nNarwhal");
    let fields = [("words", "licorne, narwhal"), ("seen", &seen)];
    admin.post(&path, &fields).await.is(303);
    assert_eq!(bot.find("unicorn").await, Vec::<String>::new());
    assert_eq!(bot.find("licorne").await, ["PM-1"]);
    let fields = [("words", "sea beast, narwhal"), ("seen", &seen)];
    let refused = admin.post(&path, &fields).await.is(422).body;
    assert!(refused.contains("It is now: licorne, narwhal"), "{refused}");
    assert!(
        refused.contains(">sea beast, narwhal</textarea>"),
        "{refused}"
    );
    let removed = admin.post(&format!("{path}/remove"), &[]).await.is(303);
    assert_eq!(removed.header("location"), "/admin/glossary");
    assert_eq!(bot.find("licorne").await, Vec::<String>::new());
    admin.get(&path).await.is(404);
    admin.post(&format!("{path}/remove"), &[]).await.is(404);

    let log = "SELECT concat_ws(' / ', actor, action, details->>'was', details->>'words') AS text
        FROM audit_log WHERE action LIKE '%synonyms' ORDER BY id";
    assert_eq!(
        app.rows(log).await,
        [
            "admin / add_synonyms / unicorn, Narwhal",
            "admin / edit_synonyms / unicorn, Narwhal / licorne, narwhal",
            "admin / remove_synonyms / licorne, narwhal",
        ]
    );
    app.finish().await;
}

#[tokio::test]
async fn what_another_node_changes_counts_within_a_second() {
    let app = TestApp::new().await;
    let bot = app.program(ALL).await;
    bot.write(&document("The narwhal was late", "x"), true)
        .await;
    app.indexed().await;
    assert_eq!(bot.find("unicorn").await, Vec::<String>::new());
    // To this node a change of another one is a row that is there.
    app.sql("INSERT INTO glossary_groups (words) VALUES (ARRAY['unicorn', 'narwhal'])")
        .await;
    let begun = Instant::now();
    while bot.find("unicorn").await != ["PM-1"] {
        assert!(begun.elapsed() < Duration::from_secs(5), "in vain");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    app.sql("TRUNCATE glossary_groups").await;
    let begun = Instant::now();
    while bot.find("unicorn").await != Vec::<String>::new() {
        assert!(begun.elapsed() < Duration::from_secs(5), "in vain");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    app.finish().await;
}

#[tokio::test]
async fn only_administrators_edit_it_and_what_is_none_is_refused() {
    let app = TestApp::new().await;
    let admin = app.sign_in("admin", Role::Admin).await;
    let ana = app.sign_in("ana", Role::Author).await;
    let before = groups(&app).await;
    ana.get("/admin/glossary").await.is(403);
    ana.get("/admin/glossary/1").await.is(403);
    let words = [("words", "a1, b1")];
    ana.post("/admin/glossary", &words).await.is(403);
    ana.post("/admin/glossary/1", &words).await.is(403);
    ana.post("/admin/glossary/1/remove", &[]).await.is(403);
    app.get("/admin/glossary").await.is(303);
    assert!(!ana.get("/").await.is(200).body.contains("/admin/glossary"));
    assert!(
        admin
            .get("/")
            .await
            .is(200)
            .body
            .contains("/admin/glossary")
    );
    let long = "x".repeat(81);
    for (typed, said) in [
        ("k8s", "2 to 12 words"),
        ("KUBERNETES, K8S", "There is a group of just these already."),
        ("cert, certs", "“certs” is there twice"),
        ("the, article", "“the” says nothing by itself"),
        (&format!("a1, {long}"), "is too long"),
    ] {
        let page = admin
            .post("/admin/glossary", &[("words", typed)])
            .await
            .is(422);
        assert!(
            unescape(&page.body).contains(said),
            "{typed}: {}",
            page.body
        );
        assert!(page.body.contains("aria-invalid=\"true\""), "{typed}");
    }
    let page = admin
        .post("/admin/glossary/1", &[("words", "one")])
        .await
        .is(422);
    assert!(page.body.contains("2 to 12 words"), "{}", page.body);
    assert_eq!(groups(&app).await, before);
    // As many as there may be.
    app.sql("INSERT INTO glossary_groups (words) SELECT ARRAY['a' || n, 'b' || n] FROM generate_series(1, 1000) AS n")
        .await;
    let page = admin
        .post("/admin/glossary", &[("words", "c1, d1")])
        .await
        .is(422);
    assert!(page.body.contains("1,000 groups already"), "{}", page.body);
    app.finish().await;
}

#[tokio::test]
async fn what_may_be_meant_is_no_word_of_reports_out_of_reach() {
    let app = TestApp::new().await;
    let admin = app.sign_in("admin", Role::Admin).await;
    let ana = app.sign_in("ana", Role::Author).await;
    let secret = [
        ("title", "Project Zanzibar delayed"),
        ("kind", "incident"),
        ("visibility", "restricted"),
        ("document", "## Summary\n\nZanzibar again.\n"),
        ("do", "save"),
    ];
    admin.write(&secret).await;
    let open = [
        ("title", "A certificate expired"),
        ("kind", "incident"),
        ("document", "## Summary\n\nx\n"),
        ("do", "save"),
    ];
    admin.write(&open).await;
    app.indexed().await;
    let meant = "Did you mean";
    let asked = "/search?q=zanzibr";
    let page = admin.get(asked).await.is(200).body;
    assert!(
        page.contains(meant) && page.contains(">zanzibar</a>?"),
        "{page}"
    );
    for path in [asked, "/search?q=zanzibar"] {
        let page = ana.get(path).await.is(200).body;
        assert!(!page.contains(meant), "{page}");
    }
    let page = ana.get("/search?q=certifcate+sev%3A9").await.is(200).body;
    assert!(
        page.contains(meant) && page.contains(">certificate severity:9</a>"),
        "{page}"
    );
    let bot = app.program(ALL).await;
    assert_eq!(answer(&bot, "zanzibr").await["did_you_mean"], Value::Null);
    let noted = answer(&bot, "dns kind:outage").await["noted"].clone();
    assert_eq!(
        noted,
        json!([{ "start": 4, "end": 15, "part": "kind:outage", "message": "kind is one of incident, near_miss, exercise." }])
    );
    app.finish().await;
}
