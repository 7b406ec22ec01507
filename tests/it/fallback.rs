//! The words that search falls back on are found after the save, and neither waits for the other.

use diesel_async::SimpleAsyncConnection as _;
use hansei::reports::find_words;

use crate::support::app::TestApp;
use crate::support::people::Program;

const ALL: &str = "search:read,reports:read,reports:write";

fn document(animal: &str) -> String {
    format!("---\ntitle: At the stables\n---\n\n## Summary\n\nA {animal} ran away.\n")
}

async fn total(bot: &Program<'_>, query: &str) -> (bool, u64) {
    let path = format!("/api/v1/search?q={query}");
    let page = bot.get(&path).await.is(200).json();
    (page["mode"] == "index", page["total"].as_u64().unwrap())
}

#[tokio::test]
async fn what_was_saved_last_counts_whether_its_words_are_found_or_not() {
    let app = TestApp::without_index().await;
    let bot = app.program(ALL).await;
    let key = bot.write(&document("zebra"), true).await;
    let mut connection = app.database.connect().await;
    while find_words(&mut connection).await.unwrap() > 0 {}
    bot.put(&key, "*", &document("quagga")).await.is(200);
    let wanted = "SELECT report_id::text AS text FROM fallback_wanted";
    assert_eq!(app.rows(wanted).await.len(), 1, "words of the newer text");
    for found in [false, true] {
        let quaggas = total(&bot, "quagga").await;
        let zebras = total(&bot, "zebra").await;
        assert_eq!(
            (quaggas, zebras),
            ((false, 1), (false, 0)),
            "words are found: {found}"
        );
        while find_words(&mut connection).await.unwrap() > 0 {}
        assert_eq!(app.rows(wanted).await, Vec::<String>::new());
    }
    app.give_index_room();
    app.healed().await;
    app.finish().await;
}

#[tokio::test]
async fn a_save_waits_for_nobody_who_finds_words() {
    let app = TestApp::new().await;
    let bot = app.program(ALL).await;
    let key = bot.write(&document("zebra"), true).await;
    let mut finding = app.database.connect().await;
    finding.batch_execute("BEGIN").await.unwrap();
    assert_eq!(find_words(&mut finding).await.unwrap(), 1);
    // Another node has nothing to do meanwhile, and a save is done.
    let mut other = app.database.connect().await;
    assert_eq!(find_words(&mut other).await.unwrap(), 0);
    bot.put(&key, "*", &document("quagga")).await.is(200);
    finding.batch_execute("COMMIT").await.unwrap();
    let words = "SELECT (words @@ 'zebra'::tsquery)::text AS text FROM fallback_words";
    assert_eq!(app.rows(words).await, ["true"]);
    assert_eq!(find_words(&mut other).await.unwrap(), 1);
    assert_eq!(app.rows(words).await, ["false"]);
    app.finish().await;
}

#[tokio::test]
async fn without_an_index_every_filter_holds_all_the_same() {
    let app = TestApp::without_index().await;
    let bot = app.program(ALL).await;
    let first = "---\ntitle: One\nseverity: SEV1\nservices: [Api]\ntags: [dns]\nauthors: [Ada Marsh]\nstarted_at: 2025-05-01T10:00:00Z\n---\n\n\
        ## Timeline\n\n- 2025-05-01 10:00 UTC [detect] An alert rang\n\n## Contributing factors\n\n- **No canary** (amplified): So.\n";
    let second = "---\ntitle: Two\nseverity: SEV3\nservices: [web]\nstarted_at: 2026-05-01T10:00:00Z\n---\n\n## Summary\n\nx\n";
    bot.write(first, true).await;
    bot.write(second, true).await;
    let found = async |query: &str| {
        let query = serde_urlencoded::to_string([("q", query)]).unwrap();
        let page = bot.get(&format!("/api/v1/search?{query}")).await.is(200);
        assert_eq!(page.json()["mode"], "fallback");
        crate::support::people::keys(&page.json())
    };
    for (query, one, two) in [
        ("service:api", true, false),
        ("-service:api", false, true),
        ("tag:dns -tag:other", true, false),
        ("sev:<=2", true, false),
        ("-sev:<=2", false, true),
        ("year:..2025", true, false),
        ("-year:2025 -year:2027..", false, true),
        ("started:2025-05..2026-05", true, true),
        ("author:marsh", true, false),
        ("-author:\"ada marsh\"", false, true),
        ("has:timeline", true, false),
        ("-has:factors", false, true),
        ("phase:detect", true, false),
        ("-phase:detect -kind:near_miss", false, true),
        ("factor:\"no canary\"", true, false),
        ("has:learnings", false, false),
    ] {
        let mut expected = Vec::new();
        expected.extend(two.then_some("PM-2"));
        expected.extend(one.then_some("PM-1"));
        assert_eq!(found(query).await, expected, "{query}");
    }
    app.give_index_room();
    app.healed().await;
    app.finish().await;
}
