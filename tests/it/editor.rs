//! What the editor's script relies on: whose words it keeps, which page was drawn from them, and answers that are meant
//! for it alone.

use hansei::accounts::Role;
use reqwest::Method;

use crate::support::app::{Answer, TestApp, unescape};
use crate::support::people::PASSWORD;
use crate::writing::{TEXT, form, with};

/// What an attribute of the form says.
fn said(answer: &Answer, name: &str) -> String {
    let found = answer.body.split_once(&format!("{name}=\""));
    let (_, rest) = found.unwrap_or_else(|| panic!("no {name}: {}", answer.body));
    unescape(rest.split('"').next().unwrap())
}

#[tokio::test]
async fn a_form_says_whose_words_it_has_and_whether_they_are_kept_nowhere_else() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let key = ana.write(&form("T", TEXT, "save")).await;
    let edit = format!("/reports/{key}/edit");
    let page = ana.get(&edit).await.is(200);
    let hers = said(&page, "data-writer");
    assert_eq!(hers.len(), 16);
    assert_eq!(said(&page, "data-answer"), "");
    // Browsers restore no old text over a new revision.
    assert!(page.body.contains("method=\"post\" autocomplete=\"off\""));
    assert_eq!(
        said(&ana.get("/reports/new").await.is(200), "data-writer"),
        hers
    );
    assert_ne!(said(&bob.get(&edit).await.is(200), "data-writer"), hers);

    let mine = with(
        form("T", "## Summary\n\nMine.\n", "save"),
        "base_revision",
        "1",
    );
    let preview = ana.post(&edit, &with(mine.clone(), "do", "preview")).await;
    assert_eq!(said(&preview.is(200), "data-answer"), "yes");
    // After signing in again the words are in that page alone, too.
    let stranger = app.stranger().await;
    let mut again = mine.clone();
    again.retain(|(name, _)| *name != "do");
    again.extend([("report", key.as_str()), ("email", "ana@example.org")]);
    again.push(("password", PASSWORD));
    let resumed = stranger.post("/reports/resume", &again).await.is(200);
    assert_eq!(said(&resumed, "data-answer"), "yes");
    assert_eq!(said(&resumed, "data-writer"), hers);

    let theirs = with(
        form("T", "## Summary\n\nTheirs.\n", "save"),
        "base_revision",
        "1",
    );
    bob.post(&edit, &theirs).await.is(303);
    let asked = ana.post(&edit, &mine).await.is(409);
    assert_eq!(said(&asked, "data-answer"), "yes");
    assert_eq!(said(&asked, "data-writer"), hers);
    assert!(asked.body.contains("method=\"post\" autocomplete=\"off\""));
    app.finish().await;
}

/// Whoever chooses "mine alone" means the instants that were typed, also when the other one has changed the zone.
#[tokio::test]
async fn mine_alone_is_read_in_the_zone_of_the_page() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let text = "## Summary\n\nx\n\n## Timeline\n\n- 2026-03-01 14:02 alert fired\n";
    let paris = with(form("T", text, "save"), "timezone", "Europe/Paris");
    let key = ana.write(&paris).await;
    let edit = format!("/reports/{key}/edit");
    let hers = text.replace("14:02 alert fired", "22:02 alert fired twice");
    let hers = with(form("T", &hers, "save"), "timezone", "Asia/Tokyo");
    ana.post(&edit, &with(hers, "base_revision", "1"))
        .await
        .is(303);
    let his = text.replace("alert fired", "alert fired loudly");
    let his = with(form("T", &his, "save"), "timezone", "Europe/Paris");
    let asked = bob
        .post(&edit, &with(his, "base_revision", "1"))
        .await
        .is(409);
    assert_eq!(asked.input("timezone").as_deref(), Some("Asia/Tokyo"));
    let sides = ["theirs", "mine"].map(|name| said(&asked, &format!("name=\"{name}\" value")));
    let [theirs, mine] = &sides;
    assert!(
        theirs.contains("22:02 +09:00 alert fired twice"),
        "{theirs}"
    );
    assert!(mine.contains("22:02 +09:00 alert fired loudly"), "{mine}");

    let mut chosen = with(form("T", "", "save"), "timezone", "Asia/Tokyo");
    chosen = with(chosen, "base_revision", "2");
    chosen.extend([("heading", "Summary"), ("text", "x"), ("pick", "")]);
    chosen.extend([("heading", "Timeline"), ("text", ""), ("pick", "mine 0")]);
    chosen.extend([("theirs", theirs.as_str()), ("mine", mine)]);
    bob.post(&edit, &chosen).await.is(303);
    let events = "SELECT at::text || ' ' || text AS text FROM timeline_events";
    assert_eq!(
        app.rows(events).await,
        ["2026-03-01 13:02:00+00 alert fired loudly"]
    );
    app.finish().await;
}

#[tokio::test]
async fn a_script_is_told_what_became_of_its_form_and_the_next_page_is_not() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    for title in ["One", "Two"] {
        ana.write(&form(title, TEXT, "publish")).await;
    }
    ana.get("/").await.is(200);
    let link = |kind| {
        [
            ("to", "PM-1"),
            ("kind", kind),
            ("why", ""),
            ("csrf", ana.csrf.as_str()),
        ]
    };
    let script = [("hx-request", "true")];
    let path = "/reports/PM-2/links";
    let flash = |answer: &Answer| answer.cookies().any(|(name, _)| name == "hansei-flash");
    let done = ana.post_as_is(path, &link("similar_to"), &script).await;
    assert!(!flash(&done.is(303)));
    assert!(!ana.get("/").await.is(200).body.contains("data-flash"));
    // Without scripts the next page says it.
    let done = ana.post_as_is(path, &link("caused_by"), &[]).await;
    assert!(flash(&done.is(303)));
    assert!(
        ana.get(path)
            .await
            .is(200)
            .body
            .contains("data-flash=\"saved\"")
    );

    // What was not done looks like nothing else.
    let wrong = ana.post_as_is(path, &link("enemy_of"), &script).await;
    wrong.is(422);
    let form = [
        ("content-type", "application/x-www-form-urlencoded"),
        script[0],
    ];
    let body = "to=PM-1&kind=caused_by";
    let out = app.send(Method::POST, path, &form, body).await;
    out.is(401);
    app.finish().await;
}

/// What a report said is remembered between the requests of somebody who writes, and for no longer than it says so.
#[tokio::test]
async fn an_edit_page_is_never_older_than_what_is_stored() {
    let app = TestApp::new().await;
    let admin = app.sign_in("admin", Role::Admin).await;
    let ana = app.sign_in("ana", Role::Author).await;
    let mut fields = form("One", "## Summary\n\nThe first words.\n", "save");
    fields.push(("teams", "Harbour"));
    let key = admin.write(&fields).await;
    let edit = format!("/reports/{key}/edit");
    for _ in 0..2 {
        let page = ana.get(&edit).await.is(200).body;
        assert!(page.contains("The first words.") && page.contains("Harbour"));
    }
    let team = app.rows("SELECT id::text AS text FROM teams").await;
    let rename = [("do", "rename"), ("name", "Quay")];
    let team = format!("/admin/teams/{}", team[0]);
    admin.post(&team, &rename).await.is(303);
    let page = ana.get(&edit).await.is(200).body;
    assert!(page.contains("Quay") && !page.contains("Harbour"), "{page}");
    let second = with(fields, "document", "## Summary\n\nThe second words.\n");
    let second = with(with(second, "teams", "Quay"), "base_revision", "1");
    admin.post(&edit, &second).await.is(303);
    let page = ana.get(&edit).await.is(200).body;
    assert!(page.contains("The second words.") && !page.contains("The first words."));
    let hidden = with(
        with(second, "visibility", "restricted"),
        "base_revision",
        "2",
    );
    admin.post(&edit, &hidden).await.is(303);
    let refused = ana.get(&edit).await.is(404).body;
    assert!(!refused.contains("The second words."));
    let seen = admin.get(&edit).await.is(200).body;
    assert!(seen.contains("The second words."));
    app.finish().await;
}

/// Without scripts the answer to the button is all there is.
#[tokio::test]
async fn a_look_at_the_wording_says_also_that_there_is_nothing() {
    const FINE: &str = "The wording is fine";
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let plain = "## Summary\n\nA certificate expired, and requests failed.\n";
    let fine = form("T", plain, "check");
    let told = ana.post("/reports", &fine).await.is(200);
    assert!(told.body.contains(FINE), "{}", told.body);
    let blaming = "## Summary\n\nAda should have known.\n";
    let told = ana
        .post("/reports", &form("T", blaming, "check"))
        .await
        .is(200);
    assert!(!told.body.contains(FINE) && told.body.contains("should have"));
    assert!(
        !ana.post("/reports", &form("T", plain, "preview"))
            .await
            .body
            .contains(FINE)
    );
    app.finish().await;
}
