//! Two people who save the same report from the same revision: what goes together by itself, and what is asked about.

use hansei::accounts::Role;

use crate::support::app::{Answer, TestApp};
use crate::support::people::Browser;
use crate::writing::{form, with};

const TEXT: &str = "## Summary\n\nIt began.\n\n## Impact\n\nIt hurt.\n\n## Timeline\n\n- 2026-11-17 10:00 UTC alert\n\n## Resolution\n\nIt ended.\n";

async fn save(who: &Browser<'_>, key: &str, text: &str) -> Answer {
    let fields = with(form("T", text, "save"), "base_revision", "1");
    who.post(&format!("/reports/{key}/edit"), &fields).await
}

async fn text_of(app: &TestApp) -> String {
    let sql = "SELECT document AS text FROM revisions ORDER BY report_id DESC, number DESC LIMIT 1";
    app.rows(sql).await.remove(0)
}

#[tokio::test]
async fn events_that_two_append_are_both_there_in_the_order_of_their_times() {
    let app = TestApp::new().await;
    let ada = app.sign_in("ada", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let key = ada.write(&form("T", TEXT, "save")).await;
    let with_event = |line: &str| TEXT.replace("alert\n", &format!("alert\n{line}\n"));
    save(&ada, &key, &with_event("- 2026-11-17 10:05 UTC paged"))
        .await
        .is(303);
    save(&bob, &key, &with_event("- 2026-11-17 10:03 UTC looked"))
        .await
        .is(303);
    let text = text_of(&app).await;
    let place = |words: &str| text.find(words).unwrap();
    assert!(place("alert") < place("looked") && place("looked") < place("paged"));
    app.finish().await;
}

#[tokio::test]
async fn a_section_that_one_took_out_and_the_other_changed_is_a_choice() {
    let app = TestApp::new().await;
    let ada = app.sign_in("ada", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let without = TEXT.replace("## Impact\n\nIt hurt.\n\n", "");
    let changed = TEXT.replace("It hurt.", "It hurt much.");
    for (theirs, mine, told, kept) in [
        (&without, &changed, "which they took out", "They took"),
        (&changed, &without, "which you took out", "You took"),
    ] {
        let key = ada.write(&form("T", TEXT, "save")).await;
        save(&ada, &key, theirs).await.is(303);
        let page = save(&bob, &key, mine).await.is(409).body;
        assert!(
            page.contains(&format!("the section “Impact”, {told}")),
            "{page}"
        );
        assert!(page.contains(kept), "{page}");
        assert_eq!(page.matches("nothing to decide").count(), 3, "{page}");
        assert!(page.contains("<option value=\"without 0\">"));
        // Whoever closes that page finds their own text again.
        let left = bob.get(&format!("/reports/{key}/edit")).await.is(200).body;
        assert!(left.contains("This is what you typed"), "{left}");
        // As that page sends it: without the section, with its heading or not.
        let fields = |pick: &'static str| {
            let mut fields = vec![("title", "T"), ("kind", "incident"), ("do", "save")];
            fields.extend([("visibility", "open"), ("base_revision", "2")]);
            fields.extend([("theirs", "x"), ("mine", "It hurt much.")]);
            for (heading, text, pick) in [
                ("Summary", "It began.", ""),
                ("Impact", "It hurt much.", pick),
                ("Resolution", "It ended.", ""),
            ] {
                fields.extend([("heading", heading), ("text", text), ("pick", pick)]);
            }
            fields
        };
        let edit = format!("/reports/{key}/edit");
        // While it is only chosen, nothing of it is lost.
        let keep = format!("/reports/{key}/autosave");
        bob.post(&keep, &fields("without 0")).await.is(200);
        let left = bob.get(&edit).await.is(200).body;
        assert!(left.contains("This is what you typed"), "{left}");
        assert!(left.contains("It hurt much."), "{left}");
        bob.post(&edit, &fields("without 0")).await.is(303);
        let text = text_of(&app).await;
        assert!(
            !text.contains("Impact") && text.contains("## Resolution"),
            "{text}"
        );
        let again: Vec<_> = fields("mine 0")
            .into_iter()
            .map(|(name, value)| (name, if name == "base_revision" { "3" } else { value }))
            .collect();
        bob.post(&edit, &again).await.is(303);
        assert!(text_of(&app).await.contains("## Impact\n\nIt hurt much.\n"));
    }
    app.finish().await;
}
