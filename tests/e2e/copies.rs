//! Copies of what is typed, in the browser: words that never arrived are offered again, whatever else was saved, and
//! nobody is offered somebody else's.

use serde_json::Value;

use crate::browser::{Begin, Browser, Journey, PASSWORD};

const SUMMARY: &str = "textarea[aria-label='Summary']";
const SAVE: &str = ".edit-bar button[value=save], .conflict .actions button[value=save]";
/// Whether leaving this page asks first.
const ASKS: &str = "(() => { const leave = new Event('beforeunload', { cancelable: true }); window.dispatchEvent(leave); return leave.defaultPrevented; })()";
const OFFERED: &str = "document.querySelectorAll('.notice-warning').length";

/// Writes in place of what stands in a section, as if it had been typed.
fn written(section: &str, text: &str) -> String {
    format!(
        "const area = document.querySelector(\"textarea[aria-label='{section}']\");
         area.focus(); area.select(); document.execCommand('insertText', false, {text:?});"
    )
}

async fn run(journey: &Journey, script: &str) -> Value {
    journey.client.execute(script, Vec::new()).await.unwrap()
}

async fn write(journey: &Journey, section: &str, text: &str) {
    journey.find(SUMMARY).await;
    run(journey, &written(section, text)).await;
}

/// Waits until this browser has the words, and not only as what was known before.
async fn until_copied(journey: &Journey, words: &str) {
    let words = words.replace(' ', "+");
    let copied = format!("Object.values(localStorage).some((it) => it.includes('{words}'))");
    journey.until(&copied).await;
}

async fn until_summary(journey: &Journey, text: &str) {
    let shown = format!("document.querySelector(\"{SUMMARY}\")?.value === {text:?}");
    journey.until(&shown).await;
}

async fn until_offered(journey: &Journey, count: usize) {
    journey.until(&format!("{OFFERED} === {count}")).await;
}

/// The editor of the report, once it has looked at all copies.
async fn open(journey: &Journey) {
    let leave = "const form = document.querySelector('form[data-guard]'); if (form) form.autosaved = String(new URLSearchParams(new FormData(form)));";
    run(journey, leave).await;
    journey.go("/reports/PM-1/edit").await;
    journey.find(SUMMARY).await;
}

async fn save(journey: &Journey) {
    journey.click(SAVE).await;
    journey.until_path("/reports/PM-1").await;
}

/// A save that never arrives: the browser shows its own page.
async fn save_into_the_void(journey: &Journey) {
    journey.cut_off(true).await;
    run(
        journey,
        &format!("document.querySelector(\"{SAVE}\").click()"),
    )
    .await;
    journey.until("location.protocol === 'chrome-error:'").await;
    journey.cut_off(false).await;
}

/// Somebody else saves, from the editor as it is now.
async fn other_saves(journey: &Journey, guest: &Browser, text: &str) {
    let page = format!("{}/reports/PM-1/edit", journey.server.url);
    guest.client.goto(&page).await.unwrap();
    let script = format!(
        "{} document.querySelector(\"{SAVE}\").click();",
        written("Impact", text)
    );
    guest.client.execute(&script, Vec::new()).await.unwrap();
    let address = format!("{}/reports/PM-1", journey.server.url);
    guest
        .client
        .wait()
        .for_url(&address.parse().unwrap())
        .await
        .unwrap();
}

/// The first page of a report that two write.
async fn begun() -> Option<(Journey, Browser)> {
    let journey = Journey::begin(Begin::default()).await?;
    journey.go("/reports/new").await;
    journey.fill("#f-title", "Written by two").await;
    write(&journey, "Summary", "It began.").await;
    write(&journey, "Impact", "It hurt.").await;
    save(&journey).await;
    let guest = journey.guest("bo").await;
    Some((journey, guest))
}

#[tokio::test]
async fn words_that_never_arrived_are_offered_whoever_saved_since() {
    let Some((journey, guest)) = begun().await else {
        return;
    };
    // A save into the void, then somebody else's.
    open(&journey).await;
    write(&journey, "Summary", "Ana in the void.").await;
    save_into_the_void(&journey).await;
    other_saves(&journey, &guest, "Bo one.").await;
    // What another page says of another save says nothing of hers.
    journey.go("/reports/PM-1").await;
    assert_eq!(
        journey.ask("sessionStorage.getItem('hansei.sent')").await,
        Value::Null
    );
    open(&journey).await;
    until_offered(&journey, 1).await;
    // The first letter typed here, and all the others, replace nothing that is offered.
    write(&journey, "Summary", "Ana since then.").await;
    until_copied(&journey, "Ana since then.").await;
    until_copied(&journey, "Ana in the void.").await;
    // To see them loses nothing of what was typed here.
    journey.click(".notice-warning button").await;
    until_summary(&journey, "Ana in the void.").await;
    until_offered(&journey, 1).await;
    until_copied(&journey, "Ana since then.").await;
    run(
        &journey,
        "[...document.querySelectorAll('.notice-warning button')][1].click()",
    )
    .await;
    until_offered(&journey, 0).await;

    // The server says that it has kept them: only then the copy goes.
    journey
        .until("!Object.keys(localStorage).some((it) => it.startsWith('hansei.unsaved'))")
        .await;
    save(&journey).await;
    assert!(journey.text("main").await.contains("Ana in the void."));

    // A page that was drawn from words which the server does not have, and the tab goes.
    open(&journey).await;
    let cut = "window.fetch = () => Promise.reject(new Error('cut'));";
    run(&journey, cut).await;
    write(&journey, "Summary", "Ana before both.").await;
    other_saves(&journey, &guest, "Bo two.").await;
    run(
        &journey,
        &format!("{cut} document.querySelector('.edit-bar button[value=preview]').click()"),
    )
    .await;
    journey.find("#preview").await;
    journey
        .until("document.querySelector('[data-autosaved]').textContent.startsWith('Saved')")
        .await;
    open(&journey).await;
    until_summary(&journey, "Ana before both.").await;
    let revision = "document.querySelector('[name=base_revision]')?.value";
    let seen = journey.ask(revision).await;
    save(&journey).await;
    let page = journey.text("main").await;
    assert!(
        page.contains("Ana before both.") && page.contains("Bo two."),
        "{page}"
    );

    // Back shows no old text over a new revision.
    other_saves(&journey, &guest, "Bo three.").await;
    journey.client.back().await.unwrap();
    journey.find(SUMMARY).await;
    let impact = "document.querySelector(\"textarea[aria-label='Impact']\").value.trim()";
    journey
        .until(&format!(
            "{revision} === {seen} || {impact} === 'Bo three.'"
        ))
        .await;
    guest.client.close().await.unwrap();
    journey.client.clone().close().await.unwrap();
}

#[tokio::test]
async fn words_that_were_put_to_a_choice_are_kept_until_it_is_made() {
    let Some((journey, guest)) = begun().await else {
        return;
    };
    open(&journey).await;
    write(&journey, "Impact", "Ana hurt.").await;
    until_copied(&journey, "Ana hurt.").await;
    other_saves(&journey, &guest, "Bo hurt.").await;
    journey.click(SAVE).await;
    journey.find(".conflict").await;
    journey
        .until("document.querySelector('[data-autosaved]').textContent.startsWith('Saved')")
        .await;
    open(&journey).await;
    let both = "(text => text.includes('Ana hurt.') && text.includes('Bo hurt.'))(document.querySelector(\"textarea[aria-label='Impact']\").value)";
    journey.until(both).await;
    // It does not look like a text of one's own.
    let told = journey.text(".notice[role=status]").await;
    assert!(told.contains("one below the other"), "{told}");
    // Nobody is asked before they leave what the server has.
    assert_eq!(journey.ask(ASKS).await, false);

    // A second window with the name of the first takes another: neither writes over the other's words.
    let name = journey.ask("sessionStorage.getItem('hansei.tab')").await;
    let first = journey.client.window().await.unwrap();
    let second = journey.client.new_window(true).await.unwrap().handle;
    journey.client.switch_to_window(second).await.unwrap();
    journey.go("/reports/new").await;
    run(
        &journey,
        &format!("sessionStorage.setItem('hansei.tab', {name})"),
    )
    .await;
    open(&journey).await;
    journey
        .until(&format!("sessionStorage.getItem('hansei.tab') !== {name}"))
        .await;
    journey.client.close_window().await.unwrap();
    journey.client.switch_to_window(first).await.unwrap();
    assert_eq!(
        journey.ask("sessionStorage.getItem('hansei.tab')").await,
        name
    );

    // Words of somebody else at the same machine are theirs alone.
    let copy = "localStorage.setItem(`hansei.unsaved /reports/PM-1/edit ${WHO} 00ff`, JSON.stringify({ at: Date.now(), alive: Date.now(), base: '1', fields: 'title=Unheard&text=of' }))";
    let me = "document.querySelector('form.edit').dataset.writer";
    run(&journey, &copy.replace("WHO", "'somebody'")).await;
    run(&journey, &copy.replace("WHO", me).replace("00ff", "11ff")).await;
    open(&journey).await;
    until_offered(&journey, 1).await;

    // What is kept nowhere is not called kept.
    let full = "Storage.prototype.setItem = () => { throw new Error('full'); }; window.fetch = () => Promise.reject(new Error('cut'));";
    run(&journey, full).await;
    write(&journey, "Summary", "Kept nowhere.").await;
    journey
        .until(
            "document.querySelector('[data-autosaved]').textContent.includes('not kept anywhere')",
        )
        .await;
    guest.client.close().await.unwrap();
    journey.client.clone().close().await.unwrap();
}

/// Pastes so many pictures into a section, one after the other; their way to the server is open when `window.letThrough()` is
/// called.
fn pasted(section: &str, count: usize) -> String {
    format!(
        "if (!window.way) {{
           const send = window.fetch;
           const way = new Promise((open) => {{ window.letThrough = open; }});
           window.way = way;
           window.fetch = (url, how) => String(url).includes('/attachments') ? new Promise((done, fail) => {{
             how.signal?.addEventListener('abort', () => fail(how.signal.reason));
             way.then(() => send(url, how)).then(done, fail);
           }}) : send(url, how);
         }}
         const area = document.querySelector(\"textarea[aria-label='{section}']\");
         area.focus();
         const bytes = Uint8Array.from(atob('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='), (it) => it.charCodeAt(0));
         for (let at = 0; at < {count}; at += 1) {{
           const data = new DataTransfer();
           data.items.add(new File([bytes], `picture${{at}}.png`, {{ type: 'image/png' }}));
           area.dispatchEvent(new ClipboardEvent('paste', {{ clipboardData: data, bubbles: true, cancelable: true }}));
         }}"
    )
}

#[tokio::test]
async fn changes_that_are_given_up_are_gone_here_and_on_the_server() {
    let Some((journey, guest)) = begun().await else {
        return;
    };
    open(&journey).await;
    write(&journey, "Impact", "Ana hurt.").await;
    until_copied(&journey, "Ana hurt.").await;
    other_saves(&journey, &guest, "Bo hurt.").await;
    journey.click(SAVE).await;
    journey.find(".conflict").await;
    journey
        .until("document.querySelector('[data-autosaved]').textContent.startsWith('Saved')")
        .await;
    let impact = "const area = [...document.querySelectorAll('.conflict textarea[name=text]')].find((it) => it.value.includes('Ana hurt.')); area.value += ' Once more.'; area.dispatchEvent(new Event('input', { bubbles: true }));";
    run(&journey, impact).await;
    until_copied(&journey, "Once more.").await;
    journey.click(".conflict button[form=give-up]").await;
    journey.until_path("/reports/PM-1").await;
    assert!(journey.text("main").await.contains("Bo hurt."));
    open(&journey).await;
    let impact = "document.querySelector(\"textarea[aria-label='Impact']\").value";
    assert_eq!(
        journey.ask(impact).await.as_str().unwrap().trim(),
        "Bo hurt."
    );
    let copies = "Object.keys(localStorage).filter((it) => it.startsWith('hansei.unsaved')).length";
    assert_eq!(journey.ask(copies).await, 0);
    assert_eq!(journey.ask(OFFERED).await, 0);
    journey.end().await;
}

/// On a slow line the page is there for a while after Save is pressed, and takes what is typed.
#[tokio::test]
async fn words_typed_after_save_is_pressed_are_offered() {
    let Some((journey, guest)) = begun().await else {
        return;
    };
    guest.client.close().await.unwrap();
    let first = journey.client.window().await.unwrap();
    let second = journey.client.new_window(true).await.unwrap().handle;
    journey
        .client
        .switch_to_window(second.clone())
        .await
        .unwrap();
    journey.go("/help/keys").await;
    journey
        .client
        .switch_to_window(first.clone())
        .await
        .unwrap();
    open(&journey).await;
    write(&journey, "Summary", "Ana sent this.").await;
    until_copied(&journey, "Ana sent this.").await;
    let held = journey.hold_postgres();
    // The driver waits for pages on their way: the page itself goes on typing.
    let since = format!(
        "window.fetch = () => Promise.reject(new Error('cut'));
         setTimeout(() => document.querySelector(\"{SAVE}\").click(), 50);
         setTimeout(() => {{ {} }}, 250);",
        written("Summary", "Ana sent this. And went on.")
    );
    run(&journey, &since).await;
    journey.client.switch_to_window(second).await.unwrap();
    until_copied(&journey, "And went on.").await;
    drop(held);
    journey.client.close_window().await.unwrap();
    journey.client.switch_to_window(first).await.unwrap();
    journey.until_path("/reports/PM-1").await;
    assert!(journey.text("main").await.contains("Ana sent this."));
    open(&journey).await;
    until_offered(&journey, 1).await;
    journey.click(".notice-warning button").await;
    until_summary(&journey, "Ana sent this. And went on.").await;
    // It is more of one's own, and nothing to settle.
    save(&journey).await;
    assert!(journey.text("main").await.contains("And went on."));
    journey.client.clone().close().await.unwrap();
}

#[tokio::test]
async fn what_the_server_refuses_is_not_sent_for_ever() {
    let Some((journey, guest)) = begun().await else {
        return;
    };
    guest.client.close().await.unwrap();
    open(&journey).await;
    for status in [403, 404, 413, 422] {
        let refused = format!(
            "window.sent = 0; window.waits = [];
             window.wait ??= window.setTimeout;
             window.setTimeout = (act, after) => {{ window.waits.push(after); return window.wait(act, after); }};
             window.fetch = async (url) => {{
               if (String(url).endsWith('/autosave')) window.sent += 1;
               return new Response('', {{ status: {status} }});
             }};"
        );
        run(&journey, &refused).await;
        write(&journey, "Summary", &format!("Refused with {status}.")).await;
        journey
            .until("window.sent === 1 && document.querySelector('[data-autosaved]').textContent.includes('does not take this')")
            .await;
        let again = "window.waits.some((after) => after >= 5000)";
        assert_eq!(journey.ask(again).await, false, "{status}");
        until_copied(&journey, &format!("Refused with {status}.")).await;
        // Whoever only looks elsewhere sends nothing; whoever types does.
        run(
            &journey,
            "document.querySelector('#f-title').focus(); dispatchEvent(new Event('online'));",
        )
        .await;
    }
    journey.client.clone().close().await.unwrap();
}

#[tokio::test]
async fn pictures_on_their_way_hold_up_a_save_and_lose_nothing() {
    let Some(journey) = Journey::begin(Begin::default()).await else {
        return;
    };
    let says = |text: &str| {
        format!("document.querySelector('[data-attached]').textContent.includes({text:?})")
    };
    // Two at once make one draft; a save waits for both and is a save.
    journey.go("/reports/new").await;
    journey.fill("#f-title", "With pictures").await;
    write(&journey, "Summary", "Look: ").await;
    run(&journey, &pasted("Summary", 2)).await;
    journey.until("document.querySelector(\"textarea[aria-label='Summary']\").value.includes('[attaching')").await;
    journey.click(SAVE).await;
    journey.until(&says("Saving as soon as")).await;
    run(&journey, "window.letThrough()").await;
    journey.until_path("/reports/PM-1").await;
    journey.until("document.querySelectorAll('main img[src*=\"/files/\"], main img[src*=\"attachments\"], .prose img').length === 2").await;
    assert!(!journey.text("main").await.contains("[attaching"));
    let copies = "Object.keys(localStorage).filter((it) => it.startsWith('hansei.unsaved')).length";
    assert_eq!(journey.ask(copies).await, 0);

    // One that does not arrive is left out by saving again; undo goes back to before it.
    open(&journey).await;
    write(&journey, "Impact", "Much.").await;
    run(&journey, &pasted("Impact", 1)).await;
    run(&journey, "window.letThrough()").await;
    journey.until(&says("is attached")).await;
    let impact = "document.querySelector(\"textarea[aria-label='Impact']\").value";
    assert!(journey.ask(impact).await.as_str().unwrap().contains("!["));
    let undone = format!(
        "(() => {{ for (let steps = 0; steps < 6 && {impact}.includes('['); steps += 1) document.execCommand('undo'); return {impact}.includes('['); }})()"
    );
    assert_eq!(
        journey.ask(&undone).await,
        false,
        "undo goes back to before it"
    );
    open(&journey).await;
    write(&journey, "Impact", "Much more.").await;
    run(&journey, &pasted("Impact", 1)).await;
    journey.click(SAVE).await;
    journey.until(&says("Press once more")).await;
    journey.click(SAVE).await;
    journey.until_path("/reports/PM-1").await;
    let page = journey.text("main").await;
    assert!(
        page.contains("Much more.") && !page.contains("attaching"),
        "{page}"
    );

    // Whoever writes elsewhere meanwhile keeps their place, and two files their order.
    open(&journey).await;
    write(&journey, "Summary", "Seen: ").await;
    run(&journey, &pasted("Summary", 0)).await;
    let two = "const data = new DataTransfer();
        for (const name of ['one.log', 'two.log']) data.items.add(new File([`14:02 ${name}\\n`], name, { type: 'text/plain' }));
        document.querySelector(\"textarea[aria-label='Summary']\").dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));";
    run(&journey, two).await;
    write(&journey, "Impact", "Typing on").await;
    run(&journey, "window.letThrough()").await;
    let summary = "document.querySelector(\"textarea[aria-label='Summary']\").value";
    journey
        .until(&format!(
            "/^Seen: .*one\\.log.*two\\.log/s.test({summary}) && !{summary}.includes('[attaching')"
        ))
        .await;
    assert_eq!(
        journey
            .ask("document.activeElement.getAttribute('aria-label')")
            .await,
        "Impact"
    );
    journey.press(" and on.").await;
    assert!(
        journey
            .ask(impact)
            .await
            .as_str()
            .unwrap()
            .trim_end()
            .ends_with("Typing on and on.")
    );

    // A file that is dropped beside a text is not opened in place of the page.
    let dropped = "(() => {
        const data = new DataTransfer();
        data.items.add(new File(['14:03 beside\\n'], 'beside.log', { type: 'text/plain' }));
        const heard = ['dragover', 'drop'].map((kind) => {
          const event = new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true });
          document.querySelector(WHERE).dispatchEvent(event);
          return event.defaultPrevented;
        });
        return heard.join();
      })()";
    for place in [".edit-times legend", "footer"] {
        run(
            &journey,
            &format!("document.querySelector(\"{SUMMARY}\").focus()"),
        )
        .await;
        let heard = journey
            .ask(&dropped.replace("WHERE", &format!("'{place}'")))
            .await;
        assert_eq!(heard, "true,true", "{place}");
        journey
            .until(&format!(
                "{summary}.includes('beside.log') && !{summary}.includes('[attaching')"
            ))
            .await;
        write(&journey, "Summary", "Seen.").await;
    }
    save(&journey).await;

    // "Who is who" stands before the text, and is not saved: nothing is put there.
    journey.go("/reports/new").await;
    journey.fill("#f-title", "With a chat").await;
    journey.click("button[value=rows-timeline]").await;
    let chat = "document.querySelector('[name=event-paste]').value = '[14:02] <ada> p99 is red\\n[14:03] <bob> looking\\n'; document.querySelector('[value=paste-timeline]').click();";
    journey.find("[value=paste-timeline]").await;
    run(&journey, chat).await;
    journey.until("document.querySelector('#f-people')").await;
    journey.find(SUMMARY).await;
    run(
        &journey,
        "document.querySelector('.toolbar button').click()",
    )
    .await;
    let people = journey
        .ask("document.querySelector('#f-people').value")
        .await;
    assert!(!people.as_str().unwrap().contains("**"), "{people}");
    journey
        .until("document.querySelector('textarea[name=text]').value.includes('**')")
        .await;
    journey.end().await;
}

#[tokio::test]
async fn what_stands_beside_takes_no_focus_and_no_key_that_is_not_its_own() {
    let Some(journey) = Journey::begin(Begin::default()).await else {
        return;
    };
    journey.go("/reports/new").await;
    journey.fill("#f-title", "Beside").await;
    // Keys of an input method, and of the system, are not the editor's.
    write(&journey, "Impact", "- one").await;
    let pressed = |key: &str, more: &str| {
        format!(
            "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {{ key: '{key}', bubbles: true, cancelable: true, {more} }}))"
        )
    };
    for (key, more, is_left) in [
        ("Enter", "keyCode: 229", true),
        ("b", "metaKey: true", true),
        ("b", "ctrlKey: true", false),
    ] {
        assert_eq!(
            journey.ask(&pressed(key, more)).await,
            is_left,
            "{key} {more}"
        );
    }

    // Whoever is at a hint stays at it; when it is gone, they are in its text.
    let hints = "document.querySelectorAll('.wording-hint').length";
    write(&journey, "Impact", "Fine.").await;
    write(&journey, "Summary", "Bob forgot to renew it.").await;
    journey.until(&format!("{hints} > 0")).await;
    let before = journey.ask(hints).await.as_u64().unwrap();
    let typed = |section: &str, text: &str| {
        format!(
            "const area = document.querySelector(\"textarea[aria-label='{section}']\"); area.value = {text:?}; area.dispatchEvent(new Event('input', {{ bubbles: true }}));"
        )
    };
    run(
        &journey,
        "document.querySelector('.wording-hint input').focus()",
    )
    .await;
    run(&journey, &typed("Impact", "Somebody should have noticed.")).await;
    journey.until(&format!("{hints} > {before}")).await;
    assert_eq!(journey.ask("document.activeElement.name").await, "dismiss");
    run(&journey, &typed("Summary", "It ended.")).await;
    journey
        .until("document.activeElement.getAttribute('aria-label') === 'Summary'")
        .await;

    // A preview that is being read with the keyboard waits.
    run(&journey, &typed("Summary", "See [there](https://e.org/).")).await;
    journey.click(".toolbar-end").await;
    journey
        .until("document.querySelector('.beside-pane a[href=\"https://e.org/\"]')")
        .await;
    let asked = "performance.getEntriesByType('resource').filter((it) => it.name.endsWith('/beside')).length";
    let before = journey.ask(asked).await;
    run(
        &journey,
        "document.querySelector('.beside-pane a[href=\"https://e.org/\"]').focus()",
    )
    .await;
    run(&journey, &typed("Impact", "Another word.")).await;
    journey.until(&format!("{asked} > {before}")).await;
    assert_eq!(
        journey.ask("document.activeElement.href").await,
        "https://e.org/"
    );
    run(&journey, "document.querySelector('#f-title').focus()").await;
    journey
        .until("document.querySelector('.beside-pane').textContent.includes('Another word.')")
        .await;

    // Keys of the editor: a link of what is chosen, and the preview.
    let typed_link = |chosen: &str| {
        format!(
            "(() => {{ const area = document.querySelector(\"{SUMMARY}\"); area.focus(); area.select();
              document.execCommand('insertText', false, {chosen:?}); area.select();
              area.dispatchEvent(new KeyboardEvent('keydown', {{ key: 'k', ctrlKey: true, bubbles: true, cancelable: true }}));
              return [document.activeElement === area, area.value, area.value.slice(area.selectionStart, area.selectionEnd)].join('|'); }})()"
        )
    };
    for (chosen, made) in [
        ("the runbook", "true|[the runbook](https://)|https://"),
        ("https://e.org/a", "true|[text](https://e.org/a)|text"),
    ] {
        assert_eq!(journey.ask(&typed_link(chosen)).await, made);
    }
    let shown = "Boolean(document.querySelector('.beside-pane'))";
    assert_eq!(journey.ask(shown).await, true);
    for is_shown in [false, true] {
        let more = "ctrlKey: true, shiftKey: true";
        assert_eq!(journey.ask(&pressed("P", more)).await, false);
        assert_eq!(journey.ask(shown).await, is_shown);
    }
    // Elsewhere it is the search's, as on every page.
    run(&journey, "document.querySelector('#f-title').focus()").await;
    assert_eq!(journey.ask(&pressed("k", "ctrlKey: true")).await, false);
    assert_eq!(journey.ask("document.activeElement.id").await, "top-q");

    // Whoever is signed out has linked nothing.
    let linked = "const form = document.createElement('form'); form.action = '/reports/PM-1/links'; form.method = 'post';
        const button = document.createElement('button'); button.name = 'kind'; button.value = 'similar_to'; form.append(button);
        document.querySelector('[data-similar]').append(form); form.requestSubmit(button);";
    journey.client.delete_all_cookies().await.unwrap();
    run(&journey, linked).await;
    journey
        .until("document.querySelector('.similar-said')?.textContent.startsWith('Not linked')")
        .await;
    journey.client.clone().close().await.unwrap();
}

/// A comment is not saved while it is typed: this browser alone has it until it is sent.
#[tokio::test]
async fn a_comment_that_was_being_written_is_back_after_the_tab_died() {
    let Some((journey, guest)) = begun().await else {
        return;
    };
    guest.client.close().await.unwrap();
    let page = "/reports/PM-1/comments";
    let copies = "Object.keys(localStorage).filter((it) => it.startsWith('hansei.words'))";
    let kept = |words: &str| format!("{copies}.some((it) => localStorage[it].includes('{words}'))");
    let text = "document.querySelector('#f-text').value";
    let second = journey.client.new_window(true).await.unwrap().handle;
    journey.go(page).await;
    journey.type_into("#f-text", "Half a thought").await;
    journey.until(&kept("Half a thought")).await;
    let tab: &Browser = &journey;
    tab.crash().await;
    journey.client.switch_to_window(second).await.unwrap();
    journey.go(page).await;
    journey.until(&format!("{text} === 'Half a thought'")).await;
    let told = journey.text(".talk-new .notice").await;
    assert!(told.contains("What you typed is back."), "{told}");
    journey.type_into("#f-text", ", and the rest.").await;
    journey.until(&kept("and the rest.")).await;
    journey.send("#comment-form [data-submit]").await;
    journey.find("[data-flash=saved]").await;
    journey.until(&format!("{copies}.length === 0")).await;
    assert!(
        journey
            .text(".thread")
            .await
            .contains("Half a thought, and the rest.")
    );

    // What was typed over something else is there to be copied, and nobody's words are offered to somebody else.
    journey.type_into("#f-text", "Typed before.").await;
    journey.until(&kept("Typed before.")).await;
    let before = format!(
        "const [name] = {copies}; const copy = JSON.parse(localStorage[name]); copy.about = [];
         const form = document.querySelector('#comment-form'); form.reset();
         form.dispatchEvent(new Event('input', {{ bubbles: true }}));
         const put = () => {{
           localStorage.setItem(`${{name}}0`, JSON.stringify({{ ...copy, words: [['on', ''], ['text', 'Unheard of.']] }}));
           localStorage.setItem(name, JSON.stringify(copy));
         }};
         addEventListener('pagehide', put);"
    );
    run(&journey, &before).await;
    journey.until(&format!("{copies}.length === 0")).await;
    journey.go(page).await;
    let offered = "document.querySelector('.talk-new .notice textarea')?.value";
    journey
        .until(&format!("{offered} === 'Typed before.'"))
        .await;
    assert_eq!(journey.ask(text).await, "");
    journey.click(".talk-new .notice button").await;
    journey
        .until(&format!(
            "{copies}.every((it) => localStorage[it].includes('Unheard of.'))"
        ))
        .await;
    journey.client.clone().close().await.unwrap();
}

/// Words that cannot get through in one tab, and a sign-out in another.
#[tokio::test]
async fn unsaved_words_outlive_a_sign_out_until_they_are_deleted() {
    let Some((journey, guest)) = begun().await else {
        return;
    };
    guest.client.close().await.unwrap();
    let copies = "Object.keys(localStorage).filter((it) => /^hansei.(unsaved|words) /.test(it))";
    let sign_out = "form[action='/sign-out'] button";
    let first = journey.client.window().await.unwrap();
    let second = journey.client.new_window(true).await.unwrap().handle;
    let third = journey.client.new_window(true).await.unwrap().handle;
    journey
        .client
        .switch_to_window(first.clone())
        .await
        .unwrap();
    open(&journey).await;
    run(
        &journey,
        "window.fetch = () => Promise.reject(new Error('cut'));",
    )
    .await;
    write(&journey, "Summary", "Words before a sign-out.").await;
    until_copied(&journey, "Words before a sign-out.").await;

    let leave = format!("document.querySelector(\"{sign_out}\").form.requestSubmit()");
    journey.client.switch_to_window(second).await.unwrap();
    journey.go("/help/keys").await;
    // What nobody came back for in a month goes.
    run(
        &journey,
        "localStorage.setItem('hansei.words /reports/PM-9/comments 7', JSON.stringify({ at: Date.now() - 31 * 86400000, words: [] }))",
    )
    .await;
    run(&journey, &leave).await;
    journey.find("[data-flash=signed-out]").await;
    assert_eq!(journey.ask(&format!("{copies}.length")).await, 1);
    let told = journey.text("main > .notice").await;
    assert!(told.contains("were not saved"), "{told}");

    // The first tab dies; whoever signs in again is offered what stood there.
    journey.client.switch_to_window(first).await.unwrap();
    let tab: &Browser = &journey;
    tab.crash().await;
    journey.client.switch_to_window(third).await.unwrap();
    sign_in(&journey).await;
    journey.go("/reports/PM-1/edit").await;
    until_offered(&journey, 1).await;
    run(
        &journey,
        "document.querySelector('.notice-warning button').click()",
    )
    .await;
    until_summary(&journey, "Words before a sign-out.").await;

    // On a machine that others use they are deleted.
    journey
        .until("document.querySelector('[data-autosaved]').textContent.startsWith('Saved')")
        .await;
    run(
        &journey,
        "window.fetch = () => Promise.reject(new Error('cut'));",
    )
    .await;
    write(&journey, "Summary", "Words on a shared machine.").await;
    until_copied(&journey, "Words on a shared machine.").await;
    run(
        &journey,
        "localStorage.setItem('hansei.words comment PM-9 somebody-else', JSON.stringify({ at: Date.now(), words: [] }))",
    )
    .await;
    let gone = "const form = document.querySelector('form[data-guard]'); form.autosaved = String(new URLSearchParams(new FormData(form)));";
    run(&journey, &format!("{gone} {leave}")).await;
    journey.find("[data-flash=signed-out]").await;
    // Those of somebody else who wrote at this machine stay.
    let told = journey.text("main > .notice").await;
    assert!(told.contains("you did not save"), "{told}");
    journey.click("main > .notice button").await;
    journey.until(&format!("{copies}.length === 1")).await;
    journey
        .until(&format!("{copies}[0].endsWith('somebody-else')"))
        .await;
    run(&journey, "localStorage.clear()").await;
    // Where nothing is left, nothing is said of it.
    sign_in(&journey).await;
    run(&journey, &leave).await;
    journey.find("[data-flash=signed-out]").await;
    assert_eq!(
        journey
            .ask("document.querySelectorAll('main > .notice').length")
            .await,
        0
    );
    journey.client.clone().close().await.unwrap();
}

async fn sign_in(journey: &Journey) {
    journey.go("/sign-in").await;
    journey.fill("#f-email", "ana@example.org").await;
    journey.fill("#f-password", PASSWORD).await;
    journey.click(".door button[type=submit]").await;
    journey.find("form[action='/sign-out']").await;
}

/// "We may have seen this", before the report is stored: one click links it, and loses nothing of it.
#[tokio::test]
async fn a_link_of_a_new_report_saves_it_as_a_draft() {
    let Some(journey) = Journey::begin(Begin::default()).await else {
        return;
    };
    let text = "The connection pool of the checkout database was exhausted after a retry storm.";
    journey.go("/reports/new?template=near-miss").await;
    journey
        .fill("#f-title", "Checkout ran out of connections")
        .await;
    journey.fill("#f-services", "checkout").await;
    run(&journey, &written("What nearly happened?", text)).await;
    journey.click("button[value=publish]").await;
    journey.until_path("/reports/PM-1").await;

    journey.go("/reports/new").await;
    journey
        .fill("#f-title", "Checkout ran out of connections again")
        .await;
    journey.fill("#f-services", "checkout").await;
    write(&journey, "Summary", text).await;
    // The index takes a moment; what is typed is asked about anew.
    let again = "window.again = setInterval(() => {
        const title = document.querySelector('#f-title');
        title.value += '.';
        title.dispatchEvent(new Event('input', { bubbles: true }));
      }, 3500);";
    run(&journey, again).await;
    journey
        .until("document.querySelector('.similar-link button')")
        .await;
    run(&journey, "clearInterval(window.again)").await;
    let link = "document.querySelector('.similar-link button[value=recurrence_of]').click()";
    run(&journey, link).await;
    journey.until_path("/reports/PM-2/edit").await;
    until_summary(&journey, text).await;
    let leave = "const form = document.querySelector('form[data-guard]'); form.autosaved = String(new URLSearchParams(new FormData(form)));";
    run(&journey, leave).await;
    journey.go("/reports/PM-2/links").await;
    let page = journey.text("main").await;
    assert!(
        page.contains("PM-1") && page.contains("Recurrence of"),
        "{page}"
    );
    journey.end().await;
}
