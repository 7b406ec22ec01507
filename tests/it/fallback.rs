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
