//! No page on the way of an author keeps anybody out: axe-core has nothing to say, at a desk and on a phone, in the light
//! and in the dark, and nothing scrolls sideways.

use crate::browser::{Begin, Journey};

const AXE: &str = include_str!("vendor/axe.min.js");

/// Pages that open by their address, after the sample data were loaded and PM-14 was written.
const PAGES: [&str; 45] = [
    "/",
    "/search",
    "/search?q=certificate",
    "/search?q=certificate+sev:5&kind=exercise",
    "/searches",
    "/reports/new?template=standard",
    "/reports/new?template=near-miss",
    "/reports/PM-6",
    "/reports/PM-6?known=1",
    "/reports/PM-6/edit?layout=text",
    "/reports/PM-6/history",
    "/reports/PM-6/comments",
    "/reports/PM-6/review",
    "/reports/PM-6/access",
    "/reports/PM-6/links",
    "/reports/PM-14",
    "/reports/PM-14/edit",
    "/reports/PM-14/history",
    "/reports/PM-14/revisions/1",
    "/reports/PM-14/diff",
    "/reports/PM-14/comments?on=summary",
    "/reports/PM-14/review",
    "/reports/PM-14/access",
    "/reports/PM-14/links",
    "/reports/PM-14/attachments",
    "/reports/PM-14/accounts",
    "/reports/PM-99",
    "/reviews",
    "/inbox",
    "/admin/audit",
    "/admin/search-gaps",
    "/admin/teams",
    "/admin/teams/1",
    "/admin/factors",
    "/admin/factors/1",
    "/admin/glossary",
    "/admin/glossary/1",
    "/admin/rubric",
    "/admin/templates",
    "/admin/templates/new",
    "/admin/templates/standard",
    "/api",
    "/help/keys",
    "/help/query",
    "/account",
];

/// What axe finds on the page as it is, and whether it is wider than the window.
async fn look(journey: &Journey, page: &str, found: &mut Vec<String>) {
    journey.client.execute(AXE, Vec::new()).await.unwrap();
    let run = "const done = arguments[0];
        const told = (it) => `${it.id}: ${it.nodes.map((node) => node.target.join(' ')).slice(0, 3).join(', ')}`;
        axe.run().then((said) => done([said.passes.length, said.violations.map(told)]), (error) => done([1, [String(error)]]))";
    for theme in ["light", "dark"] {
        let turn = format!("void (document.documentElement.dataset.theme = '{theme}')");
        journey.ask(&turn).await;
        // Colours on their way to others are none of either theme.
        journey
            .ask("document.getAnimations().forEach((it) => it instanceof CSSTransition && it.finish())")
            .await;
        let said = journey.client.execute_async(run, Vec::new()).await.unwrap();
        assert_ne!(said[0], 0, "{page}: axe looked at nothing");
        for violation in said[1].as_array().unwrap() {
            found.push(format!("{page}, {theme}: {}", violation.as_str().unwrap()));
        }
    }
    let wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth";
    if journey.ask(wide).await == true {
        found.push(format!("{page}: scrolls sideways"));
    }
}

/// Presses a button of the editor and waits for the page that answers.
async fn answered(journey: &Journey, button: &str) {
    journey.ask("void (window.asked = true)").await;
    journey
        .click(&format!("form.edit button[value='{button}']:not([hidden])"))
        .await;
    journey
        .until("!window.asked && document.readyState === 'complete'")
        .await;
}

/// The editor in its states: rows, open fields, the preview beside and above, what is wrong, two saves at once.
async fn look_at_the_editor(journey: &Journey, found: &mut Vec<String>) {
    journey.go("/reports/PM-6/edit").await;
    for kind in ["timeline", "factors", "countermeasures"] {
        answered(journey, &format!("rows-{kind}")).await;
    }
    journey
        .ask("document.querySelectorAll('main details').forEach((it) => { it.open = true; })")
        .await;
    journey
        .until("document.querySelector('.similar-aside > .similar')")
        .await;
    look(journey, "rows", found).await;
    if journey
        .ask("matchMedia('(min-width: 75rem)').matches")
        .await
        == true
    {
        journey.click(".toolbar-end").await;
        journey
            .until("document.querySelector('.beside-pane h2')")
            .await;
        look(journey, "rows with the preview beside", found).await;
        journey.click(".toolbar-end").await;
    }
    let at = journey
        .ask("document.querySelector('[name=event-at]').value")
        .await;
    journey
        .ask("void (document.querySelector('[name=event-at]').value = 'soon')")
        .await;
    answered(journey, "save").await;
    look(journey, "what is wrong", found).await;
    // What is wrong is kept as well, and comes again.
    journey
        .until("document.querySelector('[data-autosaved]').textContent.startsWith('Saved')")
        .await;
    journey.go("/reports/PM-6/edit").await;
    journey
        .ask(&format!(
            "void (document.querySelector('[name=event-at]').value = {at})"
        ))
        .await;
    answered(journey, "preview").await;
    look(journey, "preview", found).await;
    journey
        .ask("void (document.querySelector('[name=base_revision]').value = '0')")
        .await;
    journey
        .ask("void (document.querySelector('[name=text]').value += ' More of it.')")
        .await;
    answered(journey, "save").await;
    journey.find(".conflict").await;
    look(journey, "two saves at once", found).await;
}

async fn everywhere(width: u32) {
    let begin = Begin {
        width,
        ..Begin::default()
    };
    let Some(journey) = Journey::begin(begin).await else {
        return;
    };
    journey.click("form[action='/sample'] button").await;
    journey
        .until("document.querySelectorAll('main .item').length > 4")
        .await;
    journey.go("/reports/new?template=standard").await;
    journey
        .fill("#f-title", "A certificate expired again")
        .await;
    journey
        .fill(
            "textarea[aria-label='Summary']",
            "Orders failed. Bob forgot to renew it.",
        )
        .await;
    journey
        .until("document.querySelector('.wording-hint')")
        .await;
    let mut found = Vec::new();
    look(&journey, "a new report", &mut found).await;
    journey.click(".edit-bar button[value=save]").await;
    journey.until_path("/reports/PM-14").await;
    for page in PAGES {
        journey.go(page).await;
        look(&journey, page, &mut found).await;
    }
    look_at_the_editor(&journey, &mut found).await;
    journey
        .ask("document.querySelector('[action$=sign-out]').submit()")
        .await;
    journey
        .until("document.querySelector('[href$=sign-in]')")
        .await;
    for page in ["/sign-in", "/reports/PM-14/edit"] {
        journey.go(page).await;
        look(&journey, page, &mut found).await;
    }
    assert!(found.is_empty(), "{width}: {found:#?}");
    journey.end().await;
}

#[tokio::test]
async fn nobody_is_kept_out_at_a_desk() {
    everywhere(1280).await;
}

#[tokio::test]
async fn nobody_is_kept_out_on_a_phone() {
    everywhere(320).await;
}
