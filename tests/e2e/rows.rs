//! A timeline, factors and countermeasures, typed by somebody who never touches the mouse.

use fantoccini::key::Key;

use crate::browser::{Begin, Journey};

/// More steps than any page has.
const MOST_STEPS: usize = 300;

/// Goes on with the Tab key until the focus is there.
async fn tab_to(journey: &Journey, css: &str) {
    for _ in 0..MOST_STEPS {
        let is_there = format!("document.activeElement.matches({css:?})");
        if journey.ask(&is_there).await == true {
            return;
        }
        journey.press(&Key::Tab.to_string()).await;
    }
    panic!("no way to {css} with the keyboard");
}

async fn press_button(journey: &Journey, css: &str) {
    tab_to(journey, css).await;
    journey.press(&Key::Enter.to_string()).await;
}

/// Types into one field after another, each ended with Enter.
async fn type_all(journey: &Journey, texts: &[&str]) {
    for text in texts {
        let keys = format!("{text}{}", Key::Enter);
        journey.press(&keys).await;
    }
}

async fn is_in(journey: &Journey, name: &str) {
    let focused = format!("document.activeElement.name === {name:?}");
    journey.until(&focused).await;
}

/// Somebody who types, and how many keys they have pressed. A letter, Tab and Enter are one each; Shift and Ctrl count.
struct Typist<'a> {
    journey: &'a Journey,
    keys: usize,
}

impl Typist<'_> {
    async fn types(&mut self, keys: &str) {
        self.journey.press(keys).await;
        self.keys += keys.chars().count();
    }

    async fn tabs_to(&mut self, css: &str) {
        let is_there = format!("document.activeElement.matches({css:?})");
        for _ in 0..MOST_STEPS {
            if self.journey.ask(&is_there).await == true {
                return;
            }
            self.types(&Key::Tab.to_string()).await;
        }
        panic!("no way to {css} with the keyboard");
    }

    async fn tabs_back_to(&mut self, css: &str) {
        let is_there = format!("document.activeElement.matches({css:?})");
        for _ in 0..MOST_STEPS {
            if self.journey.ask(&is_there).await == true {
                return;
            }
            self.types(&format!("{}{}", Key::Shift, Key::Tab)).await;
        }
        panic!("no way back to {css} with the keyboard");
    }
}

/// Two minutes at 40 words of five letters a minute.
const TWO_MINUTES: usize = 2 * 40 * 5;

const NEAR_MISS: [(&str, &str); 3] = [
    (
        "What nearly happened?",
        "The wildcard certificate had 9 hours left. The job that renews it had failed for two weeks and told nobody.",
    ),
    (
        "What saved us?",
        "Support saw the warning of a browser with a wrong clock.",
    ),
    (
        "What would stop it next time?",
        "- [ ] Alert 14 days before a certificate ends",
    ),
];

/// From the home page to a published near miss, in two minutes of typing: all keys are counted.
async fn near_miss(journey: &Journey) {
    let mut typist = Typist { journey, keys: 0 };
    typist.types("c").await;
    is_in(journey, "title").await;
    typist.tabs_back_to("[value='start-near-miss']").await;
    typist.types(&Key::Enter.to_string()).await;
    journey
        .until("document.querySelector('[name=template]')?.value === 'near-miss'")
        .await;
    is_in(journey, "title").await;
    typist.types("Certificate nearly expired unseen").await;
    for (question, answer) in NEAR_MISS {
        typist.tabs_to(&format!("[aria-label='{question}']")).await;
        typist.types(answer).await;
    }
    let publish = [Key::Control, Key::Shift, Key::Enter].map(|key| key.to_string());
    typist.types(&publish.concat()).await;
    journey.until_path("/reports/PM-1").await;
    let page = journey.text("main").await;
    assert!(page.contains("had failed for two weeks") && page.contains("Alert 14 days before"));
    assert!(!page.contains("Draft"), "{page}");
    println!("a near miss of four fields takes {} keys", typist.keys);
    assert!(typist.keys <= TWO_MINUTES, "{} keys", typist.keys);
}

const EVENTS: [[&str; 2]; 10] = [
    ["yesterday 23:10", "Deployed the export"],
    ["14:02", "Alert fired"],
    ["+5m", "Somebody looked"],
    ["+5m", "Suspected the pool"],
    ["14:20", "Rolled back"],
    ["14:25", "Still slow"],
    ["+10m", "Restarted the workers"],
    ["14:40", "Queue shrinks"],
    ["14:55", "Queue empty"],
    ["15:00", "Told everybody"],
];

/// An incident of SEV2 with ten events, three factors and two countermeasures, from the home page to its readers.
async fn incident(journey: &Journey) {
    journey.press("g").await;
    journey.press("h").await;
    journey.until_path("/").await;
    journey.find("[data-item]").await;
    journey.press("c").await;
    journey.until_path("/reports/new").await;
    is_in(journey, "title").await;
    journey.press("Export took the pool").await;
    tab_to(journey, "#f-severity").await;
    journey.press("SEV2").await;
    assert_eq!(journey.value("#f-severity").await, "2");
    tab_to(journey, "#f-started_at").await;
    journey.press("2026-03-01 14:00").await;
    press_button(journey, "button[value=rows-timeline]").await;
    is_in(journey, "event-at").await;
    for event in EVENTS {
        type_all(journey, &event).await;
    }
    is_in(journey, "event-at").await;
    // The row that was begun and not needed goes; the one above is where writing goes on.
    journey
        .press(&format!("{}{}", Key::Control, Key::Backspace))
        .await;
    is_in(journey, "event-text").await;
    assert_eq!(
        journey
            .ask("document.querySelectorAll('[data-rows=timeline] [data-row]').length")
            .await,
        10
    );
    press_button(journey, "button[value=rows-factors]").await;
    is_in(journey, "factor-name").await;
    for name in [
        "One pool for all",
        "No limit on exports",
        "Alert on errors alone",
    ] {
        type_all(journey, &[name, "It did so here."]).await;
    }
    press_button(journey, "button[value=rows-countermeasures]").await;
    is_in(journey, "measure-title").await;
    let first = [
        "A pool for exports",
        "Exports wait for each other",
        "Time in queue",
        "2026-06-01",
        "storage",
        "2026-04-01",
    ];
    type_all(journey, &first).await;
    is_in(journey, "measure-title").await;
    type_all(journey, &["Alert on queue age", "We see it sooner"]).await;
    tab_to(journey, "#f-reason").await;
    journey.press("Others need to know").await;
    let publish = [Key::Control, Key::Shift, Key::Enter].map(|key| key.to_string());
    journey.press(&publish.concat()).await;
    journey.until_path("/reports/PM-2").await;
    journey.find(".events").await;
    assert_eq!(
        journey
            .ask("document.querySelectorAll('.events .event').length")
            .await,
        10
    );
    let page = journey.text("main").await;
    assert!(page.contains("SEV2"), "{page}");
    for part in [
        "Deployed the export",
        "Told everybody",
        "No limit on exports",
        "A pool for exports",
        "Alert on queue age",
        "Exports wait for each other",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
}

#[tokio::test]
async fn a_near_miss_takes_two_minutes_of_typing_and_an_incident_no_mouse() {
    let Some(journey) = Journey::begin(Begin::default()).await else {
        return;
    };
    near_miss(&journey).await;
    incident(&journey).await;
    journey.end().await;
}

#[tokio::test]
async fn what_is_odd_about_a_row_is_told_when_it_is_left_and_goes_when_it_is_mended() {
    let Some(journey) = Journey::begin(Begin::default()).await else {
        return;
    };
    journey.press("c").await;
    journey.until_path("/reports/new").await;
    journey.find("#f-title").await;
    tab_to(&journey, "#f-started_at").await;
    journey.press("2026-03-01 14:00").await;
    press_button(&journey, "button[value=rows-timeline]").await;
    is_in(&journey, "event-at").await;
    type_all(&journey, &["14:20", "Rolled back", "soon", "Alert fired"]).await;
    is_in(&journey, "event-at").await;
    let invalid = "document.querySelectorAll('[data-row] [aria-invalid=true]').length";
    journey.until(&format!("{invalid} === 1")).await;
    let told = "(() => { const field = document.querySelector('[data-row] [aria-invalid=true]');
        return document.getElementById(field.getAttribute('aria-describedby')).textContent; })()";
    let told = journey.ask(told).await;
    assert!(
        told.as_str().unwrap().contains("“soon” is not a time"),
        "{told}"
    );
    // Back to it, and a time that is one, but out of order.
    let again = "(field => (field.focus(), field.select()))(document.querySelector('[data-row] [aria-invalid=true]'))";
    journey.ask(again).await;
    type_all(&journey, &["14:02"]).await;
    journey.until(&format!("{invalid} === 0")).await;
    let remarks = "document.querySelectorAll('[data-row] .remark').length";
    journey.until(&format!("{remarks} === 1")).await;
    assert!(
        journey
            .text("[data-rows=timeline]")
            .await
            .contains("18 min before the row above")
    );
    let mend = "(field => (field.focus(), field.select()))(document.querySelectorAll('[data-row] [name=event-at]')[1])";
    journey.ask(mend).await;
    type_all(&journey, &["14:22"]).await;
    journey.until(&format!("{remarks} === 0")).await;
    journey.end().await;
}

#[tokio::test]
async fn the_figure_follows_what_is_typed_and_a_session_that_ends_leads_nowhere() {
    let Some(journey) = Journey::begin(Begin::default()).await else {
        return;
    };
    journey.go("/reports/new").await;
    journey.find("#f-title").await;
    tab_to(&journey, "#f-started_at").await;
    journey.press("2026-03-01 14:00").await;
    press_button(&journey, "button[value=rows-timeline]").await;
    is_in(&journey, "event-at").await;
    let dots = "document.querySelectorAll('[data-figure] circle').length";
    assert_eq!(journey.ask(dots).await, 0);
    type_all(&journey, &["14:20", "Rolled back", "14:30", "Well again"]).await;
    journey.until(&format!("{dots} === 2")).await;
    type_all(&journey, &["14:25", "Half of it well"]).await;
    journey.until(&format!("{dots} === 3")).await;

    // Nobody is signed in any more: all of it stays where it is, also for somebody who would be asked and let go.
    let asked =
        "addEventListener('beforeunload', (leave) => leave.stopImmediatePropagation(), true)";
    journey.client.execute(asked, Vec::new()).await.unwrap();
    journey.client.delete_all_cookies().await.unwrap();
    let asked = "performance.getEntriesByType('resource').filter((it) => /[/](beside|figure)$/.test(it.name)).length";
    type_all(&journey, &["14:40", "Words without a session"]).await;
    journey
        .until("document.querySelector('[data-autosaved]')?.textContent.includes('sign in again')")
        .await;
    // What is asked while somebody types on: first of the rows, then of the wording.
    let before = journey.ask(asked).await;
    journey.press("14:50").await;
    journey.until(&format!("{asked} >= {before} + 2")).await;
    assert_eq!(journey.path().await, "/reports");
    let there = "[...document.querySelectorAll('[name=event-text]')].some((it) => it.value === 'Words without a session')";
    assert_eq!(journey.ask(there).await, true);
    assert_eq!(journey.ask(dots).await, 3);
    journey.client.clone().close().await.unwrap();
}
