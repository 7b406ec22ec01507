//! What people do with Hansei in a browser.

use fantoccini::key::Key;

use crate::browser::{Begin, Journey, PASSWORD};

const REPORT: &str = "## Summary\n\nEvery tenth order failed.\n\n## Timeline\n\n- 14:02 [detect] The zebra crossing was blocked.\n\n## What went well\n\n- The alert named the pool.\n\n## Countermeasures\n\n- [ ] Give the export its own pool\n";

/// Writes a report through the form and publishes it.
async fn write(journey: &Journey, title: &str, text: &str) {
    journey.go("/reports/new").await;
    journey.fill("#f-title", title).await;
    journey.fill("#f-started_at", "2026-03-01 14:00").await;
    journey.fill("#f-resolved_at", "2026-03-01 15:30").await;
    journey.fill("#f-services", "checkout").await;
    journey.click("button[value=as_text]").await;
    journey.fill("#f-document", text).await;
    journey.fill("#f-reason", "Others need to know").await;
    journey.click(".edit-bar button[value=publish]").await;
    journey.find("[data-contents], article, .report").await;
}

#[tokio::test]
async fn from_the_set_up_link_to_the_home_page() {
    let begin = Begin {
        signed_in: false,
        ..Begin::default()
    };
    let Some(journey) = Journey::begin(begin).await else {
        return;
    };
    let link = journey.server.set_up_link.clone().unwrap();
    journey.client.goto(&link).await.unwrap();
    journey.fill("#f-name", "Ana Kowalska").await;
    journey.fill("#f-email", "ana@example.org").await;
    journey.fill("#f-password", "password1234").await;
    journey.click("main button[type=submit]").await;
    // What was typed is still there, but for the password.
    journey.find("#f-password-problem").await;
    assert_eq!(
        journey.ask("document.querySelector('#f-name').value").await,
        "Ana Kowalska"
    );
    journey.fill("#f-password", PASSWORD).await;
    journey.click("main button[type=submit]").await;
    journey.until_path("/").await;
    assert!(journey.text("main").await.contains("Bring what you have"));
    journey.click("form[action='/sample'] button").await;
    journey
        .until("document.querySelectorAll('main .item').length > 4")
        .await;
    // The link worked once.
    journey.client.goto(&link).await.unwrap();
    assert!(journey.text("h1").await.contains("Not found"));
    journey.end().await;
}

#[tokio::test]
async fn a_report_is_written_found_as_one_types_and_opened_where_it_matched() {
    let Some(journey) = Journey::begin(Begin::default()).await else {
        return;
    };
    journey.go("/reports/new").await;
    journey.fill("#f-title", "Checkout slow").await;
    journey.fill("#f-started_at", "2026-03-01 14:00").await;
    journey.click("button[value=as_text]").await;
    journey.fill("#f-document", REPORT).await;
    journey.click(".edit-bar button[value=preview]").await;
    assert!(
        journey
            .text("#preview")
            .await
            .contains("Every tenth order failed.")
    );
    assert_eq!(
        journey
            .ask("document.querySelector('#f-title').value")
            .await,
        "Checkout slow"
    );
    journey.fill("#f-reason", "Others need to know").await;
    journey.click(".edit-bar button[value=publish]").await;
    journey.until_path("/reports/PM-1").await;
    assert!(journey.text("h1").await.contains("Checkout slow"));
    assert!(journey.text(".flash").await.len() > 3);
    find_as_one_types(&journey).await;
    journey.end().await;
}

/// From an empty search box to the passage that matched, without loading a page in between.
async fn find_as_one_types(journey: &Journey) {
    journey.go("/search").await;
    journey
        .client
        .execute("window.sameDocument = true", Vec::new())
        .await
        .unwrap();
    journey.fill("#q", "zebra").await;
    journey.until("document.querySelector('#results')?.dataset.query === 'zebra' && document.querySelector('#results .item')").await;
    assert_eq!(
        journey.ask("window.sameDocument").await,
        true,
        "the page was not loaded anew"
    );
    assert!(
        journey
            .text("#results mark")
            .await
            .to_lowercase()
            .contains("zebra")
    );
    let url = journey.client.current_url().await.unwrap();
    assert_eq!(url.query(), Some("q=zebra"), "the address is the state");
    journey.click("#results [data-item]").await;
    journey.until_path("/reports/PM-1").await;
    let place = journey
        .client
        .current_url()
        .await
        .unwrap()
        .fragment()
        .unwrap_or_default()
        .to_owned();
    assert!(!place.is_empty(), "opened at the match");
    assert_eq!(
        journey
            .ask(&format!("document.getElementById('{place}') !== null"))
            .await,
        true,
        "#{place}"
    );
    journey.client.back().await.unwrap();
    journey
        .until("document.querySelector('#results')?.dataset.query === 'zebra'")
        .await;
}

#[tokio::test]
async fn keys_lead_everywhere() {
    let Some(journey) = Journey::begin(Begin::default()).await else {
        return;
    };
    write(&journey, "Checkout slow", REPORT).await;
    journey.until_path("/reports/PM-1").await;
    journey.press("/").await;
    journey
        .until("document.activeElement.type === 'search'")
        .await;
    journey.press("gh").await;
    assert_eq!(
        journey.path().await,
        "/reports/PM-1",
        "letters typed in a field are text"
    );
    journey.press(&Key::Escape.to_string()).await;
    journey
        .client
        .execute("document.activeElement.blur()", Vec::new())
        .await
        .unwrap();
    journey.press(&format!("{}k", Key::Control)).await;
    journey
        .until("document.activeElement.type === 'search'")
        .await;
    journey
        .client
        .execute("document.activeElement.blur()", Vec::new())
        .await
        .unwrap();
    journey.press("g").await;
    journey.press("h").await;
    journey.until_path("/").await;
    journey.find("[data-item]").await;
    journey.press("j").await;
    journey
        .until("document.activeElement.matches('[data-item]')")
        .await;
    journey.press(&Key::Enter.to_string()).await;
    journey.until_path("/reports/PM-1").await;
    journey.find("h1").await;
    journey.press("e").await;
    journey.until_path("/reports/PM-1/edit").await;
    journey.go("/").await;
    journey.press("c").await;
    journey.until_path("/reports/new").await;
    journey.end().await;
}

#[tokio::test]
async fn colours_are_chosen_and_kept() {
    let Some(journey) = Journey::begin(Begin::default()).await else {
        return;
    };
    let background = "getComputedStyle(document.body).backgroundColor";
    let mut before = journey.ask("null").await;
    for theme in ["dark", "light"] {
        journey.click(&format!("[data-theme-choice={theme}]")).await;
        journey
            .until(&format!(
                "document.documentElement.dataset.theme === '{theme}'"
            ))
            .await;
        let chosen = journey.ask(background).await;
        assert_ne!(chosen, before);
        journey.go("/help/keys").await;
        // Drawn so by the server, before any script.
        journey
            .until(&format!(
                "document.documentElement.dataset.theme === '{theme}'"
            ))
            .await;
        assert_eq!(journey.ask(background).await, chosen);
        before = chosen;
    }
    journey.end().await;
}

#[tokio::test]
async fn nothing_scrolls_sideways_on_a_phone() {
    let begin = Begin {
        width: 390,
        ..Begin::default()
    };
    let Some(journey) = Journey::begin(begin).await else {
        return;
    };
    journey.click("form[action='/sample'] button").await;
    journey
        .until("document.querySelectorAll('main .item').length > 4")
        .await;
    let wide = format!(
        "{REPORT}\n## Evidence\n\n```\n{}\n```\n\n| a | b |\n|---|---|\n| {} | x |\n",
        "wide ".repeat(60),
        "x".repeat(120)
    );
    write(&journey, &format!("Long {}", "Wort".repeat(20)), &wide).await;
    let written = journey.path().await;
    for path in [
        "/",
        "/search",
        "/search?q=database",
        "/reports/PM-1",
        &written,
        "/reports/new",
        "/help/query",
        "/account",
    ] {
        journey.go(path).await;
        journey.find("h1, #results").await;
        let widths = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]";
        let widths = journey.ask(widths).await;
        assert_eq!(widths[1], 390, "{path}");
        assert_eq!(widths[0], widths[1], "{path} scrolls sideways");
    }
    // A menu opens within the screen.
    journey.go(&written).await;
    journey.click(".report-tools summary").await;
    let within = "(({ left, right }) => left >= 0 && right <= 390)(document.querySelector('.report-tools .menu-panel').getBoundingClientRect())";
    assert_eq!(journey.ask(within).await, true);
    journey.end().await;
}

/// Typed, and never saved by hand: on the server when it can be reached, else in this browser.
#[tokio::test]
async fn what_is_typed_is_never_lost() {
    let Some(journey) = Journey::begin(Begin::default()).await else {
        return;
    };
    let summary = "textarea[aria-label='Summary']";
    let kept = "document.querySelector('[data-autosaved]').textContent.startsWith('Saved')";
    journey.go("/reports/new").await;
    journey.fill("#f-title", "Begun at night").await;
    journey
        .fill(summary, "Words of three in the morning.")
        .await;
    journey.until(kept).await;
    // Leaving asks nothing: nothing is lost.
    journey.go("/reports/new").await;
    journey.click(".begun a").await;
    journey
        .until("document.querySelector('#f-title').value === 'Begun at night'")
        .await;
    let value = format!("document.querySelector(\"{summary}\").value");
    assert_eq!(journey.ask(&value).await, "Words of three in the morning.");

    // The list of sections follows, and a list goes on by itself.
    let timeline = "textarea[aria-label='Timeline']";
    journey
        .find(timeline)
        .await
        .send_keys("- 14:02 alert fired")
        .await
        .unwrap();
    journey
        .find(timeline)
        .await
        .send_keys(&Key::Enter)
        .await
        .unwrap();
    journey
        .find(timeline)
        .await
        .send_keys("14:05 paged")
        .await
        .unwrap();
    let value = format!("document.querySelector(\"{timeline}\").value");
    assert_eq!(
        journey.ask(&value).await,
        "- 14:02 alert fired\n- 14:05 paged"
    );
    journey.until("[...document.querySelectorAll('.checklist a')].some((link) => link.textContent.startsWith('Timeline') && link.dataset.filled === 'yes')").await;
    journey.end().await;
}

/// Without a server it is in this browser, and offered there.
#[tokio::test]
async fn what_cannot_be_sent_stays_in_the_browser() {
    let Some(journey) = Journey::begin(Begin::default()).await else {
        return;
    };
    let summary = "textarea[aria-label='Summary']";
    journey.go("/reports/new").await;
    journey.fill("#f-title", "Begun at night").await;
    let cut = "window.fetch = () => Promise.reject(new Error('cut'));";
    journey.client.execute(cut, Vec::new()).await.unwrap();
    journey
        .find(summary)
        .await
        .send_keys("Words. And more.")
        .await
        .unwrap();
    journey
        .until(
            "document.querySelector('[data-autosaved]').textContent.includes('cannot be reached')",
        )
        .await;
    let crash = "const form = document.querySelector('form.edit'); form.autosaved = new URLSearchParams(new FormData(form)).toString();";
    journey.client.execute(crash, Vec::new()).await.unwrap();
    journey.go("/reports/new").await;
    journey.click(".notice-warning button").await;
    let value = format!("document.querySelector(\"{summary}\").value.endsWith('And more.')");
    journey.until(&value).await;
    journey.fill("#f-reason", "Others need to know").await;
    journey.click(".edit-bar button[value=publish]").await;
    journey.until_path("/reports/PM-1").await;
    assert!(journey.text("main").await.contains("And more."));
    journey.go("/reports/new").await;
    assert_eq!(
        journey
            .ask("document.querySelectorAll('.begun li, .notice-warning').length")
            .await,
        0
    );
    journey.end().await;
}

/// The same person saved in another window: what is typed in this one is not taken for an old request and forgotten.
#[tokio::test]
async fn what_the_server_does_not_keep_stays_in_the_browser() {
    let Some(journey) = Journey::begin(Begin::default()).await else {
        return;
    };
    write(&journey, "Two windows", REPORT).await;
    journey.go("/reports/PM-1/edit").await;
    let other = "const form = new FormData(document.querySelector('form.edit')); form.set('do', 'save'); form.set('title', 'Saved elsewhere'); fetch('/reports/PM-1/edit', { method: 'POST', body: new URLSearchParams(form) }).then(() => { window.savedElsewhere = true; });";
    journey.client.execute(other, Vec::new()).await.unwrap();
    journey.until("window.savedElsewhere === true").await;
    let summary = journey.find("textarea[aria-label='Summary']").await;
    summary.send_keys(" Typed here.").await.unwrap();
    journey
        .until("document.querySelector('[data-autosaved]').textContent.includes('stays in this browser')")
        .await;
    let copy = "Object.entries(localStorage).some(([name, copy]) => name.startsWith('hansei.unsaved /reports/PM-1/edit ') && copy.includes('Typed+here'))";
    journey.until(copy).await;
    journey.click("form.edit button[value=save]").await;
    journey.until_path("/reports/PM-1").await;
    let page = journey.text("main").await;
    assert!(
        page.contains("Typed here.") && page.contains("Saved elsewhere"),
        "{page}"
    );
    journey.end().await;
}
