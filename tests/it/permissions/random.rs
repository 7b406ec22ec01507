//! The rules of `policy.rs`, the SQL predicate and the index agree on random reports and actors.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use hansei::accounts::{
    Access, Action, Actor, Member, Role, Rules, Scopes, TokenBearer, may, policy,
};
use hansei::platform::ids::{PersonId, TeamId};

use crate::support::app::TestApp;
use crate::support::people::keys;

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> Vec<T> {
        from.iter().copied().filter(|_| self.roll(4) == 0).collect()
    }
}

const STATUSES: [&str; 4] = ["draft", "in_review", "published", "archived"];
const REPORTS: usize = 80;

/// Random reports, stored by SQL, with what the policy needs to know of each.
async fn reports(
    app: &TestApp,
    people: &[PersonId],
    teams: &[TeamId],
    dice: &mut Dice,
) -> Vec<Access> {
    let mut sql = String::new();
    let mut all = Vec::new();
    for number in 1..=REPORTS {
        let status = STATUSES[usize::try_from(dice.roll(4)).unwrap()];
        let access = Access {
            restricted: dice.roll(2) == 0,
            published: matches!(status, "published" | "archived"),
            authors: dice.pick(people),
            viewers: dice.pick(people),
            viewer_teams: dice.pick(teams),
        };
        let visibility = if access.restricted {
            "restricted"
        } else {
            "open"
        };
        write!(
            sql,
            "INSERT INTO reports (number, slug, title, kind, plain_text, status, visibility, published_at)
             VALUES ({number}, 'zebra-{number}', 'Zebra {number}', 'incident', 'zebra', '{status}', '{visibility}', now());"
        )
        .unwrap();
        let id = format!("(SELECT id FROM reports WHERE number = {number})");
        write!(
            sql,
            "INSERT INTO revisions (report_id, number, document, event, author_name) VALUES ({id}, 1, 'zebra', 'created', 'x');"
        )
        .unwrap();
        for author in &access.authors {
            write!(sql, "INSERT INTO report_authors VALUES ({id}, {author});").unwrap();
        }
        for viewer in &access.viewers {
            write!(
                sql,
                "INSERT INTO report_viewers (report_id, person_id) VALUES ({id}, {viewer});"
            )
            .unwrap();
        }
        for team in &access.viewer_teams {
            write!(
                sql,
                "INSERT INTO report_viewers (report_id, team_id) VALUES ({id}, {team});"
            )
            .unwrap();
        }
        all.push(access);
    }
    app.sql(&sql).await;
    all
}

fn expected(reports: &[Access], mut sees: impl FnMut(&Access) -> bool) -> BTreeSet<String> {
    let numbered = reports.iter().zip(1..);
    numbered
        .filter(|(access, _)| sees(access))
        .map(|(_, number)| format!("PM-{number}"))
        .collect()
}

/// Two readers, two authors and an admin, each in some of three teams.
async fn members(app: &TestApp, dice: &mut Dice) -> (Vec<Member>, Vec<TeamId>) {
    app.sql("INSERT INTO teams (name) VALUES ('t1'), ('t2'), ('t3')")
        .await;
    let teams = app
        .rows("SELECT id::text AS text FROM teams ORDER BY id")
        .await;
    let teams: Vec<TeamId> = teams.iter().map(|id| TeamId(id.parse().unwrap())).collect();
    let roles = [
        Role::Reader,
        Role::Reader,
        Role::Author,
        Role::Author,
        Role::Admin,
    ];
    let mut members = Vec::new();
    for (number, role) in roles.into_iter().enumerate() {
        let name = format!("p{number}");
        let id = app.person(&name, role).await;
        let own = dice.pick(&teams);
        for team in &own {
            app.sql(&format!("INSERT INTO team_members VALUES ({team}, {id})"))
                .await;
        }
        members.push(Member {
            id,
            name,
            role,
            teams: own,
        });
    }
    (members, teams)
}

const SCOPES: [&str; 5] = [
    "search:read,reports:read",
    "search:read,reports:read,restricted:read",
    "search:read,reports:read,reports:write",
    "search:read,reports:read,reports:write,restricted:read,admin",
    "search:read,reports:read,timeline:append",
];

/// Compares what a token sees with what it may see; answers how much that is.
async fn compare_token(
    app: &TestApp,
    person: Option<&Member>,
    scopes: &str,
    reports: &[Access],
) -> usize {
    let rules = Rules::default();
    let program = app
        .program_of(scopes, person.map(|member| member.id), None)
        .await;
    let actor = Actor::Token(TokenBearer {
        id: program.id,
        name: "bot".to_owned(),
        scopes: Scopes::parse(scopes).unwrap(),
        person: person.cloned(),
    });
    let read = expected(reports, |access| {
        may(&actor, Action::ReadReport(access), rules)
    });
    let find = expected(reports, |access| {
        may(&actor, Action::FindReport(access), rules)
    });
    let list = program
        .get("/api/v1/reports?limit=200")
        .await
        .is(200)
        .json();
    let listed: BTreeSet<String> = keys(&list).into_iter().collect();
    assert_eq!(listed, read, "list of {actor:?}");
    assert_eq!(list["total"], read.len());
    let search = program
        .get("/api/v1/search?q=zebra&limit=100")
        .await
        .is(200)
        .json();
    assert_eq!(search["mode"], "index");
    let found: BTreeSet<String> = keys(&search).into_iter().collect();
    assert_eq!(found, find, "search of {actor:?}");
    assert_eq!(search["total"], find.len());
    for number in [1, 7, 33, 80] {
        let key = format!("PM-{number}");
        let status = program.get(&format!("/api/v1/reports/{key}")).await.status;
        assert_eq!(
            status,
            if read.contains(&key) { 200 } else { 404 },
            "{key} for {actor:?}"
        );
    }
    read.len()
}

/// Compares what a person sees with what they may see.
async fn compare_person(app: &TestApp, member: Member, reports: &[Access]) {
    let rules = Rules::default();
    let browser = app.sign_in_again(&member.name, member.id).await;
    let actor = Actor::Person(member);
    let reach = policy::reach(&actor, rules);
    let sees = expected(reports, |access| {
        may(&actor, Action::ReadReport(access), rules)
    });
    assert_eq!(sees, expected(reports, |access| reach.includes(access)));
    let page = browser.get("/search?q=zebra").await.is(200).body;
    let noun = if sees.len() == 1 { "report" } else { "reports" };
    assert!(
        page.contains(&format!("<strong>{}</strong> {noun}", sees.len())),
        "{actor:?}"
    );
    for number in 1..=REPORTS {
        let key = format!("PM-{number}");
        let status = browser.get(&format!("/reports/{key}.md")).await.status;
        assert_eq!(
            status,
            if sees.contains(&key) { 200 } else { 404 },
            "{key} for {actor:?}"
        );
    }
}

#[tokio::test]
async fn policy_sql_and_index_agree() {
    let app = TestApp::new().await;
    let mut dice = Dice(7);
    let (members, teams) = members(&app, &mut dice).await;
    let ids: Vec<PersonId> = members.iter().map(|member| member.id).collect();
    let reports = reports(&app, &ids, &teams, &mut dice).await;
    app.indexed().await;
    let mut sizes = BTreeSet::new();
    for person in members.iter().map(Some).chain([None]) {
        for scopes in SCOPES {
            sizes.insert(compare_token(&app, person, scopes, &reports).await);
        }
    }
    assert!(
        sizes.len() > 6 && sizes.contains(&REPORTS),
        "the dice show too little: {sizes:?}"
    );
    for member in members {
        compare_person(&app, member, &reports).await;
    }
    app.finish().await;
}
