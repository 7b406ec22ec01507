//! A report from the home page to the archive, by two people whose browsers run no scripts.

use fantoccini::elements::Element;
use fantoccini::key::Key;

use crate::browser::{Begin, Browser, Journey};

const TITLE: &str = "Checkout refused every tenth order";

const SUMMARY: &str = "Every tenth order was refused for an hour.";

/// Two of the rows of the timeline, the factors and the countermeasures.
const EVENTS: [[&str; 2]; 3] = [
    ["13:55", "The export of invoices began"],
    ["14:02", "An alert named the pool of connections"],
    ["+18m", "The export was stopped"],
];

const FACTORS: [[&str; 2]; 2] = [
    ["One pool for all", "The export took every connection."],
    ["No limit on exports", "Nobody had thought of one so large."],
];

async fn type_rows(browser: &Browser, columns: [&str; 2], rows: &[[&str; 2]]) {
    for (column, name) in columns.into_iter().enumerate() {
        let fields: Vec<Element> = browser.fields(name).await;
        assert!(fields.len() >= rows.len(), "{name}: {}", fields.len());
        for (field, row) in fields.iter().zip(rows) {
            field.send_keys(row[column]).await.unwrap();
        }
    }
}

/// From the home page to a draft; everything typed is still there after a preview and after a save that was refused.
async fn write(ana: &Browser) {
    ana.go("/").await;
    ana.send("nav a[href='/reports/new']").await;
    ana.send(".kinds button[value='start-standard']").await;
    ana.fill("#f-title", TITLE).await;
    ana.choose("#f-severity", "2").await;
    ana.fill("#f-services", "checkout").await;
    ana.fill("#f-started_at", "2026-03-01 13:55").await;
    ana.fill("#f-resolved_at", "2026-03-01 13:20").await;
    ana.fill("textarea[aria-label='Summary']", SUMMARY).await;
    ana.fill("textarea[aria-label='Impact']", "412 orders.")
        .await;
    let well = "textarea[aria-label='What went well']";
    ana.fill(well, "- The alert named the pool.").await;

    ana.send("button[value='rows-timeline']").await;
    ana.send("button[value='add-events']").await;
    type_rows(ana, ["event-at", "event-text"], &EVENTS).await;
    ana.send("button[value='rows-factors']").await;
    ana.send("button[value='add-factor']").await;
    let [first, second] = FACTORS;
    type_rows(ana, ["factor-name", "factor-note"], &[first]).await;
    ana.send("button[value='add-factor']").await;
    let names = ana.fields("factor-name").await;
    let notes = ana.fields("factor-note").await;
    names[1].send_keys(second[0]).await.unwrap();
    notes[1].send_keys(second[1]).await.unwrap();
    ana.send("button[value='rows-countermeasures']").await;
    let measure = [[
        "Give the export its own pool",
        "Exports wait for each other",
    ]];
    type_rows(ana, ["measure-title", "measure-hypothesis"], &measure).await;

    ana.send(".edit-bar button[value=preview]").await;
    let preview = ana.text("#preview").await;
    for part in [
        SUMMARY,
        "No limit on exports",
        "Give the export its own pool",
    ] {
        assert!(preview.contains(part), "{part} in {preview}");
    }
    is_all_there(ana).await;
    ana.send(".edit-bar button[value=save]").await;
    let problems = ana.text(".problems").await;
    assert!(
        problems.contains("Everything you typed is still here"),
        "{problems}"
    );
    let problem = ana.text("#f-resolved_at-problem").await;
    assert!(problem.contains("13:20"), "{problem}");
    is_all_there(ana).await;
    ana.fill("#f-resolved_at", "2026-03-01 14:55").await;
    ana.send(".edit-bar button[value=save]").await;
    ana.until_path(REPORT).await;
    let page = ana.text("main").await;
    let parts = EVENTS.iter().chain(&FACTORS).map(|row| row[1]);
    for part in parts.chain([SUMMARY, "412 orders.", "The alert named the pool."]) {
        assert!(page.contains(part), "{part} in {page}");
    }
}

async fn is_all_there(ana: &Browser) {
    assert_eq!(ana.value("#f-title").await, TITLE);
    assert_eq!(ana.value("#f-severity").await, "2");
    assert_eq!(ana.value("#f-resolved_at").await, "2026-03-01 13:20");
    assert_eq!(ana.value("textarea[aria-label='Summary']").await, SUMMARY);
    let columns = [("event-text", &EVENTS[..]), ("factor-note", &FACTORS[..])];
    for (name, rows) in columns {
        let fields = ana.fields(name).await;
        for (field, row) in fields.iter().zip(rows) {
            let value = field.prop("value").await.unwrap();
            assert_eq!(value.as_deref(), Some(row[1]), "{name}");
        }
    }
}

/// The sample data are there before.
const REPORT: &str = "/reports/PM-14";

/// Asked for, sent back, mended, approved and published.
async fn review(ana: &Browser, bo: &Browser) {
    ana.send(".report-tools a[href$='/review']").await;
    ana.send("main button[value=ask]").await;
    bo.go("/").await;
    bo.send("main a[href='/reviews']").await;
    bo.follow(TITLE).await;
    bo.until_path(&format!("{REPORT}/review")).await;
    let verdicts = bo.fields("verdict").await;
    assert!(verdicts.len() > 3);
    for verdict in &verdicts {
        verdict.select_by_index(1).await.unwrap();
    }
    // Changes are asked for in words.
    bo.send("button[value=request_changes]").await;
    bo.find("#f-note-problem").await;
    bo.fill("#f-note", "What did support see?").await;
    bo.send("button[value=request_changes]").await;

    ana.go("/inbox").await;
    let inbox = ana.text(".inbox").await;
    assert!(inbox.contains(TITLE), "{inbox}");
    ana.send(".inbox-title").await;
    let told = ana.text("main").await;
    assert!(told.contains("What did support see?"), "{told}");
    ana.go(&format!("{REPORT}/edit")).await;
    let impact = "textarea[aria-label='Impact']";
    ana.type_into(impact, " Support saw 31 calls.").await;
    ana.send(".edit-bar button[value=review]").await;
    ana.until_path(&format!("{REPORT}/review")).await;
    ana.send("main button[value=ask]").await;

    bo.go("/reviews").await;
    bo.follow(TITLE).await;
    let since = bo.text("main").await;
    assert!(since.contains("Support saw 31 calls."), "{since}");
    bo.send("button[value=approve]").await;

    ana.go("/inbox").await;
    ana.send(".inbox-unread .inbox-title").await;
    ana.go(&format!("{REPORT}/review")).await;
    ana.send("#publish button[value=publish]").await;
    ana.go("/").await;
    assert!(ana.text("main").await.contains(TITLE));
}

/// A comment on a section, and its end; a link; a file; an account of somebody who was there.
async fn talk(ana: &Browser, bo: &Browser) {
    bo.go(REPORT).await;
    bo.send(".report-tools a[href*='/comments']").await;
    bo.choose("#f-on", "impact").await;
    bo.fill("#f-text", "@Ana how many came back?").await;
    bo.send(".comment-form button[type=submit]").await;
    ana.go("/inbox").await;
    ana.send(".inbox-unread .inbox-title").await;
    assert!(ana.text("main").await.contains("how many came back?"));
    ana.send(".comment-tools a[href*='reply']").await;
    ana.fill("#f-text", "Most of them, the same day.").await;
    ana.send("#comment-form button[type=submit]").await;
    ana.send("button[value=resolve]").await;
    let resolved = ana.text(".thread-resolved").await;
    assert!(resolved.contains("Resolved by Ana"), "{resolved}");

    ana.go(REPORT).await;
    ana.send("#links a[href$='/links']").await;
    ana.choose("#f-kind", "similar_to").await;
    ana.fill("#f-to", "PM-6").await;
    ana.fill("#f-why", "One pool for all").await;
    ana.send("main form.stack button[type=submit]").await;
    ana.go("/reports/PM-6").await;
    assert!(ana.text("#links").await.contains(TITLE));
}

/// Two by two points.
const PICTURE: &[u8] = b"\x89PNG\x0d\x0a\x1a\x0a\x00\x00\x00\x0dIHDR\x00\x00\x00\x02\x00\x00\x00\x02\x08\x00\x00\x00\x00W\xddR\xf8\x00\x00\x00\x0cIDATx\xdac`\xf8\x0f\x84\x00\x06\x00\x01\xff\xad,7%\x00\x00\x00\x00IEND\xaeB`\x82";

/// A picture is attached, put into the text, and seen by somebody else.
async fn attach(journey: &Journey, bo: &Browser) {
    let picture = journey.file("pool.png", PICTURE);
    journey.go(REPORT).await;
    journey.click(".report-tools summary").await;
    journey.send(".report-tools a[href$='/attachments']").await;
    journey
        .type_into("#f-file", picture.to_str().unwrap())
        .await;
    journey.send("main form.one-line button[type=submit]").await;
    let snippet = journey.text(".attached code").await;
    journey.go(&format!("{REPORT}/edit")).await;
    let impact = "textarea[aria-label='Impact']";
    journey.type_into(impact, &format!(" {snippet}")).await;
    journey.send("form.edit .edit-bar button[value=save]").await;
    bo.go(REPORT).await;
    bo.until("document.querySelector('.report-body img').naturalWidth === 2")
        .await;
}

/// Asked for, handed over, and merged under the role of who gave it.
async fn account(ana: &Browser, bo: &Browser) {
    ana.go(REPORT).await;
    ana.click(".report-tools summary").await;
    ana.send(".report-tools a[href$='/accounts']").await;
    ana.fill("#f-who", "Bo").await;
    ana.send("form.ask button[type=submit]").await;
    bo.go("/inbox").await;
    bo.send(".inbox-unread .inbox-title").await;
    bo.until_path(&format!("{REPORT}/accounts/mine")).await;
    bo.fill("#f-role", "support lead").await;
    bo.fill("#f-text", "We heard of it from customers.").await;
    bo.send("button[value=keep]").await;
    assert!(bo.value("#f-text").await.contains("from customers"));
    bo.send("button[value=give]").await;
    ana.go(&format!("{REPORT}/accounts")).await;
    assert!(ana.text("main").await.contains("from customers"));
    ana.send("form.merge button[type=submit]").await;
    ana.go(REPORT).await;
    let page = ana.text("main").await;
    assert!(page.contains("support lead") && page.contains("from customers"));
}

/// What an earlier revision said comes back; two saves at once are settled; in the end it is archived.
async fn later(ana: &Browser, bo: &Browser) {
    let summary = "textarea[aria-label='Summary']";
    ana.go(&format!("{REPORT}/edit")).await;
    ana.fill(summary, "Gone by mistake.").await;
    ana.send(".edit-bar button[value=save]").await;
    ana.send(".report-tools a[href$='/history']").await;
    let revisions = ana
        .client
        .find_all(fantoccini::Locator::Css(".revision-title a"));
    let before = revisions.await.unwrap()[1].clone();
    let before = before.attr("href").await.unwrap().unwrap();
    ana.send(&format!(".revision-title a[href='{before}']"))
        .await;
    ana.send("form[action$='/restore'] button").await;
    ana.go(REPORT).await;
    assert!(ana.text("main").await.contains(SUMMARY));

    ana.go(&format!("{REPORT}/edit")).await;
    bo.go(&format!("{REPORT}/edit")).await;
    ana.fill(summary, "Every tenth order was refused for sixty minutes.")
        .await;
    bo.fill(summary, "Every ninth order was refused for an hour or so.")
        .await;
    bo.fill("#f-tags", "exports").await;
    ana.send(".edit-bar button[value=save]").await;
    bo.send(".edit-bar button[value=save]").await;
    let both = bo.text(".conflict").await;
    assert!(both.contains("Nothing is lost."), "{both}");
    let merged = bo.value(".conflict textarea[name=text]").await;
    assert!(
        merged.contains("sixty minutes") && merged.contains("ninth order"),
        "{merged}"
    );
    bo.send(".conflict button[value=save]").await;
    bo.until_path(REPORT).await;
    let page = bo.text("main").await;
    assert!(
        page.contains("sixty minutes") && page.contains("#exports"),
        "{page}"
    );

    ana.go(&format!("{REPORT}/review")).await;
    ana.send("button[value=archive]").await;
    ana.find("#f-reason-problem").await;
    ana.fill("main textarea[name=reason]", "Told better in PM-6")
        .await;
    ana.send("button[value=archive]").await;
    bo.go(REPORT).await;
    let page = bo.text("main").await;
    assert!(
        page.contains("Archived") && page.contains("Told better in PM-6"),
        "{page}"
    );
}

/// From a word to the passage that matched.
async fn find_it(bo: &Browser) {
    bo.go("/search").await;
    bo.fill("#q", &format!("invoices{}", Key::Enter)).await;
    bo.find("#results .item mark").await;
    bo.send("#results [data-item]").await;
    bo.until_path(REPORT).await;
}

#[tokio::test]
async fn a_report_goes_from_home_to_the_archive_without_scripts() {
    let begin = Begin {
        scripts: false,
        ..Begin::default()
    };
    let Some(journey) = Journey::begin(begin).await else {
        return;
    };
    assert_eq!(
        journey.ask("typeof window.htmx").await,
        "undefined",
        "the page's scripts did not run"
    );
    journey.send("form[action='/sample'] button").await;
    let bo = journey.guest("Bo").await;
    write(&journey).await;
    review(&journey, &bo).await;
    find_it(&bo).await;
    talk(&journey, &bo).await;
    attach(&journey, &bo).await;
    account(&journey, &bo).await;
    later(&journey, &bo).await;
    journey.end().await;
}
