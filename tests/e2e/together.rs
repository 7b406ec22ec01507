//! Two people write the same report while its server dies under them: no word is lost.

use std::time::Duration;

use fantoccini::error::CmdError;
use fantoccini::{Client, Locator};

use crate::browser::{Begin, Journey};

/// Words that each of them types in each part; `HANSEI_E2E_WORDS=200` makes it a minute and more.
#[expect(
    clippy::disallowed_methods,
    reason = "a longer run is asked for by hand"
)]
fn words() -> usize {
    let said = std::env::var("HANSEI_E2E_WORDS").ok();
    said.and_then(|it| it.parse().ok()).unwrap_or(12)
}

const LIMIT: Duration = Duration::from_secs(30);

/// Somebody at work, and every word they have typed.
struct Writer<'a> {
    name: &'a str,
    client: &'a Client,
    url: String,
    typed: Vec<String>,
}

impl Writer<'_> {
    async fn find(&self, css: &str) -> fantoccini::elements::Element {
        self.client
            .wait()
            .at_most(LIMIT)
            .every(Duration::from_millis(20))
            .for_element(Locator::Css(css))
            .await
            .unwrap_or_else(|error| panic!("{} at {css}: {error}", self.name))
    }

    async fn ask(&self, expression: &str) -> bool {
        let script = format!("return Boolean({expression})");
        let said = self.client.execute(&script, Vec::new()).await;
        said.is_ok_and(|it| it == true)
    }

    async fn until(&self, expression: &str) {
        let begun = std::time::Instant::now();
        while !self.ask(expression).await {
            assert!(
                begun.elapsed() < LIMIT,
                "{} waited for {expression}:\n{}",
                self.name,
                self.client.source().await.unwrap_or_default()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Opens the editor, and takes back what this browser has of an earlier visit.
    async fn open(&self) {
        let page = format!("{}/reports/PM-1/edit", self.url);
        self.client.goto(&page).await.unwrap();
        self.find("form.edit textarea[aria-label='Summary']").await;
        // What is stored already is dropped, everything else is offered.
        let offer = "document.querySelector('.notice-warning button')";
        let copies = "Object.keys(localStorage).some((it) => it.startsWith('hansei.unsaved'))";
        self.until(&format!("{offer} || !{copies}")).await;
        if self.ask(offer).await {
            self.click(".notice-warning button").await.unwrap();
            self.until(
                "!document.querySelector('.notice-warning') && document.querySelector('form.edit')",
            )
            .await;
        }
    }

    async fn type_into(&mut self, section: &str) {
        let word = format!("{}{}", self.name, self.typed.len());
        let field = self
            .find(&format!("textarea[aria-label='{section}']"))
            .await;
        // At the end, on a line of its own now and then.
        let gap = if self.typed.len().is_multiple_of(4) {
            "\n\n"
        } else {
            " "
        };
        let end =
            "arguments[0].setSelectionRange(arguments[0].value.length, arguments[0].value.length)";
        let argument = serde_json::to_value(&field).unwrap();
        self.client.execute(end, vec![argument]).await.unwrap();
        field.send_keys(&format!("{gap}{word}")).await.unwrap();
        self.typed.push(word);
    }

    async fn click(&self, css: &str) -> Result<(), CmdError> {
        let element = self.find(css).await;
        // At once: a page that still scrolls has its elements elsewhere.
        let script = "arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' })";
        let argument = serde_json::to_value(&element)?;
        self.client.execute(script, vec![argument]).await?;
        element.click().await
    }

    async fn press_save(&self) -> Result<(), CmdError> {
        self.click(".edit-bar button[value=save], .conflict .actions button[value=save]")
            .await
    }

    /// Saves, and settles what both have changed by keeping both.
    async fn save(&self) {
        self.press_save().await.unwrap();
        let saved = "location.pathname === '/reports/PM-1'";
        let conflict = "document.querySelector('.conflict')";
        for _ in 0..4 {
            self.until(&format!("{saved} || {conflict}")).await;
            if self.ask(saved).await {
                return;
            }
            self.press_save().await.unwrap();
            self.until(&format!("{saved} || document.readyState === 'complete'"))
                .await;
        }
        panic!("{} could not save", self.name);
    }
}

#[tokio::test]
async fn no_word_of_two_writers_is_lost_while_the_server_dies_twice() {
    let Some(mut journey) = Journey::begin(Begin::default()).await else {
        return;
    };
    journey.go("/reports/new").await;
    journey.fill("#f-title", "Written by two").await;
    journey
        .fill("textarea[aria-label='Summary']", "It began.")
        .await;
    journey
        .fill("textarea[aria-label='Impact']", "It hurt.")
        .await;
    journey.click(".edit-bar button[value=save]").await;
    journey.until_path("/reports/PM-1").await;
    let guest = journey.guest("bo").await;
    let (client, url) = (journey.client.clone(), journey.server.url.clone());
    let writer = |name, client| Writer {
        name,
        client,
        url: url.clone(),
        typed: Vec::new(),
    };
    let (mut ana, mut bo) = (writer("ana", &client), writer("bo", &guest.client));

    // Each in a section of their own; the server is away for the middle third.
    ana.open().await;
    bo.open().await;
    let words = words();
    let mut again = None;
    for round in 0..words {
        if round == words / 3 {
            again = Some(journey.crash());
        }
        ana.type_into("Summary").await;
        bo.type_into("Impact").await;
        if round == 2 * words / 3
            && let Some(start) = again.take()
        {
            start(&mut journey);
        }
    }
    ana.save().await;
    bo.save().await;

    // Both in the same section; this time somebody saves into the void.
    ana.open().await;
    bo.open().await;
    for round in 0..words {
        if round == words / 3 {
            again = Some(journey.crash());
            // The browser shows its own page of errors, or nothing happens.
            let _nowhere = ana.press_save().await;
        } else if round == words / 2
            && let Some(start) = again.take()
        {
            start(&mut journey);
            // That somebody saved tells nothing of her own save, which never arrived.
            bo.save().await;
            bo.open().await;
            ana.open().await;
        }
        if again.is_none() {
            ana.type_into("Summary").await;
        }
        bo.type_into("Summary").await;
        if round == 3 * words / 4 {
            ana.save().await;
            ana.open().await;
        }
    }
    ana.save().await;
    bo.save().await;

    ana.client
        .goto(&format!("{url}/reports/PM-1"))
        .await
        .unwrap();
    let text = journey.text("main").await;
    for word in ana.typed.iter().chain(&bo.typed) {
        let found = text
            .split(|c: char| !c.is_alphanumeric())
            .any(|it| it == word);
        assert!(found, "{word} is lost: {text}");
    }
    assert!(text.contains("It began.") && text.contains("It hurt."));
}
