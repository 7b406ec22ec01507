//! What can go wrong under somebody who writes: the network, the tab, the session, the database. No word is lost by it,
//! and each page says calmly how to go on.

use fantoccini::Locator;

use crate::browser::{Begin, Browser, Journey, PASSWORD};

const EDIT: &str = "/reports/PM-1/edit";
const REPORT: &str = "/reports/PM-1";
const SUMMARY: &str = "textarea[aria-label='Summary']";
const SAVE: &str = ".edit-bar button[value=save]";
/// Where the editor says what becomes of the words.
const TOLD: &str = "document.querySelector('[data-autosaved]').textContent";

/// The editor has these words in this browser.
async fn until_copied(browser: &Browser, words: &str) {
    let words = words.replace(' ', "+");
    let copied = format!(
        "Object.values(localStorage).some((copy) => copy.includes('{words}') && copy.includes('base'))"
    );
    browser.until(&copied).await;
}

async fn until_told(browser: &Browser, words: &str) {
    browser.until(&format!("{TOLD}.includes('{words}')")).await;
}

async fn is_saved(browser: &Browser, words: &str) {
    browser.until_path(REPORT).await;
    let page = browser.text("main").await;
    assert!(page.contains(words), "{words} in {page}");
}

/// In a tunnel, with a save into the void.
async fn without_a_network(ana: &Browser) {
    let words = "Words from a tunnel.";
    ana.go(EDIT).await;
    ana.cut_off(true).await;
    ana.type_into(SUMMARY, &format!(" {words}")).await;
    until_told(ana, "cannot be reached").await;
    until_copied(ana, words).await;
    // The browser shows a page of its own.
    let _nowhere = ana.find(SAVE).await.click().await;
    ana.until("location.protocol === 'chrome-error:'").await;
    ana.cut_off(false).await;
    ana.go(EDIT).await;
    ana.send(".notice-warning button").await;
    assert!(ana.value(SUMMARY).await.ends_with(words));
    ana.send(SAVE).await;
    is_saved(ana, words).await;
}

/// Out of memory: the tab is gone before anything was sent, and another one is opened.
async fn without_the_tab(ana: &Browser) {
    let words = "Words of a tab that died.";
    let second = ana.client.new_window(true).await.unwrap().handle;
    ana.go(EDIT).await;
    ana.cut_off(true).await;
    ana.type_into(SUMMARY, &format!(" {words}")).await;
    until_copied(ana, words).await;
    ana.crash().await;
    ana.client.switch_to_window(second).await.unwrap();
    ana.cut_off(false).await;
    ana.go(EDIT).await;
    ana.send(".notice-warning button").await;
    assert!(ana.value(SUMMARY).await.ends_with(words));
    ana.send(SAVE).await;
    is_saved(ana, words).await;
}

/// The session ends in the middle of a save.
async fn without_a_session(ana: &Browser) {
    let words = "Words without a session.";
    ana.go(EDIT).await;
    ana.client.delete_all_cookies().await.unwrap();
    ana.type_into(SUMMARY, &format!(" {words}")).await;
    until_told(ana, "Save lets you sign in again").await;
    ana.send(SAVE).await;
    assert!(ana.text(".door").await.contains("Nothing is lost."));
    ana.fill("#f-email", "ana@example.org").await;
    ana.fill("#f-password", PASSWORD).await;
    ana.send(".door button[type=submit]").await;
    assert!(ana.value(SUMMARY).await.ends_with(words));
    ana.send(SAVE).await;
    is_saved(ana, words).await;
}

/// Postgres is silent, hanging up on nobody: what is asked ends all the same, and goes on when it is back.
async fn without_an_answer_of_the_database(journey: &Journey, bo: &Browser) {
    let words = "Words while the database was away.";
    journey.go(EDIT).await;
    let held = journey.hold_postgres();
    journey.type_into(SUMMARY, &format!(" {words}")).await;
    until_told(journey, "trying again. Kept in this browser").await;
    bo.go(REPORT).await;
    let page = bo.text("main").await;
    assert!(
        page.contains("503") && page.contains("Nothing was lost."),
        "{page}"
    );
    journey.send(SAVE).await;
    let kept = journey.text(".kept").await;
    assert!(kept.contains(words), "{kept}");
    // Impatient, while it is still away.
    journey.send(".kept button[type=submit]").await;
    let kept = journey.text(".kept").await;
    assert!(kept.contains(words), "{kept}");
    drop(held);
    journey.send(".kept button[type=submit]").await;
    is_saved(journey, words).await;
    let copies =
        "Object.keys(localStorage).filter((name) => name.startsWith('hansei.unsaved')).length";
    assert_eq!(journey.ask(copies).await, 0, "nothing is offered again");
    bo.send("main .actions a[href='/']").await;
    bo.find(".home-columns").await;
}

/// Postgres hangs up on everybody, and comes back by itself.
async fn without_the_database(journey: &Journey) {
    let words = "Words while the database came back.";
    journey.go(EDIT).await;
    journey.type_into(SUMMARY, &format!(" {words}")).await;
    journey.interrupt_postgres();
    journey.send(SAVE).await;
    let again = Locator::Css(".kept button[type=submit]");
    for _ in 0..40 {
        if journey.client.find(again).await.is_err() {
            break;
        }
        assert!(journey.text(".kept").await.contains(words));
        journey.send(".kept button[type=submit]").await;
    }
    is_saved(journey, words).await;
}

#[tokio::test]
async fn whatever_goes_away_the_words_stay() {
    let Some(journey) = Journey::begin(Begin::default()).await else {
        return;
    };
    journey.go("/reports/new").await;
    journey.fill("#f-title", "Written in trouble").await;
    journey.fill(SUMMARY, "It began.").await;
    journey.send(SAVE).await;
    journey.until_path(REPORT).await;
    let bo = journey.guest("Bo").await;
    without_a_network(&journey).await;
    without_the_tab(&journey).await;
    without_a_session(&journey).await;
    without_an_answer_of_the_database(&journey, &bo).await;
    without_the_database(&journey).await;
    let text = journey.text("main").await;
    for words in [
        "It began.",
        "tunnel",
        "tab that died",
        "without a session",
        "was away",
        "came back",
    ] {
        assert!(text.contains(words), "{words} in {text}");
    }
    let expected = [
        "net::ERR_",
        "status of 503",
        "Postgres ended; starting it again",
    ];
    journey.end_after(&expected).await;
}
