//! The editor without its script: fields for each section, and what is typed being kept.

use hansei::accounts::Role;
use reqwest::Method;

use crate::support::app::{TestApp, unescape};
use crate::writing::{TEXT, form, typed, with};

const MINE: &str = "## Summary\n\nTyped at three in the morning.\n";

#[tokio::test]
async fn what_was_typed_is_found_again_by_who_typed_it() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let key = ana.write(&form("T", TEXT, "save")).await;
    let (edit, keep) = (
        format!("/reports/{key}/edit"),
        format!("/reports/{key}/autosave"),
    );
    let mine = with(form("", MINE, "save"), "base_revision", "1");
    let told = ana.post(&keep, &mine).await.is(200).json();
    assert_eq!(told["kept"], true);
    assert_eq!(told["revision"], 1);
    // The report itself is as it was.
    assert!(
        ana.get(&format!("/reports/{key}.md"))
            .await
            .body
            .contains("nobody noticed")
    );
    let revisions = "SELECT count(*)::text AS text FROM revisions";
    assert_eq!(app.rows(revisions).await, ["1"]);

    let again = ana.get(&edit).await.is(200);
    assert_eq!(typed(&again), MINE);
    assert_eq!(again.input("title").unwrap(), "");
    assert!(again.body.contains("This is what you typed until"));
    let his = bob.get(&edit).await.is(200);
    assert!(!his.body.contains("three in the morning") && his.body.contains("nobody noticed"));

    // Somebody saves meanwhile: it is said, and saving puts both together.
    let theirs = TEXT.replace("tenth", "fifth");
    let theirs = with(form("T", &theirs, "save"), "base_revision", "1");
    bob.post(&edit, &theirs).await.is(303);
    assert_eq!(ana.post(&keep, &mine).await.is(200).json()["revision"], 2);
    assert!(
        ana.get(&edit)
            .await
            .body
            .contains("Somebody has saved since")
    );
    let mine = TEXT.replace("nobody noticed", "everybody noticed");
    let mine = with(form("T", &mine, "save"), "base_revision", "1");
    ana.post(&keep, &mine).await.is(200);
    ana.post(&edit, &mine).await.is(303);
    let merged = typed(&ana.get(&edit).await.is(200));
    assert!(
        merged.contains("everybody noticed") && merged.contains("fifth"),
        "{merged}"
    );
    // What arrives late, from before that save, is not kept.
    assert_eq!(ana.post(&keep, &mine).await.is(200).json()["kept"], false);
    assert!(!ana.get(&edit).await.body.contains("This is what you typed"));

    let more = with(form("T", MINE, "save"), "base_revision", "3");
    ana.post(&keep, &more).await.is(200);
    ana.post(&format!("/reports/{key}/discard"), &[])
        .await
        .is(303);
    assert_eq!(typed(&ana.get(&edit).await.is(200)), merged);
    app.finish().await;
}

/// Whoever signs in again comes to the first page: what was never saved is there, and theirs alone.
#[tokio::test]
async fn the_first_page_leads_to_what_was_never_saved() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let home = async |who: &crate::support::people::Browser<'_>| {
        let page = who.get("/").await.is(200).body;
        page.replace("&#x3D;", "=")
    };
    assert!(!home(&ana).await.contains("did not save it"));
    let once = ana.get("/reports/new").await.is(200).input("once").unwrap();
    let new = with(form("A <new> one", MINE, "save"), "once", &once);
    ana.post("/reports/autosave", &new).await.is(200);
    let new = format!("/reports/new?form={once}");
    let seen = home(&ana).await;
    assert!(
        seen.contains("did not save it") && seen.contains(&new),
        "{seen}"
    );
    assert!(seen.contains("A &lt;new&gt; one"));

    let key = bob.write(&form("Theirs", TEXT, "save")).await;
    let (edit, keep) = (
        format!("/reports/{key}/edit"),
        format!("/reports/{key}/autosave"),
    );
    let mine = with(form("", MINE, "save"), "base_revision", "1");
    ana.post(&keep, &mine).await.is(200);
    let link = format!("href=\"{edit}\">Without a title");
    assert!(home(&ana).await.contains(&link));
    assert!(!home(&bob).await.contains("did not save it"));

    // A report that became somebody else's alone is not told of any more, nor is anything to who may not write.
    let hidden = with(form("Theirs", TEXT, "save"), "visibility", "restricted");
    bob.post(&edit, &with(hidden, "base_revision", "1"))
        .await
        .is(303);
    let seen = home(&ana).await;
    assert!(!seen.contains(&key) && seen.contains(&new), "{seen}");
    app.sql("UPDATE people SET role = 'reader' WHERE email = 'ana@example.org'")
        .await;
    assert!(!home(&ana).await.contains("did not save it"));
    app.finish().await;
}

/// Rows instead of a text are no words; nor do they take away what was left in another window.
#[tokio::test]
async fn a_form_that_says_what_is_stored_is_not_told_of() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let key = ana.write(&form("T", TEXT, "save")).await;
    let (edit, keep) = (
        format!("/reports/{key}/edit"),
        format!("/reports/{key}/autosave"),
    );
    let page = ana.get(&edit).await.is(200);
    let opened = |text: &'static str, window: &'static str| {
        let fields = with(form("T", text, "save"), "base_revision", "1");
        with(fields, "editor", window)
    };
    let (stored, authors) = (typed(&page), page.input("authors").unwrap());
    let rows = "SELECT count(*)::text AS text FROM autosaves";
    let same = with(opened(TEXT, "a"), "document", &stored);
    let same = with(with(same, "reason", ""), "authors", &authors);
    let told = ana.post(&keep, &same).await.is(200).json();
    assert_eq!(told["kept"], true);
    assert_eq!(app.rows(rows).await, ["0"]);
    // Words that are taken back are forgotten, of this window alone.
    ana.post(&keep, &opened(MINE, "a")).await.is(200);
    assert_eq!(app.rows(rows).await, ["1"]);
    ana.post(&keep, &same).await.is(200);
    assert_eq!(app.rows(rows).await, ["0"]);
    ana.post(&keep, &opened(MINE, "")).await.is(200);
    ana.post(&keep, &same).await.is(200);
    assert_eq!(app.rows(rows).await, ["1"], "left without scripts");
    app.finish().await;
}

#[tokio::test]
async fn the_words_of_one_window_never_replace_those_of_another() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let key = ana.write(&form("T", TEXT, "save")).await;
    let (edit, keep) = (
        format!("/reports/{key}/edit"),
        format!("/reports/{key}/autosave"),
    );
    let typed_in = |window: &'static str, text: &'static str| {
        let fields = with(form("T", text, "save"), "base_revision", "1");
        with(fields, "editor", window)
    };
    let kept = async |fields: &[(&str, &str)]| {
        ana.post(&keep, fields).await.is(200).json()["kept"] == true
    };
    assert!(kept(&typed_in("b", MINE)).await);
    assert!(kept(&typed_in("b", MINE)).await, "the same window goes on");
    let other = "## Summary\n\nOne letter.\n";
    assert!(!kept(&typed_in("a", other)).await);
    assert_eq!(typed(&ana.get(&edit).await.is(200)), MINE);

    // The other window saves: what was typed here is still to be had, and says which window it is from.
    ana.post(&edit, &typed_in("a", other)).await.is(303);
    let left = ana.get(&edit).await.is(200);
    assert_eq!(typed(&left), MINE);
    assert_eq!(left.input("taken").as_deref(), Some("b"));
    // Who goes on from it takes it over, and a save of that forgets it.
    let on = with(form("T", MINE, "save"), "base_revision", "2");
    let on = with(with(on, "editor", "c"), "taken", "b");
    assert!(kept(&on).await);
    ana.post(&edit, &on).await.is(303);
    let rows = "SELECT count(*)::text AS text FROM autosaves";
    assert_eq!(app.rows(rows).await, ["0"]);
    app.finish().await;
}

/// What was left as a choice comes back as one.
#[tokio::test]
async fn a_conflict_that_was_left_is_told_of_until_it_is_saved_or_given_up() {
    const BOTH: &str = "both texts stand one below the other";
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let key = ana.write(&form("T", TEXT, "save")).await;
    let report = format!("/reports/{key}");
    let (edit, keep) = (format!("{report}/edit"), format!("{report}/autosave"));
    let (theirs, mine) = (
        TEXT.replace("nobody", "everybody"),
        TEXT.replace("nobody", "somebody"),
    );
    let save = |text| with(form("T", text, "save"), "base_revision", "1");
    bob.post(&edit, &save(&theirs)).await.is(303);
    let asked = ana.post(&edit, &save(&mine)).await.is(409);
    assert_eq!(asked.body.matches("name=\"conflict\"").count(), 1);
    assert_eq!(asked.input("conflict").unwrap(), "yes");

    // As its page keeps it, and as it is when that page is left.
    let both = TEXT.replace(
        "Orders failed and nobody noticed.",
        "Everybody noticed.\nOrders failed and somebody noticed.",
    );
    let left = with(form("T", &both, "save"), "base_revision", "2");
    let left = with(left, "conflict", "yes");
    ana.post(&keep, &left).await.is(200);
    let page = ana.get(&edit).await.is(200);
    assert!(page.body.contains("This is what you typed until"));
    assert!(page.body.contains(BOTH), "{}", page.body);
    assert_eq!(page.input("conflict").unwrap(), "yes");
    let looked = ana.post(&edit, &with(left.clone(), "do", "preview")).await;
    assert!(looked.is(200).body.contains(BOTH));
    // Asked once more about the same, it says so once.
    let again = TEXT.replace("Orders failed and nobody noticed.", "Payments stopped.");
    bob.post(&edit, &with(save(&again), "base_revision", "2"))
        .await
        .is(303);
    let asked = ana.post(&edit, &left).await.is(409);
    assert_eq!(asked.body.matches("name=\"conflict\"").count(), 1);
    let left = with(left, "base_revision", "3");
    ana.post(&edit, &left).await.is(303);
    assert!(!ana.get(&edit).await.body.contains(BOTH));

    // Given up, it leads to the report as it is, and nothing comes back.
    ana.post(&keep, &with(left, "base_revision", "4"))
        .await
        .is(200);
    let given_up = ana
        .post(&format!("{report}/discard"), &[("then", "report")])
        .await
        .is(303);
    assert_eq!(given_up.header("location"), report);
    let page = ana.get(&edit).await.is(200);
    assert!(!page.body.contains("This is what you typed until"));
    app.finish().await;
}

#[tokio::test]
async fn growing_a_near_miss_hides_nothing_that_was_typed() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let key = ana.write(&form("T", TEXT, "save")).await;
    let mine = with(form("T", MINE, "save"), "base_revision", "1");
    ana.post(&format!("/reports/{key}/autosave"), &mine)
        .await
        .is(200);
    let page = ana
        .get(&format!("/reports/{key}/edit?template=standard"))
        .await;
    let page = page.is(200);
    assert_eq!(typed(&page), MINE);
    assert!(
        page.body.contains("then make it a full report"),
        "{}",
        page.body
    );
    app.finish().await;
}

#[tokio::test]
async fn a_report_that_was_only_begun_is_found_again() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let once = ana.get("/reports/new").await.is(200).input("once").unwrap();
    let begun = with(form("Half a title", MINE, "save"), "once", &once);
    ana.post("/reports/autosave", &begun).await.is(200);
    let link = format!("/reports/new?form={once}");
    let listed = ana.get("/reports/new").await.is(200);
    assert!(
        listed.body.contains("Half a title") && unescape(&listed.body).contains(&link),
        "{listed:?}"
    );
    let again = ana.get(&link).await.is(200);
    assert_eq!(typed(&again), MINE);
    assert_eq!(again.input("once").unwrap(), once);
    for path in ["/reports/new", &link] {
        let his = bob.get(path).await.is(200);
        assert!(!his.body.contains("Half a title"), "{path}");
    }

    ana.post("/reports", &begun).await.is(303);
    assert!(!ana.get("/reports/new").await.body.contains("Half a title"));
    assert_eq!(
        ana.post("/reports/autosave", &begun).await.is(200).json()["kept"],
        false
    );
    assert!(!ana.get("/reports/new").await.body.contains("Half a title"));

    let other = ana.get("/reports/new").await.input("once").unwrap();
    let other_form = with(form("Half a thought", MINE, "save"), "once", &other);
    ana.post("/reports/autosave", &other_form).await.is(200);
    ana.post("/reports/discard", &[("once", &other)])
        .await
        .is(303);
    assert!(
        !ana.get("/reports/new")
            .await
            .body
            .contains("Half a thought")
    );
    app.finish().await;
}

#[tokio::test]
async fn keeping_what_is_typed_asks_who_types() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let stranger = app.stranger().await;
    let fields = form("T", MINE, "save");
    let body = serde_urlencoded::to_string(&fields).unwrap();
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("hx-request", "true"),
    ];
    // A script is told, and not led to another page.
    for browser in [&stranger, &ana] {
        let answer = browser
            .send(Method::POST, "/reports/autosave", &headers, body.clone())
            .await;
        assert!(matches!(answer.status, 401 | 403), "{answer:?}");
    }
    ana.post("/reports/autosave", &with(fields, "once", "no uuid"))
        .await
        .is(422);
    let rows = "SELECT count(*)::text AS text FROM autosaves";
    assert_eq!(app.rows(rows).await, ["0"]);
    app.finish().await;
}

#[tokio::test]
async fn a_report_is_written_section_by_section() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let mut fields = form("T", "", "add_section");
    fields.retain(|(name, _)| *name != "document");
    for (heading, text) in [
        ("Summary", "Orders failed.\r\n\r\n```\r\nno end of this"),
        ("Timeline", "- 14:02 [detect] alert fired"),
        ("", "- 14:05 paged"),
        ("What nobody asked", "Own words."),
        ("Impact", ""),
        ("", ""),
    ] {
        fields.extend([("heading", heading), ("sealed", ""), ("text", text)]);
    }
    let page = ana.post("/reports", &fields).await.is(200);
    assert_eq!(page.body.matches("<div class=\"part\"").count(), 5);
    let whole = ana
        .post("/reports", &with(fields.clone(), "do", "as_text"))
        .await
        .is(200);
    assert!(
        whole.body.contains("id=\"f-document\"") && typed(&whole).contains("## What nobody asked")
    );
    let count = "SELECT count(*)::text AS text FROM reports";
    assert_eq!(
        app.rows(count).await,
        ["0"],
        "looking otherwise saves nothing"
    );

    let saved = ana
        .post("/reports", &with(fields, "do", "save"))
        .await
        .is(303);
    assert_eq!(saved.header("location"), "/reports/PM-1");
    let headings = "SELECT heading AS text FROM report_sections ORDER BY position";
    let stored = app.rows(headings).await;
    assert_eq!(stored[..2], ["Summary", "Timeline"]);
    assert!(
        stored.contains(&"What nobody asked".to_owned()),
        "{stored:?}"
    );
    let events = "SELECT count(*)::text AS text FROM timeline_events";
    assert_eq!(app.rows(events).await, ["2"]);
    let markdown = ana.get("/reports/PM-1.md").await.is(200).body;
    assert!(
        markdown.contains("no end of this") && markdown.contains("Own words."),
        "{markdown}"
    );

    // A save of the form as it is drawn changes nothing.
    let page = ana.get("/reports/PM-1/edit").await.is(200);
    let text = typed(&page);
    let again = ana.get("/reports/PM-1/edit?layout=text").await.is(200);
    assert!(again.body.contains("id=\"f-document\""));
    assert!(text.contains("no end of this"), "{text}");
    // A problem in a section leads to its field.
    let wrong = [
        ("heading", "Countermeasures"),
        ("sealed", ""),
        ("text", "- [ ] Nothing\n  - status: wont_do"),
    ];
    let mut fields = form("T", "", "save");
    fields.retain(|(name, _)| *name != "document");
    fields.extend([("heading", "Summary"), ("sealed", ""), ("text", "x")]);
    fields.extend(wrong);
    let page = ana.post("/reports", &fields).await.is(422);
    assert!(
        page.body.contains("href=\"#f-text-1\"") && page.body.contains("id=\"f-text-1-problem\""),
        "{}",
        page.body
    );
    app.finish().await;
}
