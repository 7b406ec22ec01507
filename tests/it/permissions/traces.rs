//! What somebody may not see leaves no trace: not in hits, totals, facets, lists, the home page, or addresses.

use hansei::accounts::Role;

use crate::support::app::TestApp;

fn report<'a>(
    title: &'a str,
    word: &'a str,
    visibility: &'a str,
    action: &'a str,
) -> [(&'a str, &'a str); 9] {
    [
        ("title", title),
        ("kind", "incident"),
        ("severity", "2"),
        ("visibility", visibility),
        ("services", word),
        ("tags", word),
        ("started_at", "2019-11-21 10:00"),
        ("document", "## Summary\n\nA shared zebra.\n"),
        ("do", action),
    ]
}

#[tokio::test]
async fn what_is_hidden_leaves_no_trace() {
    let app = TestApp::new().await;
    let author = app.sign_in("author", Role::Author).await;
    author
        .write(&report("Apple", "applesvc", "open", "publish"))
        .await;
    author
        .write(&report("Banana", "bananasvc", "open", "save"))
        .await;
    author
        .write(&report("Cherry", "cherrysvc", "restricted", "publish"))
        .await;
    author
        .write(&report("Damson", "damsonsvc", "restricted", "save"))
        .await;
    app.indexed().await;
    let reader = app.sign_in("reader", Role::Reader).await;
    let other = app.sign_in("other", Role::Author).await;
    let admin = app.sign_in("admin", Role::Admin).await;
    let all = ["Apple", "Banana", "Cherry", "Damson"];
    for (browser, sees) in [
        (&reader, &all[..1]),
        (&other, &all[..2]),
        (&author, &all[..]),
        (&admin, &all[..]),
    ] {
        for path in [
            "/",
            "/search",
            "/search?q=zebra",
            "/search?q=zebra&sort=newest",
            "/search?severity=2",
            "/search?year=2019",
            "/search?q=zebra&service=nosuch",
            "/search?q=zebra&service=applesvc&service=bananasvc&service=cherrysvc&service=damsonsvc",
        ] {
            let page = browser.get(path).await.is(200).body;
            for title in all {
                let may = sees.contains(&title);
                // The home page lists what was published, and one's own drafts.
                if may && path.starts_with("/search") && !path.contains("nosuch") {
                    assert!(page.contains(title), "{title} is missing from {path}");
                }
                let service = format!("{}svc", title.to_lowercase());
                let asked = path.contains(&service);
                assert!(may || !page.contains(title), "{title} shows in {path}");
                assert!(
                    may || asked || !page.contains(&service),
                    "{service} shows in {path}"
                );
            }
            if path == "/search?q=zebra" {
                let noun = if sees.len() == 1 { "report" } else { "reports" };
                assert!(
                    page.contains(&format!("<strong>{}</strong> {noun}", sees.len())),
                    "{page}"
                );
            }
        }
        // A filter on what is hidden finds as little as one on what does not exist.
        for title in all.iter().filter(|title| !sees.contains(title)) {
            let word = title.to_lowercase();
            for query in [
                format!("q={word}"),
                format!("service={word}svc"),
                format!("tag={word}svc"),
            ] {
                let page = browser.get(&format!("/search?{query}")).await.is(200).body;
                assert!(page.contains("No reports"), "{query}");
            }
        }
    }
    // A name that may see it makes it seen, at once and in the index.
    app.sql(&format!(
        "INSERT INTO report_viewers (report_id, person_id) SELECT id, {} FROM reports WHERE title = 'Cherry'",
        reader.id
    ))
    .await;
    reader.get("/reports/PM-3").await.is(200);
    app.indexed().await;
    assert!(
        reader
            .get("/search?q=cherry")
            .await
            .is(200)
            .body
            .contains("<strong>1</strong> report")
    );
    app.sql("DELETE FROM report_viewers").await;
    reader.get("/reports/PM-3").await.is(404);
    // Before the index knows, the database already refuses.
    assert!(
        !reader
            .get("/search?q=cherry")
            .await
            .is(200)
            .body
            .contains("PM-3")
    );
    app.finish().await;
}

#[tokio::test]
async fn only_owners_restrict_and_open() {
    let app = TestApp::new().await;
    let author = app.sign_in("author", Role::Author).await;
    let other = app.sign_in("other", Role::Author).await;
    let key = author
        .write(&report("Apple", "applesvc", "open", "publish"))
        .await;
    let edit = format!("/reports/{key}/edit");
    let mut fields = report("Apple", "applesvc", "restricted", "save").to_vec();
    fields.push(("base_revision", "1"));
    // The form again, with what was typed; nothing is stored.
    let refused = other.post(&edit, &fields).await.is(422);
    assert!(refused.body.contains("href=\"#f-visibility\""));
    assert_eq!(
        app.rows("SELECT visibility AS text FROM reports").await,
        ["open"]
    );
    author.post(&edit, &fields).await.is(303);
    other.get(&format!("/reports/{key}")).await.is(404);
    other.post(&edit, &fields).await.is(404);
    app.finish().await;
}
