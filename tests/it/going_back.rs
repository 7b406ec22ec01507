//! Going back to an earlier revision from its page.

use hansei::accounts::Role;

use crate::support::app::{TestApp, unescape};
use crate::writing::{TEXT, form, typed, with};

#[tokio::test]
async fn an_earlier_revision_is_saved_anew_and_nothing_is_gone() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let rita = app.sign_in("rita", Role::Reader).await;
    let key = ana.write(&form("First", TEXT, "publish")).await;
    let edit = format!("/reports/{key}/edit");
    let first = typed(&ana.get(&edit).await.is(200));
    let second = with(
        form("Second", "## Summary\n\nGone wrong.\n", "save"),
        "base_revision",
        "1",
    );
    ana.post(&edit, &second).await.is(303);

    let old = format!("/reports/{key}/revisions/1");
    let page = ana.get(&old).await.is(200);
    assert_eq!(page.input("base_revision").unwrap(), "2");
    for (who, number) in [(&rita, "1"), (&ana, "2")] {
        let page = who
            .get(&format!("/reports/{key}/revisions/{number}"))
            .await
            .is(200);
        assert!(!page.body.contains("Restore this revision"));
    }
    let (restore, fields) = (
        format!("/reports/{key}/restore"),
        [("revision", "1"), ("base_revision", "2")],
    );
    rita.post(&restore, &fields).await.is(403);
    ana.post_as_is(&restore, &fields, &[]).await.is(403);
    ana.post(&restore, &[("revision", "9"), ("base_revision", "2")])
        .await
        .is(404);
    ana.post(&restore, &[("revision", "one")]).await.is(400);

    // Somebody was faster: told on the page, which then restores over that.
    let third = with(
        form("Third", "## Summary\n\nMeanwhile.\n", "save"),
        "base_revision",
        "2",
    );
    ana.post(&edit, &third).await.is(303);
    let stale = ana.post(&restore, &fields).await.is(409);
    assert!(
        stale.body.contains("Nothing was restored"),
        "{}",
        stale.body
    );
    assert_eq!(stale.input("base_revision").unwrap(), "3");

    let fields = [("revision", "1"), ("base_revision", "3")];
    let done = ana.post(&restore, &fields).await.is(303);
    assert_eq!(done.header("location"), format!("/reports/{key}"));
    let now = ana.get(&edit).await.is(200);
    assert_eq!(now.input("title").unwrap(), "First");
    assert_eq!(typed(&now), first);
    let history = ana
        .get(&format!("/reports/{key}/history"))
        .await
        .is(200)
        .body;
    assert!(history.contains("Revision 1 restored.") && history.contains("Revision 4"));
    assert!(
        ana.get(&format!("/reports/{key}/revisions/3"))
            .await
            .is(200)
            .body
            .contains("Meanwhile")
    );
    app.finish().await;
}

#[tokio::test]
async fn going_back_opens_nothing_that_was_restricted_since() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let key = ana.write(&form("T", TEXT, "publish")).await;
    let hidden = with(
        form("T", "## Summary\n\nx\n", "save"),
        "visibility",
        "restricted",
    );
    ana.post(
        &format!("/reports/{key}/edit"),
        &with(hidden, "base_revision", "1"),
    )
    .await
    .is(303);
    let (restore, fields) = (
        format!("/reports/{key}/restore"),
        [("revision", "1"), ("base_revision", "2")],
    );
    bob.post(&restore, &fields).await.is(404);
    ana.post(&restore, &fields).await.is(303);
    bob.get(&format!("/reports/{key}")).await.is(404);
    app.finish().await;
}

#[tokio::test]
async fn every_revision_of_a_long_history_is_reached() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let key = ana.write(&form("First", TEXT, "save")).await;
    app.sql(
        "INSERT INTO revisions (report_id, number, document, event, note, author_name, created_at)
         SELECT report_id, n, document, 'saved', 'Number ' || n, author_name, created_at
         FROM revisions, generate_series(2, 450) AS n",
    )
    .await;
    app.sql("UPDATE reports SET revision = 450").await;
    let mut seen: Vec<u32> = Vec::new();
    let mut next = Some(format!("/reports/{key}/history"));
    while let Some(path) = next {
        let page = ana.get(&path).await.is(200).body;
        assert_eq!(page.matches(" checked").count(), 2, "{path}");
        // And back again.
        assert_eq!(page.contains("rel=\"prev\""), !seen.is_empty(), "{path}");
        let link = page.split("<a ").find(|it| it.contains("rel=\"next\""));
        next = link.map(|it| {
            let address = it.split("href=\"").nth(1).unwrap();
            unescape(address.split('"').next().unwrap())
        });
        let numbers = page.split("data-item>Revision ").skip(1);
        seen.extend(numbers.map(|it| it.split('<').next().unwrap().parse::<u32>().unwrap()));
        assert!(seen.len() <= 450);
    }
    assert_eq!(seen, (1..=450).rev().collect::<Vec<_>>());
    for odd in ["before=0", "before=99999"] {
        let page = ana.get(&format!("/reports/{key}/history?{odd}")).await;
        assert!(page.is(200).body.contains("Revision 450"), "{odd}");
    }
    app.finish().await;
}
