//! The names that reports share: factors and teams renamed and merged while others save, and what former names mean.

use futures_util::future::join;
use hansei::accounts::{Actor, Role, Rules};
use hansei::platform::secret::sha256;
use hansei::reports::document::parse;
use hansei::reports::{By, Imported, ImportedFrom, SaveError, import};

use crate::support::app::TestApp;
use crate::support::people::Browser;

fn form<'a>(title: &'a str, document: &'a str) -> [(&'a str, &'a str); 4] {
    [
        ("title", title),
        ("kind", "incident"),
        ("document", document),
        ("do", "save"),
    ]
}

fn naming(factor: &str) -> String {
    format!("## Contributing factors\n\n- **{factor}** (amplified): So it was.\n")
}

/// The address of a factor for administrators.
async fn factor(app: &TestApp, name: &str) -> String {
    let sql = format!("SELECT id::text AS text FROM factors WHERE name = '{name}'");
    format!("/admin/factors/{}", app.rows(&sql).await.remove(0))
}

async fn factors(app: &TestApp) -> Vec<String> {
    app.rows("SELECT name AS text FROM factors ORDER BY name")
        .await
}

/// Waits until some statement waits for a lock.
async fn somebody_waits(app: &TestApp) {
    let sql = "SELECT count(*)::text AS text FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'";
    for _ in 0..2_000 {
        if app.rows(sql).await != ["0"] {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("nobody waits for a lock");
}

#[tokio::test]
async fn a_merge_waits_for_a_save_and_not_the_save_for_the_merge() {
    use diesel_async::SimpleAsyncConnection as _;
    let app = TestApp::new().await;
    let admin = app.sign_in("admin", Role::Admin).await;
    let ana = app.sign_in("ana", Role::Author).await;
    ana.write(&form("One", &naming("No canary"))).await;
    let key = ana.write(&form("Two", &naming("No canaries"))).await;
    let merge = format!("{}/merge", factor(&app, "No canaries").await);
    // As a save does: first the report, then what it names.
    let mut saving = app.connect().await;
    saving
        .batch_execute("BEGIN; SELECT FROM reports WHERE number = 2 FOR UPDATE")
        .await
        .unwrap();
    let fields = [("into", "No canary")];
    let merged = admin.post(&merge, &fields);
    let saved = async {
        somebody_waits(&app).await;
        saving
            .batch_execute("SET lock_timeout = '1s'; SELECT FROM factors FOR KEY SHARE; COMMIT")
            .await
            .unwrap();
    };
    let (merged, ()) = join(merged, saved).await;
    merged.is(303);
    assert_eq!(factors(&app).await, ["No canary"]);
    let page = ana.get(&format!("/reports/{key}")).await.is(200).body;
    assert!(!page.contains("No canaries"), "{page}");
    app.finish().await;
}

#[tokio::test]
async fn a_report_that_comes_to_name_a_factor_while_it_is_merged_is_not_left_behind() {
    use diesel_async::SimpleAsyncConnection as _;
    let app = TestApp::new().await;
    let admin = app.sign_in("admin", Role::Admin).await;
    let ana = app.sign_in("ana", Role::Author).await;
    ana.write(&form("One", &naming("No canary"))).await;
    ana.write(&form("Two", &naming("No canaries"))).await;
    ana.write(&form("Three", &naming("Something else"))).await;
    let merge = format!("{}/merge", factor(&app, "No canaries").await);
    let mut saving = app.connect().await;
    saving
        .batch_execute(
            "BEGIN; SELECT FROM reports WHERE number = 3 FOR UPDATE;
             INSERT INTO report_factors (report_id, position, factor_id)
             SELECT r.id, 7, f.id FROM reports r, factors f WHERE r.number = 3 AND f.name = 'No canaries'",
        )
        .await
        .unwrap();
    let fields = [("into", "No canary")];
    let merged = admin.post(&merge, &fields);
    let saved = async {
        somebody_waits(&app).await;
        saving.batch_execute("COMMIT").await.unwrap();
    };
    let (refused, ()) = join(merged, saved).await;
    let page = refused.is(422).body;
    assert!(page.contains("Nothing was changed"), "{page}");
    admin.post(&merge, &fields).await.is(303);
    assert_eq!(factors(&app).await, ["No canary", "Something else"]);
    app.finish().await;
}

#[tokio::test]
async fn a_factor_is_not_merged_into_one_that_is_gone_meanwhile() {
    use diesel_async::SimpleAsyncConnection as _;
    let app = TestApp::new().await;
    let admin = app.sign_in("admin", Role::Admin).await;
    let ana = app.sign_in("ana", Role::Author).await;
    ana.write(&form("One", &naming("No canaries"))).await;
    ana.write(&form("Two", &naming("Big steps"))).await;
    let merge = format!("{}/merge", factor(&app, "No canaries").await);
    // Somebody else merges the second into a third.
    let mut other = app.connect().await;
    other
        .batch_execute("BEGIN; SELECT FROM factors WHERE name = 'Big steps' FOR UPDATE")
        .await
        .unwrap();
    let fields = [("into", "Big steps")];
    let merged = admin.post(&merge, &fields);
    let gone = async {
        somebody_waits(&app).await;
        other
            .batch_execute(
                "UPDATE factors SET name = 'All at once' WHERE name = 'Big steps'; COMMIT",
            )
            .await
            .unwrap();
    };
    let (refused, ()) = join(merged, gone).await;
    let page = refused.is(422).body;
    assert!(page.contains("There is no factor of this name"), "{page}");
    assert_eq!(factors(&app).await, ["All at once", "No canaries"]);
    app.finish().await;
}

#[tokio::test]
async fn what_another_administrator_wrote_about_a_factor_is_not_overwritten_unseen() {
    let app = TestApp::new().await;
    let admin = app.sign_in("admin", Role::Admin).await;
    let ana = app.sign_in("ana", Role::Author).await;
    ana.write(&form("One", &naming("No canary"))).await;
    let path = factor(&app, "No canary").await;
    let seen = admin.get(&path).await.is(200).input("seen").unwrap();
    let described = [
        ("name", "No canary"),
        ("category", "Delivery"),
        ("description", "No part\r\ngoes first."),
        ("seen", &seen),
    ];
    admin.post(&path, &described).await.is(303);
    let typed = [
        ("name", "No canary"),
        ("category", "Roll-out"),
        ("seen", &seen),
    ];
    let page = admin.post(&path, &typed).await.is(422);
    for shown in ["Delivery", "No part", "value=\"Roll-out\""] {
        assert!(page.body.contains(shown), "{shown}: {}", page.body);
    }
    // Now they have seen it.
    let seen = page.input("seen").unwrap();
    let typed = [
        ("name", "No canary"),
        ("category", "Roll-out"),
        ("seen", &seen),
    ];
    admin.post(&path, &typed).await.is(303);
    let stored = "SELECT concat(category, '/', description) AS text FROM factors";
    assert_eq!(app.rows(stored).await, ["Roll-out/"]);
    app.finish().await;
}

/// Imports a document as the operator does.
async fn imported(app: &TestApp, text: &str) -> Result<Imported, SaveError> {
    let by = By {
        actor: &Actor::Operator,
        rules: Rules::default(),
        now: app.clock.now(),
    };
    let from = ImportedFrom {
        key: "pager-7",
        sha256: sha256(text),
        publish: false,
        says_visibility: false,
        overwrite: false,
    };
    let draft = parse(text).draft;
    import(&mut app.connect().await, &by, &draft, &from).await
}

#[tokio::test]
async fn a_merged_factor_does_not_come_back_and_imports_go_on() {
    let app = TestApp::new().await;
    let admin = app.sign_in("admin", Role::Admin).await;
    let ana = app.sign_in("ana", Role::Author).await;
    let one = ana.write(&form("One", &naming("No canary"))).await;
    let two = ana.write(&form("Two", &naming("No canaries"))).await;
    let file = |more: &str| format!("# Three\n\n{}{more}", naming("No canaries"));
    imported(&app, &file("")).await.unwrap();
    let merge = format!("{}/merge", factor(&app, "No canaries").await);
    admin.post(&merge, &[("into", "No canary")]).await.is(303);
    let label = admin.get(&format!("/reports/{two}/history")).await.is(200);
    assert!(label.body.contains("Renamed"), "{}", label.body);
    // A form that is still open, a new report, and the file with something new in it say the former name.
    let save = async |browser: &Browser<'_>, key: &str, text: &str, base: &str| {
        let mut fields = form("Saved again", text).to_vec();
        fields.push(("base_revision", base));
        browser
            .post(&format!("/reports/{key}/edit"), &fields)
            .await
            .is(303);
    };
    let text = naming("no CANARIES");
    save(&ana, &one, &text, "1").await;
    ana.write(&form("Four", &text)).await;
    let again = imported(&app, &file("\n## Went well\n\n- Paging\n")).await;
    assert!(matches!(again, Ok(Imported::Updated(_))), "{again:?}");
    assert_eq!(factors(&app).await, ["No canary"]);
    let documents = "SELECT document AS text FROM revisions v JOIN reports r ON r.id = v.report_id AND r.revision = v.number";
    for document in app.rows(documents).await {
        assert!(document.contains("**No canary**"), "{document}");
    }
    // What somebody changed here is still not overwritten by a file.
    save(&ana, "PM-3", &naming("No canary"), "3").await;
    let changed = imported(&app, &file("\n## Went well\n\n- Luck\n")).await;
    assert!(
        matches!(changed, Err(SaveError::ChangedSinceImport(_))),
        "{changed:?}"
    );
    app.finish().await;
}

#[tokio::test]
async fn a_former_name_tells_nothing_of_what_only_restricted_reports_name() {
    let app = TestApp::new().await;
    let admin = app.sign_in("admin", Role::Admin).await;
    let ana = app.sign_in("ana", Role::Author).await;
    let mut secret = form("Secret", "## Contributing factors\n\n- Project kestrel\n").to_vec();
    secret.push(("visibility", "restricted"));
    secret.push(("teams", "Falcons"));
    admin.write(&secret).await;
    let path = factor(&app, "Project kestrel").await;
    admin.post(&path, &[("name", "Takeover")]).await.is(303);
    let team = app.rows("SELECT id::text AS text FROM teams").await;
    let team = format!("/admin/teams/{}", team[0]);
    let rename = [("do", "rename"), ("name", "Eagles")];
    admin.post(&team, &rename).await.is(303);
    let mut open = form("Open", "## Contributing factors\n\n- Project kestrel\n").to_vec();
    open.push(("teams", "Falcons"));
    let key = ana.write(&open).await;
    let page = ana.get(&format!("/reports/{key}")).await.is(200).body;
    assert!(page.contains("Project kestrel") && page.contains("Falcons"));
    assert!(
        !page.contains("Takeover") && !page.contains("Eagles"),
        "{page}"
    );
    app.finish().await;
}

#[tokio::test]
async fn an_open_form_does_not_undo_that_a_team_was_renamed() {
    let app = TestApp::new().await;
    let admin = app.sign_in("admin", Role::Admin).await;
    let ana = app.sign_in("ana", Role::Author).await;
    let mut fields = form("One", "## Summary\n\nx\n").to_vec();
    fields.push(("teams", "Harbour"));
    let key = ana.write(&fields).await;
    let team = app.rows("SELECT id::text AS text FROM teams").await;
    let team = format!("/admin/teams/{}", team[0]);
    let rename = [("do", "rename"), ("name", "Quay")];
    admin.post(&team, &rename).await.is(303);
    fields[2].1 = "## Summary\n\nSaved from a form that was open.\n";
    fields.push(("base_revision", "1"));
    ana.post(&format!("/reports/{key}/edit"), &fields)
        .await
        .is(303);
    assert_eq!(
        app.rows("SELECT name AS text FROM teams").await,
        ["Quay"],
        "no team is made anew"
    );
    let page = ana.get(&format!("/reports/{key}")).await.is(200).body;
    assert!(page.contains("Quay") && !page.contains("Harbour"), "{page}");
    // A team that is called so on purpose is that team.
    admin
        .post("/admin/teams", &[("name", "Harbour")])
        .await
        .is(303);
    fields.last_mut().unwrap().1 = "2";
    ana.post(&format!("/reports/{key}/edit"), &fields)
        .await
        .is(303);
    let page = ana.get(&format!("/reports/{key}")).await.is(200).body;
    assert!(page.contains("Harbour"), "{page}");
    app.finish().await;
}

#[tokio::test]
async fn a_save_that_waited_for_a_rename_knows_of_it() {
    use diesel_async::SimpleAsyncConnection as _;
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let mut fields = form("One", "## Summary\n\nx\n").to_vec();
    fields.push(("teams", "Harbour"));
    let key = ana.write(&fields).await;
    fields[2].1 = "## Summary\n\nMeanwhile.\n";
    fields.push(("base_revision", "1"));
    let mut renaming = app.connect().await;
    renaming
        .batch_execute("BEGIN; SELECT FROM reports FOR UPDATE")
        .await
        .unwrap();
    let edit = format!("/reports/{key}/edit");
    let saving = ana.post(&edit, &fields);
    let renames = async {
        somebody_waits(&app).await;
        renaming
            .batch_execute(
                "UPDATE teams SET name = 'Quay'; INSERT INTO team_former_names SELECT 'harbour', id FROM teams; COMMIT",
            )
            .await
            .unwrap();
    };
    let (saved, ()) = join(saving, renames).await;
    saved.is(303);
    let teams = "SELECT name AS text FROM teams";
    assert_eq!(app.rows(teams).await, ["Quay"]);
    let document = "SELECT document AS text FROM revisions ORDER BY number DESC LIMIT 1";
    assert!(app.rows(document).await[0].contains("Quay"));
    app.finish().await;
}

#[tokio::test]
async fn renaming_a_team_waits_for_a_save_and_not_the_save_for_the_renaming() {
    use diesel_async::SimpleAsyncConnection as _;
    let app = TestApp::new().await;
    let admin = app.sign_in("admin", Role::Admin).await;
    let ana = app.sign_in("ana", Role::Author).await;
    let mut fields = form("One", "## Summary\n\nx\n").to_vec();
    fields.push(("teams", "Harbour"));
    ana.write(&fields).await;
    let team = app.rows("SELECT id::text AS text FROM teams").await;
    let team = format!("/admin/teams/{}", team[0]);
    // As a save does: first the report, then what it names.
    let mut saving = app.connect().await;
    saving
        .batch_execute("BEGIN; SELECT FROM reports FOR UPDATE")
        .await
        .unwrap();
    let rename = [("do", "rename"), ("name", "Quay")];
    let renaming = admin.post(&team, &rename);
    let saves = async {
        somebody_waits(&app).await;
        saving
            .batch_execute(
                "INSERT INTO teams (name) VALUES ('Harbour') ON CONFLICT DO NOTHING; COMMIT",
            )
            .await
            .unwrap();
    };
    let (renamed, ()) = join(renaming, saves).await;
    renamed.is(303);
    assert_eq!(app.rows("SELECT name AS text FROM teams").await, ["Quay"]);
    app.finish().await;
}

#[tokio::test]
async fn two_teams_become_one_everywhere_and_one_that_nothing_names_is_removed() {
    let app = TestApp::new().await;
    let admin = app.sign_in("admin", Role::Admin).await;
    let ana = app.sign_in("ana", Role::Author).await;
    let rita = app.sign_in("rita", Role::Reader).await;
    let team = async |name: &str, person: &str| {
        let made = admin.post("/admin/teams", &[("name", name)]).await.is(303);
        let path = made.header("location").to_owned();
        if !person.is_empty() {
            admin
                .post(&path, &[("do", "add"), ("person", person)])
                .await
                .is(303);
        }
        path
    };
    let harbour = team("Harbour", "rita").await;
    let quay = team("Quay", "ana").await;
    let mut fields = form("Secret", "## Summary\n\nx\n").to_vec();
    fields.extend([("visibility", "restricted"), ("viewers", "Quay")]);
    fields.extend([("teams", "Harbour, Quay")]);
    let secret = ana.write(&fields).await;
    let mut fields = form("Open", "## Summary\n\nx\n").to_vec();
    fields.push(("teams", "Harbour"));
    let open = ana.write(&fields).await;
    let page = format!("/reports/{secret}");
    rita.get(&page).await.is(404);
    for (typed, said) in [
        ("Nobody", "There is no team of this name"),
        ("harbour", "This is the same team"),
        ("", "There is no team of this name"),
    ] {
        let merge = [("do", "merge"), ("into", typed)];
        let refused = admin.post(&harbour, &merge).await.is(422).body;
        assert!(refused.contains(said), "{typed}: {refused}");
    }
    let remove = [("do", "delete")];
    let refused = admin.post(&harbour, &remove).await.is(422).body;
    assert!(refused.contains("so it stays"), "{refused}");
    let merge = [("do", "merge"), ("into", "quay")];
    ana.post(&harbour, &merge).await.is(403);
    admin.post(&harbour, &merge).await.is(303);
    admin.post(&harbour, &merge).await.is(404);
    admin.get(&harbour).await.is(404);
    rita.get(&page).await.is(200);
    for key in [&open, &secret] {
        let page = ana.get(&format!("/reports/{key}")).await.is(200).body;
        assert!(page.contains("Quay") && !page.contains("Harbour"), "{page}");
    }
    app.indexed().await;
    let found = ana.get("/search?team=quay").await.is(200).body;
    assert!(found.contains(&open) && found.contains(&secret));
    // The former name means the team that is left.
    let third = ana.write(&fields).await;
    let page = ana.get(&format!("/reports/{third}")).await.is(200).body;
    assert!(page.contains("Quay"), "{page}");
    let empty = team("Empty", "").await;
    for _twice in 0..2 {
        admin.post(&empty, &remove).await.is(303);
    }
    assert_eq!(app.rows("SELECT name AS text FROM teams").await, ["Quay"]);
    admin.get(&quay).await.is(200);
    let log = "SELECT action AS text FROM audit_log WHERE action IN ('merge_teams', 'remove_team') ORDER BY id";
    assert_eq!(app.rows(log).await, ["merge_teams", "remove_team"]);
    app.finish().await;
}
