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

/// Readers are shown what was ever for them: not what was taken out of a draft before they had it.
#[tokio::test]
async fn what_was_written_before_others_had_it_stays_with_its_authors() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let rita = app.sign_in("rita", Role::Reader).await;
    let person = app.person("rob", Role::Reader).await;
    let bot = app.program_of("reports:read", Some(person), None).await;
    let text = |words: &str| format!("## Summary\n\nIt was {words}.\n");
    let save = async |who: &crate::support::people::Browser<'_>,
                      key: &str,
                      base: &str,
                      words: &str,
                      action: &'static str| {
        let text = text(words);
        let fields = with(form("T", &text, action), "base_revision", base);
        who.post(&format!("/reports/{key}/edit"), &fields)
            .await
            .is(303);
    };
    let key = ana.write(&form("T", &text("hunter2 once"), "save")).await;
    save(&ana, &key, "1", "clean", "publish").await;
    save(&ana, &key, "2", "clean and read", "save").await;
    let path = format!("/reports/{key}");
    let history = rita.get(&format!("{path}/history")).await.is(200).body;
    assert!(history.contains("revisions/3\"") && history.contains("revisions/2\""));
    assert!(
        !history.contains("revisions/1\"") && !history.contains("from&#x3D;1"),
        "{history}"
    );
    let diffs = history.matches("/diff?").count();
    assert_eq!(diffs, 1, "the first that she sees is compared with nothing");
    for (page, status) in [
        ("revisions/1", 404),
        ("revisions/2", 200),
        ("diff?from=1&to=3", 404),
        ("diff?from=2&to=3", 200),
        ("diff", 200),
        ("diff?to=2", 200),
    ] {
        let answer = rita.get(&format!("{path}/{page}")).await;
        assert_eq!(answer.status, status, "{page}");
        assert!(!answer.body.contains("hunter2"), "{page}");
        bob.get(&format!("{path}/{page}")).await.is(200);
    }
    let api = format!("/api/v1/reports/{key}/revisions");
    let list = bot.get(&api).await.is(200).json();
    assert_eq!(
        (
            list["total"].clone(),
            list["items"].as_array().unwrap().len()
        ),
        (2.into(), 2)
    );
    bot.get(&format!("{api}/1")).await.problem(404, &[]);
    bot.get(&format!("{api}/2")).await.is(200);

    // Taken back, rewritten, published again.
    let back = [("do", "unpublish"), ("reason", "wrong"), ("revision", "3")];
    ana.post(&format!("{path}/review"), &back).await.is(303);
    save(&ana, &key, "4", "hunter3 for a while", "save").await;
    save(&ana, &key, "5", "clean again", "publish").await;
    let seen = bot.get(&api).await.is(200).json();
    let numbers: Vec<i64> = seen["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["number"].as_i64().unwrap())
        .collect();
    assert_eq!(numbers, [6, 3, 2]);
    rita.get(&format!("{path}/revisions/5")).await.is(404);
    app.finish().await;
}

/// What was restricted stays with those who were named, also when the report is opened.
#[tokio::test]
async fn what_was_restricted_stays_so_when_the_report_is_opened() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let root = app.sign_in("root", Role::Admin).await;
    let hidden = with(
        form("T", "## Summary\n\nThe tunnel.\n", "publish"),
        "visibility",
        "restricted",
    );
    let key = ana.write(&hidden).await;
    let opened = with(form("T", TEXT, "save"), "base_revision", "1");
    let edit = format!("/reports/{key}/edit");
    ana.post(&edit, &opened).await.is(303);
    let path = format!("/reports/{key}");
    bob.get(&path).await.is(200);
    for page in ["revisions/1", "diff?from=1&to=2"] {
        bob.get(&format!("{path}/{page}")).await.is(404);
        ana.get(&format!("{path}/{page}")).await.is(200);
        root.get(&format!("{path}/{page}")).await.is(200);
    }
    let list = bob.get(&format!("{path}/history")).await.is(200).body;
    assert!(!list.contains("revisions/1\""), "{list}");
    let back = [("revision", "1"), ("base_revision", "2")];
    bob.post(&format!("{path}/restore"), &back).await.is(404);
    app.finish().await;
}
